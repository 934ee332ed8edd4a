package op_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"balai/internal/domain/identity/op"
	"balai/internal/spine/db"
)

// What has broken elsewhere: docs/threats-identity.md names each of these.

func (p *program) refresh(token, scope string) answer {
	p.r.t.Helper()
	f := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	if scope != "" {
		f.Set("scope", scope)
	}
	return p.post("/oidc/token", f, nil)
}

func (r *rig) count(query string) (n int64) {
	r.t.Helper()
	if err := r.db.Read(context.Background(), func(tx *db.Tx) error { return tx.QueryRow(query).Scan(&n) }); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// change writes what a client is to be.
func (r *rig) change(id string, how func(c *op.Client)) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error {
		c, err := op.ClientByID(tx, id)
		if err != nil {
			return err
		}
		how(&c)
		return r.SaveClientTx(tx, c)
	})
}

// A refresh gives no more than the person said yes to, and no more than the
// program is registered for now: what it lost the basis for is told no more.
func TestScopesNeverGrow(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", func(c *op.Client) {
			c.Scopes = append(c.Scopes, op.Wanted{Scope: "mykad", Basis: "law-333"})
		})
		q, code := p.code(func(f url.Values) { f.Set("scope", "openid profile mykad") })
		a := p.redeem(q, code)
		if u := p.userinfo(a.str("access_token")); u.str("mykad_number") == "" || u.str("birthdate") != "" {
			t.Fatal(u)
		}
		for _, scope := range []string{"openid profile mykad birth", "birth", "machine"} {
			if b := p.refresh(a.str("refresh_token"), scope); b.status == http.StatusOK {
				t.Errorf("%q of a yes to openid profile mykad: %v", scope, b)
			}
		}
		r.change("one", func(c *op.Client) { c.Scopes = c.Scopes[:2] })
		if u := p.userinfo(a.str("access_token")); u.status != http.StatusOK || u.str("mykad_number") != "" || u.str("name") == "" {
			t.Error("told without a basis: ", u)
		}
		b := p.refresh(a.str("refresh_token"), "")
		if u := p.userinfo(b.str("access_token")); u.str("mykad_number") != "" {
			t.Error("told without a basis, after a refresh: ", u)
		}
		if e := r.entries("aisyah"); strings.Contains(e[0].Record.Why.EN, "MyKad") {
			t.Error("the journal says that was released what was not: ", e[0].Record.Why)
		}
	})
}

// Who may act no more is believed no more, by the next request and not when the
// token ends.
func TestActingEndsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		stand := []op.Choice{{ID: "d1", Principal: "nenek", Name: "Nenek", Kind: "carer", Scopes: []string{"profile"}}}
		r.hub.set(func() { r.hub.delegate, r.hub.choices = "farid", stand })
		p := r.program("one", "farid", nil)
		acting := url.Values{"decision": {"allow"}, "for": {"d1"}}
		q, _ := p.push(nil)
		a := p.redeem(q, p.browser.authorize(p.at, p.id, q.uri, acting).Get("code"))
		late, _ := p.push(nil)
		code := p.browser.authorize(p.at, p.id, late.uri, acting).Get("code")
		r.hub.set(func() { r.hub.choices = nil })
		if b := p.redeem(late, code); b.str("error") != "invalid_grant" {
			t.Error("a code of before: ", b)
		}
		if u := p.userinfo(a.str("access_token")); u.status != http.StatusUnauthorized || u.str("name") != "" {
			t.Error("userinfo: ", u)
		}
		if in := p.introspect(a.str("access_token")); in.body["active"] != false {
			t.Error("introspection: ", in)
		}
		r.hub.set(func() { r.hub.choices = stand })
		if u := p.userinfo(a.str("access_token")); u.str("name") != "Name of nenek" {
			t.Error("while it stands: ", u)
		}
	})
}

// A consent that is withdrawn ends what is on its way, too: the code that was
// not redeemed yet, and the yes by telephone.
func TestWithdrawnOnTheWay(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		q, code := p.code(nil)
		call := p.post("/oidc/bc-authorize", url.Values{"scope": {"openid profile"}, "login_hint": {"900101-14-5678"}, "binding_message": {"Ikan 42"}}, nil)
		_, page := p.browser.do("GET", r.base+"/me/calls", nil)
		at := strings.SplitN(strings.SplitN(page, `action="/me/calls/`, 2)[1], `"`, 2)[0]
		if res, _ := p.browser.do("POST", r.base+"/me/calls/"+at, url.Values{"decision": {"allow"}}); res.StatusCode != http.StatusSeeOther {
			t.Fatal(res.StatusCode)
		}
		other := r.program("two", "aisyah", nil)
		oq, ocode := other.code(nil)
		if res, _ := p.browser.do("POST", r.base+"/me/consents/one/withdraw", url.Values{}); res.StatusCode != http.StatusSeeOther {
			t.Error(res.StatusCode)
		}
		if a := p.redeem(q, code); a.str("error") != "invalid_grant" {
			t.Error("a code: ", a)
		}
		if a := p.post("/oidc/token", url.Values{"grant_type": {"urn:openid:params:grant-type:ciba"}, "auth_req_id": {call.str("auth_req_id")}}, nil); a.status == http.StatusOK {
			t.Error("by telephone: ", a)
		}
		if a := other.redeem(oq, ocode); a.status != http.StatusOK {
			t.Error("another program's: ", a)
		}
	})
}

// What a page is sent beside the person's answer changes nothing of what the
// program pushed, however often the page is begun again (CVE-2026-7571).
func TestRestartChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", func(c *op.Client) {
			c.Scopes = append(c.Scopes, op.Wanted{Scope: "mykad", Basis: "law-333"})
			c.RedirectURIs = append(c.RedirectURIs, "https://one.example/other")
		})
		q, _ := p.push(nil)
		evil := url.Values{"client_id": {"two"}, "scope": {"openid mykad"}, "redirect_uri": {"https://one.example/other"}, "state": {"evil"}, "nonce": {"evil"},
			"code_challenge": {challenge("evil")}, "prompt": {"none"}, "acr_values": {"urn:balai:acr:i0a1"}, "request_uri": {"urn:x"}, "response_mode": {"fragment"}}
		_, page := p.browser.page(p.at, p.id, q.uri)
		own := action.FindStringSubmatch(page)[1]
		for range 2 {
			if _, page := p.browser.do("GET", r.base+own+"?"+evil.Encode(), nil); strings.Contains(page, "MyKad") || !action.MatchString(page) {
				t.Fatal(firstLine(page))
			}
		}
		evil.Set("decision", "allow")
		res, _ := p.browser.do("POST", r.base+own+"?"+evil.Encode(), filled(page, evil))
		to, _ := url.Parse(res.Header.Get("Location"))
		if to.Path != "/cb" || to.Query().Get("state") != q.state || to.Fragment != "" {
			t.Fatal(to)
		}
		a := p.redeem(q, to.Query().Get("code"))
		if id := p.idClaims(a.str("id_token")); id["nonce"] != q.nonce || id["aud"] != "one" {
			t.Error(id)
		}
		if u := p.userinfo(a.str("access_token")); u.str("mykad_number") != "" || u.str("birthdate") == "" {
			t.Error(u)
		}
	})
}

// Nobody opens another program's request by saying, unproved, that they are it.
func TestRequestIsItsPrograms(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p, thief := r.program("one", "aisyah", nil), r.program("two", "aisyah", nil)
		q, _ := p.push(nil)
		forged := thief.assertion(func(c map[string]any) { c["iss"], c["sub"] = "one", "one" })
		for name, f := range map[string]url.Values{
			"a forged assertion": {"client_id": {"two"}, "request_uri": {q.uri}, "client_assertion": {forged}, "client_assertion_type": {jwtBearer}},
			"its own":            {"client_id": {"two"}, "request_uri": {q.uri}},
		} {
			if res, page := p.browser.do("POST", r.base+"/oidc/authorize", f); res.StatusCode != http.StatusBadRequest || res.Header.Get("Location") != "" || action.MatchString(page) {
				t.Errorf("%s: %d to %q", name, res.StatusCode, res.Header.Get("Location"))
			}
		}
		if back := p.browser.authorize(r.base, "one", q.uri, url.Values{"decision": {"allow"}}); back.Get("code") == "" {
			t.Error("the owner's request is gone: ", back)
		}
	})
}

// Assertions are for the one issuer: of another provider of the same hall, in a
// list, or an endpoint, they open nothing (the audience injection of
// draft-ietf-oauth-rfc7523bis).
func TestAudienceIsTheOneIssuer(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		for _, aud := range []any{r.Issuer(op.Staff), r.Issuer(op.Sandbox), []string{p.issuer, r.Issuer(op.Sandbox)}, []string{}, p.issuer + "/oidc", p.issuer + "/", strings.ToUpper(p.issuer), " " + p.issuer} {
			if a := p.asserted(p.assertion(func(c map[string]any) { c["aud"] = aud })); a.str("error") != "invalid_client" {
				t.Errorf("%v: %v", aud, a)
			}
		}
		if a := p.post("/sandbox/oidc/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"machine"}}, nil); a.str("error") != "invalid_client" {
			t.Error("one issuer's assertion at another: ", a)
		}
	})
}

// The marks of what was used are as many as were proved and live no longer than
// what they mark: nobody fills the table with what they made up (CVE-2025-2559).
func TestMarksAreBounded(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p, other := r.program("one", "aisyah", nil), newKey(t)
		before := r.count("select count(*) from op_once")
		for range 5 {
			forged := sign(t, other, (&jose.SignerOptions{}).WithHeader("kid", "k1"), map[string]any{"iss": "one", "sub": "one", "aud": p.issuer, "jti": random(), "exp": time.Now().Unix() + 60})
			for _, path := range []string{"/oidc/par", "/oidc/token", "/oidc/introspect", "/oidc/revoke", "/oidc/bc-authorize"} {
				if a := p.post(path, url.Values{"client_assertion": {forged}, "client_assertion_type": {jwtBearer}, "grant_type": {"client_credentials"}, "token": {"x"}}, nil); a.str("error") != "invalid_client" {
					t.Error(path, a)
				}
			}
			p.userinfo("made-up")
		}
		if n := r.count("select count(*) from op_once"); n != before {
			t.Errorf("%d marks of what nobody proved", n-before)
		}
		for _, exp := range []any{time.Now().Unix() + 1<<40, 1e300, float64(1 << 62)} {
			p.asserted(p.assertion(func(c map[string]any) { c["exp"] = exp }))
		}
		p.push(nil)
		soon, late := time.Now().Add(-time.Second).UnixMicro(), time.Now().Add(11*time.Minute).UnixMicro()
		if err := r.db.Read(context.Background(), func(tx *db.Tx) error {
			var first, last int64
			if err := tx.QueryRow("select min(expires_at), max(expires_at) from op_once").Scan(&first, &last); err != nil {
				return err
			}
			if first < soon || last > late {
				t.Error("a mark that lives until ", first, last)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// The provider fetches nothing that somebody names: no request object, no keys,
// no sector; it takes none of them from a request at all.
func TestNothingIsFetched(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var calls atomic.Int64
		inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
		t.Cleanup(inside.Close)
		p := r.program("one", "aisyah", nil)
		p.browser.do("GET", r.base+"/oidc/authorize?"+url.Values{"client_id": {"one"}, "request_uri": {inside.URL}}.Encode(), nil)
		p.browser.do("GET", r.base+"/oidc/authorize?"+url.Values{"client_id": {inside.URL}, "request_uri": {inside.URL}}.Encode(), nil)
		for _, name := range []string{"request_uri", "jwks_uri", "sector_identifier_uri", "client_id", "request", "claims"} {
			p.push(func(f url.Values) { f.Set(name, inside.URL) })
		}
		now := time.Now().Unix()
		for _, header := range []jose.HeaderKey{"jku", "x5u"} {
			p.asserted(sign(t, newKey(t), (&jose.SignerOptions{}).WithHeader("kid", "k1").WithHeader(header, inside.URL),
				map[string]any{"iss": "one", "sub": "one", "aud": p.issuer, "jti": random(), "exp": now + 60}))
		}
		if calls.Load() != 0 {
			t.Errorf("%d calls into the hall's own network", calls.Load())
		}
	})
}

// There is no program without a key or a secret: a code that somebody took is of
// use to nobody (Dex, CVE-2022-39222).
func TestNoPublicProgram(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		q, code := p.code(nil)
		for name, f := range map[string]url.Values{
			"by name":          {"client_id": {"one"}, "client_assertion": {""}},
			"an empty secret":  {"client_id": {"one"}, "client_secret": {""}, "client_assertion": {""}},
			"without any name": {"client_assertion": {""}},
		} {
			f.Set("grant_type", "authorization_code")
			f.Set("code", code)
			f.Set("redirect_uri", p.back)
			f.Set("code_verifier", q.verifier)
			if a := p.post("/oidc/token", f, nil); a.str("error") != "invalid_client" {
				t.Errorf("%s: %v", name, a)
			}
		}
		if a := p.redeem(q, code); a.status != http.StatusOK {
			t.Error("the owner's code is gone: ", a)
		}
		soft := op.Client{ID: "soft", Agency: "jpj", Profile: op.Staff, State: op.Live, Sector: "jpj", RedirectURIs: []string{"https://soft.example/cb"}}
		r.write(func(tx *db.Tx) error { return r.SaveClientTx(tx, soft) }) // whose secret was never made
		s := &program{r: r, at: r.base, issuer: r.Issuer(op.Staff), id: "soft"}
		for _, secret := range []string{"", "x", op.HashSecret("")} {
			f := url.Values{"grant_type": {"authorization_code"}, "code": {"x"}, "client_id": {"soft"}, "client_secret": {secret}}
			if a := s.post("/staff/oidc/token", f, http.Header{"Dpop": nil}); a.str("error") != "invalid_client" {
				t.Errorf("a secret of %q: %v", secret, a)
			}
		}
	})
}

// resign is an ID token of the provider's own with other claims.
func (r *rig) resign(token string, tweak func(c map[string]any)) string {
	r.t.Helper()
	x, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		r.t.Fatal(err)
	}
	var sealed []byte
	kid := x.Headers[0].KeyID
	if err := r.db.Read(context.Background(), func(tx *db.Tx) error {
		return tx.QueryRow("select sealed from op_key where id = $1", kid).Scan(&sealed)
	}); err != nil {
		r.t.Fatal(err)
	}
	der, err := r.box.Open(sealed, "op_key "+kid)
	if err != nil {
		r.t.Fatal(err)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		r.t.Fatal(err)
	}
	var c map[string]any
	if err := x.UnsafeClaimsWithoutVerification(&c); err != nil {
		r.t.Fatal(err)
	}
	tweak(c)
	return sign(r.t, key.(*ecdsa.PrivateKey), (&jose.SignerOptions{}).WithHeader("kid", kid), c)
}

// A program signs somebody out with an ID token of long ago, as it has no other;
// a forged one, or another provider's, is refused.
func TestSignOutWithAnOldToken(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", func(c *op.Client) { c.SignedOut = []string{"https://one.example/bye"} })
		q, code := p.code(nil)
		token := p.redeem(q, code).str("id_token")
		out := func(hint string) (*http.Response, string) {
			return p.browser.do("GET", r.base+"/oidc/end-session?"+url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {"https://one.example/bye"}}.Encode(), nil)
		}
		claims := p.idClaims(token)
		x, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		forged := sign(t, newKey(t), (&jose.SignerOptions{}).WithHeader("kid", x.Headers[0].KeyID), claims)
		parts := strings.Split(token, ".")
		for name, hint := range map[string]string{"forged": forged, "no signature": parts[0] + "." + parts[1] + ".", "nothing": "x"} {
			if res, _ := out(hint); res.StatusCode != http.StatusBadRequest || res.Header.Get("Location") != "" {
				t.Errorf("%s: %d to %q", name, res.StatusCode, res.Header.Get("Location"))
			}
		}
		for _, b := range []*browser{p.browser, {r: r}} {
			for _, who := range []string{"nobody", "%00", strings.Repeat("x", 4000)} {
				if res, _ := b.do("GET", r.base+"/oidc/end-session?client_id="+who+"&post_logout_redirect_uri=https://evil.example", nil); res.StatusCode/100 != 4 {
					t.Errorf("for %.10s: %d to %q", who, res.StatusCode, res.Header.Get("Location"))
				}
			}
		}
		if who, err := r.sessions.Resolve(context.Background(), p.browser.cookie); err != nil || !who.SignedIn() {
			t.Fatal("a forged token signed somebody out")
		}
		old := r.resign(token, func(c map[string]any) { c["iat"], c["exp"] = time.Now().Unix()-3900, time.Now().Unix()-3600 })
		stranger := r.browser("aisyah", 2)
		res, page := stranger.do("GET", r.base+"/oidc/end-session?"+url.Values{"id_token_hint": {old}}.Encode(), nil)
		if res.StatusCode != http.StatusOK || !strings.Contains(page, "Program one") {
			t.Errorf("another sign-in is not asked: %d", res.StatusCode)
		}
		for name, tweak := range map[string]func(c map[string]any){
			"of another issuer": func(c map[string]any) { c["iss"] = r.Issuer(op.Sandbox) },
			"for two":           func(c map[string]any) { c["aud"] = []string{"one", "two"} },
		} {
			bad := r.resign(token, func(c map[string]any) { c["exp"] = time.Now().Unix() - 3600; tweak(c) })
			if res, _ := out(bad); res.StatusCode != http.StatusBadRequest {
				t.Errorf("%s: %d", name, res.StatusCode)
			}
		}
		if res, _ := out(old); res.Header.Get("Location") != "https://one.example/bye" {
			t.Errorf("an old one: %d to %q", res.StatusCode, res.Header.Get("Location"))
		}
	})
}

// However a program writes somebody's number, and whoever it says that it is, it
// asks one person five times a day and no more: nobody says yes for being tired
// of being asked.
func TestNobodyIsAskedWithoutEnd(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		r.hub.set(func() { r.hub.names = map[string]int64{} })
		for i, number := range []string{"900101-14-5678", "900101145678", " 900101-14-5678", "900101 14 5678", "9-0-0-1-0-1145678", "900101-145678", "90010114-5678"} {
			a := p.post("/oidc/bc-authorize", url.Values{"scope": {"openid profile"}, "login_hint": {number}, "binding_message": {"Ikan " + strconv.Itoa(i)}}, nil)
			if a.status != http.StatusOK || a.str("auth_req_id") == "" {
				t.Errorf("%q is told apart: %v", number, a)
			}
		}
		if n := len(r.hub.names); n != 1 {
			t.Errorf("one person is counted as %d", n)
		}
		if n := len(r.hub.told); n != 5 {
			t.Errorf("asked %d times in a day", n)
		}
	})
}

// What a program says of a person's number is not kept.
func TestHintIsNotKept(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		if _, a := p.push(func(f url.Values) { f.Set("login_hint", "900101-14-5678") }); a.status != http.StatusCreated {
			t.Fatal(a)
		}
		if strings.Contains(r.dump(), "900101") {
			t.Error("the number stands in the database")
		}
	})
}
