package op_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"balai/internal/domain/identity/op"
	"balai/internal/spine/db"
)

const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// asserted is a pushed request with an assertion of its own.
func (p *program) asserted(text string) answer {
	_, a := p.push(func(f url.Values) {
		f.Set("client_assertion", text)
		f.Set("client_assertion_type", jwtBearer)
	})
	return a
}

// Who signs in as a program has to be it, now, for this issuer alone. Names as
// the OpenID Foundation's modules have them: see docs/fapi.md.
func TestClientAssertion(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		other := r.program("two", "farid", nil)
		now := time.Now().Unix()
		if a := p.asserted(p.assertion(nil)); a.status != http.StatusCreated {
			t.Fatal("a good one: ", a)
		}
		for name, tweak := range map[string]func(c map[string]any){
			"FAPI2SPFinalPAREndpointAsAudienceFails":             func(c map[string]any) { c["aud"] = p.issuer + "/oidc/par" },
			"FAPI2SPFinalEnsureClientAssertionWithWrongAudFails": func(c map[string]any) { c["aud"] = "https://elsewhere.example" },
			"FAPI2SPFinalPARTokenEndpointAsAudienceFails":        func(c map[string]any) { c["aud"] = p.issuer + "/oidc/token" },
			"FAPI2SPFinalPAREndpointAsArrayAudienceFails":        func(c map[string]any) { c["aud"] = []string{p.issuer + "/oidc/par", p.issuer} },
			"aud in a list":    func(c map[string]any) { c["aud"] = []string{p.issuer, "https://elsewhere.example"} },
			"aud with a slash": func(c map[string]any) { c["aud"] = p.issuer + "/" },
			"FAPI2SPFinalEnsureClientAssertionWithExpIs5MinutesInPastFails": func(c map[string]any) { c["exp"] = now - 300 },
			"exp far off": func(c map[string]any) { c["exp"] = now + 3600 },
			"no exp":      func(c map[string]any) { delete(c, "exp") },
			"FAPI2SPFinalEnsureClientAssertionWithNoSubFails": func(c map[string]any) { delete(c, "sub") },
			"no jti": func(c map[string]any) { delete(c, "jti") },
			"FAPI2SPFinalPAREnsureJWTClientAssertionWithIatNbfOver60SecondsInTheFutureFails": func(c map[string]any) { c["nbf"], c["iat"] = now+70, now+70 },
			"sub of another": func(c map[string]any) { c["sub"] = "two" },
			"iss of another": func(c map[string]any) { c["iss"] = "two" },
			"iss of nobody":  func(c map[string]any) { c["iss"], c["sub"] = "three", "three" },
		} {
			t.Run(name, func(t *testing.T) {
				if a := p.asserted(p.assertion(tweak)); a.status != http.StatusUnauthorized || a.str("error") != "invalid_client" {
					t.Error(a)
				}
			})
		}
		claims := map[string]any{"iss": "one", "sub": "one", "aud": p.issuer, "jti": random(), "iat": now, "exp": now + 60}
		if a := p.asserted(sign(t, other.key, (&jose.SignerOptions{}).WithHeader("kid", "k1"), claims)); a.str("error") != "invalid_client" {
			t.Error("FAPI2SPFinalEnsureSignedClientAssertionWithOtherKeyFails: ", a)
		}
		once := p.assertion(nil)
		if a := p.asserted(once); a.status != http.StatusCreated {
			t.Error(a)
		}
		if a := p.asserted(once); a.status < 400 {
			t.Error("an assertion twice: ", a)
		}
		if a := p.post("/oidc/introspect", url.Values{"token": {"x"}, "client_assertion": {once}, "client_assertion_type": {jwtBearer}}, nil); a.status < 400 {
			t.Error("an assertion twice, at another endpoint: ", a)
		}
		for name, f := range map[string]url.Values{
			"no assertion":        {"client_id": {"one"}, "client_assertion": {""}, "client_assertion_type": {jwtBearer}},
			"a secret instead":    {"client_id": {"one"}, "client_secret": {"x"}},
			"not a token":         {"client_assertion": {"a.b.c"}, "client_assertion_type": {jwtBearer}},
			"alg none":            {"client_assertion": {"eyJhbGciOiJub25lIn0.eyJpc3MiOiJvbmUifQ."}, "client_assertion_type": {jwtBearer}},
			"of an unknown type":  {"client_assertion": {p.assertion(nil)}, "client_assertion_type": {"urn:x"}},
			"another's client_id": {"client_id": {"two"}, "client_assertion": {p.assertion(nil)}, "client_assertion_type": {jwtBearer}},
		} {
			f.Set("grant_type", "client_credentials")
			if a := p.post("/oidc/token", f, nil); a.status != http.StatusUnauthorized || a.str("error") != "invalid_client" {
				t.Errorf("%s: %d %v", name, a.status, a.body)
			}
		}
	})
}

// What a request must say.
func TestPushedRequest(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		r.program("two", "farid", nil)
		for name, tweak := range map[string]func(f url.Values){
			"FAPI2SPFinalPAREnsurePKCERequired":                           func(f url.Values) { f.Del("code_challenge") },
			"FAPI2SPFinalPAREnsurePlainPKCERejected":                      func(f url.Values) { f.Set("code_challenge_method", "plain") },
			"FAPI2SPFinalEnsureRegisteredRedirectUri":                     func(f url.Values) { f.Set("redirect_uri", "https://one.example/other") },
			"a redirect_uri with a query":                                 func(f url.Values) { f.Set("redirect_uri", p.back+"?x=1") },
			"a redirect_uri in another case":                              func(f url.Values) { f.Set("redirect_uri", "https://ONE.example/cb") },
			"FAPI2SPFinalEnsureRedirectUriInAuthorizationRequest":         func(f url.Values) { f.Del("redirect_uri") },
			"FAPI2SPFinalPARRejectRequestUriInParAuthorizationFormParams": func(f url.Values) { f.Set("request_uri", "urn:ietf:params:oauth:request_uri:x") },
			"FAPI2SPFinalEnsureResponseTypeTokenFails":                    func(f url.Values) { f.Set("response_type", "token") },
			"FAPI2SPFinalEnsureResponseTypeCodeIdTokenFails":              func(f url.Values) { f.Set("response_type", "code id_token") },
			"no response_type":                                            func(f url.Values) { f.Del("response_type") },
			"a scope that is not the client's":                            func(f url.Values) { f.Set("scope", "openid mykad") },
			"no openid":                                                   func(f url.Values) { f.Set("scope", "profile") },
			"a fragment":                                                  func(f url.Values) { f.Set("response_mode", "fragment") },
			"a form":                                                      func(f url.Values) { f.Set("response_mode", "form_post") },
			"a parameter twice":                                           func(f url.Values) { f.Add("scope", "openid mykad") },
			"a level of nobody's":                                         func(f url.Values) { f.Set("acr_values", "urn:elsewhere:9") },
		} {
			t.Run(name, func(t *testing.T) {
				if _, a := p.push(tweak); a.status != http.StatusBadRequest || !strings.HasPrefix(a.str("error"), "invalid_") && !strings.HasPrefix(a.str("error"), "unsupported_") {
					t.Error(a)
				}
			})
		}
		// FAPI2SPFinalEnsureUnsignedAuthorizationRequestWithoutUsingParFails
		var q request
		f := p.form(&q)
		res, page := p.browser.do("GET", r.base+"/oidc/authorize?"+f.Encode(), nil)
		if res.StatusCode != http.StatusBadRequest || action.MatchString(page) || res.Header.Get("Location") != "" {
			t.Error("without PAR: ", res.StatusCode, firstLine(page))
		}
		q, _ = p.push(nil)
		for name, query := range map[string]url.Values{
			"another client's":    {"client_id": {"two"}, "request_uri": {q.uri}},
			"nobody's":            {"client_id": {"three"}, "request_uri": {q.uri}},
			"no client_id":        {"request_uri": {q.uri}},
			"another request_uri": {"client_id": {"one"}, "request_uri": {q.uri + "x"}},
		} {
			t.Run(name, func(t *testing.T) {
				if res, page := p.browser.do("GET", r.base+"/oidc/authorize?"+query.Encode(), nil); res.StatusCode < 400 || res.StatusCode >= 500 || strings.Contains(page, "goidc") {
					t.Error(res.StatusCode, res.Header.Get("Location"))
				}
			})
		}
		// FAPI2SPFinalPARAttemptToUseRequestUriForDifferentClient: and it is not used up.
		if back := p.browser.authorize(r.base, "one", q.uri, url.Values{"decision": {"allow"}}); back.Get("code") == "" {
			t.Error(back)
		}
		// FAPI2SPFinalPARAttemptReuseRequestUri
		if res, _ := p.browser.page(r.base, "one", q.uri); res.StatusCode != http.StatusBadRequest {
			t.Error("a request twice: ", res.StatusCode)
		}
		// FAPI2SPFinalPARAttemptToUseExpiredRequestUri
		q, _ = p.push(nil)
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec("update op_request set expires_at = 1")
			return err
		})
		if res, _ := p.browser.page(r.base, "one", q.uri); res.StatusCode != http.StatusBadRequest {
			t.Error("an expired request: ", res.StatusCode)
		}
		// What the page's address says beside the pushed request changes nothing (CVE-2026-7571).
		q, _ = p.push(nil)
		res, _ = p.browser.do("GET", r.base+"/oidc/authorize?"+url.Values{"client_id": {"one"}, "request_uri": {q.uri}, "scope": {"openid mykad"},
			"redirect_uri": {"https://evil.example"}, "state": {"evil"}, "acr_values": {""}}.Encode(), nil)
		if to := res.Header.Get("Location"); res.StatusCode == http.StatusSeeOther {
			_, page := p.browser.do("GET", r.base+to, nil)
			res, _ = p.browser.do("POST", r.base+to, filled(page, url.Values{"decision": {"allow"}}))
			to, _ := url.Parse(res.Header.Get("Location"))
			if to.Host != "one.example" || to.Query().Get("state") != q.state {
				t.Error(to)
			}
		}
	})
}

// A token is of use only to who holds the key that it is bound to, once for each
// request.
func TestProofOfPossession(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		at := p.issuer + "/oidc/token"
		now := time.Now().Unix()
		machine := func(proof string) answer {
			return p.post("/oidc/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"machine"}}, http.Header{"Dpop": {proof}})
		}
		if a := machine(p.proof("POST", at, "", nil)); a.status != http.StatusOK || a.str("token_type") != "DPoP" {
			t.Fatal(a)
		}
		if a := machine(p.proof("POST", at+"?x=1#y", "", nil)); a.status != http.StatusOK {
			t.Error("query and fragment are not looked at (RFC 9449, 4.3): ", a)
		}
		for name, proof := range map[string]string{
			"an hour old":         p.proof("POST", at, "", func(c map[string]any) { c["iat"] = now - 3600 }),
			"an hour early":       p.proof("POST", at, "", func(c map[string]any) { c["iat"] = now + 3600 }),
			"of another method":   p.proof("GET", at, "", nil),
			"of another endpoint": p.proof("POST", p.issuer+"/oidc/par", "", nil),
			"without jti":         p.proof("POST", at, "", func(c map[string]any) { delete(c, "jti") }),
			"without iat":         p.proof("POST", at, "", func(c map[string]any) { delete(c, "iat") }),
			"not a token":         "x",
			"of another type":     sign(t, p.dpop, &jose.SignerOptions{EmbedJWK: true}, map[string]any{"jti": random(), "htm": "POST", "htu": at, "iat": now}),
			"without its key":     sign(t, p.dpop, &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{"typ": "dpop+jwt"}}, map[string]any{"jti": random(), "htm": "POST", "htu": at, "iat": now}),
		} {
			t.Run(name, func(t *testing.T) {
				if a := machine(proof); a.status < 400 || a.status > 401 {
					t.Error(a)
				}
			})
		}
		once := p.proof("POST", at, "", nil)
		if a := machine(once); a.status != http.StatusOK {
			t.Error(a)
		}
		if a := machine(once); a.status < 400 {
			t.Error("a proof twice: ", a)
		}
		// FAPI2SPFinalEnsureHolderOfKeyRequired
		req, err := http.NewRequest("POST", r.base+"/oidc/token", strings.NewReader(url.Values{"grant_type": {"client_credentials"}, "scope": {"machine"},
			"client_assertion": {p.assertion(nil)}, "client_assertion_type": {jwtBearer}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if a := p.send(req); a.status < 400 {
			t.Error("a token without proof: ", a)
		}
		// The key of the pushed request's proof binds the code (dpop_jkt).
		q, code := p.code(nil)
		thief := *p
		thief.dpop = newKey(t)
		if a := thief.redeem(q, code); a.status < 400 {
			t.Error("another key than the request's: ", a)
		}
		q, code = p.code(nil)
		token := p.redeem(q, code).str("access_token")
		if u := thief.userinfo(token); u.status < 400 {
			t.Error("another key: ", u)
		}
		bearer, err := http.NewRequest("GET", r.base+"/oidc/userinfo", nil)
		if err != nil {
			t.Fatal(err)
		}
		bearer.Header.Set("Authorization", "Bearer "+token)
		if u := p.send(bearer); u.status < 400 {
			t.Error("as a bearer token: ", u)
		}
		get := func(proof string) answer {
			req, err := http.NewRequest("GET", r.base+"/oidc/userinfo", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "DPoP "+token)
			req.Header.Set("DPoP", proof)
			return p.send(req)
		}
		again := p.proof("GET", p.issuer+"/oidc/userinfo", token, nil)
		if u := get(again); u.status != http.StatusOK {
			t.Error(u)
		}
		if u := get(again); u.status < 400 {
			t.Error("a proof twice: ", u)
		}
		if u := get(p.proof("GET", p.issuer+"/oidc/userinfo", "", nil)); u.status < 400 {
			t.Error("a proof of no token: ", u)
		}
		if u := get(p.proof("GET", p.issuer+"/oidc/userinfo", "another", nil)); u.status < 400 {
			t.Error("a proof of another token: ", u)
		}
	})
}

// A code is its client's, for its redirect and verifier, and not for long.
func TestCode(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		for name, tweak := range map[string]func(f url.Values){
			"FAPI2SPFinalPARIncorrectPKCECodeVerifierRejected": func(f url.Values) { f.Set("code_verifier", random()+random()+random()) },
			"FAPI2SPFinalPAREnsurePKCECodeVerifierRequired":    func(f url.Values) { f.Del("code_verifier") },
			"another redirect_uri":                             func(f url.Values) { f.Set("redirect_uri", "https://one.example/other") },
			"no redirect_uri":                                  func(f url.Values) { f.Del("redirect_uri") },
			"another code":                                     func(f url.Values) { f.Set("code", "x") },
		} {
			q, code := p.code(nil)
			f := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {p.back}, "code_verifier": {q.verifier}}
			tweak(f)
			if a := p.post("/oidc/token", f, nil); a.status != http.StatusBadRequest || a.str("error") != "invalid_grant" && a.str("error") != "invalid_request" {
				t.Errorf("%s: %d %v", name, a.status, a.body)
			}
		}
		q, code := p.code(nil)
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec("update op_request set expires_at = 1")
			return err
		})
		if a := p.redeem(q, code); a.str("error") != "invalid_grant" {
			t.Error("FAPI2SPFinalEnsureAuthorizationCodeExpires: ", a)
		}
		if a := p.post("/oidc/token", url.Values{"grant_type": {"password"}, "username": {"x"}, "password": {"y"}}, nil); a.str("error") != "unsupported_grant_type" {
			t.Error(a)
		}
	})
}

// What a client is not registered for it does not get, and the sandbox's clients
// reach nobody.
func TestClientsAreServedByTheirState(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for state, served := range map[string]bool{op.Testing: false, op.Live: true, op.Suspended: false} {
			p := r.program("p-"+state, "aisyah", func(c *op.Client) { c.State = state })
			if _, a := p.push(nil); (a.status == http.StatusCreated) != served {
				t.Errorf("%s at the citizens' provider: %d %v", state, a.status, a.body)
			}
			p.issuer = r.Issuer(op.Sandbox)
			var q request
			a := p.post("/sandbox/oidc/par", p.form(&q), nil)
			if (a.status == http.StatusCreated) != (state != op.Suspended) {
				t.Errorf("%s at the sandbox: %d %v", state, a.status, a.body)
			}
		}
	})
}

// A client that was served is served by its new keys as soon as they are
// written, and no more by its old ones, though the provider keeps what it read.
func TestClientWrittenAnew(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("anew", "aisyah", nil)
		if _, a := p.push(nil); a.status != http.StatusCreated {
			t.Fatalf("at first: %d %v", a.status, a.body)
		}
		fresh := newKey(t)
		private, err := op.PrivateKey(fresh, "k1")
		if err != nil {
			t.Fatal(err)
		}
		jwks, err := op.PublicKeys(private)
		if err != nil {
			t.Fatal(err)
		}
		r.write(func(tx *db.Tx) error {
			c, err := op.ClientByID(tx, "anew")
			if err != nil {
				return err
			}
			c.JWKS = jwks
			return r.SaveClientTx(tx, c)
		})
		if _, a := p.push(nil); a.status != http.StatusUnauthorized || a.str("error") != "invalid_client" {
			t.Errorf("by its old key: %d %v", a.status, a.body)
		}
		p.key = fresh
		if _, a := p.push(nil); a.status != http.StatusCreated {
			t.Errorf("by its new key: %d %v", a.status, a.body)
		}
	})
}
