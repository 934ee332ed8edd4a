package ledger

import (
	"context"
	"slices"
	"sync"

	"balai/internal/spine/db"
)

// queue holds the calls of Post that wait. Whoever has the turn posts for all of
// them in one transaction: a hot account is then read and changed once for many
// calls, and on PostgreSQL, where acts that change one account at once lose
// against each other and are run again, nobody loses.
type queue struct {
	turn    chan struct{} // holds one
	mu      sync.Mutex
	waiting []*call
}

// call is one call of Post. Its answer is there once done is closed.
type call struct {
	groups  []Group
	refused []error
	err     error
	done    chan struct{}
}

// together is how many transfers calls have that are posted together: few enough
// for a wait of some ten milliseconds.
const together = 2000

// Post posts groups in one commit. The errors are those of the groups, in their
// order: each is posted whole or not at all, and one that is refused does not
// keep the others back. Calls at once share commits.
func (l *Ledger) Post(ctx context.Context, groups []Group) (refused []error, err error) {
	c := &call{groups: groups, done: make(chan struct{})}
	q := &l.queue
	q.mu.Lock()
	q.waiting = append(q.waiting, c)
	q.mu.Unlock()
	select {
	case <-c.done:
	case q.turn <- struct{}{}:
		l.serve(ctx, c)
	case <-ctx.Done():
		if q.leave(c) {
			return nil, ctx.Err()
		}
		<-c.done // begun: it will be known shortly whether it was kept
	}
	return c.refused, c.err
}

// serve posts for those who wait until c is answered, and gives the turn on.
func (l *Ledger) serve(ctx context.Context, c *call) {
	defer func() { <-l.queue.turn }()
	for {
		select {
		case <-c.done:
			return
		default:
			l.postAll(context.WithoutCancel(ctx), l.queue.next())
		}
	}
}

// postAll posts what some calls ask for, and answers them.
func (l *Ledger) postAll(ctx context.Context, calls []*call) {
	var groups []Group
	for _, c := range calls {
		groups = append(groups, c.groups...)
	}
	var refused []error
	err := l.db.Write(ctx, func(tx *db.Tx) (err error) {
		if err = tx.Lock("ledger"); err == nil { // other processes wait as well
			refused, err = l.PostAllTx(tx, groups)
		}
		return err
	})
	for _, c := range calls {
		if c.err = err; err == nil {
			c.refused, refused = refused[:len(c.groups):len(c.groups)], refused[len(c.groups):]
		}
		close(c.done)
	}
}

// next takes the first calls that wait.
func (q *queue) next() []*call {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, transfers := 0, 0
	for n < len(q.waiting) && transfers < together {
		for _, g := range q.waiting[n].groups {
			transfers += len(g.Transfers)
		}
		n++
	}
	some := q.waiting[:n:n]
	q.waiting = slices.Clone(q.waiting[n:])
	return some
}

// leave takes a call back, unless somebody posts it already.
func (q *queue) leave(c *call) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, c)
	if i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
	return i >= 0
}
