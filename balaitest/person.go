package balaitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Person is a browser's or a program's view of a hall: one cookie, nothing else.
type Person struct {
	ID     string
	Hall   *Hall
	Cookie string
}

// Nobody is not signed in.
func (h *Hall) Nobody() *Person { return &Person{Hall: h} }

// SignIn opens the demo's door as one of its people.
func (h *Hall) SignIn(t testing.TB, id string) *Person {
	t.Helper()
	p := &Person{ID: id, Hall: h}
	a, err := p.Form("/demo/sign-in", url.Values{"as": {id}})
	if err != nil {
		t.Fatal(err)
	}
	if a.Status != http.StatusSeeOther || p.Cookie == "" {
		t.Fatalf("demo sign-in as %s: %d, cookie %q", id, a.Status, p.Cookie)
	}
	return p
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Into reads the answer's JSON.
func (a Answer) Into(v any) error { return json.Unmarshal(a.Body, v) }

// Code is a problem's code, "" where the answer is no problem.
func (a Answer) Code() string {
	var p struct{ Code string }
	if strings.HasPrefix(a.Header.Get("Content-Type"), "application/problem+json") {
		json.Unmarshal(a.Body, &p)
	}
	return p.Code
}

// Do sends a request; header is name, value pairs. An error means that no answer came.
func (p *Person) Do(method, path string, body io.Reader, header ...string) (Answer, error) {
	r, err := http.NewRequest(method, p.Hall.URL+path, body)
	if err != nil {
		return Answer{}, err
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if p.Cookie != "" {
		r.AddCookie(&http.Cookie{Name: "balai_session", Value: p.Cookie})
	}
	res, err := client.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		if c.Name == "balai_session" {
			p.Cookie = c.Value
		}
	}
	text, err := io.ReadAll(res.Body)
	return Answer{Status: res.StatusCode, Header: res.Header, Body: text}, err
}

// Get asks for a path.
func (p *Person) Get(path string) (Answer, error) { return p.Do("GET", path, nil) }

// Post sends JSON.
func (p *Person) Post(path string, body any, header ...string) (Answer, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return Answer{}, err
	}
	return p.Do("POST", path, bytes.NewReader(text), append(header, "Content-Type", "application/json")...)
}

// Form sends a page's form as the browser would from the same site.
func (p *Person) Form(path string, form url.Values) (Answer, error) {
	return p.Do("POST", path, strings.NewReader(form.Encode()),
		"Content-Type", "application/x-www-form-urlencoded", "Origin", p.Hall.URL, "Sec-Fetch-Site", "same-origin")
}

// Example is a service's sample case as the API shows it.
type Example struct {
	Person        string         `json:"person"`
	Answers       map[string]any `json:"answers"`
	FactsAccepted []string       `json:"facts_accepted"`
	Files         map[string]any `json:"files"`
	Facts         map[string]any `json:"facts"`
	Expect        struct {
		Verdict string   `json:"verdict"`
		Route   []string `json:"route"`
		State   string   `json:"state"`
	} `json:"expect"`
}

// Body is the application that sends the example.
func (e Example) Body() map[string]any {
	body := map[string]any{"answers": e.Answers, "facts_accepted": e.FactsAccepted, "files": e.Files}
	if e.FactsAccepted == nil {
		body["facts_accepted"] = []string{}
	}
	if e.Files == nil {
		body["files"] = map[string]any{}
	}
	return body
}

// Examples are the sample cases of a service, those with a persona first sendable.
func (h *Hall) Examples(t testing.TB, service string) []Example {
	t.Helper()
	a, err := h.Nobody().Get("/api/v1/services/" + service)
	if err != nil || a.Status != 200 {
		t.Fatalf("%s: %d %v", service, a.Status, err)
	}
	var s struct{ Examples []Example }
	if err := a.Into(&s); err != nil {
		t.Fatal(err)
	}
	return s.Examples
}

// Receipt answers an application.
type Receipt struct {
	Ref     string   `json:"ref"`
	State   string   `json:"state"`
	DueAt   string   `json:"due_at"`
	Ignored []string `json:"ignored"`
}

// Apply sends an application under an idempotency key.
func (p *Person) Apply(service, key string, body any) (Receipt, Answer, error) {
	a, err := p.Post("/api/v1/services/"+service+"/applications", body, "Idempotency-Key", key)
	var r Receipt
	if err == nil && a.Status == http.StatusCreated {
		err = a.Into(&r)
	}
	return r, a, err
}

// Case is where a case stands.
type Case struct {
	Ref     string `json:"ref"`
	State   string `json:"state"`
	Version int    `json:"version"`
	DueAt   string `json:"due_at"`
	Acts    []struct {
		Kind string `json:"kind"`
	} `json:"acts"`
	Certificate *struct{ Code, PDF, HTML string } `json:"certificate"`
}

// Case reads one.
func (p *Person) Case(ref string) (Case, Answer, error) {
	a, err := p.Get("/api/v1/cases/" + ref)
	var c Case
	if err == nil && a.Status == http.StatusOK {
		err = a.Into(&c)
	}
	return c, a, err
}

// Until waits for a case to reach one of the states.
func (p *Person) Until(t testing.TB, ref string, states ...string) Case {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		c, a, err := p.Case(ref)
		if err != nil || a.Status != http.StatusOK {
			t.Fatalf("case %s: %d %v %s", ref, a.Status, err, a.Body)
		}
		for _, s := range states {
			if c.State == s {
				return c
			}
		}
		if time.Now().After(end) {
			t.Fatalf("case %s is %s, not %v, after a minute", ref, c.State, states)
		}
		<-time.After(50 * time.Millisecond)
	}
}

// Act does one act at the version given, and returns the answer for the test to judge.
func (p *Person) Act(t testing.TB, ref, verb string, version int, input map[string]any) Answer {
	t.Helper()
	body := map[string]any{"version": version}
	for k, v := range input {
		body[k] = v
	}
	a, err := p.Post(fmt.Sprintf("/api/v1/cases/%s/%s", ref, verb), body)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
