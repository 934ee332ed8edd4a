package app

import (
	"context"
	"strings"

	"balai/internal/domain/certificate"
	"balai/internal/domain/register"
	"balai/internal/domain/service"
	"balai/internal/domain/service/definition"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"golang.org/x/sync/errgroup"
)

// registers lets the service part read and write the base registers.
type registers struct{ *register.Register }

func (r registers) Facts(tx *db.Tx, person string, from []string) (map[string]service.Fact, error) {
	held, err := r.Register.Facts(tx, person, from)
	if err != nil {
		return nil, err
	}
	out := make(map[string]service.Fact, len(held))
	for k, v := range held {
		out[k] = service.Fact{Field: v.Field, Value: v.V, Register: v.Register, Agency: v.Agency, AsOf: v.AsOf, Entry: v.Entry, Version: v.Version}
	}
	return out, nil
}

func (r registers) Used(tx *db.Tx, ref, agency string, used []service.Fact) error {
	list := make([]register.Value, len(used))
	for i, f := range used {
		list[i] = register.Value{Field: f.Field, V: f.Value, Register: f.Register, Agency: f.Agency, AsOf: f.AsOf, Entry: f.Entry, Version: f.Version}
	}
	return r.UseTx(tx, ref, agency, list)
}

func (r registers) Enter(tx *db.Tx, e service.Entry) (service.Made, error) {
	made, err := r.Register.Enter(tx, register.Entry{Register: e.Register, Values: e.Values, Person: e.Person, By: e.By, Case: e.Case, Basis: e.Basis})
	return madeOf(made), err
}

func madeOf(e register.Entered) service.Made {
	out := service.Made{Entry: e.Entry, Number: e.Number, Person: e.Child, IDNumber: e.IDNumber, Numbers: e.Numbers}
	for _, t := range e.Told {
		out.Told = append(out.Told, service.Told{Register: t.Name, Agency: t.Agency})
	}
	return out
}

func (r registers) Amend(tx *db.Tx, entry string, e service.Entry, why locale.Text) (service.Made, error) {
	made, err := r.Register.Amend(tx, register.Amendment{Entry: entry, Values: e.Values, By: e.By, Case: e.Case, Basis: e.Basis, Why: why})
	return madeOf(made), err
}

func (r registers) Void(tx *db.Tx, entry string, by journal.By, ref, basis string, why locale.Text) error {
	return r.Register.Void(tx, register.Voiding{Entry: entry, By: by, Case: ref, Basis: basis, Why: why})
}

func (r registers) Correct(tx *db.Tx, c service.Correction) ([]service.Use, error) {
	uses, err := r.Register.Correct(tx, register.Correction{Person: c.Person, Field: c.Field, Entry: c.Entry, Value: c.Value, With: c.With,
		By: c.By, Case: c.Case, Basis: c.Basis, Why: c.Why})
	out := make([]service.Use, len(uses))
	for i, u := range uses {
		out[i] = service.Use{Case: u.Case, Field: u.Field}
	}
	return out, err
}

func (r registers) Needs(field string, value any) []service.Need {
	var out []service.Need
	for _, n := range register.Needs(field, value) {
		out = append(out, service.Need{Name: n.Name, Type: n.Type})
	}
	return out
}

func (r registers) Uses(tx *db.Tx, entry string) ([]service.Use, error) {
	uses, err := r.UsesOf(tx, entry)
	out := make([]service.Use, len(uses))
	for i, u := range uses {
		out[i] = service.Use{Case: u.Case, Field: u.Field}
	}
	return out, err
}

func (r registers) Holders(tx *db.Tx, path, after string, limit int) ([]service.Holder, error) {
	list, err := r.Register.Holders(tx, path, after, limit)
	out := make([]service.Holder, len(list))
	for i, h := range list {
		out[i] = service.Holder{Entry: h.Entry, People: h.People}
	}
	return out, err
}

// NameOf is what an applicant is called, a person or a company.
func (r registers) NameOf(tx *db.Tx, principal string) (string, error) {
	return r.Called(tx, principal)
}

// applicants are those whom a desk names: people and companies.
type applicants struct{ *register.Register }

func (a applicants) NameOf(tx *db.Tx, principal string) (string, error) {
	return a.Called(tx, principal)
}

// readers tell who reads what is told to a company: who has it.
type readers struct{ *register.Register }

func (r readers) ReadersOf(tx *db.Tx, to string) ([]string, bool, error) {
	number, is := actor.CompanyNumber(to)
	if !is {
		return nil, false, nil
	}
	list, err := r.OwnersOf(tx, number)
	return list, true, err
}

func (r registers) Owners(tx *db.Tx, principal string) ([]string, error) {
	number, is := actor.CompanyNumber(principal)
	if !is {
		return nil, nil
	}
	return r.OwnersOf(tx, number)
}

// books are the registers of which the catalogue's text says all.
func books(v *definition.Vocabulary) []register.Book {
	var out []register.Book
	for _, g := range v.Groups {
		if g.Of == "" {
			continue
		}
		b := register.Book{Path: g.From, Group: g.Name, Agency: g.Owner, Name: g.Title, Of: g.Of, Hears: len(g.Hears) > 0, Without: g.Without,
			Per: g.Per, First: g.First, Only: g.Only, Nth: g.Nth}
		for _, f := range g.Fields {
			field := register.BookField{Name: f.Name, Type: f.Type}
			for _, o := range f.Options {
				field.Options = append(field.Options, o.Value)
			}
			b.Fields = append(b.Fields, field)
		}
		if k := g.Keeps; k != nil {
			b.Keep = &register.Keep{Needs: k.Needs, About: k.About, One: k.One, Each: k.Each, Alone: k.Alone, Numbers: k.Numbers}
			for _, n := range k.Numbered {
				b.Keep.Numbered = append(b.Keep.Numbered, register.Numbering(n))
			}
		}
		out = append(out, b)
	}
	return out
}

// papers lets the service part issue certificates.
type papers struct{ h *Hall }

func (p papers) IssueTx(tx *db.Tx, by journal.By, in service.Paper) (string, error) {
	agency, err := p.h.directory.Agency(tx, in.Agency)
	if err != nil {
		return "", err
	}
	out := certificate.In{Case: in.Case, Applicant: in.Applicant, Subjects: in.Subjects, Type: in.Type, Title: in.Title,
		Agency: in.Agency, AgencyName: agency.Name, Law: in.Law, Number: in.Number, Notes: in.Notes, Replaces: in.Replaces, Automatic: in.Automatic}
	for _, r := range in.Rows {
		out.Rows = append(out.Rows, certificate.Row{Label: r.Label, Value: r.Value})
	}
	return p.h.certificate.IssueTx(tx, by, out)
}

func (p papers) RevokeTx(tx *db.Tx, by journal.By, code, reason string) error {
	return p.h.certificate.RevokeTx(tx, by, code, reason, "")
}

func (p papers) OfCase(tx *db.Tx, ref string) (service.Issued, bool, error) {
	list, err := p.h.certificate.ForCase(tx, ref)
	if err != nil || len(list) == 0 {
		return service.Issued{}, false, err
	}
	c := list[len(list)-1]
	for _, one := range list {
		if one.State == certificate.Issued {
			c = one
		}
	}
	return service.Issued{Code: c.Code, State: string(c.State), PDF: c.PDF(), HTML: c.HTML(), Title: c.Title, Ready: c.Ready()}, true, nil
}

// paperReady moves a case on when its certificate's file is there.
type paperReady struct{ h *Hall }

func (p paperReady) Ready(tx *db.Tx, ref string) error {
	c, ok, err := p.h.certificate.Current(tx, ref)
	if err != nil || !ok {
		return err
	}
	_, err = p.h.cases.IssueTx(tx, ref, c.Code)
	return err
}

// originOf reads the log's name from its public key, NAME+HASH+KEY.
func originOf(vkey string) string {
	name, _, _ := strings.Cut(vkey, "+")
	return name
}

// together runs loops until one fails or ctx ends.
func together(ctx context.Context, loops ...func(context.Context) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, loop := range loops {
		g.Go(func() error { return loop(ctx) })
	}
	return g.Wait()
}
