package op_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"balai/internal/domain/identity/op"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
)

// I1: no token says more than is known of a person and of their sign-in; what a
// program asks for is asked of the person, and not assumed.
func TestLevels(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		r.hub.set(func() { r.hub.level["aisyah"] = 1 })
		q, code := p.code(nil)
		if id := p.idClaims(p.redeem(q, code).str("id_token")); id["acr"] != "urn:balai:acr:i1a2" {
			t.Error(id["acr"])
		}
		want := func(acr string) func(f url.Values) { return func(f url.Values) { f.Set("acr_values", acr) } }
		q, _ = p.push(want("urn:balai:acr:i2a2"))
		_, page := p.browser.page(p.at, p.id, q.uri)
		if !strings.Contains(page, "/me/identity") || strings.Contains(page, `value="allow"`) {
			t.Error("a level too low: ", firstLine(page))
		}
		m := action.FindStringSubmatch(page)
		if res, _ := p.browser.do("POST", r.base+m[1], filled(page, url.Values{"decision": {"allow"}})); res.StatusCode != http.StatusOK {
			t.Error("allowed all the same: ", res.StatusCode)
		}
		res, _ := p.browser.do("POST", r.base+m[1], filled(page, url.Values{"decision": {"deny"}}))
		if to, _ := url.Parse(res.Header.Get("Location")); to.Query().Get("error") != "unmet_authentication_requirements" {
			t.Error(to)
		}
		weak := r.browser("aisyah", 1)
		q, _ = p.push(want("urn:balai:acr:i1a2 urn:balai:acr:i2a2"))
		res, _ = weak.page(p.at, p.id, q.uri)
		to, _ := url.Parse(res.Header.Get("Location"))
		if to.Path != "/sign-in" || to.Query().Get("aal") != "2" || !strings.HasPrefix(to.Query().Get("next"), "/oidc/authorize/") {
			t.Error(to)
		}
		// The same request goes on after the stronger sign-in.
		if res, page := p.browser.do("GET", r.base+to.Query().Get("next"), nil); res.StatusCode != http.StatusOK || !action.MatchString(page) {
			t.Error(res.StatusCode, firstLine(page))
		}
		for name, tweak := range map[string]func(f url.Values){
			"prompt=login": func(f url.Values) { f.Set("prompt", "login") },
			"max_age=0":    func(f url.Values) { f.Set("max_age", "0") },
		} {
			r.write(func(tx *db.Tx) error {
				_, err := tx.Exec("update actor_session set proved_at = proved_at - 5000000")
				return err
			})
			q, _ = p.push(tweak)
			if res, _ := p.browser.page(p.at, p.id, q.uri); !strings.HasPrefix(res.Header.Get("Location"), "/sign-in?") {
				t.Errorf("%s: %d", name, res.StatusCode)
			}
		}
		none := func(b *browser, tweak func(f url.Values)) string {
			q, _ := p.push(func(f url.Values) { f.Set("prompt", "none"); tweak(f) })
			res, _ := b.page(p.at, p.id, q.uri)
			to, _ := url.Parse(res.Header.Get("Location"))
			return to.Query().Get("error")
		}
		if got := none(&browser{r: r}, func(url.Values) {}); got != "login_required" {
			t.Error(got)
		}
		if got := none(p.browser, func(url.Values) {}); got != "consent_required" {
			t.Error(got)
		}
	})
}

// I1, later: evidence ends, and a refresh says no more than what is left; less
// than the program accepts is nothing.
func TestLevelThatFell(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p, strict := r.program("one", "aisyah", nil), r.program("two", "aisyah", func(c *op.Client) { c.IAL = 2 })
		refresh := func(p *program) answer {
			q, code := p.code(nil)
			a := p.redeem(q, code)
			r.hub.set(func() { r.hub.level["aisyah"] = 1 })
			b := p.post("/oidc/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.str("refresh_token")}}, nil)
			r.hub.set(func() { r.hub.level["aisyah"] = 2 })
			return b
		}
		if a := refresh(p); p.idClaims(a.str("id_token"))["acr"] != "urn:balai:acr:i1a2" {
			t.Error(a)
		}
		if a := refresh(strict); a.str("error") != "invalid_grant" {
			t.Error(a)
		}
	})
}

// I6: who is suspended gets nothing from that moment on: a person, a client.
func TestSuspended(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", func(c *op.Client) { c.Logout = "https://one.example/logout" })
		q, code := p.code(nil)
		a := p.redeem(q, code)
		refresh := func() answer {
			return p.post("/oidc/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.str("refresh_token")}}, nil)
		}
		r.hub.set(func() { r.hub.suspended["aisyah"] = true })
		if b := refresh(); b.str("error") != "invalid_grant" {
			t.Error(b)
		}
		q, _ = p.push(nil)
		if back := p.browser.authorize(p.at, p.id, q.uri, url.Values{"decision": {"allow"}}); back.Get("error") != "access_denied" {
			t.Error(back)
		}
		r.write(func(tx *db.Tx) error { return r.EndTx(tx, "aisyah") })
		if u := p.userinfo(a.str("access_token")); u.status != http.StatusUnauthorized {
			t.Error(u)
		}
		r.hub.set(func() { r.hub.suspended["aisyah"] = false })
		q, code = p.code(nil)
		a = p.redeem(q, code)
		late, lateCode := p.code(nil)
		r.write(func(tx *db.Tx) error {
			_, err := r.SuspendTx(tx, "one")
			return err
		})
		if b := p.redeem(late, lateCode); b.str("error") != "invalid_client" {
			t.Error("a code of before: ", b)
		}
		if u := p.userinfo(a.str("access_token")); u.status < 400 {
			t.Error("userinfo: ", u)
		}
		if b := refresh(); b.str("error") != "invalid_client" {
			t.Error("refresh: ", b)
		}
	})
}

// What ends while a request is on its way ends it: a refresh brings no revoked
// grant back, and a code of a sign-in that is over gives nothing.
func TestEndedMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		q, code := p.code(nil)
		a := p.redeem(q, code)
		r.hub.set(func() { r.hub.meanwhile = func() { r.write(func(tx *db.Tx) error { return r.EndTx(tx, "aisyah") }) } })
		if b := p.post("/oidc/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.str("refresh_token")}}, nil); b.str("error") != "invalid_grant" {
			t.Error("a revoked grant came back: ", b)
		}
		if u := p.userinfo(a.str("access_token")); u.status != http.StatusUnauthorized {
			t.Error(u)
		}
		q, code = p.code(nil)
		who, err := r.sessions.Resolve(context.Background(), p.browser.cookie)
		if err != nil {
			t.Fatal(err)
		}
		r.write(func(tx *db.Tx) error { return r.sessions.EndTx(tx, who.Session) })
		if b := p.redeem(q, code); b.str("error") != "invalid_grant" {
			t.Error("a code outlived its sign-in: ", b)
		}
		p.browser = r.browser("aisyah", 2)
		q, code = p.code(nil)
		r.hub.set(func() {
			r.hub.meanwhile = func() {
				r.write(func(tx *db.Tx) error { _, err := r.SuspendTx(tx, "one"); return err })
			}
		})
		if b := p.redeem(q, code); b.str("error") != "invalid_client" {
			t.Error("a client was served that was suspended: ", b)
		}
	})
}

// Signing out is told to every program that the sign-in opened, in the
// transaction that ends it, and again until it is heard.
func TestBackChannelLogout(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", func(c *op.Client) {
			c.Logout = "https://one.example/logout"
			c.SignedOut = []string{"https://one.example/bye"}
		})
		q, code := p.code(nil)
		a := p.redeem(q, code)
		id := p.idClaims(a.str("id_token"))
		elsewhere := r.browser("aisyah", 2)
		out := r.base + "/oidc/end-session?" + url.Values{"id_token_hint": {a.str("id_token")}, "client_id": {"one"}, "post_logout_redirect_uri": {"https://one.example/bye"}, "state": {"s"}}.Encode()
		if res, page := elsewhere.do("GET", out, nil); res.StatusCode != http.StatusOK || !strings.Contains(page, "Program one") {
			t.Error("another sign-in is asked: ", res.StatusCode, firstLine(page))
		}
		const stranger = "/oidc/end-session?post_logout_redirect_uri=https://evil.example&client_id=one"
		if res, page := elsewhere.do("GET", r.base+stranger, nil); res.StatusCode != http.StatusBadRequest || !strings.Contains(page, `action="/sign-out" class="govuk-button-group"`) || strings.Contains(page, "evil.example/") {
			t.Error("to a stranger, or with no way out: ", res.StatusCode, res.Header.Get("Location"))
		}
		nobody := r.browser("aisyah", 2)
		nobody.cookie = ""
		if res, page := nobody.do("GET", r.base+stranger, nil); res.StatusCode != http.StatusBadRequest || strings.Contains(page, `action="/sign-out"`) || !strings.Contains(page, "Anda tidak log masuk") {
			t.Error("somebody who is not in is let out: ", res.StatusCode)
		}
		r.hub.set(func() { r.hub.callErr = errors.New("away") })
		res, _ := p.browser.do("GET", out, nil)
		if to := res.Header.Get("Location"); to != "https://one.example/bye?state=s" {
			t.Error(res.StatusCode, to)
		}
		if x, err := r.sessions.Resolve(context.Background(), p.browser.cookie); err != nil || x.SignedIn() {
			t.Error("still signed in")
		}
		if in := p.introspect(a.str("access_token")); in.body["active"] != false {
			t.Error("the token lives")
		}
		if err := r.outbox.Drain(context.Background()); err == nil {
			t.Error("a call that failed was taken for heard")
		}
		r.hub.set(func() { r.hub.callErr = nil })
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec("update outbox_job set run_at = 0 where state = 'retryable'")
			return err
		})
		if err := r.outbox.Drain(context.Background()); err != nil || len(r.hub.calls) != 1 {
			t.Fatal(err, len(r.hub.calls))
		}
		claims := p.idClaims(r.hub.calls[0])
		events, _ := claims["events"].(map[string]any)
		if claims["sub"] != id["sub"] || claims["sid"] != id["sid"] || claims["aud"] != "one" || claims["iss"] != p.issuer || claims["nonce"] != nil || events["http://schemas.openid.net/event/backchannel-logout"] == nil {
			t.Error(claims)
		}
		if x, err := r.sessions.Resolve(context.Background(), elsewhere.cookie); err != nil || !x.SignedIn() {
			t.Error("the other sign-in ended too")
		}
	})
}

// A sign-in that takes another's place, as when a person proves more or an
// A program's own page may post to the sign-out: it comes without a session, so
// it becomes a link, which ends the sign-in that its ID token names and no other.
func TestSignOutPostedFromElsewhere(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", func(c *op.Client) { c.SignedOut = []string{"https://one.example/out"} })
		q, _ := p.push(nil)
		a := p.redeem(q, p.browser.authorize(p.at, p.id, q.uri, url.Values{"decision": {"allow"}}).Get("code"))
		f := url.Values{"id_token_hint": {a.str("id_token")}, "post_logout_redirect_uri": {"https://one.example/out"}, "state": {"s&1"}}
		elsewhere := func(path string, f url.Values, cookie string) *http.Response {
			t.Helper()
			req, err := http.NewRequest("POST", r.base+path, strings.NewReader(f.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Origin", "https://one.example")
			req.Header.Set("Sec-Fetch-Site", "cross-site")
			if cookie != "" {
				req.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: cookie})
			}
			res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			return res
		}
		res := elsewhere("/oidc/end-session", f, p.browser.cookie) // even where a browser sends it along
		to := res.Header.Get("Location")
		if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/oidc/end-session?") {
			t.Fatal(res.StatusCode, to)
		}
		if res, _ := p.browser.do("GET", r.base+"/me/consents", nil); res.StatusCode != http.StatusOK {
			t.Error("another site's post alone ended the sign-in")
		}
		res, _ = p.browser.do("GET", r.base+to, nil)
		if back := res.Header.Get("Location"); back != "https://one.example/out?state=s%261" {
			t.Error(res.StatusCode, back)
		}
		if res, _ := p.browser.do("GET", r.base+"/me/consents", nil); res.StatusCode == http.StatusOK {
			t.Error("the sign-in goes on")
		}
		other := r.browser("aisyah", 2)
		res, page := other.do("GET", r.base+to, nil) // that ID token is of another sign-in: the person is asked
		if res.StatusCode == http.StatusSeeOther {
			res, page = other.do("GET", r.base+strings.TrimPrefix(res.Header.Get("Location"), r.base), nil)
		}
		at := regexp.MustCompile(`action="([^"]*/oidc/end-session/[^"]*)"`).FindStringSubmatch(page)
		if at == nil {
			t.Fatal("not asked: ", res.StatusCode, res.Header.Get("Location"))
		}
		if res := elsewhere(at[1], url.Values{"decision": {"out"}}, other.cookie); res.StatusCode != http.StatusForbidden {
			t.Error("another site answered for the person: ", res.StatusCode)
		}
		if res := elsewhere("/me/consents/one/withdraw", url.Values{}, other.cookie); res.StatusCode != http.StatusForbidden {
			t.Error("another site posts to other pages too: ", res.StatusCode)
		}
	})
}

// officer changes posts, keeps what the first one opened.
func TestSignInMoves(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		q, code := p.code(nil)
		a := p.redeem(q, code)
		token, refresh := a.str("access_token"), a.str("refresh_token")
		was, err := r.sessions.Resolve(context.Background(), p.browser.cookie)
		if err != nil {
			t.Fatal(err)
		}
		r.write(func(tx *db.Tx) (err error) {
			p.browser.cookie, err = r.sessions.StartTx(tx, actor.Start{Person: "aisyah", AAL: 2, Replaces: was.Session})
			return err
		})
		if in := p.introspect(token); in.body["active"] != true {
			t.Error("the token ended with the place")
		}
		if a := p.post("/oidc/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}, nil); a.status != http.StatusOK {
			t.Error("the refresh token ended with the place: ", a)
		}
		now, err := r.sessions.Resolve(context.Background(), p.browser.cookie)
		if err != nil {
			t.Fatal(err)
		}
		r.write(func(tx *db.Tx) error { return r.sessions.EndTx(tx, now.Session) })
		if in := p.introspect(token); in.body["active"] != false {
			t.Error("the token outlived the sign-in")
		}
	})
}

// The keys change under load: what was signed before is still checked, what is
// signed after can be checked by who reads the keys anew, and each key is
// published before it is used.
func TestKeyRotation(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		published := func() (kids []string) {
			res, err := http.Get(r.base + "/oidc/jwks")
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			var set jose.JSONWebKeySet
			if err := json.NewDecoder(res.Body).Decode(&set); err != nil {
				t.Fatal(err)
			}
			for _, k := range set.Keys {
				if !k.IsPublic() {
					t.Fatal("a private key is published")
				}
				kids = append(kids, k.KeyID)
			}
			return kids
		}
		kid := func(token string) string {
			x, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
			if err != nil {
				t.Fatal(err)
			}
			return x.Headers[0].KeyID
		}
		q, code := p.code(nil)
		first := p.redeem(q, code).str("id_token")
		before := published()
		if len(before) != 2 || kid(first) != before[0] {
			t.Fatal(before)
		}
		if err := r.Rotate(context.Background()); err != nil {
			t.Fatal(err)
		}
		after := published()
		q, code = p.code(nil)
		second := p.redeem(q, code).str("id_token")
		if len(after) != 3 || kid(second) != before[1] || after[2] != before[0] {
			t.Error(before, after)
		}
		p.idClaims(first)
		p.idClaims(second)
		other := newRig(t, r.db, r.hub, r.base) // another process, with the same key of the hall
		res, err := http.Get(other.base + "/oidc/jwks")
		if err != nil || res.StatusCode != http.StatusOK {
			t.Error(err)
		}
		res.Body.Close()
	})
}

// By telephone: the person says yes in the hall to the words that they hear, once;
// an unknown number looks the same, and nobody is asked without end.
func TestCall(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		r.hub.set(func() { r.hub.day = 100 })
		ask := func(number string) answer {
			return p.post("/oidc/bc-authorize", url.Values{"scope": {"openid profile"}, "login_hint": {number}, "binding_message": {"Ikan 42"}}, nil)
		}
		poll := func(a answer) answer {
			return p.post("/oidc/token", url.Values{"grant_type": {"urn:openid:params:grant-type:ciba"}, "auth_req_id": {a.str("auth_req_id")}}, nil)
		}
		known, unknown := ask("900101-14-5678"), ask("123456-00-0000")
		if known.status != http.StatusOK || unknown.status != http.StatusOK || len(known.body) != len(unknown.body) {
			t.Fatal(known, unknown)
		}
		for _, a := range []answer{known, unknown} {
			if got := poll(a); got.str("error") != "authorization_pending" {
				t.Error(got)
			}
			for range 3 { // sooner than the interval that it was told
				if got := poll(a); got.str("error") != "slow_down" || got.status != http.StatusBadRequest {
					t.Error(got)
				}
			}
			r.write(func(tx *db.Tx) error {
				_, err := tx.Exec(`update op_request set polled_at = polled_at - 5000000 where polled_at > 0`)
				return err
			})
			if got := poll(a); got.str("error") != "authorization_pending" {
				t.Error("an interval later: ", got)
			}
		}
		if len(r.hub.told) != 1 || r.hub.told[0] != "aisyah" {
			t.Error("told: ", r.hub.told)
		}
		if strings.Contains(r.dump(), "900101") {
			t.Error("the number stands in the database")
		}
		first := known
		known = ask("900101-14-5678") // a program that had no answer asks the same again
		if got := poll(first); got.str("error") != "slow_down" && got.str("error") != "authorization_pending" {
			t.Error("the request before: ", got)
		}
		if len(r.hub.told) != 1 {
			t.Error("told of the same twice: ", r.hub.told)
		}
		_, page := p.browser.do("GET", r.base+"/me/calls", nil)
		if n := strings.Count(page, `action="/me/calls/`); n != 1 {
			t.Error("the same is asked ", n, " times")
		}
		if !strings.Contains(page, "Ikan 42") || !strings.Contains(page, "Program one") {
			t.Error(firstLine(page))
		}
		at := strings.SplitN(strings.SplitN(page, `action="/me/calls/`, 2)[1], `"`, 2)[0]
		stranger := r.browser("farid", 2)
		if res, _ := stranger.do("POST", r.base+"/me/calls/"+at, url.Values{"decision": {"allow"}}); res.StatusCode != http.StatusNotFound {
			t.Error("somebody else answered: ", res.StatusCode)
		}
		for _, stale := range []*browser{r.browser("aisyah", 1)} {
			if res, _ := stale.do("POST", r.base+"/me/calls/"+at, url.Values{"decision": {"allow"}}); !strings.HasPrefix(res.Header.Get("Location"), "/sign-in?") {
				t.Error("a weak sign-in said yes: ", res.StatusCode)
			} else if to, err := url.Parse(res.Header.Get("Location")); err != nil || to.Query().Get("next") != "/me/calls?call="+at {
				t.Error("and comes back to ", res.Header.Get("Location"))
			}
			if _, page := stale.do("GET", r.base+"/me/calls?call="+at, nil); !strings.Contains(page, "anda perlu log masuk semula") || strings.Contains(page, "belum diluluskan") {
				t.Error("what a yes needs is not said before")
			}
		}
		if _, page := p.browser.do("GET", r.base+"/me/calls?call="+at, nil); !strings.Contains(page, "belum diluluskan") || strings.Contains(page, "anda perlu log masuk semula") || !strings.Contains(page, "Ikan 42") {
			t.Error("back from the sign-in, nothing says to press again")
		}
		if _, page := p.browser.do("GET", r.base+"/me/calls?call=another", nil); !strings.Contains(page, "telah tamat atau telah dijawab") || !strings.Contains(page, "Ikan 42") {
			t.Error("what ended meanwhile is not said")
		}
		if res, _ := p.browser.do("POST", r.base+"/me/calls/"+at, url.Values{"decision": {"allow"}}); res.StatusCode != http.StatusSeeOther {
			t.Error(res.StatusCode)
		}
		got := many(16, func(int) answer { return poll(known) })
		if n, first := won(got, http.StatusOK); n != 1 || p.idClaims(first.str("id_token"))["acr"] != "urn:balai:acr:i2a2" {
			t.Error(n)
		}
		if res, _ := p.browser.do("POST", r.base+"/me/calls/"+at, url.Values{"decision": {"allow"}}); res.StatusCode != http.StatusNotFound {
			t.Error("answered twice: ", res.StatusCode)
		}
		r.hub.set(func() { r.hub.day = 0 })
		if a := ask("900101-14-5678"); a.status != http.StatusOK {
			t.Error(a)
		}
		if _, page := p.browser.do("GET", r.base+"/me/calls", nil); strings.Contains(page, "Ikan") {
			t.Error("asked too often")
		}
		for name, f := range map[string]url.Values{
			"no words":   {"scope": {"openid"}, "login_hint": {"900101-14-5678"}},
			"long words": {"scope": {"openid"}, "login_hint": {"900101-14-5678"}, "binding_message": {strings.Repeat("x", 61)}},
			"nobody":     {"scope": {"openid"}, "binding_message": {"x"}},
		} {
			if a := p.post("/oidc/bc-authorize", f, nil); a.status != http.StatusBadRequest {
				t.Errorf("%s: %v", name, a)
			}
		}
	})
}

// The staff's provider signs officers in to their own agency's software by the
// usual code flow, and tells their post and nothing else.
func TestStaff(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c := op.Client{ID: "bought-soft", Agency: "jpj", Profile: op.Staff, State: op.Live, Sector: "jpj", Name: locale.Same("Soft"), Purpose: locale.Same("x"),
			RedirectURIs: []string{"https://soft.example/cb"}, Secret: op.HashSecret("s3cret"), Scopes: []op.Wanted{{Scope: "profile"}, {Scope: "groups"}}}
		r.write(func(tx *db.Tx) error { return r.SaveClientTx(tx, c) })
		p := &program{r: r, at: r.base, issuer: r.Issuer(op.Staff), id: "bought-soft", back: "https://soft.example/cb", browser: r.browser("aisyah", 2)}
		var q request
		f := p.form(&q)
		f.Set("scope", "openid profile")
		res, _ := p.browser.do("GET", r.base+"/staff/oidc/authorize?"+f.Encode(), nil)
		res, _ = p.browser.do("GET", r.base+res.Header.Get("Location"), nil)
		if to, _ := url.Parse(res.Header.Get("Location")); to.Query().Get("error") != "access_denied" {
			t.Error("a citizen came in: ", to)
		}
		token := func(secret string, header bool) answer {
			f := url.Values{"grant_type": {"authorization_code"}, "code": {"x"}, "redirect_uri": {p.back}, "code_verifier": {q.verifier}}
			req, err := http.NewRequest("POST", r.base+"/staff/oidc/token", nil)
			if err != nil {
				t.Fatal(err)
			}
			if header {
				req.SetBasicAuth("bought%2Dsoft", secret)
			} else {
				f.Set("client_id", "bought-soft")
				f.Set("client_secret", secret)
			}
			h := req.Header.Clone()
			f2, err := http.NewRequest("POST", r.base+"/staff/oidc/token", strings.NewReader(f.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			f2.Header = h
			f2.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return p.send(f2)
		}
		for _, header := range []bool{true, false} {
			if a := token("wrong", header); a.str("error") != "invalid_client" {
				t.Error(a)
			}
			if a := token("s3cret", header); a.str("error") != "invalid_grant" {
				t.Error(a)
			}
		}
	})
}
