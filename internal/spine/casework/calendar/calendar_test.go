package calendar_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	country "balai/demo/calendar"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

func load(t testing.TB) *calendar.Set {
	t.Helper()
	s, err := calendar.Load(country.Files)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func state(t testing.TB, s *calendar.Set, code string) *calendar.Calendar {
	t.Helper()
	c, err := s.State(code)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSixteenStates(t *testing.T) {
	s := load(t)
	if got := strings.Join(s.States(), " "); got != "MY-01 MY-02 MY-03 MY-04 MY-05 MY-06 MY-07 MY-08 MY-09 MY-10 MY-11 MY-12 MY-13 MY-14 MY-15 MY-16" {
		t.Fatal(got)
	}
	digests := map[string]string{}
	for _, code := range s.States() {
		digests[state(t, s, code).Digest()] = code
	}
	if len(digests) != 16 {
		t.Errorf("digests do not tell states apart: %v", digests)
	}
	if _, err := s.State("MY-17"); fault.CodeOf(err) != fault.Missing {
		t.Errorf("MY-17: %v", err)
	}
}

func TestWeekends(t *testing.T) {
	s := load(t)
	tests := []struct {
		day  string
		rest string // the states that rest on it
	}{
		{"2026-11-27", "MY-02 MY-03 MY-11"},           // Friday
		{"2026-11-28", strings.Join(s.States(), " ")}, // Saturday
		{"2013-12-27", "MY-02 MY-03 MY-11"},           // Friday before Johor's change
		{"2014-01-03", "MY-01 MY-02 MY-03 MY-11"},     // the first Friday after it
		{"2024-12-27", "MY-01 MY-02 MY-03 MY-11"},     // the last
		{"2025-01-03", "MY-02 MY-03 MY-11"},           // Johor is back
		{"2026-11-25", ""},                            // Wednesday
	}
	for _, tt := range tests {
		var rest []string
		for _, code := range s.States() {
			if state(t, s, code).Weekend(tt.day) {
				rest = append(rest, code)
			}
		}
		if got := strings.Join(rest, " "); got != tt.rest {
			t.Errorf("%s: rest in %q, want %q", tt.day, got, tt.rest)
		}
	}
	for _, day := range []string{"2014-01-05", "2024-12-29"} {
		if state(t, s, "MY-01").Weekend(day) {
			t.Errorf("%s was a working Sunday in Johor", day)
		}
	}
}

func TestHolidays(t *testing.T) {
	s := load(t)
	tests := []struct {
		state, day, ms, en string
		estimated          bool
	}{
		{"MY-03", "2026-09-29", "Hari Keputeraan Sultan Kelantan", "Birthday of the Sultan of Kelantan", false},
		{"MY-03", "2026-03-08", "Hari Nuzul Al-Quran (cuti ganti)", "Nuzul Al-Quran (replacement holiday)", false},
		{"MY-13", "2026-06-01", "Hari Keputeraan Seri Paduka Baginda Yang di-Pertuan Agong; Hari Gawai Dayak",
			"Birthday of HM Yang di-Pertuan Agong; Gawai Dayak", false},
		{"MY-01", "1952-01-27", "Tahun Baharu Cina", "Chinese New Year", true},
	}
	for _, tt := range tests {
		c := state(t, s, tt.state)
		name, estimated, ok := c.Holiday(tt.day)
		if !ok || name != (locale.Text{MS: tt.ms, EN: tt.en}) || estimated != tt.estimated || c.Working(tt.day) {
			t.Errorf("%s %s: %+v estimated=%v ok=%v", tt.state, tt.day, name, estimated, ok)
		}
	}
	if _, _, ok := state(t, s, "MY-10").Holiday("2026-09-29"); ok {
		t.Error("Selangor works on Kelantan's holiday")
	}
}

// A day that is a holiday in any case is not an estimate, even where an
// estimated one falls on it too.
func TestEstimatedOnlyWhenNothingElse(t *testing.T) {
	c := state(t, load(t), "MY-01")
	list, err := c.Holidays(1952)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range list {
		if h.Day == "1952-08-31" {
			if len(h.Names) != 2 || h.Estimated() {
				t.Fatalf("%+v", h)
			}
			return
		}
	}
	t.Fatal("1952-08-31 is not listed")
}

func TestOutside(t *testing.T) {
	c := state(t, load(t), "MY-10")
	for _, day := range []string{"1951-12-31", "2051-01-01", "2026-02-29", "23/11/2026", ""} {
		if err := c.Check(day); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q: %v", day, err)
		}
		if c.Working(day) {
			t.Errorf("%q is a working day", day)
		}
	}
	if c.Check("1952-01-01") != nil || c.Check("2050-12-31") != nil {
		t.Error("the first and the last day are refused")
	}
	for _, year := range []int{1951, 2051} {
		if _, err := c.Holidays(year); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%d: %v", year, err)
		}
	}
	late := calendar.Deadline{Budget: 30, Calendar: c, Spans: []calendar.Span{{Start: at(t, "2050-12-20T10:00:00")}}}
	if _, ok := late.Due(); ok || fault.CodeOf(late.Err()) != fault.Invalid {
		t.Errorf("a due date in 2051: %v", late.Err())
	}
}

// The document alone must be enough to know every working day.
func TestDocument(t *testing.T) {
	s := load(t)
	for _, code := range s.States() {
		c := state(t, s, code)
		doc, err := c.Document(2013, 2026, locale.Same("rule"))
		if err != nil {
			t.Fatal(err)
		}
		off := map[string]bool{}
		for _, h := range doc.Holidays {
			off[h.Date] = true
		}
		for d := time.Date(2013, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() <= 2026; d = d.AddDate(0, 0, 1) {
			day := d.Format(time.DateOnly)
			rest := false
			for _, w := range doc.Weekends {
				if (w.From == nil || *w.From <= day) && (w.To == nil || day <= *w.To) {
					rest = d.Weekday().String() == w.Days[0] || d.Weekday().String() == w.Days[1]
				}
			}
			if want := !rest && !off[day]; c.Working(day) != want {
				t.Fatalf("%s %s: working %v, by the document %v", code, day, c.Working(day), want)
			}
		}
	}
	if _, err := state(t, s, "MY-01").Document(2050, 2051, locale.Text{}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("2051: %v", err)
	}
}

// A gazette with a name that has no Malay text must not reach a page.
func TestLoadRefuses(t *testing.T) {
	good := func() fstest.MapFS {
		out := fstest.MapFS{}
		for _, name := range append(files(), "name.yaml") {
			data, err := country.Files.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			out[name] = &fstest.MapFile{Data: data}
		}
		return out
	}
	tests := map[string]func(fstest.MapFS){
		"no Malay and English name": func(f fstest.MapFS) { f["MY_03.json"].Data = []byte(`{"2026-12-01": "Hari Baharu"}`) },
		"is not a day":              func(f fstest.MapFS) { f["MY_03.json"].Data = []byte(`{"2026-02-30": "Labor Day"}`) },
		"MY_16.json":                func(f fstest.MapFS) { delete(f, "MY_16.json") },
		"lacks ms or en":            func(f fstest.MapFS) { f["name.yaml"].Data = []byte("Labor Day: {ms: Hari Pekerja}") },
		"unexpected end":            func(f fstest.MapFS) { f["MY_01.json"].Data = []byte(`{"2026-12-01"`) },
	}
	for want, damage := range tests {
		f := good()
		damage(f)
		if _, err := calendar.Load(f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := calendar.Load(good()); err != nil {
		t.Error(err)
	}
}

func files() (out []string) {
	for _, code := range []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16"} {
		out = append(out, "MY_"+code+".json")
	}
	return out
}
