package op

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"sync"
	"time"

	"balai/internal/spine/db"
	"github.com/go-jose/go-jose/v4"
	"github.com/luikyv/go-oidc/pkg/goidc"
)

// What the providers sign with. Bought software expects RS256.
const (
	citizenAlg = goidc.ES256
	staffAlg   = goidc.RS256
)

// States of a key: programs see all three, so that none is met before it was
// published, and what an old one signed can still be checked.
const (
	keyCurrent = "current"
	keyNext    = "next"
	keyOld     = "old"
)

// oldLife is how long an old key is still published: an ID token may come back
// as a hint when a person signs out.
const oldLife = 90 * 24 * time.Hour

// keysFresh is how long a process goes by the keys that it has read.
const keysFresh = 5 * time.Second

// A ring is one provider's keys as a process last read them.
type ring struct {
	mu   sync.Mutex
	at   time.Time
	keys goidc.JSONWebKeySet
}

func (r realm) alg() goidc.SignatureAlgorithm {
	if r.fapi() {
		return citizenAlg
	}
	return staffAlg
}

// jwks is a provider's keys with their private halves, the current one first:
// the library signs with the first that fits. The first request makes them.
func (o *OP) jwks(ctx context.Context, r realm) (goidc.JSONWebKeySet, error) {
	ring := o.rings[r.name]
	ring.mu.Lock()
	defer ring.mu.Unlock()
	if now := o.clock.Now(); len(ring.keys.Keys) > 0 && now.Sub(ring.at) < keysFresh && !now.Before(ring.at) {
		return ring.keys, nil
	}
	rows, err := o.keyRows(ctx, r)
	if err == nil && len(rows) == 0 {
		if err = o.addKeys(ctx, r, keyCurrent, keyNext); err == nil {
			rows, err = o.keyRows(ctx, r)
		}
	}
	if err != nil {
		return goidc.JSONWebKeySet{}, err
	}
	var set goidc.JSONWebKeySet
	for _, row := range rows {
		key, err := ring.keys.Key(row.ID)
		if err != nil { // it is new here
			key, err = o.openKey(row)
		}
		if err != nil {
			return goidc.JSONWebKeySet{}, err
		}
		set.Keys = append(set.Keys, key)
	}
	ring.keys, ring.at = set, o.clock.Now()
	return set, nil
}

// lookAgain lets the next request read a provider's keys anew: what is published
// is never older than what any process signs with.
func (o *OP) lookAgain(r realm) {
	ring := o.rings[r.name]
	ring.mu.Lock()
	defer ring.mu.Unlock()
	ring.at = time.Time{}
}

func (o *OP) keyRows(ctx context.Context, r realm) (rows []keyRow, err error) {
	err = o.db.Read(ctx, func(tx *db.Tx) (err error) {
		rows, err = keysOf(tx, r.name, o.now())
		return err
	})
	return rows, err
}

func (o *OP) openKey(row keyRow) (goidc.JSONWebKey, error) {
	der, err := o.box.Open(row.Sealed, "op_key "+row.ID)
	if err != nil {
		return goidc.JSONWebKey{}, fmt.Errorf("op: the key %s of the %s provider: %w", row.ID, row.Realm, err)
	}
	private, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return goidc.JSONWebKey{}, fmt.Errorf("op: the key %s: %w", row.ID, err)
	}
	return jose.JSONWebKey{Key: private, KeyID: row.ID, Algorithm: row.Alg, Use: string(goidc.KeyUsageSignature)}, nil
}

// newKey draws a key and seals it. Its name is its thumbprint (RFC 7638).
func (o *OP) newKey(r realm, state string) (keyRow, error) {
	var private crypto.Signer
	var err error
	if r.fapi() {
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		return keyRow{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return keyRow{}, err
	}
	jwk := jose.JSONWebKey{Key: private.Public()}
	thumb, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return keyRow{}, err
	}
	id := b64(thumb)
	return keyRow{ID: id, Realm: r.name, Alg: string(r.alg()), State: state, Sealed: o.box.Seal(der, "op_key "+id), MadeAt: o.now()}, nil
}

// addKeys makes a provider's first keys; where another process was faster, its
// keys stand.
func (o *OP) addKeys(ctx context.Context, r realm, states ...string) error {
	var fresh []keyRow
	for _, state := range states {
		k, err := o.newKey(r, state)
		if err != nil {
			return err
		}
		fresh = append(fresh, k)
	}
	return o.db.Write(ctx, func(tx *db.Tx) error {
		there, err := keysOf(tx, r.name, o.now())
		if err != nil || len(there) > 0 {
			return err
		}
		for _, k := range fresh {
			if err := insertKey(tx, k); err != nil {
				return err
			}
		}
		return nil
	})
}

// Rotate lets each provider sign with its next key from now on, and publishes
// one more to be the next. Processes follow within seconds; what the old key
// signed stays good.
func (o *OP) Rotate(ctx context.Context) error {
	for _, r := range o.realms {
		if _, err := o.jwks(ctx, r); err != nil { // there may be none yet
			return err
		}
		next, err := o.newKey(r, keyNext)
		if err != nil {
			return err
		}
		err = o.db.Write(ctx, func(tx *db.Tx) error {
			if err := setKey(tx, r.name, keyCurrent, keyOld, o.now()+oldLife.Microseconds()); err != nil {
				return err
			}
			if err := setKey(tx, r.name, keyNext, keyCurrent, 0); err != nil {
				return err
			}
			return insertKey(tx, next)
		})
		if err != nil {
			return fmt.Errorf("op: rotate the keys of the %s provider: %w", r.name, err)
		}
		o.lookAgain(r)
	}
	return nil
}
