package protection

import (
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/locale"
	"balai/internal/ui"
)

// listView is the protection officer's list.
type listView struct {
	L      locale.Printer
	Asked  []Opening
	Orders []Order
	Now    int64
	Done   string
}

// formView is a new order as it is typed.
type formView struct {
	In    Ordering
	Wrong map[string]string
}

// orderView is one order with names.
type orderView struct {
	Order   Order
	Name    string
	Against []string
	Reason  string
	Wrong   map[string]string
	Now     int64
}

// openingView is one request.
type openingView struct {
	Opening Opening
	Service locale.Text
	Officer string
	Answer  string
	Wrong   map[string]string
}

// askView is an officer's own request about a case.
type askView struct {
	Ref, Reason string
	Sealed      bool // the case concerns a protected person
	Before      bool // there is a request
	Last        Opening
	Wrong       map[string]string
	Now         int64
}

func (v askView) open() bool { return v.Before && v.Last.State == Opened && v.Last.UntilAt > v.Now }

func (v askView) waits() bool { return v.Before && v.Last.State == Asked }

// mineView is what a person has.
type mineView struct {
	Orders []Order
	Now    int64
}

func (v mineView) on() bool {
	for _, o := range v.Orders {
		if o.Active(v.Now) {
			return true
		}
	}
	return false
}

// problems are a form's errors in the order of its fields.
func problems(wrong map[string]string, fields ...string) []ui.Problem {
	var out []ui.Problem
	for _, f := range append([]string{""}, fields...) {
		if text, ok := wrong[f]; ok {
			out = append(out, ui.Problem{Href: "#" + f, Text: text})
		}
	}
	if len(out) > 0 && out[0].Href == "#" {
		out[0].Href = ""
	}
	return out
}

// stands says how an order stands today.
func stands(l locale.Printer, o Order, now int64) string {
	switch {
	case o.LiftedAt > 0:
		return l.T("protection.stands.lifted", "date", l.Date(clock.FromMicro(o.LiftedAt)))
	case o.UntilAt > 0 && o.UntilAt <= now:
		return l.T("protection.stands.over", "date", l.Date(clock.FromMicro(o.UntilAt-1)))
	case o.UntilAt > 0:
		return l.T("protection.stands.until", "date", l.Date(clock.FromMicro(o.UntilAt-1)))
	}
	return l.T("protection.stands.on")
}

func kindItems(l locale.Printer) []ui.ChoiceItem {
	var out []ui.ChoiceItem
	for _, k := range kinds() {
		out = append(out, ui.ChoiceItem{Value: k, Text: l.T("protection.kind." + k), Hint: ui.Hint(l.T("protection.law." + k))})
	}
	return out
}

func (v listView) askedTable() ui.TableProps {
	l := v.L
	t := ui.TableProps{Caption: l.T("protection.requests"), CaptionClasses: "govuk-table__caption--m",
		Head: ui.Cells(l.T("protection.case"), l.T("protection.officer"), l.T("protection.asked"))}
	for _, o := range v.Asked {
		t.Rows = append(t.Rows, []ui.Cell{{Body: link("/protection/request/"+o.ID, o.Ref)}, {Text: l.Pick(o.Title)},
			{Text: l.DateTime(clock.FromMicro(o.AskedAt))}})
	}
	return t
}

func (v listView) orderTable() ui.TableProps {
	l := v.L
	t := ui.TableProps{Caption: l.T("protection.orders"), CaptionClasses: "govuk-table__caption--m",
		Head: ui.Cells(l.T("protection.court"), l.T("protection.kind"), l.T("protection.stands"))}
	for _, o := range v.Orders {
		t.Rows = append(t.Rows, []ui.Cell{{Body: link("/protection/order/"+o.ID, o.Number)}, {Text: l.T("protection.kind." + o.Kind)},
			{Text: stands(l, o, v.Now)}})
	}
	return t
}

func lines(list []string) string { return strings.Join(list, "\n") }

func (v orderView) rows(l locale.Printer) []ui.SummaryRow {
	rows := []ui.SummaryRow{
		ui.Row(l.T("protection.name"), v.Name),
		ui.Row(l.T("protection.kind"), l.T("protection.kind."+v.Order.Kind)),
		ui.Row(l.T("protection.court"), v.Order.Number),
		ui.Row(l.T("protection.stands"), stands(l, v.Order, v.Now)),
		ui.Row(l.T("protection.reason"), v.Order.Reason),
		ui.Row(l.T("protection.made"), l.DateTime(clock.FromMicro(v.Order.MadeAt))),
	}
	if len(v.Against) > 0 {
		rows = append(rows, ui.Row(l.T("protection.against"), strings.Join(v.Against, "; ")))
	}
	return rows
}

func (v openingView) rows(l locale.Printer) []ui.SummaryRow {
	rows := []ui.SummaryRow{
		ui.Row(l.T("protection.case"), v.Opening.Ref),
		ui.Row(l.T("protection.service"), l.Pick(v.Service)),
		ui.Row(l.T("protection.officer"), v.Officer+", "+l.Pick(v.Opening.Title)),
		ui.Row(l.T("protection.reason"), v.Opening.Reason),
		ui.Row(l.T("protection.asked"), l.DateTime(clock.FromMicro(v.Opening.AskedAt))),
	}
	if v.Opening.Answer != "" {
		rows = append(rows, ui.Row(l.T("protection.answer"), v.Opening.Answer))
	}
	return rows
}
