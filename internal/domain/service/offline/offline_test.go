package offline

import (
	"bytes"
	"strings"
	"testing"
)

func entry(n int, prev string) Entry {
	return Entry{Pack: "PKT-1", Log: "aabbccdd", N: n, Number: NumberOf("PKT-1", "aabbccdd", n), Key: strings.Repeat("k", n), At: "2026-11-23T09:00:00+08:00",
		Officer: "Hasnah", Name: "D'Cruz <a/l> Ng", IDNumber: "940312-00-0000", Values: map[string][]string{"effect": {"centre"}}, Prev: prev}
}

func logged(n int) (lines [][]byte) {
	prev := ""
	for i := 1; i <= n; i++ {
		text, hash := entry(i, prev).Line()
		lines, prev = append(lines, text), hash
	}
	return append(lines, Close{Log: "aabbccdd", Count: n, Last: prev}.Line())
}

func read(t *testing.T, lines ...[]byte) Log {
	t.Helper()
	l, err := ReadLog(bytes.NewReader(bytes.Join(lines, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLogTellsWhatIsMissing(t *testing.T) {
	lines := logged(4)
	whole := read(t, lines...)
	if len(whole.Entries) != 4 || len(whole.Missing)+len(whole.Damaged)+len(whole.Open) != 0 || whole.Entries[3].Name != "D'Cruz <a/l> Ng" {
		t.Fatalf("%+v", whole)
	}
	if twice := read(t, append(lines, lines...)...); len(twice.Entries) != 4 || len(twice.Missing) != 0 {
		t.Errorf("twice: %+v", twice)
	}
	hole := read(t, lines[0], lines[2], lines[4])
	if got := strings.Join(hole.Missing, " "); got != "PKT-1-aabbccdd-002 PKT-1-aabbccdd-004" || !hole.Entries[1].Loose {
		t.Errorf("hole: %+v", hole)
	}
	// Cut at every byte: no sound entry before the cut is lost, and the cut is
	// always seen.
	file := bytes.Join(lines, nil)
	for at := range len(file) - 1 {
		l, err := ReadLog(bytes.NewReader(file[:at]))
		if err != nil {
			t.Fatal(err)
		}
		if whole := bytes.Count(file[:at], []byte("\n")); len(l.Entries) < min(whole, 4) {
			t.Fatalf("cut at %d: %d entries of %d", at, len(l.Entries), whole)
		}
		if len(l.Entries) > 0 && len(l.Open) == 0 {
			t.Fatalf("cut at %d is not seen", at)
		}
	}
}

func TestLogBelievesNothingChanged(t *testing.T) {
	lines := logged(2)
	for _, change := range [][2]string{{"940312-00-0000", "940312-00-0001"}, {`centre`, `flooded`}, {`\"n\":1`, `\"n\":2`}} {
		bad := bytes.Replace(lines[0], []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(bad, lines[0]) {
			t.Fatal(change)
		}
		if l := read(t, bad, lines[1], lines[2]); len(l.Entries) != 1 || len(l.Damaged) != 1 || len(l.Missing) != 1 {
			t.Errorf("%v: %+v", change, l)
		}
	}
	long := append(bytes.Repeat([]byte("x"), 2*maxLine), '\n')
	if l := read(t, long, lines[0], lines[1], lines[2]); len(l.Entries) != 2 || len(l.Damaged) != 1 {
		t.Errorf("a long row: %d entries, damaged %v", len(l.Entries), l.Damaged)
	}
}

// A line of a file is anybody's: what it says is bounded before the hall
// believes it, and nothing in it moves the terminal that it is shown on.
func TestLogIsBounded(t *testing.T) {
	lines := logged(2)
	const most = 100000
	count := Close{Log: "aabbccdd", Count: 9_000_000_000}.Line()
	if l := read(t, lines[0], count); len(l.Damaged) != 1 || len(l.Missing) > most || len(l.Open) != 1 {
		t.Errorf("a count without end: %d missing, damaged %v, open %v", len(l.Missing), l.Damaged, l.Open)
	}
	odd := func(change func(e *Entry)) []byte {
		e := entry(1, "")
		change(&e)
		e.Number = NumberOf(e.Pack, e.Log, e.N)
		text, _ := e.Line()
		return text
	}
	for name, row := range map[string][]byte{
		"log":   odd(func(e *Entry) { e.Log = "\x1b[2Jxxxx" }),
		"pack":  odd(func(e *Entry) { e.Pack = "PKT-\x1b[2J" }),
		"key":   odd(func(e *Entry) { e.Key = "k\x00" }),
		"name":  odd(func(e *Entry) { e.Name = "\x00" }),
		"close": Close{Log: "\x1b]0;x", Count: 1}.Line(),
	} {
		if l := read(t, lines[0], lines[1], lines[2], row); len(l.Damaged) != 1 || len(l.Entries) != 2 {
			t.Errorf("%s: %d entries, damaged %v", name, len(l.Entries), l.Damaged)
		}
	}
	// Many logs, each of which says that it had a hundred thousand entries.
	var many [][]byte
	for i := range 3 {
		many = append(many, odd(func(e *Entry) { e.Log, e.N = strings.Repeat(string(rune('a'+i)), 8), most }))
	}
	if l := read(t, many...); len(l.Missing) > most || len(l.Open) != 3 {
		t.Errorf("many logs: %d missing, open %v", len(l.Missing), l.Open)
	}
}
