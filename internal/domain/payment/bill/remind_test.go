package bill_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
)

// mails are the reminders that were sent to whom the bills are to, the oldest first.
func (r *rig) mails() (list []notify.Mail) {
	r.t.Helper()
	return slices.DeleteFunc(r.told(), func(m notify.Mail) bool { return strings.HasPrefix(m.Subject, "A new bill") })
}

// Whose bill it is, is told at once that it was made, once for each request, with
// the amount, the day and the page; of a company, who has it. A bill to nobody who
// is known tells nobody.
func TestToldThatABillWasMade(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for range 2 {
			if a := r.call("POST", "/v1/bills", summons, "one"); a.status != http.StatusCreated {
				t.Fatalf("%d %s", a.status, a.text)
			}
		}
		last := r.billed(strings.NewReplacer("SMN-1", "SMN-2", ",\n\t\"prices\": [{\"until\": \"2026-12-14\", \"amount\": 7500}]", "").Replace(summons))
		r.billed(billTo("OPEN", "950412-00-5124"))
		r.billed(billTo("SHOP", "IP0104420-M"))
		r.billed(billTo("STRANGER", "900101145678"))
		r.billed(strings.Replace(inParts, "CT-1", "NOBODY", 1))
		page := last.body["_links"].(map[string]any)["next_url"].(map[string]any)["href"].(string)
		want := []struct{ to, subject, says string }{
			{"aisyah", "A new bill whose price rises after 14 December 2026: Speeding summons", "JPJ has made bill SMN-1. Pay RM75.00 by 14 December 2026. After that it is RM150.00."},
			{"aisyah", "A new bill to pay by 31 December 2026: Speeding summons", "JPJ has made bill SMN-2. Pay RM150.00 by 31 December 2026.\n\nPay at: " + page + "\n"},
			{"aisyah", "A new bill: Summons", "JPJ has made bill OPEN. Pay RM150.00.\n"},
			{"rina", "A new bill: Summons", "JPJ has made bill SHOP. Pay RM150.00.\n"},
		}
		got := r.told()
		if len(got) != len(want) {
			t.Fatalf("%d were told: %+v", len(got), got)
		}
		for i, w := range want {
			if m := got[i]; m.To != w.to || m.Subject != w.subject || !strings.Contains(m.Body, w.says) {
				t.Errorf("%+v\nand not %+v", m, w)
			}
		}
	})
}

// told are the mails that were sent to whom the bills are to, the oldest first.
func (r *rig) told() (list []notify.Mail) {
	r.t.Helper()
	r.drain()
	if err := r.db.Read(r.t.Context(), func(tx *db.Tx) (err error) { list, err = r.notify.Mailbox(tx, 100); return err }); err != nil {
		r.t.Fatal(err)
	}
	slices.Reverse(list)
	return list
}

// at sets the clock to an hour of a day, Malaysia's.
func (r *rig) at(month time.Month, day, hour int) {
	r.clock.Set(time.Date(2026, month, day, hour, 0, 0, 0, clock.Zone))
}

// Whose bill it is, is told on the morning two days before its price rises and
// two days before it is late, once each, with the amount, the day and the page.
func TestReminded(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		b := r.billed(summons)
		r.billed(strings.NewReplacer("SMN-1", "SMN-2", `"id_number": "950412-00-5124", `, "").Replace(summons)) // to nobody
		page := b.body["_links"].(map[string]any)["next_url"].(map[string]any)["href"].(string)
		r.at(12, 12, 7)
		if got := r.mails(); len(got) != 0 {
			t.Fatalf("told before the morning: %+v", got)
		}
		r.at(12, 12, 8)
		r.mails()
		r.clock.Advance(time.Minute)
		got := r.mails()
		if len(got) != 1 || got[0].To != "aisyah" || got[0].Subject != "Reminder: the price rises after 14 December 2026: Speeding summons" ||
			!strings.Contains(got[0].Body, "Bill SMN-1 of JPJ has not been paid in full. Pay RM75.00 by 14 December 2026. After that it is RM150.00.") || !strings.Contains(got[0].Body, "Pay at: "+page+"\n") {
			t.Fatalf("%+v", got)
		}
		r.at(12, 29, 9)
		got = r.mails()
		if len(got) != 2 || got[1].Subject != "Reminder: pay by 31 December 2026: Speeding summons" || !strings.Contains(got[1].Body, "Pay RM150.00 by 31 December 2026.") ||
			strings.Contains(got[1].Body, "After that") || !strings.Contains(got[1].Body, "Pay at: "+page+"\n") {
			t.Fatalf("%+v", got)
		}
		r.clock.Advance(60 * 24 * time.Hour)
		if got := r.mails(); len(got) != 2 {
			t.Errorf("told again: %+v", got)
		}
	})
}

// Nobody is reminded of what is paid or cancelled, nor of a day that is over, nor
// of a price that falls; of a bill that was paid in part, the rest is said.
func TestRemindedOfWhatIsOwed(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		path := func(a answer) string {
			return strings.TrimPrefix(a.body["_links"].(map[string]any)["next_url"].(map[string]any)["href"].(string), base)
		}
		bill := func(number, rest string) answer {
			return r.billed(fmt.Sprintf(`{"number": %q, "description": {"ms": "Cukai", "en": "Tax"}, "amount": 10000, "id_number": "950412-00-5124"%s}`, number, rest))
		}
		r.pay(r.asked(path(bill("PAID", `, "due_date": "2026-12-14"`)), ""), true)
		gone := bill("GONE", `, "due_date": "2026-12-14"`)
		r.call("POST", "/v1/bills/"+gone.str("bill_id")+"/cancel", "", "")
		bill("FALLS", `, "prices": [{"until": "2026-12-14", "amount": 20000}]`)
		bill("LONG AGO", `, "due_date": "2026-11-01"`)
		r.pay(r.asked(path(bill("PART", `, "due_date": "2026-12-14", "partial": true, "least_amount": 1000`)), "40.00"), true)
		bill("SOON", `, "due_date": "2026-12-02"`) // the 30th, 9 o'clock, is its first hour of 63
		r.at(12, 1, 17)
		if got := r.mails(); len(got) != 1 || !strings.Contains(got[0].Body, "Bill SOON of JPJ") {
			t.Fatalf("%+v", got)
		}
		r.at(12, 13, 9)
		if got := r.mails(); len(got) != 2 || !strings.Contains(got[1].Body, "Bill PART of JPJ has not been paid in full. Pay RM60.00 by 14 December 2026.") {
			t.Fatalf("%+v", got)
		}
		bill("LATE", `, "due_date": "2026-12-20"`) // and nothing runs until the 21st
		r.at(12, 21, 0)
		if got := r.mails(); len(got) != 2 {
			t.Errorf("%+v", got[2:])
		}
		r.sound()
	})
}

// Of two processes, one of which was taken for dead and goes on, one reminds.
func TestRemindedByOneProcess(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.billed(summons)
		r.at(12, 12, 8)
		other := outbox.New(r.db, r.clock, id.NewSource(r.clock, nil), nil)
		begun, slow, ended := make(chan struct{}), make(chan struct{}), make(chan error)
		other.Handle("bill.remind", func(ctx context.Context, j outbox.Job) error {
			close(begun)
			<-slow
			return r.Remind(ctx, j)
		})
		go func() { ended <- other.Drain(context.Background()) }()
		<-begun
		if got := r.mails(); len(got) != 0 {
			t.Errorf("two processes have one job: %+v", got)
		}
		r.clock.Advance(10 * time.Minute)
		if got := r.mails(); len(got) != 1 {
			t.Errorf("%+v", got)
		}
		close(slow)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := r.mails(); len(got) != 1 {
			t.Errorf("told twice: %+v", got)
		}
	})
}
