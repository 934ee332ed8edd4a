package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // makes the databases that are measured
)

// hall is a running binary, on one core unless the run gives it more.
type hall struct {
	cmd     *exec.Cmd
	address string
	host    string
	ready   time.Duration
}

func (b bench) start(data, dsn string) (*hall, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, port, _ := strings.Cut(address, ":")
	args := []string{"demo", "--listen", address, "--data", data, "--log-level", "error"}
	if dsn != "" {
		args = append(args, "--db", dsn)
	}
	h := &hall{cmd: exec.Command(b.bin, args...), address: address, host: "localhost:" + port}
	h.cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", max(1, b.cores)))
	h.cmd.Stderr = os.Stderr
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := h.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "balai: ready ") {
			h.ready = time.Since(began)
			go io.Copy(io.Discard, out)
			return h, nil
		}
	}
	return nil, errors.New("the hall stopped before it was ready")
}

func (h *hall) stop() {
	h.cmd.Process.Signal(syscall.SIGTERM)
	h.cmd.Wait()
}

// calm waits until the demo has lived through its past, as its page tells, and
// the process then uses less than a tenth of a core for two seconds.
func (h *hall) calm() {
	for range 300 {
		before := h.ticks()
		time.Sleep(2 * time.Second)
		if h.ticks()-before < 20 && h.lived() {
			return
		}
	}
	fatal(errors.New("the hall did not come to rest in ten minutes"))
}

// lived tells whether the demo's page shows no progress any more.
func (h *hall) lived() bool {
	res, err := http.Get("http://" + h.host + "/demo")
	if err != nil {
		return false
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	return err == nil && res.StatusCode == http.StatusOK && !strings.Contains(string(page), "<progress")
}

// ticks are the hundredths of a second of processor time used so far.
func (h *hall) ticks() int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", h.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return user + system
}

// memory is the resident set in MB.
func (h *hall) memory() float64 { return resident(h.cmd.Process.Pid) }

func resident(pid int) float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	f := strings.Fields(rest)
	if len(f) == 0 {
		return 0
	}
	kb, _ := strconv.ParseFloat(f[0], 64)
	return kb / 1000
}

var client = &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// send is one slow, ordinary request, to prepare what is measured.
func (h *hall) send(method, path, cookie, kind, body string, header ...string) (*http.Response, []byte, error) {
	r, err := http.NewRequest(method, "http://"+h.host+path, strings.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("Origin", "http://"+h.host)
	r.Header.Set("Accept-Language", "ms")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: "balai_session", Value: cookie})
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res, text, err
}

func (h *hall) signIn(as string) (string, error) {
	res, _, err := h.send("POST", "/demo/sign-in", "", "application/x-www-form-urlencoded", url.Values{"as": {as}}.Encode())
	if err != nil {
		return "", err
	}
	for _, c := range res.Cookies() {
		if c.Name == "balai_session" {
			return c.Value, nil
		}
	}
	return "", fmt.Errorf("sign-in as %s: %d", as, res.StatusCode)
}

const birth = "jpn/birth-registration"

// apply sends a persona's sample case and returns its reference.
func (h *hall) apply(as, cookie string) (string, error) {
	_, text, err := h.send("GET", "/api/v1/services/"+birth, "", "", "")
	if err != nil {
		return "", err
	}
	var s struct {
		Examples []struct {
			Person        string          `json:"person"`
			Answers       json.RawMessage `json:"answers"`
			FactsAccepted []string        `json:"facts_accepted"`
		}
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return "", err
	}
	for _, x := range s.Examples {
		if x.Person != as {
			continue
		}
		body, _ := json.Marshal(map[string]any{"answers": x.Answers, "facts_accepted": append([]string{}, x.FactsAccepted...), "files": map[string]any{}})
		res, text, err := h.send("POST", "/api/v1/services/"+birth+"/applications", cookie, "application/json", string(body), "Idempotency-Key", "bench-"+as)
		if err != nil || res.StatusCode != http.StatusCreated {
			return "", fmt.Errorf("%s applies: %v %s", as, err, text)
		}
		var r struct{ Ref string }
		return r.Ref, json.Unmarshal(text, &r)
	}
	return "", fmt.Errorf("no sample case for %s", as)
}

// dsn makes a database of its own for one row on the server that was named.
func (b bench) dsn(engine string) string {
	if engine != "postgres" {
		return ""
	}
	admin, err := sql.Open("pgx", b.pg)
	fatal(err)
	defer admin.Close()
	name := fmt.Sprintf("bench_%d", time.Now().UnixNano())
	_, err = admin.Exec("create database " + name)
	fatal(err)
	u, err := url.Parse(b.pg)
	fatal(err)
	u.Path = "/" + name
	return u.String()
}

// row measures one page and prints it: as fast as it goes, then at 500 a second.
func (b bench) row(name, engine, address, path, cookie string) {
	ask := request("GET", hostOf(address), path, cookie, "")
	each := func(int, int) []byte { return ask }
	closed(address, 16, b.d/4, 200, each) // warm
	most := closed(address, 16, b.d, 200, each)
	at := open(address, 16, 500, b.d, 200, each)
	note := ""
	if n := most.failures + at.failures; n > 0 {
		note = fmt.Sprintf("%d (%s%s)", n, most.first, at.first)
	}
	fmt.Printf("| %s | %s | %d | %.0f | %s | %s | %s |\n", name, engine, most.bytes, most.rate(), ms(at.at(.5)), ms(at.at(.99)), note)
}

// hostOf is the name that a page must be asked under.
func hostOf(address string) string { return strings.Replace(address, "127.0.0.1", "localhost", 1) }

// pages measures the hall's pages on one engine and returns the rows of its writes and of its start.
func (b bench) pages(engine string) (posts, starts []string, err error) {
	data, err := os.MkdirTemp("", "balai-bench-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(data)
	dsn := b.dsn(engine)
	h, err := b.start(data, dsn)
	if err != nil {
		return nil, nil, err
	}
	first := h.ready
	h.calm()
	mother, err := h.signIn("aisyah")
	if err != nil {
		return nil, nil, err
	}
	officer, err := h.signIn("off-kb-reg")
	if err != nil {
		return nil, nil, err
	}
	ref, err := h.apply("aisyah", mother)
	if err != nil {
		return nil, nil, err
	}
	drafts, page, err := h.drafts()
	if err != nil {
		return nil, nil, err
	}
	h.calm()
	b.row("home", engine, h.address, "/", mother)
	b.row("service", engine, h.address, "/service/"+birth, mother)
	b.row("form page", engine, h.address, page, drafts[0])
	b.row("case", engine, h.address, "/case/"+ref, mother)
	b.row("desk", engine, h.address, "/desk", officer)

	body := url.Values{"child_name": {"Nur Iman"}}.Encode()
	asks := make([][]byte, len(drafts))
	for i, cookie := range drafts {
		asks[i] = request("POST", hostOf(h.address), page, cookie, body)
	}
	r := open(h.address, len(drafts), 500, b.d, http.StatusSeeOther, func(caller, _ int) []byte { return asks[caller] })
	posts = append(posts, fmt.Sprintf("| form post at 500/s, over HTTP | %s | %.0f | %s | %s | %d %s |  |", engine, r.rate(), ms(r.at(.5)), ms(r.at(.99)), r.failures, r.first))

	memory := h.memory()
	h.stop()
	again, err := b.start(data, dsn)
	if err != nil {
		return nil, nil, err
	}
	defer again.stop()
	starts = append(starts,
		fmt.Sprintf("| first start with the demo country, %s | %.2f s |", engine, first.Seconds()),
		fmt.Sprintf("| start on the same data, %s | %.2f s |", engine, again.ready.Seconds()),
		fmt.Sprintf("| resident memory after the rows above, %s | %.0f MB |", engine, memory))
	if dir, err := filepath.Glob(filepath.Join(data, "*.db")); err == nil && len(dir) > 0 {
		if info, err := os.Stat(dir[0]); err == nil {
			starts = append(starts, fmt.Sprintf("| database file, %s | %.1f MB |", engine, float64(info.Size())/1e6))
		}
	}
	return posts, starts, nil
}

// drafters are personas whose application begins with the child's name.
var drafters = []string{"kavitha", "jennifer", "marlina", "norazlina", "farah", "nguyen-thi-lan", "mei-ling", "suria"}

// drafts opens a draft for each drafter and returns their cookies and the form's first page.
func (h *hall) drafts() (cookies []string, page string, err error) {
	for _, as := range drafters {
		cookie, err := h.signIn(as)
		if err != nil {
			return nil, "", err
		}
		path := "/service/" + birth + "/apply"
		for range 5 {
			res, _, err := h.send("GET", path, cookie, "", "")
			if err != nil {
				return nil, "", err
			}
			if res.StatusCode < 300 || res.StatusCode > 399 {
				break
			}
			to, err := res.Location()
			if err != nil {
				return nil, "", err
			}
			path = to.Path
		}
		cookies, page = append(cookies, cookie), path
	}
	return cookies, page, nil
}
