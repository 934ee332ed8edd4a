package proof

import (
	"sync"
	"time"

	"balai/internal/spine/clock"
)

// gate lets so many enrolments in at one time. Who does not get in is told how
// long, from what was finished and turned away of late: on the morning on which
// everybody must enrol, those who are signed in already keep their hall.
type gate struct {
	clock clock.Clock
	most  int

	mu     sync.Mutex
	inside int
	from   time.Time // of the window
	done   int       // finished in it
	away   int       // turned away in it
	rate   float64   // finished in a second, of the window before; 0 where that says nothing
	queue  int       // turned away, of the window before
}

const (
	gateWindow = 10 * time.Second
	// usualAtOnce is what two cores hash and write without others waiting.
	usualAtOnce = 64
	// What a page says is between these: nobody waits in front of a screen for
	// longer, and a shorter time than that is a stampede.
	leastWait = 5 * time.Second
	mostWait  = 3 * time.Minute
	leastRate = 0.5 // of a hall in which nobody finishes
)

func newGate(c clock.Clock, most int) *gate {
	if most <= 0 {
		most = usualAtOnce
	}
	return &gate{clock: c, most: most, from: c.Now()}
}

// turn begins a new window where the old one is over. g.mu is held.
func (g *gate) turn() {
	now := g.clock.Now()
	took := now.Sub(g.from)
	if took < gateWindow {
		return
	}
	g.rate, g.queue = 0, 0
	if g.done+g.away > 0 && took < 2*gateWindow { // else it was quiet since
		g.rate, g.queue = max(float64(g.done)/took.Seconds(), leastRate), g.away
	}
	g.from, g.done, g.away = now, 0, 0
}

// enter lets somebody in, or says how long to wait. leave is called once.
func (g *gate) enter() (leave func(), wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn()
	if g.inside >= g.most {
		g.away++
		return nil, g.wait()
	}
	g.inside++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.turn()
		g.inside--
		g.done++
	}, 0
}

// full tells, without going in, how long somebody would have to wait; 0 not at all.
func (g *gate) full() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn()
	if g.inside < g.most {
		return 0
	}
	g.away++
	return g.wait()
}

// wait is the time in which those who were turned away get in at the rate at
// which others finish. g.mu is held.
func (g *gate) wait() time.Duration {
	rate := max(g.rate, float64(g.done)/max(g.clock.Now().Sub(g.from), time.Second).Seconds())
	if rate == 0 { // the first moment of a rush: nobody has finished yet
		rate = float64(g.most) / leastWait.Seconds()
	}
	waiting := max(g.queue, g.away)
	return min(max(time.Duration(float64(waiting)/rate*float64(time.Second)).Round(time.Second), leastWait), mostWait)
}

// AtMost sets how many enrolments from afar are worked on at one time from now
// on; those that are inside stay.
func (p *Proof) AtMost(n int) {
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	p.gate.most = n
}
