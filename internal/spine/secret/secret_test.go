package secret

import (
	"bytes"
	"testing"
)

func TestBox(t *testing.T) {
	master := bytes.Repeat([]byte{7}, 32)
	box := func(master []byte, purpose string) *Box {
		b, err := NewBox(master, purpose)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b := box(master, "op")
	sealed := b.Seal([]byte("seed"), "row 1")
	if got, err := box(master, "op").Open(sealed, "row 1"); err != nil || string(got) != "seed" {
		t.Fatal(string(got), err)
	}
	if bytes.Contains(sealed, []byte("seed")) || bytes.Equal(sealed, b.Seal([]byte("seed"), "row 1")) {
		t.Error("what was sealed can be read or told apart")
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1]++
	for name, open := range map[string]func() ([]byte, error){
		"another row":     func() ([]byte, error) { return b.Open(sealed, "row 2") },
		"another purpose": func() ([]byte, error) { return box(master, "totp").Open(sealed, "row 1") },
		"another hall":    func() ([]byte, error) { return box(bytes.Repeat([]byte{8}, 32), "op").Open(sealed, "row 1") },
		"changed":         func() ([]byte, error) { return b.Open(changed, "row 1") },
		"cut":             func() ([]byte, error) { return b.Open(sealed[:5], "row 1") },
	} {
		if got, err := open(); err == nil {
			t.Errorf("%s: opened to %q", name, got)
		}
	}
	if bytes.Equal(b.Derive("a"), b.Derive("b")) || len(b.Derive("a")) != 32 {
		t.Error("derived keys")
	}
	if _, err := NewBox(master[:31], "op"); err == nil {
		t.Error("a short master was taken")
	}
}
