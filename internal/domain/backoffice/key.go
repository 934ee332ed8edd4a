package backoffice

import (
	"context"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/hook"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// Key lets one system of an agency in, and signs what it is told.
type Key struct {
	ID, Agency        string
	APIKey, Secret    string // Secret signs webhooks
	Webhook           string // where events go, "" for nowhere
	Bearer            bool   // the key may be sent as it is
	MadeAt, RevokedAt int64
	OffAt             int64 // when the webhook's address said that it is gone
}

// MakeKey makes a key for an agency's system. Its secrets are in the answer and
// are shown to nobody again.
func (b *BackOffice) MakeKey(ctx context.Context, by actor.Actor, agency, webhook string, bearer bool) (k Key, err error) {
	if err := b.mayBeTold(webhook); err != nil {
		return k, err
	}
	k = Key{ID: b.IDs.New(), Agency: agency, APIKey: hook.NewSecret(b.IDs.Bytes(hook.SecretSize)), Secret: hook.NewSecret(b.IDs.Bytes(hook.SecretSize)),
		Webhook: webhook, Bearer: bearer, MadeAt: b.now()}
	err = b.DB.Write(ctx, func(tx *db.Tx) error { return b.makeKeyTx(tx, by, k) })
	return k, err
}

// MakeKeyTx is MakeKey together with another act, without a webhook.
func (b *BackOffice) MakeKeyTx(tx *db.Tx, by actor.Actor, agency string, bearer bool) (Key, error) {
	k := Key{ID: b.IDs.New(), Agency: agency, APIKey: hook.NewSecret(b.IDs.Bytes(hook.SecretSize)), Secret: hook.NewSecret(b.IDs.Bytes(hook.SecretSize)),
		Bearer: bearer, MadeAt: b.now()}
	return k, b.makeKeyTx(tx, by, k)
}

func (b *BackOffice) makeKeyTx(tx *db.Tx, by actor.Actor, k Key) error {
	if _, err := b.Agencies.Agency(tx, k.Agency); err != nil {
		return err
	}
	if err := insertKey(tx, k); err != nil {
		return err
	}
	return b.recordKey(tx, by, "office.key.made", k, locale.Text{MS: "Kunci dibuat untuk sistem agensi", EN: "A key was made for an agency's system"})
}

// RevokeKey ends a key at once; the agency's others stay.
func (b *BackOffice) RevokeKey(ctx context.Context, by actor.Actor, key string) error {
	return b.DB.Write(ctx, func(tx *db.Tx) error {
		k, err := keyNamed(tx, key)
		if err != nil {
			return err
		}
		if k.RevokedAt != 0 {
			return nil
		}
		if err := revokeKey(tx, key, b.now()); err != nil {
			return err
		}
		return b.recordKey(tx, by, "office.key.revoked", k, locale.Text{MS: "Kunci sistem agensi dibatalkan", EN: "A key of an agency's system was revoked"})
	})
}

// keyNamed is the key that an operator named.
func keyNamed(tx *db.Tx, id string) (Key, error) {
	k, err := keyByID(tx, id)
	if fault.CodeOf(err) == fault.Missing {
		err = fault.New(fault.Missing, "backoffice.error.no_key", "key", id)
	}
	return k, err
}

// SetWebhook says where a key's events go from now on, "" for nowhere; an
// address that was switched off is tried again.
func (b *BackOffice) SetWebhook(ctx context.Context, by actor.Actor, key, webhook string) error {
	if err := b.mayBeTold(webhook); err != nil {
		return err
	}
	return b.DB.Write(ctx, func(tx *db.Tx) error { return b.setWebhookTx(tx, by, key, webhook) })
}

func (b *BackOffice) setWebhookTx(tx *db.Tx, by actor.Actor, key, webhook string) error {
	k, err := keyNamed(tx, key)
	if err != nil || k.RevokedAt == 0 && k.Webhook == webhook && k.OffAt == 0 {
		return err
	}
	if err := setWebhook(tx, key, webhook); err != nil {
		return err
	}
	return b.recordKey(tx, by, "office.webhook", k, locale.Text{MS: "Alamat untuk memberitahu sistem agensi ditetapkan", EN: "Where an agency's system is told was set"})
}

// Keys are all keys of an agency, or of every agency for "", without their
// secrets.
func (b *BackOffice) Keys(ctx context.Context, agency string) (out []Key, err error) {
	err = b.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = keys(tx, agency)
		return err
	})
	for i := range out {
		out[i].APIKey, out[i].Secret = "", ""
	}
	return out, err
}

// KeyTx is a key with its secrets, for the demo, which tells them.
func (b *BackOffice) KeyTx(tx *db.Tx, key string) (Key, error) { return keyByID(tx, key) }

func (b *BackOffice) recordKey(tx *db.Tx, by actor.Actor, kind string, k Key, why locale.Text) error {
	_, err := b.Journal.Append(tx, journal.Record{Kind: kind, By: journal.ByActor(by), Why: why,
		Data: map[string]any{"agency": k.Agency, "key": k.ID}})
	return err
}

// mayBeTold refuses an address that events may not go to; "" is nowhere. What
// its name leads to is looked at again at each delivery.
func (b *BackOffice) mayBeTold(text string) error {
	if text == "" {
		return nil
	}
	if err := b.Hook.Check(text); err != nil {
		return fault.New(fault.Invalid, "backoffice.error.webhook").With(fault.Field{Location: "body.url", Key: "backoffice.error.webhook"}).Wrap(err)
	}
	return nil
}

// systemOf is an agency's own system as it acts by a key.
func systemOf(k Key) actor.Actor {
	return actor.Actor{Person: callerPrefix + k.ID, Post: "back-office", Role: "back-office", Agency: k.Agency, Title: ownSystem}
}

// callerPrefix begins the id by which a key acts: it is no person's.
const callerPrefix = "key:"

var ownSystem = locale.Text{MS: "Sistem agensi sendiri", EN: "The agency's own system"}

func keyOf(a actor.Actor) string { return strings.TrimPrefix(a.Person, callerPrefix) }
