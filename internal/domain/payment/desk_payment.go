package payment

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/money"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// A listView is a desk's list of payments.
type listView struct {
	Desk   Desk
	Search string
	State  Status
	List   []Payment
	Total  int64
	Page   int64
	Query  url.Values
}

// perPage is how many payments a page has.
const perPage = 50

// listPage lists an agency's payments, the newest first; what is searched for is
// a reference, a receipt's number, an attempt's or a bank's reference.
func (p *Part) listPage(w http.ResponseWriter, r *http.Request) error {
	d, err := p.DeskOf(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	q.Del("test") // the desk's paths have them
	q.Del("live")
	v := listView{Desk: d, Search: strings.TrimSpace(clip(q.Get("q"), 255)), State: Status(q.Get("state")), Page: 1, Query: q}
	if n, err := strconv.ParseInt(q.Get("page"), 10, 32); err == nil && n > 1 {
		v.Page = n
	}
	err = p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.List, v.Total, err = deskSearch(tx, d, v.Search, string(v.State), v.Page)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listPageView(DeskPage(r, web.L(r.Context()).T("payment.desk.list")), v))
}

// A sheet is one payment as its agency sees it.
type sheet struct {
	Desk     Desk
	Payment  Payment
	Events   []event
	Attempts []Attempt
	Refunds  []Refund
	Sent     money.Amount                // what of it the bank has sent back
	People   map[string]directory.Person // the officers of the refunds
	Self     string                      // the reader, who does not confirm what they asked for
	Limit    money.Amount                // above which two persons decide
	Amount   string                      // of the refund that was typed
	Wrong    string
}

// AtCounter tells whether it was paid at a counter, so that no bank can send it back.
func (s sheet) AtCounter() bool {
	for _, a := range s.Attempts {
		if a.ID == s.Payment.Attempt {
			return a.Method == Counter
		}
	}
	return false
}

func (p *Part) paymentPage(w http.ResponseWriter, r *http.Request) error {
	return p.sheet(w, r, http.StatusOK, "", nil)
}

// deskPayment is a payment of the desk's agency and of the books that it shows.
func (p *Part) deskPayment(tx *db.Tx, d Desk, id string) (Payment, error) {
	pay, err := paymentByID(tx, id)
	if errors.Is(err, db.ErrNoRows) || err == nil && (pay.Agency != d.Collector.Agency || pay.Live != d.Live) {
		return pay, fault.New(fault.Missing, "payment.error.no_payment")
	}
	return pay, err
}

func (p *Part) sheet(w http.ResponseWriter, r *http.Request, status int, amount string, bad error) error {
	d, err := p.DeskOf(r)
	if err != nil {
		return err
	}
	s := sheet{Desk: d, Self: web.ActorOf(r.Context()).Person, Limit: p.TwoAbove, Amount: amount}
	l := web.L(r.Context())
	if f, ok := fault.As(bad); ok {
		s.Wrong = l.T(f.Key, f.Args...)
	}
	err = p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if s.Payment, err = p.deskPayment(tx, d, r.PathValue("payment")); err != nil {
			return err
		}
		if s.Events, err = eventsOf(tx, s.Payment.ID); err != nil {
			return err
		}
		if s.Attempts, err = attemptsOf(tx, s.Payment.ID); err != nil {
			return err
		}
		if s.Refunds, err = allRefundsOf(tx, s.Payment.ID); err != nil {
			return err
		}
		if s.Sent, err = sentBackOf(tx, s.Payment.ID); err != nil {
			return err
		}
		var who []string
		for _, f := range s.Refunds {
			who = append(who, f.AskedBy, f.DecidedBy)
		}
		s.People, err = p.Directory.People(tx, who)
		return err
	})
	if err != nil {
		return err
	}
	page := DeskPage(r, l.T("payment.sheet.title", "ref", s.Payment.Reference))
	page.Error = bad != nil
	page.Before = ui.BackLink(ui.BackLinkProps{Href: d.Path("/list")})
	return web.Render(w, r, status, sheetView(page, s))
}
