package fault_test

import (
	"errors"
	"strings"
	"testing"

	"balai/internal/spine/fault"

	"golang.org/x/sync/errgroup"
)

// A mistake in one of a request's goroutines ends the request, and not the hall.
func TestGuard(t *testing.T) {
	no := errors.New("no")
	var list []int
	for what, do := range map[string]func() error{"index": func() error { return errors.New(string(rune(list[3]))) }, "no": func() error { return no }, "": func() error { return nil }} {
		var g errgroup.Group
		g.Go(fault.Guard(do))
		switch err := g.Wait(); {
		case what == "" && err != nil, what == "no" && err != no, what == "index" && (err == nil || !strings.Contains(err.Error(), "guard_test.go")):
			t.Errorf("%q: %v", what, err)
		}
	}
}
