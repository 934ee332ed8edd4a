package statement

import (
	"errors"
	"net/http"

	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// PayStatement is a statement that was read, as /v1 tells of it.
type PayStatement struct {
	ID      string        `json:"statement_id"`
	Ident   string        `json:"bank_statement_id" doc:"The bank's own id of it"`
	Page    int64         `json:"page"`
	Date    string        `json:"date"`
	Known   bool          `json:"read_before" doc:"Nothing was booked again"`
	Lines   int64         `json:"lines"`
	New     int64         `json:"new_lines" doc:"That were on no statement before"`
	Matched int64         `json:"matched_lines" doc:"Of the new ones; the others wait for a person"`
	Opening *money.Amount `json:"opening_balance,omitempty" doc:"in sen"`
	Closing *money.Amount `json:"closing_balance,omitempty" doc:"in sen"`
}

// PayStatements are the statements of a file, or of an agency.
type PayStatements struct {
	Results []PayStatement `json:"results"`
}

// PayDay is an agency's settlement of a day, in sen.
type PayDay struct {
	Date      string       `json:"date"`
	State     string       `json:"state" enum:"open,closed" doc:"Closed once the bank's last statement of the day was read"`
	Collected money.Amount `json:"collected"`
	Refunds   money.Amount `json:"refunds"`
	Fees      money.Amount `json:"fees"`
	Payouts   money.Amount `json:"payouts"`
	Other     money.Amount `json:"other" doc:"What a person had to look at, below zero where it left the account"`
	Net       money.Amount `json:"net" doc:"By how much the account at the bank changed"`
	Lines     int64        `json:"lines"`
	Closed    string       `json:"closed_date,omitempty"`
}

// PayDays are an agency's settlements, the last day first.
type PayDays struct {
	Results []PayDay `json:"results"`
}

func out(x Statement) PayStatement {
	o := PayStatement{ID: x.ID, Ident: x.Ident, Page: x.Page, Date: x.Day, Known: x.known, Lines: x.Lines, New: x.Fresh, Matched: x.Matched}
	if x.HasOpening {
		o.Opening = &x.Opening
	}
	if x.HasClosing {
		o.Closing = &x.Closing
	}
	return o
}

// post reads a file that an agency's system sends: the body is the file.
func (s *Part) post(w http.ResponseWriter, r *http.Request, k payment.Key) error {
	var c payment.Collector
	err := s.db.Read(r.Context(), func(tx *db.Tx) (err error) { c, err = s.pay.CollectorTx(tx, k.Agency); return err })
	if err != nil {
		return err
	}
	done, err := s.pay.Upload(w, r, k.Agency, k.Live)
	if err != nil {
		return err
	}
	defer done()
	list, err := s.Import(r.Context(), c, k.Live, From{Source: "api"}, r.Body)
	if err != nil {
		return err
	}
	status := http.StatusOK
	var o PayStatements
	for _, x := range list {
		if !x.known {
			status = http.StatusCreated
		}
		o.Results = append(o.Results, out(x))
	}
	return payment.Reply(w, status, o)
}

// shown is how many statements or days an answer has.
const shown = 100

func (s *Part) list(w http.ResponseWriter, r *http.Request, k payment.Key) error {
	o := PayStatements{Results: []PayStatement{}}
	err := s.db.Read(r.Context(), func(tx *db.Tx) error {
		list, err := statementsOf(tx, k.Agency, k.Live, shown)
		for _, x := range list {
			o.Results = append(o.Results, out(x))
		}
		return err
	})
	return errors.Join(err, reply(w, err, o))
}

// reply answers where nothing went wrong.
func reply(w http.ResponseWriter, err error, v any) error {
	if err != nil {
		return nil
	}
	return payment.Reply(w, http.StatusOK, v)
}

// settlements are the agency's days; before, one of its dates, leads further back.
func (s *Part) settlements(w http.ResponseWriter, r *http.Request, k payment.Key) error {
	before := r.URL.Query().Get("to_date")
	if _, err := clock.ParseDay(before); before != "" && err != nil {
		return refused("date", "date", clip(before, 20))
	}
	o := PayDays{Results: []PayDay{}}
	err := s.db.Read(r.Context(), func(tx *db.Tx) error {
		list, err := daysOf(tx, k.Agency, k.Live, before, shown)
		for _, d := range list {
			x := PayDay{Date: d.Day, State: "open", Collected: d.Collected, Refunds: d.Refunds, Fees: d.Fees, Payouts: d.Payouts, Other: d.Other, Net: d.Net, Lines: d.Lines}
			if d.ClosedAt > 0 {
				x.State, x.Closed = "closed", clock.Day(clock.FromMicro(d.ClosedAt))
			}
			o.Results = append(o.Results, x)
		}
		return err
	})
	return errors.Join(err, reply(w, err, o))
}
