package insight

import (
	"net/http"

	"balai/internal/spine/web"
	"balai/internal/ui"
)

// reportList is the public report card of all services.
func (x *Insight) reportList(w http.ResponseWriter, r *http.Request) error {
	list, at, err := x.scores(r.Context())
	if err != nil {
		return err
	}
	l := web.L(r.Context())
	p := ui.NewPage(r, l.T("insight.card.title"))
	p.Wide = true
	return web.Render(w, r, http.StatusOK, cardPage(p, cardView{L: l, List: list, At: at}))
}
