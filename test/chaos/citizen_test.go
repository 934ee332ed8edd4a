package chaos

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"balai/balaitest"
)

const (
	moving = "jpn/change-of-address"
	apply  = "/service/" + moving + "/apply"
)

// town is where people move to; its office has the officers of the story.
type town struct{ postcode, city, state, checker, decider string }

var towns = []town{
	{"15400", "Kota Bharu", "MY-03", "off-kb-reg", "off-kb-asst"},
	{"81100", "Johor Bahru", "MY-01", "off-jb-reg", "off-jb-asst"},
	{"88000", "Kota Kinabalu", "MY-12", "off-kk-reg", "off-kk-asst"},
}

// citizen is one of the country's people who moves house.
type citizen struct {
	n      int
	person string
	cookie string
	to     town
	street string // no two move to the same
	moved  time.Time

	byPage  bool // by the form's pages; else as a program, by the API
	sends   bool // else the form is left filled in
	officer bool // moved so long ago that an officer decides
	hasty   bool // sends twice at once

	draft string // what was acknowledged: the street is kept in this draft
	mu    sync.Mutex
	refs  map[string]bool // every reference that was acknowledged
}

// newCitizen spreads people over every way through the service.
func newCitizen(n int, person, cookie string, today time.Time) *citizen {
	c := &citizen{n: n, person: person, cookie: cookie, to: towns[n%len(towns)], street: fmt.Sprintf("No. %d, Jalan Ribut %d", n+1, n%97),
		byPage: n%5 < 3, sends: n%10 != 0, officer: n%4 == 1, hasty: n%3 == 1, refs: map[string]bool{}}
	c.moved = today.AddDate(0, 0, -6)
	if c.officer {
		c.moved = today.AddDate(-2, 0, 0)
	}
	return c
}

// move fills in and sends, however often it takes. The error is a lost answer, or an end of patience.
func (c *citizen) move(w *world) error {
	if !c.byPage {
		return c.send(w, func(w *world, at *balaitest.Person) (string, balaitest.Answer, error) {
			r, a, err := at.Apply(moving, "chaos-"+strconv.Itoa(c.n), c.body(w.facts))
			return r.Ref, a, err
		})
	}
	if err := c.fill(w); err != nil {
		return err
	}
	review, err := w.until(c, "review", func(at *balaitest.Person) (balaitest.Answer, error) { return at.Get(apply + "/review") }, http.StatusOK)
	if err != nil {
		return err
	}
	if !strings.Contains(html.UnescapeString(string(review.Body)), c.street) {
		return fmt.Errorf("%s: the answer is not on the page that sends it", c.person)
	}
	if !c.sends {
		return nil
	}
	form := hidden(review.Body)
	return c.send(w, func(w *world, at *balaitest.Person) (string, balaitest.Answer, error) {
		a, err := at.Form(apply+"/review", form)
		to := a.Header.Get("Location")
		if err != nil || a.Status != http.StatusSeeOther || !strings.HasPrefix(to, "/case/") {
			return "", a, err
		}
		ref, _, _ := strings.Cut(strings.TrimPrefix(to, "/case/"), "?")
		a.Status = http.StatusCreated
		return ref, a, nil
	})
}

// fill answers the two questions of the form. Each answer that is acknowledged has to be there from then on.
func (c *citizen) fill(w *world) error {
	if _, err := w.until(c, "start", func(at *balaitest.Person) (balaitest.Answer, error) { return at.Get(apply) }, http.StatusSeeOther); err != nil {
		return err
	}
	held, err := w.until(c, "held", func(at *balaitest.Person) (balaitest.Answer, error) { return at.Get(apply + "/held") }, http.StatusOK)
	if err != nil {
		return err
	}
	draft := hidden(held.Body).Get("draft")
	if draft == "" {
		return fmt.Errorf("%s: no draft on the first page", c.person)
	}
	for _, page := range []struct {
		name, next string
		fields     url.Values
	}{
		{"held", "new-address", url.Values{}},
		{"new-address", "move", url.Values{"address": {c.street}, "postcode": {c.to.postcode}}},
		{"move", "review", url.Values{"moved_on-day": {strconv.Itoa(c.moved.Day())}, "moved_on-month": {strconv.Itoa(int(c.moved.Month()))},
			"moved_on-year": {strconv.Itoa(c.moved.Year())}, "who_moves": {"alone"}}},
	} {
		page.fields.Set("draft", draft)
		a, err := w.until(c, page.name, func(at *balaitest.Person) (balaitest.Answer, error) {
			return at.Form(apply+"/"+page.name, page.fields)
		}, http.StatusSeeOther)
		if err != nil {
			return err
		}
		if to := a.Header.Get("Location"); to != apply+"/"+page.next {
			return fmt.Errorf("%s: after %s comes %s: an answer is lost", c.person, page.name, to)
		}
		if page.name == "new-address" {
			c.draft = draft
		}
	}
	return nil
}

// send sends until it is acknowledged; the hasty send at both processes at once.
func (c *citizen) send(w *world, once func(*world, *balaitest.Person) (string, balaitest.Answer, error)) error {
	tries := 1
	if c.hasty {
		tries = 2
	}
	var all sync.WaitGroup
	errs := make([]error, tries)
	for i := range tries {
		all.Go(func() {
			_, errs[i] = w.until(c, "send", func(at *balaitest.Person) (balaitest.Answer, error) {
				ref, a, err := once(w, at)
				if err == nil && a.Status == http.StatusCreated {
					c.mu.Lock()
					c.refs[ref] = true
					c.mu.Unlock()
				}
				return a, err
			}, http.StatusCreated)
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *citizen) body(facts []string) map[string]any {
	return map[string]any{"facts_accepted": facts, "files": map[string]any{}, "answers": map[string]any{
		"address": c.street, "postcode": c.to.postcode, "city": c.to.city, "state": c.to.state,
		"moved_on": c.moved.Format(time.DateOnly), "who_moves": "alone"}}
}

func (c *citizen) ref() string {
	for r := range c.refs {
		return r
	}
	return ""
}

var (
	formTag  = regexp.MustCompile(`(?s)<form method="post" action="` + apply + `/[^"]*".*?</form>`)
	inputTag = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

// hidden are the hidden fields of a page's first form about the application, as a browser would send them.
func hidden(page []byte) url.Values {
	v := url.Values{}
	for _, m := range inputTag.FindAllSubmatch(formTag.Find(page), -1) {
		v.Set(string(m[1]), html.UnescapeString(string(m[2])))
	}
	return v
}
