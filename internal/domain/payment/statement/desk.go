package statement

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// A waitingView is a desk's list of what nothing explains. It shows no payer: that
// is on the line's own page.
type waitingView struct {
	Desk  payment.Desk
	Lines []Line
	Total int64
	Asked map[string]Decision // by line
	Notes []payment.Note
	Done  string // what the officer did before this page
}

// doneKinds are what an officer can have done; the page of the list says it.
var doneKinds = []string{string(Match), string(Back), string(Keep), string(Charge), asked, "yes", "no", "again", "seen"}

// waitingMost is how many lines the page has; the oldest come first.
const waitingMost = 100

func (s *Part) waitingPage(w http.ResponseWriter, r *http.Request) error {
	d, err := s.pay.DeskOf(r)
	if err != nil {
		return err
	}
	v := waitingView{Desk: d}
	if done := r.URL.Query().Get("done"); slices.Contains(doneKinds, done) {
		v.Done = done
	}
	err = s.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Lines, v.Total, err = waitingLines(tx, d.Collector.Agency, d.Live, waitingMost); err != nil {
			return err
		}
		if v.Asked, err = askedIn(tx, d.Collector.Agency, d.Live); err != nil {
			return err
		}
		v.Notes, err = s.pay.NotesTx(tx, d)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, waitingPageView(payment.DeskPage(r, web.L(r.Context()).T("payment.desk.exceptions")), v))
}

// A lineView is a line that waits, with what the payer wrote and what can be done.
type lineView struct {
	Desk    payment.Desk
	Line    Line
	Asked   *Decision
	Self    string // the reader, who does not confirm what they asked for
	Limit   money.Amount
	Payment string // that was typed
	Wrong   string
}

func (s *Part) linePage(w http.ResponseWriter, r *http.Request) error {
	return s.lineShow(w, r, http.StatusOK, nil)
}

// lineShow shows a line; that it was looked at is in the journal, since it names
// who paid.
func (s *Part) lineShow(w http.ResponseWriter, r *http.Request, status int, bad error) error {
	d, err := s.pay.DeskOf(r)
	if err != nil {
		return err
	}
	l := web.L(r.Context())
	by := web.ActorOf(r.Context())
	v := lineView{Desk: d, Self: by.Person, Limit: s.pay.TwoAbove, Payment: clip(r.PostFormValue("payment"), 255)}
	if f, ok := fault.As(bad); ok {
		v.Wrong = l.T(f.Key, f.Args...)
	}
	err = s.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		if v.Line, err = s.waitingLine(tx, d, r.PathValue("line")); err != nil {
			return err
		}
		open, err := askedIn(tx, d.Collector.Agency, d.Live)
		if err != nil {
			return err
		}
		if x, is := open[v.Line.ID]; is {
			v.Asked = &x
		}
		_, err = s.journal.Append(tx, journal.Record{Kind: "statement.look", By: journal.ByActor(by), Data: map[string]any{"line": v.Line.ID},
			Why: locale.Text{MS: "Pegawai melihat satu catatan penyata bank.", EN: "An officer looked at a line of the bank's statement."}})
		return err
	})
	if err != nil {
		return err
	}
	page := payment.DeskPage(r, l.T("statement.line.title"))
	page.Error = bad != nil
	page.Before = ui.BackLink(ui.BackLinkProps{Href: d.Path("/exceptions")})
	return web.Render(w, r, status, linePageView(page, v))
}

// lineDecide takes an officer's button on a line's page.
func (s *Part) lineDecide(w http.ResponseWriter, r *http.Request) error {
	d, err := s.pay.DeskOf(r)
	if err != nil {
		return err
	}
	by, line, what := web.ActorOf(r.Context()), r.PathValue("line"), r.PostFormValue("do")
	done := what
	err = s.db.Write(r.Context(), func(tx *db.Tx) error {
		if what == "yes" || what == "no" {
			return s.ConfirmTx(tx, by, d, line, what == "yes")
		}
		x, err := s.DecideTx(tx, by, d, line, Action(what), clip(r.PostFormValue("payment"), 255))
		if done = what; x.State == asked {
			done = asked
		}
		return err
	})
	if fault.CodeOf(err) == fault.Invalid {
		return s.lineShow(w, r, fault.Status(fault.Invalid), err)
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, d.Path("/exceptions?done="+url.QueryEscape(done)))
}

// noteClose takes a note off the list: an officer has looked at it, or does what it is for.
func (s *Part) noteClose(w http.ResponseWriter, r *http.Request) error {
	d, err := s.pay.DeskOf(r)
	if err != nil {
		return err
	}
	done := "seen"
	if r.PostFormValue("do") == "again" {
		done = "again"
	}
	err = s.db.Write(r.Context(), func(tx *db.Tx) error {
		if done == "again" {
			return s.pay.SendAgainTx(tx, web.ActorOf(r.Context()), d, r.PathValue("note"))
		}
		return s.pay.CloseNoteTx(tx, web.ActorOf(r.Context()), d, r.PathValue("note"))
	})
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, d.Path("/exceptions?done="+done))
}

// A bookView is a desk's statements, with the proof of each day and its sums.
type bookView struct {
	Desk   payment.Desk
	Proofs []Proof
	Days   []Day
	List   []Statement
	Read   *Statement // that was brought now
	Wrong  string
}

// daysShown is how many days and statements the page has.
const daysShown = 31

func (s *Part) statementsPage(w http.ResponseWriter, r *http.Request) error {
	d, err := s.pay.DeskOf(r)
	if err != nil {
		return err
	}
	return s.statementsShow(w, r, http.StatusOK, bookView{Desk: d})
}

func (s *Part) statementsShow(w http.ResponseWriter, r *http.Request, status int, v bookView) error {
	d := v.Desk
	err := s.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Proofs, err = s.proofs(tx, d.Collector, d.Live, daysShown); err != nil {
			return err
		}
		if v.Days, err = daysOf(tx, d.Collector.Agency, d.Live, "", daysShown); err != nil {
			return err
		}
		v.List, err = statementsOf(tx, d.Collector.Agency, d.Live, daysShown)
		return err
	})
	if err != nil {
		return err
	}
	page := payment.DeskPage(r, web.L(r.Context()).T("payment.desk.statements"))
	page.Error = v.Wrong != ""
	return web.Render(w, r, status, statementsView(page, v))
}

// statementsRead takes a file that an officer brings. It is read from the form as
// it comes, so that the desk is asked for without its body.
func (s *Part) statementsRead(w http.ResponseWriter, r *http.Request) error {
	bare := r.Clone(r.Context())
	bare.Method, bare.Body, bare.Form, bare.MultipartForm = http.MethodGet, http.NoBody, nil, nil
	d, err := s.pay.DeskOf(bare)
	if err != nil {
		return err
	}
	v := bookView{Desk: d}
	done, err := s.pay.Upload(w, r, d.Collector.Agency, d.Live)
	if err != nil {
		return err
	}
	defer done()
	list, err := s.brought(r, d)
	if f, ok := fault.As(err); ok && (f.Code == fault.Invalid || f.Code == fault.Conflict) {
		v.Wrong = web.L(r.Context()).T(f.Key, f.Args...)
		return s.statementsShow(w, r, fault.Status(f.Code), v)
	}
	if err != nil {
		return err
	}
	v.Read = &list[0]
	return s.statementsShow(w, r, http.StatusOK, v)
}

func (s *Part) brought(r *http.Request, d payment.Desk) ([]Statement, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, refused("none").Wrap(err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, refused("none")
		}
		var tooBig *http.MaxBytesError
		if errors.As(err, &tooBig) {
			return nil, err
		}
		if err != nil {
			return nil, refused("none").Wrap(err)
		}
		if part.FileName() != "" {
			return s.Import(r.Context(), d.Collector, d.Live, From{Source: "file", By: web.ActorOf(r.Context())}, part)
		}
	}
}

// A counterView is the form on which money taken at a counter is noted.
type counterView struct {
	Desk              payment.Desk
	Reference, Amount string
	Paid              payment.Payment
	Wrong             map[string]string // by field
}

func (v counterView) problems() (out []ui.Problem) {
	for _, name := range []string{"reference", "amount"} {
		if v.Wrong[name] != "" {
			out = append(out, ui.Problem{Href: "#" + name, Text: v.Wrong[name]})
		}
	}
	return out
}

func (s *Part) counterPage(w http.ResponseWriter, r *http.Request) error {
	d, err := s.pay.DeskOf(r)
	if err != nil {
		return err
	}
	v := counterView{Desk: d, Reference: r.URL.Query().Get("reference")}
	if no := r.URL.Query().Get("paid"); no != "" {
		err = s.db.Read(r.Context(), func(tx *db.Tx) (err error) { v.Paid, err = s.pay.FoundTx(tx, d, no); return err })
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, counterPageView(payment.DeskPage(r, web.L(r.Context()).T("statement.counter")), v))
}

// counterTake gives the receipt for money that was taken at the counter.
func (s *Part) counterTake(w http.ResponseWriter, r *http.Request) error {
	d, err := s.pay.DeskOf(r)
	if err != nil {
		return err
	}
	v := counterView{Desk: d, Reference: clip(r.PostFormValue("reference"), 255), Amount: clip(r.PostFormValue("amount"), 20)}
	l := web.L(r.Context())
	v.Wrong = map[string]string{}
	amount, err := money.Typed(v.Amount)
	if err != nil {
		v.Wrong["amount"] = l.T("statement.error.amount")
	}
	if strings.TrimSpace(v.Reference) == "" {
		v.Wrong["reference"] = l.T("statement.counter.reference.blank")
	}
	status := fault.Status(fault.Invalid)
	if len(v.Wrong) == 0 {
		err = s.db.Write(r.Context(), func(tx *db.Tx) (err error) {
			v.Paid, err = s.pay.CounterTx(tx, web.ActorOf(r.Context()), d, v.Reference, amount)
			return err
		})
		if f, ok := fault.As(err); ok && (f.Code == fault.Invalid || f.Code == fault.Conflict) {
			field := "reference"
			if f.Key == "payment.error.exact" {
				field = "amount"
			}
			v.Wrong[field], status = l.T(f.Key, f.Args...), f.Status()
		} else if err != nil {
			return err
		}
	}
	if len(v.Wrong) > 0 {
		page := payment.DeskPage(r, l.T("statement.counter"))
		page.Error = true
		return web.Render(w, r, status, counterPageView(page, v))
	}
	return web.SeeOther(w, r, d.Path("/counter?paid="+url.QueryEscape(v.Paid.Receipt)))
}
