package id

import (
	"strings"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"pgregory.net/rapid"
)

func TestNewRisesAndIsVersion7(t *testing.T) {
	c := clock.NewManual(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	s := NewSource(c, nil)
	last := ""
	for i := range 10000 {
		if i%1000 == 0 {
			c.Advance(time.Millisecond)
		}
		u := s.New()
		if u <= last {
			t.Fatalf("%s after %s", u, last)
		}
		if len(u) != 36 || u[14] != '7' || !strings.ContainsRune("89ab", rune(u[19])) {
			t.Fatalf("not a UUIDv7: %s", u)
		}
		last = u
	}
}

func TestRefSurvivesHandwritingAndNoticesSlips(t *testing.T) {
	s := NewSource(clock.System(), nil)
	rapid.Check(t, func(t *rapid.T) {
		ref := s.Ref("BLH")
		if !ValidRef(ref) {
			t.Fatalf("own ref refused: %s", ref)
		}
		slip := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(ref, "BLH-"), "-", " "))
		slip = strings.NewReplacer("0", "o", "1", "l").Replace(slip)
		if got := NormalRef("blh-" + slip); got != ref {
			t.Fatalf("NormalRef(%q) = %s, want %s", "blh-"+slip, got, ref)
		}
		i := rapid.IntRange(4, len(ref)-3).Draw(t, "i")
		if ref[i] == '-' {
			return
		}
		with := crockford[rapid.IntRange(0, 31).Draw(t, "with")]
		if with == ref[i] {
			return
		}
		if wrong := ref[:i] + string(with) + ref[i+1:]; ValidRef(wrong) {
			t.Fatalf("slip not noticed: %s for %s", wrong, ref)
		}
	})
}
