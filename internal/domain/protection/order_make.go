package protection

import (
	"net/http"
	"strings"

	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

func (p *Protection) orderForm(w http.ResponseWriter, r *http.Request) error {
	return p.formAgain(w, r, Ordering{}, nil)
}

func (p *Protection) orderMake(w http.ResponseWriter, r *http.Request) error {
	in := Ordering{Number: r.PostFormValue("id_number"), Kind: r.PostFormValue("kind"), Court: r.PostFormValue("court"),
		Reason: r.PostFormValue("reason"), Until: strings.TrimSpace(r.PostFormValue("until")),
		Against: strings.FieldsFunc(r.PostFormValue("against"), func(c rune) bool { return c == '\n' || c == ',' })}
	o, err := p.Make(r.Context(), web.ActorOf(r.Context()), in)
	if err == nil {
		return web.SeeOther(w, r, "/protection/order/"+o.ID)
	}
	return p.formAgain(w, r, in, err)
}

// formAgain shows the form with what was typed and what is wrong with it.
func (p *Protection) formAgain(w http.ResponseWriter, r *http.Request, in Ordering, err error) error {
	wrong, status, err := faults(r, err)
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("protection.new"))
	page.Error = len(wrong) > 0
	page.Path = "/protection/new"
	page.Before = ui.BackLink(ui.BackLinkProps{Text: page.L.T("protection.title"), Href: "/protection"})
	return web.Render(w, r, status, formPage(page, formView{In: in, Wrong: wrong}))
}

// faults are the sentences of an error by field, "" for the whole form; an
// error that is no fault of the input is given back.
func faults(r *http.Request, err error) (wrong map[string]string, status int, rest error) {
	if err == nil {
		return nil, http.StatusOK, nil
	}
	e, ok := fault.As(err)
	if !ok || e.Code != fault.Invalid && e.Code != fault.Denied && e.Code != fault.Conflict {
		return nil, 0, err
	}
	l := web.L(r.Context())
	wrong = map[string]string{}
	for _, f := range e.Fields {
		wrong[f.Location] = l.T(f.Key, f.Args...)
	}
	if len(wrong) == 0 {
		wrong[""] = l.T(e.Key, e.Args...)
	}
	return wrong, fault.Status(e.Code), nil
}
