package protection

import (
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

func (p *Protection) askShow(w http.ResponseWriter, r *http.Request) error {
	return p.askAgain(w, r, "", nil)
}

func (p *Protection) askSave(w http.ResponseWriter, r *http.Request) error {
	reason := r.PostFormValue("reason")
	ref := id.NormalRef(r.PathValue("ref"))
	if _, err := p.Ask(r.Context(), web.ActorOf(r.Context()), ref, reason); err != nil {
		return p.askAgain(w, r, reason, err)
	}
	return web.SeeOther(w, r, "/desk/"+ref+"/protected")
}

func (p *Protection) askAgain(w http.ResponseWriter, r *http.Request, reason string, err error) error {
	wrong, status, err := faults(r, err)
	if err != nil {
		return err
	}
	v := askView{Ref: id.NormalRef(r.PathValue("ref")), Reason: reason, Wrong: wrong, Now: p.now()}
	err = p.DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := p.Cases.Get(tx, v.Ref)
		if err != nil {
			return err
		}
		people, err := p.concerned(tx, c)
		if err != nil {
			return err
		}
		v.Sealed = len(people) > 0
		v.Last, v.Before, err = lastOpening(tx, v.Ref, web.ActorOf(r.Context()).Person)
		return err
	})
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("protection.ask"))
	page.Error = len(wrong) > 0
	page.Path = "/desk/" + v.Ref + "/protected"
	page.Before = ui.BackLink(ui.BackLinkProps{Text: page.L.T("protection.case"), Href: "/desk/" + v.Ref})
	return web.Render(w, r, status, askPage(page, v))
}
