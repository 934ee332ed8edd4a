package register

import (
	"fmt"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// LoadTx writes a whole population, many rows to a statement, under one leaf.
// The tables must not hold it yet.
func (r *Register) LoadTx(tx *db.Tx, by journal.By, p Population) error {
	now := clock.Micro(r.clock.Now())
	for _, b := range []struct {
		head string
		rows [][]any
	}{
		{`insert into register_person (id, id_number, name, sex, born_on, citizenship, address, postcode, city,
			state, phone, mail, occupation, lang, mother, father, household, status, version, as_of_at) values `,
			rows(p.People, func(x Person) []any {
				lang := x.Lang
				if lang == "" {
					lang = locale.Malay
				}
				return []any{x.ID, x.IDNumber, x.Name, x.Sex, x.BornOn, x.Citizenship, x.Address, x.Postcode, x.City,
					x.State, x.Phone, x.Mail, x.Occupation, string(lang), x.Mother, x.Father, x.Household, "valid", 1, min(knownTime(x, p.AsOf), max(now, p.AsOf))}
			})},
		{`insert into register_marriage (id, number, husband, wife, married_on, ended_on, version, as_of_at) values `,
			rows(p.Marriages, func(x Marriage) []any {
				return []any{x.ID, x.Number, x.Husband, x.Wife, x.MarriedOn, x.EndedOn, 1, p.AsOf}
			})},
		{`insert into register_birth_notice (number, mother, mother_name, mother_id_number, born_on, born_at, sex, weight_g,
			hospital, state, plurality, birth_order, status, entry, version, as_of_at) values `,
			rows(p.Notices, func(x Notice) []any {
				return []any{x.Number, x.Mother, x.MotherName, x.MotherIDNumber, x.BornOn, x.BornAt, x.Sex, x.WeightG,
					x.Hospital, x.State, x.Plurality, x.Order, "open", "", 1, noticeTime(x, p.AsOf)}
			})},
		{`insert into register_birth (entry, number, child, mother, father, father_name, place, born_at, weight_g, state,
			notice, case_ref, registered_on, status, version, as_of_at) values `,
			rows(p.Births, func(x Birth) []any {
				return []any{x.Entry, x.Number, x.Child, x.Mother, x.Father, "", x.Place, x.BornAt, 0, x.State,
					x.Notice, "", x.RegisteredOn, "registered", 1, p.AsOf}
			})},
		{`insert into register_household (id, monthly_income_cents, members, children, as_of, version, as_of_at) values `,
			rows(p.Households, func(x Household) []any {
				return []any{x.ID, x.Income, x.Members, x.Children, x.AsOf, 1, p.AsOf}
			})},
		{`insert into register_payee (person, bank, account, version, as_of_at) values `,
			rows(p.Payees, func(x Payee) []any { return []any{x.Person, x.Bank, x.Account, 1, p.AsOf} })},
		{`insert into register_aid (entry, number, child, payee, monthly_cents, bank, account_tail, case_ref, started_on,
			status, version, as_of_at) values `,
			rows(p.Aids, func(x Aid) []any {
				return []any{x.Entry, "L-" + x.Entry, x.Child, x.Payee, x.MonthlyCents, "", "", "", x.StartedOn, "paid", 1, p.AsOf}
			})},
		{`insert into register_book (entry, path, key, once, number, content, case_ref, status, version, as_of_at) values `,
			rows(p.Books, func(x BookEntry) []any {
				return []any{x.Entry, x.Path, x.Key, r.loadedOnce(x), x.Number, encodeBook(x.Values), "", "valid", 1, bookTime(x, p.AsOf)}
			})},
		{`insert into register_book_alone (entry, field, path, word) values `, r.loadedAlone(p.Books)},
		{`insert into register_counter (name, value) values `, counters(p.Births)},
	} {
		if err := insert(tx, b.head, "", b.rows); err != nil {
			return fmt.Errorf("register: load: %w", err)
		}
	}
	_, err := r.journal.Append(tx, journal.Record{Kind: "register.loaded", By: by,
		Why: locale.Text{MS: "Daftar dimuatkan sekali gus", EN: "The registers were loaded at once"},
		Data: map[string]any{"people": len(p.People), "marriages": len(p.Marriages), "notices": len(p.Notices),
			"births": len(p.Births), "households": len(p.Households), "payees": len(p.Payees), "aids": len(p.Aids), "books": len(p.Books)}})
	return err
}

// noticeTime is when a hospital sends its notice: in the evening of the birth.
func noticeTime(n Notice, asOf int64) int64 {
	t, err := clock.ParseDay(n.BornOn)
	if err != nil {
		return asOf
	}
	return clock.Micro(t.Add(20 * time.Hour))
}

// knownTime is when the registers knew a person: at the load's own time, or
// two weeks after the birth of somebody born since.
func knownTime(p Person, asOf int64) int64 {
	t, err := clock.ParseDay(p.BornOn)
	if err != nil {
		return asOf
	}
	return max(asOf, clock.Micro(t.AddDate(0, 0, 14)))
}

// bookTime is when a book knew an entry.
func bookTime(e BookEntry, asOf int64) int64 {
	if e.AsOf == 0 {
		return asOf
	}
	return e.AsOf
}

// counters continue the numbers that loaded births have taken; births are
// numbered 2026-00000123 by year of registration.
func counters(births []Birth) [][]any {
	highest := map[string]int64{}
	for _, b := range births {
		var year string
		var n int64
		if len(b.Number) < 6 {
			continue
		}
		year = b.Number[:4]
		if _, err := fmt.Sscanf(b.Number[5:], "%d", &n); err == nil {
			highest[year] = max(highest[year], n)
		}
	}
	var out [][]any
	for year, n := range highest {
		out = append(out, []any{"birth:" + year, n})
	}
	return out
}

func rows[T any](list []T, row func(T) []any) [][]any {
	out := make([][]any, len(list))
	for i, v := range list {
		out[i] = row(v)
	}
	return out
}

// parameters of one statement are few: the driver looks each up in a list.
const parameters = 120

func insert(tx *db.Tx, head, tail string, rows [][]any) error {
	for len(rows) > 0 {
		width := len(rows[0])
		n := min(len(rows), parameters/width)
		args := make([]any, 0, n*width)
		for _, r := range rows[:n] {
			args = append(args, r...)
		}
		if _, err := tx.Exec(head+db.Tuples(n, width)+tail, args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}
