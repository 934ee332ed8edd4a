// Package hook calls addresses that somebody else chose: where agencies' own
// systems want to be told. It reaches public addresses only, follows nothing,
// reads little of the answer, and lets no address, however slow, hold up the
// hall's own jobs.
package hook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"balai/internal/spine/clock"
)

const (
	// patience bounds one call; answerMost is how much of an answer is read.
	patience   = 15 * time.Second
	answerMost = 64 << 10
)

// Caller makes the calls of one process: all parts share one, since they share
// its workers.
type Caller struct {
	// Loopback lets addresses of this machine be called, and without TLS.
	Loopback bool
	// Patience bounds one call.
	Patience time.Duration

	clock clock.Clock
	gate  gate
}

// New makes a caller.
func New(c clock.Clock, loopback bool) *Caller {
	return &Caller{Loopback: loopback, clock: c, Patience: patience}
}

// Check refuses what may not be called. What its name leads to is looked at
// again at each call.
func (c *Caller) Check(address string) error { return checkAddress(address, c.Loopback) }

// Post sends a body, JSON where header says nothing else, and gives the status of the answer. Where wait is more than
// nothing, no call was made, and it may be tried after that time.
func (c *Caller) Post(ctx context.Context, address string, header http.Header, body []byte) (status int, wait time.Duration, err error) {
	leave, wait := c.gate.enter(address, c.clock.Now())
	if wait > 0 {
		return 0, wait, nil
	}
	status, hung, err := c.post(ctx, address, header, body)
	leave(hung, c.clock.Now())
	return status, 0, err
}

// post also tells whether the address kept its caller waiting: before its
// answer, or in the middle of it.
func (c *Caller) post(ctx context.Context, address string, header http.Header, body []byte) (status int, hung bool, err error) {
	if err := c.Check(address); err != nil {
		return 0, false, err
	}
	ctx, stop := context.WithTimeout(ctx, c.Patience)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, false, withoutAddress(err)
	}
	req.Header = header.Clone()
	if req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", "Balai")
	res, err := client(c.Loopback).Do(req)
	if err != nil {
		return 0, timedOut(err), withoutAddress(err)
	}
	defer res.Body.Close()
	_, rest := io.Copy(io.Discard, io.LimitReader(res.Body, answerMost)) // what it says is of no use; its status counts
	return res.StatusCode, timedOut(rest), nil
}

// withoutAddress is what went wrong with a request, without its address: that
// may hold a token of the agency's, and errors are logged and listed.
func withoutAddress(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

// Place is an address as it is shown: what follows the path may be a secret.
func Place(address string) string {
	if at, _, cut := strings.Cut(address, "?"); cut {
		return at + "?…"
	}
	return address
}

// client makes one connection to a checked address and follows nothing.
func client(loopback bool) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: control(loopback)}
	return &http.Client{
		Transport:     &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true, TLSHandshakeTimeout: 5 * time.Second, MaxResponseHeaderBytes: answerMost},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
