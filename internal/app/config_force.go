package app

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"

	"balai/internal/spine/keep"
)

// inForce is a setting as it holds, for who looks at it: a secret's value is
// told to nobody.
type inForce struct {
	Name   string  `json:"name"`
	Value  *string `json:"value,omitempty"` // not of a secret
	Secret bool    `json:"secret,omitempty"`
	Set    bool    `json:"set"` // it is not empty
	From   string  `json:"from"`
}

// inForce are the settings that a start with the same flags, environment and
// file has.
func (c Config) inForce() (out []inForce) {
	for _, s := range settings {
		value, is := c.values[s.name]
		if !is { // of the demo
			continue
		}
		f := inForce{Name: s.name, Secret: s.secret != open, Set: value != "", From: c.from[s.name]}
		switch {
		case s.name == "db" && value != "":
			value, f.Secret = keep.Named(value), false // without its password
		case strings.Contains(value, "://"):
			if u, err := url.Parse(value); err == nil {
				value = u.Redacted()
			}
		}
		if !f.Secret {
			f.Value = &value
		}
		out = append(out, f)
	}
	return out
}

// says is the value in words.
func (f inForce) says() string {
	switch {
	case f.Secret && f.Set:
		return "set"
	case f.Secret:
		return "not set"
	case !f.Set:
		return "(empty)"
	}
	return *f.Value
}

// print shows what is in force, and what somebody should look at.
func (c Config) print(std Std, asJSON bool) error {
	list := c.inForce()
	if asJSON {
		enc := json.NewEncoder(std.Out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(struct {
			Settings []inForce `json:"settings"`
			Look     []string  `json:"look"`
		}{list, append([]string{}, c.look...)})
	}
	w := tabwriter.NewWriter(std.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "setting\tvalue\tfrom\n")
	for _, f := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\n", f.Name, f.says(), f.From)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(std.Out, "\n`balai config --list` tells what each is.")
	for _, says := range c.look {
		fmt.Fprintf(std.Err, "look: %s\n", says)
	}
	return nil
}
