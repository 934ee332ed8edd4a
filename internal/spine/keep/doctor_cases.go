package keep

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"balai/internal/spine/db"
)

// tables are those that this database should have, by name.
func (x *doctor) tables(ctx context.Context) (map[string]db.Table, error) {
	applied, err := x.db.Applied(ctx)
	if err != nil {
		return nil, err
	}
	list, err := db.Schema(applied, x.Sets...)
	out := map[string]db.Table{}
	for _, t := range list {
		out[t.Name] = t
	}
	return out, err
}

// whole is false where a table is missing: nothing more can be asked then.
func (x *doctor) whole(ctx context.Context) bool {
	want, err := x.tables(ctx)
	if err != nil {
		x.add(Wrong, "tables", "%s", x.say(err))
		return true
	}
	var have []string
	err = x.db.Read(ctx, func(tx *db.Tx) (err error) { have, err = x.db.Tables(tx); return err })
	if err != nil {
		x.add(Wrong, "tables", "%s", x.say(err))
		return true
	}
	var missing []string
	for name := range want {
		if !slices.Contains(have, name) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return true
	}
	slices.Sort(missing)
	x.add(Wrong, "tables", "the database has lost the table %s: stop the hall, keep the database, restore a backup", strings.Join(missing, ", "))
	return x.backup(ctx) && false
}

// cases compares, where everything is to be read, the acts of all cases with
// the journal: each act has its leaf, which says the same of it, and each leaf
// of an act its case. Who deletes or rewrites a case by hand leaves the journal
// as it was, and it stays sound.
func (x *doctor) cases(ctx context.Context) bool {
	want, err := x.tables(ctx)
	_, kept := want["casework_act"]
	if err != nil || !x.deep || !kept {
		return true
	}
	c := compared{acts: map[string]recorded{}, known: map[string]bool{}}
	err = x.db.Read(ctx, func(tx *db.Tx) error {
		for _, one := range []struct {
			table string
			look  func(t db.Table, row []any) error
		}{{"casework_case", c.ofCase}, {"casework_act", c.ofAct}, {"journal_leaf", c.ofLeaf}} {
			t := want[one.table]
			err := tx.Pages(t, nil, func(rows [][]any) error {
				for _, row := range rows {
					if err := one.look(t, row); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		x.add(Wrong, "cases", "the cases could not be compared with the journal: %s", x.say(err))
		return true
	}
	for _, a := range c.acts { // those of which no leaf was found
		c.lack("the journal has no entry of an act of the case " + a.ref)
	}
	slices.Sort(c.wrong)
	c.wrong = slices.Compact(c.wrong)
	for i, says := range c.wrong {
		if i == 5 {
			x.add(Wrong, "cases", "and %d more", len(c.wrong)-i)
			break
		}
		x.add(Wrong, "cases", "%s: the database was changed by hand, or is damaged; restore a backup", says)
	}
	if len(c.wrong) == 0 {
		x.add(OK, "cases", "%d acts of %d cases are in the journal, and no case is missing", c.count, len(c.known))
	}
	return true
}

// compared is what was read of cases and journal so far.
type compared struct {
	known map[string]bool     // cases
	acts  map[string]recorded // by leaf
	count int
	wrong []string
}

// recorded is what both the case and the journal say of an act.
type recorded struct {
	ref, kind string
	n         int64
	data      [sha256.Size]byte // of its JSON, in one form
}

// sumOfJSON is the hash of a value, however its JSON is written.
func sumOfJSON(text string) (sum [sha256.Size]byte, err error) {
	var v any
	if text != "" {
		err = json.Unmarshal([]byte(text), &v)
	}
	if m, ok := v.(map[string]any); ok && len(m) == 0 {
		v = nil // a record leaves it out
	}
	if err == nil {
		var plain []byte
		plain, err = json.Marshal(v)
		sum = sha256.Sum256(plain)
	}
	return sum, err
}

func (c *compared) lack(says string) { c.wrong = append(c.wrong, says) }

func (c *compared) ofCase(t db.Table, row []any) error {
	c.known[text(t, row, "ref")] = true
	return nil
}

func (c *compared) ofAct(t db.Table, row []any) error {
	a := recorded{ref: text(t, row, "ref"), kind: "case." + text(t, row, "kind")}
	a.n, _ = row[t.Place("n")].(int64)
	var err error
	if a.data, err = sumOfJSON(text(t, row, "data")); err != nil {
		c.lack("what was done in an act of the case " + a.ref + " cannot be read")
	}
	c.count++
	c.acts[text(t, row, "leaf")] = a
	if !c.known[a.ref] {
		c.lack("the case " + a.ref + " is missing, and its acts are there")
	}
	return nil
}

// ofLeaf takes an act off the list. A leaf that was emptied says nothing.
func (c *compared) ofLeaf(t db.Table, row []any) error {
	leaf, record := text(t, row, "leaf"), text(t, row, "record")
	a, act := c.acts[leaf]
	delete(c.acts, leaf)
	if record == "" {
		return nil
	}
	var r struct {
		Kind, Case string
		Act        int64 // 0 where it is about a case and no act of it, as a rating is
		Data       json.RawMessage
	}
	if err := json.Unmarshal([]byte(record), &r); err != nil {
		return fmt.Errorf("the entry %s of the journal: %w", leaf, err)
	}
	if act {
		if data, err := sumOfJSON(string(r.Data)); err != nil || a != (recorded{r.Case, r.Kind, r.Act, data}) {
			c.lack("an act of the case " + a.ref + " is not what the journal tells of it")
		}
		return nil
	}
	if strings.HasPrefix(r.Kind, "case.") && r.Case != "" && (r.Act > 0 || !c.known[r.Case]) {
		what := "the case " + r.Case + ", of which the journal tells, is missing"
		if c.known[r.Case] {
			what = "an act of the case " + r.Case + ", of which the journal tells, is missing"
		}
		c.lack(what)
	}
	return nil
}

// text is a column's text, "" for none.
func text(t db.Table, row []any, column string) string {
	at := t.Place(column)
	if at < 0 {
		return ""
	}
	s, _ := row[at].(string)
	return s
}
