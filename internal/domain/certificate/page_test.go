package certificate_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"balai/internal/domain/certificate"
	"balai/internal/domain/certificate/seal"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
	"balai/internal/spine/policy"
	"balai/internal/spine/web"
	"balai/internal/ui"
	"github.com/a-h/templ"
)

// tokens are persons: the session cookie of a test names who asks.
type tokens struct{}

func (tokens) Resolve(_ context.Context, token string) (actor.Actor, error) {
	return actor.Actor{Person: token, Name: token}, nil
}

func (tokens) AliveTx(*db.Tx, string) (bool, error) { return true, nil }

func (r *rig) router() http.Handler {
	r.t.Helper()
	texts, err := locale.Load(web.Texts, ui.Texts, certificate.Texts)
	if err != nil {
		r.t.Fatal(err)
	}
	policies, err := policy.Load(certificate.Policy)
	if err != nil {
		r.t.Fatal(err)
	}
	u, err := url.Parse(base)
	if err != nil {
		r.t.Fatal(err)
	}
	h, err := web.New(web.Config{
		BaseURL: u, Sessions: tokens{}, Policies: policies, Texts: texts, Clock: r.clock, Log: slog.New(slog.DiscardHandler),
		Site: func(ctx context.Context, _ *http.Request) context.Context {
			return ui.WithSite(ctx, ui.Site{L: web.L(ctx), Actor: web.ActorOf(ctx), Name: locale.Same("Balai Khidmat"), BaseURL: base})
		},
		ErrorPage: func(req *http.Request, status int, title, what, todo string) templ.Component {
			return ui.ErrorPage(ui.NewPage(req, title), status, title, what, todo)
		},
		SignIn: func(http.ResponseWriter, *http.Request) (string, error) { return "/sign-in", nil },
	}, r.Routes())
	if err != nil {
		r.t.Fatal(err)
	}
	return h
}

func ask(h http.Handler, path, as string) *httptest.ResponseRecorder {
	req := httptest.NewRequest("GET", base+path, nil)
	if as != "" {
		req.AddCookie(&http.Cookie{Name: web.SessionCookie, Value: as})
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func TestWhoSeesWhat(t *testing.T) {
	r := newRig(t, dbtest.Open(t, "sqlite", outbox.Migration(), certificate.Migration()))
	h := r.router()
	code := r.issue(birth("BLH-1"))
	if w := ask(h, certificate.PDFPath(code), "aisyah"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("before the file is made: %d", w.Code)
	}
	r.drain()
	absent := "SAH-0000-0000-0000-0000-0"
	for _, c := range []struct {
		path, as string
		want     int
	}{
		{certificate.HTMLPath(code), "aisyah", 200},
		{certificate.PDFPath(code), "aisyah", 200},
		{certificate.HTMLPath(strings.ToLower(code)), "aisyah", 200},
		{certificate.HTMLPath(code), "father", 404}, // it concerns him; it is not his
		{certificate.PDFPath(code), "mallory", 404},
		{certificate.HTMLPath(absent), "mallory", 404},
		{certificate.HTMLPath(code), "", 303},
		{certificate.HTMLPath(absent), "", 303},
		{certificate.VerifyPath(code), "", 200},
		{certificate.VerifyPath(absent), "", 404},
		{certificate.VerifyPath("nothing"), "", 404},
		{"/verify", "", 200},
		{"/verify?code=", "", 422},
		{"/verify?code=hello", "", 422},
		{"/verify?code=" + strings.ToLower(strings.ReplaceAll(code, "-", "+")), "", 303},
		{"/verify?code=" + strings.TrimPrefix(code, "SAH-"), "", 303},
		{"/certificate/keys.json", "", 200},
	} {
		if w := ask(h, c.path, c.as); w.Code != c.want {
			t.Errorf("%s as %q: %d, want %d", c.path, c.as, w.Code, c.want)
		}
	}
	// Forbidden and absent look the same.
	a, b := ask(h, certificate.HTMLPath(code), "mallory").Body.String(), ask(h, certificate.HTMLPath(absent), "mallory").Body.String()
	if strings.ReplaceAll(a, code, "") != strings.ReplaceAll(b, absent, "") {
		t.Error("a stranger can tell a code that exists")
	}
	// The file served is the file that verifies.
	w := ask(h, certificate.PDFPath(code), "aisyah")
	if seal.Verify(w.Body.Bytes(), r.signer.Keys()).Verdict != seal.Sound {
		t.Error("the file served does not verify")
	}
	keys, err := seal.ParseKeys(ask(h, "/certificate/keys.json", "").Body.Bytes())
	if err != nil || seal.Verify(w.Body.Bytes(), keys).Verdict != seal.Sound {
		t.Error("the file does not verify with the published keys", err)
	}
}

func TestVerifyTellsOnlyWhatAVerifierNeeds(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		h := r.router()
		old := r.issue(birth("BLH-1"))
		r.drain()
		for _, path := range []string{certificate.VerifyPath(old), "/api/v1/verify/" + old} {
			body := ask(h, path, "").Body.String()
			if !strings.Contains(body, "Nur Iman binti Ahmad Faizal") || !strings.Contains(body, "••••••-••-5124") {
				t.Errorf("%s: nothing to compare", path)
			}
			for _, secret := range []string{"950412", "Merbau", "aisyah", "BLH-1"} {
				if strings.Contains(body, secret) {
					t.Errorf("%s tells %q", path, secret)
				}
			}
		}
		in := birth("BLH-1")
		in.Replaces = old
		next := r.issue(in)
		var v certificate.Verification
		w := ask(h, "/api/v1/verify/"+old, "")
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || v.State != certificate.Replaced || v.EndedAt == nil {
			t.Fatalf("%+v %v", v, err)
		}
		page := ask(h, certificate.VerifyPath(old)+"?lang=en", "").Body.String()
		if !strings.Contains(page, "was replaced") || strings.Contains(page, "is valid") {
			t.Error("the page of a replaced certificate does not say so")
		}
		if strings.Contains(page+w.Body.String(), next) {
			t.Error("the old code opens the new one")
		}
		if w := ask(h, certificate.PDFPath(old), "aisyah"); w.Code != http.StatusConflict {
			t.Errorf("the file of a replaced certificate: %d", w.Code)
		}
		if err := r.write(func(tx *db.Tx) error { return r.RevokeTx(tx, journal.By{}, next, "salah", "") }); err != nil {
			t.Fatal(err)
		}
		if page := ask(h, certificate.VerifyPath(next), "").Body.String(); !strings.Contains(page, "dibatalkan") || strings.Contains(page, "salah<") {
			t.Error("the page of a revoked certificate does not say so, or tells why")
		}
		if w := ask(h, "/api/v1/verify/SAH-0000-0000-0000-0000-0", ""); w.Code != 404 || !strings.Contains(w.Body.String(), `"missing"`) {
			t.Errorf("absent: %d %s", w.Code, w.Body)
		}
	})
}

// Each page in each language has every sentence.
func TestPagesHaveEverySentence(t *testing.T) {
	r := newRig(t, dbtest.Open(t, "sqlite", outbox.Migration(), certificate.Migration()))
	h := r.router()
	code := r.issue(birth("BLH-1"))
	in := birth("BLH-2")
	in.Automatic, in.Number, in.Notes = false, "", []locale.Text{locale.Same("Nota")}
	revoked := r.issue(in)
	if err := r.write(func(tx *db.Tx) error { return r.RevokeTx(tx, journal.By{}, revoked, "salah", "") }); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		certificate.HTMLPath(code), certificate.HTMLPath(revoked), certificate.VerifyPath(code), certificate.VerifyPath(revoked),
		certificate.VerifyPath("x"), "/verify", "/verify?code=x", "/verify?code=", certificate.PDFPath(code), certificate.PDFPath(revoked), certificate.HTMLPath("x"),
	} {
		for _, lang := range []string{"ms", "en"} {
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			body := ask(h, path+sep+"lang="+lang, "aisyah").Body.String()
			if strings.Contains(body, "⟦") || !strings.Contains(body, `<html lang="`+lang+`"`) {
				t.Errorf("%s in %s lacks a sentence", path, lang)
			}
		}
	}
}

func TestSpecimenSaysSo(t *testing.T) {
	r := newRig(t, dbtest.Open(t, "sqlite", outbox.Migration(), certificate.Migration()))
	r.specimen()
	h := r.router()
	code := r.issue(birth("BLH-1"))
	r.drain()
	for _, path := range []string{certificate.HTMLPath(code), certificate.VerifyPath(code)} {
		if page := ask(h, path, "aisyah").Body.String(); !strings.Contains(page, "CONTOH") {
			t.Errorf("%s of a specimen does not say so", path)
		}
	}
	if api := ask(h, "/api/v1/verify/"+code, "").Body.String(); !strings.Contains(api, `"specimen":true`) {
		t.Error("the verification of a specimen does not say so")
	}
}
