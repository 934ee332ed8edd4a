package register

import "balai/internal/spine/db"

// number gives an entry the numbers that its book makes and that are due to it,
// and takes away those that are not. was is what the entry said before, if it
// did: a number once given stays.
func (r *Register) number(tx *db.Tx, b Book, v entryValues, was map[string]any) (map[string]string, error) {
	out := map[string]string{}
	for _, n := range b.Keep.Numbered {
		prefix := n.prefix(v)
		if prefix == "" {
			delete(v, n.Field)
			continue
		}
		if old, _ := was[n.Field].(string); old != "" {
			v[n.Field] = old
		}
		if v.text(n.Field) == "" {
			made, err := newFileNumber(tx, b.Path, n.Field, prefix)
			if err != nil {
				return nil, err
			}
			v[n.Field] = made
		}
		out[n.Field] = v.text(n.Field)
	}
	return out, nil
}

// newFileNumber is the next number of a book that nobody has. All prefixes count
// together, so that no two files have the same digits.
func newFileNumber(tx *db.Tx, path, field, prefix string) (string, error) {
	for {
		n, err := count(tx, path+":files")
		if err != nil {
			return "", err
		}
		number := FileNumber(prefix, n)
		other, err := alone(tx, path, field, plain(number))
		if err != nil || other == "" {
			return number, err
		}
	}
}
