package secret

import (
	"context"
	"crypto/rand"
	"errors"
	"runtime"
	"strings"
	"testing"
)

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func TestHash(t *testing.T) {
	h := NewHasher(random)
	kept, err := h.Hash(t.Context(), "kereta api lama")
	if err != nil || !strings.HasPrefix(kept, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%q, %v", kept, err)
	}
	for text, want := range map[string]bool{"kereta api lama": true, "kereta api baru": false, "": false} {
		if got, err := h.Check(t.Context(), text, kept); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	if again, _ := h.Hash(t.Context(), "kereta api lama"); again == kept {
		t.Error("two hashes have one salt")
	}
	for _, none := range []string{"", "x"} { // whoever has no password has none that fits
		if ok, _ := h.Check(t.Context(), none, ""); ok {
			t.Errorf("%q opens where there is no password", none)
		}
	}
	for _, broken := range []string{"x", "$argon2id$v=19$m=99999999,t=2,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA"} {
		if ok, err := h.Check(t.Context(), "x", broken); ok || err == nil {
			t.Errorf("%q was taken", broken)
		}
	}
}

// A crowd waits, and beyond that is told so: nothing is worked out without a
// turn, and a turn that is given back can be taken again.
func TestHashQueue(t *testing.T) {
	h := NewHasher(random)
	h.queue, h.cores = make(chan struct{}, 2), make(chan struct{}, 1)
	done, err := h.turn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	waits := make(chan error)
	go func() { _, err := h.turn(gone); waits <- err }()
	for len(h.queue) < 2 { // until it waits
		runtime.Gosched()
	}
	if _, err := h.turn(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("a third got a place: %v", err)
	}
	cancel()
	if err := <-waits; !errors.Is(err, context.Canceled) {
		t.Errorf("who went away: %v", err)
	}
	done()
	if done, err = h.turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	done()
}

func TestCode(t *testing.T) {
	seen := map[rune]bool{}
	for range 200 {
		c := Code(random, 16)
		if len(c) != 16 || Typed(strings.ToLower(Grouped(c))) != c {
			t.Fatalf("%q", c)
		}
		for _, r := range c {
			seen[r] = true
		}
	}
	if len(seen) != len(printed) {
		t.Errorf("%d letters of %d came up", len(seen), len(printed))
	}
	if g := Grouped("ABCDEFGHJK"); g != "ABCD-EFGH-JK" {
		t.Errorf("grouped %q", g)
	}
}
