package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// TestSentence: what the machine says is told in words, and once.
func TestSentence(t *testing.T) {
	absent := filepath.Join(t.TempDir(), "absent")
	_, file := os.Open(absent)
	_, server := http.Get("http://127.0.0.1:1/journal/checkpoint")
	_, database := db.Open(context.Background(), "postgres://nobody@127.0.0.1:1/none", nil)
	field := fault.New(fault.Invalid, "web.error.missing")
	field.Fields = []fault.Field{{Location: "body.webhook", Key: "web.error.missing"}}
	for _, c := range []struct {
		err  error
		says string
		not  string
	}{
		{fmt.Errorf("--identity: %w", file), "--identity: " + absent + ": there is no such file or folder", "open "},
		{fmt.Errorf("--head: %w", server), "--head: http://127.0.0.1:1/journal/checkpoint does not answer (", "Get "},
		{database, "The database server cannot be reached. Check its address and that it is running. (", "\n"},
		{field, "What you asked for is not here, or not for this account to see.", "body.webhook"},
		{fault.New(fault.Missing, "web.error.missing").Wrap(fault.New(fault.Missing, "directory.missing.agency", "id", "x")), "What you asked for is not here, or not for this account to see.", "("},
		{errors.New("as it is"), "as it is", "("},
	} {
		got := sentence(c.err)
		if !strings.HasPrefix(got, c.says) || strings.Contains(got, c.not) {
			t.Errorf("%v: %q, want %q", c.err, got, c.says)
		}
		if strings.Count(got, "connection refused") > 1 {
			t.Errorf("said twice: %s", got)
		}
	}
}

// TestWelcome: who is told how to begin anew is told of what holds the data.
func TestWelcome(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.demo = &demoCountry{hall: r.Hall}
		r.cfg.values["db"] = "postgres://balai:s3cret@db.example/balai"
		got := r.welcome(context.Background())
		if says := strings.Contains(got, "empty the database postgres://balai@db.example/balai"); says != (r.db.Engine() == "postgres") || strings.Contains(got, "s3cret") {
			t.Errorf("over %s: %s", r.db.Engine(), got)
		}
	})
}
