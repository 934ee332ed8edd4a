package register

import (
	"strings"

	"balai/internal/spine/db"
)

// mostFound bounds the people of one name that a search gives.
const mostFound = 50

// Named is who has a name or an identity number, typed whole; nobody for a part
// of one. Letters may be of either case.
func (r *Register) Named(tx *db.Tx, text string) ([]string, error) {
	name := strings.Join(strings.Fields(text), " ")
	if name == "" {
		return nil, nil
	}
	return db.List(tx, func(s db.Scanner) (id string, err error) { return id, s.Scan(&id) },
		`select id from register_person where id_number = $1 and status = 'valid'
		union select id from register_person where upper(name) = upper($2) order by 1 limit $3`, normalNumber(text), name, mostFound)
}
