package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// result is one criterion: whether it is met, how well, and where it is seen.
type result struct {
	name, score, evidence string
	met                   bool
}

// Bounds of the criteria. Five seconds are ProBE's own of 2016; a front page
// of so many words is read within three screens.
const (
	slowest   = 5 * time.Second
	homeWords = 900
	homeBytes = 64 << 10
)

// judging is one look at a crawled hall.
type judging struct {
	ctx  context.Context
	c    *crawler
	list []result
}

// judge holds what was read against every criterion; time is left out where a
// machine that does other things would be judged with the hall.
func judge(ctx context.Context, c *crawler, timed bool) []result {
	j := &judging{ctx: ctx, c: c}
	if timed {
		j.loading()
	}
	j.links()
	j.mobile()
	j.languages()
	j.accessible()
	j.home()
	for _, p := range []struct{ name, path, has string }{
		{"Frequently asked questions", "/faq", "Soalan lazim"},
		{"About us", "/about", "Tentang laman ini"},
		{"Privacy policy", "/privacy", "Kuki"},
		{"Security policy", "/security", "Dasar keselamatan"},
		{"Disclaimer and copyright", "/terms", "Hak cipta"},
		{"Accessibility statement", "/accessibility", "WCAG"},
		{"Electronic archive", "/archive", "keluaran 1"},
		{"Updated content: last update shown", "/archive", "Kemas kini terakhir: "},
		{"Site map for people", "/sitemap", "Peta laman"},
	} {
		j.page(p.name, p.path, p.has)
	}
	j.file("Site map for programs", "/sitemap.xml", "<urlset")
	j.file("Broadcast: a feed of what is new", "/archive.atom", "<entry>")
	j.contacts()
	j.linkTo("Link to MyGOV", "https://www.malaysia.gov.my")
	j.search()
	j.database()
	j.feedback()
	j.personal()
	j.help()
	j.transactions()
	j.security()
	j.charter()
	j.statistics()
	return j.list
}

func (j *judging) add(name string, met bool, evidence, score string, args ...any) {
	j.list = append(j.list, result{name, fmt.Sprintf(score, args...), evidence, met})
}

// few shows the first of many.
func few(list []string) string {
	if len(list) > 3 {
		return strings.Join(list[:3], "; ") + fmt.Sprintf("; and %d more", len(list)-3)
	}
	return strings.Join(list, "; ")
}

// every tells which pages fail a check.
func (j *judging) every(name, good string, bad func(*page) string) {
	var wrong []string
	n := 0
	for _, p := range j.c.pages {
		if !p.html {
			continue
		}
		n++
		if why := bad(p); why != "" {
			wrong = append(wrong, p.path+" ("+p.lang+"): "+why)
		}
	}
	if len(wrong) > 0 {
		j.add(name, false, few(wrong), "%d of %d pages fail", len(wrong), n)
		return
	}
	j.add(name, n > 0, "every page", good, n)
}

func (j *judging) loading() {
	worst := &page{}
	var all time.Duration
	for _, p := range j.c.pages {
		all += p.took
		if p.took > worst.took {
			worst = p
		}
	}
	j.add("Loading time below 5 s", worst.took < slowest, worst.path, "slowest %.2f s, mean %.3f s", worst.took.Seconds(), all.Seconds()/float64(max(1, len(j.c.pages))))
}

func (j *judging) links() {
	var dead []string
	for path, why := range j.c.dead {
		dead = append(dead, path+": "+why)
	}
	slices.Sort(dead)
	seen := "every page"
	if len(dead) > 0 {
		seen = few(dead)
	}
	j.add("Active hyperlinks, inside", len(dead) == 0 && !j.c.cut, seen, "%d dead of %d", len(dead), len(j.c.pages)/len(langs)+len(dead))
	bad := j.c.malformed()
	seen = "every page"
	if len(bad) > 0 {
		seen = few(bad)
	}
	j.add("Hyperlinks to other sites, by their form", len(bad) == 0, seen, "%d malformed of %d", len(bad), len(j.c.external))
}

func (j *judging) mobile() {
	j.every("Mobile web", "%d pages fit the device's width", func(p *page) string {
		if !p.viewport {
			return "no viewport"
		}
		return ""
	})
}

func (j *judging) languages() {
	j.every("Multi-language", "%d pages in Malay and English, marked as such", func(p *page) string {
		other := j.c.at(p.path, map[string]string{"ms": "en", "en": "ms"}[p.lang])
		switch {
		case p.declared != p.lang:
			return "says it is in " + p.declared
		case other == nil:
			return "is not in the other language"
		case other.text == p.text:
			return "is the same in both languages"
		case !slices.ContainsFunc(p.links, func(l string) bool { return strings.Contains(l, "lang="+other.lang) }):
			return "does not lead to the other language"
		}
		return ""
	})
}

func (j *judging) accessible() {
	j.every("W3C accessibility, by machine", "%d pages: one heading, texts for pictures, labels, a way past the menu", func(p *page) string {
		switch {
		case p.title == "":
			return "no title"
		case p.headings != 1:
			return fmt.Sprint(p.headings, " first headings")
		case p.images > 0:
			return "a picture without a text"
		case p.fields > 0:
			return "a field without a label"
		case !p.skip:
			return "no way past the menu"
		}
		return ""
	})
}

func (j *judging) home() {
	p := j.c.at("/", "ms")
	if p == nil {
		j.add("Home page length", false, "/", "not read")
		return
	}
	words := len(strings.Fields(p.text))
	j.add("Home page length", words <= homeWords && p.bytes <= homeBytes, "/", "%d words, %d KB", words, (p.bytes+512)/1024)
}

// page is met where the page is reached by links and says what it should.
func (j *judging) page(name, path, has string) {
	p := j.c.at(path, "ms")
	switch {
	case p == nil:
		j.add(name, false, path, "no link leads there")
	case !strings.Contains(p.text, has):
		j.add(name, false, path, "does not say %q", has)
	default:
		j.add(name, true, path, "%d words", len(strings.Fields(p.text)))
	}
}

// file is met where a program gets what it should.
func (j *judging) file(name, path, has string) {
	p, err := j.c.get(j.ctx, path, "ms")
	if err != nil || p.status != http.StatusOK {
		j.add(name, false, path, "not there")
		return
	}
	n := strings.Count(p.text, has)
	j.add(name, n > 0, path, "%d KB", (p.bytes+512)/1024)
}

func (j *judging) contacts() {
	p := j.c.at("/contact", "ms")
	if p == nil {
		j.add("Contact details", false, "/contact", "no link leads there")
		return
	}
	var lacks []string
	for what, prefix := range map[string]string{"telephone": "tel:", "mail": "mailto:", "map": "https://www.openstreetmap.org/"} {
		if !slices.ContainsFunc(p.links, func(l string) bool { return strings.HasPrefix(l, prefix) }) {
			lacks = append(lacks, what)
		}
	}
	if !regexp.MustCompile(`\b\d{5}\b`).MatchString(p.text) {
		lacks = append(lacks, "postal address")
	}
	slices.Sort(lacks)
	if len(lacks) > 0 {
		j.add("Contact details", false, "/contact", "lacks %s", strings.Join(lacks, ", "))
		return
	}
	j.add("Contact details", true, "/contact", "address, map, telephone, mail")
}

func (j *judging) linkTo(name, to string) {
	for link, on := range j.c.external {
		if strings.HasPrefix(link, to) {
			j.add(name, true, on, "%s", to)
			return
		}
	}
	j.add(name, false, "/", "no page links to %s", to)
}

// asked are words that people search for, and where they should be led.
var asked = map[string]string{"daftar kelahiran": "/service/jpn/birth-registration", "register a birth": "/service/jpn/birth-registration", "bantuan kanak-kanak": "/service/jkm/child-aid"}

func (j *judging) search() {
	without := 0
	for _, p := range j.c.pages {
		if p.html && !p.search {
			without++
		}
	}
	found := 0
	for q, want := range asked {
		p, err := j.c.get(j.ctx, "/search?q="+url.QueryEscape(q), "ms")
		if err == nil && p.status == http.StatusOK && slices.ContainsFunc(p.links, func(l string) bool { return strings.HasPrefix(l, want) }) {
			found++
		}
	}
	j.add("Search within the site", found == len(asked) && without == 0, "/search", "%d of %d questions led right; %d pages without the box", found, len(asked), without)
}

func (j *judging) database() {
	const path = "/api/v1/services?q=lesen&limit=5"
	p, err := j.c.get(j.ctx, path, "ms")
	ok := err == nil && p.status == http.StatusOK && strings.Contains(p.text, `"id"`)
	j.add("Searchable database", ok, path, "services and listings, for programs too")
}

// number reads the figure that follows a label on the page of statistics.
func (j *judging) number(label string) (n int, percent bool, ok bool) {
	p, err := j.c.get(j.ctx, "/statistics", "en")
	if err != nil {
		return 0, false, false
	}
	m := regexp.MustCompile(regexp.QuoteMeta(label) + ` ([\d,]+)(%?)`).FindStringSubmatch(p.text)
	if m == nil {
		return 0, false, false
	}
	n, err = strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
	return n, m[2] == "%", err == nil
}

func (j *judging) charter() {
	var without []string
	online := j.online()
	for _, s := range online {
		p := j.c.at("/report"+strings.TrimPrefix(s, "/service"), "ms")
		if p == nil || !strings.Contains(p.text, "Piagam") {
			without = append(without, s)
		}
	}
	j.add("Client's charter", len(online) > 0 && len(without) == 0, "/report", "%d of %d services promise one", len(online)-len(without), len(online))
	n, percent, ok := 0, false, false
	j.wait(func() bool { // the hall counts its cases once a minute
		n, percent, ok = j.number("Client's charter kept")
		return ok && percent && n > 0
	})
	j.add("Achievement of the client's charter, computed from cases", ok && percent && n > 0 && n <= 100, "/statistics", "%d%%", n)
}

// online are the services that can be done here: their pages have a start.
func (j *judging) online() (out []string) {
	for _, p := range j.c.under("/service/") {
		if slices.Contains(p.links, p.path+"/apply") {
			out = append(out, p.path)
		}
	}
	return out
}

func (j *judging) statistics() {
	online := j.online()
	n, _, ok := j.number("Services online")
	j.add("Number of online services", ok && n == len(online) && n > 0, "/statistics", "%d said, %d with a start button", n, len(online))
	used, _, ok := j.number("Applications received")
	j.add("Statistics of online services", ok && used > 0, "/statistics", "%d applications", used)
}

func (j *judging) help() {
	var without []string
	online := j.online()
	for _, s := range online {
		p := j.c.at(s, "en")
		if p == nil || !slices.Contains(p.links, s+"/eligibility") || !strings.Contains(p.text, "What you need") || !strings.Contains(p.text, "How it is decided") {
			without = append(without, s)
		}
	}
	j.add("Aid, tools and help for each service", len(online) > 0 && len(without) == 0, "/service/…", "%d of %d tell what is needed, how it is decided, and check eligibility", len(online)-len(without), len(online))
}

func (j *judging) security() {
	h := j.c.header
	csp := h.Get("Content-Security-Policy")
	var lacks []string
	for what, ok := range map[string]bool{"no inline script or style": csp != "" && !strings.Contains(csp, "unsafe-inline"), "no frame": strings.Contains(csp, "frame-ancestors 'none'"),
		"nosniff": h.Get("X-Content-Type-Options") == "nosniff", "referrer": h.Get("Referrer-Policy") != ""} {
		if !ok {
			lacks = append(lacks, what)
		}
	}
	slices.Sort(lacks)
	if len(lacks) > 0 {
		j.add("Online services' security, by header", false, "/", "lacks %s", strings.Join(lacks, ", "))
		return
	}
	j.add("Online services' security, by header", true, "/", "content policy, no frames, no sniffing")
}

func metAll(list []result) bool {
	return !slices.ContainsFunc(list, func(r result) bool { return !r.met })
}
