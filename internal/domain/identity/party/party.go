package party

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"balai/internal/domain/identity/op"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// Clients keeps the registered programs.
type Clients interface {
	SaveClientTx(tx *db.Tx, c op.Client) error
	SuspendTx(tx *db.Tx, id string) (op.Client, error)
	Issuer(provider string) string
}

// Journal is the public record as this part needs it.
type Journal interface {
	Append(tx *db.Tx, r journal.Record) (leaf string, err error)
}

// Laws knows the laws on which a program may learn something.
type Laws interface {
	// Law is a law's name by its code, such as "act-299"; false where there is none.
	Law(code string) (locale.Text, bool)
	Codes() []string
}

// Agencies knows where an agency's own pages are.
type Agencies interface {
	Agency(tx *db.Tx, id string) (directory.Agency, error)
}

// Caller knows which addresses may be called.
type Caller interface{ Check(address string) error }

// Options are what the console stands on.
type Options struct {
	DB       *db.DB
	Clock    clock.Clock
	IDs      *id.Source
	Journal  Journal
	Clients  Clients
	Laws     Laws
	Agencies Agencies
	Caller   Caller
	Demo     bool // addresses of this machine may go live
}

// Party is the console.
type Party struct{ Options }

// New makes it.
func New(o Options) *Party { return &Party{o} }

// owner tells whether the actor decides what of an agency's goes live.
func owner(a actor.Actor) bool { return a.Officer() && strings.HasSuffix(a.Role, "/digital-officer") }

// A Check is one thing that has to be so before a program goes live.
type Check struct {
	Key string // of its sentence; Key+".do" is what to do
	OK  bool
	// Open are the hosts of which whoever approves has to say that they are the
	// agency's own: nothing here can tell. Key+".ask" is the question.
	Open []string
}

const (
	nameMost, purposeMost, listMost, reasonMost = 60, 300, 10, 500
)

// Checks says what a program lacks before it may go live. site is the address of
// its agency's own pages, "" where none is known.
func (p *Party) Checks(c op.Client, site string) []Check {
	out := []Check{
		{Key: "party.check.name", OK: c.Name.MS != "" && c.Name.EN != ""},
		{Key: "party.check.purpose", OK: c.Purpose.MS != "" && c.Purpose.EN != ""},
		{Key: "party.check.redirect", OK: len(c.RedirectURIs) > 0 && all(c.RedirectURIs, p.safe), Open: elsewhere(site, c.RedirectURIs)},
		{Key: "party.check.out", OK: all(c.SignedOut, p.safe) && (c.Logout == "" || p.Caller.Check(c.Logout) == nil), Open: elsewhere(site, append(slices.Clone(c.SignedOut), c.Logout))},
		{Key: "party.check.basis", OK: !slices.ContainsFunc(c.Scopes, func(w op.Wanted) bool { return !p.based(c, w) })},
	}
	if c.Profile == op.Citizen {
		out = append(out, Check{Key: "party.check.keys", OK: op.CheckKeys(c.JWKS) == ""}, Check{Key: "party.check.own", OK: !c.Made})
	}
	return out
}

// checksTx is Checks beside the directory.
func (p *Party) checksTx(tx *db.Tx, c op.Client) ([]Check, error) {
	a, err := p.Agencies.Agency(tx, c.Agency)
	return p.Checks(c, a.Site), err
}

// elsewhere are the hosts of addresses that are not below an agency's own name.
func elsewhere(site string, addresses []string) (out []string) {
	own := ""
	if u, err := url.Parse(site); err == nil {
		own = strings.TrimPrefix(u.Hostname(), "www.")
	}
	for _, text := range addresses {
		u, err := url.Parse(text)
		if err != nil || u.Hostname() == "" {
			continue
		}
		h := u.Hostname()
		if (own == "" || h != own && !strings.HasSuffix(h, "."+own)) && !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}

func all(list []string, ok func(string) bool) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !ok(s) })
}

// safe tells whether a person may be sent to an address with a code: by TLS, to
// a named host, exactly there.
func (p *Party) safe(text string) bool {
	u, err := url.Parse(text)
	if err != nil || !exact(text) {
		return false
	}
	local := u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost" || strings.HasSuffix(u.Hostname(), ".localhost")
	if local {
		return p.Demo
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return false // a number is nobody's, and its owner changes
	}
	return u.Scheme == "https" && strings.Contains(u.Hostname(), ".")
}

// exact tells whether an address is one: no pattern, no fragment, no name in it,
// and no letter that looks like another or hides what follows.
func exact(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && plainHost(u) && u.User == nil && u.Fragment == "" && u.RawQuery == "" &&
		!strings.ContainsAny(text, "*#\\") && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) && len(text) <= 200
}

// plainHost tells whether an address is of a host as names are written, in lower
// case (a name in another script as xn--), or of an address of IPv4 or IPv6.
func plainHost(u *url.URL) bool {
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return false
		}
	}
	if strings.HasSuffix(u.Host, ":") {
		return false
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		return ip.Zone() == ""
	}
	return u.Hostname() != "" && strings.Trim(u.Hostname(), "abcdefghijklmnopqrstuvwxyz0123456789.-") == ""
}

// programme is the table's word for a basis that is no law.
const programme = "agency-programme"

// based tells whether a scope has a basis: the person's consent, or what the
// table of laws has. The number of the identity card needs a law.
func (p *Party) based(c op.Client, w op.Wanted) bool {
	if c.Profile == op.Staff {
		return true
	}
	if w.Scope == "mykad" && (w.Basis == "consent" || w.Basis == programme) {
		return false
	}
	_, known := p.Laws.Law(w.Basis)
	return known || w.Basis == "consent"
}

// ready tells whether nothing is missing.
func ready(list []Check) bool { return !slices.ContainsFunc(list, func(c Check) bool { return !c.OK }) }

// open tells whether something is left for whoever approves to say.
func open(list []Check) bool {
	return slices.ContainsFunc(list, func(c Check) bool { return len(c.Open) > 0 })
}
