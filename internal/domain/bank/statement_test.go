package bank

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
	"balai/internal/spine/mt940"
	"pgregory.net/rapid"
)

// read is a statement with its entries.
type statementRead struct {
	iso20022.Statement
	entries []iso20022.Entry
}

func (r *rig) statement(path string) statementRead {
	r.t.Helper()
	a := r.page(http.DefaultClient, path)
	if a.status != http.StatusOK {
		r.t.Fatalf("%s: %d %s", path, a.status, a.body)
	}
	var out statementRead
	take := func(_ *iso20022.Statement, e iso20022.Entry) error { out.entries = append(out.entries, e); return nil }
	var list []iso20022.Statement
	var err error
	if bytes.HasPrefix(a.body, []byte("<?xml")) {
		list, err = iso20022.ReadStatements(bytes.NewReader(a.body), take)
	} else {
		list, err = mt940.Read(bytes.NewReader(a.body), take)
	}
	if err != nil || len(list) != 1 || len(list[0].Wrong) > 0 {
		r.t.Fatalf("%s: %v %+v\n%s", path, err, list, a.body)
	}
	out.Statement = list[0]
	return out
}

// leads checks that the entries lead from the opening balance to the closing one.
func (s statementRead) leads(t rapid.TB) (opening, closing money.Amount) {
	t.Helper()
	o, ok := s.Opening()
	c, ok2 := s.Closing()
	sum := o.Amount
	for _, e := range s.entries {
		sum += e.Signed()
	}
	if !ok || !ok2 || sum != c.Amount {
		t.Errorf("%s: from %d the entries lead to %d, and it says %d", s.ID, o.Amount, sum, c.Amount)
	}
	return o.Amount, c.Amount
}

// Each day's statement leads from its opening to its closing balance, which is
// the next one's opening, in every form and for every account.
func TestStatementChain(t *testing.T) {
	r := newRig(t)
	n := 0
	for range 4 {
		for range 3 {
			r.pays(reference(n), money.Amount(1000+n))
			n++
		}
		if out, _ := r.refund(reference(n-1), fmt.Sprint("R", n), 500); out.State != paid {
			t.Fatal(out)
		}
		r.now.Advance(24 * time.Hour)
	}
	for _, account := range []string{Payer, "JPJ-001", capital, "low"} {
		for _, form := range []string{"/statements/%s/%s.xml", "/statements/%s/%s.mt940", "/reports/%s/%s.xml"} {
			last, sequence := money.Amount(0), int64(0)
			for i := range 5 {
				date := clock.Day(time.Date(2026, 11, 30+i, 0, 0, 0, 0, clock.Zone))
				s := r.statement(fmt.Sprintf(form, account, date))
				opening, closing := s.leads(t)
				if opening != last || i > 0 && s.Sequence != sequence+1 {
					t.Errorf("%s of %s opens with %d after %d; it is number %d after %d", account, date, opening, last, s.Sequence, sequence)
				}
				last, sequence = closing, s.Sequence
			}
			if last != r.balance(account) {
				t.Errorf("%s closes with %d and holds %d", account, last, r.balance(account))
			}
		}
	}
}

// An entry carries what its receiver needs to know it by.
func TestStatementEntry(t *testing.T) {
	r := newRig(t)
	p := r.pays(reference(1), 1000)
	s := r.statement("/statements/JPJ-001/2026-11-30.xml")
	if len(s.entries) != 1 || len(s.entries[0].Details) != 1 {
		t.Fatalf("%+v", s)
	}
	e := s.entries[0]
	x := e.Details[0]
	if !e.Credit || e.Reversal || e.Bank != p.BankReference || e.Booked != "2026-11-30" || e.Value != "2026-11-30" || e.Status != iso20022.Booked {
		t.Errorf("%+v", e)
	}
	if x.EndToEnd != reference(1) || x.Amount != 1000 || x.Debtor.Account.Other != Payer || x.Creditor.Account.Other != "JPJ-001" {
		t.Errorf("%+v", x)
	}
	m := r.statement("/statements/JPJ-001/2026-11-30.mt940").entries[0]
	if m.Bank != p.BankReference || !bytes.Contains([]byte(m.Info), []byte("EREF "+reference(1))) {
		t.Errorf("%+v", m)
	}
	if n := r.statement("/notifications/JPJ-001/2026-11-30.xml"); len(n.entries) != 1 || n.entries[0].Bank != p.BankReference {
		t.Errorf("%+v", n)
	}
}

// A day that is booked as a batch is one line with many transactions, each to be
// known; a notification has them one by one.
func TestStatementBatch(t *testing.T) {
	r := newRig(t)
	r.faults(`{"batch":true}`)
	for i := range 5 {
		r.pays(reference(i), money.Amount(100+i))
	}
	r.faults(`{}`)
	r.pays(reference(9), 900)
	s := r.statement("/statements/JPJ-001/2026-11-30.xml")
	s.leads(t)
	if len(s.entries) != 2 {
		t.Fatalf("%+v", s.entries)
	}
	e := s.entries[0]
	if e.Amount != 510 || e.Batch.Count != 5 || len(e.Details) != 5 || e.Bank != "" {
		t.Errorf("%+v", e)
	}
	for i, x := range e.Details {
		if x.EndToEnd != reference(i) || x.Amount != money.Amount(100+i) || x.Bank == "" {
			t.Errorf("%+v", x)
		}
	}
	if m := r.statement("/statements/JPJ-001/2026-11-30.mt940"); len(m.entries) != 2 || m.entries[0].Amount != 510 {
		t.Errorf("%+v", m.entries)
	}
	if n := r.statement("/notifications/JPJ-001/2026-11-30.xml"); len(n.entries) != 6 {
		t.Errorf("%d entries", len(n.entries))
	}
	if p := r.statement("/statements/demo/2026-11-30.xml"); len(p.entries) != 7 { // the opening one too
		t.Errorf("the payer's has %d entries", len(p.entries))
	}
}

// Two statements of a day that is not over are not one, and that of the whole day
// is neither.
func TestStatementOfRunningDay(t *testing.T) {
	r := newRig(t)
	seen := map[string]bool{}
	for n := range 3 {
		r.pays(reference(n), 1000)
		for _, path := range []string{"/statements/JPJ-001/2026-11-30.xml", "/reports/JPJ-001/2026-11-30.xml"} {
			s := r.statement(path)
			if seen[s.ID] {
				t.Errorf("%s: another statement was %s too", path, s.ID)
			}
			seen[s.ID] = true
			if m := r.statement("/statements/JPJ-001/2026-11-30.mt940"); path[1] == 's' && m.ID != s.ID {
				t.Errorf("%s is %s as an MT940", s.ID, m.ID)
			}
		}
		if n == 1 {
			r.now.Advance(48 * time.Hour)
		}
	}
	if s := r.statement("/statements/JPJ-001/2026-11-30.xml"); s.ID != r.statement("/statements/JPJ-001/2026-11-30.xml").ID {
		t.Error("a whole day's statement changes its name")
	}
}

// A credit that is taken back is marked so.
func TestStatementReversal(t *testing.T) {
	r := newRig(t)
	r.faults(`{"reversal":1}`)
	p := r.pays(reference(1), 1000)
	r.now.Advance(time.Minute)
	r.deliver()
	for _, path := range []string{"/statements/JPJ-001/2026-11-30.xml", "/statements/JPJ-001/2026-11-30.mt940"} {
		s := r.statement(path)
		s.leads(t)
		if len(s.entries) != 2 || s.entries[0].Reversal || !s.entries[1].Reversal || s.entries[1].Credit || s.entries[1].Amount != 1000 {
			t.Errorf("%s: %+v", path, s.entries)
		}
	}
	x := r.statement("/statements/JPJ-001/2026-11-30.xml").entries[1].Details[0]
	if x.EndToEnd != reference(1) || x.Return != "AM05" || p.BankReference == x.Bank {
		t.Errorf("%+v", x)
	}
}

// A clock that jumped books on another day.
func TestStatementJump(t *testing.T) {
	r := newRig(t)
	r.faults(`{"clock_jump":"48h"}`)
	r.pays(reference(1), 1000)
	if s := r.statement("/statements/JPJ-001/2026-11-30.xml"); len(s.entries) > 0 {
		t.Errorf("%+v", s.entries)
	}
	if s := r.statement("/statements/JPJ-001/2026-12-02.xml"); len(s.entries) != 1 {
		t.Errorf("%+v", s.entries)
	}
}

func TestStatementMissing(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{"/statements/nobody/2026-11-30.xml", "/statements/demo/2026-12-01.xml", "/statements/demo/2026-02-30.xml", "/statements/demo/x.xml",
		"/statements/demo/2026-11-30.pdf", "/statements/demo/2026-11-30", "/notifications/demo/2026-11-30.mt940"} {
		if a := r.page(http.DefaultClient, path); a.status != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}
