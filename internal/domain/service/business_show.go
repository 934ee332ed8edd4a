package service

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// businessShow asks for which business an application is, where its definition
// says so and the person has more than one: a press of one begins to act for it,
// and the form follows. Who has begun as themself goes on as themself.
func (p *Part) businessShow(w http.ResponseWriter, r *http.Request) (asked bool, err error) {
	rel, err := p.Current(serviceID(r))
	if err != nil || !rel.Def.ChooseBusiness {
		return false, err
	}
	v, begun := businessView{Release: rel}, false
	a := web.ActorOf(r.Context())
	err = p.DB.Read(r.Context(), func(tx *db.Tx) error {
		list, _, err := p.whom(tx, a)
		if err != nil {
			return err
		}
		v.List = slices.DeleteFunc(list, func(o Principal) bool {
			return o.As != actor.Director || o.Services != nil && !slices.Contains(o.Services, rel.Service)
		})
		_, err = openDraft(tx, a.Subject(), rel.Service)
		begun = err == nil
		if errors.Is(err, db.ErrNoRows) {
			err = nil
		}
		return err
	})
	if err != nil || begun || len(v.List) < 2 {
		return false, err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("service.business.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/service/" + rel.Service})
	return true, web.Render(w, r, http.StatusOK, businessPage(page, v))
}

type businessView struct {
	Release *Release
	List    []Principal
}

// number is a business's own, as its right says it.
func (businessView) number(o Principal) string {
	_, number, _ := strings.Cut(o.Right, ":")
	return number
}
