package proof

import (
	"net/http"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// listed bounds the list; what does not fit comes up as others are decided.
const listed = 50

// secondView is what waits for a second officer. The list names nobody.
type secondView struct{ Lines []secondLine }

type secondLine struct{ Href, When, Who string }

func (p *Proof) secondList(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	page := ui.NewPage(r, web.L(r.Context()).T("proof.second.title"))
	var v secondView
	err := p.DB.Read(r.Context(), func(tx *db.Tx) error {
		v.Lines = nil
		list, err := waitingFor(tx, a.Role, a.Person, listed)
		if err != nil {
			return err
		}
		for _, e := range list {
			if e.MadeAt <= p.ago(waitLife) || e.Agency != a.Agency {
				continue
			}
			post, err := p.Directory.Post(tx, e.Post)
			if err != nil {
				return err
			}
			v.Lines = append(v.Lines, secondLine{"/counter/enrolments/" + e.ID, page.L.DateTime(clock.FromMicro(e.MadeAt)), page.L.Pick(post.Title)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, secondListPage(page, v))
}

// oneView is an enrolment before its second officer.
type oneView struct {
	ID, Name, BornOn, Number, By, When string
	Level                              int // that it would give
	Pieces                             []pieceLine
	Done                               string // decided already: the state in words
	Reason                             string
	Problems                           []ui.Problem
	Error                              string
}

func (p *Proof) secondShow(w http.ResponseWriter, r *http.Request) error {
	return p.secondRender(w, r, oneView{}, http.StatusOK)
}

// secondRender shows the person and what was seen, which is a look on record.
func (p *Proof) secondRender(w http.ResponseWriter, r *http.Request, v oneView, status int) error {
	a := web.ActorOf(r.Context())
	page := ui.NewPage(r, web.L(r.Context()).T("proof.second.one"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/counter/enrolments"})
	page.Error = len(v.Problems) > 0
	err := p.DB.Write(r.Context(), func(tx *db.Tx) error {
		e, err := p.forSecond(tx, a, r.PathValue("id"))
		if err != nil {
			return err
		}
		who, err := p.People.Known(tx, e.Person)
		if err != nil {
			return err
		}
		post, err := p.Directory.Post(tx, e.Post)
		if err != nil {
			return err
		}
		list, err := evidenceIn(tx, e.ID)
		if err != nil {
			return err
		}
		v.ID, v.Name, v.Number, v.By, v.When = e.ID, who.Name, hidden(who.IDNumber), page.L.Pick(post.Title), page.L.DateTime(clock.FromMicro(e.MadeAt))
		v.Pieces, v.BornOn, v.Level = p.lines(page, list), page.L.Day(who.BornOn), would(list, a.Person, p.now())
		if e.State != Waiting {
			v.Done = page.L.T("proof.state." + e.State)
		}
		return p.Journal.Look(tx, a, "", []string{e.Person},
			locale.Text{MS: "Menyemak pendaftaran ID digital", EN: "Checked an enrolment for a digital ID"}, "")
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, onePage(page, v))
}

// hidden is a number of which only the end is shown: enough to compare.
func hidden(number string) string {
	if len(number) <= 4 {
		return number
	}
	return "•••• " + number[len(number)-4:]
}

// would is the level that the evidence gives once an officer approves it.
func would(list []Evidence, officer string, at int64) int {
	var out []Evidence
	for _, e := range list {
		e.ApprovedBy, e.ApprovedAt = officer, at
		out = append(out, e)
	}
	return Level(out, at)
}

func (p *Proof) secondApprove(w http.ResponseWriter, r *http.Request) error {
	if err := p.Decide(r.Context(), web.ActorOf(r.Context()), r.PathValue("id"), true, ""); err != nil {
		return err
	}
	return web.SeeOther(w, r, "/counter/enrolments")
}

func (p *Proof) secondRefuse(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	reason := typed(r, "reason")
	err := p.Decide(r.Context(), web.ActorOf(r.Context()), r.PathValue("id"), false, reason)
	if fault.CodeOf(err) == fault.Invalid {
		text := web.L(r.Context()).T("proof.error.reason")
		return p.secondRender(w, r, oneView{Reason: reason, Error: text, Problems: []ui.Problem{{Href: "#reason", Text: text}}}, fault.Status(fault.Invalid))
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/counter/enrolments")
}
