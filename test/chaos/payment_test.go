package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"balai/balaitest"
)

var (
	payments     = flag.Int("payments", 500, "how many payments are asked for on each database")
	paySeed      = flag.Uint64("pay-seed", 1, "what the payers and the bank's faults are drawn from")
	payShare     = flag.Float64("pay-faults", 0.05, "the share of payments that each fault of the bank befalls")
	payPatience  = flag.Duration("pay-patience", 20*time.Minute, "how long any payment may take to end before the run has failed")
	payAtOnce    = flag.Int("pay-at-once", 4, "how many payers there are at a time")
	payKillEvery = flag.Duration("pay-kill-every", 700*time.Millisecond, "how often something of the hall's own breaks")
)

// What a payer does, of a hundred.
const (
	paysOnce   = iota // scans and pays
	paysTwice         // two telephones pay one code
	changes           // the agency cancels while the telephone pays
	neverPays         // and the agency cancels in the end
	getsRefund        // paid, and a part goes back
)

func deed(n int) int {
	switch {
	case n < 4:
		return paysTwice
	case n < 8:
		return changes
	case n < 12:
		return neverPays
	case n < 20:
		return getsRefund
	}
	return paysOnce
}

// purchase is one payment and what was heard of it.
type purchase struct {
	n      int
	agency int
	deed   int
	amount int64
	id     string
	debits int // that the bank acknowledged
	back   int64
	end    string // its last status
	slip   string // its receipt's number
	past   *history
}

// bazaar is a hall, the sandbox bank beside it, and who pays.
type bazaar struct {
	t      *testing.T
	ctx    context.Context
	engine balaitest.Engine
	hall   *balaitest.Hall
	bank   *balaitest.Hall
	disk   *disk
	http   *http.Client
	all    []*purchase
	began  time.Time

	asked, refused, unheard, cut atomic.Int64
	kills, fills                 int
}

// TestPayments: the bank loses, doubles, delays, mixes up and falsifies what it tells, lines are cut after the debit,
// the hall is killed with -9 and its disk runs full; in the end each debit is a receipt or has gone back, the books are
// sound, and they are the bank's to the sen.
func TestPayments(t *testing.T) {
	balaitest.Each(t, func(t *testing.T, e balaitest.Engine) {
		b := openBazaar(t, e)
		b.trade()
		b.settle()
		b.count()
	})
}

func openBazaar(t *testing.T, e balaitest.Engine) *bazaar {
	t.Helper()
	d := newDisk(t)
	ctx, stop := context.WithTimeout(t.Context(), *payPatience)
	t.Cleanup(stop)
	b := &bazaar{t: t, ctx: ctx, engine: e, disk: d, began: time.Now(), http: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	own := t.TempDir() // the bank's disk is not the hall's
	b.bank = balaitest.StartIn(t, own, "sandbox-bank", "--seed", fmt.Sprint(*paySeed))
	t.Setenv("BALAI_BANK_SECRET_FILE", filepath.Join(own, "secret"))
	b.hall = balaitest.StartIn(t, filepath.Join(d.dir, "hall"), "demo", append(e.Args(), "--bank-url", b.bank.URL)...)
	if len(b.hall.Demo.Payments.Agencies) == 0 {
		t.Fatal("demo.json names no agency that takes payments")
	}
	b.dial(map[string]any{"seed": *paySeed, "drop": *payShare, "duplicate": *payShare, "reorder": *payShare, "delay": *payShare, "delay_by": "3s",
		"wrong_amount": *payShare, "timeout_after_debit": *payShare})
	return b
}

func (b *bazaar) dial(d map[string]any) {
	b.t.Helper()
	status, body, err := b.ask("POST", b.bank.URL+"/faults", "", "", d)
	if err != nil || status != http.StatusOK {
		b.t.Fatalf("the bank's dial: %d %v %s", status, err, body)
	}
}

// ask sends one request.
func (b *bazaar) ask(method, url, key, idem string, body any) (status int, text []byte, err error) {
	var in io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		in = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(b.ctx, method, url, in)
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	if idem != "" {
		r.Header.Set("Idempotency-Key", idem)
	}
	res, err := b.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	text, err = io.ReadAll(res.Body)
	return res.StatusCode, text, err
}

// heard is what came of one try.
type heard struct {
	status int
	text   []byte
	known  bool // an answer that stands
	unsent bool // nobody was there to hear the question
}

// call asks the hall until it answers; "not now" and no answer at all are asked again. tell hears of each try.
func (b *bazaar) call(x *purchase, method, path, idem string, body any, tell func(h heard)) (status int, text []byte, err error) {
	key := b.hall.Demo.Payments.Agencies[x.agency].Key
	for {
		b.asked.Add(1)
		status, text, err = b.ask(method, b.hall.URL+path, key, idem, body)
		known := err == nil && status < 500
		if tell != nil {
			tell(heard{status, text, known, errors.Is(err, syscall.ECONNREFUSED)})
		}
		switch {
		case known:
			return status, text, nil
		case err != nil:
			b.unheard.Add(1)
		default:
			b.refused.Add(1)
		}
		select {
		case <-b.ctx.Done():
			return 0, nil, fmt.Errorf("payment %d: %s %s: patience is over: %w %d %.200s", x.n, method, path, context.Cause(b.ctx), status, text)
		case <-time.After(time.Duration(50+rand.IntN(200)) * time.Millisecond):
		}
	}
}

// trade lets everybody pay while things break.
func (b *bazaar) trade() {
	b.t.Helper()
	b.all = make([]*purchase, *payments)
	next := make(chan *purchase)
	var group sync.WaitGroup
	for range *payAtOnce {
		group.Go(func() {
			for x := range next {
				if err := b.buy(x); err != nil {
					b.t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() {
		for i := range b.all {
			r := rand.New(rand.NewPCG(*paySeed, uint64(i)))
			b.all[i] = &purchase{n: i, agency: r.IntN(len(b.hall.Demo.Payments.Agencies)), deed: deed(r.IntN(100)), amount: 100 + r.Int64N(90_000)}
			next <- b.all[i]
		}
		close(next)
		group.Wait()
		close(done)
	}()
	for n := 0; ; n++ {
		select {
		case <-done:
			return
		case <-time.After(*payKillEvery + time.Duration(rand.IntN(300))*time.Millisecond):
		}
		if b.hall.Ended() {
			b.t.Fatalf("the hall ended by itself:\n%.3000s", b.hall.Log())
		}
		if n%3 == 1 && b.disk.mounted {
			b.full()
			continue
		}
		b.hall.Kill()
		b.kills++
		b.revive()
	}
}

// full lets payers run into a full disk, and clears it.
func (b *bazaar) full() {
	b.disk.fill(b.t)
	from := b.refused.Load() + b.unheard.Load()
	for range 40 {
		if b.refused.Load()+b.unheard.Load() >= from+10 {
			break
		}
		<-time.After(50 * time.Millisecond)
	}
	b.disk.empty(b.t)
	b.fills++
}

func (b *bazaar) revive() {
	b.t.Helper()
	for {
		err := b.hall.Begin()
		if err == nil {
			return
		}
		plain(b.t, b.hall)
		select {
		case <-b.ctx.Done():
			b.t.Fatalf("the hall does not come back: %v", err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// buy is one payment from its wish to what its payer does.
func (b *bazaar) buy(x *purchase) error {
	status, text, err := b.call(x, "POST", "/v1/payments", fmt.Sprint("buy-", x.n), map[string]any{"amount": x.amount, "reference": fmt.Sprint("C-", x.n),
		"description": "Chaos", "return_url": "https://agency.example/back"}, nil)
	if err != nil {
		return err
	}
	var made struct {
		ID string `json:"payment_id"`
	}
	if err := json.Unmarshal(text, &made); err != nil || status != http.StatusCreated {
		return fmt.Errorf("payment %d: %d %s", x.n, status, text)
	}
	x.id, x.past = made.ID, newHistory(b.began, x.amount)
	status, text, err = b.call(x, "GET", "/v1/payments/"+x.id+"/qr", "", nil, nil)
	if err != nil {
		return err
	}
	var code struct{ Payload string }
	if err := json.Unmarshal(text, &code); err != nil || status != http.StatusOK {
		return fmt.Errorf("the code of payment %d: %d %s", x.n, status, text)
	}
	switch x.deed {
	case neverPays:
		return nil
	case changes:
		var group sync.WaitGroup
		var cancelled error
		group.Go(func() { _, cancelled = b.cancel(x) })
		group.Go(func() { _ = b.look(x) })
		err = b.scan(x, code.Payload, 0)
		group.Wait()
		if err == nil {
			err = cancelled
		}
	case paysTwice:
		if err = b.scan(x, code.Payload, 0); err == nil {
			err = b.scan(x, code.Payload, 1)
		}
	default:
		err = b.scan(x, code.Payload, 0)
	}
	return err
}

// scan is a telephone that pays, and tries again by the same press where it hears nothing.
func (b *bazaar) scan(x *purchase, payload string, phone int) error {
	x.past.begin(input{op: "settle"}) // at any time from now on
	for {
		status, text, err := b.ask("POST", b.bank.URL+"/phone/pay", "", "", map[string]any{"payload": payload, "account": b.hall.Demo.Payments.Payer,
			"once": fmt.Sprintf("scan-%d-%d", x.n, phone)})
		if err == nil && status == http.StatusOK {
			x.debits++
			return nil
		}
		b.cut.Add(1)
		if err == nil && status < 500 {
			return fmt.Errorf("payment %d: the bank: %d %s", x.n, status, text)
		}
		select {
		case <-b.ctx.Done():
			return fmt.Errorf("payment %d: the bank takes nothing: %w %d", x.n, err, status)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (b *bazaar) cancel(x *purchase) (done bool, err error) {
	op := x.past.begin(input{op: "cancel"})
	status, text, err := b.call(x, "POST", "/v1/payments/"+x.id+"/cancel", "", nil, func(h heard) {
		op = x.past.end(op, h, output{ok: h.status == http.StatusNoContent})
	})
	if err == nil && status != http.StatusNoContent && status != http.StatusBadRequest {
		err = fmt.Errorf("payment %d: cancel: %d %s", x.n, status, text)
	}
	return status == http.StatusNoContent, err
}

// look reads where a payment stands.
func (b *bazaar) look(x *purchase) error {
	op := x.past.begin(input{op: "look"})
	var v struct {
		State struct {
			Status   string
			Finished bool
		}
		Receipt string `json:"receipt_number"`
	}
	status, text, err := b.call(x, "GET", "/v1/payments/"+x.id, "", nil, func(h heard) {
		if h.known {
			_ = json.Unmarshal(h.text, &v)
		}
		op = x.past.end(op, h, output{status: v.State.Status})
	})
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("payment %d: %d %s", x.n, status, text)
	}
	if x.end = ""; v.State.Finished {
		x.end, x.slip = v.State.Status, v.Receipt
	}
	return nil
}

// sendBack asks for a part of what was paid.
func (b *bazaar) sendBack(x *purchase, amount int64, key int) error {
	in := input{op: "refund", amount: amount, key: key}
	op := x.past.begin(in)
	status, text, err := b.call(x, "POST", "/v1/payments/"+x.id+"/refunds", fmt.Sprintf("back-%d-%d", x.n, key), map[string]any{"amount": amount}, func(h heard) {
		op = x.past.end(op, h, output{ok: h.status == http.StatusAccepted})
	})
	switch {
	case err != nil:
		return err
	case status == http.StatusAccepted:
		x.back += amount
	case status != http.StatusBadRequest:
		return fmt.Errorf("payment %d: refund: %d %s", x.n, status, text)
	}
	return nil
}

// settle lets the dust fall: no new faults, what nobody pays is cancelled, and every payment ends.
func (b *bazaar) settle() {
	b.t.Helper()
	b.dial(map[string]any{"seed": *paySeed})
	b.every(func(x *purchase) error {
		if x.deed == neverPays {
			if _, err := b.cancel(x); err != nil {
				return err
			}
		}
		for {
			if err := b.look(x); err != nil || x.end != "" {
				return err
			}
			select {
			case <-b.ctx.Done():
				return fmt.Errorf("payment %d never ended", x.n)
			case <-time.After(200 * time.Millisecond):
			}
		}
	})
	// Two parts of what is left at once: one of them may be too much.
	b.every(func(x *purchase) error {
		if x.deed != getsRefund || x.end != "success" {
			return nil
		}
		var group sync.WaitGroup
		errs := make([]error, 2)
		var mu sync.Mutex
		for k := range errs {
			group.Go(func() {
				one := *x // each asker has its own count
				one.back = 0
				errs[k] = b.sendBack(&one, x.amount*2/3, k)
				mu.Lock()
				x.back += one.back
				mu.Unlock()
			})
		}
		group.Wait()
		if x.back != x.amount*2/3 {
			return fmt.Errorf("payment %d: %d of %d went back by two refunds of %d", x.n, x.back, x.amount, x.amount*2/3)
		}
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// every does something for each payment, a few at a time.
func (b *bazaar) every(do func(x *purchase) error) {
	b.t.Helper()
	next := make(chan *purchase)
	var group sync.WaitGroup
	for range *payAtOnce {
		group.Go(func() {
			for x := range next {
				if err := do(x); err != nil {
					b.t.Error(err)
				}
			}
		})
	}
	for _, x := range b.all {
		next <- x
	}
	close(next)
	group.Wait()
	if b.t.Failed() {
		b.t.FailNow()
	}
}
