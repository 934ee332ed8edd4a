package operating

import (
	"context"
	"embed"
	_ "embed"
	"sync"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/outbox"
)

// Texts are the part's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Policy says who may see what.
//
//go:embed policy.cedar
var Policy string

// State of a working part.
type State string

// States, from good to bad.
const (
	Well State = "well"
	Slow State = "slow" // it works, later than it should
	Down State = "down"
)

// Check is one working part as it is now. Key names its text.
type Check struct {
	Key   string
	State State
}

// Probe looks at the hall's working parts.
type Probe interface {
	Checks(ctx context.Context) []Check
}

// Day is how one day was. Minutes are those in which the hall was to be there:
// from its first note to its last of all days.
type Day struct {
	Day             string // 2026-11-29
	Noted, Troubled int64
	Minutes         int64
	firstAt, lastAt int64
}

// There is the share of the day's minutes in which the hall was there and
// nothing was wrong, 0 to 1; 1 for a day without minutes.
func (d Day) There() float64 {
	if d.Minutes == 0 {
		return 1
	}
	return max(0, float64(d.Noted-d.Troubled)/float64(d.Minutes))
}

// Deps is what the part needs of the hall.
type Deps struct {
	DB     *db.DB
	Clock  clock.Clock
	Outbox *outbox.Outbox
	Probe  Probe
}

// Operating is the part. Make it with New.
type Operating struct {
	Deps
	mu   sync.Mutex
	at   time.Time
	last []Check
}

// New makes it.
func New(d Deps) *Operating { return &Operating{Deps: d} }

// Wire notes each minute, by one process.
func (x *Operating) Wire() { x.Outbox.Every("operating.minute", time.Minute, x.Note) }

// checkLife is how long a look at the working parts is good for, so that many
// readers are one look.
const checkLife = 10 * time.Second

// Now are the working parts as they are now, and when they were looked at.
func (x *Operating) Now(ctx context.Context) ([]Check, time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := x.Clock.Now()
	if x.at.IsZero() || now.Sub(x.at) >= checkLife || now.Before(x.at) {
		// One reader's hurry must not make it look as if something were wrong.
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer stop()
		x.last, x.at = x.Probe.Checks(ctx), now
	}
	return x.last, x.at
}

// Note counts this minute.
func (x *Operating) Note(ctx context.Context) error {
	checks, at := x.Now(ctx)
	minute := at.Truncate(time.Minute)
	return x.DB.Write(ctx, func(tx *db.Tx) error {
		return note(tx, clock.Day(minute), clock.Micro(minute), Worst(checks) == Down)
	})
}

// Worst is the worst state of them.
func Worst(checks []Check) State {
	worst := Well
	for _, c := range checks {
		if c.State == Down || c.State == Slow && worst == Well {
			worst = c.State
		}
	}
	return worst
}

// window is how many days the page looks back.
const window = 30

// History is each of the last thirty days, oldest first, from the first day of
// which anything is known; a day that nobody noted is there and had nobody.
func (x *Operating) History(ctx context.Context) (out []Day, err error) {
	now := x.Clock.Now()
	from := clock.Day(now.AddDate(0, 0, 1-window))
	var noted []Day
	err = x.DB.Read(ctx, func(tx *db.Tx) (err error) {
		noted, err = days(tx, from)
		return err
	})
	if err != nil || len(noted) == 0 {
		return nil, err
	}
	by := map[string]Day{}
	for _, d := range noted {
		by[d.Day] = d
	}
	first, err := clock.ParseDay(noted[0].Day)
	if err != nil {
		return nil, err
	}
	for day := first; !day.After(now); day = day.AddDate(0, 0, 1) {
		d := by[clock.Day(day)]
		d.Day = clock.Day(day)
		begin, end := day, day.AddDate(0, 0, 1)
		if d.Day == noted[0].Day {
			begin = clock.FromMicro(d.firstAt)
		}
		if end.After(now) { // a minute that is not over is nobody's yet
			end = now.Truncate(time.Minute)
		}
		d.Minutes = max(d.Noted, int64(end.Sub(begin)/time.Minute))
		out = append(out, d)
	}
	return out, nil
}
