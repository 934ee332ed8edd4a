package identity_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/domain/identity"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
)

func TestDemoSignIn(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		r.post(directory.Post{ID: "kb-reg", Unit: "jpn", Role: "jpn/registration-officer", Title: locale.Same("Pegawai")}, "farid")
		b := r.browser()
		w := b.post("/demo/sign-in", url.Values{"as": {"aisyah"}})
		if w.Code != 303 || w.Header().Get("Location") != "/me" || b.person() != "aisyah" {
			t.Fatalf("%d %s %q", w.Code, w.Header().Get("Location"), b.person())
		}
		c := w.Result().Cookies()[0]
		if c.Name != web.SessionCookie || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure || c.Path != "/" {
			t.Errorf("cookie %+v", c)
		}
		first := b.cookies[web.SessionCookie]
		if to := b.signIn("farid"); to != "/desk" || b.person() != "farid" {
			t.Errorf("the officer goes to %s", to)
		}
		if a, err := r.sessions.Resolve(context.Background(), first); err != nil || a.SignedIn() {
			t.Errorf("the session before goes on: %v %v", a, err)
		}
		a, err := r.sessions.Resolve(context.Background(), b.cookies[web.SessionCookie])
		if err != nil || a.Post != "kb-reg" {
			t.Errorf("the officer's post: %+v %v", a, err)
		}
		if w := b.post("/demo/sign-in", url.Values{"as": {"nobody"}}); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("nobody: %d", w.Code)
		}
		if w := b.do("POST", "/demo/sign-in", urlencoded, "as=aisyah", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
			t.Errorf("from another site: %d", w.Code)
		}
		if w := b.post("/sign-out", nil); w.Code != 303 || b.person() != "" {
			t.Errorf("signed out: %d %q", w.Code, b.person())
		}
	})
}

func TestSecureCookieUnderHTTPS(t *testing.T) {
	r := newRig(t, dbtest.Open(t, "sqlite", migrations()...), "https://balai.example", demo{})
	b := r.browser()
	w := b.do("POST", "/demo/sign-in", urlencoded, "as=aisyah")
	if w.Code != http.StatusTemporaryRedirect {
		t.Fatalf("another host: %d", w.Code)
	}
}

func TestServeHasNoDemoDoor(t *testing.T) {
	r := newRig(t, dbtest.Open(t, "sqlite", migrations()...), base, nil)
	b := r.browser()
	for _, path := range []string{"/demo", "/demo/sign-in"} {
		if w := b.get(path); w.Code != 404 {
			t.Errorf("GET %s: %d", path, w.Code)
		}
	}
	if w := b.post("/demo/sign-in", url.Values{"as": {"aisyah"}}); w.Code != 404 || len(b.cookies) > 0 {
		t.Errorf("%d %v", w.Code, b.cookies)
	}
}

// After sign-in nobody is led to another host.
func TestOpenRedirect(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		for next, want := range map[string]string{
			"/service/jpn/birth-registration": "/service/jpn/birth-registration",
			"/a?b=c%20d":                      "/a?b=c%20d",
			"//evil.example":                  "/me", `/\evil.example`: "/me", "/%2fevil.example": "/me", "/%5cevil.example": "/me",
			"https://evil.example": "/me", "javascript:alert(1)": "/me", "/\t/evil.example": "/me", "\\\\evil.example": "/me",
			"/%2F%2Fevil.example": "/me", "///evil.example": "/me", "/x\r\nSet-Cookie: a=b": "/me", "": "/me",
		} {
			b := r.browser()
			w := b.post("/demo/sign-in", url.Values{"as": {"aisyah"}, "next": {next}})
			if got := w.Header().Get("Location"); got != want {
				t.Errorf("next %q leads to %q, want %q", next, got, want)
			}
			page := b.get("/sign-in?next=" + url.QueryEscape(next)).Body.String()
			for _, on := range []string{"finish?next=", "/demo?next="} {
				if carried := strings.Contains(page, on); carried != (want != "/me") {
					t.Errorf("the page carries %q on: %v", next, carried)
				}
			}
		}
	})
}

type host map[string]locale.Text

func (h host) Visitor(_ context.Context, page string) (locale.Text, error) { return h[page], nil }

// Whom a program sent reads its name at the door; nobody else reads one.
func TestDoorNamesTheProgram(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		r.SentBy(host{"/oidc/authorize/x": locale.Same("Lesen Digital")})
		for next, want := range map[string]bool{"/oidc/authorize/x": true, "/oidc/authorize/y": false, "": false} {
			page := r.browser().get("/sign-in?next=" + url.QueryEscape(next)).Body.String()
			if strings.Contains(page, "meneruskan ke Lesen Digital") != want {
				t.Error(next)
			}
		}
	})
}

// A form sent after the session ended is carried out after sign-in, once,
// with the body it had.
func TestPostedFormSurvivesSignIn(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		b := r.browser()
		b.signIn("aisyah")
		r.clock.Advance(8 * 24 * time.Hour)
		if b.person() != "" {
			t.Fatal("the session goes on")
		}
		w := b.do("POST", "/form?x=1", urlencoded, "child_name=Nur+Iman&a=1&a=2", "Referer", base+"/apply/name?page=2")
		if to := w.Header().Get("Location"); w.Code != 303 || to != "/sign-in?next="+url.QueryEscape("/apply/name?page=2") {
			t.Fatalf("%d %s", w.Code, to)
		}
		if page := b.get("/sign-in").Body.String(); !strings.Contains(page, "disimpan") {
			t.Error("the page does not say that the answers are kept")
		}
		if len(r.received) > 0 {
			t.Fatal("carried out before sign-in")
		}
		if to := b.signIn("aisyah"); to != "/sign-in/resume?next=%2Fme" {
			t.Fatalf("after sign-in: %s", to)
		}
		w = b.get("/sign-in/resume")
		if w.Code != 303 || w.Header().Get("Location") != "/next-page" {
			t.Fatalf("resume: %d %s", w.Code, w.Header().Get("Location"))
		}
		want := []string{"aisyah: " + urlencoded + " x=1 child_name=Nur+Iman&a=1&a=2"}
		if !slices.Equal(r.received, want) {
			t.Fatalf("received %q", r.received)
		}
		if w := b.get("/sign-in/resume?next=/x"); len(r.received) != 1 || w.Header().Get("Location") != "/x" { // the back button
			t.Fatal("carried out twice", w.Header())
		}
		if w := b.get("/sign-in/resume?next=//evil.example"); w.Header().Get("Location") != "/me" {
			t.Error("led away to", w.Header().Get("Location"))
		}
		// Eight windows at once carry it out once.
		r.clock.Advance(8 * 24 * time.Hour)
		b.post("/form", url.Values{"b": {"1"}})
		b.signIn("aisyah")
		var wg sync.WaitGroup
		for range 8 {
			again := &browser{r, maps.Clone(b.cookies)}
			wg.Go(func() { again.get("/sign-in/resume") })
		}
		wg.Wait()
		if len(r.received) != 2 {
			t.Fatalf("received %q", r.received)
		}
	})
}

// On a shared device the answers of one are never sent as another's.
func TestKeptFormIsItsSendersOnly(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		for name, leave := range map[string]func(b *browser){
			"session over": func(*browser) { r.clock.Advance(8 * 24 * time.Hour) },
			"signed out":   func(b *browser) { b.post("/sign-out", nil) },
		} {
			b := r.browser()
			b.signIn("aisyah")
			leave(b)
			b.post("/form", url.Values{"secret": {"1"}})
			b.signIn("farid")
			if w := b.get("/sign-in/resume"); w.Code != http.StatusConflict || len(r.received) > 0 {
				t.Errorf("%s: %d, received %q", name, w.Code, r.received)
			}
			b.signIn("aisyah")
			if b.get("/sign-in/resume"); len(r.received) > 0 {
				t.Errorf("%s: what was thrown away came back", name)
			}
		}
		// Without the cookie there is nothing to claim, and too late is too late.
		b := r.browser()
		b.post("/form", url.Values{"a": {"1"}})
		thief := r.browser()
		thief.signIn("farid")
		thief.get("/sign-in/resume")
		r.clock.Advance(2 * time.Hour)
		b.signIn("aisyah")
		b.get("/sign-in/resume")
		if len(r.received) > 0 {
			t.Errorf("received %q", r.received)
		}
	})
}

func TestKeptFormsAreBounded(t *testing.T) {
	r := newRig(t, dbtest.Open(t, "sqlite", migrations()...), base, demo{})
	stranger := r.browser()
	w := stranger.post("/form", url.Values{"a": {strings.Repeat("x", 20<<10)}})
	if w.Code != http.StatusUnauthorized || len(stranger.cookies) > 0 {
		t.Errorf("a stranger's large form: %d", w.Code)
	}
	known := r.browser()
	known.signIn("aisyah")
	r.clock.Advance(8 * 24 * time.Hour)
	if w := known.post("/form", url.Values{"a": {strings.Repeat("x", 200<<10)}}); w.Code != 303 {
		t.Errorf("a large form of somebody known: %d", w.Code)
	}
	if w := known.post("/form", url.Values{"a": {strings.Repeat("x", 2<<20)}}); w.Code != http.StatusUnauthorized {
		t.Errorf("a huge form of somebody known: %d", w.Code)
	}
}

func TestInvite(t *testing.T) {
	each(t, nil, func(t *testing.T, r *rig) {
		ctx := context.Background()
		if _, err := r.Invite(ctx, "  ", identity.AdminRole); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("without a name: %v", err)
		}
		if _, err := r.Invite(ctx, "Puan Zaleha", "no-such-post"); fault.CodeOf(err) != fault.Missing {
			t.Errorf("to no post: %v", err)
		}
		link, err := r.Invite(ctx, "Puan Zaleha", identity.AdminRole)
		if err != nil {
			t.Fatal(err)
		}
		path, ok := strings.CutPrefix(link, base)
		if !ok {
			t.Fatalf("the link leads to %s", link)
		}
		// Looking at it, as mail scanners do, uses nothing up.
		for range 3 {
			if w := r.browser().get(path); w.Code != 200 || !strings.Contains(w.Body.String(), "Puan Zaleha") {
				t.Fatalf("the invitation: %d", w.Code)
			}
		}
		// Of many at once, one comes in.
		var wg sync.WaitGroup
		codes := make([]int, 8)
		browsers := make([]*browser, len(codes))
		for i := range codes {
			browsers[i] = r.browser()
			wg.Go(func() { codes[i] = browsers[i].post(path, nil).Code })
		}
		wg.Wait()
		in := 0
		for i, code := range codes {
			switch {
			case code == 303:
				in++
				a, err := r.sessions.Resolve(ctx, browsers[i].cookies[web.SessionCookie])
				if err != nil || a.Role != identity.AdminRole || a.Name != "Puan Zaleha" {
					t.Errorf("came in as %+v %v", a, err)
				}
			case code != 404:
				t.Errorf("answer %d", code)
			}
		}
		if in != 1 {
			t.Errorf("%d came in: %v", in, codes)
		}
		if w := r.browser().get(path); w.Code != 404 {
			t.Errorf("used, and still there: %d", w.Code)
		}
		late, err := r.Invite(ctx, "Encik Lewat", identity.AdminPost)
		if err != nil {
			t.Fatal(err)
		}
		r.clock.Advance(73 * time.Hour)
		if w := r.browser().post(strings.TrimPrefix(late, base), nil); w.Code != 404 {
			t.Errorf("too late: %d", w.Code)
		}
	})
}

// Each begins where their work is.
func TestHome(t *testing.T) {
	r := newRig(t, dbtest.Open(t, "sqlite", migrations()...), base, demo{})
	if to := r.browser().signIn("aisyah"); to != "/me" {
		t.Error("a citizen begins at", to)
	}
	for _, c := range []struct{ role, want string }{
		{"jpn/service-team", "/team"}, {identity.AdminRole, "/admin/import"}, {"jpn/assistant-registrar", "/desk"},
	} {
		r.post(directory.Post{ID: "post", Unit: "jpn", Role: c.role, Title: locale.Same("Jawatan")}, "farid")
		if to := r.browser().signIn("farid"); to != c.want {
			t.Errorf("%s begins at %s", c.role, to)
		}
	}
}

func TestChoosePost(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		r.post(directory.Post{ID: "a-reg", Unit: "jpn", Role: "jpn/registration-officer", Title: locale.Same("Pegawai Pendaftaran")}, "farid")
		r.post(directory.Post{ID: "b-asst", Unit: "jpn", Role: "jpn/assistant-registrar", Title: locale.Same("Penolong Pendaftar")}, "farid")
		r.post(directory.Post{ID: "c-other", Unit: "jpn", Role: "jpn/team", Title: locale.Same("Lain")}, "siti")
		b := r.browser()
		b.signIn("farid")
		post := func() string {
			a, err := r.sessions.Resolve(context.Background(), b.cookies[web.SessionCookie])
			if err != nil {
				t.Fatal(err)
			}
			return a.Person + "/" + a.Post
		}
		for _, c := range []struct{ choose, want string }{{"b-asst", "farid/b-asst"}, {"self", "farid/"}, {"c-other", "farid/"}, {"", "farid/"}, {"a-reg", "farid/a-reg"}} {
			b.post("/me/posts", url.Values{"post": {c.choose}})
			if got := post(); got != c.want {
				t.Errorf("chose %q, is %s, want %s", c.choose, got, c.want)
			}
		}
	})
}

// Each page in each language has every sentence.
func TestPagesHaveEverySentence(t *testing.T) {
	for name, r := range map[string]*rig{
		"demo":  newRig(t, dbtest.Open(t, "sqlite", migrations()...), base, demo{}),
		"serve": newRig(t, dbtest.Open(t, "sqlite", migrations()...), base, nil),
	} {
		link, err := r.Invite(context.Background(), "Puan Zaleha", identity.AdminRole)
		if err != nil {
			t.Fatal(err)
		}
		in, out := r.browser(), r.browser()
		other, err := r.Invite(context.Background(), "Encik Lain", identity.AdminRole)
		if err != nil {
			t.Fatal(err)
		}
		if w := in.post(strings.TrimPrefix(other, base), nil); w.Code != 303 {
			t.Fatalf("%s: came in: %d", name, w.Code)
		}
		if w := out.get("/sign-in"); name == "serve" && !strings.Contains(w.Body.String(), `href="/agencies"`) {
			t.Error("an empty hall's door does not tell a citizen what to do")
		}
		for _, b := range []*browser{in, out} {
			for _, path := range []string{"/admin", "/sign-in", "/sign-in?next=/x", "/signed-out", "/me/sign-in", "/me/sign-in?added=1", "/me/sign-in?removed=1",
				"/me/posts", "/demo", "/demo?next=/x", "/invite/nothing", strings.TrimPrefix(link, base), "/sign-in/resume"} {
				for _, lang := range []string{"ms", "en"} {
					sep := "?"
					if strings.Contains(path, "?") {
						sep = "&"
					}
					w := b.get(path + sep + "lang=" + lang)
					if strings.Contains(w.Body.String(), "⟦") || w.Code == 500 {
						t.Errorf("%s: %s in %s: %d, or lacks a sentence", name, path, lang, w.Code)
					}
				}
			}
		}
	}
}

// A form that was sent before anybody had signed in may be somebody else's: it
// waits for a yes, and one that would give power over the person is not kept.
func TestStrangersFormIsAskedAbout(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		for _, answer := range []string{"drop", "send"} {
			b := r.browser()
			b.post("/form", url.Values{"a": {answer}})
			b.signIn("aisyah")
			for range 2 {
				if w := b.get("/sign-in/resume?next=/x"); w.Code != http.StatusOK || len(r.received) > 0 || !strings.Contains(w.Body.String(), `value="send"`) {
					t.Fatalf("not asked about: %d, received %q", w.Code, r.received)
				}
			}
			w := b.post("/sign-in/resume", url.Values{"do": {answer}, "next": {"/x"}})
			if w.Code != http.StatusSeeOther || (len(r.received) == 1) != (answer == "send") {
				t.Fatalf("%s: %d, received %q", answer, w.Code, r.received)
			}
			if b.post("/sign-in/resume", url.Values{"do": {"send"}}); len(r.received) > 1 || answer == "drop" && len(r.received) > 0 {
				t.Fatalf("%s and once more: received %q", answer, r.received)
			}
		}
		kept := r.browser()
		kept.post("/form?keeps=1", url.Values{"a": {"kept"}})
		kept.signIn("aisyah")
		if kept.get("/sign-in/resume"); len(r.received) != 2 {
			t.Errorf("answers that are read again before they are sent were asked about: %q", r.received)
		}
		b := r.browser()
		b.post("/me/posts", url.Values{"post": {"self"}})
		if to := b.signIn("aisyah"); strings.Contains(to, "resume") {
			t.Errorf("a stranger's form about somebody's own affairs waits: %s", to)
		}
	})
}

// Whoever sits down at a device after somebody signed out can neither give
// themself power over them nor send anything in their name unasked.
func TestFormAfterSignOutIsAskedAbout(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		b := r.browser()
		b.signIn("aisyah")
		b.post("/sign-out", nil)
		b.post("/me/mandates", url.Values{"to": {"person"}, "services": {"all"}})
		if to := b.signIn("aisyah"); strings.Contains(to, "resume") {
			t.Errorf("a form that gives power over her waits: %s", to)
		}
		b.post("/sign-out", nil)
		b.post("/form", url.Values{"a": {"1"}})
		b.signIn("aisyah")
		if w := b.get("/sign-in/resume"); w.Code != http.StatusOK || len(r.received) > 0 || !strings.Contains(w.Body.String(), `value="send"`) {
			t.Fatalf("not asked about: %d, received %q", w.Code, r.received)
		}
		if b.post("/sign-in/resume", url.Values{"do": {"send"}}); len(r.received) != 1 {
			t.Errorf("lost: received %q", r.received)
		}
		r.clock.Advance(8 * 24 * time.Hour) // the session is over, and nobody ended it
		b.post("/me/mandates", url.Values{"to": {"person"}})
		b.signIn("aisyah")
		if w := b.get("/sign-in/resume"); w.Code != http.StatusOK {
			t.Errorf("a form that gives power over her was sent unasked: %d", w.Code)
		}
	})
}

// The sweep takes what is over and leaves what is not.
func TestSweep(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		old := r.browser()
		old.signIn("aisyah")
		r.clock.Advance(8 * 24 * time.Hour)
		old.post("/form", url.Values{"a": {"1"}})
		fresh := r.browser()
		fresh.signIn("farid")
		if err := r.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if fresh.person() != "farid" {
			t.Error("a live session is gone")
		}
		old.signIn("aisyah")
		if old.get("/sign-in/resume"); len(r.received) != 1 {
			t.Error("a form that was waiting is gone")
		}
		count := func(table string) (n int) {
			t.Helper()
			err := r.db.Read(t.Context(), func(tx *db.Tx) error { return tx.QueryRow(`select count(*) from ` + table).Scan(&n) })
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		r.clock.Advance(31 * 24 * time.Hour)
		if err := r.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"identity_seen", "identity_stash", "actor_session"} {
			if n := count(table); n != 0 {
				t.Errorf("%s: %d are left", table, n)
			}
		}
	})
}
