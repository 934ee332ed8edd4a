package register

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

func region(state string) string { return directory.Region(state) }

// read fetches one entry of a table; ok is false where there is none. where is
// a constant of this file.
func read(tx *db.Tx, t table, where string, args ...any) (r row, ok bool, err error) {
	names := make([]string, len(t.columns))
	dest := make([]any, 0, len(t.columns)+3)
	texts := make([]string, len(t.columns))
	ints := make([]int64, len(t.columns))
	dest = append(dest, &r.entry, &r.version, &r.asOf)
	for i, c := range t.columns {
		names[i] = "t." + c.sql
		if c.kind == integer {
			dest = append(dest, &ints[i])
		} else {
			dest = append(dest, &texts[i])
		}
	}
	err = tx.QueryRow(`select t.`+t.key+`, t.version, t.as_of_at, `+strings.Join(names, ", ")+
		` from `+t.name+` t `+where, args...).Scan(dest...)
	if errors.Is(err, db.ErrNoRows) {
		return row{}, false, nil
	}
	if err != nil {
		return row{}, false, fmt.Errorf("register: read %s: %w", t.name, err)
	}
	r.values = map[string]any{}
	for i, c := range t.columns {
		switch {
		case c.kind == integer && ints[i] >= 0: // -1 stands for not known
			r.values[c.fact] = ints[i]
		case c.kind != integer && texts[i] != "":
			r.values[c.fact] = texts[i]
		}
	}
	return r, true, nil
}

// gather reads the entries that the person's facts come from, of the registers
// in paths only.
func (r *Register) gather(tx *db.Tx, person string, paths map[string]bool) (held, error) {
	h := held{}
	var failed error
	get := func(prefix string, t table, where string, args ...any) bool {
		if failed != nil {
			return false
		}
		x, ok, err := read(tx, t, where, args...)
		if err != nil {
			failed = err
		} else if ok {
			h[prefix] = x
		}
		return ok
	}
	if !get("applicant", selfTable, `where t.id = $1 and t.status = 'valid'`, person) {
		if failed != nil {
			return nil, failed
		}
		return nil, fault.New(fault.Missing, "register.missing.person")
	}
	if paths[PathPerson] || paths[PathNotice] || paths[PathMarriage] {
		r.gatherBirth(get, h, paths)
	}
	if paths[PathBirth] {
		get("child", personTable, `join register_birth b on b.child = t.id
			where (b.mother = $1 or b.father = $1) and b.status = 'registered' and t.status = 'valid'
			and not exists (select 1 from register_aid a where a.child = t.id and a.status = 'paid')
			order by t.born_on desc, b.number desc limit 1`, person)
		from, until := schoolYears(clock.Day(r.clock.Now()))
		get("pupil", selfTable, `where (t.mother = $1 or t.father = $1) and t.status = 'valid' and t.born_on between $2 and $3
			and not exists (select 1 from register_book p where p.path = '`+PathSchoolPlace+`' and p.key = t.id and p.status = 'valid')
			order by t.born_on, t.id limit 1`, person, from, until)
	}
	if home, _ := h["applicant"].values["household"].(string); home != "" && paths[PathHousehold] {
		get("household", householdTable, `where t.id = $1`, home)
	}
	if paths[PathPayee] {
		get("bank", payeeTable, `where t.person = $1`, person)
	}
	if failed != nil {
		return h, failed
	}
	if err := r.gatherBooks(tx, h, paths); err != nil {
		return h, err
	}
	return h, r.shelter(tx, h)
}

// shelter takes out what would tell where a protected person is, or who a
// child now is that was adopted: names of parents stand, as on any form.
func (r *Register) shelter(tx *db.Tx, h held) error {
	self := h["applicant"].entry
	for _, prefix := range []string{"child", "pupil", "schoolchild"} {
		if e, ok := h[prefix]; ok {
			hides, err := r.hides(tx, e.entry, self)
			if err != nil {
				return err
			}
			if hides {
				delete(h, prefix)
			}
		}
	}
	notice, ok := h["birth_notice"]
	if !ok {
		return nil
	}
	hides, err := r.hides(tx, h["mother"].entry, self)
	if err != nil || !hides {
		return err
	}
	notice.values = maps.Clone(notice.values)
	delete(notice.values, "hospital")
	delete(notice.values, "state")
	h["birth_notice"] = notice
	return nil
}

// hides asks the shield, where there is one.
func (r *Register) hides(tx *db.Tx, of, from string) (bool, error) {
	if r.shield == nil {
		return false, nil
	}
	return r.shield.Hides(tx, of, from)
}

// HouseholdOf is the household in which a person lives, or "".
func (r *Register) HouseholdOf(tx *db.Tx, person string) (string, error) {
	home, err := r.one(tx, `select household from register_person where id = $1`, person)
	if fault.CodeOf(err) == fault.Missing {
		return "", nil // an officer without an entry lives nowhere here
	}
	return home, err
}

// gatherBirth reads who the parents of a child to be registered are.
func (r *Register) gatherBirth(get func(prefix string, t table, where string, args ...any) bool, h held, paths map[string]bool) {
	self := h["applicant"]
	if self.values["sex"] == "female" {
		h["mother"] = self
	} else {
		get("mother", personTable, `join register_marriage m on m.wife = t.id
			where m.husband = $1 and m.ended_on = '' order by m.married_on desc limit 1`, self.entry)
	}
	mother, ok := h["mother"]
	if !ok || !paths[PathNotice] && !paths[PathMarriage] {
		return
	}
	on := clock.Day(r.clock.Now())
	if get("birth_notice", noticeTable, `where t.mother = $1 and t.status = 'open'
		order by t.born_on, t.birth_order, t.number limit 1`, mother.entry) {
		on, _ = h["birth_notice"].values["born_on"].(string)
	}
	if paths[PathMarriage] && get("marriage", marriageTable, `where t.wife = $1 and t.married_on <= $2
		and (t.ended_on = '' or t.ended_on >= $2) order by t.married_on desc limit 1`, mother.entry, on) {
		get("father", personTable, `join register_marriage m on m.husband = t.id where m.id = $1`, h["marriage"].entry)
	}
}

// Facts is what the registers named in from hold for a person, by field; a
// name in from that no register answers to is fault Missing.
func (r *Register) Facts(tx *db.Tx, person string, from []string) (map[string]Value, error) {
	paths := map[string]bool{}
	for _, f := range from {
		info, ok := r.InfoOf(f)
		if !ok {
			return nil, fault.New(fault.Missing, "register.missing.register", "register", f)
		}
		paths[info.Path] = true
	}
	var h held
	var err error
	if number, is := isCompany(person); is {
		h, err = r.gatherCompany(tx, person, number, paths)
	} else {
		h, err = r.gather(tx, person, paths)
	}
	if err != nil {
		return nil, err
	}
	return r.facts(h, paths), nil
}

// UseTx notes that a case relied on these values, so that a later correction
// can tell whom it touches.
func (r *Register) UseTx(tx *db.Tx, caseRef, agency string, used []Value) error {
	if len(used) == 0 {
		return nil
	}
	now := clock.Micro(r.clock.Now())
	list := make([][]any, len(used))
	for i, v := range used {
		list[i] = []any{v.Entry, v.Field, caseRef, agency, v.Version, now}
	}
	return insert(tx, `insert into register_use (entry, field, case_ref, agency, version, used_at) values `,
		` on conflict (entry, field, case_ref) do update set version = excluded.version, used_at = excluded.used_at`, list)
}

// NameOf is a person's full name. A company is none: whoever serves people at a
// counter asks this whether somebody is one. See Called.
func (r *Register) NameOf(tx *db.Tx, person string) (string, error) {
	return r.one(tx, `select name from register_person where id = $1`, person)
}

// NumberOf is a person's MyKad, MyKid or passport number, or "".
func (r *Register) NumberOf(tx *db.Tx, person string) (string, error) {
	return r.one(tx, `select id_number from register_person where id = $1`, person)
}

// PhoneOf is a person's telephone, or "".
func (r *Register) PhoneOf(tx *db.Tx, person string) (string, error) {
	return r.one(tx, `select phone from register_person where id = $1`, person)
}

// MailOf is a person's e-mail address, or "", and the language they read.
func (r *Register) MailOf(tx *db.Tx, person string) (mail string, lang locale.Lang, err error) {
	err = tx.QueryRow(`select mail, lang from register_person where id = $1`, person).Scan(&mail, &lang)
	return mail, lang, found(err, "person")
}

// LangOf is the language that a person reads, or "".
func (r *Register) LangOf(tx *db.Tx, person string) (locale.Lang, error) {
	if number, is := isCompany(person); is {
		return r.companyLang(tx, number)
	}
	lang, err := r.one(tx, `select lang from register_person where id = $1`, person)
	return locale.Lang(lang), err
}

// Postal is where letters to a person go; Line is "" where no register has a
// whole address. State is a code such as MY-03.
type Postal struct{ Name, Line, Postcode, City, State string }

// PostalOf is a person's name and postal address.
func (r *Register) PostalOf(tx *db.Tx, person string) (p Postal, err error) {
	if number, is := isCompany(person); is {
		return companyPost(tx, number)
	}
	err = tx.QueryRow(`select name, address, postcode, city, state from register_person where id = $1`, person).
		Scan(&p.Name, &p.Line, &p.Postcode, &p.City, &p.State)
	if p.Line == "" || p.Postcode == "" || p.City == "" {
		p.Line, p.Postcode, p.City = "", "", ""
	}
	return p, found(err, "person")
}

// PostOf is a person's postal address, its lines joined by line ends, or "".
func (r *Register) PostOf(tx *db.Tx, person string) (string, error) {
	p, err := r.PostalOf(tx, person)
	if err != nil || p.Line == "" {
		return "", err
	}
	return p.Line + "\n" + p.Postcode + " " + p.City, nil
}

// ByIDNumber is the person who has a MyKad, MyKid or passport number, with or
// without its hyphens.
func (r *Register) ByIDNumber(tx *db.Tx, number string) (person string, err error) {
	if number == "" {
		return "", fault.New(fault.Missing, "register.missing.person")
	}
	return r.one(tx, `select id from register_person where id_number = $1 and status = 'valid'`, normalNumber(number))
}

func (r *Register) one(tx *db.Tx, q string, arg string) (s string, err error) {
	err = tx.QueryRow(q, arg).Scan(&s)
	return s, found(err, "person")
}

// found turns no row into fault Missing.
func found(err error, what string) error {
	if errors.Is(err, db.ErrNoRows) {
		return fault.New(fault.Missing, "register.missing."+what)
	}
	return err
}

// Related lists a person's parents, children, brothers and sisters, wives or
// husbands, and those they live with: with these an officer has a conflict of
// interest.
func (r *Register) Related(tx *db.Tx, person string) ([]string, error) {
	if number, is := isCompany(person); is {
		return r.relatedToCompany(tx, number)
	}
	list, err := db.List(tx, func(s db.Scanner) (p string, err error) { return p, s.Scan(&p) }, `
		with me as (select id, mother, father, household from register_person where id = $1)
		select mother from me where mother <> ''
		union select father from me where father <> ''
		union select p.id from me join register_person p on p.mother = me.id
		union select p.id from me join register_person p on p.father = me.id
		union select p.id from me join register_person p on p.mother = me.mother where me.mother <> '' and p.id <> me.id
		union select p.id from me join register_person p on p.father = me.father where me.father <> '' and p.id <> me.id
		union select p.id from me join register_person p on p.household = me.household where me.household <> '' and p.id <> me.id
		union select husband from register_marriage where wife = $1
		union select wife from register_marriage where husband = $1
		order by 1`, person)
	if err != nil {
		return nil, fmt.Errorf("register: related: %w", err)
	}
	return list, nil
}

// History lists the old values of an entry, oldest first.
func (r *Register) History(tx *db.Tx, entry string) ([]Version, error) {
	return db.List(tx, func(s db.Scanner) (v Version, err error) {
		return v, s.Scan(&v.Entry, &v.Field, &v.Version, &v.Value, &v.From, &v.Until, &v.Case, &v.Basis)
	}, `select entry, field, version, value, from_at, until_at, case_ref, basis
		from register_version where entry = $1 order by version`, entry)
}

// EntryOf is the entry that a case made, in whichever register.
func (r *Register) EntryOf(tx *db.Tx, caseRef string) (Entered, error) {
	var e Entered
	err := tx.QueryRow(`select b.entry, b.number, b.child, p.id_number from register_birth b
		join register_person p on p.id = b.child where b.case_ref = $1
		union all select entry, number, '', '' from register_aid where case_ref = $1
		union all select entry, number, '', '' from register_book where case_ref = $1`, caseRef).
		Scan(&e.Entry, &e.Number, &e.Child, &e.IDNumber)
	return e, found(err, "entry")
}
