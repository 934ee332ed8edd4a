package directory

import "balai/internal/spine/locale"

// Place is a state or federal territory by its ISO 3166-2:MY code. Region is
// the territory in which one body of law holds: Act 299 (births and deaths)
// stops at the Peninsula, Sabah's ordinance also holds in Labuan.
type Place struct {
	Code   string
	Name   locale.Text
	Region string
}

// Regions.
const (
	Peninsular = "peninsular"
	Sabah      = "sabah"
	Sarawak    = "sarawak"
)

// Places are the thirteen states and three federal territories, by code.
func Places() []Place {
	return []Place{
		{"MY-01", locale.Same("Johor"), Peninsular},
		{"MY-02", locale.Same("Kedah"), Peninsular},
		{"MY-03", locale.Same("Kelantan"), Peninsular},
		{"MY-04", locale.Same("Melaka"), Peninsular},
		{"MY-05", locale.Same("Negeri Sembilan"), Peninsular},
		{"MY-06", locale.Same("Pahang"), Peninsular},
		{"MY-07", locale.Text{MS: "Pulau Pinang", EN: "Penang"}, Peninsular},
		{"MY-08", locale.Same("Perak"), Peninsular},
		{"MY-09", locale.Same("Perlis"), Peninsular},
		{"MY-10", locale.Same("Selangor"), Peninsular},
		{"MY-11", locale.Same("Terengganu"), Peninsular},
		{"MY-12", locale.Same("Sabah"), Sabah},
		{"MY-13", locale.Same("Sarawak"), Sarawak},
		{"MY-14", locale.Same("Kuala Lumpur"), Peninsular},
		{"MY-15", locale.Same("Labuan"), Sabah},
		{"MY-16", locale.Same("Putrajaya"), Peninsular},
	}
}

// PlaceOf finds a state by its code.
func PlaceOf(code string) (Place, bool) {
	for _, p := range Places() {
		if p.Code == code {
			return p, true
		}
	}
	return Place{}, false
}

// Region is the territory of law in which a state lies, "" for an unknown code.
func Region(code string) string {
	p, _ := PlaceOf(code)
	return p.Region
}
