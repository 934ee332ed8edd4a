package payment

import (
	"context"
	"net/http"
	"sync"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/money"
	"balai/internal/spine/web"
)

// forged is the kind of the note on messages that pretend to be a bank's.
const forged = "forged"

// forgedEvery is how often such messages are written down: they are counted in memory
// between, so that who sends many fills no table and holds no write up.
const forgedEvery = time.Minute

// forgeries counts messages that no bank signed.
type forgeries struct {
	mu      sync.Mutex
	total   map[string]uint64 // since the program started, by why they were refused
	waiting map[forgery]int64 // not written down yet
	written map[string]int64  // when those of an agency were, unix microseconds
}

// forgery is what one note counts: an agency's messages of a day.
type forgery struct {
	agency string
	live   bool
	day    string
}

// Forged are the bank's messages that were refused since the program started, by why:
// "signature", or "merchant" of one that is not known.
func (p *Part) Forged() map[string]uint64 {
	p.forgeries.mu.Lock()
	defer p.forgeries.mu.Unlock()
	return map[string]uint64{"signature": p.forgeries.total["signature"], "merchant": p.forgeries.total["merchant"]}
}

// refuseCallback answers a message that no bank signed, and counts it; of an agency that
// is known, a note is put before its officers.
func (p *Part) refuseCallback(w http.ResponseWriter, r *http.Request, c Collector, live bool) error {
	if p.countForged(c.Agency, live) {
		if err := p.noteForged(r.Context()); err != nil {
			return err
		}
	}
	return answer(w, http.StatusForbidden, map[string]string{"code": "denied", "description": web.L(r.Context()).T("payment.error.callback")})
}

// countForged tells whether it is time to write down what was counted.
func (p *Part) countForged(agency string, live bool) (due bool) {
	f := &p.forgeries
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.total == nil {
		f.total, f.waiting, f.written = map[string]uint64{}, map[forgery]int64{}, map[string]int64{}
	}
	if agency == "" {
		f.total["merchant"]++
		return false
	}
	f.total["signature"]++
	f.waiting[forgery{agency, live, clock.Day(p.Clock.Now())}]++
	if due = f.written[agency] == 0 || p.now()-f.written[agency] >= forgedEvery.Microseconds(); due {
		f.written[agency] = p.now()
	}
	return due
}

// noteForged writes down what was counted: one note for each agency and day.
func (p *Part) noteForged(ctx context.Context) error {
	f := &p.forgeries
	f.mu.Lock()
	list := f.waiting
	if f.waiting = map[forgery]int64{}; len(list) == 0 {
		f.mu.Unlock()
		return nil
	}
	f.mu.Unlock()
	err := p.DB.Write(ctx, func(tx *db.Tx) error {
		for k, n := range list {
			if err := countException(tx, p.IDs.New(), k.agency, k.live, forged, k.day, money.Amount(n), p.now()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil { // they are written down with the next
		f.mu.Lock()
		defer f.mu.Unlock()
		for k, n := range list {
			f.waiting[k] += n
		}
	}
	return err
}
