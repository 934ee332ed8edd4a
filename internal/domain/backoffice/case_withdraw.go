package backoffice

import (
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// withdrawView asks whether the person means it.
type withdrawView struct {
	Case        Case
	Agency      locale.Text
	Text, Error string
}

func (b *BackOffice) withdrawShow(w http.ResponseWriter, r *http.Request) error {
	return b.withdrawRender(w, r, withdrawView{}, http.StatusOK)
}

func (b *BackOffice) withdrawRender(w http.ResponseWriter, r *http.Request, v withdrawView, status int) error {
	ref := id.NormalRef(r.PathValue("ref"))
	if err := b.look(r.Context(), web.ActorOf(r.Context()), ref); err != nil {
		return err
	}
	err := b.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Case, err = caseByRef(tx, ref); err == nil {
			v.Agency = b.agencyName(tx, v.Case.Agency)
		}
		return err
	})
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("backoffice.withdraw.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: id.CasePage(ref)})
	page.Error = v.Error != ""
	return web.Render(w, r, status, withdrawPage(page, v))
}

func (b *BackOffice) withdrawSave(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	ref := id.NormalRef(r.PathValue("ref"))
	text := clean(strings.ReplaceAll(r.PostForm.Get("text"), "\r\n", "\n"), true)
	err := b.Withdraw(r.Context(), web.ActorOf(r.Context()), ref, text)
	if e, ok := fault.As(err); ok && (e.Code == fault.Invalid || e.Code == fault.Conflict) {
		return b.withdrawRender(w, r, withdrawView{Text: text, Error: web.L(r.Context()).T(e.Key, e.Args...)}, fault.Status(e.Code))
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, id.CasePage(ref)+"?done=withdraw")
}

// Withdraw takes the person's application back and tells the agency's system.
// A second time changes nothing.
func (b *BackOffice) Withdraw(ctx context.Context, a actor.Actor, ref, reason string) error {
	if utf8.RuneCountInString(reason) > replyMost {
		return fault.New(fault.Invalid, "backoffice.error.long", "most", replyMost)
	}
	return b.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := caseByRef(tx, ref)
		if err != nil || c.WithdrawnAt > 0 {
			return err
		}
		if !c.State.Open() {
			return fault.New(fault.Conflict, "backoffice.error.ended")
		}
		made, err := b.actTx(tx, a, c, Act{Kind: actWithdraw, TheirID: "withdraw", State: c.State, Text: locale.Same(reason), ByName: nameFor(a)},
			"office.withdrawn", locale.Text{MS: "Anda menarik balik permohonan", EN: "You withdrew the application"}, map[string]any{"their_ref": c.TheirRef})
		if err != nil {
			return err
		}
		if err := setWithdrawn(tx, ref, b.now()); err != nil {
			return err
		}
		return b.emitTx(tx, c.Agency, EventWithdrawn, c.Ref, c.TheirRef,
			map[string]any{"ref": c.Ref, "their_ref": c.TheirRef, "reason": reason, "at": rfc3339(made.At)})
	})
}
