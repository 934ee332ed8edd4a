package notify

import (
	"context"
	"fmt"
	"slices"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
)

// Post takes a message that has to go on paper, in the transaction that found
// that out; lang is the person's. Taking the same message twice is taking it
// once.
type Post interface {
	PostTx(tx *db.Tx, m Item, lang locale.Lang) error
}

// ByPost names who prints letters. It is called once, before the first
// message; without it the hall has no post.
func (n *Notify) ByPost(p Post) { n.post = p }

// An urgency is on how many channels a message is worth to go. An alarm that
// waits for an address goes on as any other, once there is one.
type urgency struct{ minor, alarm bool }

// route puts a message on the channels that reach its person, and on none that
// it was on before. Where there is none it waits.
func (n *Notify) route(tx *db.Tx, m Item, w urgency, tried []Channel) error {
	r, err := n.Reach(tx, m.To)
	if err != nil {
		return err
	}
	channels := r.Channels
	if w.alarm {
		channels = slices.DeleteFunc(Channels(), func(ch Channel) bool { return r.Address.Of(ch) == "" })
	}
	if len(tried) > 0 { // one after the other: what was left out first, paper last
		channels = nil
		for _, ch := range append(r.Channels, Channels()...) {
			if r.Address.Of(ch) != "" && !slices.Contains(tried, ch) && (!r.Choice.Made || r.Choice.Wants(ch) || ch == ByLetter) {
				channels = []Channel{ch}
				break
			}
		}
	}
	if len(channels) == 0 {
		reason := r.Problem
		if reason == "" {
			reason = Refused
		}
		return n.note(tx, m, "", Waiting, reason)
	}
	lang := r.Address.Lang
	if r.Choice.Lang != "" {
		lang = r.Choice.Lang
	}
	for _, ch := range channels {
		if ch == ByLetter && w.minor {
			continue // the message centre has it
		}
		if err := n.note(tx, m, ch, Queued, ""); err != nil {
			return err
		}
		switch ch {
		case ByMail:
			err = n.outbox.Enqueue(tx, jobMail, messageJob{m.ID})
		case ByText:
			err = n.outbox.Enqueue(tx, jobText, messageJob{m.ID})
		case ByLetter:
			err = n.post.PostTx(tx, m, lang)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (n *Notify) note(tx *db.Tx, m Item, ch Channel, s State, reason string) error {
	return insertDelivery(tx, Delivery{Message: m.ID, Channel: ch, Person: m.To, Case: m.Case, State: s, Reason: reason, At: clock.Micro(n.clock.Now())})
}

// SentTx notes that a message left on a channel; a second time changes nothing.
func (n *Notify) SentTx(tx *db.Tx, message string, ch Channel) error {
	_, err := moveDelivery(tx, message, ch, Queued, Sent, "", clock.Micro(n.clock.Now()))
	return err
}

// FailedTx notes that a message will not arrive on a channel. The address is
// dead from then on, and the message goes on the next channel, unless it is on
// one already.
func (n *Notify) FailedTx(tx *db.Tx, message string, ch Channel, address, reason string) error {
	now := clock.Micro(n.clock.Now())
	from := Queued
	if reason == Returned {
		from = Sent
	}
	moved, err := moveDelivery(tx, message, ch, from, Failed, reason, now)
	if err != nil || !moved {
		return err // it was told before, or went out in the days before deliveries were kept
	}
	m, minor, err := messageAndWeight(tx, message)
	if err != nil {
		return err
	}
	if address != "" && reason != GaveUp {
		if err := insertDead(tx, m.To, ch, address, reason, now); err != nil {
			return err
		}
	}
	all, err := deliveriesFor(tx, message)
	if err != nil {
		return err
	}
	var tried []Channel
	for _, d := range all {
		if d.State == Queued || d.State == Sent {
			return nil
		}
		tried = append(tried, d.Channel)
	}
	return n.route(tx, m, urgency{minor: minor}, tried)
}

// requeueRound is how many waiting messages one act looks at.
const requeueRound = 200

// Requeue sends what waited for an address and now has one, and tells how many
// messages that were.
func (n *Notify) Requeue(ctx context.Context) (sent int, err error) {
	after := ""
	for {
		var list []Delivery
		var here int
		err := n.db.Write(ctx, func(tx *db.Tx) (err error) {
			here = 0
			if list, err = waiting(tx, after, requeueRound); err != nil {
				return err
			}
			for _, d := range list {
				gone, err := n.again(tx, d)
				if err != nil {
					return err
				}
				here += gone
			}
			return nil
		})
		sent += here
		if err != nil || len(list) < requeueRound {
			return sent, err
		}
		after = list[len(list)-1].Message
	}
}

// again routes one waiting message, where there is a way now.
func (n *Notify) again(tx *db.Tx, d Delivery) (int, error) {
	r, err := n.Reach(tx, d.Person)
	if err != nil || len(r.Channels) == 0 {
		return 0, err
	}
	m, minor, err := messageAndWeight(tx, d.Message)
	if err != nil {
		return 0, fmt.Errorf("notify: message %s waits: %w", d.Message, err)
	}
	if err := dropDeliveries(tx, d.Message); err != nil {
		return 0, err
	}
	return 1, n.route(tx, m, urgency{minor: minor}, nil)
}
