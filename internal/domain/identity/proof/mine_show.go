package proof

import (
	"net/http"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// mineView is how well a person is known, as they read it themself.
type mineView struct {
	Level  int
	Lines  []mineLine
	Past   []mineLine // what counts no more, or not yet
	Raises []string   // what would raise the level
	Waits  bool       // an enrolment waits for its second officer
}

type mineLine struct{ Kind, How, Until string }

// mineShow is the person's own page of their identity.
func (p *Proof) mineShow(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	page := ui.NewPage(r, web.L(r.Context()).T("proof.mine.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/me"})
	var v mineView
	err := p.DB.Read(r.Context(), func(tx *db.Tx) error {
		v = mineView{}
		list, err := evidenceOf(tx, a.Person)
		if err != nil {
			return err
		}
		now := p.now()
		v.Level = Level(list, now)
		for _, e := range list {
			line, err := p.mineLine(tx, page, e, now)
			if err != nil {
				return err
			}
			if e.counts(now) {
				v.Lines = append(v.Lines, line)
			} else {
				v.Past = append(v.Past, line)
			}
		}
		e, found, err := latestEnrolment(tx, a.Person)
		v.Waits = found && e.State == Waiting && e.MadeAt > p.ago(waitLife)
		return err
	})
	if err != nil {
		return err
	}
	v.Raises = map[int][]string{0: {"code", "counter"}, 1: {"counter"}, 2: {"chip"}}[v.Level]
	return web.Render(w, r, http.StatusOK, minePage(page, v))
}

// mineLine names the body and no officer: what each of them did is in the list
// of who looked, which knows the orders that protect somebody.
func (p *Proof) mineLine(tx *db.Tx, page ui.Page, e Evidence, now int64) (mineLine, error) {
	line := mineLine{Kind: page.L.T("proof.kind." + e.Kind)}
	body := page.L.Pick(p.Site)
	if e.Agency != "" {
		a, err := p.Directory.Agency(tx, e.Agency)
		if err != nil && fault.CodeOf(err) != fault.Missing {
			return line, err
		}
		if err == nil {
			body = page.L.Pick(a.Name)
		}
	}
	line.How = page.L.T("proof.mine.how."+e.Channel, "body", body, "day", page.L.Date(clock.FromMicro(e.At)))
	switch {
	case e.VoidAt > 0:
		line.Until = page.L.T("proof.mine.void", "day", page.L.Date(clock.FromMicro(e.VoidAt)))
	case e.Channel == AtCounter && e.ApprovedBy == "":
		line.Until = page.L.T("proof.mine.unapproved")
	case e.ExpiresAt > 0 && e.ExpiresAt <= now:
		line.Until = page.L.T("proof.mine.expired", "day", page.L.Date(clock.FromMicro(e.ExpiresAt)))
	case e.ExpiresAt > 0:
		line.Until = page.L.T("proof.mine.until", "day", page.L.Date(clock.FromMicro(e.ExpiresAt)))
	default:
		line.Until = page.L.T("proof.mine.always")
	}
	return line, nil
}
