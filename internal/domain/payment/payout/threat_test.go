package payout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
)

// The same payments again, in whatever file and under whatever key, pay nobody; the
// answer says which batch has them.
func TestNobodyIsPaidTwice(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.fund(100_000)
		file := sheet("12345678 10.00", "2345678901 20.50", "3456789012 1", "45678901 2")
		first := r.call("jkm", "POST", "/v1/payouts", "text/csv", file, "k1").payout(t)
		if again := r.call("jkm", "POST", "/v1/payouts", "text/csv", file, "k1").payout(t); again.ID != first.ID {
			t.Error("one request made two payouts")
		}
		if p := r.call("jkm", "POST", "/v1/payouts", "text/csv", file+"\n", "k1").problem(t); p.status != 409 || p.Code != "P0191" {
			t.Errorf("another file under the same key: %+v", p)
		}
		same := func(what, kind, body string) {
			t.Helper()
			if p := r.call("jkm", "POST", "/v1/payouts", kind, body, "").problem(t); p.status != 409 || p.PayoutID != first.ID || len(p.Errors) != 4 {
				t.Errorf("%s: %+v", what, p)
			}
		}
		same("the same file", "text/csv", file)
		same("the same in another dress", "text/csv", "\uFEFF"+strings.ReplaceAll(file, ",", ";"))
		rows := strings.SplitAfter(file, "\n")
		turned := strings.Join(append([]string{rows[0]}, rows[4], rows[3], rows[2], rows[1]), "")
		p := r.call("jkm", "POST", "/v1/payouts", "text/csv", turned, "").problem(t)
		if p.status != 422 || p.Total != 4 || !strings.Contains(p.Errors[0].Description, first.ID) {
			t.Errorf("the same payments in another order: %+v", p)
		}
		if p := r.call("jkm", "POST", "/v1/payouts", "text/csv", rows[0]+rows[2], "").problem(t); p.status != 422 || p.Total != 1 {
			t.Errorf("one payment again: %+v", p)
		}
		// Another agency's references are its own.
		r.call("ptptn", "POST", "/v1/payouts", "text/csv", file, "").payout(t)
		// What was cancelled paid nobody, and may come again.
		must(t, r.cancel(officer("aminah"), first.ID))
		r.drain()
		id := r.approved(file)
		r.drain()
		r.bank.settle()
		r.later(10 * time.Second)
		same2 := r.call("jkm", "POST", "/v1/payouts", "text/csv", file, "").problem(t)
		if same2.PayoutID != id {
			t.Errorf("%+v", same2)
		}
		for e2e, n := range r.bank.times {
			if n != 1 {
				t.Errorf("%s was paid %d times", e2e, n)
			}
		}
		r.sound()
	})
}

// A bank that took an order and whose answer was lost is sent the same order, and
// pays once; one that is away is tried again.
func TestSentAgainPaysOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.fund(100_000)
		r.bank.cut = true
		id := r.approved(sheet("12345678 10.00", "2345678901 20.50", "3456789012 1", "45678901 2"))
		r.drain()
		if r.batch(id).State != Approved || r.bank.times["R-12345678-0"] != 1 {
			t.Fatal("the bank has not taken it:", r.batch(id).State)
		}
		r.bank.cut, r.bank.away = false, true
		r.later(sendAgain)
		r.bank.away = false
		r.later(sendAgain)
		r.bank.settle()
		r.later(time.Minute)
		if got := r.state(id); got != "paid, paid, paid, paid" {
			t.Error(got)
		}
		for e2e, n := range r.bank.times {
			if n != 1 {
				t.Errorf("%s was paid %d times", e2e, n)
			}
		}
		if r.bank.left != 100_000-3350 || r.available() != 100_000-3350 {
			t.Error(r.bank.left, r.available())
		}
		r.sound()
	})
}

// What was changed after its approval is not sent, be it by a hand in the database:
// a line, a line of a later part, a part, the batch, or its approval.
func TestAlteredIsNotSent(t *testing.T) {
	for what, alter := range map[string]string{
		"an account":       `update payout_line set account = '99999999123' where n = 1`,
		"an amount":        `update payout_line set amount = 999999 where n = 1`,
		"a name":           `update payout_line set name = 'Penyangak' where n = 2`,
		"a later part":     `update payout_line set account = '99999999123' where n = 5`,
		"a line less":      `delete from payout_line where n = 5`,
		"two lines turned": `update payout_line set account = case n when 1 then '2345678901' else '12345678' end where n in (1, 2)`,
		"a part's digest":  `update payout_chunk set digest = 'x' where no = 1`,
		"the total":        `update payout_batch set total = total + 1`,
		"the account":      `update payout_batch set account = '123456789012'`,
		"the maker":        `update payout_batch set maker = approver`,
		"the approval":     `update payout_batch set leaf = (select min(leaf) from journal_leaf)`,
		"hash and all":     `update payout_batch set hash = 'x', content = 'y'`,
	} {
		t.Run(what, func(t *testing.T) {
			each(t, func(t *testing.T, r *rig) {
				r.altered = true
				r.fund(100_000)
				id := r.approved(sheet("12345678 10.00", "2345678901 20.50", "3456789012 1", "45678901 2", "567890123 3"))
				r.write(func(tx *db.Tx) error { _, err := tx.Exec(alter); return err })
				r.drain()
				if b := r.batch(id); b.State != Stopped || r.bank.calls != 0 {
					t.Fatalf("%s; the bank was called %d times", b.State, r.bank.calls)
				}
				n := 0
				r.read(func(tx *db.Tx) error {
					return tx.QueryRow(`select count(*) from payment_exception where kind = 'payout_altered'`).Scan(&n)
				})
				if n != 1 {
					t.Error("no officer is told")
				}
				r.later(time.Hour)
				if r.bank.calls != 0 {
					t.Error("it was sent later")
				}
				must(t, r.cancel(officer("badrul"), id))
				r.drain()
				if n := r.available(); n != 100_000 {
					t.Errorf("the fund has %d", n)
				}
			})
		})
	}
}

// What is altered of a payout that was paid, or waits, is found too: to whom it was paid,
// and who agreed.
func TestAuditFindsAltered(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.fund(100_000)
		id := r.approved(sheet("12345678 10.00", "2345678901 20.50", "3456789012 1", "45678901 2", "567890123 3"))
		r.drain()
		r.bank.settle()
		r.later(10 * time.Second)
		if b := r.batch(id); b.State != Done {
			t.Fatal(b.State)
		}
		r.sound()
		for what, q := range map[string][2]string{
			"to whom":    {`update payout_line set account = '99999999123' where n = 1`, `update payout_line set account = '12345678' where n = 1`},
			"what for":   {`update payout_line set note = note || 'x' where n = 5`, `update payout_line set note = substr(note, 1, length(note) - 1) where n = 5`},
			"who agreed": {`update payout_batch set approver = 'somebody'`, `update payout_batch set approver = 'badrul'`},
			"who made":   {`update payout_batch set maker = 'somebody'`, `update payout_batch set maker = 'aminah'`},
		} {
			r.write(func(tx *db.Tx) error { _, err := tx.Exec(q[0]); return err })
			wrong, err := r.Audit(t.Context())
			if must(t, err); !strings.Contains(strings.Join(wrong, "\n"), "the payout "+id+" was altered") {
				t.Errorf("%s: %q", what, wrong)
			}
			r.write(func(tx *db.Tx) error { _, err := tx.Exec(q[1]); return err })
			r.sound()
		}
	})
}

// Altered between two parts: what was sent as approved stands, the rest stays, and
// what the bank may have is asked for before its money is free.
func TestAlteredOnTheWay(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.altered = true
		r.fund(100_000)
		r.bank.cut = true // the first part is taken, and its answer lost
		id := r.approved(sheet("12345678 10.00", "2345678901 20.50", "3456789012 1", "45678901 2", "567890123 3"))
		r.drain()
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`update payout_line set amount = 999999 where n = 5`)
			return err
		})
		r.bank.cut = false
		r.later(sendAgain)
		if b := r.batch(id); b.State != Stopped {
			t.Fatal(b.State)
		}
		must(t, r.cancel(officer("badrul"), id))
		if n := r.available(); n != 100_000-3150 {
			t.Errorf("the fund has %d: the bank may have the first part", n)
		}
		r.bank.settle()
		r.later(time.Minute)
		if got := r.state(id); got != "paid, paid, paid, dropped, dropped" {
			t.Error(got)
		}
		if n := r.available(); n != 100_000-3150 || r.batch(id).State != Done {
			t.Errorf("the fund has %d, %s", n, r.batch(id).State)
		}
	})
}

// One person never both makes and approves; nobody of another agency or post does
// either, nor by a weak sign-in, nor what they have not seen.
func TestFourEyes(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.fund(100_000)
		id := r.call("jkm", "POST", "/v1/payouts", "text/csv", sheet("12345678 10.00"), "").payout(t).ID
		refused := func(what string, err error, code fault.Code) {
			t.Helper()
			if fault.CodeOf(err) != code {
				t.Errorf("%s: %v", what, err)
			}
		}
		refused("approved before anybody put it forward", r.approve(officer("badrul"), id), fault.Conflict)
		must(t, r.submit(officer("aminah"), id))
		refused("put forward twice", r.submit(officer("badrul"), id), fault.Conflict)
		refused("approved by its maker", r.approve(officer("aminah"), id), fault.Denied)
		again := officer("aminah")
		again.Post = "jkm-other"
		refused("approved by its maker in another post", r.approve(again, id), fault.Denied)
		clerk := officer("badrul")
		clerk.Role = "jkm/clerk"
		refused("approved by a clerk", r.approve(clerk, id), fault.Denied)
		acting := officer("badrul")
		acting.For = actor.For{Person: "x"}
		refused("approved for somebody else", r.approve(acting, id), fault.Denied)
		other := officer("badrul")
		other.Agency, other.Role = "ptptn", "ptptn/treasurer"
		refused("approved by another agency", r.approve(other, id), fault.Missing)
		weak := officer("badrul")
		weak.AAL = 1
		if err := r.approve(weak, id); !errors.Is(err, errWeak) {
			t.Error("approved by a weak sign-in:", err)
		}
		refused("approved by a hash that is not its own", r.desk.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := r.ApproveTx(tx, officer("badrul"), id, strings.Repeat("0", 64))
			return err
		}), fault.Conflict)
		r.drain()
		if r.bank.calls != 0 || r.available() != 100_000 {
			t.Error("something was sent")
		}
		// A hand in the database that names another maker does not let the maker approve.
		r.write(func(tx *db.Tx) error { _, err := tx.Exec(`update payout_batch set maker = 'badrul'`); return err })
		refused("approved by its maker, who is another in the database", r.approve(officer("aminah"), id), fault.Conflict)
		r.write(func(tx *db.Tx) error { _, err := tx.Exec(`update payout_batch set maker = 'aminah'`); return err })
		must(t, r.approve(officer("badrul"), id))
		refused("approved twice", r.approve(officer("cina"), id), fault.Conflict)
		refused("cancelled when it was approved", r.cancel(officer("aminah"), id), fault.Conflict)
		if a := r.call("jkm", "POST", "/v1/payouts/"+id+"/cancel", "", "", ""); a.status != 409 {
			t.Error(a.status, a.text)
		}
		r.sound()
	})
}

// A batch takes no more than the fund has.
func TestFundIsEnough(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.fund(1000)
		id := r.call("jkm", "POST", "/v1/payouts", "text/csv", sheet("12345678 10.01"), "").payout(t).ID
		must(t, r.submit(officer("aminah"), id))
		if err := r.approve(officer("badrul"), id); fault.CodeOf(err) != fault.Conflict {
			t.Error(err)
		}
		r.fund(1)
		must(t, r.approve(officer("badrul"), id))
		r.sound()
	})
}

// A process that dies while a file is read leaves nothing of it.
func TestNothingIsKeptHalf(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		file := sheet("12345678 1", "2345678901 2", "3456789012 3", "45678901 4")
		for what, body := range map[string]string{
			"a bad line at the end": file + "x,MBBEMYKL,Ali,1,R9,\n",
			"cut in a quote":        file + "\"5678901234,MBBEMYKL",
		} {
			if p := r.call("jkm", "POST", "/v1/payouts", "text/csv", body, "").problem(t); p.status != 422 || p.Total == 0 {
				t.Errorf("%s: %+v", what, p)
			}
		}
		// Its process is killed after the first chunk.
		r.write(func(tx *db.Tx) error {
			b := Batch{ID: "dead", Agency: "jkm", Source: CSV, State: Loading, MadeAt: r.now(), TouchedAt: r.now()}
			if err := insertBatch(tx, b); err != nil {
				return err
			}
			return insertLines(tx, b, []Line{{N: 1, Reference: "R-12345678-0", Account: "12345678", Amount: 1, State: Waiting}})
		})
		r.clock.Advance(abandonedAfter + time.Second)
		must(t, r.Sweep(context.Background()))
		n := 0
		r.read(func(tx *db.Tx) error {
			return tx.QueryRow(`select (select count(*) from payout_line) + (select count(*) from payout_batch) + (select count(*) from payout_chunk)`).Scan(&n)
		})
		if n != 0 {
			t.Errorf("%d rows are left", n)
		}
		r.call("jkm", "POST", "/v1/payouts", "text/csv", file, "").payout(t)
	})
}

// Whoever alters a line and every hash in the database with it still has not the
// journal.
func TestForgedWholeIsNotSent(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.altered = true
		r.fund(100_000)
		id := r.approved(sheet("12345678 10.00", "2345678901 20.50"))
		r.write(func(tx *db.Tx) error {
			if _, err := tx.Exec(`update payout_line set account = '99999999123' where n = 1`); err != nil {
				return err
			}
			lines, err := linesBetween(tx, id, 1, 2)
			if err != nil {
				return err
			}
			b, err := batchByID(tx, id)
			if err != nil {
				return err
			}
			b.Content = contentOf([]Chunk{{Digest: digestOf(lines)}})
			b.Hash = b.hashOf(b.Content)
			if _, err := tx.Exec(`update payout_chunk set digest = $1`, digestOf(lines)); err != nil {
				return err
			}
			return updateBatch(tx, b)
		})
		r.drain()
		if b := r.batch(id); b.State != Stopped || r.bank.calls != 0 {
			t.Errorf("%s; the bank was called %d times", b.State, r.bank.calls)
		}
	})
}

// TestSameFileAtOnce: a file that comes again while it is being read is told to wait.
// It has no errors, and the first may still be refused.
func TestSameFileAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, 500)
		var list []string
		for i := range 1500 { // more than a reader takes at once: some are kept before the end is seen
			list = append(list, fmt.Sprintf("5140%08d 10.00", i))
		}
		text := sheet(list...)
		var no *Refusal
		again := &atEnd{Reader: strings.NewReader(text), do: func() {
			var err error
			_, no, err = r.Take(t.Context(), File{Agency: "jkm", Format: CSV, Body: strings.NewReader(text), Reference: "B", By: officer("badrul")})
			must(t, err)
		}}
		b, first, err := r.Take(t.Context(), File{Agency: "jkm", Format: CSV, Body: again, Reference: "A", By: officer("aminah")})
		must(t, err)
		if first != nil || b.State != Submitted || b.Count != 1500 {
			t.Fatalf("the first is %+v, %+v", b, first)
		}
		if no == nil || !no.Busy || no.Of == nil || no.Of.ID != b.ID {
			t.Errorf("the second was answered %+v", no)
		}
		if p := r.problem(no); p.status != http.StatusConflict || p.Code != "P1104" {
			t.Errorf("a program is told %+v", p)
		}
		r.sound()
	}, migrations()...)
}

// atEnd does something once when its text has been read.
type atEnd struct {
	*strings.Reader
	do func()
}

func (a *atEnd) Read(to []byte) (int, error) {
	n, err := a.Reader.Read(to)
	if do := a.do; err == io.EOF && do != nil {
		a.do = nil
		do()
	}
	return n, err
}

// Who sends other payments under a pain.001's id that was used hears that it is the id,
// and not that the payments are the same.
func TestUsedMessageID(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		order := func(e2e string) string { return r.order("GAJI-11", e2e, "Nurul Huda") }
		first := r.call("jkm", "POST", "/v1/payouts", "application/xml", order("A-1"), "").payout(t)
		p := r.call("jkm", "POST", "/v1/payouts", "application/xml", order("B-1"), "").problem(t)
		if p.status != 409 || p.Code != "P1103" || p.PayoutID != first.ID || !strings.Contains(p.Description, "MsgId") || strings.Contains(p.Description, "same payments") {
			t.Errorf("%+v", p)
		}
		r.shows(r.uploaded(officer("aminah"), order("B-1")), "was made of a file with this MsgId already")
		r.shows(r.uploaded(officer("aminah"), header+"12345678,MBBEMYKL,Ali bin Abu,,A1,\n"), "The file has 1 error.")
	})
}

// An address, a query or an id that is no text is refused as one, and a name whose
// letters would be read from the other side is no name.
func TestUnreadableRequests(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for path, code := range map[string]string{"/v1/payouts/%00": "P0004", "/v1/payouts/%ff/report": "P0004"} {
			if a := r.call("jkm", "GET", path, "application/json", "", ""); a.status >= 500 || !strings.Contains(a.text, code) {
				t.Errorf("%s: %d %s", path, a.status, a.text)
			}
		}
		a := r.call("jkm", "POST", "/v1/payouts", "application/json", `{"payments":[{"account":"1234567890","bank":"MBBEMYKL","name":"Ali \u202edamhA","amount":100,"reference":"X-1"}]}`, "")
		if a.status != 422 || !strings.Contains(a.text, `"name"`) {
			t.Errorf("%d %s", a.status, a.text)
		}
	})
}
