package keep

import (
	"context"
	"errors"
	"maps"
	"slices"

	"balai/internal/spine/archive"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// sample bounds how many files are read where nobody asked for all.
const sample = 200

var errEnough = errors.New("enough")

// files reads those that the database names: some of them, or all.
func (x *doctor) files(ctx context.Context) bool {
	named, all, err := x.namedBlobs(ctx)
	if err != nil {
		x.add(Wrong, "files", "%s", x.say(err))
		return true
	}
	store, err := x.Blobs(ctx, x.db)
	if err != nil {
		x.add(Wrong, "files", "where the files are kept does not answer: %s", x.say(err))
		return true
	}
	var missing, damaged []string
	for _, sha := range named {
		_, err := store.Get(ctx, sha)
		f, ok := fault.As(err)
		switch {
		case err == nil:
		case ok && f.Key == "blob.missing":
			missing = append(missing, sha)
		case ok && f.Key == "blob.damaged":
			damaged = append(damaged, sha)
		default:
			x.add(Wrong, "files", "where the files are kept does not answer: %s", x.say(err))
			return true
		}
	}
	for _, one := range []struct {
		list []string
		what string
	}{{missing, "missing"}, {damaged, "damaged"}} {
		for i, sha := range one.list {
			if i == 5 {
				x.add(Wrong, "files", "and %d more are %s", len(one.list)-i, one.what)
				break
			}
			x.add(Wrong, "files", "the file %s, which the database names, is %s: restore it from a backup", sha, one.what)
		}
	}
	if len(missing)+len(damaged) > 0 {
		return true
	}
	if all {
		x.add(OK, "files", "all %d that the database names are there, and sound", len(named))
	} else {
		x.add(OK, "files", "%d of them were read, and are sound; --deep reads all", len(named))
	}
	return true
}

// namedBlobs are the files that the database names; all is false where there
// are more.
func (x *doctor) namedBlobs(ctx context.Context) (out []string, all bool, err error) {
	applied, err := x.db.Applied(ctx)
	if err != nil {
		return nil, false, err
	}
	tables, err := db.Schema(applied, x.Sets...)
	if err != nil {
		return nil, false, err
	}
	named := map[string]bool{}
	all = true
	err = x.db.Read(ctx, func(tx *db.Tx) error {
		for _, t := range tables {
			if len(t.Blobs) == 0 {
				continue
			}
			before := len(named)
			err := tx.Pages(t, nil, func(rows [][]any) error {
				for _, row := range rows {
					for _, sha := range archive.BlobNames(t, row) {
						named[sha] = true
					}
					if !x.deep && len(named)-before >= sample/4 {
						all = false
						return errEnough
					}
				}
				return nil
			})
			if err != nil && !errors.Is(err, errEnough) {
				return err
			}
		}
		return nil
	})
	return slices.Sorted(maps.Keys(named)), all, err
}
