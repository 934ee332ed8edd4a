package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"

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
		d := &device{host: h.host, rp: virtualwebauthn.RelyingParty{Name: "Balai Khidmat", ID: "localhost", Origin: "http://" + h.host},
			auth: virtualwebauthn.NewAuthenticator()}
		if err := d.enrol(h, people[i%len(people)]); err != nil {
			return nil, err
		}
		devices[i] = d
	}
	c := &crowdOf{address: h.address}
	return func(caller int) error { return devices[caller].enter(c, caller) }, nil
}

// enrol adds the device's passkey to a person, as the page's script does.
func (d *device) enrol(h *hall, person string) error {
	var err error
	if d.cred, err = newCredential(); err != nil {
		return err
	}
	session, err := h.signIn(person)
	if err != nil {
		return err
	}
	cookies := "balai_session=" + session
	res, text, err := h.send("POST", "/me/sign-in/passkey/begin", "", "application/json", "{}", "Accept", "application/json", "Cookie", cookies)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("a passkey for %s: %d %.200s", person, res.StatusCode, text)
	}
	options, err := virtualwebauthn.ParseAttestationOptions(string(text))
	if err != nil {
		return err
	}
	d.auth.Options.UserHandle = []byte(options.UserID)
	body, err := json.Marshal(map[string]any{"label": "Bench", "credential": json.RawMessage(virtualwebauthn.CreateAttestationResponse(d.rp, d.auth, d.cred, *options))})
	if err != nil {
		return err
	}
	res, text, err = h.send("POST", "/me/sign-in/passkey/finish", "", "application/json", string(body), "Accept", "application/json", "Cookie", cookies+"; "+ceremony(res.Header))
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("a passkey for %s: %d %.200s", person, res.StatusCode, text)
	}
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
