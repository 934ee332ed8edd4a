package feedback

import (
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// shown is how many entries of each state the list names.
const shown = 100

// Answer answers an entry once.
func (f *Feedback) Answer(ctx context.Context, by actor.Actor, ref, answer string) error {
	answer = strings.TrimSpace(answer)
	if n := utf8.RuneCountInString(answer); n < shortest || n > longest || !utf8.ValidString(answer) || strings.ContainsRune(answer, 0) {
		return fault.New(fault.Invalid, "feedback.error.invalid").With(fault.Field{Location: "answer", Key: "feedback.error.answer", Args: []any{"n", longest}})
	}
	return f.DB.Write(ctx, func(tx *db.Tx) error {
		e, err := entry(tx, ref)
		if err != nil {
			return err
		}
		first, err := answerEntry(tx, ref, answer, by.Post, clock.Micro(f.Clock.Now()))
		if err != nil {
			return err
		}
		if !first {
			return fault.New(fault.Conflict, "feedback.error.answered")
		}
		if _, err := f.Journal.Append(tx, journal.Record{Kind: "feedback.answered", By: journal.ByActor(by),
			Why:  locale.Text{MS: "Maklum balas tentang laman dijawab", EN: "Feedback on the site was answered"},
			Data: map[string]any{"feedback": ref}}); err != nil {
			return err
		}
		return f.queue(tx, e, "answered")
	})
}

func (f *Feedback) deskList(w http.ResponseWriter, r *http.Request) error {
	var list []Entry
	err := f.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		list, err = entries(tx, shown)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listPage(ui.NewPage(r, web.L(r.Context()).T("feedback.desk.title")), list))
}

func (f *Feedback) deskShow(w http.ResponseWriter, r *http.Request) error {
	return f.desk(w, r, "", nil)
}

func (f *Feedback) deskAnswer(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, mostBytes)
	ref, answer := r.PathValue("id"), r.PostFormValue("answer")
	if err := f.Answer(r.Context(), web.ActorOf(r.Context()), ref, answer); err != nil {
		return f.desk(w, r, answer, err)
	}
	return web.SeeOther(w, r, "/feedback/desk/"+ref)
}

func (f *Feedback) desk(w http.ResponseWriter, r *http.Request, answer string, err error) error {
	wrong, status, err := faults(r, err)
	if err != nil {
		return err
	}
	var e Entry
	err = f.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		e, err = entry(tx, r.PathValue("id"))
		return err
	})
	if err != nil {
		return err
	}
	l := web.L(r.Context())
	p := ui.NewPage(r, l.T("feedback.desk.one"))
	p.Error = len(wrong) > 0
	p.Before = ui.BackLink(ui.BackLinkProps{Text: l.T("feedback.desk.title"), Href: "/feedback/desk"})
	return web.Render(w, r, status, entryPage(p, e, answer, wrong))
}
