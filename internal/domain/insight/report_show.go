package insight

import (
	"context"
	"net/http"
	"time"

	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// reportShow is the public report card of one service, a column a release.
func (x *Insight) reportShow(w http.ResponseWriter, r *http.Request) error {
	s, at, err := x.scoreOf(r.Context(), r.PathValue("agency")+"/"+r.PathValue("service"))
	if err != nil {
		return err
	}
	l := web.L(r.Context())
	p := ui.NewPage(r, l.T("insight.card.of", "service", l.Pick(s.Service.Title)))
	p.Wide = true
	p.Before = ui.BackLink(ui.BackLinkProps{Text: l.T("insight.card.back"), Href: "/report"})
	return web.Render(w, r, http.StatusOK, scorePage(p, scoreView{L: l, S: s, At: at}))
}

func (x *Insight) scoreOf(ctx context.Context, service string) (scored, time.Time, error) {
	list, at, err := x.scores(ctx)
	if err != nil {
		return scored{}, at, err
	}
	for _, s := range list {
		if s.Service.ID == service {
			return s, at, nil
		}
	}
	return scored{}, at, fault.New(fault.Missing, "web.error.missing")
}
