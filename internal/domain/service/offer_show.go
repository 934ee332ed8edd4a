package service

import (
	"fmt"
	"net/http"
	"slices"

	"balai/internal/domain/service/definition"
	"balai/internal/domain/service/form"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

func (p *Part) offerShow(w http.ResponseWriter, r *http.Request) error {
	return p.offerRender(w, r, nil, nil, nil, http.StatusOK)
}

// offerRender shows everything filled in; a question that no register answers
// stands below it.
func (p *Part) offerRender(w http.ResponseWriter, r *http.Request, answers map[string]any, faults []fault.Field, changed []Change, status int) error {
	a := web.ActorOf(r.Context())
	var o Offer
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if o, err = offerByID(tx, r.PathValue("id")); err == nil && o.Person != a.Person {
			err = fault.New(fault.Missing, "web.error.missing")
		}
		return err
	})
	if err != nil {
		return err
	}
	if o.State == "accepted" {
		return web.SeeOther(w, r, "/case/"+o.Ref)
	}
	rel, err := p.Current(o.Service)
	if err != nil {
		return err
	}
	if o.stands(p.now()) != offerOpen {
		return p.offerPastRender(w, r, o, rel.Def.Title, status)
	}
	f, err := p.fill(r.Context(), Draft{Person: a.Person, Service: o.Service, Number: rel.Number, Answers: answers})
	if err != nil {
		return err
	}
	l := web.L(r.Context())
	page := ui.NewPage(r, l.T("service.offer.title", "title", rel.Def.Title))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/me"})
	v := offerView{heldView: p.held(f), Offer: o, Title: rel.Def.Title, Changes: changed, Next: r.Method == http.MethodPost && status == http.StatusOK,
		Trace: resultTrace(page, rel.Def, f.Result)}
	for _, fp := range offerPages(rel.Def, f) {
		for _, field := range fp.Fields {
			fv := fieldView{Field: field, Values: rel.Def.Form.Values(fp, answers)}
			if field.Label.Empty() {
				fv.Field.Label = fp.Title
			}
			for _, bad := range faults {
				if inputID(bad.Location) == field.ID {
					fv.Error = l.T(bad.Key, bad.Args...)
					v.Problems = append(v.Problems, ui.Problem{Href: "#" + firstInput(field), Text: fv.Error})
				}
			}
			v.Fields = append(v.Fields, fv)
		}
	}
	page.Error = len(v.Problems) > 0
	return web.Render(w, r, status, offerPage(page, v))
}

// offerPastRender says why an offer cannot be accepted, and what can be done.
func (p *Part) offerPastRender(w http.ResponseWriter, r *http.Request, o Offer, title locale.Text, status int) error {
	l, state := web.L(r.Context()), o.stands(p.now())
	page := ui.NewPage(r, l.T("service.offer.is."+state))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/me/offers"})
	return web.Render(w, r, status, offerPast(page, offerLine{ID: o.ID, Service: o.Service, Title: l.Pick(title), State: state,
		Until: l.Date(clock.FromMicro(o.UntilAt - 1))}))
}

// offerPages are the pages of the route as far as it is known.
func offerPages(def *definition.Service, f Filling) []*form.Page {
	var out []*form.Page
	for _, id := range f.Result.Route {
		if fp, ok := def.Form.Page(id); ok {
			out = append(out, fp)
		}
	}
	return out
}

func (p *Part) offerAccept(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	var o Offer
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if o, err = offerByID(tx, r.PathValue("id")); err == nil && o.Person != web.ActorOf(r.Context()).Person {
			err = fault.New(fault.Missing, "web.error.missing")
		}
		return err
	})
	if err != nil {
		return err
	}
	rel, err := p.Current(o.Service)
	if err != nil {
		return err
	}
	answers, faults := map[string]any{}, []fault.Field{}
	for range rel.Def.Form.Pages { // each page may open the next
		f, err := p.fill(r.Context(), Draft{Person: o.Person, Service: o.Service, Number: rel.Number, Answers: answers})
		if err != nil {
			return err
		}
		before := fmt.Sprint(answers)
		faults = faults[:0]
		for _, fp := range offerPages(rel.Def, f) {
			got, bad := rel.Def.Form.Parse(fp, r.PostForm, p.today())
			for k, v := range got {
				answers[k] = v
			}
			faults = append(faults, bad...)
		}
		if fmt.Sprint(answers) == before {
			break
		}
	}
	if shown, next := ofShown(r, faults); next {
		if len(shown) == 0 { // a question is asked before it is found wanting
			return p.offerRender(w, r, answers, nil, nil, http.StatusOK)
		}
		faults = shown
	}
	if len(faults) > 0 {
		return p.offerRender(w, r, answers, faults, nil, http.StatusUnprocessableEntity)
	}
	saw, err := sawOnPage(r)
	if err != nil {
		return err
	}
	rec, err := p.Accept(r.Context(), o.ID, answers, saw)
	if e, ok := fault.As(err); ok && (e.Key == "service.error.offer_dismissed" || e.Key == "service.error.offer_ended") {
		return p.offerRender(w, r, answers, nil, nil, fault.Status(e.Code)) // its page says why
	}
	if e, ok := fault.As(err); ok && e.Key == keyChanged {
		f, err := p.fill(r.Context(), Draft{Person: o.Person, Service: o.Service, Number: rel.Number, Answers: answers})
		if err != nil {
			return err
		}
		return p.offerRender(w, r, answers, nil, f.changes(saw), fault.Status(e.Code))
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/case/"+rec.Ref+"?sent=1")
}

// ofShown leaves out what is wrong with questions that the page did not show; next
// tells whether there are any.
func ofShown(r *http.Request, faults []fault.Field) (shown []fault.Field, next bool) {
	for _, bad := range faults {
		if slices.Contains(r.PostForm["asked"], inputID(bad.Location)) {
			shown = append(shown, bad)
		}
	}
	return shown, len(shown) < len(faults)
}

func (v offerView) says() string { return offerSays(v.Result.Complete) }

// offerSays is what is left to do.
func offerSays(complete bool) string {
	if complete {
		return "service.offer.text"
	}
	return "service.offer.few"
}

func (v offerView) plainRows(p ui.Page, s heldSection) []ui.SummaryRow {
	var out []ui.SummaryRow
	for _, r := range s.Rows {
		out = append(out, ui.SummaryRow{Key: ui.Text{Text: p.L.Pick(r.Spec.Label)}, Value: ui.Text{Body: heldValue(p, v.Release.Def, r, s.differs(r))}})
	}
	return out
}
