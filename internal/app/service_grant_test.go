package app

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/register"
	"balai/internal/domain/service"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

const (
	place     = "kpm/year-one-place"
	schoolAid = "kpm/early-schooling-aid"
)

// schooled adds the ministry of education and a child of m0 and f0 who enters
// Year One, with a school near.
func (r *rig) schooled() {
	r.t.Helper()
	set := directory.Set{Agencies: []directory.Agency{{ID: "kpm", Name: locale.Same("Agensi kpm"), Level: "federal"}},
		Units: []directory.Unit{{ID: "kpm", Agency: "kpm", Name: locale.Same("Ibu pejabat kpm"), State: "MY-16"}}}
	for person, role := range map[string]string{"placer": "kpm/placement-officer", "district": "kpm/district-education-officer", "district2": "kpm/district-education-officer"} {
		set.Posts = append(set.Posts, directory.Post{ID: person + "-post", Unit: "kpm", Role: role, Title: locale.Text{MS: "Jawatan " + role, EN: "Post " + role}})
		set.People = append(set.People, directory.Person{ID: person, Name: person})
		set.Holdings = append(set.Holdings, directory.Holding{Post: person + "-post", Person: person, From: clock.Micro(morning.AddDate(-1, 0, 0))})
	}
	child := register.Person{ID: "iris", IDNumber: "200520-03-0532", Name: "Nur Iris", Sex: "female", BornOn: morning.AddDate(-6, -6, 0).Format(time.DateOnly),
		Citizenship: register.Citizen, Mother: "m0", Father: "f0", Household: "home0"}
	r.write(func(tx *db.Tx) error {
		if err := r.directory.LoadTx(tx, set); err != nil {
			return err
		}
		return r.register.LoadTx(tx, journal.By{Agency: "kpm"}, register.Population{AsOf: clock.Micro(morning.AddDate(0, -1, 0)),
			People: []register.Person{child}, Books: []register.BookEntry{{Entry: "near", Path: "education.catchment", Key: "15400", Number: "S-1",
				Values: map[string]any{"code": "DBA1", "name": "SK Contoh", "places": int64(9)}}}})
	})
}

// placed registers iris for Year One; what follows from it is done too.
func (r *rig) placed() service.Receipt {
	r.t.Helper()
	rec, err := r.apply("m0", place, "place"+r.ids.New(), map[string]any{"school_choice": "nearest", "support": false})
	r.must(err)
	r.drain()
	r.state(rec.Ref, casework.Issued)
	return rec
}

// given is the reference of the newest grant, "" where there is none.
func (r *rig) given() (ref string) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		return tx.QueryRow(`select coalesce(max(ref), '') from service_grant`).Scan(&ref)
	})
	return ref
}

func TestGivenWithoutApplication(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.schooled()
		r.placed()
		ref := r.given()
		c := r.state(ref, casework.Issued)
		r.wants("whose", c.Applicant, "m0")
		r.wants("acts", r.kinds(ref), []string{"receive", "decide", "issue"})
		r.wants("entry", r.facts("iris", "education.early_aid")["early_aid.amount_cents"], 15000)
		r.wants("told", r.inbox("m0"), []string{"issue", "issue", "receive", "unasked"})
		r.wants("offers", r.count(`select count(*) from service_offer`), 0)
		page := r.gets(200, "m0", "GET", "/case/"+ref, nil)
		for _, want := range []string{"RM150", "7 December 2026", "/decline"} {
			if !strings.Contains(page.body, want) {
				t.Errorf("the page of the grant lacks %q", want)
			}
		}
		// Whatever runs once more, it is given once.
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`update outbox_job set state='available', attempt=0 where state='completed' and event='service.granted'`)
			return err
		})
		r.drain()
		r.wants("aids", r.count(`select count(*) from register_book where path='education.early_aid'`), 1)
		r.wants("cases", r.count(`select count(*) from casework_case where kind=$1`, schoolAid), 1)
	})
}

func TestDeclined(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.schooled()
		r.placed()
		ref := r.given()
		r.code(r.Hall.service.Decline(context.Background(), citizen("m1"), ref, r.get(ref).Version), fault.Denied)
		r.gets(404, "m1", "GET", "/case/"+ref+"/decline", nil)
		r.gets(200, "m0", "GET", "/case/"+ref+"/decline", nil)
		r.gets(303, "m0", "POST", "/case/"+ref+"/decline", url.Values{"version": {itoa(r.get(ref).Version)}})
		r.drain()
		r.wants("state", r.get(ref).State, casework.Withdrawn)
		r.wants("entry", r.facts("iris", "education.early_aid")["early_aid.amount_cents"], nil)
		r.wants("paper", r.paper(ref).State, "revoked")

		// Undone until the day, with a case of its own; and not twice.
		r.gets(404, "m1", "POST", "/case/"+ref+"/decline", url.Values{"undo": {"1"}})
		r.gets(303, "m0", "POST", "/case/"+ref+"/decline", url.Values{"undo": {"1"}})
		r.drain()
		again := r.given()
		r.state(again, casework.Issued)
		r.wants("entry again", r.facts("iris", "education.early_aid")["early_aid.amount_cents"], 15000)
		_, err := r.Hall.service.TakeAfterAll(context.Background(), citizen("m0"), again)
		r.code(err, fault.Conflict)

		// The time to decline ends with the day.
		r.now.Advance(15 * 24 * time.Hour)
		r.code(r.Hall.service.Decline(context.Background(), citizen("m0"), again, r.get(again).Version), fault.Conflict)
		r.state(again, casework.Issued)
	})
}

func TestGrantFallsWithWhatItStoodOn(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.schooled()
		rec := r.placed()
		ref := r.given()
		r.act(r.officer("district"), rec.Ref, casework.Revoke, map[string]any{"reason": "Tersilap sekolah."})
		r.drain()
		c := r.state(ref, casework.Issued) // not silently ended
		r.wants("audit", c.Audit, casework.AuditOpen)
		r.wants("last act", r.kinds(ref)[3], casework.Told)
		r.wants("told once", r.inbox("m0"), []string{"ended", "issue", "issue", "receive", "revoke", "unasked"})
		r.act(r.officer("placer"), ref, casework.AuditFind, map[string]any{"finding": "wrong", "note": "Tiada tempat."})
		r.act(r.officer("district"), ref, casework.Revoke, map[string]any{"reason": "Tiada tempat."})
		r.wants("entry", r.facts("iris", "education.early_aid")["early_aid.amount_cents"], nil)
	})
}

// TestSweepGivesOnce: what no act opened is found by the daily sweep, in steps,
// and once.
func TestSweepGivesOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.schooled()
		r.write(func(tx *db.Tx) error {
			return r.register.LoadTx(tx, journal.By{Agency: "kpm"}, register.Population{AsOf: clock.Micro(morning.AddDate(0, -1, 0)),
				Books: []register.BookEntry{{Entry: "seat", Path: "education.school_place", Key: "iris", Number: "T-1",
					Values: map[string]any{"pupil": "200520-03-0532", "school": "SK Contoh", "year": int64(2027)}}}})
		})
		for range 3 { // the second is the same day's; the third the next day's
			r.must(r.Hall.service.SweepUnasked(context.Background()))
			r.drain()
			r.wants("aids", r.count(`select count(*) from register_book where path='education.early_aid'`), 1)
			r.wants("notices", r.inbox("m0"), []string{"issue", "unasked"})
			r.now.Advance(24 * time.Hour)
		}
		ref := r.given()
		r.act(citizen("m0"), ref, casework.Decline, nil)
		r.must(r.Hall.service.SweepUnasked(context.Background()))
		r.wants("declined stays declined", r.count(`select count(*) from register_book where path='education.early_aid' and status='valid'`), 0)
	})
}
