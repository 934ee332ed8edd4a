package service

import (
	"context"
	"net/http"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// exemptionView is the exemption of the person, or why one may be recorded.
type exemptionView struct {
	Is      *Exemption
	Acting  bool
	Service string // to go on with, once it is recorded
	Error   string
}

func (p *Part) exemptionShow(w http.ResponseWriter, r *http.Request) error {
	return p.exemptionRender(w, r, "", http.StatusOK)
}

func (p *Part) exemptionRender(w http.ResponseWriter, r *http.Request, problem string, status int) error {
	a := web.ActorOf(r.Context())
	v := exemptionView{Acting: a.Acting(), Error: problem}
	if _, err := p.Current(r.FormValue("service")); err == nil {
		v.Service = r.FormValue("service")
	}
	err := p.DB.Read(r.Context(), func(tx *db.Tx) error {
		e, ok, err := exemptionOf(tx, a.Subject(), p.now())
		if ok {
			v.Is = &e
		}
		return err
	})
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("service.exemption.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/me"})
	page.Error = problem != ""
	return web.Render(w, r, status, exemptionPage(page, v))
}

func (p *Part) exemptionSave(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	a := web.ActorOf(r.Context())
	if r.PostForm.Get("end") != "" {
		if err := p.EndExemption(r.Context(), a); err != nil {
			return err
		}
		return web.SeeOther(w, r, "/me/exemption")
	}
	_, err := p.Exempt(r.Context(), a, r.PostForm.Get("reason"))
	if e, ok := fault.As(err); ok && e.Code == fault.Invalid {
		return p.exemptionRender(w, r, web.L(r.Context()).T(e.Key), http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	if rel, err := p.Current(r.PostForm.Get("service")); err == nil {
		return web.SeeOther(w, r, "/service/"+rel.Service+"/apply")
	}
	return web.SeeOther(w, r, "/me/exemption")
}

// ExemptionOut is an exemption in force.
type ExemptionOut struct {
	Reason string `json:"reason" enum:"no_device,no_coverage,literacy,age,disability,institution"`
	Until  string `json:"until" doc:"RFC 3339"`
}

type exemptIn struct {
	Body struct {
		Reason string `json:"reason" enum:"no_device,no_coverage,literacy,age,disability,institution"`
	}
}

func (p *Part) apiExempt(ctx context.Context, in *exemptIn) (*body[ExemptionOut], error) {
	e, err := p.Exempt(ctx, web.ActorOf(ctx), in.Body.Reason)
	return ok(ExemptionOut{e.Reason, clock.FromMicro(e.Until).Format(time.RFC3339)}), err
}

func (p *Part) apiEndExemption(ctx context.Context, _ *none) (*none, error) {
	return nil, p.EndExemption(ctx, web.ActorOf(ctx))
}

func (v exemptionView) reasons(p ui.Page) []ui.ChoiceItem {
	var out []ui.ChoiceItem
	for _, reason := range exemptionReasons() {
		out = append(out, ui.ChoiceItem{Value: reason, Text: p.L.T("service.exemption." + reason)})
	}
	return out
}
