package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"
)

// patience is how long the hall has to do what follows an act.
const patience = 100 * time.Second

// wait asks until something is true, or patience is over.
func (j *judging) wait(done func() bool) bool {
	for until := time.Now().Add(patience); ; {
		if done() {
			return true
		}
		if time.Now().After(until) || j.ctx.Err() != nil {
			return false
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-j.ctx.Done():
		}
	}
}

// markdown prints the results as a table.
func markdown(list []result) string {
	var b strings.Builder
	met := 0
	b.WriteString("| criterion | met | score | where |\n|---|---|---|---|\n")
	for _, r := range list {
		word := "**no**"
		if r.met {
			word = "yes"
			met++
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.name, word, cell(r.score), cell(r.evidence))
	}
	fmt.Fprintf(&b, "\n%d of %d met.\n", met, len(list))
	return b.String()
}

func cell(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "|", "\\|"), "\n", " ") }

// The marks between which the table stands in a document.
const (
	begin = "<!-- make score-probe writes from here -->\n"
	end   = "<!-- to here -->\n"
)

// rewrite puts the table into a document, between its marks.
func rewrite(file, table string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, rest, ok := bytes.Cut(text, []byte(begin))
	_, tail, ok2 := bytes.Cut(rest, []byte(end))
	if !ok || !ok2 {
		return fmt.Errorf("%s has no %q and %q", file, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return os.WriteFile(file, []byte(string(head)+begin+table+end+string(tail)), 0o644)
}
