package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/descope/virtualwebauthn"
)

// A device is a person's authenticator.
type device struct {
	host string
	rp   virtualwebauthn.RelyingParty
	auth virtualwebauthn.Authenticator
	cred virtualwebauthn.Credential
}

// passkeys gives each caller a device of its own, whose person is one of those
// named, and signs them in by it.
func passkeys(h *hall, people []string) (func(caller int) error, error) {
	devices := make([]*device, crowd)
	for i := range devices {
		d := newDevice(h)
		if err := d.enrol(h, people[i%len(people)]); err != nil {
			return nil, err
		}
		devices[i] = d
	}
	c := &crowdOf{address: h.address}
	return func(caller int) error { return devices[caller].enter(c, caller) }, nil
}

// newDevice is an authenticator without a passkey yet.
func newDevice(h *hall) *device {
	return &device{host: h.host, rp: virtualwebauthn.RelyingParty{Name: "Balai Khidmat", ID: "localhost", Origin: "http://" + h.host}, auth: virtualwebauthn.NewAuthenticator()}
}

// enrol adds the device's passkey to a person, whom the demo signs in.
func (d *device) enrol(h *hall, person string) error {
	session, err := h.signIn(person)
	if err == nil {
		err = d.bind(client, session)
	}
	if err != nil {
		return fmt.Errorf("a passkey for %s: %w", person, err)
	}
	return nil
}

// bind makes the passkey of whom a session is, as the page's script does.
func (d *device) bind(browser *http.Client, session string) error {
	send := func(path, body, more string) (http.Header, []byte, error) {
		r, err := http.NewRequest("POST", "http://"+d.host+path, strings.NewReader(body))
		if err != nil {
			return nil, nil, err
		}
		for name, v := range map[string]string{"Origin": "http://" + d.host, "Accept": "application/json", "Content-Type": "application/json", "Cookie": "balai_session=" + session + more} {
			r.Header.Set(name, v)
		}
		res, err := browser.Do(r)
		if err != nil {
			return nil, nil, err
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err == nil && res.StatusCode != http.StatusOK {
			err = fmt.Errorf("a passkey: %s: %d %.200s", path, res.StatusCode, text)
		}
		return res.Header, text, err
	}
	h, text, err := send("/me/sign-in/passkey/begin", "{}", "")
	if err != nil {
		return err
	}
	options, err := virtualwebauthn.ParseAttestationOptions(string(text))
	if err != nil {
		return err
	}
	if d.cred, err = newCredential(); err != nil {
		return err
	}
	d.auth.Options.UserHandle = []byte(options.UserID)
	body, err := json.Marshal(map[string]any{"label": "Bench", "credential": json.RawMessage(virtualwebauthn.CreateAttestationResponse(d.rp, d.auth, d.cred, *options))})
	if err != nil {
		return err
	}
	_, _, err = send("/me/sign-in/passkey/finish", string(body), "; "+ceremony(h))
	return err
}

// newCredential makes a key whose coordinates fill their 32 bytes: the virtual
// authenticator leaves a leading zero out, which is rightly refused.
func newCredential() (c virtualwebauthn.Credential, err error) {
	for {
		c = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
		key, err := x509.ParsePKCS8PrivateKey(c.Key.Data)
		if err != nil {
			return c, err
		}
		point, err := key.(*ecdsa.PrivateKey).PublicKey.Bytes()
		if err != nil {
			return c, err
		}
		if point[1] != 0 && point[33] != 0 {
			return c, nil
		}
	}
}

// ceremony is the cookie that ties a device's answer to its challenge.
func ceremony(h http.Header) string {
	for _, c := range (&http.Response{Header: h}).Cookies() {
		if c.Name == "balai_ceremony" {
			return c.Name + "=" + c.Value
		}
	}
	return ""
}

// enter is one sign-in in a browser that was not signed in: the challenge, and
// the device's answer to it.
func (d *device) enter(c *crowdOf, caller int) error {
	a, err := c.say(caller, d.post("/sign-in/passkey/begin", "", "{}"), http.StatusOK)
	if err != nil {
		return fmt.Errorf("challenge: %w", err)
	}
	options, err := virtualwebauthn.ParseAssertionOptions(string(a.body))
	if err != nil {
		return err
	}
	d.cred.Counter++
	body := virtualwebauthn.CreateAssertionResponse(d.rp, d.auth, d.cred, *options)
	if a, err = c.say(caller, d.post("/sign-in/passkey/finish", ceremony(a.header), body), http.StatusOK); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.Name == "balai_session" && c.Value != "" {
			return nil
		}
	}
	return fmt.Errorf("nobody is signed in: %.200s", a.body)
}

func (d *device) post(path, cookie, body string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: %d\r\n", path, d.host, d.host, len(body))
	if cookie != "" {
		fmt.Fprintf(&b, "Cookie: %s\r\n", cookie)
	}
	b.WriteString("\r\n" + body)
	return b.Bytes()
}
