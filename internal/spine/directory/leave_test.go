package directory

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// away is small with wan in a post of her own all year, and an officer of
// another agency.
func away() Set {
	s := small()
	s.Posts = append(s.Posts, Post{ID: "aid", Unit: "jkm", Role: "jkm/welfare-officer", Title: s.Posts[0].Title})
	s.People = append(s.People, Person{ID: "vas", Name: "Vasanthi"})
	s.Holdings = []Holding{{Post: "reg-3", Person: "nik", From: at("2026-01-01")}, {Post: "reg-16", Person: "wan", From: at("2026-01-01")},
		{Post: "aid", Person: "vas", From: at("2026-01-01")}}
	return s
}

func (r rig) leave(l Leave, from, to string) error {
	return r.db.Write(r.t.Context(), func(tx *db.Tx) error { return r.RecordLeaveTx(tx, r.book, actor.Actor{Person: "nik"}, l, from, to) })
}

func TestLeaveIsRefused(t *testing.T) {
	each(t, func(t *testing.T, r rig) {
		r.write(func(tx *db.Tx) error { return r.LoadTx(tx, away()) })
		nik := Leave{ID: "1", Person: "nik", Post: "reg-3", StandIn: "wan"}
		if err := r.leave(Leave{ID: "0", Person: "wan", Post: "reg-16", StandIn: "nik"}, "2027-03-01", "2027-03-05"); err != nil {
			t.Fatal(err)
		}
		if err := r.leave(nik, "2026-11-24", "2026-11-27"); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ stand, from, to, field, key string }{
			{"wan", "24/11/2026", "2026-11-27", "from", "directory.leave.day"},
			{"wan", "2026-12-24", "2026-12-32", "to", "directory.leave.day"},
			{"wan", "2026-12-24", "2026-12-23", "to", "directory.leave.order"},
			{"wan", "2026-11-20", "2026-11-22", "to", "directory.leave.past"},
			{"wan", "2026-12-24", "2028-12-24", "to", "directory.leave.long"},
			{"wan", "2026-11-27", "2026-11-29", "from", "directory.leave.overlap"},
			{"nik", "2026-12-24", "2026-12-25", "stand_in", "directory.leave.self"},
			{"", "2026-12-24", "2026-12-25", "stand_in", "directory.leave.choose"},
			{"vas", "2026-12-24", "2026-12-25", "stand_in", "directory.leave.agency"},
			{"nobody", "2026-12-24", "2026-12-25", "stand_in", "directory.leave.agency"},
			{"wan", "2027-03-05", "2027-03-06", "stand_in", "directory.leave.away"},
		} {
			l := nik
			l.ID, l.StandIn = "2", c.stand
			f, _ := fault.As(r.leave(l, c.from, c.to))
			if f == nil || len(f.Fields) != 1 || f.Fields[0].Location != c.field || f.Fields[0].Key != c.key {
				t.Errorf("%+v: %+v", c, f)
			}
		}
		if n := len(r.book.records); n != 2 {
			t.Errorf("%d leaves in the journal, 2 on record", n)
		}
	})
}

// A stand-in may act in the post on each day of the leave and on no other, and
// nobody but the stand-in and the holder ever may.
func TestLeaveDates(t *testing.T) {
	each(t, func(t *testing.T, r rig) {
		r.write(func(tx *db.Tx) error { return r.LoadTx(tx, away()) })
		n := 0
		rapid.Check(t, func(t *rapid.T) {
			n++
			id := fmt.Sprint(n)
			from := noon.AddDate(0, 0, rapid.IntRange(0, 300).Draw(t, "from"))
			to := from.AddDate(0, 0, rapid.IntRange(0, 30).Draw(t, "days"))
			if err := r.leave(Leave{ID: id, Person: "nik", Post: "reg-3", StandIn: "wan"}, clock.Day(from), clock.Day(to)); err != nil {
				t.Fatal(err)
			}
			when := noon.AddDate(0, 0, rapid.IntRange(-10, 340).Draw(t, "asked")).Add(time.Duration(rapid.IntRange(-12, 11).Draw(t, "hour")) * time.Hour)
			in := clock.Day(from) <= clock.Day(when) && clock.Day(when) <= clock.Day(to)
			err := r.db.Read(r.t.Context(), func(tx *db.Tx) error {
				info, there, err := r.InPost(tx, "wan", "reg-3", clock.Micro(when))
				if there != in || in && info.Title.EN != "Stand-in for Officer" {
					t.Fatalf("%s to %s, asked %s: %v %+v", clock.Day(from), clock.Day(to), when, there, info)
				}
				_, away, _ := r.Away(tx, "nik", "reg-3", clock.Micro(when))
				_, still, _ := r.InPost(tx, "nik", "reg-3", clock.Micro(when))
				_, other, _ := r.InPost(tx, "vas", "reg-3", clock.Micro(when))
				if away != in || !still || other {
					t.Fatalf("away %v, nik %v, vas %v", away, still, other)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			end := func() error {
				return r.db.Write(r.t.Context(), func(tx *db.Tx) error { return r.EndLeaveTx(tx, r.book, actor.Actor{Person: "nik"}, id) })
			}
			if err := end(); err != nil {
				t.Fatal(err)
			}
			if clock.Day(from) == clock.Day(noon) { // it ran until now, and is over
				r.clock.Set(noon.Add(time.Second))
			}
			if fault.CodeOf(end()) != fault.Conflict {
				t.Fatal("a leave ended twice")
			}
			r.clock.Set(noon)
			if err := r.db.Write(r.t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(`delete from directory_leave`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		})
	})
}

// Who holds no post any more stands in for nobody, however long the leave.
func TestStandInLeaves(t *testing.T) {
	each(t, func(t *testing.T, r rig) {
		r.write(func(tx *db.Tx) error { return r.LoadTx(tx, away()) })
		if err := r.leave(Leave{ID: "1", Person: "nik", Post: "reg-3", StandIn: "wan"}, clock.Day(noon), clock.Day(noon.AddDate(0, 1, 0))); err != nil {
			t.Fatal(err)
		}
		stands := func() (there bool) {
			if err := r.db.Read(t.Context(), func(tx *db.Tx) (err error) {
				_, there, err = r.InPost(tx, "wan", "reg-3", clock.Micro(noon))
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return there
		}
		if !stands() {
			t.Fatal("the stand-in is not in the post")
		}
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`update directory_holding set until_at = $1 where person = 'wan'`, clock.Micro(noon)-1)
			return err
		})
		if stands() {
			t.Error("who left the agency still acts in a post of it")
		}
	})
}
