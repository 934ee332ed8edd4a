package acceptance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"balai/balaitest"
)

// trader is somebody who fills in pages by hand, and what they had to type.
type trader struct {
	*balaitest.Person
	t     *testing.T
	typed []string
}

// page asks for a page and insists on it.
func (p *trader) page(path string) string {
	p.t.Helper()
	return string(get(p.t, p.Person, http.StatusOK, path).Body)
}

// send posts a form and gives where it leads.
func (p *trader) send(path string, form url.Values) string {
	p.t.Helper()
	a, err := p.Form(path, form)
	if err != nil {
		p.t.Fatal(err)
	}
	if a.Status != http.StatusSeeOther {
		p.t.Fatalf("POST %s: %d: %.1500s", path, a.Status, strip(string(a.Body)))
	}
	return a.Header.Get("Location")
}

var tag = regexp.MustCompile(`(?s)<(script|style)[^>]*>.*?</(script|style)>|<[^>]+>|\s+`)

func strip(page string) string { return tag.ReplaceAllString(page, " ") }

// apply walks a service from its first page to the case that it makes. Choices
// are pressed; what text, numbers and days a page takes is typed.
func (p *trader) apply(service string, pages ...url.Values) (ref string) {
	p.t.Helper()
	at := "/service/" + service + "/apply"
	get(p.t, p.Person, http.StatusSeeOther, at)
	to := p.send(at+"/held", url.Values{})
	for _, form := range pages {
		body := p.page(to)
		for name := range form {
			field := strings.TrimSuffix(name, "-day")
			if strings.HasSuffix(name, "-month") || strings.HasSuffix(name, "-year") {
				continue
			}
			if regexp.MustCompile(`type="(radio|checkbox)"[^>]* name="` + name + `"|name="` + name + `"[^>]* type="(radio|checkbox)"|<select[^>]* name="` + name + `"`).MatchString(body) {
				continue
			}
			p.typed = append(p.typed, field)
		}
		to = p.send(to, form)
	}
	if !strings.HasSuffix(to, "/review") {
		p.t.Fatalf("%s: after the last page comes %s", service, to)
	}
	form := url.Values{}
	for _, in := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(p.page(to), -1) {
		form.Add(in[1], strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&amp;", "&").Replace(in[2]))
	}
	to = p.send(to, form)
	if pay, ok := strings.CutPrefix(to, p.Hall.URL+"/pay/"); ok { // what costs something leads to where it is paid
		body := p.page("/pay/" + pay)
		p.phone(body)
		to = body
	}
	if ref = regexp.MustCompile(`BLH(?:-[0-9A-Z]+)+`).FindString(to); ref == "" {
		p.t.Fatalf("%s: sending leads to %s", service, to)
	}
	return ref
}

// phone pays what a page asks for with the sandbox's phone, as the page's own
// link opens it.
func (p *trader) phone(page string) {
	p.t.Helper()
	link := regexp.MustCompile(`href="([^"]*/phone\?[^"]*)"`).FindStringSubmatch(page)
	if link == nil {
		p.t.Fatalf("no phone pays here: %.1500s", strip(page))
	}
	at, err := url.Parse(strings.ReplaceAll(link[1], "&amp;", "&"))
	if err != nil {
		p.t.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{"payload": at.Query().Get("payload"), "account": "demo"})
	if err != nil {
		p.t.Fatal(err)
	}
	at.Path, at.RawQuery = "/phone/pay", ""
	res, err := http.Post(at.String(), "application/json", strings.NewReader(string(body)))
	if err != nil {
		p.t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		p.t.Fatalf("the phone: %d", res.StatusCode)
	}
}

// hasCome looks at the page of the moment: so many of its four steps are done,
// and that service is next.
func (p *trader) hasCome(done int, next string) {
	p.t.Helper()
	page := p.page("/life/starting-a-business")
	way := strip(regexp.MustCompile(`(?s)<p[^>]*id="progress".*?</p>`).FindString(page))
	if !strings.Contains(way, fmt.Sprintf(" %d ", done)) || !strings.Contains(way, " 4 ") {
		p.t.Errorf("after %d steps the way says %q", done, way)
	}
	if link := `href="#` + strings.ReplaceAll(next, "/", ".") + `"`; next != "" && !strings.Contains(page, link) {
		p.t.Errorf("after %d steps %s is not next: %q", done, next, way)
	}
}

// paper is a case's certificate once it is there, in words.
func (p *trader) paper(ref string) string {
	p.t.Helper()
	c := p.Until(p.t, ref, "issued")
	for end := time.Now().Add(30 * time.Second); c.Certificate == nil && time.Now().Before(end); {
		c = p.Until(p.t, ref, "issued")
	}
	if c.Certificate == nil {
		p.t.Fatalf("%s has no certificate", ref)
	}
	return strip(p.page(c.Certificate.HTML))
}

func day(name string, t time.Time) url.Values {
	return url.Values{name + "-day": {fmt.Sprint(t.Day())}, name + "-month": {fmt.Sprint(int(t.Month()))}, name + "-year": {fmt.Sprint(t.Year())}}
}

// Starting a business, as the persona of it does: registered and paid, with a
// tax file and its numbers, licensed while acting for itself, and an employer,
// over four agencies. What is typed is counted: nothing twice.
func TestStartingABusiness(t *testing.T) {
	h := balaitest.Start(t, "demo")
	p := &trader{Person: h.SignIn(t, "hafiz"), t: t}
	today := time.Now().In(time.FixedZone("MYT", 8*3600))

	ref := p.apply("ssm/business-registration", url.Values{"kind": {"sole"}}, url.Values{"business_name": {"Kedai Kopi Hafiz"}},
		url.Values{"division": {"47"}, "activity": {"Menjual biji kopi"}}, day("started_on", today), url.Values{"at_home_address": {"no"}},
		url.Values{"address": {"Lot 3, Jalan Contoh 52/4"}, "postcode": {"46200"}})
	if paper := p.paper(ref); !strings.Contains(paper, "Kedai Kopi Hafiz") || !strings.Contains(paper, "Hafiz bin Rosli") {
		t.Errorf("the certificate says %s", paper)
	}

	p.hasCome(1, "lhdn/tax-file")
	ref = p.apply("lhdn/tax-file", url.Values{"refund_to": {"later"}}, url.Values{"employees": {"2"}})
	paper := p.paper(ref)
	for _, word := range []string{"Kedai Kopi Hafiz", "Hafiz bin Rosli", "(47)"} {
		if !strings.Contains(paper, word) {
			t.Errorf("the tax letter does not say %s: %s", word, paper)
		}
	}
	for _, number := range []string{`\bIG0[0-9]{10}\b`, `\bE0[0-9]{10}\b`} { // of two employees there is an employer's file too
		if !regexp.MustCompile(number).MatchString(paper) {
			t.Errorf("the tax letter has no number %s: %s", number, paper)
		}
	}

	p.hasCome(2, "mbpj/premises-licence")

	right := regexp.MustCompile(`value="(company:[^"]+)"`).FindStringSubmatch(p.page("/me"))
	if right == nil {
		t.Fatal("the business is not among those for whom its owner can act: ", strip(p.page("/me")))
	}
	p.send("/acting/start", url.Values{"mandate": {right[1]}, "next": {"/me"}})
	if me := strip(p.page("/me")); !strings.Contains(me, "Kedai Kopi Hafiz") {
		t.Errorf("who acts for the business sees %s", me)
	}
	ref = p.apply("mbpj/premises-licence", url.Values{"at_business_address": {"yes"}}, url.Values{"area_m2": {"45"}})
	if paper := p.paper(ref); !strings.Contains(paper, "Kedai Kopi Hafiz") || !strings.Contains(paper, "Jalan Contoh 52/4") || strings.Contains(paper, "Hafiz bin Rosli") {
		t.Errorf("the licence says %s", paper)
	}
	p.send("/acting/end", url.Values{})
	ref = p.apply("perkeso/employer-registration", day("first_hired_on", today)) // how many there are, the tax file says
	if paper := p.paper(ref); !regexp.MustCompile(`(Bilangan pekerja|Number of employees)\s+2\b`).MatchString(paper) {
		t.Errorf("the employer's certificate says %s", paper)
	}

	p.hasCome(4, "")

	want := []string{"activity", "address", "area_m2", "business_name", "employees", "first_hired_on", "postcode", "started_on"}
	slices.Sort(p.typed)
	if !slices.Equal(p.typed, want) {
		t.Errorf("typed %v, want %v", p.typed, want)
	}
}
