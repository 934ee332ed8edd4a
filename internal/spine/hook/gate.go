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
)

// gate lets deliveries through: few at a time, and to an address that has kept
// its caller waiting one at a time and none for a while.
type gate struct {
	mu     sync.Mutex
	all    int
	busy   map[string]int
	silent map[string]time.Time // addresses that hung, and until when they are left alone
}

// enter gives a place and what leaves it, or how long to wait for one.
func (g *gate) enter(address string, now time.Time) (leave func(hung bool, now time.Time), wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	until, hung := g.silent[address]
	switch {
	case hung && now.Before(until):
		return nil, until.Sub(now) + time.Second
	case hung && g.busy[address] > 0, g.all >= underWay:
		return nil, behindOthers
	}
	if g.busy == nil {
		g.busy, g.silent = map[string]int{}, map[string]time.Time{}
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
		if delete(g.silent, address); hung {
			g.silent[address] = now.Add(silence)
		}
	}, 0
}

// timedOut tells whether an address kept its caller waiting.
func timedOut(err error) bool {
	var slow net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &slow) && slow.Timeout()
}
