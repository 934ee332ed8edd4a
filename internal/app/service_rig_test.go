package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/domain/register"
	"balai/internal/domain/service"
	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

const (
	birth = "jpn/birth-registration"
	aid   = "jkm/child-aid"
)

// A rig is the whole hall over a small country of its own, at a time of its
// own, with nothing running in the background: jobs run when drain says so.
type rig struct {
	*Hall
	t    *testing.T
	now  *clock.Manual
	jars map[string]string // session tokens by person and post
}

// morning is a working day everywhere.
var morning = time.Date(2026, 11, 23, 9, 0, 0, 0, clock.Zone)

// seeded is a stream that is the same in every run, so that what chance
// decides, such as the sampled audit, is decided the same way.
type seeded struct {
	mu  sync.Mutex
	rng *rand.ChaCha8
}

func (s *seeded) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rng.Read(p)
}

func each(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newRig(t, d)) }, migrations()...)
}

func newRig(t *testing.T, d *db.DB) *rig {
	t.Helper()
	return newRigOf(t, d, func(h *Hall, tx *db.Tx) error {
		if err := h.directory.LoadTx(tx, offices()); err != nil {
			return err
		}
		return h.register.LoadTx(tx, journal.By{Agency: "jpn"}, families())
	})
}

// newRigOf is a rig over the country that load writes.
func newRigOf(t *testing.T, d *db.DB, load func(h *Hall, tx *db.Tx) error) *rig {
	t.Helper()
	now := clock.NewManual(morning)
	dir := t.TempDir()
	h := &Hall{cfg: Config{values: map[string]string{"data": dir, "payment-two-persons": "1000.00", "base-url": "http://localhost:8080", "origin": "test.example/journal",
		"site-name-ms": "Balai Khidmat", "site-name-en": "Balai Khidmat", "smtp-from": "balai@contoh.example"}},
		log: slog.New(slog.DiscardHandler), clock: now, ids: id.NewSource(now, &seeded{rng: rand.NewChaCha8([32]byte{1})}), db: d}
	r := &rig{Hall: h, t: t, now: now, jars: map[string]string{}}
	var err error
	h.base, err = url.Parse(h.cfg.Get("base-url"))
	r.must(err)
	r.must(os.MkdirAll(filepath.Join(dir, "key"), 0o700))
	h.texts, err = loadTexts()
	r.must(err)
	h.policies, err = loadPolicies()
	r.must(err)
	r.must(h.spine(context.Background()))
	r.must(h.parts(context.Background()))
	h.service.Assurance = assurance{} // the rig's families have not been enrolled; TestAssurance asks for it
	r.must(h.open())
	r.write(func(tx *db.Tx) error { return load(h, tx) })
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// --- the country

// offices are the bodies with one office each in Kelantan, and who sits there.
func offices() directory.Set {
	var s directory.Set
	seat := func(person, unit, agency, role, state string) {
		s.Posts = append(s.Posts, directory.Post{ID: person + "-post", Unit: unit, Role: role, Title: locale.Text{MS: "Jawatan " + role, EN: "Post " + role}})
		s.People = append(s.People, directory.Person{ID: person, Name: person})
		s.Holdings = append(s.Holdings, directory.Holding{Post: person + "-post", Person: person, From: clock.Micro(morning.AddDate(-1, 0, 0))})
	}
	for _, a := range []string{"jpn", "jkm", "kkm", "anm", "balai"} {
		s.Agencies = append(s.Agencies, directory.Agency{ID: a, Name: locale.Same("Agensi " + a), Level: "federal"})
		s.Units = append(s.Units, directory.Unit{ID: a, Agency: a, Name: locale.Same("Ibu pejabat " + a), State: "MY-16"})
	}
	s.Units = append(s.Units, directory.Unit{ID: "jpn-03", Agency: "jpn", Name: locale.Same("JPN Kelantan"), State: "MY-03"})
	seat("salmah", "jpn-03", "jpn", "jpn/registration-officer", "MY-03")
	seat("rahman", "jpn-03", "jpn", "jpn/assistant-registrar", "MY-03")
	seat("hamid", "jpn-03", "jpn", "jpn/assistant-registrar", "MY-03")
	seat("ruhana", "jpn", "jpn", "jpn/appeal-officer", "MY-16")
	seat("records", "jpn", "jpn", "jpn/records-officer", "MY-16")
	seat("means", "jkm", "jkm", "jkm/records-officer", "MY-16")
	seat("shield", "jkm", "jkm", "jkm/protection-officer", "MY-16")
	seat("payees", "anm", "anm", "anm/records-officer", "MY-16")
	seat("ward", "kkm", "kkm", "kkm/records-officer", "MY-16")
	seat("mailroom", "balai", "balai", "balai/mail-room", "MY-16")
	seat("desk0", "balai", "balai", "balai/service-team", "MY-16")
	seat("kaunter", "jpn-03", "jpn", "jpn/counter-officer", "MY-03")
	s.Agencies = append(s.Agencies, directory.Agency{ID: "nadi", Name: locale.Same("NADI Kangar"), Level: directory.Organisation})
	s.Units = append(s.Units, directory.Unit{ID: "nadi", Agency: "nadi", Name: locale.Same("NADI Kangar"), State: "MY-09"})
	seat("aini", "nadi", "nadi", "nadi/helper", "MY-09")
	seat("dad-officer", "jpn-03", "jpn", "jpn/registration-officer", "MY-03")
	return s
}

const mothers = 60

// families are sixty couples in Kota Bharu, each with a birth five days ago,
// but for: m1 whose birth was 75 days ago; m2 whose name the hospital spelled
// otherwise; m3 who has no notice.
func families() register.Population {
	p := register.Population{AsOf: clock.Micro(morning.AddDate(-1, 0, 0))}
	person := func(id, number, name, sex, home string) register.Person {
		return register.Person{ID: id, IDNumber: number, Name: name, Sex: sex, BornOn: "1994-03-12", Citizenship: register.Citizen,
			Address: "No. 1, Jalan Melur", Postcode: "15400", City: "Kota Bharu", State: "MY-03", Household: home, Mail: id + "@contoh.example"}
	}
	for i := range mothers {
		m, f, home := fmt.Sprintf("m%d", i), fmt.Sprintf("f%d", i), fmt.Sprintf("home%d", i)
		mn, fn := fmt.Sprintf("940312-00-%04d", 2*i), fmt.Sprintf("920817-00-%04d", 2*i+1)
		name := fmt.Sprintf("Aisyah binti Ramli %s", letters(i))
		p.People = append(p.People, person(m, mn, name, "female", home), person(f, fn, "Mohd Hafiz bin Abdullah "+letters(i), "male", home))
		p.Marriages = append(p.Marriages, register.Marriage{ID: "wed" + m, Number: "KD-" + m, Husband: f, Wife: m, MarriedOn: "2019-11-22"})
		p.Households = append(p.Households, register.Household{ID: home, Income: 200000, Members: 2, AsOf: "2026-01-01"})
		p.Payees = append(p.Payees, register.Payee{Person: m, Bank: "Bank Contoh", Account: "7100004482"})
		if i == 3 {
			continue
		}
		days, spelled := -5, name
		if i == 1 {
			days = -75
		}
		if i == 2 {
			spelled = "Aishah bt Ramli"
		}
		p.Notices = append(p.Notices, register.Notice{Number: "HN-" + m, Mother: m, MotherName: spelled, MotherIDNumber: mn,
			BornOn: morning.AddDate(0, 0, days).Format(time.DateOnly), BornAt: "06:42", Sex: "female", WeightG: 3120,
			Hospital: "Hospital Raja Perempuan Zainab II", State: "MY-03", Plurality: 1, Order: 1})
	}
	return p
}

// letters name a number, since names hold no digits.
func letters(i int) string { return string(rune('A'+i/26)) + string(rune('a'+i%26)) }

func citizen(person string) actor.Actor { return actor.Actor{Person: person, Name: person} }

// officer is a person in their post, as a session would resolve it.
func (r *rig) officer(person string) (a actor.Actor) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		p, ok, err := r.directory.InPost(tx, person, person+"-post", clock.Micro(r.now.Now()))
		if !ok && err == nil {
			err = fmt.Errorf("%s holds no post", person)
		}
		a = actor.Actor{Person: person, Name: person, Post: p.Post, Role: p.Role, Agency: p.Agency, Unit: p.Unit, State: p.State, Title: p.Title}
		return err
	})
	return a
}

// --- doing

func (r *rig) write(fn func(tx *db.Tx) error) {
	r.t.Helper()
	r.must(r.db.Write(context.Background(), fn))
}

// breakStore makes the store of files fail until what it gives is called.
func (r *rig) breakStore() (mend func()) {
	r.t.Helper()
	if r.db.Engine() != "postgres" {
		store := filepath.Join(r.cfg.Get("data"), "blob")
		r.must(os.WriteFile(store, []byte("no folder"), 0o600))
		return func() { r.must(os.Remove(store)) }
	}
	rename := func(from, to string) {
		r.write(func(tx *db.Tx) error { _, err := tx.Exec("alter table " + from + " rename to " + to); return err })
	}
	rename("blob_object", "blob_gone")
	return func() { rename("blob_gone", "blob_object") }
}

func (r *rig) read(fn func(tx *db.Tx) error) {
	r.t.Helper()
	r.must(r.db.Read(context.Background(), fn))
}

func (r *rig) drain() {
	r.t.Helper()
	r.must(r.outbox.Drain(context.Background()))
}

func (r *rig) code(err error, want fault.Code) *fault.Error {
	r.t.Helper()
	if got := fault.CodeOf(err); got != want {
		r.t.Fatalf("%q, want %q: %v", got, want, err)
	}
	e, _ := fault.As(err)
	return e
}

// apply sends a program's application in which every fact is confirmed.
func (r *rig) apply(person, service, key string, answers map[string]any) (service.Receipt, error) {
	return r.Hall.service.Submit(context.Background(), r.submission(person, service, key, answers))
}

func (r *rig) submission(person, of, key string, answers map[string]any) service.Submission {
	rel, err := r.Hall.service.Current(of)
	r.must(err)
	return service.Submission{By: citizen(person), Service: of, Key: key, Answers: answers, Accepted: rel.Def.FactFields()}
}

// born sends the registration of person's newborn.
func (r *rig) born(person string) service.Receipt {
	r.t.Helper()
	rec, err := r.apply(person, birth, "born-"+person+r.ids.New(), map[string]any{"child_name": "Nur Imani", "late_reason": "Ibu sakit."})
	r.must(err)
	return rec
}

func (r *rig) get(ref string) (c casework.Case) {
	r.t.Helper()
	r.read(func(tx *db.Tx) (err error) { c, err = r.cases.Get(tx, ref); return err })
	return c
}

func (r *rig) try(by actor.Actor, ref, kind string, data map[string]any) (casework.Case, error) {
	r.t.Helper()
	return r.Hall.service.Act(context.Background(), by, ref, kind, r.get(ref).Version, data)
}

func (r *rig) act(by actor.Actor, ref, kind string, data map[string]any) casework.Case {
	r.t.Helper()
	c, err := r.try(by, ref, kind, data)
	r.must(err)
	return c
}

func (r *rig) state(ref string, want casework.State) casework.Case {
	r.t.Helper()
	c := r.get(ref)
	if c.State != want {
		r.t.Fatalf("%s is %s, want %s", ref, c.State, want)
	}
	return c
}

func (r *rig) facts(person string, from ...string) map[string]any {
	r.t.Helper()
	out := map[string]any{}
	r.read(func(tx *db.Tx) error {
		held, err := r.register.Facts(tx, person, from)
		for k, v := range held {
			out[k] = v.V
		}
		return err
	})
	return out
}

func (r *rig) inbox(person string) (keys []string) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		items, err := r.notify.Inbox(tx, person, 200)
		for _, i := range items {
			for _, l := range []locale.Lang{locale.Malay, locale.English} {
				for _, s := range []string{i.Subject(r.texts.For(l)), i.Body(r.texts.For(l))} {
					if strings.ContainsAny(s, "⟦{") {
						r.t.Errorf("%s says %q", i.Key, s)
					}
				}
			}
			keys = append(keys, strings.TrimPrefix(i.Key, "service.notice."))
		}
		return err
	})
	slices.Sort(keys)
	return keys
}

func (r *rig) count(query string, args ...any) (n int) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error { return tx.QueryRow(query, args...).Scan(&n) })
	return n
}

func (r *rig) wants(what string, got, want any) {
	r.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		r.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// --- over HTTP

// as signs a person in, in their post where they hold one, and returns the
// cookie's value.
func (r *rig) as(person, post string) string {
	r.t.Helper()
	key := person + "/" + post
	if r.jars[key] == "" {
		r.write(func(tx *db.Tx) (err error) {
			r.jars[key], err = r.sessions.StartTx(tx, actor.Start{Person: person, Name: person, Post: post, Method: "test", AAL: 2})
			return err
		})
	}
	return r.jars[key]
}

// reply is what the hall answered.
type reply struct {
	*http.Response
	body string
}

// ask sends a request; who is "person" or "person/post", body a form
// (url.Values), anything else JSON.
func (r *rig) ask(who, method, path string, body any, headers ...string) reply {
	r.t.Helper()
	var in io.Reader
	kind := ""
	switch b := body.(type) {
	case nil:
	case url.Values:
		in, kind = strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	case *post:
		in, kind = b.body()
	case string:
		in, kind = strings.NewReader(b), "application/json"
	default:
		data, err := json.Marshal(b)
		r.must(err)
		in, kind = bytes.NewReader(data), "application/json"
	}
	req := httptest.NewRequest(method, "http://localhost:8080"+path, in)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("Accept-Language", "en")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	if who != "" {
		person, post, _ := strings.Cut(who, "/")
		if post != "" {
			post = person + "-post"
		}
		req.AddCookie(&http.Cookie{Name: "balai_session", Value: r.as(person, post)})
	}
	w := httptest.NewRecorder()
	r.router.ServeHTTP(w, req)
	r.listed(req, w.Code)
	r.published(req, w)
	return reply{w.Result(), w.Body.String()}
}

// gets is ask that must answer with a status.
func (r *rig) gets(status int, who, method, path string, body any, headers ...string) reply {
	r.t.Helper()
	got := r.ask(who, method, path, body, headers...)
	if got.StatusCode != status {
		r.t.Fatalf("%s %s as %q: %d, want %d: %.600s", method, path, who, got.StatusCode, status, got.body)
	}
	return got
}

// json decodes an answer.
func (a reply) json(t *testing.T) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		t.Fatalf("%v: %.300s", err, a.body)
	}
	return out
}

// post is a multipart post with files.
type post struct {
	values url.Values
	files  []upload
}

type upload struct {
	field, name string
	data        []byte
}

func (f *post) body() (io.Reader, string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, vs := range f.values {
		for _, v := range vs {
			_ = w.WriteField(k, v) // a buffer never fails
		}
	}
	for _, u := range f.files {
		part, _ := w.CreateFormFile(u.field, u.name)
		_, _ = part.Write(u.data)
	}
	_ = w.Close()
	return &b, w.FormDataContentType()
}
