package scim

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// Key lets one agency's directory of staff in.
type Key struct {
	ID, Agency string
	MadeAt     int64
	hash       string
}

func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// MakeKey makes an agency's key and ends those before it. The secret is in the
// answer and is shown to nobody again.
func (p *Part) MakeKey(ctx context.Context, a actor.Actor, agency string) (k Key, secret string, err error) {
	secret = base64.RawURLEncoding.EncodeToString(p.IDs.Bytes(32))
	k = Key{ID: p.IDs.New(), Agency: agency, MadeAt: p.now(), hash: hash(secret)}
	err = p.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := p.Directory.Agency(tx, agency); err != nil {
			return err
		}
		if _, err := revokeKeys(tx, agency, p.now()); err != nil {
			return err
		}
		if err := insertKey(tx, k); err != nil {
			return err
		}
		_, err := p.Journal.Append(tx, journal.Record{Kind: "scim.key", By: journal.ByActor(a), Data: map[string]any{"key": k.ID, "agency": agency},
			Why: locale.Text{MS: "Kunci dibuat untuk direktori kakitangan agensi", EN: "A key was made for an agency's directory of staff"}})
		return err
	})
	return k, secret, err
}

// Caller finds which agency's directory sends a request, by its key.
func (p *Part) Caller(r *http.Request) (actor.Actor, error) {
	scheme, sent, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	sent = strings.TrimSpace(sent)
	refused := fault.New(fault.SignedOut, "scim.error.key")
	if !strings.EqualFold(scheme, "Bearer") || sent == "" || len(sent) > 200 {
		return actor.Actor{}, refused
	}
	var k Key
	found := false
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		k, found, err = keyOf(tx, hash(sent))
		return err
	})
	if err == nil && !found {
		err = refused
	}
	return by(k), err
}
