package acceptance

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"balai/balaitest"
)

const birth = "jpn/birth-registration"

// sent is one person's application, posted by several callers at once under one key.
type sent struct {
	example balaitest.Example
	key     string
	mu      sync.Mutex
	refs    map[string]bool // every acknowledgement's reference
}

func (s *sent) acknowledge(ref string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refs[ref] = true
}

func (s *sent) ref() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for r := range s.refs {
		return r
	}
	return ""
}

// TestKill submits from many sides, kills the process in the middle of it, starts it again on the same data,
// and asks: is every acknowledged case there, none twice, and does the journal's root still recompute?
func TestKill(t *testing.T) {
	balaitest.Each(t, func(t *testing.T, e balaitest.Engine) {
		h := balaitest.Start(t, "demo", e.Args()...)
		var all []*sent
		for i, x := range h.Examples(t, birth) {
			if x.Person != "" {
				all = append(all, &sent{example: x, key: fmt.Sprintf("kill-%d", i), refs: map[string]bool{}})
			}
		}
		if len(all) < 6 {
			t.Fatalf("only %d personas can apply: too few to kill among", len(all))
		}
		const rounds = 3
		for round := range rounds {
			var batch []*sent
			for i := round; i < len(all); i += rounds {
				batch = append(batch, all[i])
			}
			// Each round dies after another number of acknowledgements: at the first, in the middle, near the end.
			burst(t, h, batch, 1+round*len(batch)/rounds)
			h.Run()
			for i, s := range all {
				if i%rounds <= round {
					again(t, h, s)
				}
			}
		}
		h.Stop()
		once(t, e, h, all)
		verify(t, e, h)
	})
}

// burst posts every application from four callers at once, beside drafts and sign-ins, and kills the hall after n acknowledgements.
func burst(t *testing.T, h *balaitest.Hall, batch []*sent, n int) {
	t.Helper()
	people := map[string]*balaitest.Person{}
	for _, s := range batch {
		people[s.example.Person] = h.SignIn(t, s.example.Person)
	}
	var acks atomic.Int64
	reached := make(chan struct{})
	var once sync.Once
	start := make(chan struct{})
	var callers sync.WaitGroup
	for _, s := range batch {
		for range 4 {
			callers.Go(func() {
				p := *people[s.example.Person]
				<-start
				r, a, err := p.Apply(birth, s.key, s.example.Body())
				if err != nil {
					return // killed before the answer: nothing was promised
				}
				switch a.Status {
				case http.StatusCreated:
					s.acknowledge(r.Ref)
					if acks.Add(1) >= int64(n) {
						once.Do(func() { close(reached) })
					}
				case http.StatusServiceUnavailable, http.StatusConflict: // busy, or its twin is still in flight: the caller asks again
				default:
					t.Errorf("%s applies: %d %s", s.example.Person, a.Status, a.Body)
				}
			})
		}
		callers.Go(func() {
			<-start
			h.Nobody().Form("/demo/sign-in", url.Values{"as": {s.example.Person}})
		})
	}
	close(start)
	select {
	case <-reached:
	case <-time.After(30 * time.Second):
		t.Errorf("%d acknowledgements within 30 s, not %d", acks.Load(), n)
	}
	h.Kill()
	callers.Wait()
}

// again looks for what was acknowledged, and sends what was not.
func again(t *testing.T, h *balaitest.Hall, s *sent) {
	t.Helper()
	p := h.SignIn(t, s.example.Person)
	before := s.ref()
	r, a, err := p.Apply(birth, s.key, s.example.Body())
	if err != nil || a.Status != http.StatusCreated {
		t.Errorf("%s sends the same key again: %d %v %s", p.ID, a.Status, err, a.Body)
		return
	}
	if before != "" && r.Ref != before {
		t.Errorf("%s: acknowledged as %s, after the kill it is %s", p.ID, before, r.Ref)
	}
	s.acknowledge(r.Ref)
	if len(s.refs) != 1 {
		t.Errorf("%s: one key, %d references: %v", p.ID, len(s.refs), s.refs)
	}
	if c, a, err := p.Case(r.Ref); err != nil || a.Status != http.StatusOK || c.Ref != r.Ref {
		t.Errorf("%s: case %s after the kill: %d %v", p.ID, r.Ref, a.Status, err)
	}
}

// once counts the cases past the hall's own code.
func once(t *testing.T, e balaitest.Engine, h *balaitest.Hall, all []*sent) {
	t.Helper()
	d := e.Open(t, h)
	for _, s := range all {
		var n int
		err := d.QueryRow("select count(*) from casework_case where applicant = $1 and kind = $2 and ref = $3", s.example.Person, birth, s.ref()).Scan(&n)
		if err != nil || n != 1 {
			t.Errorf("%s has %d cases %s: %v", s.example.Person, n, s.ref(), err)
		}
		err = d.QueryRow("select count(*) from casework_case where applicant = $1 and kind = $2 and parent = ''", s.example.Person, birth).Scan(&n)
		if err != nil || n != 1 {
			t.Errorf("%s has %d birth cases, not 1: %v", s.example.Person, n, err)
		}
	}
}

// verify recomputes the journal's root from its leaves.
func verify(t *testing.T, e balaitest.Engine, h *balaitest.Hall) {
	t.Helper()
	out, code := h.Command(append([]string{"journal", "verify", "--data", h.Data}, e.Args()...)...)
	if code != 0 {
		t.Errorf("balai journal verify: exit %d\n%s", code, out)
	}
}
