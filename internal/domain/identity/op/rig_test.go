package op_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"balai/internal/domain/identity/op"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
	"balai/internal/spine/policy"
	"balai/internal/spine/secret"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// A rig is a hall's providers over one database, reached over HTTP. The library
// goes by the machine's clock, so the rig does.
type rig struct {
	*op.OP
	t        testing.TB
	db       *db.DB
	base     string
	sessions *actor.Sessions
	journal  *journal.Journal
	outbox   *outbox.Outbox
	people   *directory.Directory
	hub      *hub
	box      *secret.Box
}

// A hub is what several processes share beside the database: the country, and
// what programs were told.
type hub struct {
	mu        sync.Mutex
	level     map[string]int
	suspended map[string]bool
	hidden    map[string]bool
	choices   []op.Choice
	delegate  string
	calls     []string // logout tokens
	callErr   error
	day       int64
	names     map[string]int64 // what a meter counts by name; nil counts all as one
	broken    bool
	texts     *locale.Catalog
	told      []string // whom notices went to
	meanwhile func()   // what happens after a request was read, once
}

func newHub() *hub {
	return &hub{level: map[string]int{}, suspended: map[string]bool{}, hidden: map[string]bool{}, day: 5}
}

func (h *hub) NameOf(_ *db.Tx, person string) (string, error) { return "Name of " + person, nil }

func (h *hub) ByIDNumber(_ *db.Tx, number string) (string, error) {
	bare := strings.NewReplacer("-", "", " ", "").Replace(number)
	if person, ok := map[string]string{"900101145678": "aisyah"}[bare]; ok {
		return person, nil
	}
	return "", fault.New(fault.Missing, "web.error.missing")
}

func (h *hub) Claims(_ *db.Tx, person string, scopes []string) (map[string]any, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.broken {
		return nil, errors.New("the register is away")
	}
	all := map[string]any{"profile": "Name of " + person, "birth": "1990-01-01", "mykad": "900101-14-5678", "phone": "+60123456789"}
	names := map[string]string{"profile": "name", "birth": "birthdate", "mykad": "mykad_number", "phone": "phone_number"}
	out := map[string]any{}
	for _, s := range scopes {
		if n, ok := names[s]; ok {
			out[n] = all[s]
		}
	}
	return out, nil
}

func (h *hub) Hidden(_ *db.Tx, person string) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.hidden[person], nil
}

func (h *hub) Level(_ *db.Tx, person string, _ int64) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if l, ok := h.level[person]; ok {
		return l, nil
	}
	return 2, nil
}

func (h *hub) Suspended(_ *db.Tx, person string) (bool, error) {
	h.mu.Lock()
	then := h.meanwhile
	h.meanwhile = nil
	h.mu.Unlock()
	if then != nil {
		done := make(chan struct{})
		go func() { defer close(done); then() }()
		<-done
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.suspended[person], nil
}

func (h *hub) AgencyName(*db.Tx, string) (locale.Text, error) { return locale.Same("JPJ"), nil }

func (h *hub) Law(code string) (locale.Text, bool) {
	return locale.Same("Akta " + strings.TrimPrefix(code, "law-")), strings.HasPrefix(code, "law-")
}

func (h *hub) Choices(_ *db.Tx, person string, _ int64) ([]op.Choice, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if person != h.delegate {
		return nil, nil
	}
	return h.choices, nil
}

func (h *hub) Stands(tx *db.Tx, id, delegate string, at int64) (op.Choice, bool, error) {
	all, err := h.Choices(tx, delegate, at)
	for _, c := range all {
		if c.ID == id {
			return c, true, err
		}
	}
	return op.Choice{}, false, err
}

func (h *hub) PostForm(_ context.Context, _ string, form map[string]string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.callErr != nil {
		return h.callErr
	}
	h.calls = append(h.calls, form["logout_token"])
	return nil
}

// SendTx takes a notice as the hall does: only with texts in both languages.
func (h *hub) SendTx(tx *db.Tx, m notify.Message) error {
	for _, l := range []locale.Lang{locale.Malay, locale.English} {
		if p := h.texts.For(l); !p.Has(m.Key+".subject") || !p.Has(m.Key+".body") {
			return errors.New(m.Key + " has no texts")
		}
	}
	tx.OnCommit(func() { // an act that met another's is begun again
		h.mu.Lock()
		defer h.mu.Unlock()
		h.told = append(h.told, m.To)
	})
	return nil
}

func (h *hub) Day(_ context.Context, name string, limit int64) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.names != nil {
		h.names[name]++
		return h.names[name] <= limit, nil
	}
	h.day--
	return h.day >= 0, nil
}

func (h *hub) set(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
}

func migrations() []db.Migration {
	return []db.Migration{actor.Migration(), directory.Migration(), journal.Migration(), outbox.Migration(), op.Migration()}
}

// newRig opens a process over a database. base is the hall's address where
// another process has it already.
func newRig(t testing.TB, d *db.DB, h *hub, base string) *rig {
	t.Helper()
	r := &rig{t: t, db: d, hub: h}
	srv := httptest.NewUnstartedServer(nil)
	r.base = base
	if base == "" {
		r.base = "http://" + srv.Listener.Addr().String()
	}
	c := clock.System()
	ids := id.NewSource(c, nil)
	r.people = directory.New(d, c)
	r.sessions = actor.NewSessions(d, c, ids, r.people)
	key, _, err := journal.LoadKey(t.TempDir()+"/key", "test/journal")
	if err != nil {
		t.Fatal(err)
	}
	if r.journal, err = journal.New(d, c, ids, "test/journal", key); err != nil {
		t.Fatal(err)
	}
	r.outbox = outbox.New(d, c, ids, nil)
	box, err := secret.NewBox(bytes.Repeat([]byte{1}, 32), "op")
	if err != nil {
		t.Fatal(err)
	}
	r.box = box
	texts, err := locale.Load(web.Texts, ui.Texts, directory.Texts, op.Texts)
	if err != nil {
		t.Fatal(err)
	}
	h.texts = texts
	r.OP, err = op.New(op.Options{DB: d, Clock: c, IDs: ids, Journal: r.journal, Outbox: r.outbox, Box: box, People: h, Delegations: h, Directory: h,
		Caller: h, Door: r.sessions, Notices: h, Meter: h, BaseURL: r.base, Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	r.sessions.Inherit(r.OP)
	policies, err := policy.Load(op.Policy)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(r.base)
	if err != nil {
		t.Fatal(err)
	}
	router, err := web.New(web.Config{BaseURL: u, Sessions: r.sessions, Policies: policies, Texts: texts, Clock: c, Log: slog.New(slog.DiscardHandler),
		Site: func(ctx context.Context, _ *http.Request) context.Context {
			return ui.WithSite(ctx, ui.Site{L: web.L(ctx), Actor: web.ActorOf(ctx), Name: locale.Same("Balai"), BaseURL: r.base})
		},
		ErrorPage: func(req *http.Request, status int, title, what, todo string) templ.Component {
			return ui.ErrorPage(ui.NewPage(req, title), status, title, what, todo)
		},
		SignIn: func(http.ResponseWriter, *http.Request) (string, error) { return "/sign-in", nil },
	}, r.Routes())
	if err != nil {
		t.Fatal(err)
	}
	srv.Config.Handler = router
	if base != "" { // another process behind the same address
		srv.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			req.Host = u.Host
			router.ServeHTTP(w, req)
		})
		r.base = "http://" + srv.Listener.Addr().String()
	}
	srv.Start()
	t.Cleanup(srv.Close)
	return r
}

func each(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newRig(t, d, newHub(), "")) }, migrations()...)
}

func (r *rig) write(act func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.db.Write(context.Background(), act); err != nil {
		r.t.Fatal(err)
	}
}

// A program is a citizens' relying party.
type program struct {
	r       *rig
	at      string // the process it talks to
	issuer  string
	id      string
	key     *ecdsa.PrivateKey
	dpop    *ecdsa.PrivateKey
	back    string
	browser *browser
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// program registers a client and gives it a signed-in person; change, if not
// nil, makes it another than the usual.
func (r *rig) program(id, person string, change func(c *op.Client)) *program {
	r.t.Helper()
	p := &program{r: r, at: r.base, issuer: r.Issuer(op.Citizen), id: id, key: newKey(r.t), dpop: newKey(r.t), back: "https://" + id + ".example/cb"}
	private, err := op.PrivateKey(p.key, "k1")
	if err != nil {
		r.t.Fatal(err)
	}
	jwks, err := op.PublicKeys(private)
	if err != nil {
		r.t.Fatal(err)
	}
	c := op.Client{ID: id, Agency: "jpj", Profile: op.Citizen, State: op.Live, Sector: id, Name: locale.Same("Program " + id), Purpose: locale.Same("Why"),
		RedirectURIs: []string{p.back}, Scopes: []op.Wanted{{Scope: "profile", Basis: "consent"}, {Scope: "birth", Basis: "consent"}}, JWKS: jwks, Machine: true, Calls: true}
	if change != nil {
		change(&c)
	}
	r.write(func(tx *db.Tx) error { return r.SaveClientTx(tx, c) })
	p.browser = r.browser(person, 2)
	return p
}

func random() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func sign(t testing.TB, key *ecdsa.PrivateKey, opts *jose.SignerOptions, claims any) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, opts)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(s).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// assertion is a fresh proof of who the program is; tweak changes its claims.
func (p *program) assertion(tweak func(c map[string]any)) string {
	now := time.Now().Unix()
	c := map[string]any{"iss": p.id, "sub": p.id, "aud": p.issuer, "jti": random(), "iat": now, "exp": now + 60}
	if tweak != nil {
		tweak(c)
	}
	return sign(p.r.t, p.key, (&jose.SignerOptions{}).WithHeader("kid", "k1"), c)
}

// proof is a fresh proof of possession for one request.
func (p *program) proof(method, address, token string, tweak func(c map[string]any)) string {
	c := map[string]any{"jti": random(), "htm": method, "htu": address, "iat": time.Now().Unix()}
	if token != "" {
		h := sha256.Sum256([]byte(token))
		c["ath"] = base64.RawURLEncoding.EncodeToString(h[:])
	}
	if tweak != nil {
		tweak(c)
	}
	return sign(p.r.t, p.dpop, &jose.SignerOptions{EmbedJWK: true, ExtraHeaders: map[jose.HeaderKey]any{"typ": "dpop+jwt"}}, c)
}

// An answer of an endpoint.
type answer struct {
	status int
	body   map[string]any
	header http.Header
}

func (a answer) str(name string) string { s, _ := a.body[name].(string); return s }

// post sends a form to an endpoint with a fresh assertion and proof, unless form
// or header has its own.
func (p *program) post(path string, form url.Values, header http.Header) answer {
	p.r.t.Helper()
	return p.send(p.ask(path, form, header))
}

// ask is that request.
func (p *program) ask(path string, form url.Values, header http.Header) *http.Request {
	p.r.t.Helper()
	if !form.Has("client_assertion") && !form.Has("client_secret") {
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", p.assertion(nil))
	}
	req, err := http.NewRequest("POST", p.at+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.r.t.Fatal(err)
	}
	if header != nil {
		req.Header = header.Clone()
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if _, own := req.Header["Dpop"]; !own {
		req.Header.Set("DPoP", p.proof("POST", p.issuer+strings.TrimPrefix(path, strings.TrimPrefix(p.issuer, p.r.Issuer(op.Citizen))), "", nil))
	}
	return req
}

func (p *program) send(req *http.Request) answer {
	p.r.t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.r.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.r.t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header}
	_ = json.Unmarshal(text, &a.body)
	return a
}

// A request is one that was pushed.
type request struct{ uri, verifier, state, nonce string }

func challenge(verifier string) string {
	h := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(h[:])
}

// form is a request as it is pushed.
func (p *program) form(q *request) url.Values {
	q.verifier, q.state, q.nonce = random()+random()+random(), random(), random()
	return url.Values{"response_type": {"code"}, "client_id": {p.id}, "redirect_uri": {p.back}, "scope": {"openid profile birth"}, "state": {q.state},
		"nonce": {q.nonce}, "code_challenge": {challenge(q.verifier)}, "code_challenge_method": {"S256"}}
}

func (p *program) push(tweak func(f url.Values)) (request, answer) {
	p.r.t.Helper()
	var q request
	f := p.form(&q)
	if tweak != nil {
		tweak(f)
	}
	a := p.post("/oidc/par", f, nil)
	q.uri = a.str("request_uri")
	return q, a
}

// code lets the person say yes and gives the code.
func (p *program) code(tweak func(f url.Values)) (request, string) {
	p.r.t.Helper()
	q, a := p.push(tweak)
	if a.status != http.StatusCreated {
		p.r.t.Fatalf("par: %d %v", a.status, a.body)
	}
	back := p.browser.authorize(p.at, p.id, q.uri, url.Values{"decision": {"allow"}})
	if back.Get("code") == "" || back.Get("state") != q.state || back.Get("iss") != p.issuer {
		p.r.t.Fatalf("back with %v", back)
	}
	return q, back.Get("code")
}

func (p *program) redeem(q request, code string) answer {
	p.r.t.Helper()
	return p.post("/oidc/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {p.back}, "code_verifier": {q.verifier}}, nil)
}

func (p *program) userinfo(token string) answer {
	p.r.t.Helper()
	req, err := http.NewRequest("GET", p.at+"/oidc/userinfo", nil)
	if err != nil {
		p.r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "DPoP "+token)
	req.Header.Set("DPoP", p.proof("GET", p.issuer+"/oidc/userinfo", token, nil))
	return p.send(req)
}

func (p *program) introspect(token string) answer {
	p.r.t.Helper()
	return p.post("/oidc/introspect", url.Values{"token": {token}}, nil)
}

// idClaims are an ID token's, its signature checked against the published keys.
func (p *program) idClaims(token string) map[string]any {
	p.r.t.Helper()
	res, err := http.Get(p.at + "/oidc/jwks")
	if err != nil {
		p.r.t.Fatal(err)
	}
	defer res.Body.Close()
	var set jose.JSONWebKeySet
	if err := json.NewDecoder(res.Body).Decode(&set); err != nil {
		p.r.t.Fatal(err)
	}
	t, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		p.r.t.Fatal(err)
	}
	keys := set.Key(t.Headers[0].KeyID)
	if len(keys) != 1 || !keys[0].IsPublic() {
		p.r.t.Fatalf("%d published keys for %q", len(keys), t.Headers[0].KeyID)
	}
	var out map[string]any
	if err := t.Claims(keys[0].Key.(crypto.PublicKey), &out); err != nil {
		p.r.t.Fatal(err)
	}
	return out
}

// A browser is a person's.
type browser struct {
	r      *rig
	cookie string
}

func (r *rig) browser(person string, aal int) *browser {
	r.t.Helper()
	b := &browser{r: r}
	r.write(func(tx *db.Tx) (err error) {
		b.cookie, err = r.sessions.StartTx(tx, actor.Start{Person: person, Name: "Name of " + person, Method: "test", AAL: aal, AMR: []string{"pop", "user"}})
		return err
	})
	return b
}

func (b *browser) do(method, address string, form url.Values) (*http.Response, string) {
	b.r.t.Helper()
	req, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.r.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: b.cookie})
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		b.r.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.r.t.Fatal(err)
	}
	return res, string(text)
}

var action = regexp.MustCompile(`action="([^"]*/oidc/authorize/[^"]*)"`)

// page follows a request to its page, or to where it leads without one.
func (b *browser) page(at, client, uri string) (res *http.Response, body string) {
	b.r.t.Helper()
	address := at + "/oidc/authorize?" + url.Values{"client_id": {client}, "request_uri": {uri}}.Encode()
	for range 3 {
		res, body = b.do("GET", address, nil)
		to := res.Header.Get("Location")
		if res.StatusCode/100 != 3 || !strings.HasPrefix(to, "/oidc/") {
			return res, body
		}
		address = at + to
	}
	return res, body
}

var asks = regexp.MustCompile(`name="asked" value="([^"]+)"`)

// filled is an answer with what the page's own form holds.
func filled(page string, answer url.Values) url.Values {
	out := maps.Clone(answer)
	if m := asks.FindStringSubmatch(page); m != nil {
		out.Set("asked", m[1])
	}
	return out
}

// authorize answers a request's page and gives what the program is told.
func (b *browser) authorize(at, client, uri string, answer url.Values) url.Values {
	b.r.t.Helper()
	res, body := b.page(at, client, uri)
	if m := action.FindStringSubmatch(body); m != nil {
		res, body = b.do("POST", at+m[1], filled(body, answer))
	}
	to, err := url.Parse(res.Header.Get("Location"))
	if err != nil || to.Host == "" {
		b.r.t.Fatalf("%d, to %q: %s", res.StatusCode, to, firstLine(body))
	}
	return to.Query()
}

func firstLine(html string) string {
	if m := regexp.MustCompile(`<h1[^>]*>([^<]*)`).FindStringSubmatch(html); m != nil {
		return m[1]
	}
	return strings.SplitN(html, "\n", 2)[0]
}
