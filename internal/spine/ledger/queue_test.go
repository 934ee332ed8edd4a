package ledger

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// Calls that wait share a commit, and each gets its own answer.
func TestCallsShareACommit(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		var calls []*call
		for i := range 5 {
			c := &call{done: make(chan struct{}), groups: []Group{
				r.group(fmt.Sprint("g", i), Transfer{Debit: clearing, Credit: collect, Amount: 10}),
				r.group(fmt.Sprint("much", i), Transfer{Debit: collect, Credit: clearing, Amount: 1000}),
				r.group("same", Transfer{Debit: clearing, Credit: collect, Amount: 1})}[:1+i%3]}
			calls = append(calls, c)
		}
		r.queue.waiting = append(r.queue.waiting, calls...)
		r.queue.turn <- struct{}{}
		before := r.d.Stats().Acts
		r.serve(t.Context(), calls[4])
		if n := r.d.Stats().Acts - before; n != 1 {
			t.Errorf("%d commits", n)
		}
		for i, c := range calls {
			<-c.done
			if c.err != nil || len(c.refused) != 1+i%3 || c.refused[0] != nil || i%3 > 0 && !errors.Is(c.refused[1], ErrFloor) || i%3 > 1 && c.refused[2] != nil {
				t.Errorf("%d: %v %v", i, c.refused, c.err)
			}
		}
		if a := r.account(collect); a.Balance() != 51 {
			t.Errorf("%+v", a)
		}
		r.sound()
	})
}

// Who leaves before it is their turn has posted nothing; who leads does not break
// off what others wait for.
func TestLeavingTheQueue(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r.queue.turn <- struct{}{} // somebody posts
		if _, err := r.Post(ctx, []Group{r.group("gone", Transfer{Debit: clearing, Credit: collect, Amount: 10})}); !errors.Is(err, context.Canceled) || len(r.queue.waiting) != 0 {
			t.Errorf("%v, %d wait", err, len(r.queue.waiting))
		}
		mate := &call{done: make(chan struct{}), groups: []Group{r.group("mate", Transfer{Debit: clearing, Credit: collect, Amount: 1})}}
		r.queue.waiting = []*call{mate}
		r.serve(ctx, mate)
		if mate.err != nil {
			t.Error(mate.err)
		}
		if a := r.account(collect); a.Balance() != 1 {
			t.Errorf("%+v", a)
		}
	})
}

// Large calls are not piled up behind one commit.
func TestTogether(t *testing.T) {
	q := &queue{}
	for range 5 {
		q.waiting = append(q.waiting, &call{groups: []Group{{Transfers: make([]Transfer, together/2)}}})
	}
	for _, want := range []int{2, 2, 1, 0} {
		if got := len(q.next()); got != want {
			t.Errorf("%d calls, not %d", got, want)
		}
	}
}

// Whoever's call is being posted waits for what comes of it.
func TestNoLeaveOnceBegun(t *testing.T) {
	c := &call{}
	q := &queue{waiting: []*call{c, {}}}
	if !q.leave(c) || len(q.waiting) != 1 {
		t.Error("it waits, and cannot leave")
	}
	q.waiting = []*call{c}
	q.next()
	if q.leave(c) {
		t.Error("it left, and is posted")
	}
}
