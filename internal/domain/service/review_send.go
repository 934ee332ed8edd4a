package service

import (
	"net/http"

	"balai/internal/domain/service/form"
	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

func (p *Part) reviewShow(w http.ResponseWriter, r *http.Request) error {
	f, led, err := p.open(w, r)
	if err != nil || led {
		return err
	}
	if !f.Draft.HeldSeen || !f.Result.Complete {
		return web.SeeOther(w, r, f.next())
	}
	return p.reviewRender(w, r, f, nil, http.StatusOK)
}

func (p *Part) reviewRender(w http.ResponseWriter, r *http.Request, f Filling, problem *fault.Error, status int) error {
	page := ui.NewPage(r, web.L(r.Context()).T("service.review.title"))
	back := pageHeld
	if n := len(f.Result.Route); n > 1 {
		back = f.Result.Route[n-2]
	}
	page.Before = ui.BackLink(ui.BackLinkProps{Href: f.href("/apply/" + back)})
	v := p.review(page, f)
	if problem != nil {
		page.Error = true
		v.Problem = page.L.T(problem.Key, problem.Args...)
	}
	return web.Render(w, r, status, reviewPage(page, v))
}

// reviewSend submits; the draft named in the form may be one that was sent a
// moment ago from another window, and then the same case answers.
func (p *Part) reviewSend(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	a := web.ActorOf(r.Context())
	saw, err := sawOnPage(r)
	if err != nil {
		return err
	}
	rec, err := p.SendSeen(r.Context(), a, r.PostForm.Get("draft"), saw)
	if e, ok := fault.As(err); ok && (e.Code == fault.Invalid || e.Code == fault.Conflict) {
		f, led, ferr := p.open(w, r)
		if ferr != nil || led {
			return ferr
		}
		if list := f.changes(saw); e.Key == keyChanged && len(list) > 0 {
			return p.changedRender(w, r, f, list)
		}
		if f.Draft.HeldSeen && f.Result.Complete {
			return p.reviewRender(w, r, f, e, fault.Status(e.Code))
		}
		return web.SeeOther(w, r, f.next())
	}
	if err != nil {
		return err
	}
	to, err := p.payNow(r.Context(), a, rec.Ref)
	if err != nil { // it was sent all the same; the case's page leads to the payment
		p.Log.Warn("no page to pay on", "ref", rec.Ref, "error", err)
	}
	if to != "" {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
	return web.SeeOther(w, r, "/case/"+rec.Ref+"?sent=1")
}

// changedRender asks again before anything is sent: the state holds something
// else now than the person was shown.
func (p *Part) changedRender(w http.ResponseWriter, r *http.Request, f Filling, list []Change) error {
	page := ui.NewPage(r, web.L(r.Context()).T("service.changed.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: f.href("/apply/" + form.Review)})
	return web.Render(w, r, fault.Status(fault.Conflict), changedPage(page, changedView{Filling: f, Changes: list}))
}
