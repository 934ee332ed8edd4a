package iso20022

import (
	"bytes"
	"io"
)

// counted counts the lines of what is read from it.
type counted struct {
	in    io.Reader
	lines int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.lines += bytes.Count(p[:n], newline)
	return n, err
}

// line is that of the next byte. It is asked for once, where something is wrong.
func (s *scanner) line() int {
	ahead, _ := s.r.Peek(s.r.Buffered())
	return 1 + s.in.lines - bytes.Count(ahead, newline)
}
