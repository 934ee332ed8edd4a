package register

import (
	"errors"
	"fmt"
	"slices"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// Taken tells whether a valid entry of a book says already what only one may
// say, such as business.name. Case, stops and doubled blanks do not count.
func (r *Register) Taken(tx *db.Tx, field string, value any) (bool, error) {
	b, c, ok := r.bookOf(field)
	if !ok || b.Keep == nil || !slices.Contains(b.Keep.Alone, c.fact) {
		return false, fault.New(fault.Missing, "register.missing.register", "register", field)
	}
	other, err := alone(tx, b.Path, c.fact, plain(value))
	return other != "", err
}

// alone is the valid entry that has a word, or "".
func alone(tx *db.Tx, path, field, word string) (entry string, err error) {
	err = tx.QueryRow(`select b.entry from register_book_alone a join register_book b on b.entry = a.entry
		where a.path = $1 and a.field = $2 and a.word = $3 and b.status = 'valid' order by b.entry limit 1`, path, field, word).Scan(&entry)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		err = fmt.Errorf("register: alone in %s: %w", path, err)
	}
	return entry, err
}

// claim keeps what an entry alone says, or refuses what another says already.
func (r *Register) claim(tx *db.Tx, b Book, entry string, v map[string]any) error {
	if b.Keep == nil {
		return nil
	}
	for _, field := range b.Keep.Alone {
		word := plain(v[field])
		other, err := alone(tx, b.Path, field, word)
		if err != nil {
			return err
		}
		if other != "" && other != entry {
			return fault.New(fault.Conflict, "register.taken", "register", b.Name).
				With(fault.Field{Location: field, Key: "register.taken", Args: []any{"register", b.Name}})
		}
		if _, err := tx.Exec(`insert into register_book_alone (entry, field, path, word) values ($1,$2,$3,$4)
			on conflict (entry, field) do update set word = excluded.word`, entry, field, b.Path, word); err != nil {
			return fmt.Errorf("register: claim in %s: %w", b.Path, err)
		}
	}
	return nil
}

// loadedAlone are the words of entries that are loaded; nobody refuses those.
func (r *Register) loadedAlone(list []BookEntry) (out [][]any) {
	for _, e := range list {
		b, ok := r.book(e.Path)
		if !ok || b.Keep == nil {
			continue
		}
		for _, field := range b.Keep.Alone {
			out = append(out, []any{e.Entry, field, e.Path, plain(e.Values[field])})
		}
	}
	return out
}
