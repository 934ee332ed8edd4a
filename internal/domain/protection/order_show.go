package protection

import (
	"net/http"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

func (p *Protection) orderShow(w http.ResponseWriter, r *http.Request) error {
	return p.orderAgain(w, r, "", nil)
}

func (p *Protection) orderLift(w http.ResponseWriter, r *http.Request) error {
	reason := r.PostFormValue("reason")
	err := p.Lift(r.Context(), web.ActorOf(r.Context()), r.PathValue("id"), reason)
	if err == nil {
		return web.SeeOther(w, r, "/protection?done=lifted")
	}
	return p.orderAgain(w, r, reason, err)
}

// orderAgain shows one order; reading who is protected is a look.
func (p *Protection) orderAgain(w http.ResponseWriter, r *http.Request, reason string, err error) error {
	wrong, status, err := faults(r, err)
	if err != nil {
		return err
	}
	v := orderView{Reason: reason, Wrong: wrong, Now: p.now()}
	err = p.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if v.Order, err = orderByID(tx, r.PathValue("id")); err != nil {
			return err
		}
		if v.Name, err = p.People.NameOf(tx, v.Order.Person); err != nil {
			return err
		}
		v.Against = v.Against[:0]
		for _, other := range v.Order.Against {
			name, err := p.People.NameOf(tx, other)
			if err != nil {
				return err
			}
			v.Against = append(v.Against, name)
		}
		return look(tx, p.Journal, web.ActorOf(r.Context()), v.Order)
	})
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("protection.order"))
	page.Error = len(wrong) > 0
	page.Path = "/protection/order/" + v.Order.ID
	page.Before = ui.BackLink(ui.BackLinkProps{Text: page.L.T("protection.title"), Href: "/protection"})
	return web.Render(w, r, status, orderPage(page, v))
}

func look(tx *db.Tx, j *journal.Journal, by actor.Actor, o Order) error {
	return j.Look(tx, by, "", []string{o.Person}, locale.Text{MS: "Melihat perintah perlindungan", EN: "Looked at an order of protection"}, basis(o.Kind))
}
