package backoffice

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
)

const replyMost = 4000

func (b *BackOffice) replySave(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	ref, key := id.NormalRef(r.PathValue("ref")), r.PostForm.Get("key")
	text := clean(strings.ReplaceAll(r.PostForm.Get("text"), "\r\n", "\n"), true)
	err := b.Reply(r.Context(), web.ActorOf(r.Context()), ref, key, text)
	if e, ok := fault.As(err); ok && (e.Code == fault.Invalid || e.Code == fault.Conflict) {
		if err := b.look(r.Context(), web.ActorOf(r.Context()), ref); err != nil { // the page that follows shows the case
			return err
		}
		return b.caseRender(w, r, ref, replyForm{Key: key, Text: text, Error: web.L(r.Context()).T(e.Key, e.Args...)}, fault.Status(e.Code))
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, id.CasePage(ref)+"?done=reply")
}

// Reply sends the agency what the person wrote; key is the form's, so that the
// same form sent twice is one reply.
func (b *BackOffice) Reply(ctx context.Context, a actor.Actor, ref, key, text string) error {
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return fault.New(fault.Invalid, "backoffice.error.empty")
	case n > replyMost:
		return fault.New(fault.Invalid, "backoffice.error.long", "most", replyMost)
	case len(key) > 64:
		return fault.New(fault.Invalid, "web.error.invalid")
	}
	return b.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := caseByRef(tx, ref)
		if err != nil {
			return err
		}
		if key != "" {
			if _, err := actOfTheirs(tx, ref, actReply, key); err == nil {
				return nil
			} else if !errors.Is(err, db.ErrNoRows) {
				return err
			}
		}
		if !c.Shown().Open() {
			return fault.New(fault.Conflict, "backoffice.error.ended")
		}
		said := Act{Kind: actReply, TheirID: key, State: c.State, Text: locale.Same(text), ByName: nameFor(a)}
		made, err := b.actTx(tx, a, c, said, "office.reply", locale.Text{MS: "Anda menjawab agensi", EN: "You answered the agency"},
			map[string]any{"their_ref": c.TheirRef})
		if err != nil {
			return err
		}
		data := map[string]any{"ref": c.Ref, "their_ref": c.TheirRef, "id": made.ID, "text": text, "at": rfc3339(made.At)}
		if c.Asks() {
			data["question"] = c.Question
		}
		if c.State == casework.Waiting {
			err = setAnswered(tx, ref, b.now())
		} else {
			err = touchCase(tx, ref, b.now())
		}
		if err != nil {
			return err
		}
		return b.emitTx(tx, c.Agency, EventReplied, c.Ref, c.TheirRef, data)
	})
}

// nameFor is the name of who acts for the person, "" for themself.
func nameFor(a actor.Actor) string {
	if a.Acting() {
		return a.Name
	}
	return ""
}
