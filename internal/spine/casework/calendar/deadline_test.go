package calendar_test

import (
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/locale"
)

// at is a local time of testdata in unix microseconds.
func at(t testing.TB, local string) int64 {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02T15:04:05", local, clock.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return clock.Micro(v)
}

// TestHandWorked holds the 200 examples of testdata/deadlines.csv, worked out
// day by day from the states' holiday lists: state, when it was received,
// when the office asked and the citizen replied, the budget, the due day and
// the days that count.
func TestHandWorked(t *testing.T) {
	f, err := os.Open("testdata/deadlines.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	s := load(t)
	states := map[string]bool{}
	for _, row := range rows[1:] {
		states[row[0]] = true
		budget, err := strconv.Atoi(row[4])
		if err != nil {
			t.Fatal(err)
		}
		spans := []calendar.Span{{Start: at(t, row[1])}}
		last := row[1]
		asked, replied := strings.Fields(row[2]), strings.Fields(row[3])
		for i, ask := range asked {
			spans[len(spans)-1].End = at(t, ask)
			last = ask
			if i < len(replied) {
				spans = append(spans, calendar.Span{Start: at(t, replied[i])})
				last = replied[i]
			}
		}
		d := calendar.Deadline{Budget: budget, Calendar: state(t, s, row[0]), Spans: spans}
		name := strings.Join(row[:5], " ")
		if d.Err() != nil {
			t.Errorf("%s: %v", name, d.Err())
		}
		got := "unknown"
		if due, ok := d.Due(); ok {
			got = clock.Day(due)
			if h, m, sec := due.In(clock.Zone).Clock(); h != calendar.CloseHour || m+sec != 0 {
				t.Errorf("%s: due at %v", name, due)
			}
		}
		if got != row[5] {
			t.Errorf("%s: due %s, want %s", name, got, row[5])
		}
		if got := strings.Join(countable(d, clock.FromMicro(at(t, last))), " "); got != row[6] {
			t.Errorf("%s: counts %s, want %s", name, got, row[6])
		}
	}
	if len(rows) != 201 || len(states) != 16 {
		t.Errorf("%d rows over %d states", len(rows)-1, len(states))
	}
}

// countable are the days of the drawn bar that count towards the budget.
func countable(d calendar.Deadline, now time.Time) (out []string) {
	for _, m := range d.Days(now) {
		if m.N > 0 {
			out = append(out, m.Day)
		}
	}
	return out
}

// ledger draws a state, a budget and up to three pauses, anywhere in 1953 to
// 2049, at any time of day and often within minutes of a cut-off.
func ledger(s *calendar.Set) *rapid.Generator[calendar.Deadline] {
	return rapid.Custom(func(r *rapid.T) calendar.Deadline {
		cal, err := s.State(rapid.SampledFrom(s.States()).Draw(r, "state"))
		if err != nil {
			r.Fatal(err)
		}
		day := time.Date(rapid.IntRange(1953, 2049).Draw(r, "year"), 1, 1, 0, 0, 0, 0, clock.Zone).
			AddDate(0, 0, rapid.IntRange(0, 364).Draw(r, "day"))
		moment := func(from time.Time, days int) time.Time {
			next := from.AddDate(0, 0, days)
			next = time.Date(next.Year(), next.Month(), next.Day(), rapid.SampledFrom([]int{0, 8, 12, 16, 17, 23}).Draw(r, "hour"),
				rapid.SampledFrom([]int{0, 0, 59}).Draw(r, "minute"), rapid.SampledFrom([]int{0, 1}).Draw(r, "second"), 0, clock.Zone)
			if next.Before(from) {
				return from
			}
			return next
		}
		t := moment(day, 0)
		spans := []calendar.Span{{Start: clock.Micro(t)}}
		for range rapid.IntRange(0, 3).Draw(r, "pauses") {
			t = moment(t, rapid.IntRange(0, 6).Draw(r, "until ask"))
			spans[len(spans)-1].End = clock.Micro(t)
			if rapid.IntRange(0, 5).Draw(r, "no reply") == 0 {
				break
			}
			t = moment(t, rapid.IntRange(0, 12).Draw(r, "until reply"))
			spans = append(spans, calendar.Span{Start: clock.Micro(t)})
		}
		return calendar.Deadline{Budget: rapid.IntRange(0, 20).Draw(r, "budget"), Calendar: cal, Spans: spans}
	})
}

// naive walks from day to day and asks the calendar about each, by its name.
func naive(d calendar.Deadline) (string, bool) {
	asOf := func(us int64) string {
		t := clock.FromMicro(us).In(clock.Zone)
		if t.Hour() > calendar.CloseHour || t.Hour() == calendar.CloseHour && t.Minute()+t.Second() > 0 {
			t = t.AddDate(0, 0, 1)
		}
		return t.Format(time.DateOnly)
	}
	if d.Budget == 0 {
		return asOf(d.Spans[0].Start), true
	}
	left := d.Budget
	for _, s := range d.Spans {
		day, _ := time.Parse(time.DateOnly, asOf(s.Start))
		for {
			day = day.AddDate(0, 0, 1)
			text := day.Format(time.DateOnly)
			if s.End != 0 && text >= asOf(s.End) {
				break
			}
			_, _, holiday := d.Calendar.Holiday(text)
			if holiday || d.Calendar.Weekend(text) {
				continue
			}
			if left--; left == 0 {
				return text, true
			}
		}
	}
	return "", false
}

func TestDueAgreesWithWalking(t *testing.T) {
	gen := ledger(load(t))
	rapid.Check(t, func(r *rapid.T) {
		d := gen.Draw(r, "deadline")
		want, known := naive(d)
		due, ok := d.Due()
		if ok != known || ok && clock.Day(due) != want {
			r.Fatalf("due %v %v, walking %s %v", due, ok, want, known)
		}
		if ok && d.Budget > 0 && !d.Calendar.Working(clock.Day(due)) {
			r.Fatalf("due on %s, when no office is open", clock.Day(due))
		}
	})
}

func TestDueGrowsWithBudget(t *testing.T) {
	gen := ledger(load(t))
	rapid.Check(t, func(r *rapid.T) {
		d := gen.Draw(r, "deadline")
		longer := d
		longer.Budget += rapid.IntRange(1, 10).Draw(r, "more")
		a, ok := d.Due()
		b, later := longer.Due()
		if later && (!ok || !b.After(a)) {
			r.Fatalf("%d days end %v, %d days end %v", d.Budget, a, longer.Budget, b)
		}
	})
}

// A pause more, anywhere, never makes a due date earlier, and the days that
// it covers are never counted.
func TestPauseNeverHastens(t *testing.T) {
	gen := ledger(load(t))
	rapid.Check(t, func(r *rapid.T) {
		d := gen.Draw(r, "deadline")
		last := d.Spans[len(d.Spans)-1]
		if last.End != 0 {
			r.Skip("it is paused already")
		}
		ask := clock.FromMicro(last.Start).Add(time.Duration(rapid.IntRange(0, 24*20).Draw(r, "hours to ask")) * time.Hour)
		reply := ask.Add(time.Duration(rapid.IntRange(0, 24*20).Draw(r, "hours to reply")) * time.Hour)
		paused := d
		paused.Spans = append(append([]calendar.Span(nil), d.Spans[:len(d.Spans)-1]...),
			calendar.Span{Start: last.Start, End: clock.Micro(ask)}, calendar.Span{Start: clock.Micro(reply)})
		a, ok := d.Due()
		b, known := paused.Due()
		if !ok || !known || b.Before(a) {
			r.Fatalf("without the pause %v %v, with it %v %v", a, ok, b, known)
		}
		for _, m := range paused.Days(reply) {
			if m.N > 0 && m.Day > clock.Day(ask.Add(24*time.Hour)) && m.Day < clock.Day(reply) {
				r.Fatalf("%s counts, asked %v, replied %v", m.Day, ask, reply)
			}
		}
	})
}

// While the clock stands, time changes nothing; while it runs, what is used
// never shrinks and reaches the budget exactly at the due moment.
func TestUsed(t *testing.T) {
	gen := ledger(load(t))
	rapid.Check(t, func(r *rapid.T) {
		d := gen.Draw(r, "deadline")
		last := d.Spans[len(d.Spans)-1]
		now := clock.FromMicro(max(last.Start, last.End))
		later := now.Add(time.Duration(rapid.IntRange(0, 24*40).Draw(r, "hours")) * time.Hour)
		a, b := d.Used(now), d.Used(later)
		if b < a || d.Paused() && a != b {
			r.Fatalf("used %d, later %d, paused %v", a, b, d.Paused())
		}
		due, ok := d.Due()
		if !ok {
			if a >= d.Budget {
				r.Fatalf("%d of %d used and no due date", a, d.Budget)
			}
			return
		}
		if before := d.Used(due); d.Budget > 0 && due.After(now) && before != d.Budget-1 {
			r.Fatalf("at the due moment %d of %d are over", before, d.Budget)
		}
		if after := d.Used(due.Add(time.Second)); d.Budget > 0 && !due.Before(now) && after != d.Budget {
			r.Fatalf("after the due moment %d of %d are over", after, d.Budget)
		}
	})
}

// The bar is every day once, in order; each kind agrees with the calendar.
func TestDaysAreTheLedgerDrawn(t *testing.T) {
	gen := ledger(load(t))
	rapid.Check(t, func(r *rapid.T) {
		d := gen.Draw(r, "deadline")
		last := d.Spans[len(d.Spans)-1]
		now := clock.FromMicro(max(last.Start, last.End)).Add(time.Duration(rapid.IntRange(0, 24*30).Draw(r, "hours")) * time.Hour)
		marks := d.Days(now)
		used, dues := 0, 0
		for i, m := range marks {
			if i > 0 {
				prev, _ := time.Parse(time.DateOnly, marks[i-1].Day)
				if prev.AddDate(0, 0, 1).Format(time.DateOnly) != m.Day {
					r.Fatalf("%s after %s", m.Day, marks[i-1].Day)
				}
			}
			working := d.Calendar.Working(m.Day)
			switch m.Kind {
			case calendar.DayCounted, calendar.DayFuture, calendar.DayLate:
				if !working {
					r.Fatalf("%s is %s and not worked", m.Day, m.Kind)
				}
			case calendar.DayWeekend, calendar.DayHoliday:
				if working {
					r.Fatalf("%s is %s and worked", m.Day, m.Kind)
				}
			}
			if m.Kind == calendar.DayCounted {
				used++
			}
			if _, _, holiday := d.Calendar.Holiday(m.Day); holiday != (m.Name != locale.Text{}) {
				r.Fatalf("%s: holiday %v, name %v", m.Day, holiday, m.Name)
			}
			if m.Due {
				dues++
			}
		}
		if _, known := d.Due(); known != (dues == 1) || dues > 1 {
			r.Fatalf("%d due days drawn, known %v", dues, known)
		}
		if want := min(d.Used(now), d.Budget); used != want && d.Budget > 0 {
			r.Fatalf("%d days drawn as used, %d are", used, want)
		}
	})
}
