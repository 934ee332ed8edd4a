package delegation

import (
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// companyView is who acts for a company, and who can be named.
type companyView struct {
	Company  Company
	Staff    []grantLine
	Form     giveForm
	Problems []ui.Problem
}

func (x *Delegations) companyPage(w http.ResponseWriter, r *http.Request) error {
	return x.companyRender(w, r, companyView{}, http.StatusOK)
}

func (x *Delegations) companyRender(w http.ResponseWriter, r *http.Request, v companyView, status int) error {
	page := ui.NewPage(r, web.L(r.Context()).T("delegation.company.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/acting"})
	page.Error = len(v.Problems) > 0
	err := x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Staff = nil
		if v.Company, err = x.company(tx, web.ActorOf(r.Context()), r.PathValue("number")); err != nil {
			return err
		}
		all, err := grantsOf(tx, v.Company.principal())
		for _, g := range all {
			if err != nil {
				return err
			}
			if g.State != Offered && !g.Stands(x.now()) || x.now() >= g.UntilAt {
				continue
			}
			var line grantLine
			line, err = x.line(tx, page, g, false)
			v.Staff = append(v.Staff, line)
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, companyPageView(page, v))
}
