package directory

import (
	"errors"
	"fmt"
	"strings"

	"balai/internal/spine/db"
)

const inForce = ` h.from_at <= $1 and (h.until_at = 0 or h.until_at > $1)`

// HoldersOfAgency lists who holds which of an agency's posts at a time, by post.
func (x *Directory) HoldersOfAgency(tx *db.Tx, agency string, at int64) ([]UnitHolder, error) {
	return db.List(tx, scanHolder, holderSelect+` where`+inForce+` and u.agency = $2 order by p.id`, at, agency)
}

// Vacant lists the posts that nobody holds at a time.
func (x *Directory) Vacant(tx *db.Tx, at int64) ([]Post, error) {
	return db.List(tx, scanPost, postSelect+` where not exists (select 1 from directory_holding h where h.post = p.id and`+inForce+`) order by p.id`, at)
}

// HolderOf is who holds a post at a time, false where nobody does.
func (x *Directory) HolderOf(tx *db.Tx, post string, at int64) (UnitHolder, bool, error) {
	h, err := db.One(tx, scanHolder, holderSelect+` where`+inForce+` and h.post = $2`, at, post)
	if errors.Is(err, db.ErrNoRows) {
		return h, false, nil
	}
	return h, err == nil, err
}

// HoldersCalled lists an agency's holders whose id is name, or whose address is
// name in any case.
func (x *Directory) HoldersCalled(tx *db.Tx, agency, name string, at int64) ([]UnitHolder, error) {
	folded := strings.ToLower(name)
	if folded == "" {
		return nil, nil
	}
	return db.List(tx, scanHolder, holderSelect+` where`+inForce+` and u.agency = $2 and h.person in (
		select id from directory_person where folded = $3 and folded <> '' union select id from directory_person where id in ($3, $4)) order by p.id`, at, agency, folded, name)
}

// People are the people with some ids, by id; who is not there is left out.
func (x *Directory) People(tx *db.Tx, ids []string) (map[string]Person, error) {
	out := make(map[string]Person, len(ids))
	for len(ids) > 0 {
		n := min(len(ids), chunk)
		args := make([]any, n)
		for i, id := range ids[:n] {
			args[i] = id
		}
		list, err := db.List(tx, scanPerson, `select id, name, mail from directory_person where id in `+db.Tuples(1, n), args...)
		if err != nil {
			return nil, fmt.Errorf("directory: people: %w", err)
		}
		for _, p := range list {
			out[p.ID] = p
		}
		ids = ids[n:]
	}
	return out, nil
}
