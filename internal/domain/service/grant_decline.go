package service

import (
	"net/http"
	"strconv"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// grantView is what a case's page says of a yes that nobody had asked for.
type grantView struct {
	Case     casework.Case
	Announce locale.Text
	Until    int64 // the last moment of the last day on which it can be declined
	Over     bool
	Declined bool
	May      bool // the viewer is who can decline it, or serves them at a counter
	Error    string
}

// grantBox is nil where the person applied.
func (p *Part) grantBox(tx *db.Tx, a actor.Actor, c casework.Case) (*grantView, error) {
	if !c.Unasked() {
		return nil, nil
	}
	g, ok, err := grantOf(tx, c.Ref)
	if err != nil || !ok { // declined, and taken after all under a new reference
		return nil, err
	}
	app, err := application(tx, c.Ref)
	if err != nil {
		return nil, err
	}
	rel, err := p.At(app.Service, app.Number)
	if err != nil {
		return nil, err
	}
	res, err := rel.Def.Evaluate(app.input())
	if err != nil {
		return nil, err
	}
	return &grantView{Case: c, Announce: res.Announce, Until: g.DeclineUntil - 1, Over: p.now() >= g.DeclineUntil, Declined: g.State == "declined",
		May: a.Subject() == c.Applicant && (!a.Acting() || a.For.As == actor.Counter || a.For.As == actor.Guardian)}, nil
}

// declineShow asks nothing but whether.
func (p *Part) declineShow(w http.ResponseWriter, r *http.Request) error {
	return p.declineRender(w, r, "", http.StatusOK)
}

func (p *Part) declineRender(w http.ResponseWriter, r *http.Request, problem string, status int) error {
	var v *grantView
	ref := id.NormalRef(r.PathValue("ref"))
	err := p.DB.Read(r.Context(), func(tx *db.Tx) error {
		c, err := p.Cases.Get(tx, ref)
		if err != nil {
			return err
		}
		v, err = p.grantBox(tx, web.ActorOf(r.Context()), c)
		return err
	})
	if err != nil {
		return err
	}
	if v == nil {
		return fault.New(fault.Missing, "web.error.missing")
	}
	page := ui.NewPage(r, web.L(r.Context()).T("service.decline.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/case/" + ref})
	page.Error, v.Error = problem != "", problem
	return web.Render(w, r, status, declinePage(page, *v))
}

// declineSave declines, or takes after all what was declined.
func (p *Part) declineSave(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	a, ref := web.ActorOf(r.Context()), id.NormalRef(r.PathValue("ref"))
	var err error
	if r.PostForm.Get("undo") != "" {
		ref, err = p.TakeAfterAll(r.Context(), a, ref)
	} else {
		version, _ := strconv.Atoi(r.PostForm.Get("version"))
		err = p.Decline(r.Context(), a, ref, version)
	}
	if e, ok := fault.As(err); ok && e.Code == fault.Conflict {
		return p.declineRender(w, r, web.L(r.Context()).T(e.Key, e.Args...), fault.Status(e.Code))
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/case/"+ref+"?done=1")
}

func (v grantView) day(p ui.Page) string { return p.L.Date(clock.FromMicro(v.Until)) }
