package statement_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/payment/statement"
	"balai/internal/spine/iso20022"
)

// Statement is what the bank gives of a day.
func (b *bank) Statement(_ context.Context, _, day string, over bool) (io.ReadCloser, error) {
	if b.asked != nil {
		b.asked(over)
	}
	if file := b.days[day]; file != nil {
		return io.NopCloser(bytes.NewReader(file)), nil
	}
	return nil, io.EOF
}

// A statement of a day that is not over books what it has and closes nothing. A
// fuller one under the same id is read, the bank's next day's look finds the
// rest, and only that closes the day.
func TestDayThatIsNotOver(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		_, a := r.paid(4550)
		morning := r.day(today, 0, a)
		file := r.xml(morning, a)
		if status, text, _ := r.call(r.key, "POST", "/v1/statements", file); status != http.StatusCreated {
			t.Fatal(status, text)
		}
		open := func(when string) {
			t.Helper()
			_, _, out := r.call(r.key, "GET", "/v1/settlements", nil)
			if one := answer(t, out); one["state"] != "open" {
				t.Errorf("%s: the day is %v", when, one["state"])
			}
			if p := r.proof(); p.Over || !p.Agrees() {
				t.Errorf("%s: %+v", when, p)
			}
			r.sound()
		}
		open("in the morning")

		// More comes, told one by one, and is on no statement yet.
		_, b := r.paid(120)
		note := r.day(today, 0, b)
		note.Kind, note.ID, note.Balances = iso20022.Notice, "N1", nil
		r.read(r.xml(note, b))
		open("after a notification")

		// The bank's fuller file has the same id and other content.
		_, c := r.paid(700)
		noon := r.day(today, 0, a, b, c)
		status, text, out := r.call(r.key, "POST", "/v1/statements", r.xml(noon, a, b, c))
		if status != http.StatusCreated || answer(t, out)["new_lines"] != 1.0+1.0 {
			t.Errorf("the fuller file: %d %s", status, text)
		}
		open("at noon")
		// The morning's file again changes nothing, and under another id neither.
		r.read(file)
		open("the morning's file")
		other := morning
		other.ID = "another"
		r.read(r.xml(other, a))
		open("the morning's again")

		_, d := r.paid(1000)
		r.clock.Advance(24 * time.Hour)
		r.read(r.xml(noon, a, b, c)) // the clerk brings yesterday noon's once more
		open("noon's on the next day")
		r.bank.days = map[string][]byte{}
		r.bank.days[today] = r.xml(r.day(today, 0, a, b, c, d), a, b, c, d)
		if err := r.room.Fetch(context.Background()); err != nil {
			t.Fatal(err)
		}
		if p := r.proof(); !p.Over || !p.Agrees() || p.Said != 4550+120+700+1000 {
			t.Errorf("the whole day: %+v", p)
		}
		if r.clearing() != 0 {
			t.Errorf("clearing is %d", r.clearing())
		}
		r.sound()
	})
}

// The day so far, which is read whole each time, is left alone for twenty times as
// long as its reading took; a day that is over is not.
func TestLongDayIsReadLessOften(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		_, a := r.paid(4550)
		soFar, overs := 0, 0
		r.bank.days[today] = r.xml(r.day(today, 0, a), a)
		r.bank.asked = func(over bool) {
			if r.clock.Advance(10 * time.Second); over {
				overs++
			} else {
				soFar++
			}
		}
		look := func(when string, want int) {
			t.Helper()
			r.paid(100) // so that something is in clearing
			if err := r.room.Fetch(t.Context()); err != nil {
				t.Fatal(err)
			}
			if soFar != want {
				t.Errorf("%s: asked %d times, not %d", when, soFar, want)
			}
		}
		look("at first", 1)
		r.clock.Advance(190 * time.Second)
		look("a little later", 1)
		r.clock.Advance(10 * time.Second)
		look("after the rest", 2)
		r.clock.Advance(24 * time.Hour)
		look("on the next day", 3)
		was := overs
		r.clock.Advance(time.Second)
		if look("at once", 3); was == 0 || overs == was {
			t.Errorf("days that are over: %d, then %d", was, overs)
		}
	})
}

// What was fetched of a day so far and had nothing new does not hide what had.
func TestNothingNewIsNotListed(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		e := credit(70, "B-1", "STRANGER-1")
		for n, source := range []string{"bank", "bank", "file"} {
			s := r.day(today, 0, e)
			s.Kind, s.ID = iso20022.Intraday, "SOFAR-"+source+string(rune('1'+n))
			if _, err := r.room.Import(t.Context(), r.c, false, statement.From{Source: source}, bytes.NewReader(r.xml(s, e))); err != nil {
				t.Fatal(err)
			}
		}
		page := r.shown("/statements")
		for ident, listed := range map[string]bool{"SOFAR-bank1": true, "SOFAR-bank2": false, "SOFAR-file3": true} {
			if strings.Contains(page, ident) != listed {
				t.Errorf("%s is listed: %t", ident, !listed)
			}
		}
	})
}
