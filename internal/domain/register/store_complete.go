package register

import (
	"fmt"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// Need is a value that only the register's owner knows and that a correction
// cannot do without.
type Need struct{ Name, Type string }

// Needs are what it takes to make a fact so that stands in no column: whether
// there is a marriage, and an account of which four digits are shown. It is
// empty where the value alone is enough.
func Needs(field string, value any) []Need {
	switch {
	case field == "marriage.registered" && value == true:
		return []Need{{"number", "text"}, {"married_on", "date"}, {"spouse_id_number", "identity"}}
	case field == "marriage.registered":
		return []Need{{"ended_on", "date"}}
	case field == "bank.account_tail":
		return []Need{{"account", "text"}}
	}
	return nil
}

// complete corrects what takes more than one value.
func (r *Register) complete(tx *db.Tx, in Correction) ([]Use, error) {
	given := map[string]string{}
	for _, n := range Needs(in.Field, in.Value) {
		s, _ := in.With[n.Name].(string)
		if given[n.Name] = strings.TrimSpace(s); given[n.Name] == "" {
			return nil, badWith(n.Name, "register.with.needed")
		}
		if _, err := clock.ParseDay(given[n.Name]); n.Type == "date" && (err != nil || given[n.Name] > clock.Day(r.clock.Now())) {
			return nil, badWith(n.Name, "register.with.day")
		}
	}
	switch {
	case in.Field == "bank.account_tail":
		return r.setAccount(tx, in, given["account"])
	case in.Value == true:
		return r.enterMarriage(tx, in, given)
	}
	return r.endMarriage(tx, in, given["ended_on"])
}

// badWith is what is wrong with a value that the owner gave.
func badWith(name, key string) error {
	return fault.New(fault.Invalid, key).With(fault.Field{Location: "with." + name, Key: key})
}

// setAccount writes a whole account, of which the tail was said to be wrong.
func (r *Register) setAccount(tx *db.Tx, in Correction, account string) ([]Use, error) {
	account = strings.NewReplacer(" ", "", "-", "").Replace(account)
	if len(account) < 6 || len(account) > 20 || strings.Trim(account, "0123456789") != "" {
		return nil, badWith("account", "register.with.account")
	}
	if tail(account) != in.Value {
		return nil, badWith("account", "register.with.tail")
	}
	s, c, _ := sourceOf("bank.account")
	old, err := r.entryFor(tx, s, in)
	if err != nil {
		return nil, err
	}
	now := clock.Micro(r.clock.Now())
	if err := r.keep(tx, old, s.table.name+"."+c.sql, old.values[c.fact], now, in); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(`update register_payee set account = $2, version = version + 1, as_of_at = $3 where person = $1`,
		old.entry, account, now); err != nil {
		return nil, fmt.Errorf("register: correct account: %w", err)
	}
	return r.corrected(tx, in, s.path, old, now, []any{in.Field}, old.entry)
}

// enterMarriage enters one that the register lacked. The version that says
// that there is none is the wife's: it ends with its time, case and basis.
func (r *Register) enterMarriage(tx *db.Tx, in Correction, given map[string]string) ([]Use, error) {
	wife, ok, err := read(tx, selfTable, `where t.id = $1 and t.status = 'valid'`, in.Entry)
	if err != nil || !ok {
		return nil, found(orMissing(err), "entry")
	}
	husband, err := r.ByIDNumber(tx, given["spouse_id_number"])
	if err != nil {
		if fault.CodeOf(err) == fault.Missing {
			err = badWith("spouse_id_number", "register.with.spouse")
		}
		return nil, err
	}
	var sex string
	if err := tx.QueryRow(`select sex from register_person where id = $1`, husband).Scan(&sex); err != nil {
		return nil, fmt.Errorf("register: marriage: %w", err)
	}
	if husband == wife.entry || sex == wife.values["sex"] {
		return nil, badWith("spouse_id_number", "register.with.spouse")
	}
	if in.By.Person == husband || in.By.Person == wife.entry {
		return nil, fault.New(fault.Denied, "register.with.own")
	}
	var same, still int
	if err := tx.QueryRow(`select coalesce(sum(case when number = $1 then 1 else 0 end), 0),
		coalesce(sum(case when wife = $2 and ended_on = '' then 1 else 0 end), 0)
		from register_marriage where number = $1 or wife = $2`, given["number"], wife.entry).Scan(&same, &still); err != nil {
		return nil, fmt.Errorf("register: marriage: %w", err)
	}
	if same > 0 {
		return nil, badWith("number", "register.with.number")
	}
	if still > 0 {
		return nil, fault.New(fault.Conflict, "register.with.married")
	}
	now := clock.Micro(r.clock.Now())
	if err := r.keep(tx, wife, "register_marriage.registered", "false", now, in); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(`update register_person set version = version + 1, as_of_at = $2 where id = $1`, wife.entry, now); err != nil {
		return nil, fmt.Errorf("register: marriage: %w", err)
	}
	if err := insert(tx, `insert into register_marriage (id, number, husband, wife, married_on, ended_on, version, as_of_at) values `, "",
		[][]any{{r.ids.New(), given["number"], husband, wife.entry, given["married_on"], "", 1, now}}); err != nil {
		return nil, fmt.Errorf("register: marriage: %w", err)
	}
	return r.corrected(tx, in, PathMarriage, wife, now, []any{in.Field}, husband)
}

// endMarriage says when a marriage ended; one that never was ends on its day.
func (r *Register) endMarriage(tx *db.Tx, in Correction, day string) ([]Use, error) {
	old, ok, err := read(tx, marriageTable, `where t.id = $1`, in.Entry)
	if err != nil || !ok {
		return nil, found(orMissing(err), "entry")
	}
	var husband, wife, ended string
	if err := tx.QueryRow(`select husband, wife, ended_on from register_marriage where id = $1`, old.entry).Scan(&husband, &wife, &ended); err != nil {
		return nil, fmt.Errorf("register: marriage: %w", err)
	}
	if began, _ := old.values["married_on"].(string); day < began {
		return nil, badWith("ended_on", "register.with.before")
	}
	if in.By.Person == husband || in.By.Person == wife {
		return nil, fault.New(fault.Denied, "register.with.own")
	}
	now := clock.Micro(r.clock.Now())
	if err := r.keep(tx, old, "register_marriage.ended_on", ended, now, in); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(`update register_marriage set ended_on = $2, version = version + 1, as_of_at = $3 where id = $1`,
		old.entry, day, now); err != nil {
		return nil, fmt.Errorf("register: marriage: %w", err)
	}
	return r.corrected(tx, in, PathMarriage, old, now, []any{in.Field}, husband, wife)
}

// orMissing is no row where nothing failed.
func orMissing(err error) error {
	if err == nil {
		return db.ErrNoRows
	}
	return err
}
