package payment

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"

	"golang.org/x/sync/errgroup"
)

// askedAfter is how long the bank is asked about attempts of a payment that has
// ended.
const askedAfter = 24 * time.Hour

var errNoBank = fault.New(fault.Conflict, "payment.error.no_bank")

var errEnded = fault.New(fault.Conflict, "payment.error.ended")

// tryTx opens an attempt by a method, or gives the one that is open: a page that
// is read again shows the same QR.
func (p *Part) tryTx(tx *db.Tx, c Collector, pay Payment, m Method) (a Attempt, fresh bool, err error) {
	now := p.now()
	if pay.Status.Ended() || pay.ExpiresAt <= now {
		return a, false, errEnded
	}
	list, err := attemptsOf(tx, pay.ID)
	if err != nil {
		return a, false, err
	}
	for _, a := range list {
		if a.Method == m && a.Status == attemptOpen {
			return a, false, nil
		}
	}
	a = Attempt{ID: referenceOf(p.IDs.Bytes(20)), Payment: pay.ID, Agency: pay.Agency, Live: pay.Live, Method: m, Status: attemptOpen,
		Amount: pay.Amount, Currency: pay.Currency, Account: c.Account, OpenedAt: now}
	if m != Counter {
		a.NextAt = now + enquireAfter(0).Microseconds()
	}
	if pay.Status == Created {
		if err := p.moveTx(tx, pay, Started, ""); err != nil {
			return a, false, err
		}
	}
	return a, true, insertAttempt(tx, a)
}

// try is tryTx for who is asked to pay now.
func (p *Part) try(ctx context.Context, pay Payment, m Method) (c Collector, a Attempt, err error) {
	if c, err = p.collector(ctx, pay.Agency, pay.Live); err != nil {
		return c, a, err
	}
	err = p.write(ctx, func(tx *db.Tx) (err error) {
		now, err := paymentByID(tx, pay.ID)
		if err != nil {
			return err
		}
		end, err := p.endsTx(tx, now)
		if err != nil {
			return err
		}
		if (m == Transfer || m == Counter) && (end == 0 || end >= slowly(now)) {
			if now.ExpiresAt = slowly(now); now.ExpiresAt != pay.ExpiresAt {
				now.LookAt = max(now.LookAt, now.ExpiresAt)
				if err := extendPayment(tx, now); err != nil {
					return err
				}
			}
		}
		a, _, err = p.tryTx(tx, c, now, m)
		return err
	})
	return c, a, err
}

// chosen is the open attempt of a payment by a method; none where the payer has not
// chosen it.
func (p *Part) chosen(ctx context.Context, pay Payment, m Method) (chosen Attempt, err error) {
	err = p.DB.Read(ctx, func(tx *db.Tx) error {
		list, err := attemptsOf(tx, pay.ID)
		for _, a := range list {
			if a.Method == m && a.Status == attemptOpen {
				chosen = a
			}
		}
		return err
	})
	return chosen, err
}

// slowLife is how long a payment waits for a transfer or for somebody who goes to a
// counter.
const slowLife = 7 * 24 * time.Hour

// slowly is until when a payment waits that is paid in one of those ways.
func slowly(pay Payment) int64 { return max(pay.ExpiresAt, pay.CreatedAt+slowLife.Microseconds()) }

// endsTx is when what a payment asks for is not owed any more, as who asked for it
// says; unix microseconds, 0 never.
func (p *Part) endsTx(tx *db.Tx, pay Payment) (int64, error) {
	if who, ok := p.payees[pay.Origin].(Priced); ok {
		return who.EndsTx(tx, pay.OriginRef, pay)
	}
	return 0, nil
}

// errBankAway says that a bank does not open a payment just now.
const errBankAway = "payment.error.bank_away"

// leaveFor opens a payment at the bank and tells where the payer goes.
func (p *Part) leaveFor(ctx context.Context, pay Payment, m Method, returnURL string) (redirect string, err error) {
	b := p.banker(pay.Live)
	if b == nil {
		return "", errNoBank
	}
	c, a, err := p.try(ctx, pay, m)
	if err != nil {
		return "", err
	}
	session, redirect, err := b.Begin(ctx, c, a, pay.Description, returnURL)
	if err != nil {
		return "", fault.New(fault.Busy, errBankAway).Wrap(err)
	}
	if _, err := url.Parse(redirect); err != nil {
		return "", err
	}
	return redirect, p.write(ctx, func(tx *db.Tx) error {
		a, err := attemptByID(tx, a.ID)
		if err != nil || a.Status != attemptOpen {
			return err
		}
		a.Session = session
		if err := updateAttempt(tx, a); err != nil {
			return err
		}
		now, err := paymentByID(tx, pay.ID)
		if err != nil || now.Status != Started {
			return err
		}
		return p.moveTx(tx, now, Submitted, "")
	})
}

// Enquire asks the bank about attempts of which nothing was heard, some at a
// time. One that cannot be settled keeps no other back.
func (p *Part) Enquire(ctx context.Context) error {
	var due []Attempt
	err := p.DB.Read(ctx, func(tx *db.Tx) (err error) { due, err = attemptsToCheck(tx, p.now()); return err })
	if err != nil {
		return err
	}
	return p.some(ctx, len(due), func(ctx context.Context, i int) error {
		a := due[i]
		list, err := p.askAbout(ctx, a)
		if err != nil {
			p.Log.Warn("the bank was asked about an attempt and gave no answer", "agency", a.Agency, "attempt", a.ID, "error", err)
		}
		return p.checked(ctx, a, list)
	})
}

// atOnce is how many banks' answers are waited for at a time.
const atOnce = 8

// some does n things, a few at a time; what fails is logged, and the rest goes on.
func (p *Part) some(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i := range n {
		g.Go(func() error {
			if err := fault.Guard(func() error { return do(ctx, i) })(); err != nil && ctx.Err() == nil {
				p.Log.Error("a payment could not be looked at", "error", err)
			}
			return ctx.Err()
		})
	}
	return g.Wait()
}

// askAbout asks the bank about an attempt, and settles what it says. An answer of
// which nothing is known is none.
func (p *Part) askAbout(ctx context.Context, a Attempt) ([]Finding, error) {
	b := p.banker(a.Live)
	if b == nil || a.Method == Counter {
		return []Finding{{Reference: a.ID, State: "none"}}, nil
	}
	c, err := p.collector(ctx, a.Agency, a.Live)
	if err != nil {
		return nil, err
	}
	list, err := b.Enquire(ctx, c, a.ID)
	if err != nil {
		return nil, err
	}
	for _, f := range list {
		if !f.Answered() {
			return nil, fmt.Errorf("payment: the bank says %q of an attempt", clip(f.State, 20))
		}
		if err := p.settle(ctx, c, a.Live, f, asked); err != nil {
			return nil, err
		}
	}
	if len(list) == 0 {
		return nil, errors.New("payment: the bank says nothing of an attempt")
	}
	return list, nil
}

// lastLook is how long after a payment's end the bank is asked for the last time
// but one.
const lastLook = 2 * time.Minute

// secondLook is how long after a payment the bank is asked whether another
// telephone has paid it as well: two of one family scan it within seconds.
const secondLook = 30 * time.Second

// checked is when the bank is asked about an attempt again: ever more seldom, and
// not at all once nothing more can come.
func (p *Part) checked(ctx context.Context, a Attempt, list []Finding) error {
	return p.write(ctx, func(tx *db.Tx) error {
		now, err := attemptByID(tx, a.ID)
		if err != nil || now.NextAt == 0 {
			return err
		}
		pay, err := paymentByID(tx, a.Payment)
		if err != nil {
			return err
		}
		now.Checks++
		now.NextAt = p.now() + enquireAfter(now.Checks).Microseconds()
		end := max(pay.EndedAt, pay.ExpiresAt) + askedAfter.Microseconds()
		switch {
		case list == nil: // no answer: the next look is not the last
		case !pay.Status.Ended() && now.Status == attemptOpen:
		case now.Status == attemptPaid && p.now() < pay.ExpiresAt+lastLook.Microseconds():
			now.NextAt = pay.ExpiresAt + lastLook.Microseconds()
		case p.now() >= end:
			if now.NextAt, now.EndedAt = 0, max(now.EndedAt, p.now()); now.Status == attemptOpen {
				now.Status = attemptFailed
			}
		case p.now() >= pay.ExpiresAt:
			now.NextAt = end
		}
		return updateAttempt(tx, now)
	})
}

// Expire ends payments whose time is over. One of which the bank has not said
// that nothing came is not ended: nobody is told "failed" who may have paid.
func (p *Part) Expire(ctx context.Context) error {
	if err := p.noteForged(ctx); err != nil {
		return err
	}
	var due []Payment
	err := p.DB.Read(ctx, func(tx *db.Tx) (err error) { due, err = paymentsDue(tx, p.now()); return err })
	if err != nil {
		return err
	}
	err = p.some(ctx, len(due), func(ctx context.Context, i int) error { return p.expireOne(ctx, due[i]) })
	if err != nil {
		return err
	}
	return p.write(ctx, func(tx *db.Tx) error { return sweepRequests(tx, p.now()-keepRequests.Microseconds()) })
}

// keepRequests is how long a request's own id is remembered.
const keepRequests = 30 * 24 * time.Hour

func (p *Part) expireOne(ctx context.Context, pay Payment) error {
	var list []Attempt
	err := p.DB.Read(ctx, func(tx *db.Tx) (err error) { list, err = attemptsOf(tx, pay.ID); return err })
	nothing := err == nil
	for _, a := range list {
		if a.Status != attemptOpen {
			continue
		}
		said, why := p.askAbout(ctx, a)
		if why != nil {
			nothing, err = false, why
		}
		for _, f := range said {
			// What was paid in another amount is on its way back; anything else that
			// was paid and did not count is for a person to look at.
			back := f.State == "paid" && f.agree(a) == "amount"
			nothing = nothing && (f.State == "none" || f.State == "failed" || f.State == "reversed" || back)
		}
	}
	return errors.Join(err, p.write(ctx, func(tx *db.Tx) error {
		now, err := paymentByID(tx, pay.ID)
		if err != nil || now.Status.Ended() {
			return err
		}
		if nothing {
			return p.moveTx(tx, now, Failed, Expired)
		}
		now.LookAt = p.now() + nextLook.Microseconds()
		return updatePayment(tx, now)
	}))
}

// nextLook is when the end of a payment of which the bank says nothing is looked
// at again.
const nextLook = 5 * time.Minute
