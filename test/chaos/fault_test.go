package chaos

import (
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"balai/balaitest"
)

// server is a PostgreSQL of this test alone, which may be crashed.
type server struct{ dir, dsn string }

func newServer(t *testing.T, d *disk) *server {
	t.Helper()
	s := &server{dir: filepath.Join(d.dir, "pg")}
	// fsync stays on: what is proved is what an agency would run.
	cmd := exec.Command("../postgres", "start", s.dir)
	cmd.Env = append(cmd.Environ(), "DURABLE=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("PostgreSQL does not start: %v", err)
	}
	s.dsn = strings.TrimSpace(string(out))
	t.Cleanup(func() { exec.Command("../postgres", "stop", s.dir).Run() })
	return s
}

// crash ends PostgreSQL as kill -9 would, and brings it back.
func (s *server) crash(t *testing.T) {
	t.Helper()
	if out, err := exec.Command("../postgres", "restart", s.dir).CombinedOutput(); err != nil {
		t.Fatalf("PostgreSQL does not come back: %v %s", err, out)
	}
}

// storm breaks something every few seconds until all is done.
func (w *world) storm(t *testing.T, done <-chan struct{}) {
	t.Helper()
	faults := []func(*testing.T){w.killOne, w.full, w.killAll, w.killOne, w.fullAndKilled}
	if w.server != nil {
		faults = append(faults, w.crash, w.killOne)
	}
	for n := 0; ; n++ {
		select {
		case <-done:
			return
		case <-time.After(time.Duration(1000+rand.IntN(2000)) * time.Millisecond):
		}
		for i, h := range w.halls {
			if h.Ended() {
				t.Fatalf("process %d ended by itself:\n%.3000s", i, h.Log())
			}
		}
		faults[n%len(faults)](t)
	}
}

func (w *world) killOne(t *testing.T) {
	h := w.halls[rand.IntN(len(w.halls))]
	h.Kill()
	w.kills++
	w.revive(t, h)
}

func (w *world) killAll(t *testing.T) {
	for _, h := range w.halls {
		h.Kill()
		w.kills++
	}
	for _, h := range w.halls {
		w.revive(t, h)
	}
}

func (w *world) crash(t *testing.T) {
	w.server.crash(t)
	w.restarts++
}

// full lets people run into a full disk, and clears it.
func (w *world) full(t *testing.T) {
	if !w.disk.mounted {
		return
	}
	w.disk.fill(t)
	w.felt()
	w.disk.empty(t)
	w.fills++
	w.afterwards(t)
}

// fullAndKilled: a process is killed while the disk is full, and tries to start before there is room.
func (w *world) fullAndKilled(t *testing.T) {
	if !w.disk.mounted {
		return
	}
	w.disk.fill(t)
	w.felt()
	h := w.halls[0]
	h.Kill()
	w.kills++
	if err := h.Begin(); err != nil {
		plain(t, h)
	} else {
		h.Kill()
	}
	w.disk.empty(t)
	w.fills++
	w.afterwards(t)
	w.revive(t, h)
}

// afterwards brings PostgreSQL back where a full disk ended it, as its operator would.
func (w *world) afterwards(t *testing.T) {
	if w.server != nil {
		w.server.crash(t)
	}
}

// felt waits until twenty requests were refused or went unheard, or for as long as a full disk is found by its operator.
func (w *world) felt() {
	from := w.refused.Load() + w.unheard.Load()
	for range 60 {
		if w.refused.Load()+w.unheard.Load() >= from+20 {
			return
		}
		<-time.After(50 * time.Millisecond)
	}
}

// revive starts a process again, as often as it takes: its database may still be on its way back.
func (w *world) revive(t *testing.T, h *balaitest.Hall) {
	t.Helper()
	for {
		err := h.Begin()
		if err == nil {
			return
		}
		plain(t, h)
		select {
		case <-w.ctx.Done():
			t.Fatalf("a process does not come back: %v", err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// plain: a hall that cannot start says why in a sentence.
func plain(t *testing.T, h *balaitest.Hall) {
	t.Helper()
	if text := h.Log(); strings.Contains(text, "panic:") || strings.Contains(text, "goroutine ") || strings.TrimSpace(text) == "" {
		t.Errorf("a hall that cannot start says:\n%.2000s", text)
	}
}
