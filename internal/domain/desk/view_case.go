package desk

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/ui"
)

// caseView is a case as an officer sees it.
type caseView struct {
	Actor    actor.Actor
	Case     casework.Case
	Agency   locale.Text
	Interest casework.Interest // where the officer has one, nothing of the case is shown
	Others   []colleague       // who can take it then
	Allowed  []string
	Done     string // the act that has just been done
	Posted   posted

	Me   presence   // the officer's own sitting
	Here []presence // others who are in the case now

	Acts    []casework.Act
	Before  []casework.Act // of the refused case that this one appeals
	Names   map[string]locale.Text
	Content casework.Content
	Lang    locale.Lang // that the applicant reads, "" where not known
	Fields  []correctable
	Needed  []Field // values that a yes needs

	Clock        *ui.DeadlineProps
	ClockOfAudit bool
	Days         []calendar.DayMark

	Beside  besides
	Offered map[string][]choice // sentences to choose, by step
}

func (v caseView) may(kind string) bool { return slices.Contains(v.Allowed, kind) }

// offers are the acts with a form on the page. Without a form of the
// application there is nothing that a correction could change.
func (v caseView) offers() []string {
	var out []string
	for _, kind := range kinds() {
		if v.may(kind) && (kind != casework.Correct || len(v.Fields) > 0) {
			out = append(out, kind)
		}
	}
	return out
}

// open tells whether a form is unfolded: the first, and the one that was sent.
func (v caseView) open(kind string) bool {
	if v.Posted.Kind != "" && slices.Contains(v.offers(), v.Posted.Kind) {
		return kind == v.Posted.Kind
	}
	first := v.offers()[0]
	return kind == first && !slices.Contains([]string{casework.Message, casework.Revoke, casework.Recuse, casework.Rejoin}, kind)
}

// blocked says in words why this officer may not take the step that waits for
// their post.
func (v caseView) blocked(p ui.Page) string {
	c := v.Case
	mine := v.Actor.Role
	switch {
	case v.Interest != casework.Disinterested:
		e, _ := fault.As(v.Interest.Fault())
		return p.L.T(e.Key)
	case c.State == casework.Deciding && c.Role == mine && !v.may(casework.Decide),
		c.Audit == casework.AuditWrong && c.AuditRole == mine && !v.may(casework.Correct):
		return p.L.T("casework.fault.four_eyes")
	}
	return ""
}

// changed are the acts since the officer opened the page from which they
// posted.
func (v caseView) changed() []casework.Act {
	if v.Posted.Kind == "" || v.Posted.Version <= 0 {
		return nil
	}
	return v.after(v.Posted.Version)
}

// fresh are the acts of others since the officer last had the case open.
func (v caseView) fresh() []casework.Act {
	if v.Me.Before == 0 || len(v.changed()) > 0 {
		return nil
	}
	return slices.DeleteFunc(v.after(v.Me.Before), func(a casework.Act) bool { return a.By.Person == v.Actor.Person })
}

func (v caseView) after(version int) []casework.Act {
	i := slices.IndexFunc(v.Acts, func(a casework.Act) bool { return a.N > version })
	if i < 0 {
		return nil
	}
	return slices.Clone(v.Acts[i:])
}

// unsent is what was typed into a form that the page no longer offers.
func (v caseView) unsent() []string {
	if v.Posted.Kind == "" || slices.Contains(v.offers(), v.Posted.Kind) {
		return nil
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(v.Posted.Values)) {
		for _, s := range v.Posted.Values[name] {
			if slices.Contains([]string{"note", "question", "reasons", "reason", "text", "receipt"}, name) && s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

// problems are for the summary at the top, each with the field it is about.
func (v caseView) problems(p ui.Page) []ui.Problem {
	if v.Posted.Kind == "" {
		return nil
	}
	var out []ui.Problem
	if v.Posted.Problem != "" {
		to := "#form-" + v.Posted.Kind
		if !slices.Contains(v.offers(), v.Posted.Kind) {
			to = "#case"
		}
		if len(v.changed()) > 0 {
			to = "#changed"
		}
		out = append(out, ui.Problem{Href: to, Text: v.Posted.Problem})
	}
	for _, name := range slices.Sorted(maps.Keys(v.Posted.Errors)) {
		out = append(out, ui.Problem{Href: "#" + v.id(v.Posted.Kind, name), Text: v.label(p, v.Posted.Kind, name) + ": " + v.Posted.Errors[name]})
	}
	return out
}

// id is a field's id on the page, where several forms stand.
func (v caseView) id(kind, name string) string { return pathOf(kind) + "-" + name }

// value is what was typed into a field of a form that came back.
func (v caseView) value(kind, name, otherwise string) string {
	if v.Posted.Kind == kind && v.Posted.Values.Has(name) {
		return v.Posted.Values.Get(name)
	}
	return otherwise
}

func (v caseView) values(kind, name string) []string {
	if v.Posted.Kind == kind {
		return v.Posted.Values[name]
	}
	return nil
}

// ticked are the options of a group, as they came back or as they stand.
func (v caseView) ticked(kind, name string, otherwise []string) []string {
	if v.Posted.Kind == kind && v.Posted.Values.Has(name) {
		return filled(v.Posted.Values[name])
	}
	return otherwise
}

// proposed is the one value of a field that is no group.
func (f correctable) proposed() string { return strings.Join(f.Proposed, ", ") }

func (v caseView) err(kind, name string) ui.ErrorMessageProps {
	if v.Posted.Kind != kind {
		return ui.ErrorMessageProps{}
	}
	return ui.Err(v.Posted.Errors[name])
}

// label is what a field of a form is called.
func (v caseView) label(p ui.Page, kind, name string) string {
	for _, f := range v.Needed {
		if name == "with-"+f.ID {
			return p.L.Pick(f.Label)
		}
	}
	for _, f := range v.Fields {
		if name == "field-"+f.ID {
			return p.L.Pick(f.Label)
		}
	}
	if key := "desk." + kind + "." + name; p.L.Has(key) {
		return p.L.T(key)
	}
	return p.L.T("casework.do." + kind)
}

func (v caseView) choices(p ui.Page, group string, values ...string) []ui.ChoiceItem {
	var out []ui.ChoiceItem
	for _, s := range values {
		out = append(out, ui.ChoiceItem{Value: s, Text: p.L.T("casework." + group + "." + s)})
	}
	return out
}

// verdicts are the two decisions, each with its standard sentences, which show
// while it is chosen.
func (v caseView) verdicts(p ui.Page) []ui.ChoiceItem {
	out := v.choices(p, "verdict", casework.Approve, casework.Refuse)
	for i := range out {
		out[i].Conditional = ui.Text{Body: phraseList(p, v, casework.Decide, out[i].Value)}
		if out[i].Value == casework.Approve && len(v.Needed) > 0 {
			out[i].Conditional = ui.Text{Body: neededFields(p, v)}
		}
	}
	return out
}

// phrases are the sentences of a step, each with its other language, and from
// where it comes where that is not the standard.
func (v caseView) phrases(p ui.Page, step string) []ui.ChoiceItem {
	other := otherLang(p)
	var out []ui.ChoiceItem
	for _, o := range v.Offered[step] {
		one := ui.ChoiceItem{Value: o.Value, Text: p.L.Pick(o.Text)}
		from := ""
		if o.From != "standard" {
			from = p.L.T("desk.phrase.from." + o.From)
		}
		if o.Value == general {
			from = p.L.T("desk.phrase.refuse.not_entitled.more")
		}
		if o.Text.MS != o.Text.EN || from != "" {
			one.Hint = ui.HintProps{Body: phraseHint(from, string(other), o.Text.In(other), o.Text.MS != o.Text.EN)}
		}
		out = append(out, one)
	}
	return out
}

// language says in which language the applicant reads the reasons.
func (v caseView) language(p ui.Page) string {
	if v.Lang == "" {
		return p.L.T("desk.decide.hint")
	}
	return p.L.T("desk.decide.hint." + string(v.Lang))
}

func (v caseView) version() string { return strconv.Itoa(v.Case.Version) }

func (v caseView) action(kind string) string { return "/desk/" + v.Case.Ref + "/" + pathOf(kind) }

// clockOf is the deadline bar in the page's language.
func (v caseView) clockOf(p ui.Page) ui.DeadlineProps {
	c := *v.Clock
	c.Officer = true
	for _, m := range v.Days {
		c.Days = append(c.Days, ui.Day{Day: m.Day, Kind: string(m.Kind), Name: p.L.Pick(m.Name), Estimated: m.Estimated, N: m.N,
			Due: m.Due, Today: m.Today})
	}
	if place, ok := directory.PlaceOf(v.Case.Calendar); ok {
		c.Calendar = p.L.Pick(place.Name)
	}
	return c
}

func (v caseView) clockTitle(p ui.Page) string {
	if v.ClockOfAudit {
		return p.L.T("desk.clock.audit")
	}
	return p.L.T("desk.clock")
}

// traceRows are the rules with the values they looked at.
func (v caseView) traceRows(p ui.Page) []ui.TraceRow {
	var out []ui.TraceRow
	for _, r := range v.Content.Trace {
		row := ui.TraceRow{Text: p.L.Pick(r.Text), Held: ui.No, Rule: r.Rule, Step: r.Step}
		switch {
		case r.Unknown:
			row.Held = ui.Unset
		case r.Held:
			row.Held = ui.Yes
		}
		for _, name := range slices.Sorted(maps.Keys(r.Used)) {
			if row.Note != "" {
				row.Note += "; "
			}
			row.Note += name + " = " + used(p, r.Used[name])
		}
		out = append(out, row)
	}
	return out
}

func used(p ui.Page, value any) string {
	switch value := value.(type) {
	case nil:
		return p.L.T("desk.trace.nothing")
	case bool:
		if value {
			return p.L.T("desk.yes")
		}
		return p.L.T("desk.no")
	case int64:
		return p.L.Number(value)
	}
	return fmt.Sprint(value)
}

// timeline tells what was done, each act with its proof, and what is to come.
func (v caseView) timeline(p ui.Page) []ui.TimelineItem {
	var out []ui.TimelineItem
	for i, a := range v.Acts {
		say := casework.Say(p.L, a)
		item := ui.TimelineItem{Title: say, State: "done", When: p.L.DateTime(clock.FromMicro(a.At)), Exact: *rfc3339(a.At), By: v.by(p, a),
			Text: written(p, a), Links: []ui.ActionProps{{Href: "/case/" + v.Case.Ref + "/receipt.tlog-proof?act=" + url.QueryEscape(a.ID),
				Text: p.L.T("desk.proof"), VisuallyHiddenText: ": " + say}}}
		if v.Content.Protected && a.Kind == casework.Receive { // what the person sent
			item.Text = ""
		}
		if i == len(v.Acts)-1 {
			item.State = lastState(v.Case)
		}
		out = append(out, item)
	}
	return out
}

func lastState(c casework.Case) string {
	switch {
	case c.State == casework.Waiting:
		return "waiting"
	case c.State == casework.Refused, c.Outcome == casework.OutcomeRevoked:
		return "refused"
	case c.State.Open():
		return "now"
	}
	return "done"
}

// by is who acted: the applicant, or a post and its agency.
func (v caseView) by(p ui.Page, a casework.Act) string {
	if a.By.Post == "" && a.By.Person == v.Case.Applicant {
		return p.L.T("desk.by.applicant")
	}
	if a.By.For.Person != "" {
		who := a.By.Name
		for _, from := range []locale.Text{a.By.Title, v.Names[a.By.Agency], a.By.For.Org} {
			if !from.Empty() {
				who += ", " + p.L.Pick(from)
			}
		}
		if a.By.For.As == actor.Guardian || a.By.For.As == actor.Court || a.By.For.As == actor.Director {
			return p.L.T("desk.by."+a.By.For.As, "who", who)
		}
		if a.By.For.As == actor.CompanyStaff {
			return p.L.T("desk.by."+actor.Director, "who", who)
		}
		return p.L.T("desk.by.for", "who", who)
	}
	who := p.L.Pick(a.By.Title)
	if a.By.Person == v.Actor.Person {
		who = p.L.T("desk.by.you") + ", " + who
	}
	if name := p.L.Pick(v.Names[a.By.Agency]); name != "" {
		who += ", " + name
	}
	return who
}

// written is what somebody wrote with an act.
func written(p ui.Page, a casework.Act) string {
	if s := p.L.Pick(casework.Reasons(a)); s != "" {
		return s
	}
	if s := p.L.Pick(casework.Written(a)); s != "" {
		return "“" + s + "”"
	}
	return ""
}

// speech is the case's messages, and its questions with their answers.
func (v caseView) speech(p ui.Page) []ui.SpeechProps {
	var out []ui.SpeechProps
	for _, a := range v.Acts {
		text := ""
		switch a.Kind {
		case casework.Message, casework.Reply:
			text, _ = a.Data["text"].(string)
		case casework.Ask:
			text = p.L.Pick(casework.TextOf(a, "question"))
		}
		if text != "" {
			out = append(out, ui.SpeechProps{Who: v.by(p, a), When: p.L.DateTime(clock.FromMicro(a.At)), Text: text, Mine: a.By.Person == v.Actor.Person})
		}
	}
	return out
}

// grounds are why the applicant appeals, and refusal why it was refused.
func (v caseView) grounds() string {
	for _, a := range v.Acts {
		if s, ok := a.Data["grounds"].(string); ok && a.Kind == casework.Receive {
			return s
		}
	}
	return ""
}

func (v caseView) refusal(p ui.Page) string {
	for _, a := range slices.Backward(v.Before) {
		if a.Kind == casework.Decide {
			return p.L.Pick(casework.Reasons(a))
		}
	}
	return ""
}

// finding is what an audit found wrong, for the one who corrects it.
func (v caseView) finding() string {
	for _, a := range slices.Backward(v.Acts) {
		if a.Kind == casework.AuditFind {
			s, _ := a.Data["note"].(string)
			return s
		}
	}
	return ""
}
