package payment_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
)

// What is noted of tests and of real money is kept apart, also where a bank gave
// both the same reference: each desk shows and closes its own.
func TestNotesOfTestsAndReal(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		of := func(live bool) payment.Desk {
			return payment.Desk{Collector: payment.Collector{Agency: "jpj"}, Live: live, Acts: true}
		}
		notes := func(live bool) (list []payment.Note) {
			r.write(func(tx *db.Tx) (err error) { list, err = r.NotesTx(tx, of(live)); return err })
			return list
		}
		for _, ref := range []string{"B1", "B2"} {
			for _, live := range []bool{false, true} {
				r.write(func(tx *db.Tx) error {
					fresh, err := r.ExceptionTx(tx, "jpj", live, "stranger", "X", ref, 100)
					if err == nil && !fresh {
						t.Errorf("%s was noted already (real: %t)", ref, live)
					}
					return err
				})
			}
		}
		r.write(func(tx *db.Tx) error { return r.CloseExceptionsTx(tx, "jpj", false, "B1", "p1", "keep") })
		if tests, real := notes(false), notes(true); len(tests) != 1 || len(real) != 2 {
			t.Fatalf("after one of tests was closed, %d of tests and %d of real money are open", len(tests), len(real))
		}
		by := actor.Actor{Person: "p1", Post: "a", Role: "jpj/treasurer", Agency: "jpj"}
		id := notes(true)[0].ID
		r.write(func(tx *db.Tx) error { return r.CloseNoteTx(tx, by, of(false), id) })
		if real := notes(true); len(real) != 2 {
			t.Errorf("the desk of tests closed a note of real money: %d are open", len(real))
		}
	})
}

// Notes of before are of what their attempt, payment or debit is of; of an agency
// that takes real money, one of which nothing is known stays on the real desk.
func TestNotesOfBefore(t *testing.T) {
	all, err := fs.Glob(payment.Migration().FS, "migration/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	before := fstest.MapFS{}
	for _, path := range all {
		if strings.Contains(path, "/0001_") || strings.Contains(path, "/0002_") {
			text, err := fs.ReadFile(payment.Migration().FS, path)
			if err != nil {
				t.Fatal(err)
			}
			before[path] = &fstest.MapFile{Data: text}
		}
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			for _, x := range []struct {
				id, agency string
				live       bool
			}{{"real", "jpj", true}, {"test", "jpj", false}, {"other", "pdrm", false}} {
				if _, err := tx.Exec(`insert into payment_payment (id, agency, live, amount, currency, reference, description, return_url, language, email, metadata, is_delayed,
					origin, origin_ref, person, token, status, code, attempt, receipt, refunded, created_at, expires_at, look_at, ended_at)
					values ($1,$2,$3,1,'MYR','','','','ms','','',false,'api','','',$1,'created','','','',0,0,0,0,0)`, x.id, x.agency, x.live); err != nil {
					return err
				}
				if _, err := tx.Exec(`insert into payment_attempt (id, payment, agency, live, method, status, amount, currency, account, session, bank_ref, checks, next_at, opened_at, ended_at)
					values ($1,$2,$3,$4,'qr','open',1,'MYR','','','',0,0,0,0)`, "a-"+x.id, x.id, x.agency, x.live); err != nil {
					return err
				}
				if _, err := tx.Exec(`insert into payment_debit (agency, live, bank_ref, attempt, amount, is_reversed, at) values ($1,$2,$3,'',1,false,0)`, x.agency, x.live, "b-"+x.id); err != nil {
					return err
				}
			}
			for _, x := range [][4]string{{"1", "jpj", "a-real", ""}, {"2", "jpj", "a-test", ""}, {"3", "jpj", "real", "R1"}, {"4", "jpj", "test", "R2"},
				{"5", "jpj", "X", "b-real"}, {"6", "jpj", "X", "b-test"}, {"7", "jpj", "X", "B9"}, {"8", "pdrm", "X", "B9"}} {
				if _, err := tx.Exec(`insert into payment_exception (id, agency, kind, attempt, bank_ref, amount, at, closed_at, closed_by, note) values ($1,$2,'stranger',$3,$4,1,0,0,'','')`,
					x[0], x[1], x[2], x[3]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(t.Context(), payment.Migration()); err != nil {
			t.Fatal(err)
		}
		got := ""
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			list, err := db.List(tx, func(s db.Scanner) (id string, err error) { err = s.Scan(&id); return id, err }, `select id from payment_exception where live order by id`)
			got = strings.Join(list, " ")
			return err
		})
		if err != nil || got != "1 3 5 7" {
			t.Errorf("of real money are %s (%v), and not 1 3 5 7", got, err)
		}
	}, db.Migration{Part: "payment", FS: before})
}
