package acceptance

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"balai/balaitest"
)

// onceRounds is how often everything is raced for: a few in the suite, N in the
// long run (make chaos-identity).
func onceRounds() int {
	if n, err := strconv.Atoi(os.Getenv("N")); err == nil {
		return n
	}
	return 3
}

// onceCrowd is how many come with the same at once.
const onceCrowd = 64

// onceWithAKill: over one PostgreSQL and behind one address, 64 come at once to
// two processes with the same code, the same request_uri, the same assertion and
// the same link. One of each succeeds; where a process is killed by -9 in the
// middle, one at most, and what it did is whole (I2).
func onceWithAKill(t *testing.T, e balaitest.Engine, stays *balaitest.Hall) {
	dies := balaitest.Start(t, "demo", append(e.Args(), "--base-url", stays.URL)...)
	c := newCaller(t, stays, dies)
	tally := map[string]int{}
	for round := range onceRounds() {
		kill := round%3 != 0 // one round of three has no kill, and then it is exactly one
		raced := c.race(t, e, round, func(reached <-chan struct{}) {
			if kill {
				<-reached
				dies.Kill()
			}
		})
		for what, n := range raced {
			tally[what] += n
			if n > 1 || !kill && n != 1 {
				t.Errorf("round %d, kill %v: %d succeeded with one %s", round, kill, n, what)
			}
		}
		if kill && round+1 < onceRounds() {
			dies.Run()
		}
	}
	dies.Stop()
	t.Logf("successes in %d rounds: %v", onceRounds(), tally)
	d := e.Open(t, stays)
	for what, q := range map[string]string{
		"code":      `select count(*) from op_grant where person = 'aisyah'`,
		"assertion": `select count(*) from op_grant where person = ''`,
		"link":      `select count(*) from identity_invite where used_at > 0`,
	} {
		var n int
		if err := d.QueryRow(q).Scan(&n); err != nil || n < tally[what] || n > onceRounds() {
			t.Errorf("%d were told yes by %s, %d are kept of %d rounds: %v", tally[what], what, n, onceRounds(), err)
		}
	}
	for what, q := range map[string]string{
		"links that opened more than one session":              `select count(*) from (select person from actor_session where method = 'invite' group by person having count(*) > 1) x`,
		"grants without the token that they were written with": `select count(*) from op_grant g where not exists (select 1 from op_token t where t.given = g.id)`,
	} {
		var n int
		if err := d.QueryRow(q).Scan(&n); err != nil || n > 0 {
			t.Errorf("%d %s: %v", n, what, err)
		}
	}
}

// A caller is the demo's own program, in front of both processes.
type caller struct {
	base, id string
	key      *ecdsa.PrivateKey
	dpop     *ecdsa.PrivateKey
	via      []*http.Client // the first is of the process that is never killed
	hall     *balaitest.Hall
}

func newCaller(t *testing.T, halls ...*balaitest.Hall) *caller {
	t.Helper()
	c := &caller{base: halls[0].URL, hall: halls[0]}
	text, err := os.ReadFile(filepath.Join(halls[0].Data, "demo.json"))
	if err != nil {
		t.Fatal(err)
	}
	var demo struct {
		OIDC struct {
			Citizen struct {
				ID  string          `json:"client_id"`
				JWK jose.JSONWebKey `json:"jwk"`
			} `json:"citizen_client"`
		} `json:"oidc"`
	}
	if err := json.Unmarshal(text, &demo); err != nil {
		t.Fatal(err)
	}
	c.id, c.key = demo.OIDC.Citizen.ID, demo.OIDC.Citizen.JWK.Key.(*ecdsa.PrivateKey)
	if c.dpop, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	for _, h := range halls {
		to := strings.TrimPrefix(h.URL, "http://")
		c.via = append(c.via, &http.Client{Timeout: 30 * time.Second,
			Transport: &http.Transport{MaxIdleConnsPerHost: onceCrowd, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, to)
			}},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }})
	}
	return c
}

func nonce() string {
	var b [16]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func signed(t *testing.T, key *ecdsa.PrivateKey, o *jose.SignerOptions, claims any) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, o)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(s).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// form is a program's, with an assertion and a proof of its own.
func (c *caller) form(t *testing.T, path string, f url.Values) *http.Request {
	t.Helper()
	now := time.Now().Unix()
	if !f.Has("client_assertion") {
		f.Set("client_assertion", c.assertion(t))
	}
	f.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	r, err := http.NewRequest("POST", c.base+path, strings.NewReader(f.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("DPoP", signed(t, c.dpop, &jose.SignerOptions{EmbedJWK: true, ExtraHeaders: map[jose.HeaderKey]any{"typ": "dpop+jwt"}},
		map[string]any{"jti": nonce(), "htm": "POST", "htu": c.base + path, "iat": now}))
	return r
}

func (c *caller) assertion(t *testing.T) string {
	now := time.Now().Unix()
	return signed(t, c.key, (&jose.SignerOptions{}).WithHeader("kid", "demo-1"),
		map[string]any{"iss": c.id, "sub": c.id, "aud": c.base, "jti": nonce(), "iat": now, "exp": now + 200})
}

func (c *caller) get(t *testing.T, path string) *http.Request {
	t.Helper()
	r, err := http.NewRequest("GET", c.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// send asks the process that is never killed.
func (c *caller) send(t *testing.T, r *http.Request, cookie string, want int) (*http.Response, string) {
	t.Helper()
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: "balai_session", Value: cookie})
	}
	res, err := c.via[0].Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != want {
		t.Fatalf("%s %s: %d %v %.300s", r.Method, r.URL.Path, res.StatusCode, err, text)
	}
	return res, string(text)
}

// pushed is the way to a request's page, and its verifier.
func (c *caller) pushed(t *testing.T) (path, verifier string) {
	t.Helper()
	verifier = nonce() + nonce() + nonce()
	sum := sha256.Sum256([]byte(verifier))
	_, text := c.send(t, c.form(t, "/oidc/par", url.Values{"response_type": {"code"}, "client_id": {c.id}, "redirect_uri": {"http://127.0.0.1:9999/cb"},
		"scope": {"openid profile"}, "state": {nonce()}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}), "", http.StatusCreated)
	var out struct {
		URI string `json:"request_uri"`
	}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return "/oidc/authorize?" + url.Values{"client_id": {c.id}, "request_uri": {out.URI}}.Encode(), verifier
}

// asks is the field by which a page says whom it asked.
var asks = regexp.MustCompile(`name="asked" value="([^"]+)"`)

var linked = regexp.MustCompile(`http://localhost:\d+(/invite/[\w-]+)`)

// race has the crowd come with one of each; it gives how many succeeded.
func (c *caller) race(t *testing.T, e balaitest.Engine, round int, middle func(<-chan struct{})) map[string]int {
	t.Helper()
	h := c.hall
	aisyah := h.SignIn(t, "aisyah")
	path, verifier := c.pushed(t)
	res, _ := c.send(t, c.get(t, path), aisyah.Cookie, http.StatusSeeOther)
	at := res.Header.Get("Location")
	_, page := c.send(t, c.get(t, at), aisyah.Cookie, http.StatusOK)
	whose := asks.FindStringSubmatch(page)
	if whose == nil {
		t.Fatal("the page asks nobody")
	}
	answer, err := http.NewRequest("POST", c.base+at, strings.NewReader("decision=allow&for=self&asked="+whose[1]))
	if err != nil {
		t.Fatal(err)
	}
	answer.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, _ = c.send(t, answer, aisyah.Cookie, http.StatusSeeOther)
	back, err := url.Parse(res.Header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		t.Fatalf("no code: %s", back)
	}
	open, _ := c.pushed(t)
	out, code := h.Command(append([]string{"admin", "invite", "--name", "Pegawai " + strconv.Itoa(round), "--data", h.Data, "--base-url", c.base}, e.Args()...)...)
	link := linked.FindStringSubmatch(out)
	if code != 0 || link == nil {
		t.Fatalf("invite: %s", out)
	}
	assertion := c.assertion(t)
	ways := map[string]func() *http.Request{
		"code": func() *http.Request {
			return c.form(t, "/oidc/token", url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {"http://127.0.0.1:9999/cb"}, "code_verifier": {verifier}})
		},
		"request_uri": func() *http.Request { return c.get(t, open) },
		"assertion": func() *http.Request {
			return c.form(t, "/oidc/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"machine"}, "client_assertion": {assertion}})
		},
		"link": func() *http.Request {
			r, err := http.NewRequest("POST", c.base+link[1], nil)
			if err != nil {
				t.Fatal(err)
			}
			return r
		},
	}
	return c.atOnce(t, ways, int64(1+round*37%(onceCrowd*len(ways))), middle)
}

// atOnce sends each request of each kind together with all others, half of them
// to each process; reached is closed after so many answers.
func (c *caller) atOnce(t *testing.T, ways map[string]func() *http.Request, after int64, middle func(<-chan struct{})) map[string]int {
	t.Helper()
	start, reached := make(chan struct{}), make(chan struct{})
	var answers atomic.Int64
	var mu sync.Mutex
	won := map[string]int{}
	var all sync.WaitGroup
	for what, make := range ways {
		won[what] = 0
		for i := range onceCrowd {
			r, via := make(), c.via[i%len(c.via)]
			all.Go(func() {
				<-start
				res, err := via.Do(r)
				if answers.Add(1) == after { // what was not answered counts as well: nobody waits for the dead
					close(reached)
				}
				if err != nil {
					return
				}
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
				switch {
				case res.StatusCode == http.StatusOK, res.StatusCode == http.StatusSeeOther:
					mu.Lock()
					won[what]++
					mu.Unlock()
				case res.StatusCode >= 500 && res.StatusCode != http.StatusServiceUnavailable:
					t.Errorf("%s: %d", what, res.StatusCode)
				}
			})
		}
	}
	close(start)
	middle(reached)
	all.Wait()
	return won
}
