package app

import (
	"context"
	"strings"

	"balai/internal/domain/portal"
	"balai/internal/domain/service"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
	"balai/internal/spine/search"
)

// ownMost is how many of a person's cases are searched, and ownShown how many
// of them a page of results shows.
const ownMost, ownShown = 200, 5

// Cases finds a person's own cases: those of the hall and those that agencies
// keep in systems of their own, by their words, their reference, or the
// agency's. The index is made for the question, so that nobody's cases are
// ever in one that others ask.
func (m mine) Cases(ctx context.Context, person, q string, lang locale.Lang) (out []portal.Own, err error) {
	var all []ownCase
	err = m.h.db.Read(ctx, func(tx *db.Tx) error {
		all, err = m.ownCases(tx, person)
		return err
	})
	if err != nil {
		return nil, err
	}
	var docs []search.Doc
	byRef := map[string]portal.Own{}
	ref := id.NormalRef(q)
	for _, c := range all {
		byRef[c.Ref] = c.Own
		if c.Ref == ref || c.theirs != "" && strings.EqualFold(c.theirs, strings.TrimSpace(q)) {
			return []portal.Own{c.Own}, nil
		}
		docs = append(docs, search.Doc{Kind: "case", ID: c.Ref, Title: c.Title, Keywords: []locale.Text{locale.Same(c.theirs)},
			Agency: []locale.Text{c.Agency, locale.Same(c.agency)}})
	}
	if len(docs) == 0 {
		return nil, nil
	}
	found := search.New(docs, m.h.finder.synonyms).Find(search.Query{Text: q, Lang: lang, Limit: ownShown})
	if found.Meant != "" { // a guess at a word among a few cases is no finding
		return nil, nil
	}
	for _, hit := range found.Hits {
		out = append(out, byRef[hit.ID])
	}
	return out, nil
}

// ownCase is a case with what it is found by.
type ownCase struct {
	portal.Own
	agency, theirs string
}

func (m mine) ownCases(tx *db.Tx, person string) (out []ownCase, err error) {
	cases, err := m.h.cases.Queue(tx, casework.Filter{Applicant: person, Newest: true, Limit: ownMost})
	if err != nil {
		return nil, err
	}
	e := elsewhere(m)
	for _, c := range cases {
		out = append(out, ownCase{portal.Own{Ref: c.Ref, Href: id.CasePage(c.Ref), Title: c.Title, Agency: e.name(tx, c.Agency),
			State: string(c.State), Class: service.TagClass(c)}, c.Agency, ""})
	}
	kept, err := m.h.office.Mine(tx, person)
	for _, c := range kept {
		out = append(out, ownCase{portal.Own{Ref: c.Ref, Href: id.CasePage(c.Ref), Title: c.Title, Agency: e.name(tx, c.Agency), Elsewhere: true,
			State: c.Word(), Class: c.TagClass()}, c.Agency, c.TheirRef})
	}
	return out, err
}
