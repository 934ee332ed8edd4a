package app

import (
	"context"
	"strings"

	"balai/internal/domain/portal"
	"balai/internal/domain/service"
	"balai/internal/spine/actor"
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

// Progress is how far who is signed in has come with services. As themself they
// see also what the businesses that they have sent: a case's address leads them
// on to act for it. Acting for a sole proprietorship, which is they themself by
// law, they see also their own steps, such as its tax file, but not into them.
func (m mine) Progress(ctx context.Context, a actor.Actor, services []string) (map[string]portal.Progress, error) {
	out := map[string]portal.Progress{}
	err := m.h.db.Read(ctx, func(tx *db.Tx) error {
		principals := []string{a.Subject()}
		if a.Acting() {
			held, err := m.h.register.Facts(tx, a.Subject(), []string{"business.business"})
			if err != nil {
				return err
			}
			if held["business.kind"].V == "sole" {
				principals = append(principals, a.Person)
			}
		} else {
			list, err := m.h.register.BusinessesOf(tx, a.Person)
			if err != nil {
				return err
			}
			for _, b := range list {
				principals = append(principals, actor.Company(b.Number))
			}
		}
		found, err := m.h.service.ProgressOf(tx, principals, services)
		clear(out)
		for which, one := range found {
			p := portal.Progress{Done: one.Done, Number: one.Number, Draft: one.Draft}
			if one.Case.Ref != "" {
				p.Word, p.Class = service.TagKey(one.Case), service.TagClass(one.Case)
			}
			readable := one.Whose == a.Subject() // else by acting for it, or as themself again
			if one.Case.Ref != "" && (readable || !a.Acting()) {
				p.Href = id.CasePage(one.Case.Ref)
			}
			if readable {
				p.Paper = one.Paper
			}
			if one.Draft {
				p.Href = "/service/" + which + "/apply"
			}
			if one.Draft && !readable {
				continue // another form than the one that this address opens
			}
			out[which] = p
		}
		return err
	})
	return out, err
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
