package acceptance

import (
	"bytes"
	"fmt"
	"html"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/balaitest"
)

const aid = "jkm/child-aid"

// thread is one hall and what the subtests leave to each other.
type thread struct {
	*balaitest.Hall
	engine   balaitest.Engine
	examples []balaitest.Example
	mother   *balaitest.Person
	ref      string
	code     string
}

// TestContract walks the contract with outside programs on each engine, one hall for all of it.
func TestContract(t *testing.T) {
	balaitest.Each(t, func(t *testing.T, e balaitest.Engine) {
		h := balaitest.Start(t, "demo", e.Args()...)
		c := &thread{Hall: h, engine: e, examples: h.Examples(t, birth)}
		for _, step := range []struct {
			name string
			run  func(*thread, *testing.T)
		}{
			{"demo.json", (*thread).demoFile},
			{"home", (*thread).home},
			{"catalogue", (*thread).catalogue},
			{"problems", (*thread).problems},
			{"one of fifty", (*thread).oneOfFifty},
			{"certificate", (*thread).certificate},
			{"strangers", (*thread).strangers},
			{"proof", (*thread).proof},
			{"officers", (*thread).officers},
			{"host", (*thread).host},
			{"calendar", (*thread).calendar},
			{"auditor", (*thread).auditor},
			{"samples", (*thread).samples},
			{"again on the same data", (*thread).restart},
		} {
			if !t.Run(step.name, func(t *testing.T) { step.run(c, t) }) && c.ref == "" && step.name == "one of fifty" {
				return
			}
		}
	})
}

// example finds the sample case of a persona.
func (c *thread) example(t *testing.T, person string) balaitest.Example {
	t.Helper()
	for _, x := range c.examples {
		if x.Person == person {
			return x
		}
	}
	t.Fatalf("no sample case for %s", person)
	return balaitest.Example{}
}

// get insists on a status and returns the answer.
func get(t *testing.T, p *balaitest.Person, status int, path string) balaitest.Answer {
	t.Helper()
	a, err := p.Get(path)
	if err != nil {
		t.Fatal(err)
	}
	if a.Status != status {
		t.Fatalf("GET %s: %d, not %d: %.300s", path, a.Status, status, a.Body)
	}
	return a
}

func (c *thread) demoFile(t *testing.T) {
	d := c.Demo
	if d.BaseURL != c.URL {
		t.Errorf("base_url is %q, not %q", d.BaseURL, c.URL)
	}
	if len(d.Persons) == 0 || len(d.Officers) == 0 {
		t.Errorf("%d persons, %d officers", len(d.Persons), len(d.Officers))
	}
	for _, p := range d.Persons {
		if p.ID == "" || p.Name == "" || len(p.Story) < 20 {
			t.Errorf("a person without id, name or story: %+v", p)
		}
	}
	for _, p := range d.Officers {
		if p.ID == "" || p.Name == "" || p.Post == "" || p.Agency == "" {
			t.Errorf("an officer without id, name, post or agency: %+v", p)
		}
	}
	if d.Journal.Origin == "" || !strings.HasPrefix(d.Journal.PublicKey, d.Journal.Origin+"+") {
		t.Errorf("journal %+v: the key is not the origin's", d.Journal)
	}
	if len(d.CertificateKey) < 20 {
		t.Errorf("certificate_key is %s", d.CertificateKey)
	}
}

func (c *thread) home(t *testing.T) {
	home := get(t, c.Nobody(), 200, "/")
	if !bytes.Contains(home.Body, []byte(`lang="ms"`)) {
		t.Error("Malay is not the home page's first language")
	}
	csp := home.Header.Get("Content-Security-Policy")
	if csp == "" || strings.Contains(csp, "unsafe-inline") {
		t.Errorf("content security policy %q", csp)
	}
	if en := get(t, c.Nobody(), 200, "/?lang=en"); !bytes.Contains(en.Body, []byte(`lang="en"`)) {
		t.Error("/?lang=en is not English")
	}
}

func (c *thread) catalogue(t *testing.T) {
	for _, path := range []string{"/api/v1/life-events", "/api/v1/services", "/healthz", "/readyz", "/metrics"} {
		get(t, c.Nobody(), 200, path)
	}
	var api struct{ OpenAPI string }
	if err := get(t, c.Nobody(), 200, "/api/openapi.json").Into(&api); err != nil || !strings.HasPrefix(api.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %q: %v", api.OpenAPI, err)
	}
	for _, service := range []string{birth, aid} {
		var s struct {
			Schema   map[string]any      `json:"answers_schema"`
			Examples []balaitest.Example `json:"examples"`
		}
		if err := get(t, c.Nobody(), 200, "/api/v1/services/"+service).Into(&s); err != nil {
			t.Fatal(err)
		}
		if s.Schema["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
			t.Errorf("%s: answers_schema is of %v", service, s.Schema["$schema"])
		}
		if len(s.Examples) < 12 {
			t.Errorf("%s has %d sample cases, not 12", service, len(s.Examples))
		}
		for i, x := range s.Examples {
			a, err := c.Nobody().Post("/api/v1/services/"+service+"/eligibility", map[string]any{"answers": x.Answers, "facts": x.Facts})
			var v struct {
				Verdict string
				Trace   []any
			}
			if err != nil || a.Status != 200 || a.Into(&v) != nil {
				t.Fatalf("%s example %d: eligibility %d %v %.300s", service, i, a.Status, err, a.Body)
			}
			if v.Verdict != x.Expect.Verdict || len(v.Trace) == 0 {
				t.Errorf("%s example %d (%s): verdict %q with %d rules, not %q", service, i, x.Person, v.Verdict, len(v.Trace), x.Expect.Verdict)
			}
		}
	}
}

// problems: each answer to bad input is a problem document with its code, in the asked language.
func (c *thread) problems(t *testing.T) {
	x := c.example(t, "aisyah")
	mother := c.SignIn(t, "aisyah")
	apply := "/api/v1/services/" + birth + "/applications"
	post := func(p *balaitest.Person, path string, body any, header ...string) balaitest.Answer {
		a, err := p.Post(path, body, header...)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	raw := func(p *balaitest.Person, body string, header ...string) balaitest.Answer {
		a, err := p.Do("POST", apply, strings.NewReader(body), append(header, "Content-Type", "application/json", "Idempotency-Key", "raw-"+t.Name())...)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	empty := x.Body()
	empty["answers"] = map[string]any{}
	long := x.Body()
	long["answers"] = map[string]any{"child_name": strings.Repeat("a", 151)}
	wrong := x.Body()
	wrong["answers"] = map[string]any{"child_name": map[string]any{"a": 1}}
	for _, p := range []struct {
		name, code string
		answer     balaitest.Answer
	}{
		{"signed out", "signed_out", post(c.Nobody(), apply, x.Body(), "Idempotency-Key", "k1")},
		{"no key", "invalid", post(mother, apply, x.Body())},
		{"no answers", "invalid", post(mother, apply, empty, "Idempotency-Key", "k2")},
		{"a name too long", "invalid", post(mother, apply, long, "Idempotency-Key", "k3")},
		{"an object for a name", "invalid", post(mother, apply, wrong, "Idempotency-Key", "k4")},
		{"half a body", "invalid", raw(mother, `{"answers": {"child_na`)},
		{"not an object", "invalid", raw(mother, `[]`)},
		{"a service that is not", "missing", post(mother, "/api/v1/services/jpn/nothing/applications", x.Body(), "Idempotency-Key", "k5")},
		{"an officer, who acts for others", "denied", post(c.SignIn(t, "off-admin"), apply, empty, "Idempotency-Key", "k6")},
		{"a case that is not", "missing", get(t, mother, 404, "/api/v1/cases/BLH-0000-0000-0000-0000-0")},
		{"a certificate that is not", "missing", get(t, c.Nobody(), 404, "/api/v1/verify/0000-0000-0000-0000-0")},
		{"a path that is not", "missing", get(t, c.Nobody(), 404, "/api/v1/nothing")},
	} {
		if got := p.answer.Code(); got != p.code {
			t.Errorf("%s: %d %q, not %q: %.300s", p.name, p.answer.Status, got, p.code, p.answer.Body)
		}
	}
	huge, err := mother.Do("POST", apply, strings.NewReader(`{"answers":{"child_name":"`+strings.Repeat("x", 64<<20)+`"}}`), "Content-Type", "application/json", "Idempotency-Key", "huge")
	if err == nil && (huge.Status < 400 || huge.Status >= 500) {
		t.Errorf("64 MiB of name: %d", huge.Status)
	}
	// The field at fault is named, and the words are of the asked language.
	seen := map[string]bool{}
	for _, lang := range []string{"ms", "en"} {
		a := post(mother, apply, empty, "Idempotency-Key", "k7", "Accept-Language", lang)
		var p struct {
			Detail string
			Errors []struct{ Location, Code, Message string }
		}
		if err := a.Into(&p); err != nil || p.Detail == "" {
			t.Fatalf("%v %s", err, a.Body)
		}
		named := false
		for _, e := range p.Errors {
			named = named || e.Location == "answers.child_name" && e.Code != "" && e.Message != ""
		}
		if !named {
			t.Errorf("%s: no error at answers.child_name: %s", lang, a.Body)
		}
		seen[p.Detail] = true
	}
	if len(seen) != 2 {
		t.Errorf("the same detail in both languages: %v", seen)
	}
}

// oneOfFifty: fifty posts of one application under one key, at once, are one case with one receipt.
func (c *thread) oneOfFifty(t *testing.T) {
	x := c.example(t, "aisyah")
	c.mother = c.SignIn(t, "aisyah")
	var mu sync.Mutex
	refs, receipts := map[string]int{}, map[string]int{}
	var callers sync.WaitGroup
	for range 50 {
		p := *c.mother
		callers.Go(func() {
			for range 50 { // a twin in flight may be answered "busy"
				r, a, err := p.Apply(birth, "fifty", x.Body())
				if err != nil {
					t.Error(err)
					return
				}
				if a.Status == http.StatusServiceUnavailable {
					continue
				}
				if a.Status != http.StatusCreated {
					t.Errorf("%d %s", a.Status, a.Body)
					return
				}
				mu.Lock()
				refs[r.Ref]++
				receipts[string(a.Body)]++
				mu.Unlock()
				return
			}
		})
	}
	callers.Wait()
	if len(refs) != 1 {
		t.Fatalf("one key, %d cases: %v", len(refs), refs)
	}
	if len(receipts) != 1 {
		t.Errorf("one case, %d different receipts: %v", len(receipts), receipts)
	}
	for ref := range refs {
		c.ref = ref
	}
	other := x.Body()
	other["answers"] = map[string]any{"child_name": "Nama Lain"}
	if _, a, _ := c.mother.Apply(birth, "fifty", other); a.Status != http.StatusConflict || a.Code() != "conflict" {
		t.Errorf("another body under the same key: %d %s", a.Status, a.Body)
	}
	if _, a, _ := c.mother.Apply(birth, "fifty-one", x.Body()); a.Status == http.StatusCreated {
		t.Errorf("a second case for the same birth: %s", a.Body)
	}
}

// certificate: issued by itself within the minute, sound before outside judges, and not with one byte changed.
func (c *thread) certificate(t *testing.T) {
	k := c.mother.Until(t, c.ref, "issued", "closed")
	if k.Certificate == nil || k.Certificate.Code == "" {
		t.Fatalf("issued without a certificate: %+v", k)
	}
	c.code = k.Certificate.Code
	pdf := get(t, c.mother, 200, local(c, k.Certificate.PDF))
	get(t, c.mother, 200, local(c, k.Certificate.HTML))
	dir := t.TempDir()
	file := filepath.Join(dir, "certificate.pdf")
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("certificate.pdf", pdf.Body)
	keys := write("keys.json", get(t, c.Nobody(), 200, "/certificate/keys.json").Body)

	run := func(name string, args ...string) string {
		out, err := exec.Command(name, args...).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		return string(out)
	}
	run("qpdf", "--check", file)
	if text := run("pdftotext", "-layout", file, "-"); !strings.Contains(text, c.code) {
		t.Errorf("the certificate's text does not hold its code %s:\n%s", c.code, text)
	}
	if sig := run("pdfsig", "-nocert", file); !strings.Contains(sig, "Signature is Valid") {
		t.Errorf("pdfsig: %s", sig)
	}
	run("pdftoppm", "-r", "150", "-png", "-singlefile", file, filepath.Join(dir, "page"))
	if qr := run("zbarimg", "-q", "--raw", filepath.Join(dir, "page.png")); !strings.Contains(qr, c.URL+"/verify/"+c.code) {
		t.Errorf("the code in the picture says %q", qr)
	}

	verify := func(want int, args ...string) {
		t.Helper()
		if out, code := c.Command(append([]string{"cert", "verify"}, args...)...); code != want {
			t.Errorf("balai cert verify %v: exit %d, not %d\n%s", args[1:], code, want, out)
		}
	}
	verify(0, file, "--key", keys)
	verify(0, file, "--key", filepath.Join(c.Data, "demo.json"))
	for _, at := range []int{20, len(pdf.Body) / 3, len(pdf.Body) / 2, len(pdf.Body) - 10} {
		bad := bytes.Clone(pdf.Body)
		bad[at] ^= 1
		verify(1, write(fmt.Sprintf("bad-%d.pdf", at), bad), "--key", keys)
	}
	verify(1, write("longer.pdf", append(bytes.Clone(pdf.Body), "\n% one more line\n"...)), "--key", keys)
	verify(2, write("other.pdf", []byte("%PDF-1.4\nnot a certificate of the hall\n")), "--key", keys)
	verify(2, file, "--key", write("none.json", []byte(`{"keys":[]}`)))

	for _, path := range []string{"/verify/" + c.code, "/api/v1/verify/" + c.code} {
		get(t, c.Nobody(), 200, path)
	}
}

// local is the path of an address of this hall.
func local(c *thread, url string) string { return strings.TrimPrefix(url, c.URL) }

// strangers: to somebody who may not know of it, forbidden is missing, with the same words.
func (c *thread) strangers(t *testing.T) {
	stranger := c.SignIn(t, "mei-ling")
	for _, path := range []string{"/api/v1/cases/" + c.ref, "/case/" + c.ref, "/case/" + c.ref + "/receipt.json", "/certificate/" + c.code, "/certificate/" + c.code + ".pdf"} {
		there := get(t, stranger, 404, path)
		absent := get(t, stranger, 404, strings.ReplaceAll(strings.ReplaceAll(path, c.ref, "BLH-0000-0000-0000-0000-0"), c.code, "0000-0000-0000-0000-0"))
		if there.Code() != absent.Code() {
			t.Errorf("%s: forbidden says %q, absent %q", path, there.Code(), absent.Code())
		}
	}
	if a, _ := c.Nobody().Get("/api/v1/cases/" + c.ref); a.Status != http.StatusUnauthorized || a.Code() != "signed_out" {
		t.Errorf("signed out: %d %s", a.Status, a.Body)
	}
	if a, _ := stranger.Post("/api/v1/cases/"+c.ref+"/withdraw", map[string]any{"version": 1, "reason": "x"}); a.Status != 404 {
		t.Errorf("a stranger withdraws: %d %s", a.Status, a.Body)
	}
	// A page of another site posts a form: the browser says where it comes from.
	a, err := c.mother.Do("POST", "/sign-out", strings.NewReader(""), "Content-Type", "application/x-www-form-urlencoded", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	if err != nil || a.Status != http.StatusForbidden {
		t.Errorf("a forged post: %d %v", a.Status, err)
	}
	get(t, c.mother, 200, "/api/v1/cases/"+c.ref)
}

// proof: the receipt's proof stands against the published head.
func (c *thread) proof(t *testing.T) {
	var text string
	for end := time.Now().Add(10 * time.Second); ; {
		a, err := c.mother.Get("/case/" + c.ref + "/receipt.tlog-proof")
		if err != nil {
			t.Fatal(err)
		}
		if a.Status == 200 {
			text = string(a.Body)
			break
		}
		if a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") != "1" {
			t.Fatalf("proof: %d, Retry-After %q: %s", a.Status, a.Header.Get("Retry-After"), a.Body)
		}
		if time.Now().After(end) {
			t.Fatal("no proof within ten seconds")
		}
		<-time.After(100 * time.Millisecond)
	}
	if !strings.HasPrefix(text, "c2sp.org/tlog-proof@v1\n") || !strings.Contains(text, c.Demo.Journal.Origin+"\n") {
		t.Errorf("not a C2SP tlog-proof of this journal:\n%s", text)
	}
	var receipt map[string]any
	if err := get(t, c.mother, 200, "/case/"+c.ref+"/receipt.json").Into(&receipt); err != nil || receipt["salt"] == nil || receipt["record"] == nil {
		t.Errorf("receipt.json lacks record or salt: %v %v", receipt, err)
	}
}

// officers: a late birth is asked about, checked and decided by two people; versions guard each step.
func (c *thread) officers(t *testing.T) {
	mother := c.SignIn(t, "norazlina")
	r, a, err := mother.Apply(birth, "late", c.example(t, "norazlina").Body())
	if err != nil || a.Status != 201 {
		t.Fatalf("late application: %d %v %s", a.Status, err, a.Body)
	}
	if r.State == "issued" || r.State == "approved" {
		t.Fatalf("a late birth was decided by itself: %s", r.State)
	}
	if d, err := time.Parse(time.RFC3339, r.DueAt); err != nil || d.Location() != time.UTC {
		t.Errorf("due_at %q is not RFC 3339 UTC: %v", r.DueAt, err)
	}
	reg, asst, far := c.SignIn(t, "off-jb-reg"), c.SignIn(t, "off-jb-asst"), c.SignIn(t, "off-kd-reg")
	now := func() int {
		k, a, err := mother.Case(r.Ref)
		if err != nil || a.Status != 200 {
			t.Fatalf("case: %d %v", a.Status, err)
		}
		return k.Version
	}
	want := func(a balaitest.Answer, ok ...int) {
		t.Helper()
		for _, s := range ok {
			if a.Status == s {
				return
			}
		}
		t.Fatalf("%d, not %v: %s", a.Status, ok, a.Body)
	}
	get(t, reg, 200, "/api/v1/desk")
	v := now()
	want(far.Act(t, r.Ref, "check", v, map[string]any{"finding": "in_order", "note": "x"}), 403, 404)
	want(reg.Act(t, r.Ref, "ask", v, map[string]any{"question": "Mengapa lewat?", "due_in_days": 5}), 200, 201)
	if k, _, _ := mother.Case(r.Ref); k.State != "waiting" {
		t.Errorf("asked, and the case is %s", k.State)
	}
	want(reg.Act(t, r.Ref, "check", v, map[string]any{"finding": "in_order", "note": "x"}), 409)
	want(mother.Act(t, r.Ref, "reply", now(), map[string]any{"text": "Anak saya sakit.", "answers": map[string]any{}, "files": map[string]any{}}), 200, 201)
	want(reg.Act(t, r.Ref, "check", now(), map[string]any{"finding": "in_order", "note": "Surat hospital dilihat."}), 200, 201)
	want(reg.Act(t, r.Ref, "decide", now(), map[string]any{"verdict": "approve", "reasons": "Lengkap."}), 403, 404)
	want(asst.Act(t, r.Ref, "decide", now(), map[string]any{"verdict": "refuse", "reasons": ""}), 400, 422)
	want(asst.Act(t, r.Ref, "decide", now(), map[string]any{"verdict": "refuse", "reasons": "Bukti tidak mencukupi."}), 200, 201)
	if k, _, _ := mother.Case(r.Ref); k.State != "refused" {
		t.Errorf("refused, and the case is %s", k.State)
	}
	var appeal struct{ Ref string }
	ap := mother.Act(t, r.Ref, "appeal", now(), map[string]any{"grounds": "Bukti ada."})
	want(ap, 201)
	if ap.Into(&appeal); appeal.Ref == "" || appeal.Ref == r.Ref {
		t.Errorf("appeal: %s", ap.Body)
	}
	var looks any
	if err := get(t, mother, 200, "/api/v1/me/looks").Into(&looks); err != nil {
		t.Error(err)
	}
	if !strings.Contains(fmt.Sprint(looks), "jpn") {
		t.Errorf("the officers' looks do not show: %v", looks)
	}
	want(mustPost(t, c.mother, "/api/v1/cases/"+c.ref+"/rating", map[string]any{"level": 5, "text": "Mudah."}), 200, 201, 204)
	want(mustPost(t, c.mother, "/api/v1/cases/"+c.ref+"/rating", map[string]any{"level": 6}), 400, 422)
}

func mustPost(t *testing.T, p *balaitest.Person, path string, body any) balaitest.Answer {
	t.Helper()
	a, err := p.Post(path, body)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// host: a page asked under another name is sent to the hall's own; programs are served.
func (c *thread) host(t *testing.T) {
	other := *c.Hall
	other.URL = strings.Replace(c.URL, "localhost", "127.0.0.1", 1)
	p := &balaitest.Person{Hall: &other}
	if a := get(t, p, http.StatusTemporaryRedirect, "/life/birth-of-a-child?lang=en"); a.Header.Get("Location") != c.URL+"/life/birth-of-a-child?lang=en" {
		t.Errorf("sent to %q", a.Header.Get("Location"))
	}
	for _, path := range []string{"/healthz", "/api/v1/services", "/journal/checkpoint"} {
		get(t, p, 200, path)
	}
	in, err := c.Nobody().Do("POST", "/demo/sign-in", strings.NewReader("as=aisyah"), "Content-Type", "application/x-www-form-urlencoded", "Origin", c.URL)
	if err != nil {
		t.Fatal(err)
	}
	if cookie := in.Header.Get("Set-Cookie"); !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") || strings.Contains(cookie, "Secure") {
		t.Errorf("cookie %q", cookie)
	}
}

func (c *thread) calendar(t *testing.T) {
	for n := 1; n <= 16; n++ {
		get(t, c.Nobody(), 200, fmt.Sprintf("/api/calendar/MY-%02d.json", n))
	}
	get(t, c.Nobody(), 404, "/api/calendar/MY-17.json")
}

// auditor: Tessera's fsck reads the journal over HTTP, and our own verifier agrees.
func (c *thread) auditor(t *testing.T) {
	get(t, c.Nobody(), 200, "/journal/checkpoint")
	// The command as the page gives it is all that an outsider has.
	page := get(t, c.Nobody(), 200, "/journal?lang=en")
	written := regexp.MustCompile(`<code>balai ([^<]+)</code>`).FindSubmatch(page.Body)
	if written == nil {
		t.Fatalf("/journal gives no command: %s", page.Body)
	}
	out, code := c.Command(strings.Fields(html.UnescapeString(string(written[1])))...)
	if code != 0 {
		t.Errorf("%s: exit %d\n%s", written[1], code, out)
	}
	fsck := os.Getenv("BALAI_FSCK")
	if fsck == "" {
		return // make test names the pinned binary; a plain go test has only our own verifier
	}
	key := filepath.Join(t.TempDir(), "vkey")
	if err := os.WriteFile(key, []byte(c.Demo.Journal.PublicKey), 0o644); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(fsck, "--ui=false", "--storage_url", c.URL+"/journal/", "--public_key", key, "--origin", c.Demo.Journal.Origin).CombinedOutput()
	if err != nil || !regexp.MustCompile("Successfully fsck").Match(text) {
		t.Errorf("fsck: %v\n%s", err, text)
	}
}

// samples: every sample case with a persona can really be sent, and stands where it says.
func (c *thread) samples(t *testing.T) {
	done := map[string]bool{"aisyah": true, "norazlina": true}
	for _, service := range []string{birth, aid} {
		for _, x := range c.Examples(t, service) {
			if x.Person == "" || done[x.Person] {
				continue
			}
			done[x.Person] = true
			p := c.SignIn(t, x.Person)
			r, a, err := p.Apply(service, "sample-"+x.Person, x.Body())
			if err != nil || a.Status != 201 {
				t.Errorf("%s: %s: %d %v %.400s", service, x.Person, a.Status, err, a.Body)
				continue
			}
			states := []string{x.Expect.State}
			if x.Expect.State == "issued" {
				states = append(states, "closed")
			}
			p.Until(t, r.Ref, states...)
		}
	}
}

// restart: it stops cleanly and starts again on the same data, with everybody still signed in.
func (c *thread) restart(t *testing.T) {
	before := c.Demo.Journal
	c.Stop()
	c.Run()
	if c.Demo.Journal != before {
		t.Errorf("the journal became another: %+v, was %+v", c.Demo.Journal, before)
	}
	if k, a, err := c.mother.Case(c.ref); err != nil || a.Status != 200 || k.Certificate == nil || k.Certificate.Code != c.code {
		t.Errorf("after a restart: %d %v %+v", a.Status, err, k)
	}
}

// TestServe: an empty hall has no demo door, and starts.
func TestServe(t *testing.T) {
	h := balaitest.Start(t, "serve")
	get(t, h.Nobody(), 404, "/demo")
	if a, _ := h.Nobody().Do("POST", "/demo/sign-in", strings.NewReader("as=aisyah"), "Content-Type", "application/x-www-form-urlencoded", "Origin", h.URL); a.Status != 404 {
		t.Errorf("/demo/sign-in: %d", a.Status)
	}
	get(t, h.Nobody(), 200, "/")
	if len(h.Demo.Persons) != 0 {
		t.Error("balai serve wrote personas")
	}
}
