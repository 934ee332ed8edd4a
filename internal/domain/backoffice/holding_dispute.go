package backoffice

import (
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// disputeView lets a person say that what an agency holds is wrong.
type disputeView struct {
	Holding     Holding
	Agency      locale.Text
	Text, Error string
}

func (b *BackOffice) disputeShow(w http.ResponseWriter, r *http.Request) error {
	return b.disputeRender(w, r, disputeView{}, http.StatusOK)
}

func (b *BackOffice) disputeRender(w http.ResponseWriter, r *http.Request, v disputeView, status int) error {
	err := b.DB.Read(r.Context(), func(tx *db.Tx) error {
		h, is, err := holdingOf(tx, r.PathValue("agency"), web.ActorOf(r.Context()).Person, r.PathValue("name"))
		if err == nil && !is {
			err = fault.New(fault.Missing, "web.error.missing")
		}
		v.Holding, v.Agency = h, b.agencyName(tx, h.Agency)
		return err
	})
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("backoffice.dispute.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/me/held"})
	page.Error = v.Error != ""
	return web.Render(w, r, status, disputePage(page, v))
}

func (b *BackOffice) disputeSave(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	text := clean(strings.ReplaceAll(r.PostForm.Get("text"), "\r\n", "\n"), true)
	err := b.Dispute(r.Context(), web.ActorOf(r.Context()), r.PathValue("agency"), r.PathValue("name"), text)
	if e, ok := fault.As(err); ok && (e.Code == fault.Invalid || e.Code == fault.Conflict) {
		return b.disputeRender(w, r, disputeView{Text: text, Error: web.L(r.Context()).T(e.Key, e.Args...)}, fault.Status(e.Code))
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/me/held?sent=1")
}

// Dispute tells the agency that what it holds is wrong; it stays marked until
// the agency says anew what it holds.
func (b *BackOffice) Dispute(ctx context.Context, a actor.Actor, agency, name, text string) error {
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return fault.New(fault.Invalid, "backoffice.error.empty")
	case n > replyMost:
		return fault.New(fault.Invalid, "backoffice.error.long", "most", replyMost)
	}
	return b.DB.Write(ctx, func(tx *db.Tx) error {
		h, is, err := holdingOf(tx, agency, a.Person, name)
		switch {
		case err != nil:
			return err
		case !is:
			return fault.New(fault.Missing, "web.error.missing")
		case h.DisputedAt > 0:
			return fault.New(fault.Conflict, "backoffice.error.disputed")
		}
		h.DisputedAt = b.now()
		if err := upsertHolding(tx, h); err != nil {
			return err
		}
		if _, err := b.Journal.Append(tx, journal.Record{Kind: "office.disputed", By: journal.ByActor(a), Subjects: []string{a.Person},
			Why:  locale.Text{MS: "Anda memaklumkan bahawa maklumat ini salah: " + h.Label.MS, EN: "You said that this is wrong: " + h.Label.EN},
			Data: map[string]any{"agency": agency, "name": name}}); err != nil {
			return err
		}
		return b.emitTx(tx, agency, EventDisputed, "", name, map[string]any{"name": name, "person": a.Person, "label": h.Label, "value": h.Value,
			"text": text, "at": rfc3339(h.DisputedAt)})
	})
}
