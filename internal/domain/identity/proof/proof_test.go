package proof

import (
	"slices"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/secret"
	"pgregory.net/rapid"
)

const noon = int64(1_800_000_000_000_000)

// piece is a piece of evidence that counts at noon, as two officers made it.
func piece(kind string) Evidence {
	k, _ := KindOf(kind)
	e := Evidence{ID: kind, Person: "p", Kind: kind, Channel: k.Channels[0], Verifier: "first", At: noon - 10}
	if e.Channel == AtCounter {
		e.ApprovedBy, e.ApprovedAt = "second", noon-5
	}
	return e
}

// Each level by what it takes, and by what is short of it.
func TestLevel(t *testing.T) {
	for _, c := range []struct {
		kinds []string
		want  int
	}{
		{nil, 0},
		{[]string{RegistryMatch}, 0},
		{[]string{ContactCode}, 0},
		{[]string{RegistryMatch, ContactCode}, 1},
		{[]string{Vouch}, 1},
		{[]string{BirthEntry}, 0},
		{[]string{PhotoCompared}, 0},
		{[]string{Vouch, BirthEntry}, 2},
		{[]string{PhotoCompared, BirthEntry}, 2},
		{[]string{MyKadSeen}, 2},
		{[]string{PassportSeen}, 2},
		{[]string{MyKadChip}, 0},
		{[]string{MyKadChip, Thumbprint}, 0},
		{[]string{MyKadSeen, MyKadChip}, 3},
		{[]string{MyKadSeen, Thumbprint}, 3},
		{[]string{Vouch, BirthEntry, Thumbprint}, 3},
		{[]string{RegistryMatch, ContactCode, MyKadChip}, 1},
	} {
		var list []Evidence
		for _, k := range c.kinds {
			list = append(list, piece(k))
		}
		if got := Level(list, noon); got != c.want {
			t.Errorf("%v: level %d, want %d", c.kinds, got, c.want)
		}
	}
}

// What has ended, was voided, is of tomorrow, or was not approved by somebody
// else counts for nothing.
func TestWhatDoesNotCount(t *testing.T) {
	for what, spoil := range map[string]func(e *Evidence){
		"has ended":                      func(e *Evidence) { e.ExpiresAt = noon },
		"was voided":                     func(e *Evidence) { e.VoidAt = noon - 1 },
		"is of tomorrow":                 func(e *Evidence) { e.At = noon + 1 },
		"is not approved":                func(e *Evidence) { e.ApprovedBy, e.ApprovedAt = "", 0 },
		"is approved later":              func(e *Evidence) { e.ApprovedAt = noon + 1 },
		"is approved by who saw it":      func(e *Evidence) { e.ApprovedBy = e.Verifier },
		"is approved by the person":      func(e *Evidence) { e.ApprovedBy = e.Person },
		"was seen by the person":         func(e *Evidence) { e.Verifier = e.Person },
		"came by a way it cannot":        func(e *Evidence) { e.Channel = FromAfar },
		"is of a kind that nobody knows": func(e *Evidence) { e.Kind = "guess" },
	} {
		e := piece(MyKadSeen)
		if Level([]Evidence{e}, noon) != 2 {
			t.Fatal("a whole piece does not count")
		}
		spoil(&e)
		if got := Level([]Evidence{e}, noon); got != 0 {
			t.Errorf("what %s gives level %d", what, got)
		}
	}
}

// anything is a piece of evidence of any kind, whole or spoiled in some way.
var anything = rapid.Custom(func(t *rapid.T) Evidence {
	e := piece(rapid.SampledFrom(kinds).Draw(t, "kind").Name)
	e.Channel = rapid.SampledFrom([]string{e.Channel, e.Channel, AtCounter, FromAfar}).Draw(t, "channel")
	e.Verifier = rapid.SampledFrom([]string{"first", "other", "p"}).Draw(t, "verifier")
	e.ApprovedBy = rapid.SampledFrom([]string{"", "first", "second", "p"}).Draw(t, "approver")
	e.ExpiresAt = rapid.SampledFrom([]int64{0, noon - 1, noon, noon + 1}).Draw(t, "expires")
	e.VoidAt = rapid.SampledFrom([]int64{0, 0, noon - 1}).Draw(t, "void")
	e.At = rapid.SampledFrom([]int64{noon - 10, noon, noon + 1}).Draw(t, "at")
	return e
})

// More evidence never lowers a level, taking some away never raises it, the
// order is nothing, and no level is above what its kinds can give.
func TestLevelIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(anything, 0, 8).Draw(t, "evidence")
		level := Level(list, noon)
		if more := Level(append(slices.Clone(list), anything.Draw(t, "one more")), noon); more < level {
			t.Fatalf("one more piece lowers %d to %d", level, more)
		}
		if got := Level(rapid.Permutation(list).Draw(t, "order"), noon); got != level {
			t.Fatalf("in another order the level is %d, not %d", got, level)
		}
		most := 0
		for _, e := range list {
			if k, ok := KindOf(e.Kind); ok && e.counts(noon) {
				most = max(most, k.Most)
			}
		}
		if level > most {
			t.Fatalf("level %d of kinds that give %d", level, most)
		}
		if len(list) > 0 {
			less := slices.Clone(list)
			less[rapid.IntRange(0, len(less)-1).Draw(t, "voided")].VoidAt = noon - 1
			if got := Level(less, noon); got > level {
				t.Fatalf("voiding raises %d to %d", level, got)
			}
		}
		for _, e := range list { // two people, neither of them the one it is about
			if e.counts(noon) && e.Channel == AtCounter && (e.Verifier == e.ApprovedBy || e.Verifier == "p" || e.ApprovedBy == "p" || e.ApprovedBy == "") {
				t.Fatalf("counts: %+v", e)
			}
		}
	})
}

// A gate lets so many in and tells the others how long, by the rate at which
// people finish.
func TestGate(t *testing.T) {
	now := clock.NewManual(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	g := newGate(now, 2)
	one, _ := g.enter()
	two, _ := g.enter()
	if one == nil || two == nil || g.full() == 0 {
		t.Fatal("two do not fill a gate for two")
	}
	if three, wait := g.enter(); three != nil || wait < leastWait || wait > mostWait {
		t.Fatalf("a third got in, or waits %s", wait)
	}
	one()
	if g.full() != 0 {
		t.Fatal("nobody gets in after one left")
	}
	one, _ = g.enter()
	for range 200 { // finish twenty a second, while a thousand come
		one()
		one, _ = g.enter()
	}
	for range 1000 {
		g.enter()
	}
	now.Advance(gateWindow)
	_, wait := g.enter()
	if want := 50 * time.Second; wait < want*9/10 || wait > want*11/10 {
		t.Errorf("a thousand at twenty a second wait %s, not about %s", wait, want)
	}
	two()
	one()
	now.Advance(2 * gateWindow)
	if leave, _ := g.enter(); leave == nil {
		t.Error("an empty gate is shut")
	}
}

// In the first moment of a rush nobody has finished yet, and what was finished
// in the quiet hours before says nothing: nobody is sent away for minutes whose
// turn comes in seconds. In a hall where nobody finishes, they are.
func TestGateInTheFirstMoment(t *testing.T) {
	now := clock.NewManual(time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC))
	g := newGate(now, 60)
	leave, _ := g.enter()
	leave()
	now.Advance(4 * time.Hour)
	for range 60 {
		g.enter()
	}
	var wait time.Duration
	for range 240 {
		_, wait = g.enter()
	}
	if want := 20 * time.Second; wait != want {
		t.Errorf("the last of 240, with room for 60 every five seconds, is told %s, not %s", wait, want)
	}
	now.Advance(gateWindow)
	if _, wait = g.enter(); wait != mostWait {
		t.Errorf("nobody has left in ten seconds, and the wait is %s", wait)
	}
}

// Codes are of the alphabet; what people make of them when typing is read.
func TestCodesAreRead(t *testing.T) {
	for typed, want := range map[string]string{"acdef-ghjkm": "ACDEFGHJKM", " ACDEF GHJKM ": "ACDEFGHJKM", "AcDeFgHjKm": "ACDEFGHJKM"} {
		if got := secret.Typed(typed); got != want {
			t.Errorf("%q is read as %q", typed, got)
		}
	}
	if !same(sealed("ACDEFGHJKM", "salt"), sealed("ACDEFGHJKM", "salt")) || same(sealed("ACDEFGHJKM", "salt"), sealed("ACDEFGHJKM", "pepper")) {
		t.Error("a hash is not of its code and salt")
	}
}

// A PIN of which whoever finds the card thinks first is none: of somebody born
// on 8 March 1952, the number on the card and its like.
func TestPIN(t *testing.T) {
	const number, born = "520308-00-5613", "1952-03-08"
	for pin, good := range map[string]bool{
		"482915": true, "204816": true, "903174": true, "080953": true,
		"12345": false, "1234567": false, "48291a": false, "": false,
		"111111": false, "123456": false, "654321": false, "890123": false, "321098": false, "123321": false, "456123": false,
		"123123": false, "482482": false, "121212": false, "112233": false, "111222": false, "770077": false, "738837": false, "141441": false,
		"080352": false, "520308": false, "030852": false, "520803": false, "085203": false, "081952": false, "195203": false,
		"031952": false, "195208": false, "080319": false, "831952": false, "195283": false, "803195": false,
		"030800": false, "308005": false, "005613": false, "561300": false, "825613": false, "803025": false, "316500": false,
	} {
		if got := wrongPIN(pin, pin, number, born) == ""; got != good {
			t.Errorf("PIN %q: good %v", pin, got)
		}
	}
	if wrongPIN("482915", "482916", number, born) == "" {
		t.Error("two different PINs pass")
	}
	if wrongPIN("482915", "482915", "", "") != "" {
		t.Error("who has no number gets no card")
	}
}

// What can be a number is read however it is written; what is none is told apart
// by its length and its day alone.
func TestPossibleNumber(t *testing.T) {
	for number, want := range map[string]bool{"940312-00-5038": true, "940312005038": true, " 940312 00 5038 ": true, "000229-00-0001": true, "111111-11-1111": true, "X1001247": true, "a 1234567": true,
		"": false, "12345": false, "940312-00-503": false, "940312-00-50388": false, "941312-00-5038": false, "940230-00-5038": false, "940312-00-503A": false, "000000-00-0000": false, "X12": false, "1X345678": false, "Siti Aminah": false, "A/P 12345": false} {
		if Possible(number) != want {
			t.Errorf("%q is possible: %v", number, !want)
		}
	}
}

// A name is the same however bin, binti, anak lelaki and anak perempuan are
// shortened, and by either side of an alias; a word that is not there is another
// name.
func TestSameName(t *testing.T) {
	for onRecord, typed := range map[string][]string{
		"Tok Mek binti Seman":         {"TOK MEK BINTI SEMAN", "tok  mek bt seman", "Tok Mek Bte. Seman", "Tok Mek B. Seman", "tok mek bt.seman"},
		"AHMAD BIN ALI":               {"Ahmad bn Ali", "Ahmad b Ali", "ahmad b. ali", "Ahmad  Bin Ali"},
		"LETCHUMI A/P MUNIANDY":       {"Letchumi a/p Muniandy", "Letchumi A / P Muniandy", "Letchumi ap Muniandy", "Letchumi anak perempuan Muniandy"},
		"Suresh a/l Raman":            {"SURESH A/L RAMAN", "Suresh al Raman", "Suresh anak lelaki Raman"},
		"Siti @ Nora binti Ali":       {"SITI@NORA BINTI ALI", "Siti @Nora bt Ali", "Siti binti Ali", "Nora bte Ali"},
		"TAN AH KOW @ TAN AH KAU":     {"Tan Ah Kow", "tan ah kau", "Tan Ah Kow@Tan Ah Kau"},
		"Nur Ain D'Cruz":              {"Nur Ain D\u2019Cruz", "NUR AIN DCRUZ"},
		"Siti Hajar binti Abdul Aziz": {"Siti Hajar bt. Abdul Aziz"},
	} {
		for _, name := range typed {
			if !sameName(onRecord, name) {
				t.Errorf("%q is not %q", name, onRecord)
			}
		}
	}
	for onRecord, typed := range map[string][]string{
		"Tok Mek binti Seman":   {"", "Tok Mek", "Tok binti Seman", "Tok Mek Seman", "Tok Mek binti Semann", "binti", "Mek Tok binti Seman"},
		"LETCHUMI A/P MUNIANDY": {"Letchumi a/l Muniandy", "Letchumi Muniandy"},
		"Siti @ Nora binti Ali": {"Siti", "Nora", "binti Ali", "Siti Nora binti Ali", "@", "Siti @"},
		"":                      {"", " ", ".", "@", "x"},
	} {
		for _, name := range typed {
			if sameName(onRecord, name) {
				t.Errorf("%q is %q", name, onRecord)
			}
		}
	}
}

// The twelfth birthday counts from its first minute, also of a leap day's child.
func TestAge(t *testing.T) {
	day := func(s string) time.Time {
		at, err := clock.ParseDay(s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct {
		born string
		at   time.Time
		want bool
	}{
		{"2014-11-23", day("2026-11-23"), true},
		{"2014-11-23", day("2026-11-23").Add(-time.Minute), false},
		{"2016-02-29", day("2028-02-29"), true},
		{"2016-02-29", day("2028-02-28"), false},
		{"1952-03-08", day("2026-11-23"), true},
	} {
		if got := ofAge(c.born, c.at); got != c.want {
			t.Errorf("born on %s, at %s: %v", c.born, c.at, got)
		}
	}
}
