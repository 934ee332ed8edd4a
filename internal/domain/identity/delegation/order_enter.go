package delegation

import (
	"net/http"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// orderEnter keeps a court's order as an officer reads it off the paper. It
// gives nothing until a second officer has seen it.
func (x *Delegations) orderEnter(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	f := orderForm{Number: get("number"), Name: get("name"), DelegateNumber: get("delegate_number"), Delegate: get("delegate"),
		Court: get("court"), Order: get("order"), Date: get("date"), Matter: get("matter"), Until: get("until"), Errors: map[string]string{}}
	v := ordersView{}
	wrong := func(field, key string) {
		f.Errors[field] = web.L(r.Context()).T(key)
		v.Problems = append(v.Problems, ui.Problem{Href: "#" + field, Text: f.Errors[field]})
	}
	g := f.check(clock.Day(x.clock.Now()), wrong)
	g.ID = x.ids.New()
	a := web.ActorOf(r.Context())
	nobody, miss := "", x.ids.New()
	err := x.db.Write(r.Context(), func(tx *db.Tx) error {
		one := g
		nobody = ""
		for _, who := range []struct {
			field, number, name string
			person              *string
		}{{"number", f.Number, f.Name, &one.Principal}, {"delegate_number", f.DelegateNumber, f.Delegate, &one.Person}} {
			person, err := x.personOf(tx, a, who.number, who.name)
			if e, ok := fault.As(err); ok && e.Key == noSuchPerson {
				nobody = who.field
				return x.missed(tx, a, who.number, who.name, miss)
			}
			if err != nil {
				return err
			}
			*who.person = person
		}
		if len(v.Problems) > 0 {
			return nil
		}
		return x.orderTx(tx, a, one)
	})
	if e, ok := fault.As(err); ok && (e.Code == fault.Invalid || e.Code == fault.Conflict) {
		wrong("number", e.Key)
		err = nil
	}
	if err != nil {
		return err
	}
	if nobody != "" {
		wrong(nobody, noSuchPerson)
	}
	if len(v.Problems) > 0 {
		v.Form = f
		return x.ordersRender(w, r, v, fault.Status(fault.Invalid))
	}
	return web.SeeOther(w, r, "/delegation/orders?done=1")
}
