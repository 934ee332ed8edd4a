package delegation

import (
	"net/http"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

type orderLine struct {
	ID, Principal, Delegate, Order, Until string
	Says                                  string // the key of what it does
	Mine                                  bool   // entered by who reads
}

type ordersView struct {
	Waiting  []orderLine
	Form     orderForm
	Problems []ui.Problem
	Entered  bool
}

func (x *Delegations) ordersPage(w http.ResponseWriter, r *http.Request) error {
	return x.ordersRender(w, r, ordersView{Entered: r.URL.Query().Get("done") != ""}, http.StatusOK)
}

// ordersRender shows the orders that wait for a second officer. Who is
// concerned, or whose kin is, does not read of them.
func (x *Delegations) ordersRender(w http.ResponseWriter, r *http.Request, v ordersView, status int) error {
	page := ui.NewPage(r, web.L(r.Context()).T("delegation.order.title"))
	page.Error = len(v.Problems) > 0
	a := web.ActorOf(r.Context())
	err := x.db.Read(r.Context(), func(tx *db.Tx) error {
		v.Waiting = nil
		list, err := grantsIn(tx, Court, Proposed)
		if err != nil {
			return err
		}
		custody, err := grantsIn(tx, Barred, Proposed)
		if err != nil {
			return err
		}
		for _, g := range append(list, custody...) {
			if g.elsewhere(a) {
				continue
			}
			if err := x.impartial(tx, a, g); fault.CodeOf(err) == fault.Denied {
				continue
			} else if err != nil {
				return err
			}
			one := orderLine{ID: g.ID, Says: "delegation.order.for", Order: g.Evidence.Number + ", " + g.Evidence.Court + ", " + dateWords(page, g.Evidence.Date),
				Until: page.L.Date(clock.FromMicro(g.UntilAt - 1)), Mine: g.GivenBy == a.Person}
			if g.custody() {
				one.Says += "." + g.Evidence.Matter
			}
			if one.Principal, err = x.people.NameOf(tx, g.Principal); err != nil {
				return err
			}
			if one.Delegate, err = x.people.NameOf(tx, g.Person); err != nil {
				return err
			}
			v.Waiting = append(v.Waiting, one)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, ordersPageView(page, v))
}

func dateWords(p ui.Page, day string) string {
	t, err := clock.ParseDay(day)
	if err != nil {
		return day
	}
	return p.L.Date(t)
}
