package payment

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/policy"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// Desk is an agency's finance desk, as one of its pages needs it.
type Desk struct {
	Collector Collector
	Name      locale.Text
	Live      bool // the books that are shown: of real money, or of tests
	Aside     bool // they are not the hall's own: tests beside real money or, in a demo, what live keys made
	Acts      bool // the reader is of its finance, and does not only look
}

// Path is an address of the desk's, with "test=1" or, in a demo, "live=1" where it does
// not show the hall's own books: what is done on a page of tests is done to tests.
func (d Desk) Path(rest string) string {
	path := "/payments/" + d.Collector.Agency + rest
	switch {
	case !d.Aside:
		return path
	case strings.Contains(rest, "?"):
		return path + "&" + d.Mark() + "=1"
	}
	return path + "?" + d.Mark() + "=1"
}

// Mark is what stands in the address of a desk of the books that it shows.
func (d Desk) Mark() string {
	if d.Live {
		return "live"
	}
	return "test"
}

// Other is the desk of the agency's other books.
func (d Desk) Other() Desk {
	d.Aside, d.Live = !d.Aside, !d.Live
	return d
}

// Console is a route of an agency's finance desk; path is what follows its
// address. Reading is "payment.console", all that changes something "payment.act".
func (p *Part) Console(method, path, action string, h web.Handler) web.Route {
	return web.Route{Method: method, Pattern: "/payments/{agency}" + path, Policy: action, SignIn: true, Resource: p.deskResource, Know: "payment.console", Handler: h}
}

func (p *Part) deskResource(r *http.Request) (policy.Resource, error) {
	agency := r.PathValue("agency")
	return policy.Resource{Type: "Desk", ID: agency, Attrs: map[string]any{"agency": agency}}, nil
}

// DeskOf is the desk whose page is asked for.
func (p *Part) DeskOf(r *http.Request) (d Desk, err error) {
	a := web.ActorOf(r.Context())
	err = p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if d.Collector, err = collectorOf(tx, r.PathValue("agency")); err != nil {
			return err
		}
		d.Name, err = p.agencyName(tx, d.Collector.Agency)
		return err
	})
	if errors.Is(err, db.ErrNoRows) {
		return d, fault.New(fault.Missing, "payment.error.no_desk")
	}
	// By the address alone: a form's body may be a file that somebody else reads.
	d.Live = !p.Demo
	if other := d.Other(); r.URL.Query().Get(other.Mark()) != "" {
		d = other
	}
	d.Acts = a.Agency == d.Collector.Agency && isTreasurer(a.Role)
	return d, err
}

// Books are the desk's accounts in the ledger.
func (d Desk) Books() Books { return d.Collector.Books(d.Live) }

// DeskPage is a page of a desk, which is as wide as its tables need.
func DeskPage(r *http.Request, title string) ui.Page {
	page := ui.NewPage(r, title)
	page.Wide = true
	return page
}

// isTreasurer tells whether a post is of an agency's finance.
func isTreasurer(role string) bool { return strings.HasSuffix(role, "/treasurer") }

// centre is the role that looks at all agencies' money: the Accountant General's.
const centre = "anm/treasurer"

// desks leads an officer to their own agency's desk, and who looks at all of them
// to the overview.
func (p *Part) desks(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	if isTreasurer(a.Role) && a.Role != centre {
		return web.SeeOther(w, r, "/payments/"+url.PathEscape(a.Agency))
	}
	return p.overview(w, r)
}

// A dayView is what a desk shows first.
type dayView struct {
	Desk     Desk
	Taken    tally
	Back     tally
	Clearing money.Amount
	Open     int64 // exceptions
	Days     []tally
	Latest   []Payment
}

// tally is a day's money.
type tally struct {
	Day   string
	Count int64
	Sum   money.Amount
}

// drawn is how many days a desk's picture has.
const drawn = 14

func (p *Part) dayPage(w http.ResponseWriter, r *http.Request) error {
	d, err := p.DeskOf(r)
	if err != nil {
		return err
	}
	v := dayView{Desk: d}
	now := p.Clock.Now()
	today := clock.Day(now)
	from := now.In(clock.Zone).AddDate(0, 0, 1-drawn)
	err = p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		days, err := takenByDay(tx, d.Collector.Agency, d.Live, startOf(from))
		if err != nil {
			return err
		}
		v.Days = everyDay(from, drawn, days)
		v.Taken = v.Days[drawn-1]
		if v.Back, err = sentBack(tx, d.Collector.Agency, d.Live, startOf(now)); err != nil {
			return err
		}
		v.Back.Day = today
		if v.Open, err = openExceptions(tx, d.Collector.Agency, d.Live); err != nil {
			return err
		}
		v.Clearing = 0
		for _, m := range Methods {
			a, err := p.Ledger.AccountTx(tx, d.Books().Clearing(m))
			if err != nil {
				return err
			}
			v.Clearing += a.Balance()
		}
		v.Latest, err = latestPayments(tx, d.Collector.Agency, d.Live, 20)
		return err
	})
	if err != nil {
		return err
	}
	l := web.L(r.Context())
	return web.Render(w, r, http.StatusOK, dayPageView(DeskPage(r, l.T("payment.desk.today")), v))
}

// startOf is the first moment of a day.
func startOf(t time.Time) int64 {
	y, m, d := t.In(clock.Zone).Date()
	return clock.Micro(time.Date(y, m, d, 0, 0, 0, 0, clock.Zone))
}

// everyDay sets days of which nothing is known between those of which something is.
func everyDay(from time.Time, n int, known []tally) []tally {
	out := make([]tally, n)
	for i := range out {
		out[i].Day = clock.Day(from.AddDate(0, 0, i))
		for _, k := range known {
			if k.Day == out[i].Day {
				out[i] = k
			}
		}
	}
	return out
}
