// Package hold is the lock by which a hall has one holder at a time: who
// serves shares it with others who serve, and whoever restores or moves the
// hall has it alone. The operating system gives it back when a process ends,
// however it ends.
package hold

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// manyLines is from which size on the file's old lines are left out, in bytes.
const manyLines = 4096

// Held is a lock on a file until it is released.
type Held struct{ file *os.File }

// Taken is the error of a lock that somebody else has.
type Taken struct{ By []string } // each with what it does and its process, as far as it is known

func (t *Taken) Error() string {
	if len(t.By) == 0 {
		return "another program holds it"
	}
	return "held by " + strings.Join(t.By, ", ")
}

// File takes the lock of the file at path, which it makes where it is not
// there: alone, or shared with others who share it. It does not wait; where
// somebody else has it, the error is *Taken. who says what the holder does, as
// "balai serve".
func File(path string, alone bool, who string) (*Held, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("hold: %w", err)
	}
	err = lock(f, alone)
	if err != nil {
		defer f.Close()
		if busy(err) {
			return nil, &Taken{holders(path)}
		}
		return nil, fmt.Errorf("hold: %w", err)
	}
	// The lines only tell; whoever comes when there are many leaves out those
	// of processes that have gone.
	if info, err := f.Stat(); alone {
		_ = f.Truncate(0)
	} else if err == nil && info.Size() > manyLines {
		left := lines(path)
		_ = f.Truncate(0)
		for _, line := range left {
			fmt.Fprintln(f, line)
		}
	}
	if _, err := fmt.Fprintf(f, "%d %s\n", os.Getpid(), who); err != nil {
		f.Close()
		return nil, fmt.Errorf("hold: %w", err)
	}
	return &Held{f}, nil
}

// Release gives the lock back. It may be called on nil, and more than once.
func (h *Held) Release() {
	if h != nil && h.file != nil {
		h.file.Close()
		h.file = nil
	}
}

// holders are those who have written a line and still run.
func holders(path string) (out []string) {
	for _, line := range lines(path) {
		pid, who, _ := strings.Cut(line, " ")
		out = append(out, fmt.Sprintf("%s (process %s)", who, pid))
	}
	return out
}

// lines are those of processes that still run.
func lines(path string) (out []string) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		pid, _, _ := strings.Cut(line, " ")
		if n, err := strconv.Atoi(pid); err == nil && n > 0 && alive(n) {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}
