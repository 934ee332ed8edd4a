package register

import (
	"fmt"

	"balai/internal/spine/db"
)

// Since is when each way to reach a person became what it is: 0 where it has
// been the same for as long as the registers know them. Unix microseconds.
type Since struct{ Mail, Phone, Post int64 }

// ContactSince tells how long a person's contacts have stood.
func (r *Register) ContactSince(tx *db.Tx, person string) (s Since, err error) {
	type changed struct {
		field string
		at    int64
	}
	list, err := db.List(tx, func(x db.Scanner) (c changed, err error) { return c, x.Scan(&c.field, &c.at) },
		`select field, max(until_at) from register_version where entry = $1 and field in
		('register_person.mail', 'register_person.phone', 'register_person.address', 'register_person.postcode', 'register_person.city', 'register_person.state')
		group by field order by field`, person)
	if err != nil {
		return s, fmt.Errorf("register: contacts: %w", err)
	}
	for _, c := range list {
		switch c.field {
		case "register_person.mail":
			s.Mail = c.at
		case "register_person.phone":
			s.Phone = c.at
		default:
			s.Post = max(s.Post, c.at)
		}
	}
	return s, nil
}

// ParentsOf are the names of a person's mother and father, "" where the register
// has none.
func (r *Register) ParentsOf(tx *db.Tx, person string) (mother, father string, err error) {
	err = tx.QueryRow(`select coalesce(m.name, ''), coalesce(f.name, '') from register_person p
		left join register_person m on m.id = p.mother and p.mother <> '' left join register_person f on f.id = p.father and p.father <> ''
		where p.id = $1`, person).Scan(&mother, &father)
	return mother, father, found(err, "person")
}
