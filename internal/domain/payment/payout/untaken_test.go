package payout

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/iso20022"
)

// three are payments of one message.
func three() string { return sheet("12345678 10.00", "2345678901 20.50", "3456789012 1") }

// tried is how often the only message of a batch was sent, and when it is again.
func (r *rig) tried(id string) (c Chunk) {
	r.t.Helper()
	r.read(func(tx *db.Tx) (err error) { c, err = chunkOf(tx, id, 0); return err })
	return c
}

// notes are what stands before officers of messages that the bank does not take.
func (r *rig) notes() (out []payment.Note) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		all, err := r.desk.NotesTx(tx, payment.Desk{Collector: payment.Collector{Agency: "jkm"}})
		out = slices.DeleteFunc(all, func(n payment.Note) bool { return n.Kind != untaken })
		return err
	})
	return out
}

// A bank that does not take a message is sent it again with growing distance, officers
// are told once and may have it sent at once, and what they were told ends by itself.
func TestUntaken(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.fund(100_000)
		r.bank.away = true
		id := r.approved(three())
		r.drain()
		var waits []time.Duration
		for last := int64(1); len(waits) < 14; {
			r.later(5 * time.Second)
			waits = append(waits, time.Duration(r.tried(id).NextAt-r.tried(id).TriedAt)*time.Microsecond)
			if n := len(r.notes()); n != min(len(waits)/alarmAt, 1) {
				t.Fatalf("after %d tries %d notes are there", len(waits), n)
			}
			r.clock.Advance(waits[len(waits)-1] - 5*time.Second)
			if c := r.tried(id); c.Tries != last {
				t.Fatalf("sent %d times, and not %d", c.Tries, last)
			}
			r.later(0)
			last++
		}
		if waits[0] != time.Minute || !slices.IsSorted(waits) || waits[5] < 20*time.Minute || waits[12] != sendMost || waits[13] != sendMost {
			t.Errorf("the waits are %v", waits)
		}
		one := officer("aminah")
		page := r.page(one, r.batchPage, "GET", id, "", "", nil)
		r.shows(page, "though it was sent 15 times", "Call the bank and name the message below.", r.tried(id).Message(), "Send it again now")
		r.shows(r.page(one, r.listPage, "GET", "", "", "", nil), "The bank has not taken the payments of the list", "/payouts/"+id+"#do")
		// An officer has it sent at once, as often as they like: it is sent once.
		for range 3 {
			if a := r.form(one, r.batchAsk, id); a.status != http.StatusSeeOther {
				t.Fatal(a.status, a.text)
			}
		}
		before := r.bank.calls
		r.later(0)
		r.later(0)
		if r.bank.calls != before+1 {
			t.Errorf("it was sent %d times", r.bank.calls-before)
		}
		// While it is being sent it is not sent beside that; two processes send it once.
		_, err := r.begun(t.Context(), chunkJob{id, 0})
		must(t, err)
		r.form(one, r.batchAsk, id)
		c := r.tried(id)
		if c.NextAt != 0 {
			t.Error("it is sent twice at once")
		}
		r.shows(r.page(one, r.batchPage, "GET", id, "", "", nil), "The message is being sent.")
		c.NextAt = r.now()
		r.write(func(tx *db.Tx) error { return updateChunk(tx, c) })
		r.bank.away = false
		must(t, r.sendDue(t.Context(), c))
		must(t, r.sendDue(t.Context(), c))
		n := 0
		r.read(func(tx *db.Tx) error {
			return tx.QueryRow(`select count(*) from outbox_job where kind = $1 and state = 'available'`, jobSend).Scan(&n)
		})
		if n != 1 {
			t.Errorf("%d processes send it", n)
		}
		r.drain()
		r.bank.settle()
		r.later(time.Minute)
		if got := r.state(id); got != "paid, paid, paid" || r.bank.calls != before+2 || len(r.notes()) != 0 {
			t.Errorf("%s after %d calls; %d notes", got, r.bank.calls-before, len(r.notes()))
		}
		if a := r.form(one, r.batchAsk, id); a.status != http.StatusConflict {
			t.Error("what the bank has is sent again:", a.status)
		}
		if page := r.page(one, r.listPage, "GET", "", "", "", nil); strings.Contains(page.text, "has not taken") {
			t.Error("the list still warns")
		}
		other := officer("aminah")
		other.Role = "jkm/clerk"
		if a := r.form(other, r.batchAsk, id); a.status != http.StatusForbidden {
			t.Error("a clerk has it sent again:", a.status)
		}
	})
}

// What a bank says that it did not take, for what is in it, was paid to nobody: its
// lines are refused, its money is free, and its references may come again.
func TestRefusedMessage(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.fund(100_000)
		for i, no := range []string{"422", iso20022.WrongFormat} {
			r.bank.no = no
			id := r.approved(three())
			r.drain()
			b := r.batch(id)
			if got := r.state(id); got != "rejected FF01, rejected FF01, rejected FF01" || b.State != Done || r.available() != 100_000 {
				t.Fatalf("%s: %s is %s, and %d are free", no, got, b.State, r.available())
			}
			r.shows(r.page(officer("aminah"), r.batchPage, "GET", id, "", "", nil), "The bank cannot read this payment.")
			if r.bank.calls != i+1 {
				t.Errorf("%d calls", r.bank.calls)
			}
		}
		r.bank.no = ""
		id := r.approved(three())
		r.drain()
		r.bank.settle()
		r.later(time.Minute)
		if got := r.state(id); got != "paid, paid, paid" {
			t.Error(got)
		}
	})
}

// No silence and no refusal that may be of a second sending is taken for a refusal: a
// bank that took a message and whose answer was lost has paid it.
func TestLostIsNotRefused(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for _, no := range []string{"422", iso20022.Duplicate, "DU01"} {
			r.fund(100_000)
			r.bank.cut = true
			id := r.approved(three())
			r.drain()
			r.bank.cut, r.bank.no = false, no
			for range 40 {
				r.later(time.Minute)
				if got := r.state(id); strings.Contains(got, "rejected") {
					t.Fatalf("%s: what the bank paid is %s", no, got)
				}
			}
			r.bank.no = ""
			r.bank.settle()
			r.later(time.Hour)
			if got := r.state(id); got != "paid, paid, paid" {
				t.Errorf("%s: %s", no, got)
			}
			if p := r.call("jkm", "POST", "/v1/payouts", "text/csv", three(), "").problem(t); p.PayoutID != id {
				t.Errorf("%s: the same again: %+v", no, p)
			}
			r.bank.comeBack()
			r.altered = true
			r.write(func(tx *db.Tx) error { // the next turn pays the same again
				_, err := tx.Exec(`delete from payout_line where batch = $1`, id)
				if err == nil {
					_, err = tx.Exec(`update payout_batch set freed_at = 1`)
				}
				return err
			})
			clear(r.bank.orders)
		}
	})
}

// A refusal counts once nothing that was sent before it can be on its way, and once
// the bank, when it is asked, does not have the message.
func TestRefusalIsLate(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.fund(100_000)
		r.bank.away = true
		id := r.approved(three())
		r.drain()
		r.bank.away, r.bank.no = false, "422"
		for r.tried(id).State == chunkWaiting {
			c := r.tried(id)
			r.clock.Advance(time.Duration(c.NextAt-c.TriedAt) * time.Microsecond)
			r.later(0)
			if now := r.tried(id); (now.State == chunkSettled) != (now.TriedAt-c.TriedAt >= onItsWay.Microseconds()) {
				t.Fatalf("after %d it is %s", now.TriedAt-c.TriedAt, now.State)
			}
		}
		if got := r.state(id); got != "rejected FF01, rejected FF01, rejected FF01" || r.available() != 100_000 {
			t.Error(got, r.available())
		}
		// A bank that says that it has what it does not have says nothing.
		r.bank.no = iso20022.Duplicate
		id = r.approved(three())
		r.drain()
		if b := r.batch(id); b.State != Approved || r.state(id) != "waiting, waiting, waiting" || r.tried(id).NextAt == 0 {
			t.Errorf("%s, %s", b.State, r.state(id))
		}
		r.bank.no = "422"
		r.later(sendAgain)
		r.later(onItsWay)
		r.form(officer("aminah"), r.batchAsk, id)
		r.later(0)
		// Of a message whose refusal names another, and of one that cannot be asked about.
		id = r.approved(three())
		c := r.tried(id)
		who := payment.Collector{}
		for what, err := range map[string]error{"another": &payment.RefusedError{Message: "X"}, "silence": errAway, "away": &payment.RefusedError{Message: c.Message()}} {
			r.bank.away = what == "away"
			if said, got := r.heard(t.Context(), r.bank, who, c, 0, nil, err); got == nil || said.all.state != "" {
				t.Errorf("%s: %+v %v", what, said, got)
			}
		}
		r.bank.away = false
		if said, got := r.heard(t.Context(), r.bank, who, c, 0, nil, errors.Join(errAway, &payment.RefusedError{Message: c.Message(), Reason: "FF01"})); got != nil || said.all.state != Rejected {
			t.Errorf("%+v %v", said, got)
		}
	})
}

// What a bank refuses as a whole is refused line by line, be some named; what it says
// that it has is not.
func TestRefusedWhole(t *testing.T) {
	report := func(group, part, reason string, lines ...iso20022.TransferStatus) answers {
		var out bytes.Buffer
		head := iso20022.Report{Message: "R", Created: start, Of: "M", OfKind: "pain.001.001.10", Status: group}
		if reason != "" {
			head.Reasons = []iso20022.Reason{{Code: reason}}
		}
		w := iso20022.NewReportWriter(&out, head)
		must(t, w.Payment(iso20022.PaymentStatus{ID: "M", Status: part}))
		for _, x := range lines {
			must(t, w.Transfer(x))
		}
		must(t, w.Close())
		said, err := readReport(out.Bytes(), "M")
		must(t, err)
		return said
	}
	named := iso20022.TransferStatus{Instruction: "1", EndToEnd: "A", Status: iso20022.Rejected, Reasons: []iso20022.Reason{{Code: iso20022.Duplicate}}}
	paid := iso20022.TransferStatus{Instruction: "1", EndToEnd: "A", Status: iso20022.Settled}
	one, two := Line{N: 1, Reference: "A"}, Line{N: 2, Reference: "B"}
	for what, x := range map[string]struct {
		said     answers
		one, two LineState
	}{
		"all":                  {report("RJCT", "", "AC02"), Rejected, Rejected},
		"some named":           {report("RJCT", "", "AC02", named), Rejected, Rejected},
		"named otherwise":      {report("RJCT", "", "AC02", paid), Paid, Rejected},
		"the part":             {report("", "RJCT", ""), Rejected, Rejected},
		"the part, some named": {report("PART", "RJCT", "", named), Rejected, ""},
		"partly":               {report("PART", "", "", named), Rejected, ""},
		"a duplicate":          {report("RJCT", "", "DU01"), "", ""},
		"one sent again":       {report("RJCT", "", "", named).withoutDuplicates(), "", ""},
		"taken":                {report("ACCP", "", ""), "", ""},
	} {
		for l, want := range map[*Line]LineState{&one: x.one, &two: x.two} {
			if got, _ := x.said.of(*l); got.state != want {
				t.Errorf("%s: the line %d is %q, and not %q", what, l.N, got.state, want)
			}
		}
	}
}
