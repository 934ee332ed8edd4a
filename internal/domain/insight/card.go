package insight

import (
	"context"
	"sync"
	"time"

	"balai/internal/spine/casework"
	"balai/internal/spine/db"
)

// few is the number of people below which the public card shows no share, no
// rating and no median: with so few, a figure could tell of one person.
const few = 5

// cardLife is how long the public card may lag behind. It reads every case of
// every service, and anybody may ask for it.
const cardLife = time.Minute

// scored is one service on the public card.
type scored struct {
	Service Service
	All     Report   // over all releases
	By      []Report // a release each, oldest first
	Open    int64    // cases that nobody has decided yet
	Overdue int64    // of those, past their due date
}

// card is the newest scores, computed once for everybody.
type card struct {
	mu   sync.Mutex
	at   time.Time
	list []scored
}

// scores are the services of the hall as the public sees them, and when they
// were computed.
func (x *Insight) scores(ctx context.Context) ([]scored, time.Time, error) {
	x.card.mu.Lock()
	defer x.card.mu.Unlock()
	now := x.clock.Now()
	if !x.card.at.IsZero() && now.Sub(x.card.at) < cardLife {
		return x.card.list, x.card.at, nil
	}
	list, err := x.compute(ctx)
	if err != nil {
		return nil, now, err
	}
	x.card.at, x.card.list = now, list
	return list, now, nil
}

func (x *Insight) compute(ctx context.Context) (list []scored, err error) {
	all, err := x.services.Of(ctx, "")
	if err != nil {
		return nil, err
	}
	// One reader's hurry must not leave everybody without a card.
	ctx = context.WithoutCancel(ctx)
	err = x.db.Read(ctx, func(tx *db.Tx) error {
		list = nil
		for _, s := range all {
			if len(s.Releases) == 0 {
				continue
			}
			one, err := x.score(tx, s)
			if err != nil {
				return err
			}
			list = append(list, one)
		}
		return nil
	})
	return list, err
}

func (x *Insight) score(tx *db.Tx, s Service) (out scored, err error) {
	out.Service = s
	if out.All, err = x.report(tx, s.ID, every); err != nil {
		return out, err
	}
	for _, rel := range s.Releases {
		r, err := x.report(tx, s.ID, rel.Number)
		if err != nil {
			return out, err
		}
		out.By = append(out.By, r)
	}
	open, err := x.cases.Counts(tx, casework.Filter{Kind: s.ID,
		States: []casework.State{casework.Received, casework.Checking, casework.Waiting, casework.Deciding}})
	out.Open, out.Overdue = int64(open.Open), int64(open.Overdue)
	return out, err
}

// total sums what can be summed over services.
type total struct {
	Services                                    int
	Sent, Decided, Automatic, Kept, Late, Rated int64
	Officers                                    int64   // kept, of what officers decided
	Stars                                       float64 // mean rating
	Minutes                                     int64   // saved against the counter, over all applications
}

func totalOf(list []scored) (t total) {
	var stars float64
	for _, s := range list {
		t.Services++
		t.Sent += s.All.Sent
		t.Decided += s.All.Decided
		t.Automatic += s.All.Automatic
		t.Kept += s.All.Charter.Kept
		t.Officers += s.All.Charter.Officers
		t.Late += s.Overdue
		n, mean := s.All.rated()
		t.Rated += n
		stars += mean * float64(n)
		if saved := int64(s.Service.Counter.Minutes) - s.All.Effort.Seconds/60; saved > 0 && s.All.Effort.Seconds > 0 {
			t.Minutes += saved * (s.All.Sent - s.All.NoDraft)
		}
	}
	if t.Rated > 0 {
		t.Stars = stars / float64(t.Rated)
	}
	return t
}
