package notice

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

var keyName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}$`)

// MakeKeyTx makes a key for an agency, and the agency's service with its first.
func (p *Part) MakeKeyTx(tx *db.Tx, agency, name string, kind Kind, guests []string) (k Key, err error) {
	if !keyName.MatchString(name) {
		return k, fault.New(fault.Invalid, "notice.error.key_name")
	}
	if !slices.Contains([]Kind{Normal, Team, Test}, kind) {
		return k, fault.New(fault.Invalid, "notice.error.kind")
	}
	if err := tx.Lock("notice.key"); err != nil {
		return k, err
	}
	if _, err := p.Directory.Agency(tx, agency); err != nil {
		return k, fmt.Errorf("notice: the agency %q: %w", agency, err)
	}
	s, err := serviceOf(tx, agency)
	if errors.Is(err, db.ErrNoRows) {
		s = Service{ID: p.IDs.New(), Agency: agency, MadeAt: p.now()}
		err = insertService(tx, s)
	}
	if err != nil {
		return k, err
	}
	keys, err := keysOf(tx, s.ID)
	if err != nil {
		return k, err
	}
	if slices.ContainsFunc(keys, func(k Key) bool { return k.Name == name && k.RevokedAt == 0 }) {
		return k, fault.New(fault.Conflict, "notice.error.key_taken", "name", name)
	}
	k = Key{ID: p.IDs.New(), Service: s.ID, Name: name, Kind: kind, Secret: p.secret(), Guests: guests, MadeAt: p.now()}
	if err := insertKey(tx, k); err != nil {
		return k, err
	}
	_, err = p.Journal.Append(tx, journal.Record{Kind: "notice.key_made", By: journal.ByActor(actor.System("balai")),
		Why:  locale.Text{MS: "Kunci penghantaran dibuat untuk sistem agensi.", EN: "A key was made for an agency's system to send with."},
		Data: map[string]any{"agency": agency, "key": k.ID, "name": name, "kind": string(kind)}})
	return k, err
}

// MakeKey is MakeKeyTx in a write of its own.
func (p *Part) MakeKey(ctx context.Context, agency, name string, kind Kind, guests []string) (k Key, err error) {
	err = p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		k, err = p.MakeKeyTx(tx, agency, name, kind, guests)
		return err
	})
	return k, err
}

// RevokeKey ends a key at once.
func (p *Part) RevokeKey(ctx context.Context, agency, name string) error {
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		s, err := serviceOf(tx, agency)
		if errors.Is(err, db.ErrNoRows) {
			return fault.New(fault.Missing, "notice.error.no_key", "name", name)
		}
		if err != nil {
			return err
		}
		gone, err := revoke(tx, s.ID, name, p.now())
		if err != nil {
			return err
		}
		if !gone {
			return fault.New(fault.Missing, "notice.error.no_key", "name", name)
		}
		_, err = p.Journal.Append(tx, journal.Record{Kind: "notice.key_revoked", By: journal.ByActor(actor.System("balai")),
			Why:  locale.Text{MS: "Kunci penghantaran sistem agensi dibatalkan.", EN: "The key of an agency's system was revoked."},
			Data: map[string]any{"agency": agency, "name": name}})
		return err
	})
}

// secret is a UUID of 122 random bits, the form that Notify's clients expect.
func (p *Part) secret() string {
	b := p.IDs.Bytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// Listed is a key as an operator sees it: without its secret.
type Listed struct {
	Agency string
	Key
}

// Keys lists every key, agency by agency, without secrets.
func (p *Part) Keys(tx *db.Tx) ([]Listed, error) {
	list, err := allKeys(tx)
	for i := range list {
		list[i].Secret = ""
	}
	return list, err
}

// NamedKey is the standing key of that name, for the demo's own file.
func (p *Part) NamedKey(tx *db.Tx, agency, name string) (k Key, found bool, err error) {
	s, err := serviceOf(tx, agency)
	if errors.Is(err, db.ErrNoRows) {
		return k, false, nil
	}
	if err != nil {
		return k, false, err
	}
	keys, err := keysOf(tx, s.ID)
	for _, k := range keys {
		if k.Name == name && k.RevokedAt == 0 {
			return k, true, nil
		}
	}
	return k, false, err
}
