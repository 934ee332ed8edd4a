package payment

import (
	"net/http"
	"slices"
	"strconv"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/web"
)

// An overView is what all agencies took in so many days.
type overView struct {
	Span     int // days
	Live     bool
	Agencies []agencyTally
	Methods  []groupTally
	Ends     []groupTally // why payments ended without money, by code
	Refused  []groupTally // attempts that came to nothing at a bank, by code
	Waits    []int64      // receipts by how long after the bank's debit; see waits
	Days     []tally
	Taken    tally
	Asked    int64 // payments that ended
	Failed   int64 // of them without money
}

// agencyTally is one agency's line.
type agencyTally struct {
	Agency   string
	Name     locale.Text
	Count    int64
	Sum      money.Amount
	Failed   int64
	Refused  int64 // attempts
	Open     int64 // exceptions
	Clearing money.Amount
}

// groupTally counts by a word.
type groupTally struct {
	Word  string
	Count int64
	Sum   money.Amount
}

// waitEnds are the ends of the steps in which the time from the bank's debit to
// the receipt is counted, in seconds; the last step has none.
var waitEnds = []int64{1, 2, 5, 30, 120, 600}

// spans are the days that an overview can be over.
var spans = []int{7, 30, 365}

// overview is the centre's page: what all agencies take, how, what fails, and how
// soon a payer has the receipt.
func (p *Part) overview(w http.ResponseWriter, r *http.Request) error {
	v := overView{Span: 30, Live: !p.Demo}
	if n, err := strconv.Atoi(r.FormValue("days")); err == nil && slices.Contains(spans, n) {
		v.Span = n
	}
	first := p.Clock.Now().In(clock.Zone).AddDate(0, 0, 1-v.Span)
	from := startOf(first)
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Agencies, err = p.agencyTallies(tx, v.Live, from); err != nil {
			return err
		}
		if v.Methods, err = takenByMethod(tx, v.Live, from); err != nil {
			return err
		}
		if v.Ends, err = endsByCode(tx, v.Live, from); err != nil {
			return err
		}
		if v.Refused, err = refusedByCode(tx, v.Live, from); err != nil {
			return err
		}
		if v.Waits, err = waits(tx, v.Live, from); err != nil {
			return err
		}
		days, err := takenByDay(tx, "", v.Live, from)
		v.Days = everyDay(first, v.Span, days)
		return err
	})
	if err != nil {
		return err
	}
	for _, d := range v.Days {
		v.Taken.Count, v.Taken.Sum = v.Taken.Count+d.Count, v.Taken.Sum+d.Sum
	}
	for _, e := range v.Ends {
		v.Failed += e.Count
	}
	v.Asked = v.Taken.Count + v.Failed
	l := web.L(r.Context())
	return web.Render(w, r, http.StatusOK, overviewView(DeskPage(r, l.T("payment.overview.title")), v))
}

// agencyTallies are the agencies that take payments, what they took first.
func (p *Part) agencyTallies(tx *db.Tx, live bool, from int64) ([]agencyTally, error) {
	list, err := collectors(tx)
	if err != nil {
		return nil, err
	}
	known, err := takenByAgency(tx, live, from)
	if err != nil {
		return nil, err
	}
	out := make([]agencyTally, len(list))
	for i, c := range list {
		a := known[c.Agency]
		a.Agency = c.Agency
		if a.Name, err = p.agencyName(tx, c.Agency); err != nil {
			return nil, err
		}
		accounts, err := p.Ledger.AccountsTx(tx, c.Books(live).Owner())
		if err != nil {
			return nil, err
		}
		for _, x := range accounts {
			for _, m := range Methods {
				if x.Code == c.Books(live).Clearing(m) {
					a.Clearing += x.Balance()
				}
			}
		}
		out[i] = a
	}
	slices.SortStableFunc(out, func(a, b agencyTally) int { return int(max(min(b.Sum-a.Sum, 1), -1)) })
	return out, nil
}
