package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"balai/balaitest"
)

// unsureText is the sentence of a commit whose answer never came; who gets it looks, and sends again.
const unsureText = "Sambungan terputus ketika menyimpan"

// world is one hall, its processes and who uses it.
type world struct {
	engine balaitest.Engine
	halls  []*balaitest.Hall
	disk   *disk
	server *server // nil on SQLite
	people []*citizen
	desks  []officer
	facts  []string // what a program says that the person has confirmed

	ctx      context.Context // ends when patience does
	asked    atomic.Int64    // requests
	refused  atomic.Int64    // of these, answered "not now"
	unheard  atomic.Int64    // of these, without an answer
	unsure   atomic.Int64    // of these, told that nobody knows whether it was kept: PostgreSQL went while it committed
	decided  atomic.Int64    // acts of officers that were acknowledged
	kills    int
	fills    int
	restarts int

	mu     sync.Mutex
	acts   map[string]map[string]int // case, kind of act: how often an officer was told that it is done
	heads  map[string]bool           // every checkpoint that anybody was shown
	broken []string                  // what officers were answered that no hall may answer
}

// until asks, of whichever process answers, until one of the statuses comes. A refusal for now is asked again; any
// other answer is an error.
func (w *world) until(c *citizen, what string, ask func(*balaitest.Person) (balaitest.Answer, error), good ...int) (balaitest.Answer, error) {
	for {
		at := &balaitest.Person{ID: c.person, Hall: w.halls[rand.IntN(len(w.halls))], Cookie: c.cookie}
		a, err := ask(at)
		w.asked.Add(1)
		for _, s := range good {
			if err == nil && a.Status == s {
				return a, nil
			}
		}
		switch {
		case err != nil:
			w.unheard.Add(1)
		case a.Status == http.StatusInternalServerError && strings.Contains(string(a.Body), unsureText):
			w.unsure.Add(1)
		case a.Status == http.StatusServiceUnavailable || a.Status == http.StatusConflict:
			w.refused.Add(1)
		default:
			return a, fmt.Errorf("%s, %s: %d to %s\n%.600s", c.person, what, a.Status, a.Header.Get("Location"), a.Body)
		}
		select {
		case <-w.ctx.Done():
			return a, fmt.Errorf("%s, %s: nothing but %d (%v) until the end", c.person, what, a.Status, err)
		case <-time.After(time.Duration(20+rand.IntN(80)) * time.Millisecond):
		}
	}
}

// watch keeps every head of the journal that the hall publishes.
func (w *world) watch(ctx context.Context) {
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-time.After(100 * time.Millisecond):
		}
		a, err := w.halls[i%len(w.halls)].Nobody().Get("/journal/checkpoint")
		if err == nil && a.Status == http.StatusOK {
			w.mu.Lock()
			w.heads[string(a.Body)] = true
			w.mu.Unlock()
		}
	}
}

// use lets everybody move and every officer work, and ends when all are through.
func (w *world) use(t *testing.T) {
	t.Helper()
	desks, closed := context.WithCancel(w.ctx)
	var officers, movers sync.WaitGroup
	for _, o := range w.desks {
		officers.Go(func() { o.work(desks, w) })
	}
	officers.Go(func() { w.watch(desks) })
	queue := make(chan *citizen)
	for range 48 {
		movers.Go(func() {
			for c := range queue {
				if err := c.move(w); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, c := range w.people {
		queue <- c
		<-time.After(*over / time.Duration(len(w.people)))
	}
	close(queue)
	movers.Wait()
	w.decide(t)
	closed()
	officers.Wait()
}

// decide waits until nothing that was sent is open.
func (w *world) decide(t *testing.T) {
	t.Helper()
	for _, c := range w.people {
		if !c.sends || !c.officer || c.ref() == "" {
			continue
		}
		ref := c.ref()
		_, err := w.until(c, "wait", func(at *balaitest.Person) (balaitest.Answer, error) {
			k, a, err := at.Case(ref)
			if err == nil && a.Status == http.StatusOK && k.State != "issued" && k.State != "closed" {
				a.Status = http.StatusServiceUnavailable // not yet
			}
			return a, err
		}, http.StatusOK)
		if err != nil {
			t.Error(err)
			return
		}
	}
}
