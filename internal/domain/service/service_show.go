package service

import (
	"net/http"
	"net/url"

	"balai/internal/domain/service/definition"
	"balai/internal/domain/service/form"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

func serviceID(r *http.Request) string { return r.PathValue("agency") + "/" + r.PathValue("service") }

// crumbs lead back from a service's page to the moment in a life.
func (p *Part) crumbs(page ui.Page, service string) ui.BreadcrumbsProps {
	b := ui.BreadcrumbsProps{CollapseOnMobile: true, Items: []ui.Crumb{{Text: page.L.T("service.home"), Href: "/"}}}
	for _, e := range p.LifeEvents() {
		for _, s := range e.Services {
			if s.Service == service && len(b.Items) == 1 {
				b.Items = append(b.Items, ui.Crumb{Text: page.L.Pick(e.Title), Href: "/life/" + e.Slug})
			}
		}
	}
	return b
}

func (p *Part) view(r *http.Request, rel *Release) (serviceView, error) {
	v := serviceView{Release: rel, Law: p.lawTitle(rel.Def.Law), Basis: p.lawTitle}
	a := web.ActorOf(r.Context())
	err := p.DB.Read(r.Context(), func(tx *db.Tx) error {
		agency, err := p.Directory.Agency(tx, rel.Def.Agency)
		if fault.CodeOf(err) == fault.Missing { // an empty hall that has not named its agencies yet
			agency.Name, err = locale.Same(rel.Def.Agency), nil
		}
		if err != nil {
			return err
		}
		v.Agency = agency.Name
		if a.SignedIn() {
			if _, err := openDraft(tx, a.Subject(), rel.Service); err == nil {
				v.Draft = true
			}
			if !a.Acting() || a.For.Covers(rel.Service) {
				v.Sent, err = sentOf(tx, a.Subject(), rel.Service)
			}
			if err == nil {
				v.Others, err = p.forOthers(tx, a, rel.Service)
			}
			return err
		}
		return nil
	})
	return v, err
}

func (p *Part) serviceShow(w http.ResponseWriter, r *http.Request) error {
	if l, ok := p.listing(serviceID(r)); ok {
		return p.listingShow(w, r, l)
	}
	rel, err := p.Current(serviceID(r))
	if err != nil {
		return err
	}
	v, err := p.view(r, rel)
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).Pick(rel.Def.Title))
	page.Public, page.Lead = true, page.L.Pick(rel.Def.Summary)
	page.Before = ui.Breadcrumbs(p.crumbs(page, rel.Service))
	return web.Render(w, r, http.StatusOK, servicePage(page, v))
}

// checkShow is "can I use this?": the same rules as the application's, on two
// answers or on what the registers hold. It is a GET, so that an answer can be
// kept and sent to somebody.
func (p *Part) checkShow(w http.ResponseWriter, r *http.Request) error {
	rel, err := p.Current(serviceID(r))
	if err != nil {
		return err
	}
	sv, err := p.view(r, rel)
	if err != nil {
		return err
	}
	a := web.ActorOf(r.Context())
	page := ui.NewPage(r, web.L(r.Context()).T("service.check.title"))
	page.Public = true
	page.Before = ui.BackLink(ui.BackLinkProps{Href: sv.href("")})
	v := checkView{serviceView: sv, Signed: a.SignedIn() && !a.Officer() && !a.Acting()}
	q := r.URL.Query()
	// a question's id is the dotted name of the fact that it stands for
	facts, faults := rel.Def.Form.Parse(&form.Page{Fields: rel.Def.Table.Ask}, q, p.today())
	answered := q.Get("answered") != ""
	if v.Signed && !answered {
		err := p.DB.Read(r.Context(), func(tx *db.Tx) error {
			held, err := p.Registers.Facts(tx, a.Person, rel.Def.Registers())
			facts = values(onlyShown(rel.Def, held))
			return err
		})
		if err != nil {
			return err
		}
	}
	v.Fields = p.askFields(page, rel.Def, q, faults, answered)
	if answered && len(faults) > 0 {
		page.Error = true
		for _, f := range faults {
			v.Problems = append(v.Problems, ui.Problem{Href: "#" + inputID(f.Location), Text: page.L.T(f.Key, f.Args...)})
		}
	} else if answered || v.Signed {
		res, err := rel.Def.Eligibility(definition.Input{Facts: facts, Today: p.today()})
		if err != nil {
			return err
		}
		v.Result, v.Trace = &res, traceRows(page, rel.Def, res.Trace, true)
	}
	return web.Render(w, r, http.StatusOK, checkPage(page, v))
}

func (p *Part) askFields(page ui.Page, def *definition.Service, q url.Values, faults []fault.Field, answered bool) []fieldView {
	var out []fieldView
	for _, f := range def.Table.Ask {
		v := fieldView{Field: f, Values: q}
		for _, bad := range faults {
			if answered && inputID(bad.Location) == f.ID {
				v.Error = page.L.T(bad.Key, bad.Args...)
			}
		}
		out = append(out, v)
	}
	return out
}
