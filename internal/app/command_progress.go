package app

import (
	"fmt"
	"io"
	"os"
	"time"

	"balai/internal/spine/clock"
)

// progress tells on a terminal how far a long command has come, and in the end
// everywhere how long it took.
type progress struct {
	out   *os.File
	err   io.Writer
	clock clock.Clock
	n     int
	what  string
	began time.Time
	last  time.Time
}

// progressEvery is how often a person is told.
const progressEvery = 200 * time.Millisecond

func newProgress(std Std, c clock.Clock) *progress {
	p := &progress{err: std.Err, clock: c, began: c.Now(), last: c.Now()}
	if f, ok := std.Err.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			p.out = f
		}
	}
	return p
}

func (p *progress) step(what string) {
	p.n, p.what = p.n+1, what
	if p.out == nil || p.n%256 != 0 {
		return
	}
	if now := p.clock.Now(); now.Sub(p.last) >= progressEvery {
		p.last = now
		fmt.Fprintf(p.out, "\r%d %s ", p.n, what)
	}
}

// end clears the line and tells how long it took.
func (p *progress) end() {
	if p.out != nil {
		fmt.Fprint(p.out, "\r\033[K")
	}
	fmt.Fprintf(p.err, "%d %s in %.1f s\n", p.n, p.what, p.clock.Now().Sub(p.began).Seconds())
}
