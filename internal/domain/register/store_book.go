package register

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// bookRow is an entry of a book as stored.
type bookRow struct {
	row
	path, key, number, caseRef, status string
}

// readBook fetches the first entry that a condition names; ok is false where
// there is none. where is a constant of this package.
func readBook(tx *db.Tx, where string, args ...any) (e bookRow, ok bool, err error) {
	var content string
	err = tx.QueryRow(`select entry, path, key, number, content, case_ref, status, version, as_of_at from register_book `+where, args...).
		Scan(&e.entry, &e.path, &e.key, &e.number, &content, &e.caseRef, &e.status, &e.version, &e.asOf)
	if errors.Is(err, db.ErrNoRows) {
		return bookRow{}, false, nil
	}
	if err == nil {
		e.values, err = decodeBook(content)
	}
	if err != nil {
		return bookRow{}, false, fmt.Errorf("register: read book: %w", err)
	}
	return e, true, nil
}

func encodeBook(values map[string]any) string {
	b, err := json.Marshal(values)
	if err != nil {
		panic("register: " + err.Error()) // text, whole numbers and truths only
	}
	return string(b)
}

func decodeBook(content string) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(content)))
	d.UseNumber()
	values := map[string]any{}
	if err := d.Decode(&values); err != nil {
		return nil, err
	}
	for name, v := range values {
		if n, ok := v.(json.Number); ok {
			whole, err := n.Int64()
			if err != nil {
				return nil, err
			}
			values[name] = whole
		}
	}
	return values, nil
}

// gatherBooks reads the entries of books that a person's facts come from.
func (r *Register) gatherBooks(tx *db.Tx, h held, paths map[string]bool) error {
	self := h["applicant"]
	for _, b := range r.books {
		if !paths[b.Path] {
			continue
		}
		keys := []any{self.entry}
		switch b.Of {
		case OfHousehold:
			keys[0], _ = self.values["household"].(string)
		case OfPlace:
			keys[0], _ = self.values["postcode"].(string)
		case OfKin:
			kin, err := r.Related(tx, self.entry)
			if err != nil {
				return err
			}
			keys = keys[:0]
			for _, k := range kin {
				hides, err := r.hides(tx, k, self.entry)
				if err != nil {
					return err
				}
				if !hides { // an entry about them would tell where they are
					keys = append(keys, k)
				}
			}
		}
		if b.Of == OfChild {
			if err := r.gatherOfChild(tx, h, b, self.entry, paths); err != nil {
				return err
			}
			continue
		}
		if len(keys) == 0 || keys[0] == "" || keys[0] == nil {
			continue
		}
		if b.Per != "" {
			if err := gatherThing(tx, h, b, self.entry); err != nil {
				return err
			}
			continue
		}
		e, ok, err := readBook(tx, `where path = $1 and status = 'valid' and key in (`+db.In(2, len(keys))+`)
			order by as_of_at desc, number desc limit 1`, append([]any{b.Path}, keys...)...)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		e.values = b.show(e.values)
		h[b.Group] = e.row
		if b.Path == PathDeathNotice && paths[PathPerson] {
			if err := r.gatherDeceased(tx, h, e.key); err != nil {
				return err
			}
		}
	}
	return nil
}

// gatherOfChild reads the oldest entry about a child of the person that has
// none yet in the book it waits for, and who the child is.
func (r *Register) gatherOfChild(tx *db.Tx, h held, b Book, parent string, paths map[string]bool) error {
	e, ok, err := readBook(tx, `where path = $1 and status = 'valid'
		and key in (select id from register_person where (mother = $2 or father = $2) and status = 'valid')
		and not exists (select 1 from register_book w where w.path = $3 and w.key = register_book.key and w.status = 'valid')
		order by as_of_at, number limit 1`, b.Path, parent, b.Without)
	if err != nil || !ok {
		return err
	}
	if hides, err := r.hides(tx, e.key, parent); hides || err != nil {
		return err
	}
	h[b.Group] = e.row
	if !paths[PathPerson] {
		return nil
	}
	child, ok, err := read(tx, personTable, `where t.id = $1 and t.status = 'valid'`, e.key)
	if ok {
		h["schoolchild"] = child
	}
	return err
}

// gatherDeceased reads who a notice of death is about, and what the applicant
// was to them.
func (r *Register) gatherDeceased(tx *db.Tx, h held, person string) error {
	e, ok, err := read(tx, selfTable, `where t.id = $1 and t.status = 'valid'`, person)
	if err != nil || !ok {
		return err
	}
	relation, err := r.Relation(tx, h["applicant"].entry, person)
	if err != nil {
		return err
	}
	e.values["relation"] = relation
	h["deceased"] = e
	return nil
}

// Relation is what a person is to another: spouse, parent, child, sibling,
// household, or "" where the registers know of nothing between them.
func (r *Register) Relation(tx *db.Tx, person, other string) (relation string, err error) {
	err = tx.QueryRow(`select case
		when exists (select 1 from register_marriage m where m.ended_on = '' and
			(m.husband = a.id and m.wife = b.id or m.wife = a.id and m.husband = b.id)) then 'spouse'
		when b.mother = a.id or b.father = a.id then 'parent'
		when a.mother = b.id or a.father = b.id then 'child'
		when a.mother <> '' and a.mother = b.mother or a.father <> '' and a.father = b.father then 'sibling'
		when a.household <> '' and a.household = b.household then 'household'
		else '' end from register_person a, register_person b where a.id = $1 and b.id = $2`, person, other).Scan(&relation)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		err = fmt.Errorf("register: relation: %w", err)
	}
	return relation, err
}

// enterBook makes an entry of a book and what follows from it.
func (r *Register) enterBook(tx *db.Tx, b Book, in Entry) (Entered, error) {
	v, about, key, err := r.bookValues(tx, b, in.Values, in.Person)
	if err != nil {
		return Entered{}, err
	}
	once := b.once(v)
	if once != "" {
		_, twice, err := readBook(tx, `where path = $1 and key = $2 and once = $3 and status = 'valid'`, b.Path, key, once)
		if err != nil {
			return Entered{}, err
		}
		if twice {
			return Entered{}, fault.New(fault.Conflict, "register.already_entered", "register", b.Name)
		}
	}
	now := r.clock.Now()
	e := Entered{Entry: r.ids.New()}
	if e.Number, err = r.newNumber(tx, b.Path, clock.Day(now)[:4]); err != nil {
		return Entered{}, err
	}
	if e.Numbers, err = r.number(tx, b, v, nil); err != nil {
		return Entered{}, err
	}
	if b.Keep.Numbers != "" && v[b.Keep.Numbers] == nil {
		v[b.Keep.Numbers] = e.Number
	}
	if err := r.claim(tx, b, e.Entry, v); err != nil {
		return Entered{}, err
	}
	if _, err := tx.Exec(`insert into register_book (entry, path, key, once, number, content, case_ref, status, version, as_of_at)
		values ($1,$2,$3,$4,$5,$6,$7,'valid',1,$8)`,
		e.Entry, b.Path, key, once, e.Number, encodeBook(v), in.Case, clock.Micro(now)); err != nil {
		return Entered{}, fmt.Errorf("register: enter %s: %w", b.Path, err)
	}
	if said := v.text(b.Keep.Numbers); said != "" {
		e.Number = said
	}
	change := Amendment{Entry: e.Entry, By: in.By, Case: in.Case, Basis: in.Basis}
	if e.Told, err = r.follow(tx, b, about, v, change); err != nil {
		return Entered{}, err
	}
	return e, r.leafOf(tx, in, e, []string{in.Person, about}, locale.Text{
		MS: "Dicatat: " + b.Name.MS, EN: "Entered: " + b.Name.EN})
}

// bookValues checks the values of an entry and tells whom it is about, and the
// key under which it stands.
func (r *Register) bookValues(tx *db.Tx, b Book, values map[string]any, applicant string) (v entryValues, about, key string, err error) {
	if v, err = b.check(values); err != nil {
		return nil, "", "", err
	}
	about = applicant
	if b.Keep.About != "" {
		if about, err = r.aliveOrDead(tx, v.text(b.Keep.About)); err != nil {
			return nil, "", "", err
		}
	}
	key = about
	switch b.Of {
	case OfHousehold:
		key, err = r.one(tx, `select household from register_person where id = $1`, about)
	case OfPlace:
		key, err = r.one(tx, `select postcode from register_person where id = $1`, about)
	}
	if err == nil && key == "" {
		err = fault.New(fault.Missing, "register.missing.person")
	}
	return v, about, key, err
}

// aliveOrDead finds a person by id number, also one whose death is registered.
func (r *Register) aliveOrDead(tx *db.Tx, number string) (string, error) {
	if number == "" {
		return "", fault.New(fault.Missing, "register.missing.person")
	}
	return r.one(tx, `select id from register_person where id_number = $1 and status in ('valid', 'dead')`, normalNumber(number))
}

// amendBook sets the values of an entry right in a new version, each old value
// kept; what followed from the old values is taken back first.
func (r *Register) amendBook(tx *db.Tx, e bookRow, in Amendment) (Entered, error) {
	b, ok := r.book(e.path)
	if !ok || b.Keep == nil {
		return Entered{}, fault.New(fault.Missing, "register.missing.register", "register", e.path)
	}
	if e.status != "valid" {
		return Entered{}, fault.New(fault.Conflict, "register.voided")
	}
	var v entryValues
	var err error
	about, key := e.key, e.key
	if b.Keep.About == "" {
		v, err = b.check(in.Values) // whom it is about does not change
	} else {
		v, about, key, err = r.bookValues(tx, b, in.Values, "")
	}
	if err != nil {
		return Entered{}, err
	}
	out := Entered{Entry: e.entry, Number: e.number}
	if err := r.unfollow(tx, b, e, in); err != nil {
		return Entered{}, err
	}
	now := clock.Micro(r.clock.Now())
	if b.Keep.Numbers != "" { // it is no answer, and stays
		v[b.Keep.Numbers] = e.values[b.Keep.Numbers]
		if said := v.text(b.Keep.Numbers); said != "" {
			out.Number = said
		}
	}
	if out.Numbers, err = r.number(tx, b, v, e.values); err != nil {
		return Entered{}, err
	}
	if err := r.claim(tx, b, e.entry, v); err != nil {
		return Entered{}, err
	}
	if err := r.keepBook(tx, e.row, v, now, Correction{Case: in.Case, Basis: in.Basis}); err != nil {
		return Entered{}, err
	}
	if _, err := tx.Exec(`update register_book set key = $2, once = $3 where entry = $1`, e.entry, key, b.once(v)); err != nil {
		return Entered{}, fmt.Errorf("register: amend %s: %w", b.Path, err)
	}
	if out.Told, err = r.follow(tx, b, about, v, in); err != nil {
		return Entered{}, err
	}
	return out, r.amendment(tx, in, b.Path, now, person(b, key), person(b, e.key))
}

// keepBook writes new values over an entry and keeps each old one that differs.
func (r *Register) keepBook(tx *db.Tx, old row, v entryValues, now int64, in Correction) error {
	began := old.version
	for _, name := range namesOf(old.values, v) {
		if old.values[name] == v[name] {
			continue
		}
		if err := r.keep(tx, old, bookField(name), old.values[name], now, in); err != nil {
			return err
		}
		old.version++
	}
	if old.version == began {
		return nil
	}
	_, err := tx.Exec(`update register_book set content = $2, version = $3, as_of_at = $4 where entry = $1`,
		old.entry, encodeBook(v), old.version, now)
	if err != nil {
		return fmt.Errorf("register: amend book: %w", err)
	}
	return nil
}

// voidBook ends an entry that should not have been made, and takes back what
// followed from it.
func (r *Register) voidBook(tx *db.Tx, e bookRow, in Voiding) error {
	b, _ := r.book(e.path)
	if e.status != "valid" {
		return fault.New(fault.Conflict, "register.voided")
	}
	if err := r.unfollow(tx, b, e, Amendment{Entry: e.entry, By: in.By, Case: in.Case, Basis: in.Basis}); err != nil {
		return err
	}
	now := clock.Micro(r.clock.Now())
	if _, err := tx.Exec(`update register_book set status = 'void', version = version + 1, as_of_at = $2 where entry = $1`,
		e.entry, now); err != nil {
		return fmt.Errorf("register: void %s: %w", e.path, err)
	}
	return r.voided(tx, in, e.path, now, person(b, e.key))
}

// correctBook is Correct for a value of a book.
func (r *Register) correctBook(tx *db.Tx, b Book, c column, in Correction) ([]Use, error) {
	value, err := checkValue(c, in.Field, in.Value)
	if err != nil {
		return nil, err
	}
	entry := in.Entry
	if entry == "" {
		h, err := r.gather(tx, in.Person, map[string]bool{b.Path: true, PathPerson: true})
		if err != nil {
			return nil, err
		}
		entry = h[b.Group].entry
	}
	e, ok, err := readBook(tx, `where entry = $1 and path = $2`, entry, b.Path)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New(fault.Missing, "register.missing.entry")
	}
	if e.values[c.fact] == value {
		return nil, nil
	}
	now := clock.Micro(r.clock.Now())
	v := entryValues{}
	for name, was := range e.values {
		v[name] = was
	}
	v[c.fact] = value
	if err := r.claim(tx, b, e.entry, v); err != nil {
		return nil, err
	}
	if err := r.keepBook(tx, e.row, v, now, in); err != nil {
		return nil, err
	}
	return r.corrected(tx, in, b.Path, e.row, now, []any{in.Field}, person(b, e.key))
}

// person is the person whom an entry stands under, if it is one's own.
func person(b Book, key string) string {
	if b.Of == OfPerson || b.Of == OfKin {
		return key
	}
	return ""
}

// bookField is how a kept version names a value of a book.
func bookField(name string) string { return "register_book." + name }

func namesOf(a, b map[string]any) []string {
	var out []string
	for _, m := range []map[string]any{a, b} {
		for name := range m {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	slices.SortFunc(out, strings.Compare)
	return out
}

// loadedOnce is the once key of an entry that is loaded, so that a yes cannot
// make a second one.
func (r *Register) loadedOnce(e BookEntry) string {
	b, ok := r.book(e.Path)
	if !ok || b.Keep == nil {
		return ""
	}
	return b.once(e.Values)
}

// tellAddress writes a new address into the entries of a person's books that
// hear of it.
func (r *Register) tellAddress(tx *db.Tx, person string, address entryValues, in Amendment) ([]Told, error) {
	var told []Told
	now := clock.Micro(r.clock.Now())
	for _, b := range r.books {
		if !b.Hears {
			continue
		}
		e, ok, err := readBook(tx, `where path = $1 and key = $2 and status = 'valid' order by as_of_at desc, number desc limit 1`, b.Path, person)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		v := entryValues{}
		for name, was := range e.values {
			v[name] = was
		}
		for _, name := range addressFields {
			if b.has(name) {
				v[name] = address.text(name)
			}
		}
		if err := r.keepBook(tx, e.row, v, now, Correction{Case: in.Case, Basis: in.Basis}); err != nil {
			return nil, err
		}
		if _, err := r.journal.Append(tx, journal.Record{Kind: "register.told", At: now, By: in.By, Case: in.Case,
			Subjects: []string{person}, Basis: in.Basis,
			Why:  locale.Text{MS: "Alamat baharu dicatat juga di sini", EN: "The new address was entered here too"},
			Data: map[string]any{"register": b.Path, "entry": e.entry}}); err != nil {
			return nil, err
		}
		told = append(told, Told{b.Path, b.Name, b.Agency})
	}
	return told, nil
}
