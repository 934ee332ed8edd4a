package desk

import (
	"net/http"
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// phraseView is the phrases that an officer keeps, and the form of one: a new
// one, or the one that is being changed.
type phraseView struct {
	Actor    actor.Actor
	List     []phrase
	Agency   []phrase // the agency's, which this officer only uses
	Services []ServiceName
	Edit     phrase
	Errors   map[string]string
	Problem  string
	Done     string
	Removed  phrase
}

func (d *Desk) phraseShow(w http.ResponseWriter, r *http.Request) error {
	v := phraseView{}
	q := r.URL.Query()
	if done := q.Get("done"); slices.Contains([]string{"saved", "removed", "restored"}, done) {
		v.Done = done
	}
	v.Removed.ID = q.Get("phrase")
	if id := q.Get("edit"); id != "" { // the same page with one phrase in the form
		var err error
		if v.Edit, err = d.myPhrase(r, id); err != nil {
			return err
		}
	}
	return d.renderPhrases(w, r, v, http.StatusOK)
}

// myPhrase is a phrase that is this officer's to change.
func (d *Desk) myPhrase(r *http.Request, id string) (f phrase, err error) {
	err = d.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		f, err = phraseByID(tx, id)
		return err
	})
	if err == nil && (!f.keeps(web.ActorOf(r.Context())) || f.DeletedAt != 0) {
		err = fault.New(fault.Missing, "web.error.missing")
	}
	return f, err
}

func (d *Desk) renderPhrases(w http.ResponseWriter, r *http.Request, v phraseView, status int) error {
	v.Actor = web.ActorOf(r.Context())
	v.Services = d.Names.ServicesOf(v.Actor.Agency)
	err := d.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.List, err = phrasesOf(tx, v.Actor); err != nil {
			return err
		}
		if v.Done == "removed" { // whose banner offers the way back
			f, err := phraseByID(tx, v.Removed.ID)
			if err != nil || !f.keeps(v.Actor) || f.DeletedAt == 0 {
				v.Done = ""
			}
			v.Removed = f
		}
		if !keepsAgency(v.Actor) {
			v.Agency, err = agencyPhrases(tx, v.Actor.Agency)
		}
		return err
	})
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("desk.phrase.title"))
	page.Path = "/desk/phrases"
	page.Before = ui.BackLink(ui.BackLinkProps{Text: page.L.T("desk.back"), Href: "/desk"})
	page.Error = len(v.Errors) > 0 || v.Problem != ""
	return web.Render(w, r, status, phrasePage(page, v))
}

// phraseSave keeps a new phrase, or the one in the address as it now is.
func (d *Desk) phraseSave(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	a := web.ActorOf(r.Context())
	f := phrase{ID: d.IDs.New(), Person: a.Person, CreatedAt: clock.Micro(d.Clock.Now())}
	if keepsAgency(a) {
		f.Agency = a.Agency
	}
	if id := r.PathValue("phrase"); id != "" {
		old, err := d.myPhrase(r, id)
		if err != nil {
			return err
		}
		f = old
	}
	f.For, f.Service = r.PostForm.Get("for"), r.PostForm.Get("service")
	f.Text = locale.Text{MS: plainPhrase(r.PostForm.Get("ms")), EN: plainPhrase(r.PostForm.Get("en"))}
	v := phraseView{Edit: f, Errors: map[string]string{}}
	l := web.L(r.Context())
	for _, wrong := range f.check(d.Names.ServicesOf(a.Agency)) {
		v.Errors[wrong.Location] = l.T(wrong.Key, wrong.Args...)
	}
	if len(v.Errors) > 0 {
		v.Edit.ID = r.PathValue("phrase")
		return d.renderPhrases(w, r, v, http.StatusUnprocessableEntity)
	}
	err := d.DB.Write(r.Context(), func(tx *db.Tx) error { return d.savePhrase(tx, a, f) })
	if e, ok := fault.As(err); ok && e.Code == fault.Conflict {
		v.Edit.ID, v.Problem = r.PathValue("phrase"), l.T(e.Key, e.Args...)
		return d.renderPhrases(w, r, v, http.StatusConflict)
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/desk/phrases?done=saved")
}

// phraseRemove takes a phrase out of use; the page then offers to undo that.
func (d *Desk) phraseRemove(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("phrase")
	now := clock.Micro(d.Clock.Now())
	err := d.DB.Write(r.Context(), func(tx *db.Tx) error { return d.markPhrase(tx, web.ActorOf(r.Context()), id, now) })
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/desk/phrases?done=removed&phrase="+id)
}

func (d *Desk) phraseRestore(w http.ResponseWriter, r *http.Request) error {
	err := d.DB.Write(r.Context(), func(tx *db.Tx) error {
		return d.markPhrase(tx, web.ActorOf(r.Context()), r.PathValue("phrase"), 0)
	})
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/desk/phrases?done=restored")
}
