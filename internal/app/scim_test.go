package app

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/domain/identity/op"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
)

// scimKey is an agency's key, as a program sends it.
func (r *rig) scimKey(agency string) string {
	r.t.Helper()
	_, secret, err := r.scim.MakeKey(r.t.Context(), actor.System("balai"), agency)
	r.must(err)
	return "Bearer " + secret
}

// scimDo sends one request to an agency's directory of staff.
func (r *rig) scimDo(status int, key, method, path string, body any, headers ...string) map[string]any {
	r.t.Helper()
	got := r.ask("", method, "/scim/v2"+path, body, append([]string{"Authorization", key, "Accept", "application/scim+json"}, headers...)...)
	if got.StatusCode != status {
		r.t.Fatalf("%s %s: %d, want %d: %s", method, path, got.StatusCode, status, got.body)
	}
	out := map[string]any{}
	if got.body != "" {
		r.must(json.Unmarshal([]byte(got.body), &out))
	}
	return out
}

func patchOf(ops ...map[string]any) map[string]any {
	return map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": ops}
}

// A leaver loses posts, sessions and tokens in the one commit that says so, by
// whichever way the agency says it.
func TestLeaverLosesAllAtOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		tokens := &endedTokens{}
		r.scim.Tokens = tokens
		jpn := r.scimKey("jpn")
		off := patchOf(map[string]any{"op": "replace", "path": "active", "value": false})
		for who, leave := range map[string]func(){
			"salmah": func() { r.scimDo(http.StatusOK, jpn, "PATCH", "/Users/salmah", off) },
			"hamid":  func() { r.scimDo(http.StatusNoContent, jpn, "DELETE", "/Users/hamid", nil) },
		} {
			desk := who + "/post"
			r.gets(http.StatusOK, desk, "GET", "/desk", nil)
			before := r.count(`select count(*) from journal_leaf`)
			leave()
			r.wants(who+"'s sessions", r.count(`select count(*) from actor_session where person = $1`, who), 0)
			r.wants(who+"'s posts", r.count(`select count(*) from directory_holding where person = $1 and (until_at = 0 or until_at > $2)`, who, clock.Micro(r.now.Now())), 0)
			r.wants(who+"'s tokens", tokens.ended(who), 1)
			if r.count(`select count(*) from journal_leaf`) <= before {
				t.Error("it is on no record")
			}
			if got := r.ask(desk, "GET", "/desk", nil); got.StatusCode == http.StatusOK {
				t.Errorf("%s is at the desk", who)
			}
		}
		r.scimDo(http.StatusNotFound, jpn, "GET", "/Users/hamid", nil)
		r.wants("who is left", r.scimDo(http.StatusOK, jpn, "GET", "/Users/salmah", nil)["active"], false)
		tokens.fail = true // all or nothing
		got := r.ask("", "PATCH", "/scim/v2/Users/rahman", off, "Authorization", jpn)
		r.wants("when tokens cannot be ended", got.StatusCode, http.StatusInternalServerError)
		if strings.Contains(got.body, "tokens are away") {
			t.Errorf("it tells what went wrong inside: %s", got.body)
		}
		r.wants("the post stays", r.count(`select count(*) from directory_holding where person = 'rahman' and until_at = 0`), 1)
	})
}

type endedTokens struct {
	mu   sync.Mutex
	of   map[string]int
	fail bool
}

func (e *endedTokens) EndTx(tx *db.Tx, person string) error {
	if e.fail {
		return fmt.Errorf("tokens are away")
	}
	tx.OnCommit(func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.of == nil {
			e.of = map[string]int{}
		}
		e.of[person]++
	})
	return nil
}

func (e *endedTokens) ended(person string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.of[person]
}

// A key reaches its own agency's people and posts, and nobody else's by any
// path; without one that holds there is nothing.
func TestStaffOfAnotherAgency(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		jpn, jkm := r.scimKey("jpn"), r.scimKey("jkm")
		list := fmt.Sprint(r.scimDo(http.StatusOK, jkm, "GET", "/Users", nil))
		if !strings.Contains(list, "means") || strings.Contains(list, "salmah") {
			t.Errorf("the list is not the agency's own: %s", list)
		}
		off := patchOf(map[string]any{"op": "replace", "path": "active", "value": false})
		for _, c := range []struct {
			method, path string
			body         any
		}{{"GET", "/Users/salmah", nil}, {"PATCH", "/Users/salmah", off}, {"DELETE", "/Users/salmah", nil}, {"GET", "/Groups/salmah-post", nil},
			{"PUT", "/Users/salmah", map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": "mine"}},
			{"PATCH", "/Groups/salmah-post", patchOf(map[string]any{"op": "remove", "path": "members"})}, {"PATCH", "/Users/m0", off}, {"GET", "/Users/m0", nil}} {
			r.scimDo(http.StatusNotFound, jkm, c.method, c.path, c.body)
		}
		r.scimDo(http.StatusBadRequest, jkm, "PATCH", "/Groups/means-post", patchOf(map[string]any{"op": "replace", "path": "members", "value": []any{map[string]any{"value": "salmah"}}}))
		for _, key := range []string{"", "Bearer ", "Bearer x", "Basic " + strings.TrimPrefix(jpn, "Bearer ")} {
			r.scimDo(http.StatusUnauthorized, key, "GET", "/Users", nil)
		}
		r.gets(http.StatusUnauthorized, "salmah/post", "GET", "/scim/v2/Users", nil) // a session is no key
		r.scimKey("jpn")
		r.scimDo(http.StatusUnauthorized, jpn, "GET", "/Users", nil) // a new one ends the old
		r.wants("keys as they are", r.count(`select count(*) from scim_key where hash = $1`, strings.TrimPrefix(jkm, "Bearer ")), 0)
	})
}

// Somebody comes, is put into a post from now on, and is told apart from who
// was there before; posts are the administrator's, and one person's at a time.
func TestStaffComes(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		jpn := r.scimKey("jpn")
		user := map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": "Nora", "externalId": "K-7",
			"name": map[string]any{"formatted": "Nora binti Ali"}, "emails": []any{map[string]any{"value": "nora@jpn.example", "type": "work"}}}
		made := r.scimDo(http.StatusCreated, jpn, "POST", "/Users", user)
		id, _ := made["id"].(string)
		user["userName"] = "nora" // the same, in another case
		r.scimDo(http.StatusConflict, jpn, "POST", "/Users", user)
		found := r.scimDo(http.StatusOK, jpn, "GET", `/Users?filter=externalId%20eq%20%22K-7%22`, nil)
		r.wants("found", found["totalResults"], 1)
		r.scimDo(http.StatusBadRequest, jpn, "GET", `/Users?filter=userName%20resembles%201`, nil)
		page := r.scimDo(http.StatusOK, jpn, "GET", "/Users?startIndex=2&count=1", nil)
		list, _ := page["Resources"].([]any)
		r.wants("a page", fmt.Sprint(page["startIndex"], " ", page["itemsPerPage"], " ", len(list)), "2 1 1")

		add := patchOf(map[string]any{"op": "add", "path": "members", "value": []any{map[string]any{"value": id}}})
		r.scimDo(http.StatusBadRequest, jpn, "PATCH", "/Groups/salmah-post", add) // somebody holds it
		group := r.scimDo(http.StatusOK, jpn, "GET", "/Groups/salmah-post", nil)
		tag := fmt.Sprint(group["meta"].(map[string]any)["version"])
		r.scimDo(http.StatusPreconditionFailed, jpn, "PATCH", "/Groups/salmah-post", add, "If-Match", `W/"other"`)
		r.now.Advance(time.Second)
		swap := patchOf(map[string]any{"op": "remove", "path": `members[value eq "salmah"]`}, map[string]any{"op": "add", "path": "members", "value": []any{map[string]any{"value": id}}})
		r.scimDo(http.StatusOK, jpn, "PATCH", "/Groups/salmah-post", swap, "If-Match", tag)
		r.read(func(tx *db.Tx) error {
			for at, who := range map[int64]string{clock.Micro(r.now.Now()): id, clock.Micro(r.now.Now().Add(-time.Hour)): "salmah"} {
				if _, in, err := r.directory.InPost(tx, who, "salmah-post", at); err != nil || !in {
					t.Errorf("%s is not in the post when they should be: %v", who, err)
				}
			}
			return nil
		})
		r.scimDo(http.StatusNotImplemented, jpn, "POST", "/Groups", map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Group"}, "displayName": "Baharu"})
		r.scimDo(http.StatusBadRequest, jpn, "PATCH", "/Groups/salmah-post", patchOf(map[string]any{"op": "replace", "path": "displayName", "value": "Raja"}))
		for _, path := range []string{"/Schemas", "/ResourceTypes", "/ServiceProviderConfig"} {
			r.scimDo(http.StatusOK, jpn, "GET", path, nil)
		}
		r.write(func(tx *db.Tx) error { // who works for another agency as well
			return r.directory.LoadTx(tx, directory.Set{Holdings: []directory.Holding{{Post: "means-post", Person: id, From: clock.Micro(r.now.Now())}}})
		})
		r.scimDo(http.StatusForbidden, jpn, "PATCH", "/Users/"+id, patchOf(map[string]any{"op": "replace", "path": "name.formatted", "value": "Somebody Else"}))
	})
}

// What the two directories that most agencies have really send is taken as it is
// meant: truths as words, operations with a capital, paths as keys, a filter
// before each new person, and much that is not held here.
func TestDirectoriesAsTheySpeak(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		jpn := r.scimKey("jpn")
		const core, enterprise = "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
		users := func(filter string) []any {
			t.Helper()
			list, _ := r.scimDo(http.StatusOK, jpn, "GET", "/Users?filter="+url.QueryEscape(filter), nil)["Resources"].([]any)
			return list
		}
		r.wants("before", len(users(`userName eq "nora@jpn.example"`)), 0)
		nora := r.scimDo(http.StatusCreated, jpn, "POST", "/Users", map[string]any{"schemas": []string{core, enterprise}, "userName": "nora@jpn.example",
			"externalId": "00u1", "name": map[string]any{"givenName": "Nora", "familyName": "Ali"}, "displayName": "Nora Ali", "locale": "ms-MY", "groups": []any{},
			"title": "Kerani", "password": "never kept", "phoneNumbers": []any{map[string]any{"value": "+60123456789", "type": "work"}}, "active": true,
			"emails":   []any{map[string]any{"primary": true, "value": "nora@jpn.example", "type": "work", "display": "work"}},
			enterprise: map[string]any{"department": "Pendaftaran", "employeeNumber": "77"}})
		path := "/Users/" + nora["id"].(string)
		for _, f := range []string{`userName eq "NORA@jpn.example"`, `externalId eq "00u1"`, `id eq "` + nora["id"].(string) + `"`, `emails[type eq "work"].value eq "nora@jpn.example"`} {
			r.wants(f, len(users(f)), 1)
		}
		r.wants("one whom the hall's directory made", len(users(`userName eq "salmah"`)), 1)
		r.wants("one with nobody's number", len(users(`externalId eq "00u2"`)), 0)
		name := func(a map[string]any) any { return a["name"].(map[string]any)["formatted"] }

		got := r.scimDo(http.StatusOK, jpn, "PATCH", path, patchOf( // Entra ID
			map[string]any{"op": "Replace", "path": "displayName", "value": "Nora Ali Osman"}, map[string]any{"op": "Add", "path": "title", "value": "Ketua"},
			map[string]any{"op": "Replace", "path": `phoneNumbers[type eq "work"].value`, "value": "+60199999999"},
			map[string]any{"op": "Add", "path": enterprise + ":department", "value": "Arkib"}))
		r.wants("a new name", name(got), "Nora Ali Osman")
		got = r.scimDo(http.StatusOK, jpn, "PATCH", path, patchOf(map[string]any{"op": "Add", "value": map[string]any{ // Entra ID, older
			`emails[type eq "work"].value`: "nora.ali@jpn.example", "name.givenName": "Nora", "name.familyName": "Osman", "externalId": "00u3", "title": "Ketua"}}))
		r.wants("names and numbers", fmt.Sprint(name(got), got["externalId"], got["emails"].([]any)[0].(map[string]any)["value"]), "Nora Osman00u3nora.ali@jpn.example")
		tag := r.scimDo(http.StatusOK, jpn, "GET", path, nil)["meta"].(map[string]any)["version"]
		got = r.scimDo(http.StatusOK, jpn, "PATCH", path, patchOf(map[string]any{"op": "Replace", "path": "preferredLanguage", "value": "ms"}))
		r.wants("nothing of it is held", got["meta"].(map[string]any)["version"], tag)
		r.scimDo(http.StatusBadRequest, jpn, "PATCH", path, patchOf(map[string]any{"op": "Replace", "path": "salary", "value": 5}))

		r.scimDo(http.StatusOK, jpn, "PATCH", "/Groups/salmah-post", patchOf(map[string]any{"op": "Remove", "path": "members", "value": []any{map[string]any{"value": nora["id"]}}}))
		r.wants("whoever else was named", len(r.scimDo(http.StatusOK, jpn, "GET", "/Groups/salmah-post", nil)["members"].([]any)), 1)

		off := []map[string]any{{"op": "Replace", "path": "jobTitle", "value": "x"}} // no attribute of a user: all of it is refused
		r.scimDo(http.StatusBadRequest, jpn, "PATCH", path, patchOf(append(off, map[string]any{"op": "Replace", "path": "active", "value": "False"})...))
		r.wants("active", r.scimDo(http.StatusOK, jpn, "GET", path, nil)["active"], true)
		for _, op := range []map[string]any{
			{"op": "Replace", "path": "active", "value": "False"}, {"op": "replace", "value": map[string]any{"active": true}}, {"op": "Replace", "value": map[string]any{"active": "False"}},
		} {
			was := r.scimDo(http.StatusOK, jpn, "GET", path, nil)["active"]
			got := r.scimDo(http.StatusOK, jpn, "PATCH", path, patchOf(op, map[string]any{"op": "Replace", "path": "title", "value": "Bekas"}))
			r.wants(fmt.Sprint(op), got["active"], was != true)
		}
	})
}

// A refusal is said in the protocol's words, also that of a key.
func TestSCIMRefuses(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		jpn := r.scimKey("jpn")
		for _, c := range []struct {
			status    int
			key, path string
			challenge string
		}{{http.StatusUnauthorized, "", "/Users", `Bearer realm="balai"`}, {http.StatusUnauthorized, "Bearer wrong", "/Users", `Bearer realm="balai", error="invalid_token"`},
			{http.StatusUnauthorized, "Bearer wrong", "/ServiceProviderConfig", `Bearer realm="balai", error="invalid_token"`},
			{http.StatusNotFound, jpn, "/Users/nobody", ""}, {http.StatusNotFound, jpn, "/Nothing", ""}} {
			headers := []string{}
			if c.key != "" {
				headers = append(headers, "Authorization", c.key)
			}
			got := r.ask("", "GET", "/scim/v2"+c.path, nil, headers...)
			var said struct {
				Schemas        []string
				Status, Detail string
			}
			r.must(json.Unmarshal([]byte(got.body), &said))
			if got.StatusCode != c.status || got.Header.Get("WWW-Authenticate") != c.challenge || got.Header.Get("Content-Type") != "application/scim+json" ||
				said.Status != fmt.Sprint(c.status) || said.Detail == "" || len(said.Schemas) != 1 || said.Schemas[0] != "urn:ietf:params:scim:api:messages:2.0:Error" {
				t.Errorf("%s with %q: %d %v %s", c.path, c.key, got.StatusCode, got.Header, got.body)
			}
		}
	})
}

// Who leaves is out of the agency's bought software too, in the same commit: the
// token that it holds tells nothing from then on, and it is told so.
func TestLeaverIsOutOfBoughtSoftware(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.now.Set(clock.System().Now()) // which the library goes by
		var mu sync.Mutex
		var heard []string
		soft := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			heard = append(heard, q.PostFormValue("logout_token"))
		}))
		defer soft.Close()
		r.hook.Loopback = true
		const back = "https://soft.example/cb"
		r.write(func(tx *db.Tx) error {
			return r.op.SaveClientTx(tx, op.Client{ID: "soft", Agency: "jpn", Profile: op.Staff, State: op.Live, Sector: "jpn", Name: locale.Same("Soft"), Purpose: locale.Same("x"),
				RedirectURIs: []string{back}, Logout: soft.URL, Secret: op.HashSecret("s3cret"), Scopes: []op.Wanted{{Scope: "profile"}}})
		})
		verifier := strings.Repeat("v", 64)
		challenge := sha256.Sum256([]byte(verifier))
		to := "/staff/oidc/authorize?" + url.Values{"client_id": {"soft"}, "response_type": {"code"}, "redirect_uri": {back}, "scope": {"openid profile"}, "state": {"s"},
			"code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}}.Encode()
		for range 2 {
			to = r.gets(http.StatusSeeOther, "salmah/post", "GET", to, nil).Header.Get("Location")
			if strings.HasPrefix(to, back) {
				break
			}
		}
		at, err := url.Parse(to)
		r.must(err)
		got := r.ask("", "POST", "/staff/oidc/token", url.Values{"grant_type": {"authorization_code"}, "code": {at.Query().Get("code")}, "redirect_uri": {back}, "code_verifier": {verifier}},
			"Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("soft:s3cret")))
		token, _ := got.json(t)["access_token"].(string)
		info := func() reply {
			return r.ask("", "GET", "/staff/oidc/userinfo", nil, "Authorization", "Bearer "+token)
		}
		if said := info(); said.StatusCode != http.StatusOK || !strings.Contains(said.body, "jpn/registration-officer") {
			t.Fatalf("the software is told nothing: this test would prove nothing: %d %s, %s", said.StatusCode, said.body, got.body)
		}
		r.scimDo(http.StatusOK, r.scimKey("jpn"), "PATCH", "/Users/salmah", patchOf(map[string]any{"op": "Replace", "path": "active", "value": "False"}))
		if said := info(); said.StatusCode != http.StatusUnauthorized || strings.Contains(said.body, "salmah") {
			t.Errorf("after they left: %d %s", said.StatusCode, said.body)
		}
		r.wants("grants", r.count(`select count(*) from op_grant`), 0)
		r.wants("queued", r.count(`select count(*) from outbox_job where kind = 'op.logout'`), 1)
		r.drain()
		mu.Lock()
		defer mu.Unlock()
		r.wants("told", len(heard), 1)
		if parts := strings.Split(heard[0], "."); len(parts) != 3 {
			t.Errorf("told %q", heard[0])
		}
	})
}

// The same new person sent fifty times at once is one.
func TestStaffOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		jpn := r.scimKey("jpn")
		user := map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": "nora"}
		var all sync.WaitGroup
		codes := make([]int, 50)
		for i := range codes {
			all.Go(func() { codes[i] = r.ask("", "POST", "/scim/v2/Users", user, "Authorization", jpn).StatusCode })
		}
		all.Wait()
		made := 0
		for _, c := range codes {
			if c == http.StatusCreated {
				made++
			} else if c != http.StatusConflict {
				t.Errorf("answered %d", c)
			}
		}
		r.wants("made", made, 1)
		r.wants("there", r.count(`select count(*) from scim_user where folded = 'nora'`), 1)
	})
}

// A protected officer's place is no secret that the agency's directory keeps:
// it has names, posts and addresses at work, and nothing of the register.
func TestStaffTellsNothingOfTheRegister(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.protect()
		r.seat("m1", "jpn-03", "jpn/registration-officer")
		body := fmt.Sprint(r.scimDo(http.StatusOK, r.scimKey("jpn"), "GET", "/Users/m1", nil))
		for _, tells := range []string{"940312", "Jalan Melur", "15400", "Kota Bharu", "m1@contoh.example", fullName(1)} {
			if strings.Contains(body, tells) {
				t.Errorf("it tells %q: %s", tells, body)
			}
		}
	})
}
