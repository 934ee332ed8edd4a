package payment

import (
	"context"
	"sync"
	"time"

	"balai/internal/spine/db"
)

const (
	// backWithin is how long the page waits for the bank: who comes back from it looks
	// at an empty screen meanwhile.
	backWithin = 2 * time.Second
	// backEvery is how long one payment's page asks no more, however often it is read.
	backEvery = 3 * time.Second
	// backMost is of how many payments it is remembered when their page asked.
	backMost = 10_000
)

// looks remembers when the page of a payment asked the bank. It is this process's: a
// row for each would outlive what it is for.
type looks struct {
	mu sync.Mutex
	at map[string]int64 // by payment, unix microseconds
}

// may tells whether a payment's page asks now.
func (k *looks) may(pay string, now int64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if last, asked := k.at[pay]; asked && now-last < backEvery.Microseconds() {
		return false
	}
	if k.at == nil || len(k.at) >= backMost {
		k.at = map[string]int64{}
	}
	k.at[pay] = now
	return true
}

// askBack asks the bank about a payment whose payer comes back from it, so that who has
// no script sees at once what became of it. That a browser came back says nothing: only
// what the bank answers is settled, as by Enquire. It tells whether something was heard.
func (p *Part) askBack(ctx context.Context, pay Payment) (heard bool) {
	if !p.looks.may(pay.ID, p.now()) {
		return false
	}
	var list []Attempt
	if err := p.DB.Read(ctx, func(tx *db.Tx) (err error) { list, err = attemptsOf(tx, pay.ID); return err }); err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, backWithin)
	defer cancel()
	for _, a := range list {
		if a.Status != attemptOpen || a.Session == "" {
			continue
		}
		if _, err := p.askAbout(ctx, a); err != nil { // it is asked again, and the page says that it waits
			p.Log.Warn("a payer came back, and the bank gave no answer", "agency", a.Agency, "attempt", a.ID, "error", err)
			continue
		}
		heard = true
	}
	return heard
}
