package register

import "balai/internal/spine/db"

// ChildrenOf are somebody's living children, of whatever age, the youngest
// first.
func (r *Register) ChildrenOf(tx *db.Tx, parent string) ([]Known, error) {
	return db.List(tx, scanKnown, `select `+knownCols+` from register_person where mother = $1 and status = 'valid'
		union select `+knownCols+` from register_person where father = $1 and status = 'valid'
		order by 4 desc, 1`, parent)
}

// LivingParents are somebody's living parents, by their ids.
func (r *Register) LivingParents(tx *db.Tx, child string) ([]string, error) {
	return db.List(tx, func(s db.Scanner) (p string, err error) { return p, s.Scan(&p) },
		`select p.id from register_person c join register_person p on p.id = c.mother where c.id = $1 and p.status = 'valid'
		union select p.id from register_person c join register_person p on p.id = c.father where c.id = $1 and p.status = 'valid'
		order by 1`, child)
}

// pathBusiness is the Companies Commission's register, by who has a business.
const pathBusiness = "business.business"

// A Business is one that somebody has and that has not ceased.
type Business struct{ Number, Name string }

// BusinessesOf are the businesses of a person, the newest entry first.
func (r *Register) BusinessesOf(tx *db.Tx, person string) ([]Business, error) {
	return businesses(tx, `key = $2`, person)
}

// BusinessNumbered is one by its number, none where it has ceased.
func (r *Register) BusinessNumbered(tx *db.Tx, number string) ([]Business, error) {
	return businesses(tx, `number = $2`, number)
}

// businesses are those in business of which where, a constant of this file, is
// true.
func businesses(tx *db.Tx, where, arg string) (out []Business, err error) {
	var contents []string
	list, err := db.List(tx, func(s db.Scanner) (b Business, err error) {
		var content string
		err = s.Scan(&b.Number, &content)
		contents = append(contents, content)
		return b, err
	}, `select number, content from register_book where path = $1 and `+where+` and status = 'valid' order by as_of_at desc, number desc limit 50`, pathBusiness, arg)
	if err != nil {
		return nil, err
	}
	for i, b := range list {
		v, err := decodeBook(contents[i])
		if err != nil {
			return nil, err
		}
		b.Name, _ = v["name"].(string)
		if b.Name != "" && v["status"] == "active" {
			out = append(out, b)
		}
	}
	return out, nil
}
