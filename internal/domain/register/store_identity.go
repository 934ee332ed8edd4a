package register

import "balai/internal/spine/db"

// An Identity is what the population register can tell a program of a person
// who lets it. What is not known is "".
type Identity struct {
	Name, IDNumber, Sex, BornOn string
	Address, Postcode, City     string
	Phone, Mail                 string
}

// Hidden tells whether an order keeps from everybody else where somebody is and
// how they are reached.
func (r *Register) Hidden(tx *db.Tx, person string) (bool, error) { return r.hides(tx, person, "") }

// IdentityOf reads it; for somebody whom an order protects, without what tells
// where they are or how they are reached.
func (r *Register) IdentityOf(tx *db.Tx, person string) (i Identity, err error) {
	err = tx.QueryRow(`select name, id_number, sex, born_on, address, postcode, city, phone, mail from register_person where id = $1`, person).
		Scan(&i.Name, &i.IDNumber, &i.Sex, &i.BornOn, &i.Address, &i.Postcode, &i.City, &i.Phone, &i.Mail)
	if err != nil {
		return i, found(err, "person")
	}
	hidden, err := r.Hidden(tx, person)
	if hidden {
		i.Address, i.Postcode, i.City, i.Phone, i.Mail = "", "", "", "", ""
	}
	return i, err
}
