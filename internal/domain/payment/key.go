package payment

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// Key lets an agency's system in. A test key reaches the sandbox's payments
// only, a live one real money's.
type Key struct {
	ID, Agency, Name  string
	Live              bool
	MadeAt, RevokedAt int64
	MadeBy            string
}

// MakeKeyTx makes a key for an agency's system. Its text is shown once.
func (p *Part) MakeKeyTx(tx *db.Tx, by actor.Actor, agency, name string, live bool) (k Key, text string, err error) {
	if _, err := collectorOf(tx, agency); errors.Is(err, db.ErrNoRows) {
		return k, "", fault.New(fault.Conflict, "payment.error.not_enabled", "agency", agency)
	} else if err != nil {
		return k, "", err
	}
	kind := "test"
	if live {
		kind = "live"
	}
	text = "api_" + kind + "_" + hex.EncodeToString(p.IDs.Bytes(29)) // as long as GOV.UK Pay's
	k = Key{ID: p.IDs.New(), Agency: agency, Name: name, Live: live, MadeAt: p.now(), MadeBy: by.Person}
	if err := insertKey(tx, k, hash(text)); err != nil {
		return k, "", err
	}
	_, err = p.Journal.Append(tx, journal.Record{Kind: "payment.key_made", By: journal.ByActor(by),
		Why:  locale.Text{MS: "Kunci bayaran dibuat untuk sistem agensi.", EN: "A key for payments was made for an agency's system."},
		Data: map[string]any{"agency": agency, "key": k.ID, "live": live}})
	return k, text, err
}

// RevokeKeyTx ends a key at once.
func (p *Part) RevokeKeyTx(tx *db.Tx, by actor.Actor, agency, id string) error {
	was, err := revokeKey(tx, agency, id, p.now())
	if err != nil {
		return err
	}
	if !was {
		return fault.New(fault.Missing, "payment.error.no_key")
	}
	_, err = p.Journal.Append(tx, journal.Record{Kind: "payment.key_revoked", By: journal.ByActor(by),
		Why:  locale.Text{MS: "Kunci bayaran sistem agensi dibatalkan.", EN: "An agency's key for payments was revoked."},
		Data: map[string]any{"agency": agency, "key": id}})
	return err
}

// caller finds whose key a request carries. A revoked one is refused at once by
// every process, since keys are read each time.
func (p *Part) caller(ctx context.Context, r *http.Request) (k Key, bad *problem, err error) {
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	text = strings.TrimSpace(text)
	if !strings.EqualFold(scheme, "Bearer") || text == "" || len(text) > 200 {
		return k, unauthorised, nil
	}
	err = p.DB.ReadOne(ctx, func(tx *db.Tx) (err error) { k, err = keyByHash(tx, hash(text)); return err })
	if errors.Is(err, db.ErrNoRows) || err == nil && k.RevokedAt != 0 {
		return k, unauthorised, nil
	}
	return k, nil, err
}
