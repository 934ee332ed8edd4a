package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
	"balai/internal/spine/policy"
)

type nobody struct{}

func (nobody) Resolve(context.Context, string) (actor.Actor, error) { return actor.Actor{}, nil }
func (nobody) AliveTx(*db.Tx, string) (bool, error)                 { return false, nil }

func rig(t *testing.T, routes ...Route) *Router {
	t.Helper()
	texts, err := locale.Load(Texts)
	if err != nil {
		t.Fatal(err)
	}
	policies, err := policy.Load(`permit(principal, action, resource);`)
	if err != nil {
		t.Fatal(err)
	}
	base, _ := url.Parse("http://localhost:8080")
	rt, err := New(Config{BaseURL: base, Sessions: nobody{}, Policies: policies, Texts: texts,
		Clock: clock.NewManual(time.Unix(1_800_000_000, 0)), Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, routes)
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

func ask(rt *Router, method, target string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost:8080/", nil)
	u, err := url.ParseRequestURI(target)
	if err != nil {
		panic(err)
	}
	r.URL, r.RequestURI = u, target
	w := httptest.NewRecorder()
	rt.ServeHTTP(w, r)
	return w
}

// A path with a last slash is sent on without it, and never to another host:
// a browser reads "/<tab>/evil.com" as "//evil.com".
func TestUntrail(t *testing.T) {
	rt := rig(t, Route{Method: "GET", Pattern: "/services", Policy: "hall.read",
		Handler: func(http.ResponseWriter, *http.Request) error { return nil }})
	for target, want := range map[string]string{
		"/services/":             "/services",
		"/services/?lang=en":     "/services?lang=en",
		"/%09/evil.com/":         "/%09/evil.com",
		"/%0d%0aSet-Cookie:x=1/": "/%0d%0aSet-Cookie:x=1",
		"/foo%3Fx/":              "/foo%3Fx",
	} {
		w := ask(rt, "GET", target)
		if w.Code != http.StatusPermanentRedirect || w.Header().Get("Location") != want {
			t.Errorf("GET %s = %d %q, want 308 %q", target, w.Code, w.Header().Get("Location"), want)
		}
	}
	for _, target := range []string{"/%5cevil.com/", "/%2fevil.com/"} {
		if w := ask(rt, "GET", target); w.Code != http.StatusNotFound {
			t.Errorf("GET %s = %d %q, want 404", target, w.Code, w.Header().Get("Location"))
		}
	}
}

// TestDecoderWords: what the JSON library refuses is told in a person's words,
// in both languages, with the bound that was missed.
func TestDecoderWords(t *testing.T) {
	type in struct {
		Body struct {
			Level int    `json:"level" minimum:"1"`
			Kind  string `json:"kind" enum:"a,b"`
			Note  string `json:"note,omitempty" maxLength:"3"`
			File  []byte `json:"file,omitempty"`
		}
	}
	type out struct{ Body string }
	rt := rig(t, JSON(APIRoute{Method: "POST", Path: "/api/t", Policy: "hall.read"}, func(context.Context, *in) (*out, error) { return &out{}, nil }))
	w := httptest.NewRecorder()
	rt.ServeHTTP(w, httptest.NewRequest("POST", "http://localhost:8080/api/t", nil))
	if !strings.Contains(w.Body.String(), "Hantar kandungan JSON") {
		t.Error(w.Body.String())
	}
	for body, want := range map[string][]string{
		`{"level":`: {"web.field.body", "body"}, `[]`: {"web.field.object", "body"},
		`{"kind":"a"}`:                                    {"web.field.required", "body.level"},
		`{"level":1,"kind":"a","file":"__--"}`:            {"web.field.base64", "body"},
		`{"level":0,"kind":"a"}`:                          {"web.field.least", "body.level"},
		`{"level":"x","kind":"a"}`:                        {"web.field.integer", "body.level"},
		`{"level":1,"kind":"c"}`:                          {"web.field.one_of", "body.kind"},
		`{"level":1,"kind":"a","note":"a` + "\xe9" + `"}`: {"web.field.unfit", "body.note"},
		`{"level":1,"kind":"a","note":"\ud800"}`:          {"web.field.unfit", "body.note"},
		`{"level":1,"kind":"a","` + "\xe9" + `":"a"}`:     {"web.field.unfit", "body"},
		`{"level":1,"kind":"a","note":"four"}`:            {"web.field.long", "body.note"},
		`{"level":1,"kind":"a","zz":1}`:                   {"web.field.unknown", "body.zz"},
	} {
		for _, lang := range []string{"ms", "en"} {
			r := httptest.NewRequest("POST", "http://localhost:8080/api/t", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Accept-Language", lang)
			w := httptest.NewRecorder()
			rt.ServeHTTP(w, r)
			got := w.Body.String()
			if want[0] == "web.field.unfit" && (w.Code != 422 || !strings.Contains(got, `"status":422`)) {
				t.Errorf("%s: %d %s", body, w.Code, got)
			}
			if !strings.Contains(got, `"code":"`+want[0]+`"`) || !strings.Contains(got, `"location":"`+want[1]+`"`) {
				t.Errorf("%s in %s: %s", body, lang, got)
			}
			if strings.Contains(got, "expected ") || strings.Contains(got, "unexpected") || strings.Contains(got, "character") && want[0] == "web.field.body" || strings.Contains(got, "⟦") {
				t.Errorf("%s in %s has the decoder's words: %s", body, lang, got)
			}
		}
	}
}

// A method that an address does not take is called what it is, and the
// document says how a program signs in.
func TestMethodAndSignInAreTold(t *testing.T) {
	rt := rig(t, JSON(APIRoute{Method: "GET", Path: "/api/v1/me", Policy: "hall.read", SignIn: true},
		func(context.Context, *struct{}) (*struct{}, error) { return nil, nil }),
		JSON(APIRoute{Method: "PUT", Path: "/api/v1/thing", Policy: "hall.read", Makes: true},
			func(context.Context, *struct{}) (*struct{ Body string }, error) { return nil, nil }))
	w := ask(rt, "DELETE", "/api/v1/me")
	if w.Code != http.StatusMethodNotAllowed || !strings.Contains(w.Body.String(), `"title":"Method Not Allowed"`) || w.Header().Get("Allow") == "" {
		t.Errorf("DELETE = %d %s", w.Code, w.Body)
	}
	doc := ask(rt, "GET", "/api/openapi.json").Body.String()
	for _, want := range []string{`"securitySchemes"`, `"name":"balai_session"`, `"in":"cookie"`, `"security":[{"session":[]}]`, `"201":{"content"`, `"description":"Created"`, "/sign-in"} {
		if !strings.Contains(doc, want) {
			t.Errorf("the OpenAPI document lacks %s", want)
		}
	}
}

// What goes wrong once an answer has begun adds no page behind it.
func TestAnswerThatIsCutOff(t *testing.T) {
	rt := rig(t, Route{Method: "GET", Pattern: "/file", Policy: "hall.read", Handler: func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, io.ErrShortWrite)
	}})
	var log strings.Builder
	rt.cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	if w := ask(rt, "GET", "/file"); w.Code != http.StatusOK || w.Body.String() != "half" || !strings.Contains(log.String(), "an answer was cut off") {
		t.Errorf("%d %q, logged %s", w.Code, w.Body, log.String())
	}
	log.Reset()
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	rt.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(gone, "GET", "http://localhost:8080/file", nil))
	if strings.Contains(log.String(), "ERROR") {
		t.Errorf("that somebody has gone is told as an error: %s", log.String())
	}
}

// A route that speaks another's protocol is in the document, as it is served.
func TestDescribedRoute(t *testing.T) {
	type asked struct {
		Name string `json:"name" maxLength:"3"`
	}
	type given struct {
		ID string `json:"id"`
	}
	type list struct {
		After string `query:"after" doc:"the last"`
	}
	rt := rig(t, Route{Method: "POST", Pattern: "/v2/thing/{id}", Policy: "hall.read", Handler: func(http.ResponseWriter, *http.Request) error { return nil },
		Described: &Described{Summary: "Make a thing", Tag: "other", Once: true, Query: list{}, Bodies: []any{asked{}}, Status: 201, Answers: []any{given{}}, Problem: given{}, Refusals: []int{403}}})
	var doc struct {
		Paths map[string]map[string]struct {
			Summary    string
			Tags       []string
			Parameters []struct{ Name, In string }
			Responses  map[string]any
			Security   []map[string]any
		}
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(ask(rt, "GET", "/api/openapi.json").Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	got := doc.Paths["/v2/thing/{id}"]["post"]
	if fmt.Sprint(got.Summary, got.Tags, got.Parameters) != "Make a thing[other] [{id path} {after query} {Idempotency-Key header}]" || len(got.Responses) != 2 || got.Responses["201"] == nil ||
		got.Responses["403"] == nil || len(got.Security) != 1 || got.Security[0]["token"] == nil || doc.Components.Schemas["Asked"] == nil {
		t.Errorf("%+v", got)
	}
}
