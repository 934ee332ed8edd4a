package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// result is one measured row.
type result struct {
	n        int
	took     time.Duration
	waits    []time.Duration // sorted
	failures int
	first    string // the first failure, for the reader
	bytes    int    // of one body
}

func (r *result) sort() { slices.Sort(r.waits) }

func (r result) rate() float64 { return float64(r.n) / r.took.Seconds() }

func (r result) at(p float64) time.Duration {
	if len(r.waits) == 0 {
		return 0
	}
	return r.waits[min(len(r.waits)-1, int(float64(len(r.waits))*p))]
}

// caller is one kept connection that speaks just enough HTTP/1.1: net/http's own client costs more than the pages it asks for.
type caller struct {
	conn net.Conn
	in   *bufio.Reader
}

func dial(address string) (*caller, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &caller{conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}

// ask sends one request and reads the whole answer; it returns the status and the body's length.
func (c *caller) ask(request []byte) (status, length int, err error) {
	if _, err := c.conn.Write(request); err != nil {
		return 0, 0, err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil || len(line) < 12 {
		return 0, 0, fmt.Errorf("no status line: %w", err)
	}
	status, _ = strconv.Atoi(string(line[9:12]))
	length, chunked := 0, false
	for {
		line, err = c.in.ReadSlice('\n')
		if err != nil {
			return status, 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if v, ok := field(line, "content-length:"); ok {
			length, _ = strconv.Atoi(v)
		} else if v, ok := field(line, "transfer-encoding:"); ok {
			chunked = v == "chunked"
		}
	}
	if !chunked {
		_, err = c.in.Discard(length)
		return status, length, err
	}
	for length = 0; ; {
		line, err = c.in.ReadSlice('\n')
		if err != nil {
			return status, length, err
		}
		n, err := strconv.ParseInt(strings.TrimSpace(string(line)), 16, 64)
		if err != nil {
			return status, length, err
		}
		if _, err := c.in.Discard(int(n) + 2); err != nil {
			return status, length, err
		}
		if n == 0 {
			return status, length, nil
		}
		length += int(n)
	}
}

func field(line []byte, name string) (string, bool) {
	if len(line) < len(name) || !strings.EqualFold(string(line[:len(name)]), name) {
		return "", false
	}
	return strings.TrimSpace(string(line[len(name):])), true
}

// request writes a GET or a form's POST.
func request(method, host, path, cookie, body string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nAccept: text/html\r\nAccept-Language: ms\r\n", method, path, host)
	if cookie != "" {
		fmt.Fprintf(&b, "Cookie: balai_session=%s\r\n", cookie)
	}
	if method == "POST" {
		fmt.Fprintf(&b, "Origin: http://%s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n", host, len(body))
	}
	b.WriteString("\r\n")
	b.WriteString(body)
	return b.Bytes()
}

// closed asks as fast as the answers come, from several callers, for a time.
func closed(address string, callers int, d time.Duration, want int, make func(caller, turn int) []byte) result {
	return drive(address, callers, want, make, func(began time.Time, _, _ int) (time.Time, bool) {
		now := time.Now()
		return now, now.Sub(began) < d
	})
}

// open asks at a fixed rate, whether or not the answers keep up; a late start
// counts as waiting. The callers take turns, so the questions come evenly.
func open(address string, callers, perSecond int, d time.Duration, want int, make func(caller, turn int) []byte) result {
	between := time.Second / time.Duration(perSecond)
	return drive(address, callers, want, make, func(began time.Time, caller, turn int) (time.Time, bool) {
		due := began.Add(between * time.Duration(turn*callers+caller))
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
		}
		return due, due.Sub(began) < d
	})
}

// drive runs the callers; next says when a turn counts as begun, and whether there is one.
func drive(address string, callers, want int, make func(caller, turn int) []byte, next func(began time.Time, caller, turn int) (time.Time, bool)) result {
	var all result
	var mu sync.Mutex
	var wg sync.WaitGroup
	began := time.Now()
	for i := range callers {
		wg.Go(func() {
			one := result{}
			c, err := dial(address)
			for turn := 0; err == nil; turn++ {
				from, more := next(began, i, turn)
				if !more {
					break
				}
				var status int
				status, one.bytes, err = c.ask(make(i, turn))
				if err != nil || status != want {
					one.failures++
					if one.first == "" {
						one.first = fmt.Sprintf("status %d, %v", status, err)
					}
				}
				one.n++
				one.waits = append(one.waits, time.Since(from))
			}
			if c != nil {
				io.Closer(c.conn).Close()
			}
			mu.Lock()
			defer mu.Unlock()
			all.n += one.n
			all.failures += one.failures
			all.waits = append(all.waits, one.waits...)
			all.bytes = one.bytes
			if all.first == "" {
				all.first = one.first
			}
		})
	}
	wg.Wait()
	all.took = time.Since(began)
	all.sort()
	return all
}
