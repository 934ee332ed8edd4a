package payment

import (
	"io"
	"net/http"
	"sync"
	"time"

	"balai/internal/spine/fault"
)

// How many big files are read at a time, by each process of the hall: each is
// checked line by line for minutes, over one connection to the database.
const (
	uploadsOf  = 2 // of an agency's real money, and of its tests
	uploadsAll = 8
	smallFile  = 1 << 20 // bytes; what is no longer counts for nothing
)

// uploadAgain is when an agency that sends too many at once may try the next.
const uploadAgain = time.Minute

// UploadTime is how long a big file may take to come in, and uploadStalls for how long
// nothing of it may come: who opens one and sends no more would keep everybody else out.
const (
	UploadTime   = 15 * time.Minute
	uploadStalls = time.Minute
)

// arriving is a body that has its time while it goes on coming.
type arriving struct {
	io.ReadCloser
	to  *http.ResponseController
	now func() time.Time
	end time.Time
}

func (b *arriving) Read(into []byte) (int, error) {
	until := b.now().Add(uploadStalls)
	if until.After(b.end) {
		until = b.end
	}
	// A server that cannot do so has no limit, or keeps its own.
	_ = b.to.SetReadDeadline(until)
	n, err := b.ReadCloser.Read(into)
	if err != nil { // no more is waited for, and what came is worked on for longer
		_ = b.to.SetReadDeadline(b.end)
	}
	return n, err
}

// uploads counts the big files that are being read.
type uploads struct {
	mu  sync.Mutex
	of  map[string]int
	all int
}

// Upload lets an agency send a file of payments, or of a statement; done is called when
// it was read. Of files whose length is not small, or not said, a few are read at once:
// the agency's next one is refused for the agency's own doing, and everybody's next one
// because the hall is busy. Of one that is let in, the request's body has its time, also
// beyond what the server gives to others; it is to be read from r after this.
func (p *Part) Upload(w http.ResponseWriter, r *http.Request, agency string, live bool) (done func(), err error) {
	if r.ContentLength >= 0 && r.ContentLength <= smallFile {
		return func() {}, nil
	}
	u, whose := &p.uploads, Collector{Agency: agency}.Books(live).Owner()
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.of[whose] >= uploadsOf || u.all >= uploadsAll {
		w.Header().Set("Retry-After", itoa(int(uploadAgain/time.Second)))
	}
	switch {
	case u.of[whose] >= uploadsOf:
		return nil, fault.TooMuch(uploadAgain, "payment.error.uploads_own", "n", uploadsOf)
	case u.all >= uploadsAll:
		return nil, fault.New(fault.Busy, "payment.error.uploads")
	}
	u.of[whose]++
	u.all++
	body := &arriving{ReadCloser: r.Body, to: http.NewResponseController(w), now: p.Clock.Now, end: p.Clock.Now().Add(UploadTime)}
	_ = body.to.SetReadDeadline(body.end)
	_ = body.to.SetWriteDeadline(body.end)
	r.Body = body
	return sync.OnceFunc(func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		if u.of[whose]--; u.of[whose] == 0 {
			delete(u.of, whose)
		}
		u.all--
	}), nil
}
