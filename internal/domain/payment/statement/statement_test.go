package statement_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/domain/payment/statement"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/mt940"
)

func (r *till) proof() statement.Proof {
	r.t.Helper()
	list, err := r.room.Proofs(r.c, false)
	if err != nil || len(list) == 0 {
		r.t.Fatal(err, len(list))
	}
	return list[0]
}

// What was paid is on the day's statement: clearing falls to zero, and the bank's
// closing balance is the ledger's to the sen.
func TestDayClears(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		_, a := r.paid(4550)
		_, b := r.paid(120)
		if r.clearing() != 4670 {
			t.Fatal(r.clearing())
		}
		s := r.day(today, 0, a, b)
		r.clock.Advance(24 * time.Hour)
		out := r.read(r.xml(s, a, b))
		if len(out) != 1 || out[0].Lines != 2 || out[0].Matched != 2 {
			t.Errorf("%+v", out)
		}
		if r.clearing() != 0 || r.balance(r.c.Books(false).Bank()) != 4670 {
			t.Errorf("clearing %d, bank %d", r.clearing(), r.balance(r.c.Books(false).Bank()))
		}
		if p := r.proof(); !p.Agrees() || p.Said != 4670 || !p.Over {
			t.Errorf("%+v", p)
		}
		r.sound()
	})
}

// The same file again, and the same statement in another file or format, books
// nothing again, and the answer says so.
func TestSameFileTwice(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		_, a := r.paid(4550)
		other := credit(99, "X1", "") // nobody's
		s := r.day(today, 0, a, other)
		r.clock.Advance(24 * time.Hour)
		file := r.xml(s, a, other)
		status, text, out := r.call(r.key, "POST", "/v1/statements", file)
		first := answer(t, out)
		if status != http.StatusCreated || first["read_before"] != false || first["new_lines"] != 2.0 || first["matched_lines"] != 1.0 {
			t.Fatal(status, text)
		}
		groups := r.groups()
		for range 2 {
			status, text, out := r.call(r.key, "POST", "/v1/statements", file)
			if status != http.StatusOK || answer(t, out)["read_before"] != true {
				t.Error(status, text)
			}
		}
		s.Message = "another file"
		var b bytes.Buffer
		if err := mt940.Write(&b, s, []iso20022.Entry{a, other}); err != nil {
			t.Fatal(err)
		}
		for _, again := range [][]byte{r.xml(s, a, other), b.Bytes()} {
			if out := r.read(again); len(out) != 1 || out[0].Fresh != 2 || out[0].Lines != 2 {
				t.Errorf("%+v", out)
			}
		}
		if n := r.groups(); n != groups {
			t.Errorf("%d groups, and %d before", n, groups)
		}
		changed := r.day(today, 0, a)
		if status, text, out := r.call(r.key, "POST", "/v1/statements", r.xml(changed, a)); status != http.StatusConflict || out["code"] != "P1203" || !strings.Contains(text, "was read before, with other content") {
			t.Errorf("the same id with other content: %d %s", status, text)
		}
		if p := r.proof(); !p.Agrees() || p.Said != 4649 {
			t.Errorf("%+v", p)
		}
		r.sound()
	})
}

func answer(t *testing.T, out map[string]any) map[string]any {
	t.Helper()
	list, _ := out["results"].([]any)
	if len(list) != 1 {
		t.Fatalf("%v", out)
	}
	one, _ := list[0].(map[string]any)
	return one
}

func (r *till) groups() int64 {
	r.t.Helper()
	a, err := r.ledger.Audit(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	return a.Groups
}

// A debit of which no message came ends as a receipt by the statement; what was
// not owed goes back, as it would had the bank told of it.
func TestStatementIsAFinding(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		lost, e2e := r.asked(4550)
		twiceID, twice := r.paid(700)
		short, shortRef := r.asked(1000)
		again := credit(700, "B-again", twice.Details[0].EndToEnd)
		written := credit(120, "B-written", "")
		inWords, wordsRef := r.asked(120)
		written.Details[0].Remittance = "bayar saman " + strings.ToLower(wordsRef[:7]+" "+wordsRef[7:12]+"-"+wordsRef[12:])
		list := []iso20022.Entry{credit(4550, "B-lost", e2e), twice, again, credit(900, "B-short", shortRef), written}
		r.read(r.xml(r.day(today, 0, list...), list...))
		r.drain()
		for _, id := range []string{lost, twiceID, inWords} {
			if status, receipt := r.state(id); status != "success" || receipt == "" {
				t.Errorf("%s: %s, receipt %q", id, status, receipt)
			}
		}
		if status, _ := r.state(short); status == "success" {
			t.Error("too little was a receipt")
		}
		if got := r.clearing(); got != -1600 {
			t.Errorf("clearing is %d: what goes back is on no statement yet", got)
		}
		// The bank tells of it after all: nothing changes.
		r.tell(payment.Finding{Reference: e2e, State: "paid", Amount: 4550, Currency: "MYR", Account: r.c.Account, BankRef: "B-lost"})
		r.sound()
	})
}

// Two telephones paid one code, and the bank told of the later alone: the line of
// the earlier is no line of the later's debit. It goes back, and nothing is left
// for a person to explain.
func TestEarlierPhoneUntold(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		id, later := r.paid(700)
		earlier := credit(700, "A-earlier", later.Details[0].EndToEnd)
		list := []iso20022.Entry{earlier, later}
		r.read(r.xml(r.day(today, 0, list...), list...))
		r.drain()
		if status, receipt := r.state(id); status != "success" || receipt == "" {
			t.Errorf("%s, receipt %q", status, receipt)
		}
		if n := r.balance(r.c.Books(false).Suspense()); n != 0 {
			t.Errorf("%d sen are in suspense", n)
		}
		if got := r.clearing(); got != -700 {
			t.Errorf("clearing is %d: the earlier one's money is on its way back", got)
		}
		r.sound()
	})
}

// Refunds on the statement clear, whether the bank's answer came or not.
func TestRefundsClear(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		id, line := r.paid(4550)
		r.read(r.xml(r.day(today, 0, line), line))
		var refunds []string
		second := ""
		for range 2 {
			status, text, out := r.call(r.key, "POST", "/v1/payments/"+id+"/refunds", []byte(`{"amount": 500}`))
			if status != http.StatusAccepted {
				t.Fatal(status, text)
			}
			one, _ := out["refund_id"].(string)
			second = one
			refunds = append(refunds, strings.ReplaceAll(one, "-", ""))
			if len(refunds) == 1 {
				r.drain() // the bank answers the first; of the second nothing is heard
			}
		}
		r.clock.Advance(24 * time.Hour)
		a, b := debit(500, "R1", refunds[0]), debit(500, "R2", refunds[1])
		a.Booked, b.Booked = "2026-12-01", "2026-12-01"
		out := r.read(r.xml(r.day("2026-12-01", 4550, a, b), a, b))
		if out[0].Matched != 2 || r.clearing() != 0 {
			t.Errorf("%+v, clearing %d", out, r.clearing())
		}
		if _, _, o := r.call(r.key, "GET", "/v1/payments/"+id+"/refunds/"+second, nil); o["status"] != "success" {
			t.Errorf("%v", o)
		}
		if p := r.proof(); !p.Agrees() || p.Said != 3550 {
			t.Errorf("%+v", p)
		}
		r.sound()
	})
}
