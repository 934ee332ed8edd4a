package app

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"balai/internal/domain/backoffice"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/keep"
)

// dropFound says what lies in the drop folder and is not read: a folder that is
// no agency's, and names that are not taken. Whose folder is whose is asked where
// the database was found well.
func dropFound(drop string, known func(agency string) (bool, error)) (out []keep.Finding) {
	add := func(s keep.State, words ...string) {
		out = append(out, keep.Finding{State: s, About: "drop", Says: strings.Join(words, " ")})
	}
	if drop == "" {
		return nil
	}
	list, err := os.ReadDir(drop)
	if err != nil {
		add(keep.Wrong, "the drop folder cannot be read:", sentence(err))
		return out
	}
	for _, e := range list {
		if !e.IsDir() {
			continue
		}
		if is, err := known(e.Name()); err == nil && !is {
			add(keep.Look, "no agency has the id", e.Name()+", so nothing is read from", filepath.Join(drop, e.Name()))
			continue
		}
		switch names, err := backoffice.NotRead(drop, e.Name()); {
		case err != nil:
			add(keep.Wrong, filepath.Join(drop, e.Name(), "in"), "cannot be read:", sentence(err))
		case len(names) > 0:
			if more := len(names) - namedMost; more > 0 {
				names = append(names[:namedMost], strconv.Itoa(more)+" more")
			}
			add(keep.Look, "these are not read from", filepath.Join(drop, e.Name(), "in")+", since a name is letters, digits, blanks and . _ - and ends in .csv:",
				strings.Join(names, ", "))
		}
	}
	if len(out) == 0 {
		add(keep.OK, "every folder in", drop, "is an agency's, and every file in it has a name that is read")
	}
	return out
}

// namedMost is how many files of a folder are named.
const namedMost = 20

// knownAgencies asks the hall's database, where it was found well; elsewhere every
// folder may be an agency's.
func knownAgencies(ctx context.Context, cfg Config, found []keep.Finding) func(id string) (bool, error) {
	if !slices.ContainsFunc(found, func(f keep.Finding) bool { return f.About == "database" && f.State == keep.OK }) {
		return func(string) (bool, error) { return true, nil }
	}
	return func(id string) (bool, error) {
		d, err := db.Open(ctx, keptHall(cfg).DSN, nil)
		if err != nil {
			return false, err
		}
		defer d.Close()
		return isAgency(ctx, d, id)
	}
}

func isAgency(ctx context.Context, d *db.DB, id string) (bool, error) {
	err := d.Read(ctx, func(tx *db.Tx) error {
		_, err := new(directory.Directory).Agency(tx, id)
		return err
	})
	if fault.CodeOf(err) == fault.Missing {
		return false, nil
	}
	return err == nil, err
}
