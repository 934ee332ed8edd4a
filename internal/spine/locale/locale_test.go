package locale

import (
	"testing"
	"testing/fstest"
	"time"
)

func load(t *testing.T, yaml string) (*Catalog, error) {
	t.Helper()
	return Load(fstest.MapFS{"text.yaml": {Data: []byte(yaml)}})
}

func TestPlaceholdersAndPlurals(t *testing.T) {
	c, err := load(t, `
greet: {ms: "Selamat datang, {name}.", en: "Welcome, {name}."}
days.one: {ms: "{count} hari", en: "{count} day"}
days.other: {ms: "{count} hari", en: "{count} days"}
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		lang Lang
		key  string
		kv   []any
		want string
	}{
		{Malay, "greet", []any{"name", "{count}"}, "Selamat datang, {count}."},
		{English, "greet", []any{"name", "Siti"}, "Welcome, Siti."},
		{English, "days", []any{"count", 1}, "1 day"},
		{English, "days", []any{"count", 1200}, "1,200 days"},
		{English, "none", nil, "⟦none⟧"},
	} {
		if got := c.For(tc.lang).T(tc.key, tc.kv...); got != tc.want {
			t.Errorf("T(%s, %v) = %q, want %q", tc.key, tc.kv, got, tc.want)
		}
	}
}

func TestHalfTranslatedIsRefused(t *testing.T) {
	for _, y := range []string{
		`a: {ms: "x"}`,
		`a: {ms: "x {n}", en: "x {m}"}`,
		`a: {ms: "x {n}", en: "x"}`,
		`a: {ms: "x, y", en: If so, go}`,
	} {
		if _, err := load(t, y); err == nil {
			t.Errorf("accepted %s", y)
		}
	}
}

func TestDatesAndMoney(t *testing.T) {
	c, _ := load(t, `a: {ms: a, en: a}`)
	ms, en := c.For(Malay), c.For(English)
	at := time.Date(2026, 11, 23, 7, 4, 0, 0, time.UTC) // 15:04 in Malaysia
	for _, tc := range [][2]string{
		{ms.DateTime(at), "Isnin, 23 November 2026, 3.04 petang"},
		{en.DateTime(at), "Monday 23 November 2026, 3:04pm"},
		{ms.Time(at.Add(-3 * time.Hour)), "12.04 tengah hari"},
		{en.Time(at.Add(9 * time.Hour)), "12:04am"},
		{ms.Day("2026-03-05"), "5 Mac 2026"},
		{en.Ringgit(123450), "RM1,234.50"},
		{en.Ringgit(-5), "-RM0.05"},
		{en.Number(-1234567), "-1,234,567"},
		{en.Number(-123), "-123"},
	} {
		if tc[0] != tc[1] {
			t.Errorf("got %q, want %q", tc[0], tc[1])
		}
	}
}

func TestPhone(t *testing.T) {
	for number, want := range map[string]string{"0130042277": "013-004 2277", "01112345678": "011-1234 5678", "0380008000": "03-8000 8000",
		"097481234": "09-748 1234", "088123456": "088-123 456", "+60130042277": "+60130042277", "013-004 2277": "013-004 2277", "999": "999", "": ""} {
		if got := Phone(number); got != want {
			t.Errorf("%q is written %q, not %q", number, got, want)
		}
	}
}
