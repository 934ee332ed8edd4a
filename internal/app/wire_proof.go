package app

import (
	"context"
	"errors"

	"balai/internal/domain/identity/proof"
	"balai/internal/domain/letter"
	"balai/internal/domain/register"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
)

// proofDeps is what the ledger of identities stands on.
func (h *Hall) proofDeps() proof.Deps {
	d := proof.Deps{DB: h.db, Clock: h.clock, IDs: h.ids, Outbox: h.outbox, Meter: h.meter, Journal: h.journal, Directory: h.directory,
		People: proven{h.register}, Shield: h.protection, Notices: h.notify, Carrier: carrier{h}, Door: h.identity, Cards: h.identity,
		Texts: h.texts, BaseURL: h.cfg.Get("base-url"), Site: h.site(), Specimen: h.cfg.Demo || h.lane != "",
		AtOnce: int(h.atLeastOne("enrolments-at-once", 64))}
	if h.cfg.Demo {
		d.Reader = proof.Simulated{}
	}
	return d
}

// proven is the population register for those who prove who they are.
type proven struct{ *register.Register }

func (p proven) Known(tx *db.Tx, person string) (proof.Person, error) {
	k, err := p.KnownAs(tx, person)
	return proof.Person(k), err
}

// proofSheet begins the names of letters that carry codes.
const proofSheet = "proof:"

// carrier takes codes to the contact on record.
type carrier struct{ h *Hall }

func (c carrier) Contact(tx *db.Tx, person string) (out proof.Contact, err error) {
	r, err := c.h.notify.Reach(tx, person)
	if err != nil {
		return out, err
	}
	since, err := c.h.register.ContactSince(tx, person)
	out = proof.Contact{Mail: r.Address.Mail, Phone: r.Address.Phone, Letter: r.Address.Letter != "",
		MailSince: since.Mail, PhoneSince: since.Phone, PostSince: since.Post, Lang: r.Address.Lang}
	if r.Choice.Lang != "" {
		out.Lang = r.Choice.Lang
	}
	if out.Lang == "" {
		out.Lang = locale.Malay
	}
	return out, err
}

// noWay tells the part in its own words that the hall cannot send so.
func noWay(err error) error {
	if errors.Is(err, notify.ErrNoWay) {
		return proof.ErrNoWay
	}
	return err
}

func (c carrier) Mail(ctx context.Context, id, person string, to proof.Contact, subject, body string) error {
	return noWay(c.h.notify.MailOut(ctx, notify.Mail{ID: id, To: person, Address: to.Mail, Lang: to.Lang, Subject: subject, Body: body,
		At: clock.Micro(c.h.clock.Now())}, c.h.cfg.Demo))
}

func (c carrier) Text(ctx context.Context, id, person string, to proof.Contact, body string) error {
	return noWay(c.h.notify.TextOut(ctx, notify.Text{ID: id, To: person, Phone: to.Phone, Lang: to.Lang, Body: body, At: clock.Micro(c.h.clock.Now())}))
}

// LetterTx puts a code into the post of its day. What it said is destroyed once
// it is posted: see sheets.PostedTx.
func (c carrier) LetterTx(tx *db.Tx, id, person string, to proof.Contact, subject, body string) error {
	p, err := c.h.register.PostalOf(tx, person)
	if err != nil {
		return err
	}
	a := letter.Address{Name: p.Name, Line: p.Line, Postcode: p.Postcode, City: p.City, Region: p.State}
	return c.h.letter.TakeTx(tx, letter.Sheet{ID: proofSheet + id, Agency: "balai", Lang: to.Lang, To: a, Lines: []string{p.Name, p.Line, p.Postcode + " " + p.City},
		Subject: subject, Body: body})
}
