package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// model is what must be true of the log whatever happened to its processes.
type model struct {
	r       *rig
	written map[string]bool // leaves of acts that were acknowledged
	heads   []Head
}

// empty is a log that has never been written to, without the price of a new
// database.
func (m *model) empty(t *rapid.T) {
	err := m.r.db.Write(context.Background(), func(tx *db.Tx) error {
		for _, table := range []string{"journal_leaf", "journal_subject", "journal_tile", "journal_head", "journal_look"} {
			if _, err := tx.Exec("delete from " + table); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	m.written, m.heads = map[string]bool{}, nil
}

func (m *model) append(t *rapid.T) {
	n := rapid.SampledFrom([]int{1, 2, 3, 120, 256}).Draw(t, "leaves")
	for _, leaf := range m.r.append(n, rapid.SampledFrom([]string{"aisyah", "ali", ""}).Draw(t, "subject")) {
		m.written[leaf] = true
	}
}

// failing is an act that writes leaves and then does not commit.
func (m *model) failing(t *rapid.T) {
	no := errors.New("no")
	err := m.r.db.Write(context.Background(), func(tx *db.Tx) error {
		if _, err := m.r.Append(tx, Record{Kind: "never", Subjects: []string{"ali"}}); err != nil {
			return err
		}
		return no
	})
	if !errors.Is(err, no) {
		t.Fatal(err)
	}
}

func (m *model) sequence(t *rapid.T) {
	if _, err := m.r.Sequence(context.Background()); err != nil {
		t.Fatal(err)
	}
	m.head(t)
}

// crash is a sequencer that dies after it has hashed and signed.
func (m *model) crash(t *rapid.T) {
	if _, err := m.r.compute(context.Background()); err != nil {
		t.Fatal(err)
	}
	m.r.reopen()
}

// race is two sequencers that begin from one state; the second to write must
// lose, and an act may come in between.
func (m *model) race(t *rapid.T) {
	ctx := context.Background()
	first, err := m.r.compute(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if rapid.Bool().Draw(t, "act between") {
		m.append(t)
	}
	second, err := m.r.compute(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if first != nil {
		if err := m.r.db.Write(ctx, first.store); err != nil {
			t.Fatal(err)
		}
	}
	if first != nil && second != nil {
		if err := m.r.db.Write(ctx, second.store); !errors.Is(err, errBehind) {
			t.Fatalf("the slower sequencer: %v, want %v", err, errBehind)
		}
	}
	m.head(t)
}

// head reads the newest head and checks that it continues the last one.
func (m *model) head(t *rapid.T) {
	var h Head
	m.r.read(func(tx *db.Tx) error {
		stored, found, err := latestHead(tx)
		if err != nil || !found {
			return err
		}
		h, err = OpenHead(stored.Note, m.r.VKey())
		if err != nil || len(m.heads) == 0 {
			return err
		}
		last := m.heads[len(m.heads)-1]
		if h.Size < last.Size {
			t.Fatalf("the log shrank from %d to %d", last.Size, h.Size)
		}
		if last.Size == 0 {
			return nil
		}
		proof, err := tlog.ProveTree(h.Size, last.Size, reader(tiles(tx)))
		if err != nil {
			return err
		}
		return tlog.CheckTree(proof, h.Size, h.Root, last.Size, last.Root)
	})
	if h.Origin != "" {
		m.heads = append(m.heads, h)
	}
}

// check compares the whole log with x/mod's over the same entries.
func (m *model) check(t *rapid.T) {
	m.r.reopen().sequenceUntilDone(t)
	m.head(t)
	want := &oracle{}
	placed := map[string]bool{}
	m.r.read(func(tx *db.Tx) error {
		rows, err := sequencedRows(tx, 0, 1<<40)
		for i, row := range rows {
			if row.Position != int64(i) || placed[row.Leaf] {
				t.Fatalf("leaf %s is at %d, want %d", row.Leaf, row.Position, i)
			}
			placed[row.Leaf] = true
			want.add(row.Entry)
		}
		return err
	})
	if len(placed) != len(m.written) {
		t.Fatalf("%d leaves have a place, %d were acknowledged", len(placed), len(m.written))
	}
	for leaf := range m.written {
		if !placed[leaf] {
			t.Fatalf("the acknowledged leaf %s is lost", leaf)
		}
	}
	last := m.heads[len(m.heads)-1]
	if last.Size != want.size || last.Root != want.root() {
		t.Fatalf("head of %d leaves has the root %v, x/mod has %v", last.Size, last.Root, want.root())
	}
	if err := VerifyDB(context.Background(), m.r.db, m.r.VKey()); err != nil {
		t.Fatal(err)
	}
	if want.size == 0 {
		return
	}
	leaf := rapid.SampledFrom(sorted(m.written)).Draw(t, "proved")
	if _, err := m.r.Proof(context.Background(), leaf); err != nil {
		t.Fatal(err)
	}
}

func (j *Journal) sequenceUntilDone(t *rapid.T) {
	for {
		n, err := j.Sequence(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func sorted(set map[string]bool) []string {
	var out []string
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func TestLogIsOneWhateverHappens(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m := &model{r: newRig(t, d)}
		rapid.Check(t, func(t *rapid.T) {
			m.empty(t)
			steps := map[string]func(*rapid.T){"append": m.append, "failing": m.failing, "sequence": m.sequence, "crash": m.crash, "race": m.race}
			for range rapid.IntRange(0, 10).Draw(t, "steps") {
				steps[rapid.SampledFrom([]string{"append", "append", "failing", "sequence", "sequence", "crash", "race"}).Draw(t, "step")](t)
			}
			m.check(t)
		})
	}, Migration())
}

// Two processes sequence while a third writes: nothing is lost or placed twice.
func TestTwoSequencersAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 2)
		for range 2 {
			other, err := New(d, r.clock, r.ids, testOrigin, r.key)
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				for ctx.Err() == nil {
					if _, err := other.Sequence(ctx); err != nil && ctx.Err() == nil {
						ended <- err
						return
					}
				}
				ended <- nil
			}()
		}
		for range 60 {
			r.append(7, "aisyah")
		}
		cancel()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		r.sequenceAll()
		head, err := Audit{VKey: r.VKey()}.DB(t.Context(), d)
		if err != nil || head.Size != 420 {
			t.Errorf("a log of %d entries, %v; want 420", head.Size, err)
		}
	}, Migration())
}

// TestDamageIsFound changes one thing of a sound log at a time.
func TestDamageIsFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		for range 5 {
			r.append(60, "aisyah", "ali")
			r.sequenceAll()
		}
		alone := r.append(1)[0] // concerns nobody
		r.sequenceAll()
		waiting := r.append(2, "aisyah")
		if err := VerifyDB(t.Context(), d, r.VKey()); err != nil {
			t.Fatalf("the sound log is refused: %v", err)
		}
		leaves := append(r.leaves(), waiting...)
		rapid.Check(t, func(t *rapid.T) {
			leaf := rapid.SampledFrom(leaves).Draw(t, "leaf")
			flip := func(b []byte) []byte {
				out := bytes.Clone(b)
				out[rapid.IntRange(0, len(out)-1).Draw(t, "byte")] ^= byte(1 << rapid.IntRange(0, 6).Draw(t, "bit"))
				return out
			}
			what := rapid.SampledFrom([]string{"record", "salt", "commitment", "tile", "note"}).Draw(t, "what")
			switch what {
			case "record":
				r.damage(t, "journal_leaf", "record", "leaf", leaf, flip)
			case "salt", "commitment":
				r.damage(t, "journal_leaf", what, "leaf", leaf, flip)
			case "tile":
				r.damage(t, "journal_tile", "data", "level * 10 + n", rapid.SampledFrom([]int{0, 1, 10}).Draw(t, "tile"), flip)
			case "note":
				r.damage(t, "journal_head", "note", "size", rapid.IntRange(1, 5).Draw(t, "head")*60, flip)
			}
		})
		if err := VerifyDB(t.Context(), d, r.VKey()); err != nil {
			t.Fatalf("the mended log is refused: %v", err)
		}
		for name, q := range map[string][2]string{
			"a hidden look": {"delete from journal_subject where person = 'ali' and leaf = $1", "insert into journal_subject (person, leaf) values ('ali', $1)"},
			"a moved look":  {"update journal_subject set person = 'siti' where person = 'ali' and leaf = $1", "update journal_subject set person = 'ali' where person = 'siti' and leaf = $1"},
			"a wrong look":  {"insert into journal_subject (person, leaf) values ('siti', $1)", "delete from journal_subject where person = 'siti' and leaf = $1"},
		} {
			r.spoil(t, name, q[0], q[1], leaves[17])
		}
		r.spoil(t, "a silent erasure", "update journal_leaf set salt = null, record = null where leaf = $1", "", alone)
	}, Migration())
}

func TestLostLeafOrHeadIsFound(t *testing.T) {
	for name, q := range map[string]string{
		"a lost leaf":          "delete from journal_leaf where position = 30",
		"a lost last leaf":     "delete from journal_leaf where position = 299",
		"a leaf out of place":  "update journal_leaf set position = 1000 where position = 30",
		"a leaf too many":      "update journal_leaf set position = 300 where position is null",
		"a lost newest head":   "delete from journal_head where size = 300",
		"a lost tile":          "delete from journal_tile where level = 1",
		"no head":              "delete from journal_head",
		"half of an erasure":   "update journal_leaf set salt = null where position = 3",
		"another half of it":   "update journal_leaf set record = null where position = 3",
		"a head under its rug": "update journal_head set size = 61 where size = 60",
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				r := newRig(t, d)
				for range 5 {
					r.append(60, "aisyah")
					r.sequenceAll()
				}
				r.append(1)
				r.write(func(tx *db.Tx) error {
					n, err := tx.Exec(q)
					if n == 0 {
						t.Errorf("nothing was changed by %s", q)
					}
					return err
				})
				want := fault.Conflict
				if name == "no head" {
					want = fault.Busy
				}
				if err := VerifyDB(t.Context(), d, r.VKey()); fault.CodeOf(err) != want {
					t.Errorf("%v, want %s", err, want)
				}
			}, Migration())
		})
	}
}

// damage changes one value, expects the audit to find it, and puts it back.
func (r *rig) damage(t *rapid.T, table, column, key string, at any, change func([]byte) []byte) {
	var old any
	r.read(func(tx *db.Tx) error {
		var b []byte
		err := tx.QueryRow(fmt.Sprintf("select %s from %s where %s = $1", column, table, key), at).Scan(&b)
		old = b
		if column == "record" || column == "note" {
			old = string(b)
		}
		return err
	})
	var bad any
	switch old := old.(type) {
	case string:
		bad = string(change([]byte(old)))
	case []byte:
		bad = change(old)
	}
	set := func(v any) {
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec(fmt.Sprintf("update %s set %s = $1 where %s = $2", table, column, key), v, at)
			return err
		})
	}
	if s, ok := bad.(string); ok && slices.Contains([]byte(s), 0) {
		return // neither engine would hold it as text
	}
	if s, ok := bad.(string); ok && !bytes.Equal([]byte(s), bytes.ToValidUTF8([]byte(s), nil)) {
		return
	}
	set(bad)
	err := VerifyDB(context.Background(), r.db, r.VKey())
	set(old)
	if fault.CodeOf(err) != fault.Conflict {
		t.Fatalf("%s.%s changed from %q to %q: %v, want a conflict", table, column, old, bad, err)
	}
}

// spoil runs one statement on leaf, expects the audit to find it, and undoes it.
func (r *rig) spoil(t *testing.T, name, do, undo, leaf string) {
	t.Helper()
	run := func(q string) {
		if q != "" {
			r.write(func(tx *db.Tx) error { _, err := tx.Exec(q, leaf); return err })
		}
	}
	run(do)
	if err := VerifyDB(context.Background(), r.db, r.VKey()); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("%s: %v, want a conflict", name, err)
	}
	run(undo)
}

func (r *rig) leaves() (out []string) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		rows, err := sequencedRows(tx, 0, 1<<40)
		for _, row := range rows {
			out = append(out, row.Leaf)
		}
		return err
	})
	return out
}
