package backoffice

import (
	"context"
	"net/http"
	"net/url"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// caseShow is the page of a case that an agency keeps in its own system.
func (b *BackOffice) caseShow(w http.ResponseWriter, r *http.Request) error {
	ref := id.NormalRef(r.PathValue("ref"))
	if err := b.look(r.Context(), web.ActorOf(r.Context()), ref); err != nil {
		return err
	}
	return b.caseRender(w, r, ref, replyForm{Key: b.IDs.New()}, http.StatusOK)
}

// look records that somebody who acts for the person saw the case.
func (b *BackOffice) look(ctx context.Context, a actor.Actor, ref string) error {
	if !a.Acting() {
		return nil
	}
	return b.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := caseByRef(tx, ref)
		if err != nil {
			return err
		}
		return b.Journal.Look(tx, a, ref, []string{c.Person}, locale.Text{MS: "Melihat kes bagi pihak anda: " + c.Title.MS,
			EN: "Looked at a case for you: " + c.Title.EN}, "")
	})
}

func (b *BackOffice) caseRender(w http.ResponseWriter, r *http.Request, ref string, reply replyForm, status int) error {
	v := caseView{Reply: reply, Done: r.URL.Query().Get("done")}
	a := web.ActorOf(r.Context())
	var list []Act
	err := b.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Case, err = caseByRef(tx, ref); err != nil {
			return err
		}
		if list, err = acts(tx, ref); err != nil {
			return err
		}
		v.Agency = b.agencyName(tx, v.Case.Agency)
		v.Documents, err = documents(tx, ref)
		return err
	})
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).Pick(v.Case.Title))
	page.Before = ui.Breadcrumbs(ui.BreadcrumbsProps{CollapseOnMobile: true, Items: []ui.Crumb{
		{Text: page.L.T("backoffice.home"), Href: "/"}, {Text: page.L.T("backoffice.me"), Href: "/me"}}})
	v.Timeline, v.Speech = story(page, v.Case, v.Agency, list, !a.Acting())
	if reply.Error != "" {
		page.Error = true
	}
	return web.Render(w, r, status, casePage(page, v))
}

// story draws the acts, and what was written either way.
func story(p ui.Page, c Case, agency locale.Text, list []Act, proofs bool) (steps []ui.TimelineItem, speech []ui.SpeechProps) {
	if c.SubmittedOn != "" {
		steps = append(steps, ui.TimelineItem{Title: p.L.T("backoffice.did.submitted", "agency", agency), State: "done", When: p.L.Day(c.SubmittedOn), By: p.L.Pick(agency)})
	}
	last := -1
	for _, a := range list {
		item := ui.TimelineItem{State: "done", When: p.L.DateTime(clock.FromMicro(a.At)), Exact: rfc3339(a.At), By: p.L.Pick(agency)}
		mine := a.Kind == actReply || a.Kind == actWithdraw
		if mine {
			item.By = p.L.T("backoffice.by.you")
			if a.ByName != "" {
				item.By = p.L.T("backoffice.by.for", "name", a.ByName)
			}
		}
		switch a.Kind {
		case actCase:
			item.Title = p.L.T("backoffice.did.state", "state", p.L.T("casework.state."+string(a.State)))
			item.Text = p.L.Pick(a.Text)
			last = len(steps)
		case actMessage, actReply:
			item.Title = p.L.T("backoffice.did." + a.Kind)
			speech = append(speech, ui.SpeechProps{Who: item.By, When: item.When, Text: p.L.Pick(a.Text), Mine: mine})
		case actDocument:
			item.Title, item.Text = p.L.T("backoffice.did.document"), p.L.Pick(a.Text)
		case actWithdraw:
			item.Title, item.Text = p.L.T("backoffice.did.withdraw"), p.L.Pick(a.Text)
			last = len(steps)
		}
		if proofs {
			item.Links = []ui.ActionProps{{Href: "/me/looks/" + a.Leaf + ".tlog-proof", Text: p.L.T("backoffice.proof"), VisuallyHiddenText: ": " + item.Title}}
		}
		steps = append(steps, item)
	}
	if c.Shown().Open() {
		last = len(steps) - 1 // what is going on stands at the end, whatever was written since
	}
	if last >= 0 {
		steps[last].State = lastState(c)
	}
	return steps, speech
}

func lastState(c Case) string {
	switch s := c.Shown(); {
	case c.Answered():
		return "now"
	case s == casework.Waiting:
		return "waiting"
	case s == casework.Refused:
		return "refused"
	case s.Open():
		return "now"
	}
	return "done"
}

func tagClass(s casework.State) string {
	switch s {
	case casework.Refused:
		return "govuk-tag--red"
	case casework.Waiting:
		return "govuk-tag--yellow"
	case casework.Approved, casework.Issued:
		return "govuk-tag--green"
	case casework.Withdrawn, casework.Closed:
		return "govuk-tag--grey"
	}
	return ""
}

// TagClass is the colour of a state, for lists in which the case stands.
func (c Case) TagClass() string {
	if c.Answered() {
		return "" // as where the agency checks
	}
	return tagClass(c.Shown())
}

// caseView is a case as its person sees it.
type caseView struct {
	Case      Case
	Agency    locale.Text
	Done      string
	Timeline  []ui.TimelineItem
	Speech    []ui.SpeechProps
	Documents []Document
	Reply     replyForm
}

// replyForm is a reply as it stands; Key makes pressing twice one reply.
type replyForm struct{ Key, Text, Error string }

// telling tells whether the agency's own sentence is of how the case stands.
func (v caseView) telling() bool {
	return !v.Case.Status.Empty() && v.Case.Shown() == v.Case.State && !v.Case.Answered()
}

// site is the host of the agency's link, for a person to see where it leads.
func (v caseView) site() string {
	u, err := url.Parse(v.Case.Link)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
