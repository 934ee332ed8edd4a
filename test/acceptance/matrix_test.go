package acceptance

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"balai/balaitest"
)

var update = flag.Bool("update", false, "write the matrix as it is now, for a person to review")

const matrixFile = "testdata/matrix.txt"

// viewers are one of each kind who may come to a route, in the matrix's order. The case is Norazlina's late birth in
// Johor, which waits for the registration officer there; the certificate is Aisyah's.
var viewers = []string{
	"",                    // nobody
	"norazlina",           // the applicant
	"aisyah",              // whose certificate it is
	"mei-ling",            // a stranger
	"off-jb-reg",          // whose work it is
	"off-jb-asst",         // who would decide
	"off-kd-reg",          // the same role in another state
	"off-jkm-check",       // another agency
	"off-head",            // head of a branch in another state
	"off-hq-appeal",       // appeals
	"off-hq-records",      // disputes
	"off-team",            // the service's team
	"off-team-jkm",        // another agency's team
	"off-auditor",         // reads, never acts
	"off-admin",           // the hall's administrator
	"off-kb-counter",      // serves nobody at the moment
	"off-nadi-helper",     // under no mandate at the moment
	"off-jpn-treasurer-1", // the agency's finance
	"off-jpj-treasurer-1", // another agency's
	"off-anm-treasurer-1", // looks at all agencies' money, and acts on none
}

// open are the actions that need no sign-in. Whoever adds one says here that everybody may do it.
var open = []string{
	"op.provider", // programs: the protocol asks who they are
	"hall.read", "hall.measure", "service.read", "service.check", "certificate.verify", "calendar.read", "identity.door", "payment.pay", "payment.receipt", "bill.find", "proof.enrol", "case.verify",
	"portal.read", "demo.read", "insight.card", "letter.check", "feedback.write", "operating.read",
}

type route struct {
	Method, Pattern, Policy string
	SignIn                  bool `json:"sign_in"`
	Resource                bool
}

// what an answer means for who asked.
const (
	reached = "R" // the route did its work, or refused the input
	missing = "." // 404: it may not be known
	signIn  = "s" // 401, or sent to sign in
	denied  = "d" // 403: it may be known, and not done
)

// TestMatrix sends every kind of viewer to every route and compares with the reviewed matrix: nobody reaches what the
// policy does not grant, and to somebody who may not know of it, forbidden is missing.
func TestMatrix(t *testing.T) {
	h := balaitest.Start(t, "demo")
	m := &matrix{Hall: h, t: t}
	m.prepare()
	text, code := h.Command("routes", "--json", "--demo")
	var routes []route
	if err := json.Unmarshal([]byte(text), &routes); err != nil || code != 0 || len(routes) == 0 {
		t.Fatalf("balai routes: %d %v\n%s", code, err, text)
	}
	var lines []string
	for _, r := range routes {
		lines = append(lines, m.line(r))
	}
	slices.Sort(lines)
	got := "# method pattern policy: " + strings.Join(names(), " ") + "\n# R reached, . missing, s sign in, d denied\n" + strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(matrixFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(matrixFile)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the matrix changed; review it and run this test with -update:\n%s", difference(string(want), got))
	}
}

func names() []string {
	out := slices.Clone(viewers)
	out[0] = "nobody"
	return out
}

func difference(want, got string) string {
	old, now := strings.Split(want, "\n"), strings.Split(got, "\n")
	var out []string
	for _, l := range old {
		if !slices.Contains(now, l) {
			out = append(out, "- "+l)
		}
	}
	for _, l := range now {
		if !slices.Contains(old, l) {
			out = append(out, "+ "+l)
		}
	}
	return strings.Join(out, "\n")
}

type matrix struct {
	*balaitest.Hall
	t         *testing.T
	ref, code string
}

// prepare makes the case and the certificate that the routes are about.
func (m *matrix) prepare() {
	send := func(person string) (*balaitest.Person, string) {
		p := m.SignIn(m.t, person)
		for _, x := range m.Examples(m.t, birth) {
			if x.Person == person {
				r, a, err := p.Apply(birth, "matrix-"+person, x.Body())
				if err != nil || a.Status != http.StatusCreated {
					m.t.Fatalf("%s: %d %v %s", person, a.Status, err, a.Body)
				}
				return p, r.Ref
			}
		}
		m.t.Fatalf("no sample case for %s", person)
		return nil, ""
	}
	_, m.ref = send("norazlina")
	p, ref := send("aisyah")
	m.code = p.Until(m.t, ref, "issued", "closed").Certificate.Code
}

var wild = regexp.MustCompile(`\{([a-z_]+)(\.\.\.)?\}|\{\$\}`)

// path fills a pattern with things that are there.
func (m *matrix) path(r route) string {
	there := map[string]string{
		"ref": m.ref, "code": m.code, "agency": "jpn", "service": "birth-registration", "slug": "birth-registration",
		"state": "MY-01", "page": "child-name", "path": "0/x001/000", "file": "none.css", "number": "1", "n": "1",
	}
	if strings.HasPrefix(r.Pattern, "/life/") {
		there["slug"] = "birth-of-a-child"
	}
	if strings.HasPrefix(r.Pattern, "/api/calendar/") {
		there["file"] = "MY-01.json"
	}
	if strings.HasPrefix(r.Pattern, "/admin/import/template/") {
		there["kind"] = "agency"
	}
	return wild.ReplaceAllStringFunc(r.Pattern, func(w string) string {
		name := strings.Trim(strings.TrimSuffix(strings.Trim(w, "{}"), "..."), "$")
		if v, ok := there[name]; ok {
			return v
		}
		if name == "" {
			return ""
		}
		return "00000000-0000-7000-8000-000000000000"
	})
}

// line asks as each viewer, with a session of its own, and holds the rules that no review may wave through.
func (m *matrix) line(r route) string {
	cells := make([]string, len(viewers))
	for i, v := range viewers {
		p := m.Nobody()
		if v != "" {
			p = m.SignIn(m.t, v)
		}
		cells[i] = m.ask(p, r)
	}
	where := fmt.Sprintf("%s %s %s", r.Method, r.Pattern, r.Policy)
	own := strings.Contains(r.Pattern, "{ref}") || strings.Contains(r.Pattern, "{code}")
	for i, c := range cells {
		name := names()[i]
		switch {
		case name == "nobody" && c == reached && !slices.Contains(open, r.Policy):
			m.t.Errorf("%s: reached without signing in", where)
		case name == "mei-ling" && own && c != missing && !slices.Contains(open, r.Policy):
			m.t.Errorf("%s: a stranger gets %q, not missing", where, c)
		case name == "off-auditor" && r.Method == "POST" && own && c == reached && !slices.Contains(open, r.Policy):
			m.t.Errorf("%s: an auditor acts", where)
		}
	}
	return where + ": " + strings.Join(cells, " ")
}

// ask sends nothing that could change something: a version that never was, a form without fields.
func (m *matrix) ask(p *balaitest.Person, r route) string {
	var a balaitest.Answer
	var err error
	path := m.path(r)
	switch {
	case r.Method == "GET":
		a, err = p.Get(path)
	case r.Method != "POST":
		a, err = p.Do(r.Method, path, strings.NewReader(`{"version": 0}`), "Content-Type", "application/json")
	case strings.HasPrefix(path, "/api/"):
		a, err = p.Post(path, map[string]any{"version": 0})
	default:
		a, err = p.Form(path, url.Values{})
	}
	if err != nil {
		m.t.Fatalf("%s %s: %v", r.Method, path, err)
	}
	if a.Status >= 500 && a.Status != http.StatusServiceUnavailable {
		m.t.Errorf("%s %s as %q: %d", r.Method, path, p.ID, a.Status)
	}
	to := a.Header.Get("Location")
	switch {
	case a.Status == http.StatusUnauthorized, a.Status/100 == 3 && strings.HasPrefix(strings.TrimPrefix(to, m.URL), "/sign-in"):
		return signIn
	case a.Status == http.StatusNotFound:
		return missing
	case a.Status == http.StatusForbidden:
		return denied
	}
	return reached
}
