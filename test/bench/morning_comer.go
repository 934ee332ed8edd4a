package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// groupedCode is a code as messages write it.
var groupedCode = regexp.MustCompile(`\b[0-9A-Z]{4}(-[0-9A-Z]{1,4})+\b`)

// A comer is somebody who enrols from afar.
type comer struct {
	person, number, name string
	source               int           // their network address is made of it
	waited               time.Duration // in the queue
}

// comers are people who have a MyKad, can be reached, and cannot sign in yet;
// the personas are not among them, since they are those who are signed in.
func comers(base *sql.DB, personas []string, n int) (out []comer, err error) {
	rows, err := base.Query(`select id, id_number, name from register_person p where status = 'valid' and id_number <> '' and born_on < $1 and (mail <> '' or phone <> '')
		and not exists (select 1 from identity_passkey k where k.person = p.id) and not exists (select 1 from authenticator_password w where w.person = p.id) order by id limit $2`,
		time.Now().AddDate(-12, 0, 0).Format(time.DateOnly), n+len(personas))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c comer
		if err := rows.Scan(&c.person, &c.number, &c.name); err != nil {
			return nil, err
		}
		if len(out) < n && !slices.Contains(personas, c.person) {
			out = append(out, c)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(out) < n {
		return nil, fmt.Errorf("only %d of %d people can enrol", len(out), n)
	}
	return out, nil
}

// enrol goes the whole way, from the first page to a passkey that is kept.
func (c *comer) enrol(m *morning) error {
	from := net.IPv4(127, byte(1+c.source>>16), byte(c.source>>8), byte(c.source))
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: from}}
	t := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, "tcp", m.h.address)
	}}
	defer t.CloseIdleConnections()
	browser := &http.Client{Transport: t, Timeout: time.Minute, CheckRedirect: client.CheckRedirect}
	if _, err := c.ask(m, browser, "GET", "/enrol", nil, http.StatusOK); err != nil {
		return err
	}
	if _, err := c.ask(m, browser, "POST", "/enrol", url.Values{"number": {c.number}, "name": {c.name}}, http.StatusSeeOther); err != nil {
		return err
	}
	code, err := c.code(m)
	if err != nil {
		return err
	}
	h, err := c.ask(m, browser, "POST", "/activate", url.Values{"number": {c.number}, "code": {code}}, http.StatusSeeOther)
	if err != nil {
		return err
	}
	for _, cookie := range (&http.Response{Header: h}).Cookies() {
		if cookie.Name == "balai_session" {
			return newDevice(m.h).bind(browser, cookie.Value)
		}
	}
	return errors.New("the code signed nobody in")
}

// code waits for the message with the code.
func (c *comer) code(m *morning) (string, error) {
	for range 4 * 600 {
		if code, ok := m.codes.Load(c.person); ok {
			return code.(string), nil
		}
		time.Sleep(250 * time.Millisecond)
	}
	return "", errors.New("no code came in ten minutes")
}

// ask sends a form, as often as the queue's page says to come again.
func (c *comer) ask(m *morning, browser *http.Client, method, path string, form url.Values, want int) (http.Header, error) {
	for {
		r, err := http.NewRequest(method, "http://"+m.h.host+path, strings.NewReader(form.Encode()))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Origin", "http://"+m.h.host)
		if method == "POST" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		res, err := browser.Do(r)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			return nil, err
		}
		wait, _ := strconv.Atoi(res.Header.Get("Retry-After"))
		switch {
		case res.StatusCode == want:
			return res.Header, nil
		case res.StatusCode != http.StatusServiceUnavailable || wait == 0:
			return nil, fmt.Errorf("%s %s: %d %.200s", method, path, res.StatusCode, text)
		}
		m.mu.Lock()
		m.shown++
		m.mu.Unlock()
		c.waited += time.Duration(wait) * time.Second
		time.Sleep(time.Duration(wait) * time.Second)
	}
}

// folder is one for a hall that is measured.
func folder() (string, func(), error) {
	data, err := os.MkdirTemp("", "balai-bench-")
	return data, func() { os.RemoveAll(data) }, err
}
