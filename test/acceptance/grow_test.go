package acceptance

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"

	"balai/balaitest"
)

// at is the same person, with the same cookie, before another process.
func at(p *balaitest.Person, h *balaitest.Hall) *balaitest.Person {
	return &balaitest.Person{ID: p.ID, Hall: h, Cookie: p.Cookie}
}

// TestTwoProcessesAreOneHall: over one PostgreSQL, each with a data folder of its own and one of them killed in
// the end, sessions, submissions, officers' acts, files, releases, keys and the journal are one hall's.
func TestTwoProcessesAreOneHall(t *testing.T) {
	server := os.Getenv("BALAI_TEST_PG")
	if server == "" {
		t.Log("needs a PostgreSQL: BALAI_TEST_PG names one in `make test`")
		return
	}
	e := balaitest.Engine{Name: "postgres", DSN: balaitest.Database(t, server)}
	var a, b *balaitest.Hall
	var starts sync.WaitGroup // both at once: only one makes the country
	starts.Go(func() { a = balaitest.Start(t, "demo", e.Args()...) })
	starts.Go(func() { b = balaitest.Start(t, "demo", e.Args()...) })
	starts.Wait()
	if a == nil || b == nil {
		t.Fatal("one of two that started at once did not open")
	}
	if a.Demo.Journal != b.Demo.Journal || !bytes.Equal(a.Demo.CertificateKey, b.Demo.CertificateKey) {
		t.Fatalf("they sign with different keys: %+v, %+v", a.Demo.Journal, b.Demo.Journal)
	}
	if !reflect.DeepEqual(a.Demo.Persons, b.Demo.Persons) {
		t.Error("two countries")
	}

	mother := a.SignIn(t, "aisyah")
	examples := &thread{Hall: a, examples: a.Examples(t, birth)}
	x := examples.example(t, "aisyah")
	ref := fiftyAtBoth(t, mother, x, a, b)
	k := at(mother, b).Until(t, ref, "issued", "closed")
	var files [2][]byte
	for i, h := range []*balaitest.Hall{a, b} {
		files[i] = get(t, at(mother, h), 200, "/certificate/"+k.Certificate.Code+".pdf").Body
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the certificate's file is another at the other process")
	}

	// An officer at one process, the applicant at the other, each with the state of now.
	late := a.SignIn(t, "norazlina")
	r, ans, err := late.Apply(birth, "late", examples.example(t, "norazlina").Body())
	if err != nil || ans.Status != http.StatusCreated {
		t.Fatalf("late application: %d %v %s", ans.Status, err, ans.Body)
	}
	reg := b.SignIn(t, "off-jb-reg")
	c, _, err := at(late, b).Case(r.Ref)
	if err != nil {
		t.Fatal(err)
	}
	if got := reg.Act(t, r.Ref, "ask", c.Version, map[string]any{"question": "Mengapa lewat?", "due_in_days": 5}); got.Status >= 300 {
		t.Fatalf("ask: %d %s", got.Status, got.Body)
	}
	if got := at(reg, a).Act(t, r.Ref, "check", c.Version, map[string]any{"finding": "in_order", "note": "x"}); got.Status != http.StatusConflict {
		t.Errorf("a stale act at the other process: %d", got.Status)
	}
	if now, _, _ := late.Case(r.Ref); now.State != "waiting" {
		t.Errorf("asked at one process, the case is %s at the other", now.State)
	}

	released(t, e, a, b)
	t.Run("Once", func(t *testing.T) { onceWithAKill(t, e, b) })

	a.Kill()
	if now, got, err := at(late, b).Case(r.Ref); err != nil || got.Status != 200 || now.State != "waiting" {
		t.Errorf("after the kill: %d %v", got.Status, err)
	}
	var other balaitest.Example
	for _, one := range b.Examples(t, birth) {
		if one.Person != "" && one.Person != "aisyah" && (one.Expect.State == "issued" || one.Expect.State == "approved") {
			other = one
		}
	}
	last := b.SignIn(t, other.Person)
	r, ans, err = last.Apply(birth, "after", other.Body())
	if err != nil || ans.Status != http.StatusCreated {
		t.Fatalf("after the kill: %d %v %s", ans.Status, err, ans.Body)
	}
	last.Until(t, r.Ref, "issued", "closed")
	b.Stop()
	verify(t, e, b)
	d := e.Open(t, b)
	var n int
	if err := d.QueryRow("select count(*) from casework_case where applicant = 'aisyah' and kind = $1", birth).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d birth cases of one key: %v", n, err)
	}
}

// fiftyAtBoth sends one application fifty times, half to each process.
func fiftyAtBoth(t *testing.T, mother *balaitest.Person, x balaitest.Example, halls ...*balaitest.Hall) string {
	t.Helper()
	var mu sync.Mutex
	refs := map[string]int{}
	var callers sync.WaitGroup
	for i := range 50 {
		p := at(mother, halls[i%len(halls)])
		callers.Go(func() {
			for range 100 { // a twin in flight may be answered "busy"
				r, a, err := p.Apply(birth, "both", x.Body())
				if err == nil && a.Status == http.StatusServiceUnavailable {
					continue
				}
				if err != nil || a.Status != http.StatusCreated {
					t.Errorf("%v %d %s", err, a.Status, a.Body)
					return
				}
				mu.Lock()
				refs[r.Ref]++
				mu.Unlock()
				return
			}
			t.Error("busy a hundred times")
		})
	}
	callers.Wait()
	if len(refs) != 1 {
		t.Fatalf("one key, %d cases: %v", len(refs), refs)
	}
	for ref := range refs {
		return ref
	}
	return ""
}

// released puts a changed definition in force beside the two, and waits until both offer it.
func released(t *testing.T, e balaitest.Engine, halls ...*balaitest.Hall) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../catalogue")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "jkm", "child-aid", "service.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(text, "\n# one line more is another release\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	out, code := halls[0].Command(append([]string{"service", "release", dir, "jkm/child-aid", "--notes", "A test", "--answers", "Nobody", "--data", halls[0].Data}, e.Args()...)...)
	if code != 0 {
		t.Fatalf("release: %s", out)
	}
	for i, h := range halls {
		for end := time.Now().Add(30 * time.Second); ; {
			var s struct{ Release int64 }
			if err := get(t, h.Nobody(), 200, "/api/v1/services/jkm/child-aid").Into(&s); err != nil {
				t.Fatal(err)
			}
			if s.Release > 1 {
				break
			}
			if time.Now().After(end) {
				t.Errorf("process %d still offers release %d", i, s.Release)
				break
			}
			<-time.After(50 * time.Millisecond)
		}
	}
}
