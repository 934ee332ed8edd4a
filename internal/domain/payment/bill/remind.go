package bill

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
)

// Notices tell a person of a bill.
type Notices interface {
	SendTx(tx *db.Tx, m notify.Message) error
}

const jobRemind = "bill.remind"

// remindJob names what somebody is reminded of: a bill, and the last day of a
// price that rises then, or of the bill.
type remindJob struct {
	Bill string `json:"bill"`
	Day  string `json:"day"`
}

// ends are the days after which the bill costs more or is late, in their order.
func (b Bill) ends() []string {
	var days []string
	prices := append(slices.Clone(b.Prices), Price{Amount: b.Amount})
	for i, p := range b.Prices {
		if p.Amount < prices[i+1].Amount {
			days = append(days, p.Until)
		}
	}
	if b.DueOn != "" {
		days = append(days, b.DueOn)
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// planTx plans the next reminder of a bill: of what ends after a day. There is
// one at a time.
func (x *Bills) planTx(tx *db.Tx, b Bill, after string) error {
	if b.Person == "" || b.State.Ended() {
		return nil
	}
	for _, day := range b.ends() {
		if day <= after {
			continue
		}
		if at := calendar.RemindAt(clock.FromMicro(x.now()), clock.FromMicro(endOf(day))); !at.IsZero() {
			return x.Outbox.Enqueue(tx, jobRemind, remindJob{b.ID, day}, at)
		}
	}
	return nil
}

// remind tells whose bill it is what ends on a day, where it is owed still and
// the day is not over, and plans the next, in the commit that ends the job.
func (x *Bills) remind(ctx context.Context, j outbox.Job) error {
	var args remindJob
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return fmt.Errorf("bill: %s: %w", j.Kind, err)
	}
	return x.DB.Write(ctx, func(tx *db.Tx) error {
		b, err := billByID(tx, args.Bill)
		if err != nil {
			return err
		}
		if now := x.now(); b.Owed(now) > 0 && now < endOf(args.Day) {
			if err := x.tellTx(tx, b, args.Day); err != nil {
				return err
			}
		}
		if err := x.planTx(tx, b, args.Day); err != nil {
			return err
		}
		return x.Outbox.DoneTx(tx, j)
	})
}

// announceTx tells whose bill it is that it was made, in the commit that makes it:
// a repeat of the request makes none, and tells nobody again. Where no number is
// known of anybody, nobody is told.
func (x *Bills) announceTx(tx *db.Tx, b Bill) error {
	if b.Person == "" {
		return nil
	}
	m, next := notify.Message{To: b.Person, Key: "bill.notice.made"}, ""
	for _, day := range slices.Backward(b.ends()) {
		if x.now() < endOf(day) {
			m.Key, next = "bill.notice.made.due", day
		}
	}
	return x.sendTx(tx, b, m, next, "bill.notice.made.rise")
}

// tellTx is the reminder. A sheet of paper would come too late.
func (x *Bills) tellTx(tx *db.Tx, b Bill, day string) error {
	return x.sendTx(tx, b, notify.Message{To: b.Person, Key: "bill.notice.due", Minor: true}, day, "bill.notice.rise")
}

// sendTx tells what is owed of a bill, and what of it ends on a day; "" nothing. rise
// is the message where it costs more after that day.
func (x *Bills) sendTx(tx *db.Tx, b Bill, m notify.Message, day, rise string) error {
	agency, err := x.Directory.Agency(tx, b.Agency)
	if err != nil {
		return err
	}
	now := b.Owed(x.now())
	m.Args = map[string]string{"number": b.Number, "amount.sen": strconv.FormatInt(int64(now), 10), notify.PayArg: x.href(b)}
	if day != "" {
		m.Args["day.day"] = day
		if then := b.Owed(endOf(day)); then > now {
			m.Key, m.Args["then.sen"] = rise, strconv.FormatInt(int64(then), 10)
		}
	}
	notify.Both(m.Args, "what", b.What)
	notify.Both(m.Args, "agency", agency.Name)
	return x.notices.SendTx(tx, m)
}
