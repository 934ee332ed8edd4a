package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// asksWhom is the field by which a page says whom it asked.
var asksWhom = regexp.MustCompile(`name="asked" value="([^"]+)"`)

var (
	errUnsigned = errors.New("a signature is not good")
	errStock    = errors.New("what was signed beforehand is used up")
)

// A program is a relying party that signs in by private_key_jwt and binds what
// it gets to a key (DPoP).
type program struct {
	id, issuer, back string
	address          string // where its provider listens
	assert, prove    jose.Signer
	crowd            crowdOf
}

func newProgram(id, issuer, address, back string, key any, kid string) (*program, error) {
	p := &program{id: id, issuer: issuer, address: address, back: back, crowd: crowdOf{address: address}}
	bound, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	p.assert, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", kid))
	if err != nil {
		return nil, err
	}
	p.prove, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: bound},
		&jose.SignerOptions{EmbedJWK: true, ExtraHeaders: map[jose.HeaderKey]any{"typ": "dpop+jwt"}})
	return p, err
}

// demoProgram is the citizens' program that a demo registers, and the people
// whom the demo lets in.
func demoProgram(data string, h *hall) (*program, []string, error) {
	text, err := os.ReadFile(filepath.Join(data, "demo.json"))
	if err != nil {
		return nil, nil, err
	}
	var demo struct {
		Issuer string
		OIDC   struct {
			Citizen struct {
				ID        string   `json:"client_id"`
				Redirects []string `json:"redirect_uris"`
				JWK       jose.JSONWebKey
			} `json:"citizen_client"`
		}
		Persons []struct{ ID string }
	}
	if err := json.Unmarshal(text, &demo); err != nil {
		return nil, nil, err
	}
	var people []string
	for _, p := range demo.Persons {
		people = append(people, p.ID)
	}
	c := demo.OIDC.Citizen
	if len(people) == 0 || len(c.Redirects) == 0 {
		return nil, nil, errors.New("demo.json names no program or nobody")
	}
	p, err := newProgram(c.ID, demo.Issuer, h.address, c.Redirects[0], c.JWK.Key, c.JWK.KeyID)
	return p, people, err
}

func random() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// signed is what one request to an endpoint carries: who the program is, and
// that it holds its key.
type signed struct{ assertion, proof string }

func (p *program) sign(path string) (s signed, err error) {
	now := time.Now().Unix()
	s.assertion, err = jwt.Signed(p.assert).Claims(map[string]any{"iss": p.id, "sub": p.id, "aud": p.issuer, "jti": random(), "iat": now, "exp": now + 240}).Serialize()
	if err != nil {
		return s, err
	}
	s.proof, err = jwt.Signed(p.prove).Claims(map[string]any{"jti": random(), "htm": "POST", "htu": p.issuer + path, "iat": now}).Serialize()
	return s, err
}

// post is a program's form as it goes over the wire.
func (p *program) post(path string, s signed, form url.Values) []byte {
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", s.assertion)
	body := form.Encode()
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nDPoP: %s\r\n\r\n%s",
		path, strings.TrimPrefix(p.issuer, "http://"), len(body), s.proof, body)
	return b.Bytes()
}

// A stock is what was made before the clock started.
type stock[T any] struct {
	list []T
	next atomic.Int64
}

// take gives each piece once.
func (s *stock[T]) take() (one T, err error) {
	i := s.next.Add(1) - 1
	if i >= int64(len(s.list)) {
		return one, errStock
	}
	return s.list[i], nil
}

// made makes so many on every core.
func made[T any](n int, one func() (T, error)) (*stock[T], error) {
	s := &stock[T]{list: make([]T, n)}
	errs := make([]error, runtime.NumCPU())
	var wg sync.WaitGroup
	for core := range errs {
		wg.Go(func() {
			for i := core; i < n && errs[core] == nil; i += len(errs) {
				s.list[i], errs[core] = one()
			}
		})
	}
	wg.Wait()
	return s, errors.Join(errs...)
}

// tokens asks for a token of the program's own, with n requests signed
// beforehand.
func (p *program) tokens(n int) (func(caller int) error, error) {
	const path = "/oidc/token"
	all, err := made(n, func() ([]byte, error) {
		s, err := p.sign(path)
		return p.post(path, s, url.Values{"grant_type": {"client_credentials"}, "scope": {"machine"}}), err
	})
	if err != nil {
		return nil, err
	}
	return func(caller int) error {
		ask, err := all.take()
		if err != nil {
			return err
		}
		var answer struct {
			Token string `json:"access_token"`
			Type  string `json:"token_type"`
		}
		a, err := p.crowd.say(caller, ask, http.StatusOK)
		if err == nil {
			err = json.Unmarshal(a.body, &answer)
		}
		if err == nil && (answer.Token == "" || answer.Type != "DPoP") {
			err = fmt.Errorf("no bound token: %.200s", a.body)
		}
		return err
	}, nil
}

// A flow is a sign-in of a person to the program, with what it posts before and
// after the person's yes.
type flow struct {
	push     []byte
	redeem   signed
	verifier string
}

// flows signs people in to the program, with n of them prepared beforehand.
func (p *program) flows(h *hall, people []string, n int) (func(caller int) error, error) {
	cookies := make([]string, crowd)
	for i := range cookies {
		var err error
		if cookies[i], err = h.signIn(people[i%len(people)]); err != nil {
			return nil, err
		}
	}
	all, err := made(n, p.prepare)
	if err != nil {
		return nil, err
	}
	return func(caller int) error {
		f, err := all.take()
		if err != nil {
			return err
		}
		return p.run(caller, f, cookies[caller])
	}, nil
}

// prepare makes what can be made of a flow before it begins.
func (p *program) prepare() (f flow, err error) {
	f.verifier = random() + random() + random()
	sum := sha256.Sum256([]byte(f.verifier))
	s, err := p.sign("/oidc/par")
	if err != nil {
		return f, err
	}
	f.push = p.post("/oidc/par", s, url.Values{"response_type": {"code"}, "client_id": {p.id}, "redirect_uri": {p.back}, "scope": {"openid profile birth"},
		"state": {random()}, "nonce": {random()}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}})
	f.redeem, err = p.sign("/oidc/token")
	return f, err
}

// run is one flow: the pushed request, the way to the page, the page, the yes,
// and the code for a token.
func (p *program) run(caller int, f flow, cookie string) error {
	a, err := p.crowd.say(caller, f.push, http.StatusCreated)
	if err != nil {
		return fmt.Errorf("pushed request: %w", err)
	}
	var pushed struct {
		URI string `json:"request_uri"`
	}
	if err := json.Unmarshal(a.body, &pushed); err != nil {
		return err
	}
	host := strings.TrimPrefix(p.issuer, "http://")
	open := "/oidc/authorize?" + url.Values{"client_id": {p.id}, "request_uri": {pushed.URI}}.Encode()
	if a, err = p.crowd.say(caller, request("GET", host, open, cookie, ""), http.StatusSeeOther); err != nil {
		return fmt.Errorf("the way to the page: %w", err)
	}
	page := a.header.Get("Location")
	if a, err = p.crowd.say(caller, request("GET", host, page, cookie, ""), http.StatusOK); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	whose := asksWhom.FindSubmatch(a.body)
	if whose == nil || !bytes.Contains(a.body, []byte(`action="`+page+`"`)) {
		return errors.New("the page asks nothing")
	}
	if a, err = p.crowd.say(caller, request("POST", host, page, cookie, "decision=allow&asked="+string(whose[1])), http.StatusSeeOther); err != nil {
		return fmt.Errorf("yes: %w", err)
	}
	back, err := url.Parse(a.header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		return fmt.Errorf("no code in %q: %v", a.header.Get("Location"), err)
	}
	a, err = p.crowd.say(caller, p.post("/oidc/token", f.redeem, url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")},
		"redirect_uri": {p.back}, "code_verifier": {f.verifier}}), http.StatusOK)
	if err == nil && !bytes.Contains(a.body, []byte(`"id_token"`)) {
		err = fmt.Errorf("no ID token: %.200s", a.body)
	}
	if err != nil {
		return fmt.Errorf("token: %w", err)
	}
	return nil
}
