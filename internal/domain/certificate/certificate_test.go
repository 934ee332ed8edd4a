package certificate_test

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/domain/certificate"
	"balai/internal/domain/certificate/seal"
	"balai/internal/spine/actor"
	"balai/internal/spine/blob"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
)

// A rig is the part on a database, with cases that only count.
type rig struct {
	*certificate.Certificates
	t       *testing.T
	db      *db.DB
	clock   *clock.Manual
	jobs    *outbox.Outbox
	blobs   blob.Store
	signer  *seal.Signer
	options certificate.Options
	leaves  []journal.Record
	mu      sync.Mutex
	ready   []string
	refuse  error // what the cases answer
}

// What counts is what was committed: an act may be run again before it is.
func (r *rig) Append(tx *db.Tx, rec journal.Record) (string, error) {
	tx.OnCommit(func() { r.leaves = append(r.leaves, rec) })
	return "leaf", nil
}

func (r *rig) Look(tx *db.Tx, a actor.Actor, ref string, subjects []string, why locale.Text, _ string) error {
	_, err := r.Append(tx, journal.Record{Kind: "look", By: journal.ByActor(a), Case: ref, Subjects: subjects, Why: why})
	return err
}

func (r *rig) Ready(tx *db.Tx, ref string) error {
	tx.OnCommit(func() { r.note(ref) })
	return r.refuse
}

func (r *rig) note(ref string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ready = append(r.ready, ref)
}

const base = "http://localhost:8080"

func newRig(t *testing.T, d *db.DB) *rig {
	t.Helper()
	r := &rig{t: t, db: d, clock: clock.NewManual(time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC))}
	ids := id.NewSource(r.clock, nil)
	r.jobs = outbox.New(d, r.clock, ids, nil)
	r.blobs = blob.Dir(t.TempDir())
	var err error
	if r.signer, err = seal.NewSigner("Balai Khidmat", r.clock.Now()); err != nil {
		t.Fatal(err)
	}
	r.options = certificate.Options{
		DB: d, Clock: r.clock, IDs: ids, Jobs: r.jobs, Blobs: r.blobs, Journal: r, Cases: r,
		Signer: r.signer, BaseURL: base, Site: locale.Same("Balai Khidmat"),
	}
	r.Certificates = certificate.New(r.options)
	return r
}

// specimen makes the part a demo country's.
func (r *rig) specimen() {
	r.options.Specimen = true
	r.jobs = outbox.New(r.db, r.clock, r.options.IDs, nil)
	r.options.Jobs = r.jobs
	r.Certificates = certificate.New(r.options)
}

func each(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newRig(t, d)) }, outbox.Migration(), certificate.Migration())
}

func birth(ref string) certificate.In {
	return certificate.In{
		Case: ref, Applicant: "aisyah", Subjects: []string{"aisyah", "child", "father"}, Type: "birth", Automatic: true,
		Title:  locale.Text{MS: "Sijil Kelahiran", EN: "Certificate of Birth"},
		Agency: "jpn", AgencyName: locale.Text{MS: "Jabatan Pendaftaran Negara", EN: "National Registration Department"},
		Number: "2026-0000001",
		Rows: []certificate.Row{
			{Label: locale.Text{MS: "Nama kanak-kanak", EN: "Name of child"}, Value: locale.Same("Nur Iman binti Ahmad Faizal"), Compare: true},
			{Label: locale.Text{MS: "No. kad pengenalan ibu", EN: "Mother's identity card number"}, Value: locale.Same("950412-00-5124"), Compare: true},
			{Label: locale.Text{MS: "Alamat", EN: "Address"}, Value: locale.Same("12 Jalan Merbau, 15000 Kota Bharu")},
		},
	}
}

func (r *rig) write(fn func(tx *db.Tx) error) error {
	r.t.Helper()
	return r.db.Write(context.Background(), fn)
}

func (r *rig) issue(in certificate.In) string {
	r.t.Helper()
	var code string
	if err := r.write(func(tx *db.Tx) (err error) { code, err = r.IssueTx(tx, journal.By{Agency: "jpn"}, in); return err }); err != nil {
		r.t.Fatal(err)
	}
	return code
}

func (r *rig) get(code string) certificate.Certificate {
	r.t.Helper()
	var c certificate.Certificate
	if err := r.db.Read(context.Background(), func(tx *db.Tx) (err error) { c, err = r.Get(tx, code); return err }); err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *rig) drain() {
	r.t.Helper()
	if err := r.jobs.Drain(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

func TestIssued(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		code := r.issue(birth("BLH-1"))
		if c := r.get(code); !id.ValidRef(code) || c.State != certificate.Issued || c.Ready() {
			t.Fatalf("%s: %+v", code, c)
		}
		if len(r.leaves) != 1 || !slices.Equal(r.leaves[0].Subjects, []string{"aisyah", "child", "father"}) {
			t.Fatalf("journal: %+v", r.leaves)
		}
		r.clock.Advance(time.Second)
		r.drain()
		c := r.get(code)
		if !c.Ready() || !slices.Equal(r.ready, []string{"BLH-1"}) {
			t.Fatalf("ready %v, cases told %v", c.Ready(), r.ready)
		}
		file, err := r.blobs.Get(context.Background(), c.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		found := seal.Verify(file, r.signer.Keys())
		var p certificate.Payload
		if err := json.Unmarshal(found.Payload, &p); err != nil || found.Verdict != seal.Sound {
			t.Fatalf("%v %v", found, err)
		}
		if p.Code != code || p.Rows[0].Value.MS != "Nur Iman binti Ahmad Faizal" {
			t.Fatalf("inside the file: %+v", p)
		}
	})
}

// What the yes rolls back, no certificate outlives.
func TestIssueRollsBackWithTheDecision(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		boom := fault.New(fault.Conflict, "boom")
		err := r.write(func(tx *db.Tx) error {
			if _, err := r.IssueTx(tx, journal.By{}, birth("BLH-1")); err != nil {
				return err
			}
			return boom
		})
		if fault.CodeOf(err) != fault.Conflict {
			t.Fatal(err)
		}
		r.drain()
		if len(r.ready) > 0 {
			t.Fatal("a file was made for a decision that never was")
		}
	})
}

// While the case cannot be moved there is no file either: both or neither.
func TestFileAndCaseTogether(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.refuse = fault.New(fault.Busy, "boom")
		code := r.issue(birth("BLH-1"))
		if err := r.jobs.Drain(context.Background()); fault.CodeOf(err) != fault.Busy {
			t.Fatal(err)
		}
		if r.get(code).Ready() {
			t.Fatal("the file is there and its case was not told")
		}
		r.refuse = nil
		r.clock.Advance(time.Hour)
		r.drain()
		if !r.get(code).Ready() {
			t.Fatal("the job was not tried again")
		}
	})
}

func TestRevokedAndReplaced(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		old := r.issue(birth("BLH-1"))
		r.drain()
		in := birth("BLH-1")
		in.Replaces = old
		r.clock.Advance(time.Hour)
		next := r.issue(in)
		if c := r.get(old); c.State != certificate.Replaced || c.ReplacedBy != next || c.EndedAt == 0 {
			t.Fatalf("old: %+v", c)
		}
		revoke := func(code string) error {
			return r.write(func(tx *db.Tx) error { return r.RevokeTx(tx, journal.By{}, code, "salah nama", "") })
		}
		if err := revoke(old); fault.CodeOf(err) != fault.Conflict {
			t.Fatalf("ended twice: %v", err)
		}
		if err := revoke("SAH-0000-0000-0000-0000-0"); fault.CodeOf(err) != fault.Missing {
			t.Fatalf("ended one that is not there: %v", err)
		}
		if err := revoke(next); err != nil {
			t.Fatal(err)
		}
		r.drain() // its file was still to be made
		if c := r.get(next); c.State != certificate.Revoked || c.Reason != "salah nama" {
			t.Fatalf("next: %+v", c)
		}
		if !slices.Equal(r.ready, []string{"BLH-1"}) {
			t.Fatalf("a revoked certificate moved its case: %v", r.ready)
		}
		kinds := []string{}
		for _, l := range r.leaves {
			kinds = append(kinds, l.Kind)
		}
		if want := []string{"certificate.issued", "certificate.replaced", "certificate.issued", "certificate.revoked"}; !slices.Equal(kinds, want) {
			t.Fatalf("journal %v", kinds)
		}
		err := r.db.Read(context.Background(), func(tx *db.Tx) error {
			all, err := r.ForCase(tx, "BLH-1")
			if err != nil || len(all) != 2 || all[0].Code != next {
				t.Errorf("of the case: %v %v", all, err)
			}
			if _, ok, err := r.Current(tx, "BLH-1"); ok || err != nil {
				t.Errorf("a certificate stands: %v %v", ok, err)
			}
			mine, err := r.Of(tx, "aisyah")
			if err != nil || len(mine) != 2 {
				t.Errorf("of the person: %v %v", mine, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestDefinitionsAreChecked(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for name, spoil := range map[string]func(*certificate.In){
			"no case": func(in *certificate.In) { in.Case = "" }, "no owner": func(in *certificate.In) { in.Applicant = "" },
			"half a title": func(in *certificate.In) { in.Title.EN = "" }, "no rows": func(in *certificate.In) { in.Rows = nil },
			"too many rows": func(in *certificate.In) { in.Rows = make([]certificate.Row, 99) },
		} {
			in := birth("BLH-1")
			spoil(&in)
			err := r.write(func(tx *db.Tx) error { _, err := r.IssueTx(tx, journal.By{}, in); return err })
			if err == nil {
				t.Errorf("%s: issued", name)
			}
		}
	})
}

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"950412-00-5124":               "••••••-••-5124",
		"950412005124":                 "••••••••5124",
		"A12345678":                    "•••••5678",
		"18 November 2026":             "18 November 2026",
		"2026-11-18":                   "2026-11-18",
		"Nur Iman, 950412-00-5124, BL": "Nur Iman, ••••••-••-5124, BL",
	} {
		if got := certificate.Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestComparedRows(t *testing.T) {
	p := certificate.Payload{Rows: birth("x").Rows}
	rows := p.Compared()
	if len(rows) != 2 || rows[1].Value.EN != "••••••-••-5124" {
		t.Fatalf("%+v", rows)
	}
	for i := range p.Rows {
		p.Rows[i].Compare = false
	}
	if rows := p.Compared(); len(rows) != 3 {
		t.Fatalf("none marked: %+v", rows)
	}
}

// The code in the QR leads to this hall and nowhere else.
func TestPaths(t *testing.T) {
	u, err := url.Parse(base + certificate.VerifyPath("SAH-1"))
	if err != nil || u.Path != "/verify/SAH-1" || !strings.HasSuffix(certificate.PDFPath("SAH-1"), ".pdf") {
		t.Fatal(u, err)
	}
}
