package register

import (
	"cmp"
	"fmt"
	"slices"

	"balai/internal/spine/db"
)

// mostThings bounds the entries that are read of what a person has.
const mostThings = 500

// gatherThing reads the newest entry about each thing that a person has, and
// takes that of the one in the book's place.
func gatherThing(tx *db.Tx, h held, b Book, person string) error {
	list, err := db.List(tx, func(s db.Scanner) (e row, err error) {
		var content string
		if err = s.Scan(&e.entry, &content, &e.version, &e.asOf); err == nil {
			e.values, err = decodeBook(content)
		}
		return e, err
	}, `select entry, content, version, as_of_at from register_book where path = $1 and status = 'valid' and key = $2
		order by as_of_at desc, number desc, entry desc limit $3`, b.Path, person, mostThings)
	if err != nil {
		return fmt.Errorf("register: things of %s: %w", b.Path, err)
	}
	if e, ok := b.thing(list); ok {
		e.values = b.show(e.values)
		h[b.Group] = e
	}
	return nil
}

// thing picks the book's place among entries, of which the newest come first.
func (b Book) thing(list []row) (row, bool) {
	text := func(e row, field string) string { s, _ := e.values[field].(string); return s }
	seen := map[string]bool{}
	var own []row
	for _, e := range list {
		id := text(e, b.Per)
		if seen[id] {
			continue
		}
		seen[id] = true
		fits := true
		for field, want := range b.Only {
			fits = fits && text(e, field) == want
		}
		if fits {
			own = append(own, e)
		}
	}
	slices.SortStableFunc(own, func(x, y row) int {
		return cmp.Or(cmp.Compare(text(x, b.First), text(y, b.First)), cmp.Compare(text(x, b.Per), text(y, b.Per)))
	})
	if at := max(b.Nth, 1); at <= len(own) {
		return own[at-1], true
	}
	return row{}, false
}
