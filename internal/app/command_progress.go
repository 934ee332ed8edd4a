package app

import (
	"fmt"
	"os"
	"time"

	"balai/internal/spine/clock"
)

// progress tells on a terminal how far a long command has come; elsewhere it
// says nothing.
type progress struct {
	out   *os.File
	clock clock.Clock
	n     int
	last  time.Time
}

// progressEvery is how often a person is told.
const progressEvery = 200 * time.Millisecond

func newProgress(std Std, c clock.Clock) *progress {
	p := &progress{clock: c, last: c.Now()}
	if f, ok := std.Err.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			p.out = f
		}
	}
	return p
}

func (p *progress) step(what string) {
	p.n++
	if p.out == nil || p.n%256 != 0 {
		return
	}
	if now := p.clock.Now(); now.Sub(p.last) >= progressEvery {
		p.last = now
		fmt.Fprintf(p.out, "\r%d %s ", p.n, what)
	}
}

// end clears the line.
func (p *progress) end() {
	if p.out != nil {
		fmt.Fprint(p.out, "\r\033[K")
	}
}
