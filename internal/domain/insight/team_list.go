package insight

import (
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// teamList shows a team the services it answers for.
func (x *Insight) teamList(w http.ResponseWriter, r *http.Request) error {
	l := web.L(r.Context())
	all, err := x.services.Of(r.Context(), web.ActorOf(r.Context()).Agency)
	if err != nil {
		return err
	}
	var lines []serviceLine
	err = x.db.Read(r.Context(), func(tx *db.Tx) error {
		for _, s := range all {
			sent, decided, automatic, err := sizes(tx, s.ID)
			if err != nil {
				return err
			}
			line := serviceLine{Href: "/team/" + s.ID, Title: l.Pick(s.Title), Note: l.T("insight.list.none")}
			if sent > 0 {
				line.Note = l.T("insight.list.note", "sent", l.Number(sent), "share", percent(l, share(automatic, decided)))
			}
			lines = append(lines, line)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listPage(ui.NewPage(r, l.T("insight.list.title")), lines))
}

type serviceLine struct{ Href, Title, Note string }
