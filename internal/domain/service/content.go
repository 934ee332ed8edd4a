package service

import (
	"fmt"
	"slices"

	"balai/internal/domain/service/definition"
	"balai/internal/domain/service/form"
	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
)

// Content is what a case is about, as the viewer may see it.
func (p *Part) Content(tx *db.Tx, viewer actor.Actor, c casework.Case) (casework.Content, error) {
	out, err := p.content(tx, c, viewer.Officer())
	if err != nil {
		return out, err
	}
	sealed, err := p.Protection.Sealed(tx, viewer, c)
	if err != nil || !sealed {
		return out, err
	}
	return out.Sealed(), nil
}

// content tells what a case is about: answers beside the facts that the state
// holds, the evidence, and the rules as they were evaluated. An officer reads
// what a label calls "yours" as the applicant's.
func (p *Part) content(tx *db.Tx, c casework.Case, officer bool) (casework.Content, error) {
	if c.Kind == disputeKind {
		return p.disputeContent(tx, c, officer)
	}
	app, err := application(tx, root(c))
	if err != nil {
		return casework.Content{}, err
	}
	rel, err := p.At(app.Service, app.Number)
	if err != nil {
		return casework.Content{}, err
	}
	def := rel.Def
	out := casework.Content{Title: def.Title}
	if answers := answerRows(def, app.Answers, officer); len(answers) > 0 {
		out.Sections = append(out.Sections, casework.Section{
			Title: locale.Text{MS: "Jawapan pemohon", EN: "What the applicant answered"}, Rows: answers})
	}
	out.Sections = append(out.Sections, p.factSections(def, app.Facts, app.Disputed, officer)...)
	for _, ev := range def.Evidence {
		for i, f := range app.Files[ev.ID] {
			out.Files = append(out.Files, casework.Evidence{ID: fmt.Sprintf("%s.%d", ev.ID, i), Name: f.Name, Type: f.Type, SHA: f.SHA,
				Label: ev.Title, Size: f.Size})
		}
	}
	for i, row := range slices.Concat(app.Trace.Eligibility, app.Trace.Automatic) {
		out.Trace = append(out.Trace, casework.Rule{Rule: row.Rule, Text: row.Text, Because: row.Because, Held: row.Held, Unknown: row.Unknown, Used: row.Value,
			Step: i < len(app.Trace.Eligibility)})
	}
	return out, nil
}

// answerRows are the answers in the order of the form.
func answerRows(def *definition.Service, answers map[string]any, officer bool) []casework.Row {
	var rows []casework.Row
	for _, page := range def.Form.Pages {
		for _, field := range page.Fields {
			v, has := answers[field.ID]
			if !has || field.Type == form.TypeFile {
				continue
			}
			label := labelOf(page, field)
			if officer && field.Label.Empty() { // the question as it was put
				label = locale.Text{MS: "“" + label.MS + "”", EN: "“" + label.EN + "”"}
			}
			rows = append(rows, casework.Row{Field: field.ID, Asks: field.Asks, Label: label, Answer: shown(def, field.ID, v), Locates: field.Locates})
		}
	}
	return rows
}

// shown prints a value in both languages.
func shown(def *definition.Service, name string, v any) locale.Text {
	return locale.Text{MS: def.Show(locale.Malay, name, v), EN: def.Show(locale.English, name, v)}
}

// labelOf is a field's own label, or its page's question where it has none.
func labelOf(page form.Page, field form.Field) locale.Text {
	if field.Label.Empty() {
		return page.Title
	}
	return field.Label
}

// factLabel is what a held value is called for who reads it.
func factLabel(spec definition.Fact, officer bool) locale.Text {
	if officer && !spec.Officer.Empty() {
		return spec.Officer
	}
	return spec.Label
}

// factSections groups held values by their register.
func (p *Part) factSections(def *definition.Service, facts map[string]Fact, disputed []Dispute, officer bool) []casework.Section {
	var out []casework.Section
	at := map[string]int{}
	for _, spec := range def.Facts {
		f, has := facts[spec.Field]
		if !has {
			continue
		}
		i, seen := at[spec.From]
		if !seen {
			i = len(out)
			at[spec.From] = i
			out = append(out, casework.Section{Title: spec.Register})
		}
		row := casework.Row{Field: spec.Field, Label: factLabel(spec, officer), Fact: shown(def, spec.Field, f.Value), Source: f.Register, AsOf: f.AsOf,
			Basis: p.lawTitle(spec.Basis), Version: f.Version, Locates: spec.Locates}
		for _, d := range disputed {
			if d.Field == spec.Field {
				row.Disputed, row.Claimed, row.Differs = d.Ref, claimed(def, spec, d.Claimed), true
			}
		}
		out[i].Rows = append(out[i].Rows, row)
	}
	return out
}

func (p *Part) disputeContent(tx *db.Tx, c casework.Case, officer bool) (casework.Content, error) {
	d, err := disputeByRef(tx, c.Ref)
	if err != nil {
		return casework.Content{}, err
	}
	def, err := p.disputed(c.Release)
	if err != nil {
		return casework.Content{}, err
	}
	spec, known := def.Fact(d.Field)
	locates := spec.Locates || !known
	label := d.Label
	if known && officer {
		label = factLabel(spec, true)
	}
	return casework.Content{Title: c.Title, Sections: []casework.Section{{
		Title: locale.Text{MS: "Butiran yang dipertikaikan", EN: "What is disputed"},
		Rows: []casework.Row{
			{Field: d.Field, Label: label, Answer: claimed(def, spec, d.Claimed), Fact: claimed(def, spec, d.Stated), Differs: true, Locates: locates},
			{Field: "reason", Label: locale.Text{MS: "Sebab", EN: "Reason"}, Answer: locale.Same(d.Reason), Locates: true}, // in the person's own words
		}}}}, nil
}

// Ready moves a case on once its certificate's file is there.
func (p *Part) Ready(tx *db.Tx, ref, code string) error {
	_, err := p.Cases.IssueTx(tx, ref, code)
	return err
}
