package register

import (
	"testing"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// eachTrade runs a test over a book of businesses, whose names are theirs alone.
func eachTrade(t *testing.T, fn func(t *testing.T, r rig)) {
	each(t, func(t *testing.T, r rig) {
		fields := []BookField{{Name: "number", Type: "string"}, {Name: "name", Type: "string"}, {Name: "kind", Type: "choice", Options: []string{"sole", "company"}},
			{Name: "status", Type: "choice", Options: []string{"active", "ceased"}}, {Name: "address", Type: "string"}, {Name: "postcode", Type: "string"},
			{Name: "city", Type: "string"}, {Name: "state", Type: "state"}}
		r.Register = r.WithBooks([]Book{{Path: pathBusiness, Group: "business", Agency: "ssm", Of: OfPerson, Name: locale.Same("Businesses"), Fields: fields,
			Keep: &Keep{Needs: []string{"name", "status"}, Alone: []string{"name"}, Numbers: "number"}}})
		fn(t, r)
	})
}

func trade(name string) map[string]any {
	return map[string]any{"name": name, "kind": "sole", "status": "active"}
}

func (r rig) taken(name string) (is bool) {
	r.t.Helper()
	r.write(func(tx *db.Tx) (err error) { is, err = r.Taken(tx, "business.name", name); return err })
	return is
}

func (r rig) refused(fn func(tx *db.Tx) error, key string) {
	r.t.Helper()
	err := r.db.Write(r.t.Context(), fn)
	if e, ok := fault.As(err); !ok || e.Key != key {
		r.t.Errorf("%v, want %s", err, key)
	}
}

// A name is one entry's, whosever it is and however it is written, until the
// entry ends; the entry says its own number.
func TestANameIsOneEntrys(t *testing.T) {
	eachTrade(t, func(t *testing.T, r rig) {
		if r.taken("Kedai Roti") {
			t.Error("nobody has the name yet")
		}
		e := r.enter(pathBusiness, "c1", "mum", trade("Kedai Roti"))
		if got := r.bookFacts("mum", pathBusiness)["business.number"]; got != e.Number {
			t.Errorf("the entry says %v, its number is %s", got, e.Number)
		}
		for _, same := range []string{"Kedai Roti", "kedai  roti", "KEDAI ROTI."} {
			if !r.taken(same) {
				t.Errorf("%q is free", same)
			}
			r.refused(func(tx *db.Tx) error {
				_, err := r.Enter(tx, Entry{Register: pathBusiness, Values: trade(same), Person: "dad", Case: "c2", Basis: "law"})
				return err
			}, "register.taken")
		}
		other := r.enter(pathBusiness, "c3", "dad", trade("Kedai Kek"))
		r.refused(func(tx *db.Tx) error {
			_, err := r.Correct(tx, Correction{Person: "dad", Field: "business.name", Entry: other.Entry, Value: "Kedai Roti", Basis: "law"})
			return err
		}, "register.taken")
		r.refused(func(tx *db.Tx) error {
			_, err := r.Amend(tx, Amendment{Entry: other.Entry, Values: trade("Kedai Roti"), Case: "c3", Basis: "law"})
			return err
		}, "register.taken")
		r.write(func(tx *db.Tx) error { // its own name, again, and its number stays
			_, err := r.Amend(tx, Amendment{Entry: other.Entry, Values: trade("KEDAI KEK"), Case: "c3", Basis: "law"})
			return err
		})
		if got := r.bookFacts("dad", pathBusiness)["business.number"]; got != other.Number {
			t.Errorf("the amended entry says %v, its number is %s", got, other.Number)
		}
		r.write(func(tx *db.Tx) error { return r.Void(tx, Voiding{Entry: e.Entry, Case: "c1", Basis: "law"}) })
		if r.taken("Kedai Roti") {
			t.Error("the name of an entry that has ended is taken")
		}
		r.enter(pathBusiness, "c4", "dad", trade("Kedai Roti"))
	})
}

// Entries that are loaded have their names too.
func TestALoadedNameIsTaken(t *testing.T) {
	eachTrade(t, func(t *testing.T, r rig) {
		r.write(func(tx *db.Tx) error {
			return r.LoadTx(tx, journal.By{Agency: "ssm"}, Population{Books: []BookEntry{{"b1", pathBusiness, "mum", "IP1", trade("Kedai Roti"), 0}}})
		})
		if !r.taken("kedai roti") {
			t.Error("a loaded name is free")
		}
	})
}
