package protection

import (
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// shown is how many orders and requests the list names.
const shown = 100

// orderList is the protection officer's desk: requests that wait, and orders.
// It names cases and courts' numbers, and nobody.
func (p *Protection) orderList(w http.ResponseWriter, r *http.Request) error {
	l := web.L(r.Context())
	v := listView{L: l, Now: p.now(), Done: r.URL.Query().Get("done")}
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Asked, err = asked(tx, shown); err != nil {
			return err
		}
		v.Orders, err = orders(tx, shown)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listPage(ui.NewPage(r, l.T("protection.title")), v))
}
