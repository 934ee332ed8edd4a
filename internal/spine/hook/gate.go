package hook

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

const (
	// underWay is how many deliveries of this process are on their way: half of
	// the workers, so that no address, however slow, holds up the hall's own jobs.
	underWay = 4
	// behindOthers is how long one waits that finds no place.
	behindOthers = 3 * time.Second
	// silence is how long an address is left alone that did not answer in time.
	silence = time.Minute
	// Those who find no place come back one after the other and not all at once:
	// each of as many as spread is put off by a step more than the one before.
	spread     = 600
	silentStep = time.Second
	fullStep   = 100 * time.Millisecond
	// forget is how long an address is remembered that nobody calls any more.
	forget = time.Hour
)

// gate lets deliveries through: few at a time, and to an address that has kept
// its caller waiting one at a time and none for a while.
type gate struct {
	mu     sync.Mutex
	all    int
	put    int // off since there was last a place
	busy   map[string]int
	silent map[string]silent // addresses that hung
}

// silent is until when an address is left alone, and how many were put off.
type silent struct {
	until time.Time
	put   int
}

// enter gives a place and what leaves it, or how long to wait for one.
func (g *gate) enter(address string, now time.Time) (leave func(hung bool, now time.Time), wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s, hung := g.silent[address]
	switch {
	case hung && (now.Before(s.until) || g.busy[address] > 0):
		wait = max(behindOthers, s.until.Sub(now)) + time.Duration(1+s.put%spread)*silentStep
		s.put++
		g.silent[address] = s
		return nil, wait
	case g.all >= underWay:
		g.put++
		return nil, behindOthers + time.Duration((g.put-1)%spread)*fullStep
	}
	if g.busy == nil {
		g.busy, g.silent = map[string]int{}, map[string]silent{}
	}
	g.all, g.busy[address] = g.all+1, g.busy[address]+1
	return func(hung bool, now time.Time) {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.all--; g.busy[address] == 1 {
			delete(g.busy, address)
		} else {
			g.busy[address]--
		}
		if g.all == 0 {
			g.put = 0
		}
		if !hung {
			delete(g.silent, address)
			return
		}
		g.silent[address] = silent{now.Add(silence), g.silent[address].put}
		for other, s := range g.silent {
			if now.Sub(s.until) > forget {
				delete(g.silent, other)
			}
		}
	}, 0
}

// timedOut tells whether an address kept its caller waiting.
func timedOut(err error) bool {
	var slow net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &slow) && slow.Timeout()
}
