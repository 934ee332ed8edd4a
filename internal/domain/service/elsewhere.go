package service

import (
	"cmp"
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
	"balai/internal/ui"
)

// Elsewhere are the agencies that keep cases in systems of their own: what
// they handed in about a person, and that somebody applied here.
type Elsewhere interface {
	Cases(tx *db.Tx, person string) ([]Kept, error)
	Held(tx *db.Tx, person string) ([]KeptFact, error)
	// AppliedTx tells the agency's system of an application in the same commit.
	AppliedTx(tx *db.Tx, agency, ref, service string, at int64) error
}

// Kept is a case that an agency keeps in its own system.
type Kept struct {
	Ref, TheirRef, Service string
	Agency, Title          locale.Text
	Word                   string // ends the key of the words for its state
	Class                  string // of its tag
	Asks                   bool   // the agency waits for an answer
	At                     int64
}

// KeptFact is what an agency's own system holds about a person.
type KeptFact struct {
	Agency       string // its id
	From         locale.Text
	Name         string
	Label, Value locale.Text
	AsOf         string // 2006-01-02
	Basis        locale.Text
	Disputed     bool
}

// keptCases adds what agencies keep to the person's list, the newest first.
func (p *Part) keptCases(tx *db.Tx, page ui.Page, a actor.Actor, v *meView) error {
	list, err := p.Elsewhere.Cases(tx, a.Subject())
	if err != nil {
		return err
	}
	for _, k := range list {
		if a.For.Covers(k.Service) {
			v.Cases = append(v.Cases, caseLine{Ref: k.Ref, Title: page.L.Pick(k.Title), When: dayOf(page, k.At),
				State: page.L.T("casework.state." + k.Word), Class: k.Class, Source: page.L.T("service.me.kept", "agency", k.Agency), at: k.At})
		}
	}
	slices.SortStableFunc(v.Cases, func(a, b caseLine) int { return cmp.Compare(b.at, a.at) })
	return nil
}

// keptQuestions are what agencies' own systems ask the person.
func (p *Part) keptQuestions(tx *db.Tx, l locale.Printer, person string, f actor.For) (out []ui.NoticeProps, err error) {
	list, err := p.Elsewhere.Cases(tx, person)
	for _, k := range list {
		if k.Asks && f.Covers(k.Service) {
			out = append(out, ui.NoticeProps{Tag: l.T("service.me.answer"), Title: l.Pick(k.Title),
				Text: l.T("service.me.kept.asks", "agency", k.Agency), Href: id.CasePage(k.Ref) + "#question", Tone: "gold"})
		}
	}
	return out, err
}

// keptSections are what agencies hold in systems of their own, one card each.
type keptSection struct {
	From locale.Text
	List []KeptFact
}

func keptSections(list []KeptFact) (out []keptSection) {
	for _, k := range list {
		if n := len(out); n == 0 || out[n-1].List[0].Agency != k.Agency {
			out = append(out, keptSection{From: k.From})
		}
		last := &out[len(out)-1]
		last.List = append(last.List, k)
	}
	return out
}

func (s keptSection) rows(p ui.Page) (out []ui.SummaryRow) {
	for _, k := range s.List {
		note := p.L.T("service.me.kept.since", "day", p.L.Day(k.AsOf), "basis", k.Basis)
		row := ui.SummaryRow{Key: ui.Text{Text: p.L.Pick(k.Label)}, Value: ui.Text{Body: sourced(p.L.Pick(k.Value), note)}}
		if k.Disputed {
			row.Value = ui.Text{Body: sourced(p.L.Pick(k.Value), note+" "+p.L.T("service.me.kept.disputed"))}
		} else {
			row.Actions.Items = []ui.ActionProps{{Href: "/me/held/office/" + k.Agency + "/" + k.Name, Text: p.L.T("service.held.wrong"),
				VisuallyHiddenText: ": " + p.L.Pick(k.Label)}}
		}
		out = append(out, row)
	}
	return out
}

// keptHeld is KeptFact as the API tells it, beside what the registers hold.
func keptHeld(k KeptFact) HeldOut {
	out := HeldOut{Field: k.Agency + "/" + k.Name, Label: k.Label, Value: k.Value, Register: k.From, Agency: k.Agency, Law: k.Basis, Version: 1}
	if day, err := clock.ParseDay(k.AsOf); err == nil {
		out.AsOf = *rfc3339(clock.Micro(day))
	}
	return out
}
