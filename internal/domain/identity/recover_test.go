package identity_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"balai/internal/domain/identity"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
)

var desk = directory.Post{ID: "jpn-desk", Unit: "jpn", Role: "jpn/registration-officer", Title: locale.Same("Pegawai")}

// sent is the code that the last message has.
func (r *rig) sent() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.told) - 1; i >= 0; i-- {
		if code := r.told[i].Args["code"]; code != "" {
			return code
		}
	}
	return ""
}

// recover shows a recovery code and, unless number says whose, of Aisyah's
// account, and the code that reaches her contact.
func (b *browser) recover(code, number string) {
	b.r.t.Helper()
	if number == "" {
		number = aisyahs
	}
	b.post("/recover", url.Values{"number": {number}})
	if code != "" {
		if w := b.post("/recover/code", url.Values{"code": {code}}); w.Code != 303 {
			b.r.t.Fatalf("a recovery code: %d", w.Code)
		}
	}
	b.post("/recover/send", nil)
	if w := b.post("/recover/contact", url.Values{"sent": {b.r.sent()}}); w.Code != 303 {
		b.r.t.Fatalf("the code that was sent: %d", w.Code)
	}
}

func TestRecover(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		d := r.device()
		d.signIn("aisyah")
		if w := d.register("lost"); w.Code != 200 {
			t.Fatal(w.Body)
		}
		_, codes := d.pair()
		lost := d.keyID()
		b := r.browser()
		b.recover(codes[0], "")
		page := b.get("/recover/steps").Body.String()
		if !strings.Contains(page, lost) || !strings.Contains(page, `value="password"`) {
			t.Fatalf("what may be lost is not asked: %s", page)
		}
		if w := b.post("/recover/finish", nil); w.Code != 422 || b.person() != "" {
			t.Errorf("nothing is said to be lost: %d", w.Code)
		}
		r.kinds()
		if w := b.post("/recover/finish", url.Values{"lost": {lost}}); w.Code != 303 || b.person() != "aisyah" {
			t.Fatalf("finish: %d as %q", w.Code, b.person())
		}
		if d.person() != "" {
			t.Error("a session from before goes on")
		}
		if w := d.enter(""); w.Code != 403 {
			t.Errorf("what was lost opens the door: %d", w.Code)
		}
		if k := r.kinds(); len(k) != 1 || k[0] != "signin.recovered" || r.told[len(r.told)-1].Key != "identity.notice.recovered" || !r.told[len(r.told)-1].Alarm {
			t.Errorf("journal %q, told %+v", k, r.told[len(r.told)-1])
		}
		texts, err := locale.Load(identity.Texts)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []locale.Printer{texts.For(locale.Malay), texts.For(locale.English)} {
			m := r.told[len(r.told)-1]
			for key, ends := range map[string][]string{".body": {"at", "until"}, ".text": {"at"}} { // day and hour, in a letter and in a text message
				said := p.T(m.Key+key, "what", "", "site", "Balai Khidmat", "at", "<at>", "until", "<until>")
				for _, end := range ends {
					if at, err := strconv.ParseInt(m.Args[end+".time"], 10, 64); err != nil || at < r.clock.Now().UnixMicro() || !strings.Contains(said, "<"+end+">") {
						t.Errorf("%s does not say %s: %q, %v", m.Key+key, end, said, m.Args)
					}
				}
			}
		}
		for _, m := range r.told {
			for _, v := range m.Args {
				if strings.Contains(v, "://") {
					t.Errorf("a message has a link in it: %q", v)
				}
			}
		}
		a, err := r.sessions.Resolve(t.Context(), b.cookies[web.SessionCookie])
		if err != nil || a.AAL != 1 {
			t.Errorf("the session is worth more than what was shown: %+v, %v", a, err)
		}
		held := func() (until int64) {
			t.Helper()
			err := r.db.Read(t.Context(), func(tx *db.Tx) (err error) { until, err = r.Held(tx, "aisyah"); return err })
			if err != nil {
				t.Fatal(err)
			}
			return until
		}
		if held() != r.clock.Now().Add(24*time.Hour).UnixMicro() {
			t.Errorf("held until %d", held())
		}
		fresh := r.device()
		fresh.browser = b
		if w := fresh.register("new"); w.Code != 200 {
			t.Fatalf("a new key: %d %s", w.Code, w.Body)
		}
		again := r.device()
		again.browser = b
		if w := again.register("another"); w.Code != 401 {
			t.Errorf("a recovery adds more than one: %d", w.Code)
		}
		r.clock.Advance(24 * time.Hour)
		if held() != 0 {
			t.Error("the hold does not end")
		}
	})
}

// What can be nobody's number begins nothing, and is said beside its field; the
// steps show the number as it was typed.
func TestRecoveryReadsTheNumber(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		for _, number := range []string{"", "  ", "12345", "991331-14-5678", "90010114567a", "9001011456789", "900101<14>5678"} {
			b := r.browser()
			w := b.post("/recover", url.Values{"number": {number}})
			if page := w.Body.String(); w.Code != 422 || !strings.Contains(page, `id="number-error"`) || b.cookies["balai_recover"] != "" {
				t.Errorf("%q begins a recovery: %d", number, w.Code)
			}
		}
		b := r.browser()
		b.post("/recover", url.Values{"number": {" 900101 14 5678"}})
		if page := b.get("/recover/steps").Body.String(); !strings.Contains(page, "900101 14 5678") {
			t.Error("the steps do not show the number")
		}
	})
}

// No step is skipped, none counts twice, none counts in another browser, and
// none for somebody else.
func TestRecoverySkipsNothing(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		d := r.device()
		d.signIn("aisyah")
		if w := d.register("x"); w.Code != 200 {
			t.Fatal(w.Body)
		}
		_, codes := d.pair()
		lost := url.Values{"lost": {"password"}}
		refused := func(name string, b *browser) {
			t.Helper()
			if w := b.post("/recover/finish", lost); w.Code/100 != 4 || b.person() != "" {
				t.Errorf("%s: %d as %q", name, w.Code, b.person())
			}
		}
		refused("without beginning", r.browser())
		one := r.browser()
		one.post("/recover", url.Values{"number": {aisyahs}})
		refused("without showing anything", one)
		for _, c := range codes[:2] {
			one.post("/recover/code", url.Values{"code": {c}})
		}
		refused("with one path, twice", one)

		one.post("/recover/send", nil)
		code := r.sent()
		thief := r.browser()
		thief.post("/recover", url.Values{"number": {aisyahs}})
		if w := thief.post("/recover/contact", url.Values{"sent": {code}}); w.Code != 403 {
			t.Errorf("a code that was sent for another browser: %d", w.Code)
		}
		stranger := r.browser()
		stranger.post("/recover", url.Values{"number": {"880202-10-5432"}})
		if w := stranger.post("/recover/code", url.Values{"code": {codes[3]}}); w.Code != 403 {
			t.Errorf("a code of somebody else: %d", w.Code)
		}
		r.clock.Advance(31 * time.Minute)
		if w := one.post("/recover/contact", url.Values{"sent": {code}}); w.Code != 409 {
			t.Errorf("a code of yesterday: %d", w.Code)
		}
		refused("too late", one)
		if w := d.enter(""); w.Code != 200 {
			t.Errorf("the owner is kept out: %d %s", w.Code, w.Body)
		}
	})
}

// One recovery ends once, however often it is sent at the same time.
func TestRecoveryEndsOnce(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		b := r.browser()
		b.signIn("aisyah")
		_, codes := b.pair()
		b = r.browser()
		b.recover(codes[0], "")
		r.kinds()
		var won atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				one := r.browser()
				one.cookies["balai_recover"] = b.cookies["balai_recover"]
				if one.post("/recover/finish", url.Values{"lost": {"password"}}).Code == http.StatusSeeOther {
					won.Add(1)
				}
			})
		}
		all.Wait()
		if k := r.kinds(); won.Load() != 1 || len(k) != 1 {
			t.Errorf("%d came in, journal %q", won.Load(), k)
		}
	})
}

// sheets are the codes that two officers gave, each good once.
type sheets map[string]string

func (s sheets) Recover(_ context.Context, person, code string) (bool, error) {
	fits := s[person] != "" && s[person] == code
	if fits {
		delete(s, person)
	}
	return fits, nil
}

// What two officers gave is one path: it needs another beside it.
func TestRecoverAtACounter(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		b := r.browser()
		b.signIn("aisyah")
		b.pair()
		r.Activate(sheets{"aisyah": "ABCDE23456"})
		lost := url.Values{"lost": {"password", "codes"}}
		b = r.browser()
		b.post("/recover", url.Values{"number": {aisyahs}})
		if w := b.post("/recover/activation", url.Values{"activation": {"ABCDE23457"}}); w.Code != 403 {
			t.Errorf("another code: %d", w.Code)
		}
		if w := b.post("/recover/activation", url.Values{"activation": {"ABCDE23456"}}); w.Code != 303 {
			t.Fatalf("the code: %d", w.Code)
		}
		if w := b.post("/recover/finish", lost); w.Code != 403 || b.person() != "" {
			t.Errorf("a sheet that somebody found opens an account: %d", w.Code)
		}
		b.post("/recover/send", nil)
		b.post("/recover/contact", url.Values{"sent": {r.sent()}})
		if w := b.post("/recover/finish", lost); w.Code != 303 || b.person() != "aisyah" {
			t.Errorf("with a second path: %d", w.Code)
		}
	})
}

// since is when a contact became what it is.
type since int64

func (s since) Settled(_ *db.Tx, _ string, before int64) (bool, error) {
	return int64(s) <= before, nil
}

// A contact that changed a short while ago gets no code: whoever changed it
// would recover the account by it. The page says the same.
func TestRecoveryTrustsNoNewContact(t *testing.T) {
	each(t, demo{}, func(t *testing.T, r *rig) {
		r.ReachBy(since(r.clock.Now().Add(-29 * 24 * time.Hour).UnixMicro()))
		b := r.browser()
		b.post("/recover", url.Values{"number": {aisyahs}})
		if w := b.post("/recover/send", nil); w.Code != 303 || r.sent() != "" {
			t.Errorf("sent %q: %d", r.sent(), w.Code)
		}
		r.ReachBy(since(r.clock.Now().Add(-30 * 24 * time.Hour).UnixMicro()))
		b = r.browser()
		b.post("/recover", url.Values{"number": {aisyahs}})
		if b.post("/recover/send", nil); r.sent() == "" {
			t.Error("a contact of long ago gets no code")
		}
	})
}
