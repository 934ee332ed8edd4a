package id

import (
	"bytes"
	"crypto/rand"
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

// tape is randomness that a test can read again.
type tape struct{ last []byte }

func (t *tape) Read(b []byte) (int, error) {
	n, err := rand.Read(b)
	t.last = bytes.Clone(b)
	return n, err
}

// TestRefHoldsEightyBits: nobody guesses a reference, because ten random bytes
// are in it, each bit of them in one of its characters.
func TestRefHoldsEightyBits(t *testing.T) {
	random := &tape{}
	s := NewSource(clock.System(), random)
	for range 50 {
		ref := strings.ReplaceAll(s.Ref("BLH"), "-", "")
		if len(random.last) != 10 || ref[3:19] != encode(random.last) {
			t.Fatalf("%s does not hold the %d random bytes", ref, len(random.last))
		}
		for bit := range 80 {
			other := bytes.Clone(random.last)
			other[bit/8] ^= 1 << (bit % 8)
			if encode(other) == ref[3:19] {
				t.Fatalf("bit %d of %s changes nothing", bit, ref)
			}
		}
	}
}

// A time is read of an id and of nothing else: what is not one goes no further, into
// a database that would refuse it.
func TestTime(t *testing.T) {
	at := time.Date(2026, 11, 30, 1, 2, 3, 0, time.UTC)
	made := NewSource(clock.NewManual(at), rand.Reader).New()
	if got, ok := Time(made); !ok || !got.Equal(at) {
		t.Errorf("%s was made at %v, %v", made, got, ok)
	}
	for _, text := range []string{"", "zzz", made[:35], made + "0", made[:30] + "\x00" + made[31:], made[:20] + "-" + made[21:]} {
		if _, ok := Time(text); ok {
			t.Errorf("%q has a time", text)
		}
	}
}
