package delegation

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// staffName names somebody who acts for a company for a time. They answer first.
func (x *Delegations) staffName(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	f := giveForm{To: toPerson, Number: strings.TrimSpace(r.PostForm.Get("number")), Name: strings.TrimSpace(r.PostForm.Get("name")),
		Days: r.PostForm.Get("days"), Errors: map[string]string{}}
	v := companyView{}
	wrong := func(field, key string) {
		f.Errors[field] = web.L(r.Context()).T(key)
		v.Problems = append(v.Problems, ui.Problem{Href: "#" + field, Text: f.Errors[field]})
	}
	days, _ := strconv.Atoi(f.Days)
	if !slices.Contains(lives, days) {
		wrong("days", "delegation.error.days")
	}
	g := Grant{ID: x.ids.New(), UntilAt: x.until(days)}
	if f.Here = r.PostForm.Get("here"); f.Here == "yes" {
		g.Services = x.forCompanies()
	}
	a := web.ActorOf(r.Context())
	nobody, miss := false, x.ids.New()
	err := x.db.Write(r.Context(), func(tx *db.Tx) error {
		c, err := x.company(tx, a, r.PathValue("number"))
		if err != nil {
			return err
		}
		one := g
		one.Person, err = x.personOf(tx, a, f.Number, f.Name)
		if e, ok := fault.As(err); ok && e.Key == noSuchPerson {
			nobody = true
			return x.missed(tx, a, f.Number, f.Name, miss)
		}
		nobody = false
		if err != nil || len(v.Problems) > 0 {
			return err
		}
		return x.staffTx(tx, a, c, one)
	})
	if e, ok := fault.As(err); ok && (e.Code == fault.Invalid || e.Code == fault.Conflict) {
		wrong("number", e.Key)
		err = nil
	}
	if err != nil {
		return err
	}
	if nobody {
		wrong("number", noSuchPerson)
	}
	if len(v.Problems) > 0 {
		v.Form = f
		return x.companyRender(w, r, v, fault.Status(fault.Invalid))
	}
	return web.SeeOther(w, r, "/acting/company/"+r.PathValue("number"))
}
