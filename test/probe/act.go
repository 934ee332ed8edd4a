package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// The criteria for which a visitor has to do something.

// send posts a form as the hall's own page would.
func (j *judging) send(client *http.Client, path string, form url.Values) (*page, string, error) {
	req, err := http.NewRequestWithContext(j.ctx, http.MethodPost, j.c.base.String()+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", j.c.base.String())
	return j.answer(client, req)
}

// fetch reads a page as somebody.
func (j *judging) fetch(client *http.Client, path string) (*page, string, error) {
	req, err := http.NewRequestWithContext(j.ctx, http.MethodGet, j.c.base.String()+path, nil)
	if err != nil {
		return nil, "", err
	}
	return j.answer(client, req)
}

func (j *judging) answer(client *http.Client, req *http.Request) (*page, string, error) {
	res, err := client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, mostBytes))
	if err != nil {
		return nil, "", err
	}
	p := &page{path: res.Request.URL.Path, status: res.StatusCode, kind: res.Header.Get("Content-Type")}
	return p, res.Request.URL.Path, p.read(body)
}

var reference = regexp.MustCompile(`\b[A-Z]{3}(?:-[0-9A-Z]{4}){4}-[0-9A-Z*~$=]\b`)

// feedback writes to the hall without signing in, and looks for the notice of
// receipt, on the page and by mail.
func (j *judging) feedback() {
	form := j.c.at("/feedback", "ms")
	j.add("Feedback form", form != nil && form.fields == 0, "/feedback", "without signing in")
	const mail = "penilai@contoh.example"
	p, at, err := j.send(j.c.visitor(), "/feedback?lang=ms", url.Values{"kind": {"praise"}, "text": {"Penilaian laman dengan perintah."}, "mail": {mail}})
	ok := err == nil && p.status == http.StatusOK && strings.HasPrefix(at, "/feedback/")
	j.add("Responsiveness: a time for the answer is promised", ok && strings.Contains(p.text, "tujuh hari bekerja"), "/feedback/…", "seven working days")
	if !ok {
		j.add("Feedback auto-notification", false, "/feedback", "nothing was received: %v", err)
		return
	}
	ref := reference.FindString(p.text)
	mailed := ref != "" && j.wait(func() bool {
		box, _, err := j.fetch(j.c.visitor(), "/demo/mailbox")
		return err == nil && strings.Contains(box.text, ref)
	})
	j.add("Feedback auto-notification", ref != "" && mailed, "/feedback/… and /demo/mailbox", "reference at once, and by mail")
}

// personal signs in as somebody of the demo country.
func (j *judging) personal() {
	client := j.c.visitor()
	_, _, err := j.send(client, "/demo/sign-in", url.Values{"as": {"aisyah"}})
	if err != nil {
		j.add("Personalisation", false, "/demo", "%v", err)
		return
	}
	p, _, err := j.fetch(client, "/me?lang=en")
	ok := err == nil && p.status == http.StatusOK && p.path == "/me"
	j.add("Personalisation", ok, "/me", "what concerns who signed in")
}

// transactions looks for notices of what happened in cases.
func (j *judging) transactions() {
	n := 0
	j.wait(func() bool {
		box, _, err := j.fetch(j.c.visitor(), "/demo/mailbox")
		if err == nil {
			n = strings.Count(box.text, "BLH-")
		}
		return n > 0
	})
	j.add("Notification of transaction", n > 0, "/demo/mailbox", "%s", fmt.Sprint(n, " references among the newest mails"))
}
