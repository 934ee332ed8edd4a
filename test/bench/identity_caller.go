package main

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

// crowdOf are callers with a kept connection each.
type crowdOf struct {
	address string
	callers [crowd]*caller
}

// said is an answer that is read.
type said struct {
	header http.Header
	body   []byte
}

// say sends a request and reads its answer; another status than the one wanted
// is an error. A connection that broke is opened again by the next.
func (c *crowdOf) say(i int, request []byte, want int) (a said, err error) {
	if c.callers[i] == nil {
		if c.callers[i], err = dial(c.address); err != nil {
			return a, err
		}
	}
	if err = c.callers[i].conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return a, err
	}
	status, err := c.callers[i].read(request, &a)
	if err != nil {
		c.callers[i].conn.Close()
		c.callers[i] = nil
		return a, err
	}
	if status != want {
		return a, fmt.Errorf("status %d: %.200s", status, a.body)
	}
	return a, nil
}

// close ends the kept connections.
func (c *crowdOf) close() {
	for _, one := range c.callers {
		if one != nil {
			one.conn.Close()
		}
	}
}

// read asks as ask does, and keeps the answer.
func (c *caller) read(request []byte, a *said) (status int, err error) {
	if _, err := c.conn.Write(request); err != nil {
		return 0, err
	}
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	a.header = res.Header
	a.body, err = io.ReadAll(res.Body)
	return res.StatusCode, err
}
