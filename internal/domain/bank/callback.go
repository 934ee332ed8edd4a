package bank

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/hook"
	"balai/internal/spine/money"
	"golang.org/x/sync/errgroup"
)

// Callback is what a merchant is told of a payment.
type Callback struct {
	ID            string       `json:"id"`
	Merchant      string       `json:"merchant"`
	Reference     string       `json:"reference"`
	Amount        money.Amount `json:"amount"` // sen
	Currency      string       `json:"currency"`
	Payee         string       `json:"payee"`
	PayerName     string       `json:"payer_name"`
	PayerBank     string       `json:"payer_bank"`
	BankReference string       `json:"bank_reference"`
	Method        string       `json:"method"`
	State         string       `json:"state"`
	Reason        string       `json:"reason"`
	At            string       `json:"at"` // RFC 3339
}

// again are the waits after each try that failed; the last one repeats, until
// giveUp after the first.
var again = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour}

const (
	giveUp   = 72 * time.Hour
	patience = 10 * time.Second // with a merchant's answer
	atOnce   = 8                // calls under way
	round    = 256              // calls of one round
)

// caller follows nothing.
func caller() *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: atOnce, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// tellTx puts a payment's callback by, as its fate has it.
func (b *Bank) tellTx(tx *db.Tx, p Payment, f fate) error {
	told := Callback{ID: "cb_" + p.BankReference + "_" + p.State, Merchant: p.Merchant, Reference: p.Reference, Amount: p.Amount, Currency: money.MYR,
		Payee: p.Payee, PayerName: p.PayerName, PayerBank: Name, BankReference: p.BankReference, Method: p.Method, State: p.State, Reason: p.Reason,
		At: stamp(p.At)}
	if f.wrong {
		told.Amount = wrongAmount(p.Amount)
	}
	body, err := json.Marshal(told)
	if err != nil {
		return err
	}
	now := b.o.Clock.Now()
	c := call{ID: told.ID, Merchant: p.Merchant, Body: string(body), State: "waiting", NextAt: clock.Micro(now.Add(f.wait)), MadeAt: clock.Micro(now)}
	if f.drop {
		c.State = "dropped"
	}
	if err := insertCall(tx, c); err != nil || !f.duplicate {
		return err
	}
	c.Copy = 1
	return insertCall(tx, c)
}

// wrongAmount is what a fault tells instead: a hundredth, as who takes sen for
// ringgit would, or a sen more.
func wrongAmount(a money.Amount) money.Amount {
	if a >= 100 && a%100 == 0 {
		return a / 100
	}
	return a + 1
}

// stamp is a time of the books as messages have it, to the millisecond: the hall
// measures its receipts by it.
func stamp(us int64) string {
	return clock.FromMicro(us).In(clock.Zone).Format("2006-01-02T15:04:05.000Z07:00")
}

// Deliver does all that is due: it takes back, settles, and makes the calls that
// wait, each once. It tells how many were taken.
func (b *Bank) Deliver(ctx context.Context) (taken int, err error) {
	b.tick.Lock()
	defer b.tick.Unlock()
	if b.dial.Load().Down {
		return 0, nil
	}
	due := false
	if err := b.db.Read(ctx, func(tx *db.Tx) (err error) { due, err = anyDue(tx, clock.Micro(b.o.Clock.Now())); return err }); err != nil {
		return 0, err
	}
	if due {
		if err := errors.Join(b.reverseDue(ctx), b.settleDue(ctx)); err != nil {
			return 0, err
		}
	}
	for {
		n, took, err := b.deliverRound(ctx)
		taken += took
		if err != nil || n < round {
			return taken, err
		}
	}
}

// deliverRound makes some calls and keeps what came of them.
func (b *Bank) deliverRound(ctx context.Context) (n, taken int, err error) {
	var list []call
	shops := map[string]Shop{}
	err = b.db.Read(ctx, func(tx *db.Tx) (err error) {
		if list, err = callsDue(tx, clock.Micro(b.o.Clock.Now()), round); err != nil {
			return err
		}
		for _, c := range list {
			if _, known := shops[c.Merchant]; !known {
				if shops[c.Merchant], _, err = merchantByID(tx, c.Merchant); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil || len(list) == 0 {
		return 0, 0, err
	}
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i := range list {
		g.Go(fault.Guard(func() error {
			list[i] = b.tried(list[i], b.call(ctx, shops[list[i].Merchant], list[i]))
			return nil
		}))
	}
	if err := errors.Join(g.Wait(), ctx.Err()); err != nil {
		return 0, 0, err
	}
	err = b.db.Write(ctx, func(tx *db.Tx) error {
		for _, c := range list {
			if err := updateCall(tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range list {
		if c.State == "done" {
			taken++
		}
	}
	return len(list), taken, err
}

// tried is a call after a try.
func (b *Bank) tried(c call, err error) call {
	c.Tries++
	now := b.o.Clock.Now()
	switch {
	case err == nil:
		c.State = "done"
	case now.Sub(clock.FromMicro(c.MadeAt)) >= giveUp:
		c.State = "given_up"
	default:
		c.NextAt = clock.Micro(now.Add(again[min(int(c.Tries), len(again))-1]))
		b.o.Log.Info("a callback failed", "id", c.ID, "tries", c.Tries, "error", err)
	}
	return c
}

// call sends a callback once. The client's errors name the address, which is the
// merchant's own business, so they are cut down.
func (b *Bank) call(ctx context.Context, shop Shop, c call) error {
	body := []byte(c.Body)
	header, err := hook.Header(c.ID, b.o.Clock.Now(), body, shop.Secret)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, shop.CallbackURL, bytes.NewReader(body))
	if err != nil {
		return errors.New("no address to call")
	}
	r.Header = header
	r.Header.Set("Content-Type", "application/json")
	answer, err := b.client.Do(r)
	if err != nil {
		return errors.New("no answer")
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection serves again
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("answered %d", answer.StatusCode)
	}
	return nil
}
