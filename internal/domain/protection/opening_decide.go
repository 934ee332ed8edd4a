package protection

import (
	"net/http"

	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

func (p *Protection) openingShow(w http.ResponseWriter, r *http.Request) error {
	return p.openingAgain(w, r, "", nil)
}

func (p *Protection) openingDecide(w http.ResponseWriter, r *http.Request) error {
	answer, open := r.PostFormValue("reason"), r.PostFormValue("verdict") == "open"
	err := p.Decide(r.Context(), web.ActorOf(r.Context()), r.PathValue("id"), open, answer)
	if err == nil {
		done := "refused"
		if open {
			done = "opened"
		}
		return web.SeeOther(w, r, "/protection?done="+done)
	}
	return p.openingAgain(w, r, answer, err)
}

// openingAgain shows who asks to see which case, and why; of the case it tells
// only which service it is.
func (p *Protection) openingAgain(w http.ResponseWriter, r *http.Request, answer string, err error) error {
	wrong, status, err := faults(r, err)
	if err != nil {
		return err
	}
	v := openingView{Answer: answer, Wrong: wrong}
	err = p.DB.Read(r.Context(), func(tx *db.Tx) error {
		if v.Opening, err = openingByID(tx, r.PathValue("id")); err != nil {
			return err
		}
		var c casework.Case
		if c, err = p.Cases.Get(tx, v.Opening.Ref); err != nil {
			return err
		}
		v.Service = c.Title
		v.Officer, err = p.People.NameOf(tx, v.Opening.Officer)
		return err
	})
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("protection.request"))
	page.Error = len(wrong) > 0
	page.Path = "/protection/request/" + v.Opening.ID
	page.Before = ui.BackLink(ui.BackLinkProps{Text: page.L.T("protection.title"), Href: "/protection"})
	return web.Render(w, r, status, openingPage(page, v))
}
