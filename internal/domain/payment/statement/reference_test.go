package statement

import (
	"slices"
	"testing"

	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
)

const written = "BC0D1F2G3H4J5K6M7N8P"

// A reference is found however people write it, and no other text is one.
func TestReferences(t *testing.T) {
	for text, want := range map[string]bool{
		written:                            true,
		"bayar bc0d1f2g3h4j5k6m7n8p saman": true,
		"BCOD1F2G3H4J5K6M7N8P":             true, // an O for the zero
		"BC0Dl F2G3-H4J5 K6M7.N8P":         true,
		"SAMAN BC0D1F2G3H4J5K6M7N8":        false,
		"REF:XBC0D1F2G3H4J5K6M7N8P":        true, // what a bank writes before it
		"BC0D1F2G3H4J5K6M7N8A":             false,
		"":                                 false,
		"166?00GUTSCHRIFT?20EREF+BC0D1F2G3H4J5K6M7N8P?21SVWZ+x": true,
		"166?20SVWZ+Bayaran BC0D1F2?21G3H4J5K6M7N8P?30MBBEMYKL": true, // in two parts
		"BC0D1F2?21G3H4J5K6M7N8P":                               false,
	} {
		if got := slices.Contains(references("", text), written); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}

func TestSameName(t *testing.T) {
	for _, x := range []struct {
		a, b string
		same bool
	}{
		{"SITI BINTI AHMAD", "Siti binti Ahmad", true},
		{"SITI AHMAD", "Siti Nurhaliza binti Ahmad", true},
		{"MUTHU A/L RAMAN", "Muthu a/l Raman", true},
		{"SITI BINTI OMAR", "Siti binti Ahmad", false},
		{"SITI", "Siti binti Ahmad", false},
		{"BIN BINTI", "Ali bin Ahmad", false},
		{"", "", false},
	} {
		if got := sameName(x.a, x.b); got != x.same {
			t.Errorf("%q and %q: %t", x.a, x.b, got)
		}
	}
}

// Amount and day alone are not enough; a name or the agency's reference is needed
// beside them.
func TestPoints(t *testing.T) {
	day, err := clock.ParseDay("2026-11-30")
	if err != nil {
		t.Fatal(err)
	}
	a := payment.Attempt{OpenedAt: clock.Micro(day) + 1}
	pay := payment.Payment{Reference: "SMN-00012"}
	for _, x := range []struct {
		day, text, party string
		enough           bool
	}{
		{"2026-11-30", "", "", false},
		{"2026-11-30", "SMN 00012", "", true},
		{"2026-11-30", "SMN-000123", "", false},
		{"2026-11-30", "", "SITI AHMAD", true},
		{"2026-12-20", "", "SITI AHMAD", false},
		{"2026-12-20", "smn-00012", "SITI AHMAD", true},
		{"2026-11-29", "smn-00012", "SITI AHMAD", false}, // before it was begun
		{"2027-01-30", "smn-00012", "SITI AHMAD", false},
	} {
		if got := points(Line{Day: x.day, Text: x.text, Party: x.party}, pay, a, "Siti binti Ahmad") >= scored; got != x.enough {
			t.Errorf("%+v: %t", x, got)
		}
	}
}
