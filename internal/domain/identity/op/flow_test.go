package op_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"balai/internal/domain/identity/op"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/web"
)

func (r *rig) entries(person string) []journal.Entry {
	r.t.Helper()
	var out []journal.Entry
	err := r.db.Read(context.Background(), func(tx *db.Tx) (err error) {
		out, err = r.journal.ForSubject(tx, person, "", 100)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

func (r *rig) kinds(person string) (out []string) {
	for _, e := range r.entries(person) {
		out = append(out, e.Record.Kind)
	}
	return out
}

// From the program's first request to the person's own list of who knows what:
// FAPI2SPFinalHappyFlow.
func TestFAPI2SPFinalHappyFlow(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		q, code := p.code(nil)
		a := p.redeem(q, code)
		if a.status != http.StatusOK || a.str("token_type") != "DPoP" || a.str("refresh_token") == "" || !strings.Contains(a.header.Get("Cache-Control"), "no-store") {
			t.Fatal(a)
		}
		id := p.idClaims(a.str("id_token"))
		if id["iss"] != p.issuer || id["aud"] != "one" || id["nonce"] != q.nonce || id["acr"] != "urn:balai:acr:i2a2" || id["sid"] == "" {
			t.Error(id)
		}
		sub, _ := id["sub"].(string)
		if sub == "" || strings.Contains(sub, "aisyah") {
			t.Error(sub)
		}
		u := p.userinfo(a.str("access_token"))
		if u.status != http.StatusOK || u.str("sub") != sub || u.str("name") != "Name of aisyah" || u.str("birthdate") != "1990-01-01" {
			t.Error(u)
		}
		in := p.introspect(a.str("access_token"))
		if in.body["active"] != true || in.str("sub") != sub {
			t.Error("introspection: ", in)
		}
		again := p.post("/oidc/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.str("refresh_token")}}, nil)
		if again.status != http.StatusOK || p.idClaims(again.str("id_token"))["sub"] != sub {
			t.Error("refresh: ", again)
		}
		if wide := p.post("/oidc/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.str("refresh_token")}, "scope": {"openid mykad"}}, nil); wide.str("error") != "invalid_scope" {
			t.Error("a refresh took more than was given: ", wide)
		}
		if got := r.kinds("aisyah"); !slices.Equal(got, []string{"claims.released", "claims.released"}) {
			t.Error(got)
		}
		for _, e := range r.entries("aisyah") {
			if e.Record.By.Agency != "jpj" || !strings.Contains(e.Record.Why.EN, "name and gender, date of birth") || strings.Contains(string(e.Text), "900101") {
				t.Error(string(e.Text))
			}
		}
		if a := p.post("/oidc/revoke", url.Values{"token": {again.str("access_token")}}, nil); a.status != http.StatusOK {
			t.Error("revoke: ", a)
		}
		for _, token := range []string{a.str("access_token"), again.str("access_token"), a.str("refresh_token")} {
			if in := p.introspect(token); in.body["active"] != false {
				t.Error("a revoked token lives: ", in)
			}
		}
	})
}

// Nothing that opens anything stands in the database, and no person's id where a
// program could learn it.
func TestDatabaseKeepsNoSecret(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		q, code := p.code(nil)
		waiting := r.dump()
		a := p.redeem(q, code)
		after := r.dump()
		for name, secret := range map[string]string{"code": code, "request_uri": q.uri, "access token": a.str("access_token"), "refresh token": a.str("refresh_token")} {
			if secret == "" || strings.Contains(waiting+after, secret) {
				t.Errorf("the %s stands in the database", name)
			}
		}
		text, err := json.Marshal(a.body)
		if err != nil || strings.Contains(string(text), "aisyah") {
			t.Error(string(text), err)
		}
	})
}

// dump is every text in the provider's tables.
func (r *rig) dump() string {
	r.t.Helper()
	var out strings.Builder
	err := r.db.Read(context.Background(), func(tx *db.Tx) error {
		for _, q := range []string{"select data || pushed || callback || code from op_request", "select data || refresh || code from op_grant", "select id || data from op_token", "select id from op_once"} {
			rows, err := tx.Query(q)
			if err != nil {
				return err
			}
			for rows.Next() {
				var s string
				if err := rows.Scan(&s); err != nil {
					return err
				}
				out.WriteString(s)
			}
			if err := rows.Err(); err != nil {
				return err
			}
			rows.Close()
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out.String()
}

// A token is another program's to ask about only within the agency, and what the
// registers cannot tell just now is not told as nothing.
func TestWhoAsksAboutATokenAndBrokenRegisters(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		q, code := p.code(nil)
		token := p.redeem(q, code).str("access_token")
		if in := r.program("api", "farid", nil).introspect(token); in.body["active"] != true {
			t.Error("the agency's own: ", in)
		}
		if in := r.program("elsewhere", "farid", func(c *op.Client) { c.Agency = "jpn" }).introspect(token); in.status < 400 {
			t.Error("another agency's: ", in)
		}
		r.hub.set(func() { r.hub.broken = true })
		if u := p.userinfo(token); u.status != http.StatusServiceUnavailable || u.str("sub") != "" {
			t.Error(u)
		}
		r.hub.set(func() { r.hub.broken = false })
		if u := p.userinfo(token); u.status != http.StatusOK {
			t.Error(u)
		}
	})
}

// An ID token that is encrypted to its program is read by nobody else.
func TestEncryptedIDToken(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		p := r.program("one", "aisyah", func(c *op.Client) {
			var set jose.JSONWebKeySet
			if err := json.Unmarshal(c.JWKS, &set); err != nil {
				t.Fatal(err)
			}
			set.Keys = append(set.Keys, jose.JSONWebKey{Key: key.Public(), KeyID: "e1", Algorithm: "RSA-OAEP-256", Use: "enc"})
			if c.JWKS, err = json.Marshal(set); err != nil {
				t.Fatal(err)
			}
			c.Encrypt = "RSA-OAEP-256"
			if op.CheckKeys(c.JWKS) != "" || !op.HasKey(c.JWKS, c.Encrypt) || op.HasKey(c.JWKS, "ECDH-ES+A256KW") {
				t.Error("keys")
			}
		})
		q, code := p.code(nil)
		sealed := p.redeem(q, code).str("id_token")
		jwe, err := jose.ParseEncryptedCompact(sealed, []jose.KeyAlgorithm{jose.RSA_OAEP_256}, []jose.ContentEncryption{jose.A256GCM})
		if err != nil {
			t.Fatal(err)
		}
		plain, err := jwe.Decrypt(key)
		if err != nil || p.idClaims(string(plain))["nonce"] != q.nonce {
			t.Error(err)
		}
	})
}

// I3: programs of one sector share a name for a person; nobody else does.
func TestSubjectsBySector(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		sub := func(id, person, sector string) string {
			p := r.program(id, person, func(c *op.Client) { c.Sector = sector })
			q, code := p.code(nil)
			s, _ := p.idClaims(p.redeem(q, code).str("id_token"))["sub"].(string)
			return s
		}
		a, b, c, d := sub("a", "aisyah", "x"), sub("b", "aisyah", "x"), sub("c", "aisyah", "y"), sub("d", "farid", "x")
		if a == "" || a != b || a == c || a == d || c == d {
			t.Error(a, b, c, d)
		}
	})
}

// Consent: no is no; a yes may be remembered, for what was asked and no more,
// and withdrawn, and then nothing more is told.
func TestConsent(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", func(c *op.Client) { c.Scopes = append(c.Scopes, op.Wanted{Scope: "mykad", Basis: "law-333"}) })
		q, _ := p.push(nil)
		if back := p.browser.authorize(p.at, p.id, q.uri, url.Values{"decision": {"deny"}}); back.Get("error") != "access_denied" || back.Get("code") != "" || back.Get("state") != q.state {
			t.Error(back)
		}
		res, page := func() (*http.Response, string) { q, _ := p.push(nil); return p.browser.page(p.at, p.id, q.uri) }()
		for _, want := range []string{"Program one", "JPJ", "Nama dan jantina", "Tarikh lahir", "Dengan persetujuan anda"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		if strings.Contains(page, "MyKad") {
			t.Error("the page names what was not asked for")
		}
		if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https://one.example;") {
			t.Error(csp)
		}
		q, _ = p.push(nil)
		back := p.browser.authorize(p.at, p.id, q.uri, url.Values{"decision": {"allow"}, "remember": {"1"}})
		token := p.redeem(q, back.Get("code"))
		q, _ = p.push(nil)
		if res, _ := p.browser.page(p.at, p.id, q.uri); !strings.Contains(res.Header.Get("Location"), "code=") {
			t.Error("asked again: ", res.StatusCode)
		}
		q, _ = p.push(func(f url.Values) { f.Set("scope", "openid profile mykad") })
		if _, page := p.browser.page(p.at, p.id, q.uri); !strings.Contains(page, "MyKad") || !strings.Contains(page, "Akta 333") {
			t.Error("more was given than was agreed to: ", firstLine(page))
		}
		if res, _ := p.browser.do("POST", r.base+"/me/consents/one/withdraw", url.Values{}); res.StatusCode != http.StatusSeeOther {
			t.Error(res.StatusCode)
		}
		if u := p.userinfo(token.str("access_token")); u.status != http.StatusUnauthorized || u.str("name") != "" {
			t.Error("told after it was withdrawn: ", u)
		}
		q, _ = p.push(nil)
		if _, page := p.browser.page(p.at, p.id, q.uri); !action.MatchString(page) {
			t.Error("not asked after it was withdrawn")
		}
		if got := r.kinds("aisyah"); !slices.Equal(got[:3], []string{"consent.withdrawn", "claims.released", "consent.given"}) {
			t.Error(got)
		}
		other := r.browser("farid", 2)
		if res, _ := other.do("POST", r.base+"/me/consents/one/withdraw", url.Values{}); res.StatusCode != http.StatusNotFound {
			t.Error("somebody withdrew what is not theirs: ", res.StatusCode)
		}
	})
}

// A page's yes is of the person whom it asked: where somebody else signed in to
// that browser since, they are asked, with whatever they agreed to before.
func TestConsentOfWhoWasAsked(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		other := r.browser("farid", 2)
		q, _ := p.push(nil)
		remember := url.Values{"decision": {"allow"}, "remember": {"1"}}
		if back := other.authorize(p.at, p.id, q.uri, remember); back.Get("code") == "" {
			t.Fatal(back)
		}
		q, _ = p.push(nil)
		_, page := p.browser.page(p.at, p.id, q.uri)
		at, whose := action.FindStringSubmatch(page), asks.FindStringSubmatch(page)
		if at == nil || whose == nil {
			t.Fatal(firstLine(page))
		}
		yes := url.Values{"decision": {"allow"}, "asked": {whose[1]}}
		p.browser.cookie, other.cookie = other.cookie, p.browser.cookie
		res, page := p.browser.do("POST", p.at+at[1], yes)
		if res.StatusCode != http.StatusOK || !strings.Contains(page, "Name of farid") {
			t.Fatalf("%d to %q", res.StatusCode, res.Header.Get("Location"))
		}
		p.browser.cookie, other.cookie = other.cookie, p.browser.cookie
		// An answer that does not say whom the page asked is none either.
		for _, no := range []url.Values{{"decision": {"allow"}}, {"decision": {"deny"}}, {"decision": {"allow"}, "asked": {""}}, {"decision": {"allow"}, "asked": {whose[1] + "x"}}} {
			if res, page := p.browser.do("POST", p.at+at[1], no); res.StatusCode != http.StatusOK || !asks.MatchString(page) {
				t.Errorf("%v: %d to %q", no, res.StatusCode, res.Header.Get("Location"))
			}
		}
		res, _ = p.browser.do("POST", p.at+at[1], yes)
		back, err := res.Location()
		if err != nil || back.Query().Get("code") == "" {
			t.Fatal(res.StatusCode, back, err)
		}
		p.redeem(q, back.Query().Get("code"))
		if got := r.kinds("aisyah"); len(got) == 0 || got[0] != "claims.released" {
			t.Error(got)
		}
	})
}

// A yes of somebody who was signed out while it was sent is not remembered.
func TestConsentOfASessionThatEnds(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		q, _ := p.push(nil)
		_, page := p.browser.page(p.at, p.id, q.uri)
		at, whose := action.FindStringSubmatch(page), asks.FindStringSubmatch(page)
		if at == nil || whose == nil {
			t.Fatal(firstLine(page))
		}
		// The hall asks for the body once it has seen who sends it.
		yes := url.Values{"decision": {"allow"}, "asked": {whose[1]}, "remember": {"1"}}.Encode()
		ends := readerFunc(func([]byte) (int, error) {
			r.write(func(tx *db.Tx) error { return r.sessions.EndAllTx(tx, "aisyah") })
			return 0, io.EOF
		})
		req, err := http.NewRequest("POST", p.at+at[1], io.MultiReader(ends, strings.NewReader(yes)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Expect", "100-continue")
		req.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: p.browser.cookie})
		client := http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute, DisableKeepAlives: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if to := res.Header.Get("Location"); to != "/sign-in" {
			t.Errorf("%d to %q", res.StatusCode, to)
		}
		if got := r.kinds("aisyah"); len(got) > 0 {
			t.Errorf("what had ended did %q", got)
		}
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A company has one name for a sector, whoever acts for it; who does is said
// beside it, and is the person by whom they are known themselves.
func TestActingForACompany(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		company := func(delegate string) {
			r.hub.set(func() {
				r.hub.delegate = delegate
				r.hub.choices = []op.Choice{{ID: "d-" + delegate, Principal: "ssm:202601000001", Name: "Kedai Sdn Bhd", Kind: "director"}}
			})
		}
		one := r.program("one", "farid", nil)
		names := map[string]map[string]any{}
		for _, who := range []string{"farid", "siti"} {
			company(who)
			one.browser = r.browser(who, 2)
			for _, as := range []string{"d-" + who, "self"} {
				q, _ := one.push(nil)
				names[as+" "+who] = one.idClaims(one.redeem(q, one.browser.authorize(one.at, one.id, q.uri, url.Values{"decision": {"allow"}, "for": {as}}).Get("code")).str("id_token"))
			}
		}
		act := func(c map[string]any) any { m, _ := c["act"].(map[string]any); return m["sub"] }
		farid, siti := names["d-farid farid"], names["d-siti siti"]
		if farid["sub"] == nil || farid["sub"] != siti["sub"] || act(farid) == act(siti) {
			t.Error(farid, siti)
		}
		if self := names["self farid"]; act(self) != nil || self["sub"] != act(farid) || self["sub"] == farid["sub"] {
			t.Error(self, farid)
		}
		if strings.Contains(fmt.Sprint(names), "202601000001") {
			t.Error("a company's number is its name on the wire: ", names)
		}
		if got := r.kinds("ssm:202601000001"); len(got) != 2 || got[0] != "claims.released" {
			t.Error(got)
		}
	})
}

// An order of protection is stronger than a yes that was remembered: from then
// on no program learns how the person is reached, whoever acts, and the record
// says what was told and not what was asked.
func TestHiddenFromPrograms(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.hub.set(func() {
			r.hub.delegate = "farid"
			r.hub.choices = []op.Choice{{ID: "d1", Principal: "aisyah", Name: "Aisyah", Kind: "carer"}}
		})
		phone := func(c *op.Client) { c.Scopes = append(c.Scopes, op.Wanted{Scope: "phone", Basis: "law-333"}) }
		scope := func(f url.Values) { f.Set("scope", "openid profile phone") }
		p, carer := r.program("one", "aisyah", phone), r.program("two", "farid", phone)
		tokens := map[*program]string{}
		for who, choice := range map[*program]string{p: "self", carer: "d1"} {
			q, _ := who.push(scope)
			back := who.browser.authorize(who.at, who.id, q.uri, url.Values{"decision": {"allow"}, "for": {choice}, "remember": {"1"}})
			tokens[who] = who.redeem(q, back.Get("code")).str("access_token")
			if u := who.userinfo(tokens[who]); u.str("phone_number") == "" {
				t.Fatal("nothing is told at all: this test would prove nothing: ", u)
			}
		}
		ask := func() string {
			t.Helper()
			if a := p.post("/oidc/bc-authorize", url.Values{"scope": {"openid phone"}, "login_hint": {"900101-14-5678"}, "binding_message": {"Ikan 42"}}, nil); a.status != http.StatusOK {
				t.Fatal(a)
			}
			_, page := p.browser.do("GET", r.base+"/me/calls", nil)
			return page
		}
		const held = "Tidak diberitahu selagi perintah melindungi anda"
		if strings.Contains(ask(), held) {
			t.Error("an order is told of that does not stand")
		}
		r.hub.set(func() { r.hub.hidden["aisyah"] = true })
		for who, token := range tokens {
			if u := who.userinfo(token); u.status != http.StatusOK || u.str("phone_number") != "" || u.str("name") != "Name of aisyah" {
				t.Error("program ", who.id, ": ", u)
			}
		}
		q, _ := p.push(scope)
		res, _ := p.browser.page(p.at, p.id, q.uri) // it was agreed to
		at, err := url.Parse(res.Header.Get("Location"))
		if err != nil || at.Query().Get("code") == "" {
			t.Fatal("asked again: ", res.StatusCode, err)
		}
		if u := p.userinfo(p.redeem(q, at.Query().Get("code")).str("access_token")); u.str("phone_number") != "" {
			t.Error("by a new token: ", u)
		}
		if last := r.entries("aisyah")[0].Record; strings.Contains(last.Why.EN, "phone") || !strings.Contains(last.Why.EN, "name") {
			t.Error("the record says ", last.Why.EN)
		}
		q, _ = p.push(func(f url.Values) { f.Set("scope", "openid profile phone birth") })
		if _, page := p.browser.page(p.at, p.id, q.uri); strings.Count(page, held) != 1 {
			t.Error("the page says nothing of the order")
		}
		if !strings.Contains(ask(), held) {
			t.Error("the page of calls says nothing of the order")
		}
		q, _ = carer.push(func(f url.Values) { f.Set("scope", "openid profile phone birth") })
		if _, page := carer.browser.page(carer.at, carer.id, q.uri); strings.Contains(page, held) {
			t.Error("who acts is told that there is an order")
		}
	})
}

// I5: a delegate has what the principal could give and the delegation covers,
// both are named, and its end is the end.
func TestActingFor(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.hub.set(func() {
			r.hub.delegate = "farid"
			r.hub.choices = []op.Choice{{ID: "d1", Principal: "nenek", Name: "Nenek", Kind: "carer", Scopes: []string{"profile"}}}
		})
		p := r.program("one", "farid", nil)
		q, _ := p.push(nil)
		back := p.browser.authorize(p.at, p.id, q.uri, url.Values{"decision": {"allow"}, "for": {"d1"}, "remember": {"1"}})
		a := p.redeem(q, back.Get("code"))
		id := p.idClaims(a.str("id_token"))
		act, _ := id["act"].(map[string]any)
		self := r.program("self", "farid", func(c *op.Client) { c.Sector = "one" })
		sq, _ := self.push(nil)
		own := self.idClaims(self.redeem(sq, self.browser.authorize(self.at, "self", sq.uri, url.Values{"decision": {"allow"}, "for": {"self"}}).Get("code")).str("id_token"))
		if act["sub"] != own["sub"] || id["sub"] == own["sub"] || own["act"] != nil {
			t.Error(id, own)
		}
		u := p.userinfo(a.str("access_token"))
		if u.str("name") != "Name of nenek" || u.str("birthdate") != "" {
			t.Error(u)
		}
		if a, b := r.kinds("nenek"), r.kinds("farid"); len(a) != 1 || len(b) != 3 {
			t.Error(a, b)
		}
		if by := r.entries("nenek")[0].Record.By; by.Name != "Name of farid" || by.For.Name != "Nenek" || by.For.As != "carer" || by.For.Right != "d1" {
			t.Errorf("the journal does not have both names: %+v", by)
		}
		r.hub.set(func() { r.hub.choices = nil })
		if a := p.post("/oidc/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.str("refresh_token")}}, nil); a.str("error") != "invalid_grant" {
			t.Error("a delegation that has ended: ", a)
		}
		q, _ = p.push(nil)
		if back := p.browser.authorize(p.at, p.id, q.uri, url.Values{"decision": {"allow"}, "for": {"d1"}}); back.Get("error") != "access_denied" {
			t.Error(back)
		}
	})
}

// A yes is remembered for each of those for whom somebody acts: nobody is asked
// what they have answered, and where two answers stand one press chooses. What
// has ended is not remembered, and withdrawing the one leaves the other.
func TestRememberedForEach(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.hub.set(func() {
			r.hub.delegate = "farid"
			r.hub.choices = []op.Choice{{ID: "d1", Principal: "nenek", Name: "Nenek", Kind: "carer", Scopes: []string{"profile"}}}
		})
		p := r.program("one", "farid", nil)
		asked := func(f url.Values) { f.Set("prompt", "consent") }
		answer := func(who string) answer {
			q, _ := p.push(asked)
			return p.redeem(q, p.browser.authorize(p.at, p.id, q.uri, url.Values{"decision": {"allow"}, "for": {who}, "remember": {"1"}}).Get("code"))
		}
		next := func(tweak func(f url.Values)) (code bool, page string) {
			q, _ := p.push(tweak)
			res, page := p.browser.page(p.at, p.id, q.uri)
			return strings.Contains(res.Header.Get("Location"), "code="), page
		}
		told := answer("d1")
		if code, page := next(nil); !code {
			t.Error("asked again for her grandmother: ", firstLine(page))
		}
		for _, prompt := range []string{"consent", "select_account"} {
			if code, page := next(func(f url.Values) { f.Set("prompt", prompt) }); code || !strings.Contains(page, `value="d1" `) {
				t.Errorf("%s does not ask: %s", prompt, firstLine(page))
			}
		}
		own := answer("self")
		code, page := next(nil)
		if code || !strings.Contains(page, `name="for" value="d1">Nenek</button>`) || !strings.Contains(page, `name="for" value="self">`) {
			t.Error("two answers stand, and none is one press away: ", firstLine(page))
		}
		q, _ := p.push(func(f url.Values) { f.Set("prompt", "none") })
		if res, _ := p.browser.page(p.at, p.id, q.uri); !strings.Contains(res.Header.Get("Location"), "error=account_selection_required") {
			t.Error("without a word: ", res.Header.Get("Location"))
		}
		if _, page := p.browser.do("GET", r.base+"/me/consents", nil); !strings.Contains(page, "Nenek") {
			t.Error("the list does not say for whom")
		}
		if res, _ := p.browser.do("POST", r.base+"/me/consents/one/withdraw", url.Values{"for": {"nenek"}}); res.StatusCode != http.StatusSeeOther {
			t.Error(res.StatusCode)
		}
		if u := p.userinfo(told.str("access_token")); u.status != http.StatusUnauthorized {
			t.Error("told after it was withdrawn: ", u)
		}
		if u := p.userinfo(own.str("access_token")); u.str("name") != "Name of farid" {
			t.Error("the other went with it: ", u)
		}
		if code, page := next(nil); !code {
			t.Error("his own answer stands alone and is asked for: ", firstLine(page))
		}
		answer("d1")
		r.hub.set(func() { r.hub.choices = nil })
		if code, page := next(nil); !code {
			t.Error("a right that has ended is in the way: ", firstLine(page))
		}
		if _, page := p.browser.do("GET", r.base+"/me/consents", nil); strings.Contains(page, "Nenek") {
			t.Error("and is listed")
		}
	})
}

// The door can name the program that waits behind a page, for as long as it does.
func TestVisitor(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", nil)
		q, _ := p.push(nil)
		_, page := p.browser.page(p.at, p.id, q.uri)
		at := action.FindStringSubmatch(page)
		if at == nil {
			t.Fatal(firstLine(page))
		}
		for page, want := range map[string]string{at[1]: "Program one", "/staff" + at[1]: "", at[1] + "x": "", "/oidc/authorize/": "", "/me": ""} {
			if name, err := r.Visitor(context.Background(), page); err != nil || name.EN != want {
				t.Error(page, name.EN, err)
			}
		}
	})
}

// A yes that was not to be remembered is in the person's list as long as the
// program can come again by itself, says so, and can be ended there; what it
// reads later is told as such.
func TestStandsWithoutBeingRemembered(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.hub.set(func() {
			r.hub.delegate = "farid"
			r.hub.choices = []op.Choice{{ID: "d1", Principal: "aisyah", Name: "Aisyah", Kind: "carer"}}
		})
		p := r.program("one", "aisyah", nil)
		list := func(b *browser) string { _, page := b.do("GET", r.base+"/me/consents", nil); return page }
		if !strings.Contains(list(p.browser), "Tiada aplikasi") {
			t.Fatal("listed before")
		}
		q, code := p.code(nil)
		a := p.redeem(q, code)
		refresh := func(a answer) answer {
			return p.post("/oidc/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.str("refresh_token")}}, nil)
		}
		if b := refresh(a); b.status != http.StatusOK {
			t.Fatal(b)
		}
		first, again := r.entries("aisyah")[1].Record.Why, r.entries("aisyah")[0].Record.Why
		if !strings.HasPrefix(first.EN, "Sign-in to Program one (JPJ).") || !strings.HasPrefix(again.EN, "Read again by Program one (JPJ), which you let in on ") {
			t.Error(first.EN, again.EN)
		}
		page := list(p.browser)
		for _, want := range []string{"Program one", "Nama dan jantina, Tarikh lahir", "tanpa kehadiran anda sehingga", "/me/consents/one/withdraw"} {
			if !strings.Contains(page, want) {
				t.Errorf("the list lacks %q", want)
			}
		}
		if strings.Contains(page, "Tidak bertanya lagi") || strings.Contains(page, "bertindak bagi pihak") {
			t.Error("the list says more than stands")
		}
		q, _ = p.push(nil)
		farid := r.browser("farid", 2)
		helped := p.redeem(q, farid.authorize(p.at, p.id, q.uri, url.Values{"decision": {"allow"}, "for": {"d1"}}).Get("code"))
		if !strings.Contains(list(farid), "Bagi Aisyah") || !strings.Contains(list(p.browser), "bertindak bagi pihak anda") {
			t.Error("for whom is not said")
		}
		if strings.Contains(list(r.browser("siti", 2)), "Program one") {
			t.Error("another's is listed")
		}
		if res, _ := p.browser.do("POST", r.base+"/me/consents/one/withdraw", url.Values{}); res.StatusCode != http.StatusSeeOther {
			t.Error(res.StatusCode)
		}
		for _, a := range []answer{a, helped} {
			if b := refresh(a); b.str("error") != "invalid_grant" {
				t.Error("read on after it was ended: ", b)
			}
		}
		if !strings.Contains(list(p.browser), "Tiada aplikasi") || !strings.Contains(list(farid), "Tiada aplikasi") {
			t.Error("still listed")
		}
	})
}
