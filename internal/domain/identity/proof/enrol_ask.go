package proof

import (
	"net/http"

	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// askView is the form for a code, with what was typed.
type askView struct {
	Number, Name, Code string
	Errors             map[string]string
	Problems           []ui.Problem
	Script             string
}

func (v *askView) wrong(r *http.Request, field, key string) {
	if v.Errors == nil {
		v.Errors = map[string]string{}
	}
	v.Errors[field] = web.L(r.Context()).T(key)
	v.Problems = append(v.Problems, ui.Problem{Href: "#" + field, Text: v.Errors[field]})
}

func (p *Proof) enrolForm(w http.ResponseWriter, r *http.Request) error {
	if wait := p.gate.full(); wait > 0 {
		return p.turnAway(w, r, wait, askView{})
	}
	return p.enrolRender(w, r, askView{}, http.StatusOK)
}

func (p *Proof) enrolRender(w http.ResponseWriter, r *http.Request, v askView, status int) error {
	page := ui.NewPage(r, web.L(r.Context()).T("proof.enrol.title"))
	page.Error, page.Public, page.Lead = len(v.Problems) > 0, true, web.L(r.Context()).T("proof.enrol.lead")
	return web.Render(w, r, status, enrolPage(page, v))
}

// enrolAsk takes what was typed. Whoever it is, and whether there is anybody,
// the answer is the same page.
func (p *Proof) enrolAsk(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	v := askView{Number: typed(r, "number"), Name: typed(r, "name")}
	switch { // whoever's it is: what can be no number is told at once
	case v.Number == "":
		v.wrong(r, "number", "proof.error.number")
	case !Possible(v.Number):
		v.wrong(r, "number", "proof.error.number_shape")
	}
	if v.Name == "" {
		v.wrong(r, "name", "proof.error.name")
	}
	if len(v.Problems) > 0 {
		return p.enrolRender(w, r, v, fault.Status(fault.Invalid))
	}
	leave, wait := p.gate.enter()
	if leave == nil {
		return p.turnAway(w, r, wait, v)
	}
	defer leave()
	if err := p.few(r, "enrol"); err != nil {
		return err
	}
	if err := p.Ask(r.Context(), v.Number, v.Name); err != nil {
		return err
	}
	return web.SeeOther(w, r, "/enrol/sent")
}

func (p *Proof) enrolSent(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, sentPage(ui.NewPage(r, web.L(r.Context()).T("proof.sent.title"))))
}
