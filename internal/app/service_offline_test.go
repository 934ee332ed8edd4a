package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/protection"
	"balai/internal/domain/register"
	"balai/internal/domain/service"
	"balai/internal/domain/service/offline"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

const flood = "nadma/flood-relief"

// flooded declares a flood where everybody of the rig lives, adds the agency,
// and makes a pack.
func (r *rig) flooded() (*offline.Pack, []byte) {
	r.t.Helper()
	set := directory.Set{Agencies: []directory.Agency{{ID: "nadma", Name: locale.Same("Agensi nadma"), Level: "federal"}},
		Units: []directory.Unit{{ID: "nadma", Agency: "nadma", Name: locale.Same("Ibu pejabat nadma"), State: "MY-16"}}}
	for person, role := range map[string]string{"relief": "nadma/relief-officer", "relief2": "nadma/relief-officer", "do": "nadma/district-officer"} {
		set.Posts = append(set.Posts, directory.Post{ID: person + "-post", Unit: "nadma", Role: role, Title: locale.Text{MS: "Jawatan " + role, EN: "Post " + role}})
		set.People = append(set.People, directory.Person{ID: person, Name: person})
		set.Holdings = append(set.Holdings, directory.Holding{Post: person + "-post", Person: person, From: clock.Micro(morning.AddDate(-1, 0, 0))})
	}
	r.write(func(tx *db.Tx) error {
		if err := r.directory.LoadTx(tx, set); err != nil {
			return err
		}
		if _, err := tx.Exec(`update register_person set address = household`); err != nil { // each home its own
			return err
		}
		return r.register.LoadTx(tx, journal.By{Agency: "nadma"}, register.Population{AsOf: clock.Micro(morning.AddDate(0, 0, -2)),
			Books: []register.BookEntry{{Entry: "flood", Path: "disaster.area", Key: "15400", Number: "F-1", Values: map[string]any{"code": "KTN-26-01",
				"name": "Banjir Kota Bharu", "began_on": morning.AddDate(0, 0, -2).Format(time.DateOnly), "claim_until": "2026-12-30"}}}})
	})
	signer, vkey, err := journal.LoadKey(filepath.Join(r.t.TempDir(), "offline"), "test.example/offline")
	r.must(err)
	data, _, err := r.Hall.service.MakePack(context.Background(), flood, "nadma", signer, vkey)
	r.must(err)
	pack, err := offline.Open(data, vkey)
	r.must(err)
	return pack, data
}

// entries is a log of entries for these id numbers; the answers are enough.
func (r *rig) entries(p *offline.Pack, ids ...string) []byte {
	return r.entriesWithout(p, "", ids...)
}

// entriesWithout leaves out one answer of each.
func (r *rig) entriesWithout(p *offline.Pack, left string, ids ...string) []byte {
	r.t.Helper()
	var out bytes.Buffer
	prev, log := "", fmt.Sprintf("%08x", len(ids))
	for i, number := range ids {
		e := offline.Entry{Pack: p.Manifest.Pack, Log: log, N: i + 1, Number: offline.NumberOf(p.Manifest.Pack, log, i+1), Key: fmt.Sprintf("k-%s-%d", log, i),
			At: r.now.Now().Format(time.RFC3339), Officer: "Hasnah", Name: "Aisyah", IDNumber: number, Prev: prev,
			Values: map[string][]string{"effect": {"centre"}, "pay_to": {"held"}, "flooded_on-day": {"20"}, "flooded_on-month": {"11"}, "flooded_on-year": {"2026"}, "flooded_place": {"Lorong Sulit 3"}}}
		delete(e.Values, left)
		text, hash := e.Line()
		out.Write(text)
		prev = hash
	}
	out.Write(offline.Close{Log: log, Count: len(ids), Last: prev}.Line())
	return out.Bytes()
}

func (r *rig) reconciled(file []byte) service.OfflineReport {
	r.t.Helper()
	report, err := r.Hall.service.Reconcile(context.Background(), r.officer("relief"), bytes.NewReader(file))
	r.must(err)
	return report
}

func states(report service.OfflineReport) (out []string) {
	for _, row := range report.Rows {
		out = append(out, row.State)
	}
	return out
}

func (r *rig) floods() int {
	r.t.Helper()
	return r.count(`select count(*) from casework_case where kind=$1`, flood)
}

func TestReconcile(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p, _ := r.flooded()
		// m0, their husband, m1, m1 again, and nobody. m2 has applied elsewhere.
		_, err := r.apply("m2", flood, "online", map[string]any{"effect": "flooded", "pay_to": "held"})
		r.must(err)
		r.drain()
		file := r.entries(p, "940312-00-0000", "920817000001", "940312-00-0002", "940312-00-0002", "010101-00-9999", "920817-00-0005")
		report := r.reconciled(file)
		r.wants("states", states(report), []string{"made", "possible", "made", "duplicate", "not_found", "possible"})
		r.wants("done", report.Done(), false)
		r.wants("the other of the household", report.Rows[1].Other, report.Rows[0].Ref)
		r.wants("cases", r.floods(), 3)
		c := r.state(report.Rows[0].Ref, casework.Checking) // nobody confirmed what the state holds
		r.wants("whose", []string{c.Applicant, c.ActedBy}, []string{"m0", "relief"})

		// The same file again makes nothing.
		again := r.reconciled(file)
		r.wants("again", states(again), states(report))
		r.wants("same cases", again.Rows[0].Ref, report.Rows[0].Ref)
		r.wants("cases after", r.floods(), 3)
		r.wants("what was typed is kept only while it is needed", r.count(`select count(*) from service_offline where settled and content <> ''`), 0)

		// Never paid twice: not even where a case of each is decided.
		r.act(r.officer("relief2"), c.Ref, casework.Check, map[string]any{"finding": "in_order"})
		r.act(r.officer("do"), c.Ref, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Lengkap."})
		_, err = r.apply("f0", flood, "husband", map[string]any{"effect": "centre", "pay_to": "other", "bank_name": "Bank Contoh", "account_number": "1234567"})
		r.code(err, fault.Conflict)
	})
}

// TestReconcileKilled: a run that stops between two entries is run again.
func TestReconcileKilled(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p, _ := r.flooded()
		file := r.entries(p, "940312-00-0000", "940312-00-0002", "940312-00-0004")
		killed, cancel := context.WithCancelCause(context.Background())
		reads := &stops{Reader: bytes.NewReader(file), after: func() { cancel(errors.New("killed")) }}
		_, err := r.Hall.service.Reconcile(killed, r.officer("relief"), reads)
		if err == nil {
			t.Fatal("the first run was not stopped")
		}
		before := r.floods()
		report := r.reconciled(file)
		r.wants("states", states(report), []string{"made", "made", "made"})
		r.wants("cases", r.floods(), 3)
		if before == 3 {
			t.Error("the run was stopped too late to show anything")
		}
		// And 20 runs at once.
		errs := make(chan error)
		for range 20 {
			go func() {
				_, err := r.Hall.service.Reconcile(context.Background(), r.officer("relief"), bytes.NewReader(r.entries(p, "940312-00-0000", "940312-00-0002", "940312-00-0004", "940312-00-0006")))
				errs <- err
			}()
		}
		for range 20 {
			r.must(<-errs)
		}
		r.wants("cases after all", r.floods(), 4)
	})
}

// stops calls after once all of it was read.
type stops struct {
	*bytes.Reader
	after func()
}

func (s *stops) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	if s.Len() == 0 {
		s.after()
	}
	return n, err
}

func TestReconcileCut(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p, _ := r.flooded()
		file := r.entries(p, "940312-00-0000", "940312-00-0002", "940312-00-0004")
		lines := bytes.SplitAfter(file, []byte("\n"))
		half := bytes.Join([][]byte{lines[0], lines[1][:len(lines[1])/2]}, nil)
		report := r.reconciled(half)
		r.wants("half", []any{states(report), report.Damaged, len(report.Open)}, []any{[]string{"made"}, []int{2}, 1})
		// The end without the middle says what is missing; the whole makes the rest.
		report = r.reconciled(bytes.Join([][]byte{lines[0], lines[2], lines[3]}, nil))
		r.wants("a hole", []any{states(report), len(report.Missing), strings.HasSuffix(report.Missing[0], "-002")}, []any{[]string{"made", "made"}, 1, true})
		report = r.reconciled(file)
		r.wants("whole", []any{states(report), report.Done()}, []any{[]string{"made", "made", "made"}, true})
		r.wants("cases", r.floods(), 3)
		// What was changed by hand is not believed; a pack of elsewhere neither.
		forged := bytes.Replace(file, []byte("940312-00-0002"), []byte("940312-00-0008"), 1)
		report = r.reconciled(forged)
		r.wants("forged", report.Damaged, []int{2})
		_, err := r.Hall.service.Reconcile(context.Background(), r.officer("relief"), bytes.NewReader(bytes.ReplaceAll(file, []byte(p.Manifest.Pack), []byte("PKT-00000000"))))
		r.code(err, fault.Invalid) // every line was changed
		// Nor does an entry of a pack that this hall did not make stop those behind it.
		other := *p
		other.Manifest.Pack = "PKT-00000000"
		report = r.reconciled(append(r.entries(&other, "940312-00-0000"), r.entries(p, "940312-00-0000", "940312-00-0002", "940312-00-0004", "940312-00-0006")...))
		r.wants("behind a strange pack", states(report), []string{"refused", "duplicate", "duplicate", "duplicate", "made"})
	})
}

// TestReconcileLate: the claim counts from when it was filled in, a wrong clock
// is bounded, and the pack's own release is used whatever is in force now.
func TestReconcileLate(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p, _ := r.flooded()
		file := r.entries(p, "940312-00-0000")
		r.now.Advance(40 * 24 * time.Hour)
		_, err := r.Hall.service.Publish(context.Background(), edited(t, "nadma/flood-relief/service.yaml", "claim_days: 30", "claim_days: 31"), flood, "n", "a", r.officer("do"))
		r.must(err)
		report := r.reconciled(file)
		r.wants("states", states(report), []string{"made"})
		var release, verdict string
		r.read(func(tx *db.Tx) error {
			return tx.QueryRow(`select cast(number as text), verdict from service_application where ref=$1`, report.Rows[0].Ref).Scan(&release, &verdict)
		})
		r.wants("release and verdict", []string{release, verdict}, []string{"1", "eligible"})
		r.now.Advance(-400 * 24 * time.Hour)
		early := r.entries(p, "940312-00-0002", "940312-00-0004")
		r.now.Advance(400 * 24 * time.Hour)
		report = r.reconciled(early)
		r.wants("clock", report.Rows[0].Clock, true)
	})
}

// TestOpenEntriesAreSettled: what could not be read in waits at its agency; an
// officer sees both sides and settles each, once, and it is on record.
func TestOpenEntriesAreSettled(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p, _ := r.flooded()
		r.write(func(tx *db.Tx) error { // they share a household in the register, and live apart
			_, err := tx.Exec(`update register_person set address='Bilik sewa 2' where id='m0'`)
			return err
		})
		first, err := r.apply("f0", flood, "online", map[string]any{"effect": "centre", "pay_to": "other", "bank_name": "Bank Contoh", "account_number": "1234567"})
		r.must(err)
		report := r.reconciled(r.entries(p, "940312-00-0000", "940312-00-0002", "920817-00-0003", "010101-00-9999"))
		r.wants("states", states(report), []string{"possible", "made", "possible", "not_found"})
		at := func(i int) string { return "/offline/" + p.Manifest.Pack + "/k-00000004-" + itoa(i) }
		drop := url.Values{"how": {"drop"}, "reason": {"Nombor salah."}}
		for _, who := range []string{"salmah/post", kaunter} { // another agency
			r.gets(404, who, "GET", at(0), nil)
			r.gets(404, who, "POST", at(0), drop)
		}
		r.gets(403, "m0", "GET", "/offline", nil)
		if list := r.gets(200, kaunter, "GET", "/offline", nil).body; strings.Contains(list, p.Manifest.Pack) {
			t.Error("another agency's list names the pack")
		}
		list := r.gets(200, "relief/post", "GET", "/offline", nil).body
		r.wants("waiting", strings.Count(list, `class="govuk-link b-row__title"`), 3)
		page := r.gets(200, "relief/post", "GET", at(0), nil).body
		for _, want := range []string{"940312-00-0000", first.Ref, "Mohd Hafiz bin Abdullah Aa", `value="join"`} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		if !strings.Contains(page, "Lorong Sulit 3") {
			t.Fatal("the page shows no place at all: what follows would prove nothing")
		}
		order, err := r.protection.Make(t.Context(), r.officer("shield"), protection.Ordering{Number: number(0), Kind: protection.Violence,
			Court: "EPO 12/2026", Reason: "Perintah perlindungan interim mahkamah.", Against: []string{"920817-00-0013"}})
		r.must(err)
		if hidden := r.gets(200, "relief/post", "GET", at(0), nil).body; strings.Contains(hidden, "Lorong Sulit 3") || !strings.Contains(hidden, "Protected") {
			t.Error("the page tells where a protected person was")
		}
		r.seat("f6", "nadma", "nadma/district-officer") // whom the order names
		r.gets(403, "f6/post", "GET", at(0), nil)
		r.gets(403, "f6/post", "POST", at(0), drop)
		r.must(r.protection.Lift(t.Context(), r.officer("shield"), order.ID, "Perintah dibatalkan oleh mahkamah."))
		for _, who := range []string{"m0", "f0"} {
			if looks := r.gets(200, who, "GET", "/me/looks", nil).body; !strings.Contains(looks, "Compared a form") {
				t.Errorf("%s cannot read that the two were compared", who)
			}
		}
		r.gets(422, "relief/post", "POST", at(0), url.Values{"how": {"make"}}) // no reason
		r.gets(409, "relief/post", "POST", at(3), url.Values{"how": {"make"}, "reason": {"Cuba."}})
		r.gets(409, "relief/post", "POST", at(3), url.Values{"how": {"join"}})
		r.wants("nothing was settled", r.count(`select count(*) from service_offline where settled`), 1)

		r.gets(303, "relief/post", "POST", at(0), url.Values{"how": {"make"}, "reason": {"Bilik sewa berasingan."}})
		r.gets(409, "relief/post", "POST", at(0), drop) // once
		r.wants("made", r.count(`select count(*) from casework_case where kind=$1 and applicant='m0' and acted_by='relief'`, flood), 1)
		r.gets(303, "relief/post", "POST", at(2), url.Values{"how": {"join"}})
		r.gets(303, "relief/post", "POST", at(3), drop)
		r.drain()
		r.wants("cases", r.floods(), 3)
		r.wants("leaves", r.leaves("offline.resolved"), 3)
		r.wants("told", r.inbox("f1"), []string{"offline.join"})
		r.wants("what was typed is gone", r.count(`select count(*) from service_offline where content <> ''`), 0)
		r.wants("left", strings.Contains(r.gets(200, "relief/post", "GET", "/offline", nil).body, "No form waits"), true)
	})
}

// TestRefusedEntryKeepsItsPerson: an entry that made no case is about somebody
// all the same: their place is hidden, who is close to them does not open it,
// and they read of each look.
func TestRefusedEntryKeepsItsPerson(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p, _ := r.flooded()
		report := r.reconciled(r.entriesWithout(p, "effect", number(0)))
		r.wants("states", states(report), []string{"lacking"})
		at := "/offline/" + p.Manifest.Pack + "/k-00000001-0"
		if !strings.Contains(r.gets(200, "relief/post", "GET", at, nil).body, "Lorong Sulit 3") {
			t.Fatal("the page shows no place at all: what follows would prove nothing")
		}
		if looks := r.gets(200, "m0", "GET", "/me/looks", nil).body; !strings.Contains(looks, "Compared a form") {
			t.Error("she cannot read that it was looked at")
		}
		_, err := r.protection.Make(t.Context(), r.officer("shield"), protection.Ordering{Number: number(0), Kind: protection.Violence,
			Court: "EPO 12/2026", Reason: "Perintah perlindungan interim mahkamah.", Against: []string{"920817-00-0013"}})
		r.must(err)
		if page := r.gets(200, "relief/post", "GET", at, nil).body; strings.Contains(page, "Lorong Sulit 3") || !strings.Contains(page, "Protected") {
			t.Error("the page tells where a protected person was")
		}
		r.seat("f6", "nadma", "nadma/district-officer") // whom the order names
		r.seat("f0", "nadma", "nadma/relief-officer")   // her husband
		for _, who := range []string{"f6/post", "f0/post"} {
			r.gets(403, who, "GET", at, nil)
		}
		r.gets(303, "relief/post", "POST", at, url.Values{"how": {"drop"}, "reason": {"Borang tidak lengkap."}})
		r.drain()
		r.wants("told", r.inbox("m0"), []string{"offline.drop"})
	})
}

// TestOtherCaseIsNotForEveryPost: a counter officer compares no
// case that they could not open.
func TestOtherCaseIsNotForEveryPost(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p, _ := r.flooded()
		_, err := r.apply("f0", flood, "online", map[string]any{"effect": "centre", "pay_to": "other", "bank_name": "Bank Contoh", "account_number": "1234567"})
		r.must(err)
		r.wants("states", states(r.reconciled(r.entries(p, number(0)))), []string{"possible"})
		at := "/offline/" + p.Manifest.Pack + "/k-00000001-0"
		r.seat("f5", "nadma", "nadma/counter-officer")
		if page := r.gets(200, "relief/post", "GET", at, nil).body; !strings.Contains(page, "1234567") {
			t.Fatal("nobody sees the other account: what follows would prove nothing")
		}
		if page := r.gets(200, "f5/post", "GET", at, nil).body; strings.Contains(page, "1234567") || !strings.Contains(page, "Received") {
			t.Error("a counter reads a case that it may not open")
		}
	})
}
