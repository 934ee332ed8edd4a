package definition

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"balai/internal/spine/clock"
)

// What of a listing can have been compared with a source.
const (
	Cost   = "cost"
	Time   = "time"
	Amount = "amount" // what the agency pays, as the summary says it
)

// Checked says when somebody compared a listing with what others publish, so
// that a citizen and an editor see how fresh its figures are.
type Checked struct {
	On      string   `yaml:"on"`      // the day of the comparison, "2026-11-29"
	As      string   `yaml:"as"`      // "" where the agency or the state says it itself, else Reported
	What    []string `yaml:"what"`    // some of Cost, Time and Amount
	Sources []string `yaml:"sources"` // https addresses of the pages that were read
}

// Reported is a figure that only others publish: a page shows it as such, and
// shows no source, since none of them answers for it.
const Reported = "reported"

// Confirmed tells whether the agency or the state says the figures itself.
func (c Checked) Confirmed() bool { return c.As == "" }

// Host names a source by where it stands: a whole address is too long to read.
func (c Checked) Host(source string) string {
	u, err := url.Parse(source)
	if err != nil {
		return source
	}
	return u.Hostname()
}

// official tells whether a source is the state's, or of the agency's own site.
func official(source, site string) bool {
	u, err := url.Parse(source)
	own, failed := url.Parse(site)
	if err != nil || failed != nil {
		return false
	}
	under := func(domain string) bool {
		return domain != "" && (u.Hostname() == domain || strings.HasSuffix(u.Hostname(), "."+domain))
	}
	return under("gov.my") || under(strings.TrimPrefix(own.Hostname(), "www."))
}

// lint checks what is said about a comparison, of a listing with that site.
// Only its form can be checked here: nothing is fetched.
func (c Checked) lint(site string, bad func(at, reason string, args ...any)) {
	if _, err := clock.ParseDay(c.On); err != nil {
		bad("checked.on", "%q is no day such as 2026-11-29", c.On)
	}
	if c.As != "" && c.As != Reported {
		bad("checked.as", "as is %q; it must be reported, or left out", c.As)
	}
	if len(c.What) == 0 {
		bad("checked.what", "say what was checked: cost, time, amount")
	}
	for i, what := range c.What {
		if !slices.Contains([]string{Cost, Time, Amount}, what) || slices.Contains(c.What[:i], what) {
			bad(fmt.Sprintf("checked.what[%d]", i), "what is %q; it must be cost, time or amount, each once", what)
		}
	}
	if len(c.Sources) == 0 {
		bad("checked.sources", "name the pages that it was checked against")
	}
	for i, source := range c.Sources {
		if !secure(source) {
			bad(fmt.Sprintf("checked.sources[%d]", i), "%q is no https address", source)
		} else if c.Confirmed() && !official(source, site) {
			bad(fmt.Sprintf("checked.sources[%d]", i), "%q is neither of .gov.my nor of the listing's site; if it is certain, say as: reported", c.Host(source))
		}
	}
}

// secure tells whether an address is a whole https one.
func secure(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.Host != ""
}
