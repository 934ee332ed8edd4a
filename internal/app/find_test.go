package app

import (
	"testing"

	"balai/internal/spine/locale"
	"balai/internal/spine/search"
)

// TestFirstAnswer: words that name one thing find it first, in either
// language; those of a moment find where it starts.
func TestFirstAnswer(t *testing.T) {
	x, _, err := catalogueIndex()
	if err != nil {
		t.Fatal(err)
	}
	for q, want := range map[string][]string{
		"kematian":    {"jpn/death-registration"},
		"kelahiran":   {"jpn/birth-registration"},
		"daftar ssm":  {"ssm/business-registration"},
		"nikah":       {"jakim/muslim-marriage"},
		"kahwin":      {"jakim/muslim-marriage", "jpn/civil-marriage"},
		"marriage":    {"jakim/muslim-marriage", "jpn/civil-marriage"},
		"cerai":       {"jksm/muslim-divorce", "jpn/civil-divorce"},
		"divorce":     {"jksm/muslim-divorce", "jpn/civil-divorce"},
		"STR":         {"lhdn/cash-aid"},
		"haji":        {"tabung-haji/pilgrimage"},
		"Tabung Haji": {"tabung-haji/pilgrimage"},

		"road tax":       {"jpj/road-tax"},
		"cukai jalan":    {"jpj/road-tax"},
		"renew passport": {"imigresen/passport"},
		"pasport":        {"imigresen/passport"},
		"renew ic":       {"jpn/lost-identity-card"},
		"cuti bersalin":  {"jtksm/maternity-leave"},
		"zakat":          {"jawhar/zakat"},
		"saman":          {"jpj/summons", "pdrm/summons"},
		"dialysis":       {"kkm/dialysis", "perkeso/dialysis"},
		"hemodialisis":   {"kkm/dialysis", "perkeso/dialysis"},
	} {
		for _, l := range []locale.Lang{locale.Malay, locale.English} {
			hits := x.Find(search.Query{Text: q, Lang: l, Limit: 4}).Hits
			for _, id := range want { // two of them in either order
				if len(hits) < len(want) || hits[0].ID != id && hits[len(want)-1].ID != id {
					t.Errorf("%q in %s: %v; wants %v first", q, l, hits, want)
				}
			}
		}
	}
}
