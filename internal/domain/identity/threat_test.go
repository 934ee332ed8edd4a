package identity_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
)

// What has broken elsewhere: docs/threats-identity.md names each of these.

// invited is the path of a link that an administrator makes for an officer.
func (b *browser) invited(person, post string) (path string, status int) {
	w := b.post("/admin/officers/invite", url.Values{"person": {person}, "post": {post}})
	link := regexp.MustCompile(regexp.QuoteMeta(base) + `/invite/[\w-]+`).FindString(w.Body.String())
	return strings.TrimPrefix(link, base), w.Code
}

// A link is for the first time: it makes nobody an officer who has a way of
// signing in, neither an old link's finder nor the administrator who made it
// (Keycloak, CVE-2026-37982), and puts nobody back into a post that they left.
func TestLinkIsForTheFirstTime(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		admin := r.admin()
		r.post(desk, "farid")
		first, _ := admin.invited("farid", desk.ID)
		second, _ := admin.invited("farid", desk.ID)
		left, _ := admin.invited("farid", desk.ID)
		d := r.device()
		if w := d.post(first, nil); w.Code != http.StatusSeeOther || d.person() != "farid" {
			t.Fatalf("%d as %q", w.Code, d.person())
		}
		if w := d.register("own"); w.Code != http.StatusOK {
			t.Fatal(w.Body)
		}
		thief := r.device()
		if w := thief.post(second, nil); w.Code != http.StatusNotFound || thief.person() != "" {
			t.Errorf("an old link: %d as %q", w.Code, thief.person())
		}
		r.post(directory.Post{ID: "two", Unit: desk.Unit, Role: desk.Role, Title: desk.Title}, "aisyah")
		own := r.browser()
		own.signIn("aisyah")
		own.pair()
		if _, status := admin.invited("aisyah", "two"); status != http.StatusConflict {
			t.Errorf("the administrator makes a link to be somebody: %d", status)
		}
		// Who has no number and lost the key is invited again: nothing of before opens anything.
		again, status := admin.invited("farid", desk.ID)
		fresh := r.browser()
		if w := fresh.post(again, nil); status != http.StatusOK || w.Code != http.StatusSeeOther || fresh.person() != "farid" || d.person() != "" {
			t.Errorf("invited again: %d, %d as %q, before %q", status, w.Code, fresh.person(), d.person())
		}
		if w := d.enter(""); w.Code != http.StatusForbidden {
			t.Errorf("the key that was lost: %d", w.Code)
		}
		if k := r.kinds(); !slices.Contains(k, "signin.recovered") {
			t.Errorf("journal %q", k)
		}
		r.write(func(tx *db.Tx) error {
			if _, err := tx.Exec("delete from identity_passkey"); err != nil {
				return err
			}
			return r.directory.LeaveTx(tx, r, actor.System("jpn"), "farid", desk.ID)
		})
		leaver := r.browser()
		if w := leaver.post(left, nil); w.Code != http.StatusNotFound || leaver.person() != "" {
			t.Errorf("who has left comes back: %d as %q", w.Code, leaver.person())
		}
		err := r.db.Read(t.Context(), func(tx *db.Tx) error {
			_, holds, err := r.directory.InPost(tx, "farid", desk.ID, r.clock.Now().UnixMicro())
			if holds {
				t.Error("the post is theirs again")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func (r *rig) write(act func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.db.Write(context.Background(), act); err != nil {
		r.t.Fatal(err)
	}
}

// What a recovery by codes opens is no officer: it makes a new way of signing
// in, and the post comes after.
func TestRecoveredServesNobodyYet(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		r.post(directory.Post{ID: desk.ID, Unit: desk.Unit, Role: desk.Role, Title: desk.Title}, "aisyah")
		b := r.browser()
		b.signIn("aisyah")
		_, codes := b.pair()
		b = r.browser()
		b.recover(codes[0], "")
		if w := b.post("/recover/finish", url.Values{"lost": {"password"}}); w.Code != http.StatusSeeOther || b.person() != "aisyah" {
			t.Fatal(w.Code)
		}
		officer := func() bool {
			a, err := r.sessions.Resolve(t.Context(), b.cookies[web.SessionCookie])
			if err != nil {
				t.Fatal(err)
			}
			return a.Officer()
		}
		if w := b.post("/me/posts", url.Values{"post": {desk.ID}}); officer() || !strings.HasPrefix(w.Header().Get("Location"), "/sign-in?") {
			t.Errorf("an officer by codes: %d to %q", w.Code, w.Header().Get("Location"))
		}
		d := r.device()
		d.browser = b
		if w := d.register("new"); w.Code != http.StatusOK {
			t.Fatal(w.Body)
		}
		if w := d.enter(""); w.Code != http.StatusOK || !officer() {
			t.Errorf("with the new way: %d", w.Code)
		}
	})
}

// However many recoveries are begun, a contact gets five codes a day.
func TestCodesAreNotSentWithoutEnd(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		for range 12 {
			b := r.browser()
			b.post("/recover", url.Values{"number": {aisyahs}})
			for range 3 {
				if w := b.post("/recover/send", nil); w.Code != http.StatusSeeOther {
					t.Fatalf("told apart: %d", w.Code)
				}
				r.clock.Advance(3 * time.Minute)
			}
			r.clock.Advance(15 * time.Minute) // as long as whoever begins many is made to wait
		}
		if n := len(r.told); n != 5 {
			t.Errorf("%d codes in a day", n)
		}
		r.clock.Advance(24 * time.Hour)
		b := r.browser()
		b.post("/recover", url.Values{"number": {aisyahs}})
		if b.post("/recover/send", nil); len(r.told) != 6 {
			t.Error("none the day after")
		}
	})
}

// No address that a request claims gets into a link or a redirect (Zitadel,
// CVE-2025-64101): a request to another host is sent to the hall's own and does
// nothing, and what a proxy is said to have seen is not believed.
func TestHostIsNotBelieved(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		r.post(desk, "farid")
		admin := r.admin()
		form := url.Values{"person": {"farid"}, "post": {desk.ID}}.Encode()
		claims := []string{"X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https", "Forwarded", "host=evil.example", "X-Original-Host", "evil.example", "Origin", base}
		w := admin.do("POST", "/admin/officers/invite", urlencoded, form, claims...)
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "evil.example") || !strings.Contains(w.Body.String(), base+"/invite/") {
			t.Errorf("a link: %d", w.Code)
		}
		r.kinds()
		for _, path := range []string{"/admin/officers/invite", "/recover", "/sign-in/password", "/demo/sign-in", "/sign-out"} {
			w := admin.at("evil.example", "POST", path, form+"&as=aisyah&number="+aisyahs)
			if to := w.Header().Get("Location"); w.Code != http.StatusTemporaryRedirect || to != base+path || len(w.Result().Cookies()) > 0 {
				t.Errorf("%s: %d to %q", path, w.Code, to)
			}
		}
		if k := r.kinds(); len(k) > 0 || len(r.told) > 0 {
			t.Errorf("another host did something: %q %v", k, r.told)
		}
		b := r.browser()
		b.do("POST", "/recover", urlencoded, url.Values{"number": {aisyahs}}.Encode(), claims...)
		b.do("POST", "/recover/send", urlencoded, "", claims...)
		for _, m := range r.told {
			for _, v := range m.Args {
				if strings.Contains(v, "evil") || strings.Contains(v, "://") {
					t.Errorf("a message says %q", v)
				}
			}
		}
	})
}

// While the register is away nobody comes in on trust, nobody is taken for
// somebody new, and nothing is written (Zitadel, CVE-2025-64717).
func TestRegisterIsAway(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		d := r.device()
		d.signIn("aisyah")
		if w := d.register("x"); w.Code != http.StatusOK {
			t.Fatal(w.Body)
		}
		secret, codes := d.pair()
		d.browser = r.browser()
		recovery := r.browser()
		recovery.recover(codes[1], "")
		r.kinds()
		r.away = errors.New("the register is away")
		for name, try := range map[string]func() int{
			"by passkey":  func() int { return d.enter("").Code },
			"by password": func() int { return d.byPassword(aisyahs, password, app(secret, r.clock.Now())).Code },
			"by card":     func() int { return d.post("/kiosk", url.Values{"number": {aisyahs}, "code": {"x"}, "pin": {"1"}}).Code },
			"by recovery": func() int { return recovery.post("/recover/finish", url.Values{"lost": {"password"}}).Code },
			"by the demo": func() int { return d.post("/demo/sign-in", url.Values{"as": {"aisyah"}}).Code },
		} {
			if status := try(); status < 500 || d.person() != "" || recovery.person() != "" {
				t.Errorf("%s: %d", name, status)
			}
		}
		if k := r.kinds(); len(k) > 0 {
			t.Errorf("written: %q", k)
		}
		r.away = nil
		if w := d.enter(""); w.Code != http.StatusOK || d.person() != "aisyah" {
			t.Errorf("afterwards: %d", w.Code)
		}
	})
}

// Who plants a session in somebody's browser does not get theirs: each sign-in
// and each step up has a token of its own, and the one before is dead.
func TestSessionIsNotFixed(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		evil := r.browser()
		evil.signIn("farid")
		planted := evil.cookies[web.SessionCookie]
		for name, token := range map[string]string{"another's": planted, "made up": strings.Repeat("A", len(planted))} {
			b := r.browser()
			b.cookies[web.SessionCookie] = token
			b.signIn("aisyah")
			if b.cookies[web.SessionCookie] == token || b.person() != "aisyah" {
				t.Errorf("%s token lives on", name)
			}
			if a, err := r.sessions.Resolve(t.Context(), token); err != nil || a.SignedIn() {
				t.Errorf("%s token is signed in as %q", name, a.Person)
			}
		}
		r.post(directory.Post{ID: "p", Unit: "jpn", Role: "jpn/registration-officer", Title: locale.Same("P")}, "farid")
		b := r.browser()
		b.signIn("farid")
		before := b.cookies[web.SessionCookie]
		b.post("/me/posts", url.Values{"post": {"self"}})
		if a, err := r.sessions.Resolve(t.Context(), before); err != nil || a.SignedIn() || b.person() != "farid" {
			t.Error("the token of a post left is alive")
		}
	})
}

// Whatever is wrong, the same is worked out: the slow hash is made for a number
// that is nobody's as it is for a wrong password, so that the time tells no more
// than the page does. Its memory is what shows that it was made.
func TestNobodyCostsAsMuch(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		b := r.browser()
		b.signIn("aisyah")
		b.pair()
		pin, err := r.Hash(t.Context(), "204816")
		if err != nil {
			t.Fatal(err)
		}
		r.write(func(tx *db.Tx) error {
			return r.GiveCardTx(tx, actor.Actor{Person: "farid", Post: "counter"}, "siti", pin, []string{"ABCD2345"})
		})
		const slow = 19 << 20 // argon2id's memory, bytes
		for name, try := range map[string]func(x *browser) int{
			"a wrong password":          func(x *browser) int { return x.byPassword(aisyahs, "x", "000000").Code },
			"a wrong code":              func(x *browser) int { return x.byPassword(aisyahs, password, "000000").Code },
			"somebody without either":   func(x *browser) int { return x.byPassword("880202-10-5432", password, "000000").Code },
			"nobody":                    func(x *browser) int { return x.byPassword("111111-11-1111", password, "000000").Code },
			"a wrong PIN":               func(x *browser) int { return x.card("880202-10-5432", "000000") },
			"somebody without a card":   func(x *browser) int { return x.card(aisyahs, "204816") },
			"nobody, with a card's PIN": func(x *browser) int { return x.card("111111-11-1111", "204816") },
		} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			status := try(r.browser())
			runtime.ReadMemStats(&after)
			if made := after.TotalAlloc - before.TotalAlloc; status != http.StatusForbidden || made < slow || made > 2*slow {
				t.Errorf("%s: %d with %d MiB of work", name, status, made>>20)
			}
		}
	})
}

func (b *browser) card(number, pin string) int {
	return b.post("/kiosk", url.Values{"number": {number}, "code": {"JKMN2345"}, "pin": {pin}}).Code
}
