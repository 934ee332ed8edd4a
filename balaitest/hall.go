package balaitest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// readyWithin bounds a start; a seeded demo on a busy machine needs seconds.
const readyWithin = 60 * time.Second

// built is the binary of this test process, once there is one.
var built string

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "balai-bin-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "balai")
	// By its package's name, from any folder of the module, and with the flags
	// of make build, so that what that compiled is not compiled again.
	cmd := exec.Command("go", "build", "-trimpath", "-o", bin, "balai/cmd/balai")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	built = bin
	return bin, nil
})

// Binary builds the hall once for a test process and returns its path.
func Binary(t testing.TB) string {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// Main runs a package's tests and removes the binary that they built.
func Main(m *testing.M) int {
	code := m.Run()
	if built != "" {
		os.RemoveAll(filepath.Dir(built))
	}
	return code
}

// Demo is what demo.json tells an outside program.
type Demo struct {
	BaseURL  string    `json:"base_url"`
	Persons  []Persona `json:"persons"`
	Officers []Persona `json:"officers"`
	Journal  struct {
		Origin    string `json:"origin"`
		PublicKey string `json:"public_key"`
	} `json:"journal"`
	CertificateKey json.RawMessage `json:"certificate_key"`
	Payments       struct {
		Agencies []struct {
			Code    string `json:"code"`
			Key     string `json:"test_api_key"`
			Account string `json:"account"`
		} `json:"agencies"`
		Bank  string `json:"sandbox_bank"`
		Payer string `json:"payer_account"`
	} `json:"payments"`
}

// Persona is one person of the demo country; Post and Agency are empty for a citizen.
type Persona struct {
	ID, Name, Post, Agency string
	Story                  json.RawMessage // a text, or one in each language
}

// Hall is a running binary.
type Hall struct {
	URL  string
	Data string
	Demo Demo

	t    testing.TB
	verb string
	port int
	args []string
	cmd  *exec.Cmd
	log  *bytes.Buffer
	past []string // errors that earlier runs logged, each kind once
	done chan struct{}
}

// Start runs `balai VERB` on a fresh data folder and a free port, and stops it at the test's end.
func Start(t testing.TB, verb string, args ...string) *Hall {
	t.Helper()
	return StartIn(t, t.TempDir(), verb, args...)
}

// StartIn is Start with a data folder that the test chose.
func StartIn(t testing.TB, data, verb string, args ...string) *Hall {
	t.Helper()
	h := New(t, data, verb, args...)
	h.Run()
	return h
}

// New is a hall that has not begun.
func New(t testing.TB, data, verb string, args ...string) *Hall {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	h := &Hall{URL: fmt.Sprintf("http://localhost:%d", port), Data: data, t: t, verb: verb, port: port, args: args}
	t.Cleanup(func() {
		h.Stop()
		if t.Failed() && h.log != nil {
			t.Logf("errors of earlier runs:\n%s", tail(strings.Join(h.past, "\n"), 12000))
			t.Logf("the hall's log:\n%s", tail(h.log.String(), 6000))
		}
	})
	return h
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}

// Run starts the binary again on the same data and port; it must not be running.
func (h *Hall) Run() {
	h.t.Helper()
	if err := h.Begin(); err != nil {
		h.t.Fatal(err)
	}
}

// Begin is Run for a hall that may be unable to start: it gives the error, with what the hall said.
func (h *Hall) Begin() error {
	args := append([]string{h.verb, "--listen", fmt.Sprintf("127.0.0.1:%d", h.port), "--data", h.Data}, h.args...)
	if h.log != nil {
		for line := range strings.Lines(h.log.String()) {
			if strings.Contains(line, "level=ERROR") {
				_, what, _ := strings.Cut(strings.TrimSpace(line), " level=ERROR ")
				if alike := what[:min(len(what), 100)]; !slices.ContainsFunc(h.past, func(p string) bool { return strings.HasPrefix(p, alike) }) {
					h.past = append(h.past, what)
				}
			}
		}
	}
	h.cmd = exec.Command(Binary(h.t), args...)
	h.log = &bytes.Buffer{}
	h.cmd.Stderr = h.log
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := h.cmd.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	h.done = done
	ready := make(chan struct{})
	cmd := h.cmd
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "balai: ready ") {
				close(ready)
				break
			}
		}
		for lines.Scan() { // keep the pipe empty
		}
		cmd.Wait()
		close(done)
	}()
	select {
	case <-ready:
	case <-done:
		return fmt.Errorf("balai %s stopped: %v\n%s", h.verb, h.cmd.ProcessState, tail(h.log.String(), 6000))
	case <-time.After(readyWithin):
		h.Kill()
		return fmt.Errorf("balai %s never said that it is ready\n%s", h.verb, tail(h.log.String(), 6000))
	}
	if text, err := os.ReadFile(filepath.Join(h.Data, "demo.json")); err == nil {
		if err := json.Unmarshal(text, &h.Demo); err != nil {
			return fmt.Errorf("demo.json: %w", err)
		}
	}
	return nil
}

// Ended tells whether the process is over.
func (h *Hall) Ended() bool {
	select {
	case <-h.done:
		return true
	default:
		return false
	}
}

// Log is what the process said; ask when it has ended.
func (h *Hall) Log() string { return h.log.String() }

// Kill ends the hall as a power cut would end its process.
func (h *Hall) Kill() {
	h.cmd.Process.Signal(syscall.SIGKILL)
	<-h.done
}

// Stop asks it to end, and reports an end that was not clean.
func (h *Hall) Stop() {
	if h.done == nil {
		return // it never started
	}
	select {
	case <-h.done:
		return
	default:
	}
	h.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-h.done:
		if code := h.cmd.ProcessState.ExitCode(); code != 0 {
			h.t.Errorf("balai %s ended with %d after SIGTERM\n%s", h.verb, code, tail(h.log.String(), 3000))
		}
	case <-time.After(15 * time.Second):
		h.Kill()
		h.t.Errorf("balai %s did not end within 15 s of SIGTERM", h.verb)
	}
}

// Command runs another verb of the same binary on the hall's data and returns its output and exit code.
func (h *Hall) Command(args ...string) (string, int) {
	h.t.Helper()
	cmd := exec.Command(Binary(h.t), args...)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		h.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// client is shared: connections are kept, redirects are answers.
var client = &http.Client{
	Timeout:       30 * time.Second,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 128},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}
