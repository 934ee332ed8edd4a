package desk

import (
	"net/http"
	"net/url"
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// caseShow is a case on one screen. Its applicant has a page of their own.
func (d *Desk) caseShow(w http.ResponseWriter, r *http.Request) error {
	ref := id.NormalRef(r.PathValue("ref"))
	if !web.ActorOf(r.Context()).AtWork() {
		return web.SeeOther(w, r, "/case/"+ref)
	}
	return d.render(w, r, ref, posted{}, http.StatusOK)
}

// posted is an act that could not be done: what was typed, and why not.
type posted struct {
	Kind    string
	Version int // of the case as the officer saw it
	Values  url.Values
	Errors  map[string]string // by the act's field
	Problem string            // a sentence about the whole act
}

func (d *Desk) render(w http.ResponseWriter, r *http.Request, ref string, p posted, status int) error {
	a := web.ActorOf(r.Context())
	v := caseView{Actor: a, Posted: p}
	err := d.DB.Read(r.Context(), func(tx *db.Tx) error { return d.readHead(tx, a, ref, &v) })
	if err != nil {
		return err
	}
	if v.Interest == casework.Disinterested {
		// The look is on record before anything of the case is on the screen.
		if err := d.Service.Look(r.Context(), a, ref); err != nil {
			return err
		}
		var err error
		if v.Me, v.Here, err = d.enter(r.Context(), a, v.Case); err != nil {
			return err
		}
		err = d.DB.Read(r.Context(), func(tx *db.Tx) error {
			if err := d.readHead(tx, a, ref, &v); err != nil {
				return err
			}
			return d.readCase(tx, &v)
		})
		if err != nil {
			return err
		}
	} else if err := d.leave(r.Context(), a, ref); err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("desk.case.title", "ref", v.Case.Ref))
	page.Path, page.Wide = "/desk/"+v.Case.Ref, true // after a post too, so that the page can be asked for again
	page.Before = ui.BackLink(ui.BackLinkProps{Text: page.L.T("desk.back"), Href: "/desk"})
	if done := r.URL.Query().Get("done"); slices.Contains(kinds(), done) && p.Kind == "" {
		v.Done = done
	}
	page.Error = len(v.problems(page)) > 0
	return web.Render(w, r, status, casePage(page, v))
}

// readHead reads where the case stands and what the officer may do.
func (d *Desk) readHead(tx *db.Tx, a actor.Actor, ref string, v *caseView) (err error) {
	if v.Case, err = d.Cases.Get(tx, ref); err != nil {
		return err
	}
	if v.Interest, err = d.Cases.Interest(tx, a.Person, v.Case); err != nil {
		return err
	}
	if v.Interest != casework.Disinterested {
		if v.Others, err = d.colleagues(tx, v.Case); err != nil {
			return err
		}
	}
	if v.Allowed, err = d.Cases.Allowed(tx, a, v.Case); err != nil {
		return err
	}
	agency, err := d.Directory.Agency(tx, v.Case.Agency)
	if err == nil {
		v.Agency = agency.Name
	}
	return nil
}

// readCase gathers what the page shows in one snapshot.
func (d *Desk) readCase(tx *db.Tx, v *caseView) (err error) {
	if v.Acts, err = d.Cases.Acts(tx, v.Case.Ref); err != nil {
		return err
	}
	if v.Content, err = d.Service.Content(tx, v.Actor, v.Case); err != nil {
		return err
	}
	v.Names = map[string]locale.Text{}
	for _, act := range v.Acts {
		if ag, err := d.Directory.Agency(tx, act.By.Agency); err == nil {
			v.Names[act.By.Agency] = ag.Name
		}
	}
	if v.Case.Parent != "" {
		if v.Before, err = d.Cases.Acts(tx, v.Case.Parent); err != nil {
			return err
		}
	}
	if v.Lang, err = d.People.LangOf(tx, v.Case.Applicant); err != nil && fault.CodeOf(err) != fault.Missing {
		return err
	}
	if err := d.readBeside(tx, v); err != nil {
		return err
	}
	if v.Offered, err = d.offered(tx, v.Actor, v.Case); err != nil {
		return err
	}
	if v.may(casework.Decide) {
		if v.Needed, err = d.Forms.Needed(tx, v.Case); err != nil {
			return err
		}
	}
	if !v.Content.Protected && (v.may(casework.AuditFind) || v.may(casework.Correct)) {
		if v.Fields, err = d.fields(v.Case, v.Acts); err != nil {
			return err
		}
	}
	return d.readClock(tx, v)
}

// readClock reads the promise at hand; an automatic decision has one only
// while its audit waits.
func (d *Desk) readClock(tx *db.Tx, v *caseView) (err error) {
	c := v.Case
	var dl calendar.Deadline
	as := d.Clock.Now()
	switch {
	case !c.State.Open() && c.AuditRole != "":
		v.ClockOfAudit = true
		dl, err = d.audit(c)
	case c.Automatic || c.BudgetDays == 0:
		return nil
	default:
		as = clock.FromMicro(d.Cases.AsOf(c))
		dl, err = d.Cases.Deadline(tx, c)
	}
	if err != nil {
		return err
	}
	due, _ := dl.Due()
	v.Clock = &ui.DeadlineProps{Budget: dl.Budget, Used: dl.Used(as), Due: due, Paused: dl.Paused() && c.State.Open(),
		Over: !c.State.Open() && !v.ClockOfAudit, How: "/journal#deadline"}
	if !v.ClockOfAudit {
		v.Clock.Was = casework.MovedFrom(v.Acts, due)
	}
	v.Days = dl.Days(as)
	return nil
}
