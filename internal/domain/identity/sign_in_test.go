package identity_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/web"
)

const (
	aisyahs  = "900101-14-5678"
	password = "hujan di tengah hari"
)

// app is an authenticator app, by RFC 6238 and not by our code.
func app(secret string, at time.Time) string {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		panic(err)
	}
	m := hmac.New(sha1.New, key)
	if err := binary.Write(m, binary.BigEndian, at.Unix()/30); err != nil {
		panic(err)
	}
	sum := m.Sum(nil)
	n := binary.BigEndian.Uint32(sum[sum[19]&15:]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1000000)
}

var (
	setupField = regexp.MustCompile(`name="setup" value="([^"]*)"`)
	written    = regexp.MustCompile(`b-ref__code">([^<]*)<`)
)

func found(t *testing.T, re *regexp.Regexp, page string) (out []string) {
	t.Helper()
	for _, m := range re.FindAllStringSubmatch(page, -1) {
		out = append(out, m[1])
	}
	if len(out) == 0 {
		t.Fatalf("no %s in %s", re, page)
	}
	return out
}

// pair sets a password with an app for who is signed in, and gives the app's
// secret and the recovery codes.
func (b *browser) pair() (secret string, codes []string) {
	t := b.r.t
	t.Helper()
	page := b.get("/me/sign-in/password").Body.String()
	secret = found(t, written, page)[0]
	w := b.post("/me/sign-in/password", url.Values{"password": {password}, "setup": found(t, setupField, page), "code": {app(secret, b.r.clock.Now())}})
	if w.Code != http.StatusOK {
		t.Fatalf("set a password: %d %s", w.Code, w.Body)
	}
	b.r.clock.Advance(time.Minute)
	return secret, found(t, written, w.Body.String())
}

func (b *browser) byPassword(number, password, code string) *httptest.ResponseRecorder {
	return b.post("/sign-in/password", url.Values{"number": {number}, "password": {password}, "code": {code}, "next": {"/next-page"}})
}

func TestPasswordSignIn(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		b := r.browser()
		b.signIn("aisyah")
		secret, codes := b.pair()
		if len(codes) != 10 {
			t.Errorf("%d recovery codes", len(codes))
		}
		if k := r.kinds(); len(k) != 1 || k[0] != "signin.authenticator_added" || len(r.told) != 1 {
			t.Errorf("journal %q, told %+v", k, r.told)
		}
		b.post("/sign-out", nil)
		code := app(secret, r.clock.Now())
		if w := b.byPassword(aisyahs, password, code); w.Code != 303 || w.Header().Get("Location") != "/next-page" || b.person() != "aisyah" {
			t.Fatalf("%d to %q as %q", w.Code, w.Header().Get("Location"), b.person())
		}
		a, err := r.sessions.Resolve(t.Context(), b.cookies[web.SessionCookie])
		if err != nil || a.AAL != 2 || strings.Join(a.AMR, " ") != "pwd otp" {
			t.Errorf("%+v, %v", a, err)
		}
		other := r.browser()
		if w := other.byPassword(aisyahs, password, code); w.Code != 403 || other.person() != "" {
			t.Errorf("a code was good twice: %d", w.Code)
		}
		if w := other.byPassword(aisyahs, password, codes[0]); w.Code != 303 || other.person() != "aisyah" {
			t.Errorf("a recovery code in the app's place: %d", w.Code)
		}
		if w := b.get("/me/sign-in"); !strings.Contains(w.Body.String(), "9 kod") {
			t.Error("the page does not say how many codes are left")
		}
		if w := b.post("/me/sign-in/password/remove", nil); w.Code != http.StatusConflict {
			t.Errorf("the last way was removed: %d", w.Code)
		}
	})
}

// Nobody learns who is known here: the answers differ in nothing but what was
// typed.
func TestNobodyIsFoundAtTheDoor(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		b := r.browser()
		b.signIn("aisyah")
		b.pair()
		ask := func(number, password string) (int, string) {
			w := r.browser().byPassword(number, password, "000000")
			return w.Code, strings.ReplaceAll(w.Body.String(), number, "NUMBER")
		}
		status, body := ask(aisyahs, password)
		if status != http.StatusForbidden {
			t.Fatalf("%d %s", status, body)
		}
		for name, who := range map[string][2]string{"a wrong password": {aisyahs, "x"}, "somebody without one": {"880202-10-5432", password}, "nobody": {"111111-11-1111", password}} {
			if s, got := ask(who[0], who[1]); s != status || got != body {
				t.Errorf("%s is told apart: %d\n%s", name, s, got)
			}
		}
		begin := func(number string) string {
			x := r.browser()
			w := x.post("/recover", url.Values{"number": {number}})
			return strings.ReplaceAll(fmt.Sprint(w.Code, w.Header().Get("Location"), x.get("/recover/steps").Body, x.post("/recover/send", nil).Code,
				x.post("/recover/contact", url.Values{"sent": {"ABCD2345"}}).Body, x.post("/recover/code", url.Values{"code": {"ABCD2345"}}).Body), number, "NUMBER")
		}
		if begin(aisyahs) != begin("111111-11-1111") {
			t.Error("a recovery tells who is known")
		}
	})
}

// Who was let in by a code and opens a service makes a way of signing in first,
// and goes on to the service with it: by passkey or by password.
func TestStepUpOfWhoHasNothing(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		admitted := func() *device {
			t.Helper()
			d, token := r.device(), ""
			r.write(func(tx *db.Tx) (err error) {
				token, err = r.sessions.StartTx(tx, actor.Start{Person: "aisyah", Name: "Aisyah", Method: "activation", AAL: 1})
				return err
			})
			d.cookies[web.SessionCookie] = token
			return d
		}
		const ask = "/sign-in?aal=2&next=%2Fnext-page"
		d := admitted()
		page := d.get(ask).Body.String()
		if !strings.Contains(page, `href="/me/sign-in?next=%2Fnext-page"`) || strings.Contains(page, `name="password"`) {
			t.Fatalf("who has nothing is asked for it: %.3000s", page)
		}
		const finish = "/me/sign-in/passkey/finish?next=%2Fnext-page"
		keys := d.get("/me/sign-in?next=%2Fnext-page").Body.String()
		if !strings.Contains(keys, `data-finish="`+finish+`"`) || !strings.Contains(keys, `"/me/sign-in/password?next=%2Fnext-page"`) {
			t.Fatal("the page of the ways forgets where she was going")
		}
		if p := d.get("/me/sign-in/password?next=%2Fnext-page").Body.String(); !strings.Contains(p, `name="next" value="/next-page"`) {
			t.Error("so does the password's")
		}
		if w := d.registerAt(finish, "mine"); w.Code != 200 || !strings.Contains(w.Body.String(), `aal=2\u0026next=%2Fnext-page`) {
			t.Fatalf("a passkey does not lead on: %d %s", w.Code, w.Body)
		}
		if page := d.get(ask).Body.String(); !strings.Contains(page, `data-passkey="get"`) {
			t.Error("the passkey that was made is not asked for")
		}
		if w := d.enter("/next-page"); w.Code != 200 || !strings.Contains(w.Body.String(), "/next-page") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		other := r.device()
		other.browser = d.browser
		if w := other.registerAt("/me/sign-in/passkey/finish?next=https://evil.example/", "other"); w.Code != 200 || strings.Contains(w.Body.String(), "evil") {
			t.Errorf("it leads elsewhere: %s", w.Body)
		}
	})
}

// An empty field is named, and is no attempt; after a miss the number is still
// there, and what is secret is not.
func TestFormsOfTheDoorKeepTheNumber(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		for path, fields := range map[string][]string{"/kiosk": {"number", "code", "pin"}, "/sign-in/password": {"number", "password", "code"}} {
			b := r.browser()
			for range 8 {
				if w := b.post(path, nil); w.Code != 422 {
					t.Fatalf("%s, empty: %d", path, w.Code)
				}
			}
			page := b.post(path, url.Values{}).Body.String()
			for _, f := range fields {
				if !strings.Contains(page, `href="#`+f+`"`) || !strings.Contains(page, `id="`+f+`-error"`) {
					t.Errorf("%s does not name %s", path, f)
				}
			}
			typed := url.Values{"number": {"880202-10-5432"}, "code": {"WXYZ2345"}, "pin": {"864209"}, "password": {"notthisone"}}
			w := b.post(path, typed)
			if page := w.Body.String(); w.Code != 403 || !strings.Contains(page, `value="880202-10-5432"`) || strings.Contains(page, "WXYZ2345") || strings.Contains(page, "864209") || strings.Contains(page, "notthisone") {
				t.Errorf("%s after a miss: %d", path, w.Code)
			}
			if typed.Del("code"); b.post(path, typed).Code != 422 {
				t.Errorf("%s without a code is an attempt", path)
			}
		}
	})
}

// The device at the counter keeps nobody signed in and nothing of theirs.
func TestKiosk(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		pin, err := r.Hash(t.Context(), "204816")
		if err != nil {
			t.Fatal(err)
		}
		give := func(codes ...string) {
			t.Helper()
			err := r.db.Write(context.Background(), func(tx *db.Tx) error {
				return r.GiveCardTx(tx, actor.Actor{Person: "farid", Post: "counter"}, "siti", pin, codes)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		give("ABCD2345", "EFGH6789")
		b := r.browser()
		b.get("/kiosk")
		enter := func(code, pin string) *httptest.ResponseRecorder {
			return b.post("/kiosk", url.Values{"number": {"880202-10-5432"}, "code": {code}, "pin": {pin}})
		}
		if w := enter("ABCD2345", "000000"); w.Code != 403 || b.person() != "" {
			t.Errorf("a wrong PIN: %d", w.Code)
		}
		if w := enter("abcd 2345", "204816"); w.Code != 303 || b.person() != "siti" {
			t.Fatalf("%d as %q", w.Code, b.person())
		}
		page := b.get("/me/sign-in").Body.String()
		if !strings.Contains(page, `http-equiv="refresh" content="180;url=/kiosk/end"`) {
			t.Error("the page does not end by itself")
		}
		for _, offer := range []string{"/me/sign-in/passkey/begin", "/me/sign-in/password", "/me/sign-in/codes"} {
			if strings.Contains(page, offer) {
				t.Errorf("the page offers %s to whoever comes next", offer)
			}
		}
		if !strings.Contains(page, "digunakan oleh ramai orang") {
			t.Error("the page does not say where to do it instead")
		}
		key := r.device()
		key.browser = b
		for name, w := range map[string]*httptest.ResponseRecorder{"a passkey": key.register("shared"), "a password's page": b.get("/me/sign-in/password"),
			"a password": b.post("/me/sign-in/password", url.Values{"password": {password}, "setup": {"x"}, "code": {"000000"}}), "codes": b.post("/me/sign-in/codes", nil)} {
			if w.Code != http.StatusForbidden {
				t.Errorf("%s is added at a kiosk: %d", name, w.Code)
			}
		}
		token := b.cookies[web.SessionCookie]
		r.clock.Advance(15*time.Minute + time.Second)
		if b.person() != "" {
			t.Error("after 15 minutes somebody is signed in")
		}
		b.post("/form", url.Values{"a": {"1"}})
		if b.cookies["balai_stash"] != "" {
			t.Error("what was sent there is kept for whoever comes next")
		}
		if w := enter("EFGH6789", "204816"); w.Code != 303 || b.cookies[web.SessionCookie] == token {
			t.Fatalf("%d", w.Code)
		}
		token = b.cookies[web.SessionCookie]
		b.get("/kiosk/end")
		if a, err := r.sessions.Resolve(t.Context(), token); err != nil || a.SignedIn() || b.cookies[web.SessionCookie] != "" {
			t.Error("the way out ends nothing")
		}
		give("JKMN2345") // a new card, for one that was lost
		err = r.db.Read(t.Context(), func(tx *db.Tx) error {
			until, err := r.Held(tx, "siti")
			if until == 0 {
				t.Error("a new card holds nothing up")
			}
			return err
		})
		if k := r.kinds(); err != nil || k[len(k)-1] != "signin.recovered" {
			t.Errorf("journal %q, %v", k, err)
		}
	})
}

// Whoever is suspended comes in by no means, and what was open is shut in the
// same commit.
func TestSuspended(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		d := r.device()
		d.signIn("aisyah")
		if w := d.register("x"); w.Code != 200 {
			t.Fatal(w.Body)
		}
		secret, codes := d.pair()
		open := r.browser()
		open.signIn("aisyah")
		by := actor.System("balai")
		if err := r.Suspend(t.Context(), by, "person", "aisyah", false); err != nil {
			t.Fatal(err)
		}
		if open.person() != "" || d.person() != "" {
			t.Error("somebody suspended is signed in")
		}
		for name, w := range map[string]*httptest.ResponseRecorder{
			"by passkey":  d.enter(""),
			"by password": d.byPassword(aisyahs, password, app(secret, r.clock.Now())),
			"by code":     d.byPassword(aisyahs, password, codes[0]),
			"by the demo": d.post("/demo/sign-in", url.Values{"as": {"aisyah"}}),
		} {
			if w.Code != http.StatusForbidden || d.person() != "" {
				t.Errorf("%s: %d", name, w.Code)
			}
		}
		b := r.browser()
		b.recover(codes[1], "")
		if w := b.post("/recover/finish", url.Values{"lost": {"password"}}); w.Code != http.StatusForbidden || b.person() != "" {
			t.Errorf("by recovery: %d", w.Code)
		}
		if err := r.Suspend(t.Context(), by, "person", "aisyah", true); err != nil {
			t.Fatal(err)
		}
		if w := d.enter(""); w.Code != 200 {
			t.Errorf("after it was lifted: %d %s", w.Code, w.Body)
		}
		if err := r.Suspend(t.Context(), by, "person", "nobody-at-all", false); err == nil {
			t.Error("nobody was suspended")
		}
	})
}

// An officer who is suspended loses the posts, and stays a citizen.
func TestSuspendedStaff(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		r.post(desk, "farid")
		b := r.browser()
		b.signIn("farid")
		if err := r.Suspend(t.Context(), actor.System("balai"), "staff", "farid", false); err != nil {
			t.Fatal(err)
		}
		if b.person() != "" {
			t.Error("an officer who is suspended is signed in")
		}
		b.signIn("farid")
		if a, err := r.sessions.Resolve(t.Context(), b.cookies[web.SessionCookie]); err != nil || a.Officer() || a.Person != "farid" {
			t.Errorf("%+v, %v", a, err)
		}
		if w := b.post("/me/posts", url.Values{"post": {desk.ID}}); w.Code != http.StatusForbidden {
			t.Errorf("the post is taken up again: %d", w.Code)
		}
	})
}

// A form that needs more is there afterwards, and sent once.
func TestStepUp(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		token := ""
		err := r.db.Write(context.Background(), func(tx *db.Tx) (err error) {
			token, err = r.sessions.StartTx(tx, actor.Start{Person: "aisyah", Name: "Aisyah", Method: "invite", AAL: 1})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		b := r.browser()
		b.cookies[web.SessionCookie] = token
		w := b.do("POST", "/strong", urlencoded, "a=1", "Referer", base+"/form-page")
		to := w.Header().Get("Location")
		if w.Code != 303 || !strings.Contains(to, "aal=2") || !strings.Contains(to, "next=%2Fform-page") || len(r.received) > 0 {
			t.Fatalf("%d to %q, received %q", w.Code, to, r.received)
		}
		if page := b.get(to).Body.String(); !strings.Contains(page, "Satu langkah lagi") {
			t.Error("the page does not say what is asked for")
		}
		to = b.signIn("aisyah")
		if b.get(to); len(r.received) != 1 || !strings.HasPrefix(r.received[0], "aisyah: ") {
			t.Errorf("received %q from %q", r.received, to)
		}
		if w := b.post("/strong", url.Values{"a": {"2"}}); w.Code != 303 || len(r.received) != 2 {
			t.Errorf("who is strong enough is asked again: %d %q", w.Code, r.received)
		}
	})
}

// At a device of everybody's a stronger sign-in, or one by other means than the
// card, lasts no longer than that by card, goes on being one at a kiosk, and
// leaves no trace there.
func TestStepUpAtAKiosk(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		b := r.browser()
		b.signIn("aisyah")
		secret, _ := b.pair()
		r.write(func(tx *db.Tx) error {
			token, err := r.sessions.StartTx(tx, actor.Start{Person: "aisyah", Name: "Aisyah", Method: "card", AAL: 2, AMR: []string{"otp", "pin"}, Life: 15 * time.Minute})
			b.cookies[web.SessionCookie] = token
			_, err2 := tx.Exec("delete from identity_seen")
			return errors.Join(err, err2)
		})
		byPassword := func(form url.Values) {
			t.Helper()
			r.clock.Advance(time.Minute)
			form.Set("password", password)
			form.Set("code", app(secret, r.clock.Now()))
			w := b.post("/sign-in/password", form)
			a, err := r.sessions.Resolve(t.Context(), b.cookies[web.SessionCookie])
			if err != nil || w.Code != http.StatusSeeOther || !a.AtKiosk() || strings.Join(a.AMR, " ") != "pwd otp" {
				t.Errorf("%d, %+v, %v", w.Code, a, err)
			}
			r.clock.Advance(14 * time.Minute)
			b.post("/me/posts", url.Values{"post": {"self"}})
			if b.person() != "aisyah" {
				t.Error("it ends before its time")
			}
			r.clock.Advance(time.Minute)
			if b.person() != "" {
				t.Error("somebody is signed in after 15 minutes")
			}
		}
		byPassword(url.Values{}) // with the card's session
		b.cookies["balai_kiosk"] = "1"
		byPassword(url.Values{"number": {aisyahs}})
		var n int64
		if err := r.db.Read(t.Context(), func(tx *db.Tx) error {
			return tx.QueryRow("select count(*) from identity_seen").Scan(&n)
		}); err != nil || n != 0 {
			t.Errorf("%d are remembered, %v", n, err)
		}
	})
}

// Who is signed in and asked for a stronger sign-in types no number again, and
// whoever they type for, it is they who enter.
func TestStepUpAsksForNoNumber(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		b := r.browser()
		b.signIn("aisyah")
		secret, _ := b.pair()
		weak := func() {
			r.write(func(tx *db.Tx) error {
				token, err := r.sessions.StartTx(tx, actor.Start{Person: "aisyah", Name: "Aisyah", Method: "invite", AAL: 1})
				b.cookies[web.SessionCookie] = token
				return err
			})
		}
		weak()
		to := b.do("POST", "/strong", urlencoded, "a=1", "Referer", base+"/form-page").Header().Get("Location")
		page := b.get(to).Body.String()
		if strings.Contains(page, `name="number"`) || !strings.Contains(page, "current-password webauthn") {
			t.Error("the number is asked for again")
		}
		if w := b.post("/sign-in/password", url.Values{"password": {"wrong"}, "code": {"000000"}}); w.Code != http.StatusForbidden ||
			strings.Contains(w.Body.String(), `name="number"`) || !strings.Contains(w.Body.String(), `href="#password"`) {
			t.Errorf("refused: %d", w.Code)
		}
		r.clock.Advance(time.Minute)
		if w := b.post("/sign-in/password", url.Values{"password": {password}, "code": {app(secret, r.clock.Now())}}); w.Code != 303 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if b.get("/sign-in/resume"); len(r.received) != 1 || !strings.HasPrefix(r.received[0], "aisyah: ") {
			t.Errorf("received %q", r.received)
		}
		if w := r.browser().post("/sign-in/password", url.Values{"password": {password}, "code": {app(secret, r.clock.Now())}}); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("without a number and signed out: %d", w.Code)
		}
	})
}

// A person sees where they are signed in, and ends what they like, of their own.
func TestSessions(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		here, there, third, thief := r.browser(), r.browser(), r.browser(), r.browser()
		here.signIn("aisyah")
		there.do("POST", "/demo/sign-in", urlencoded, "as=aisyah", "User-Agent", "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36")
		third.signIn("aisyah")
		thief.signIn("farid")
		page := here.get("/me/sign-in").Body.String()
		if !strings.Contains(page, "Chrome, Android") {
			t.Error("the other device has no name")
		}
		a, err := r.sessions.Resolve(t.Context(), there.cookies[web.SessionCookie])
		if err != nil {
			t.Fatal(err)
		}
		if w := thief.post("/me/sign-in/end", url.Values{"session": {a.Session}}); w.Code != 404 || there.person() == "" {
			t.Errorf("another's session was ended: %d", w.Code)
		}
		if w := here.post("/me/sign-in/end", url.Values{"session": {a.Session}}); w.Code != 303 || there.person() != "" || third.person() == "" {
			t.Errorf("one: %d", w.Code)
		}
		if w := here.post("/me/sign-in/end", url.Values{"session": {"others"}}); w.Code != 303 || third.person() != "" || here.person() == "" || thief.person() == "" {
			t.Errorf("all others: %d", w.Code)
		}
	})
}
