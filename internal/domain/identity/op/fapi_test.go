package op_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"balai/internal/spine/web"
)

// What FAPI 2.0 asks to be accepted, by the names of the OpenID Foundation's
// modules; what it asks to be refused is in forged_test.go.
func TestFAPI2(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		now := func() int64 { return time.Now().Unix() }
		good := func(t *testing.T, tweak func(f url.Values)) (request, answer) {
			t.Helper()
			q, code := p.code(tweak)
			a := p.redeem(q, code)
			if a.status != http.StatusOK {
				t.Fatal(a)
			}
			return q, a
		}
		t.Run("FAPI2SPFinalDiscoveryEndpointVerification", func(t *testing.T) {
			res, err := http.Get(r.base + "/.well-known/openid-configuration")
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			var d map[string]any
			if err := json.NewDecoder(res.Body).Decode(&d); err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]any{
				"issuer": r.base, "authorization_endpoint": r.base + "/oidc/authorize", "token_endpoint": r.base + "/oidc/token",
				"pushed_authorization_request_endpoint": r.base + "/oidc/par", "require_pushed_authorization_requests": true,
				"jwks_uri": r.base + "/oidc/jwks", "userinfo_endpoint": r.base + "/oidc/userinfo", "introspection_endpoint": r.base + "/oidc/introspect",
				"revocation_endpoint": r.base + "/oidc/revoke", "end_session_endpoint": r.base + "/oidc/end-session",
				"backchannel_authentication_endpoint":            r.base + "/oidc/bc-authorize",
				"authorization_response_iss_parameter_supported": true, "backchannel_logout_supported": true,
			} {
				if d[name] != want {
					t.Errorf("%s is %v", name, d[name])
				}
			}
			for name, want := range map[string]string{"code_challenge_methods_supported": `["S256"]`, "response_types_supported": `["code"]`,
				"token_endpoint_auth_methods_supported": `["private_key_jwt"]`, "subject_types_supported": `["pairwise"]`, "response_modes_supported": `["query"]`,
				"dpop_signing_alg_values_supported": `["ES256","PS256","EdDSA"]`, "id_token_signing_alg_values_supported": `["ES256"]`} {
				if text, err := json.Marshal(d[name]); err != nil || string(text) != want {
					t.Errorf("%s is %s", name, text)
				}
			}
		})
		t.Run("FAPI2SPFinalEnsureAuthorizationRequestWithoutStateSuccess", func(t *testing.T) {
			q, a := p.push(func(f url.Values) { f.Del("state") })
			back := p.browser.authorize(p.at, p.id, q.uri, url.Values{"decision": {"allow"}})
			if a.status != http.StatusCreated || back.Has("state") || p.redeem(q, back.Get("code")).status != http.StatusOK {
				t.Error(a, back)
			}
		})
		t.Run("FAPI2SPFinalEnsureAuthorizationRequestWithoutNonceSuccess", func(t *testing.T) {
			_, a := good(t, func(f url.Values) { f.Del("nonce") })
			if id := p.idClaims(a.str("id_token")); id["nonce"] != nil {
				t.Error(id)
			}
		})
		for name, n := range map[string]int{"FAPI2SPFinalEnsureAuthorizationRequestWith64CharNonceSuccess": 64, "FAPI2SPFinalEnsureAuthorizationRequestWithLongNonce": 384} {
			t.Run(name, func(t *testing.T) {
				nonce := strings.Repeat("n", n)
				_, a := good(t, func(f url.Values) { f.Set("nonce", nonce) })
				if id := p.idClaims(a.str("id_token")); id["nonce"] != nonce {
					t.Error(id)
				}
			})
		}
		t.Run("FAPI2SPFinalEnsureAuthorizationRequestWithLongState", func(t *testing.T) {
			state := strings.Repeat("s", 1000)
			q, _ := p.push(func(f url.Values) { f.Set("state", state) })
			if back := p.browser.authorize(p.at, p.id, q.uri, url.Values{"decision": {"allow"}}); back.Get("state") != state {
				t.Error(len(back.Get("state")))
			}
		})
		t.Run("FAPI2SPFinalEnsureOtherScopeOrderSucceeds", func(t *testing.T) {
			good(t, func(f url.Values) { f.Set("scope", "birth profile openid") })
		})
		t.Run("FAPI2SPFinalUserRejectsAuthentication", func(t *testing.T) {
			q, _ := p.push(nil)
			if back := p.browser.authorize(p.at, p.id, q.uri, url.Values{"decision": {"deny"}}); back.Get("error") != "access_denied" || back.Get("iss") != p.issuer {
				t.Error(back)
			}
		})
		t.Run("FAPI2SPFinalAccessTokenTypeHeaderCaseSensitivity", func(t *testing.T) {
			_, a := good(t, nil)
			token := a.str("access_token")
			for _, kind := range []string{"DPoP", "dpop", "DPOP"} {
				req, err := http.NewRequest("GET", r.base+"/oidc/userinfo", nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Authorization", kind+" "+token)
				req.Header.Set("DPoP", p.proof("GET", p.issuer+"/oidc/userinfo", token, nil))
				if u := p.send(req); u.status != http.StatusOK {
					t.Error(kind, u)
				}
			}
		})
		machine := func(tweak func(c map[string]any)) answer {
			return p.post("/oidc/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"machine"}}, http.Header{"Dpop": {p.proof("POST", p.issuer+"/oidc/token", "", tweak)}})
		}
		for name, tweak := range map[string]func(c map[string]any){
			"FAPI2SPFinalEnsureDpopProofWithIat10SecondsBeforeSucceeds": func(c map[string]any) { c["iat"] = now() - 10 },
			"FAPI2SPFinalEnsureDpopProofWithIat10SecondsAfterSucceeds":  func(c map[string]any) { c["iat"] = now() + 9 },
			"FAPI2SPFinalCheckDpopProofNbfExp":                          func(c map[string]any) { c["nbf"], c["exp"] = now(), now()+60 },
		} {
			t.Run(name, func(t *testing.T) {
				if a := machine(tweak); a.status != http.StatusOK {
					t.Error(a)
				}
			})
		}
		t.Run("FAPI2SPFinalPAREnsureJWTClientAssertionWithIatNbf8SecondsInTheFutureIsAccepted", func(t *testing.T) {
			if a := p.asserted(p.assertion(func(c map[string]any) { c["iat"], c["nbf"] = now()+8, now()+8 })); a.status != http.StatusCreated {
				t.Error(a)
			}
		})
		thumb := func() string {
			key := jose.JSONWebKey{Key: p.dpop.Public()}
			b, err := key.Thumbprint(crypto.SHA256)
			if err != nil {
				t.Fatal(err)
			}
			return base64.RawURLEncoding.EncodeToString(b)
		}
		t.Run("FAPI2SPFinalEnsureDpopAuthCodeBindingSuccess", func(t *testing.T) {
			good(t, func(f url.Values) { f.Set("dpop_jkt", thumb()) })
		})
		t.Run("FAPI2SPFinalEnsureDpopProofAtParEndpointBindingSuccess", func(t *testing.T) { good(t, nil) })
		t.Run("FAPI2SPFinalEnsureMismatchedDpopJktFails", func(t *testing.T) {
			if _, a := p.push(func(f url.Values) { f.Set("dpop_jkt", "bm90IHRoaXMgcHJvb2YncyBrZXkgYXQgYWxsLCBubw") }); a.status != http.StatusBadRequest {
				t.Error(a)
			}
		})
		for _, name := range []string{"FAPI2SPFinalEnsureTokenEndpointFailsWithMismatchedDpopProofJkt", "FAPI2SPFinalEnsureTokenEndpointFailsWithMismatchedDpopJkt"} {
			t.Run(name, func(t *testing.T) {
				q, code := p.code(func(f url.Values) {
					if strings.HasSuffix(name, "DpopJkt") && !strings.HasSuffix(name, "ProofJkt") {
						f.Set("dpop_jkt", thumb())
					}
				})
				other := *p
				other.dpop = newKey(t)
				if a := other.redeem(q, code); a.status < 400 {
					t.Error(a)
				}
			})
		}
		t.Run("FAPI2SPFinalRefreshToken", func(t *testing.T) {
			q, a := good(t, nil)
			b := p.post("/oidc/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.str("refresh_token")}}, nil)
			if b.status != http.StatusOK || b.str("access_token") == a.str("access_token") || p.idClaims(b.str("id_token"))["nonce"] != nil && p.idClaims(b.str("id_token"))["nonce"] != q.nonce {
				t.Error(b)
			}
			stranger := r.program("thief", "farid", nil)
			if b := stranger.post("/oidc/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.str("refresh_token")}}, nil); b.str("error") != "invalid_grant" {
				t.Error("another client's: ", b)
			}
		})
		t.Run("FAPI2SPFinalPARRejectInvalidHttpVerb", func(t *testing.T) {
			for _, verb := range []string{"GET", "PUT", "PATCH", "DELETE"} {
				req, err := http.NewRequest(verb, r.base+"/oidc/par", nil)
				if err != nil {
					t.Fatal(err)
				}
				if a := p.send(req); a.status < 400 || a.status >= 500 {
					t.Error(verb, a.status)
				}
			}
		})
		t.Run("FAPI2SPFinalPAREnsureServerAcceptsReusedRequestUriBeforeAuthenticationCompletion", func(t *testing.T) {
			q, _ := p.push(nil)
			jar, err := cookiejar.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(r.base)
			if err != nil {
				t.Fatal(err)
			}
			jar.SetCookies(u, []*http.Cookie{{Name: web.SessionCookie, Value: p.browser.cookie}})
			client := http.Client{Jar: jar}
			var pages []string
			for range 3 {
				res, err := client.Get(r.base + "/oidc/authorize?" + url.Values{"client_id": {"one"}, "request_uri": {q.uri}}.Encode())
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
				if res.StatusCode != http.StatusOK {
					t.Fatal(len(pages), res.Request.URL, res.StatusCode)
				}
				pages = append(pages, res.Request.URL.Path)
			}
			if pages[0] != pages[1] || pages[1] != pages[2] {
				t.Error(pages)
			}
			if res, _ := p.browser.do("GET", r.base+"/oidc/authorize?"+url.Values{"client_id": {"one"}, "request_uri": {q.uri}}.Encode(), nil); res.StatusCode != http.StatusBadRequest {
				t.Error("another browser: ", res.StatusCode)
			}
		})
		t.Run("FAPI2SPFinalEnsureSignedClientAssertionWithRS256Fails", func(t *testing.T) {
			if a := p.asserted(rs256(t, map[string]any{"iss": "one", "sub": "one", "aud": p.issuer, "jti": random(), "exp": now() + 60})); a.str("error") != "invalid_client" {
				t.Error(a)
			}
		})
	})
}

func rs256(t *testing.T, claims any) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "k1"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(s).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
