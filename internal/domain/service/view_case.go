package service

import (
	"slices"
	"strconv"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/ui"
)

func number(n int) string { return strconv.Itoa(n) }

func (v caseView) version() string { return number(v.Case.Version) }

func (v caseView) tag(p ui.Page) string { return p.L.T(TagKey(v.Case)) }

func (v caseView) help(p ui.Page) string {
	working := v.Case.State == casework.Received || v.Case.State == casework.Checking || v.Case.State == casework.Deciding
	switch {
	case v.Case.Outcome == casework.OutcomeLapsed:
		return p.L.T("service.case.help.lapsed", "fee", p.L.Ringgit(v.Case.FeeCents))
	case v.Case.AwaitsFee():
		return p.L.T("service.case.help.awaits", "fee", p.L.Ringgit(v.Case.FeeCents))
	case working && v.Case.FeeCents > 0 && v.Case.FeeReceipt == "":
		if v.Online {
			return p.L.T("service.case.help.fee.online", "fee", p.L.Ringgit(v.Case.FeeCents))
		}
		return p.L.T("service.case.help.fee", "fee", p.L.Ringgit(v.Case.FeeCents), "office", v.Office)
	case working && v.Case.Parent != "":
		return p.L.T("service.case.help.appeal")
	}
	return p.L.T("casework.help." + string(v.Case.State))
}

// TagClass is the colour of a case's state, for lists of other parts.
func TagClass(c casework.Case) string { return caseView{Case: c}.tagClass() }

func (v caseView) tagClass() string {
	switch {
	case v.Case.Outcome == "revoked", v.Case.State == casework.Refused:
		return "govuk-tag--red"
	case v.Case.State == casework.Waiting, v.Case.AwaitsFee():
		return "govuk-tag--yellow"
	case v.Case.State == casework.Approved, v.Case.State == casework.Issued:
		return "govuk-tag--green"
	case v.Case.State == casework.Withdrawn, v.Case.State == casework.Closed:
		return "govuk-tag--grey"
	}
	return ""
}

// making tells whether a document is on its way.
func (v caseView) making() bool { return v.Case.State == casework.Approved }

func (v caseView) paperTone() string {
	if v.Paper != nil && v.Paper.State != "issued" {
		return "red"
	}
	return "leaf"
}

// links are the acts that have a page of their own; the reply stands on the
// case's page.
func (v caseView) links() []string {
	var out []string
	for _, kind := range []string{casework.Message, casework.Appeal, casework.Withdraw} {
		if slices.Contains(v.Allowed, kind) {
			out = append(out, kind)
		}
	}
	if v.Case.Kind != disputeKind && v.Case.Outcome != "" && v.Case.Parent == "" {
		out = append(out, "rate")
	}
	return out
}

func (v actView) button() string {
	if v.Act == casework.Withdraw {
		return "govuk-button--warning"
	}
	return ""
}

func contentRows(p ui.Page, s casework.Section) []ui.SummaryRow {
	var out []ui.SummaryRow
	for _, r := range s.Rows {
		value := ui.Text{Text: p.L.Pick(r.Answer)}
		if !r.Fact.Empty() {
			source := p.L.Pick(r.Source)
			if r.AsOf > 0 {
				source += ", " + p.L.T("service.held.source", "day", dayOf(p, r.AsOf), "version", r.Version)
			}
			value = ui.Text{Body: sourced(p.L.Pick(r.Fact), source)}
		}
		out = append(out, ui.SummaryRow{Key: ui.Text{Text: p.L.Pick(r.Label)}, Value: value})
	}
	return out
}

// timeline draws the acts, each with its proof, and what is still to come.
func timeline(p ui.Page, c casework.Case, acts []casework.Act, agency func(id string) locale.Text) []ui.TimelineItem {
	var out []ui.TimelineItem
	for i, a := range acts {
		item := ui.TimelineItem{Title: casework.Say(p.L, a), State: "done", When: p.L.DateTime(clock.FromMicro(a.At)),
			Exact: *rfc3339(a.At), By: by(p, c, a, agency),
			Links: []ui.ActionProps{{Href: "/case/" + c.Ref + "/receipt.tlog-proof?act=" + a.ID, Text: p.L.T("service.case.proof"),
				VisuallyHiddenText: ": " + casework.Say(p.L, a)},
				{Href: "/case/" + c.Ref + "/receipt.json?act=" + a.ID, Text: p.L.T("service.case.record"),
					VisuallyHiddenText: ": " + casework.Say(p.L, a)}}}
		if text := said(p, a); text != "" {
			item.Text = text
		}
		if i == len(acts)-1 {
			item.State = lastState(c)
		}
		out = append(out, item)
	}
	for _, key := range ahead(c) {
		out = append(out, ui.TimelineItem{Title: p.L.T(key), State: "ahead"})
	}
	return out
}

// by is who acted, as the applicant may know it: the post and its agency.
func by(p ui.Page, c casework.Case, a casework.Act, agency func(id string) locale.Text) string {
	if a.By.Post == "" && a.By.Person == c.Applicant {
		return p.L.T("service.case.by.you")
	}
	if a.By.For.Person != "" {
		return actedBy(p, a.By, agency(a.By.Agency))
	}
	who := p.L.Pick(a.By.Title)
	if name := p.L.Pick(agency(a.By.Agency)); name != "" {
		who += ", " + name
	}
	return who
}

// actedBy names somebody who acted for the applicant: their name, and the post
// or the organisation that sent them.
func actedBy(p ui.Page, by journal.By, agency locale.Text) string {
	from := by.For.Org
	if by.Post != "" && by.For.As == actor.Counter {
		from = locale.Text{MS: by.Title.MS + ", " + agency.MS, EN: by.Title.EN + ", " + agency.EN}
	}
	if by.For.As == actor.CompanyStaff {
		return p.L.T("service.case.by."+actor.Director, "name", by.Name)
	}
	if by.For.As == actor.Guardian || by.For.As == actor.Court || by.For.As == actor.Director {
		return p.L.T("service.case.by."+by.For.As, "name", by.Name)
	}
	if from.Empty() {
		return p.L.T("service.case.by.for", "name", by.Name)
	}
	return p.L.T("service.case.by.for.from", "name", by.Name, "from", from)
}

// said is the text that somebody wrote with an act.
func said(p ui.Page, a casework.Act) string {
	if s := p.L.Pick(casework.Written(a)); s != "" {
		return "“" + s + "”"
	}
	return ""
}

func lastState(c casework.Case) string {
	switch {
	case c.State == casework.Waiting:
		return "waiting"
	case c.State == casework.Refused, c.Outcome == "revoked":
		return "refused"
	case c.State.Open():
		return "now"
	}
	return "done"
}

// ahead names what is still to come; it promises no outcome.
func ahead(c casework.Case) []string {
	if c.AwaitsFee() {
		return []string{"service.case.ahead.fee", "service.case.ahead.document"}
	}
	switch c.State {
	case casework.Received, casework.Checking, casework.Waiting:
		if c.Step == casework.StepDecide {
			return []string{"service.case.ahead.decision"}
		}
		return []string{"service.case.ahead.check", "service.case.ahead.decision"}
	case casework.Deciding:
		return []string{"service.case.ahead.decision"}
	case casework.Approved:
		return []string{"service.case.ahead.document"}
	}
	return nil
}
