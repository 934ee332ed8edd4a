// Package postcode knows which postcodes of Malaysia there are, and in which
// state and towns each lies. The list is malaysia-postcodes 3.0.0 (ISC; see
// LICENSE). The post makes new postcodes and no list knows them yet, so who
// refuses one has to leave a way to a person.
package postcode

import (
	"bytes"
	"embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Files hold postcode.csv (state, city, postcodes with blanks between them)
// and the list's LICENSE.
//
//go:embed postcode.csv LICENSE
var Files embed.FS

// Town is one line of the list: a town and its postcodes.
type Town struct {
	State     string // ISO 3166-2, such as MY-03
	Name      string
	Postcodes []string
}

// Place is where a postcode lies.
type Place struct {
	State string
	Towns []string // nearly always one
}

// Towns of the whole country, in the list's order.
func Towns() ([]Town, error) {
	raw, err := Files.ReadFile("postcode.csv")
	if err != nil {
		return nil, fmt.Errorf("postcode: %w", err)
	}
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("postcode: postcode.csv: %w", err)
	}
	var out []Town
	for _, r := range rows[1:] {
		out = append(out, Town{r[0], r[1], strings.Fields(r[2])})
	}
	return out, nil
}

var places = sync.OnceValue(func() map[string]Place {
	towns, err := Towns()
	if err != nil {
		panic(err) // the list is in the binary, and a test reads it
	}
	out := map[string]Place{}
	for _, t := range towns {
		for _, code := range t.Postcodes {
			out[code] = Place{t.State, append(out[code].Towns, t.Name)}
		}
	}
	return out
})

// Find tells where a postcode of five digits lies; known is false where the
// list has none such.
func Find(code string) (p Place, known bool) {
	p, known = places()[code]
	return p, known
}

// Fits tells whether a town may stand beside a postcode: the list has it there,
// or it does not have the postcode and cannot tell.
func Fits(code, town string) bool {
	p, known := Find(code)
	return !known || slices.ContainsFunc(p.Towns, func(t string) bool { return strings.EqualFold(t, strings.Join(strings.Fields(town), " ")) })
}
