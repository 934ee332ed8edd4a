package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
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
