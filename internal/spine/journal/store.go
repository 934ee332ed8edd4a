package journal

import (
	"errors"
	"fmt"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
)

// pending is a committed leaf that has no place in the log yet.
type pending struct {
	Leaf  string
	Entry []byte
}

// row is a leaf as it is stored. Position is -1 until it is sequenced.
type row struct {
	Leaf     string
	Position int64
	Entry    []byte
	Salt     []byte
	Record   []byte
}

// Tables as rows go into them; a leaf has no place yet.
var (
	leafTable    = db.Table{Name: "journal_leaf", Columns: []db.Column{{Name: "leaf"}, {Name: "commitment"}, {Name: "salt"}, {Name: "record"}}}
	subjectTable = db.Table{Name: "journal_subject", Columns: []db.Column{{Name: "person"}, {Name: "leaf"}}}
)

// insertLeaves writes leaves, and whom they concern.
func insertLeaves(tx *db.Tx, rows, subjects [][]any) error {
	if err := tx.InsertLater(leafTable, rows); err != nil {
		return err
	}
	return tx.InsertLater(subjectTable, subjects)
}

const rowColumns = `l.leaf, coalesce(l.position, -1), l.commitment, l.salt, coalesce(l.record, '')`

func scanRow(s db.Scanner) (r row, err error) {
	var record string
	err = s.Scan(&r.Leaf, &r.Position, &r.Entry, &r.Salt, &record)
	if r.Salt != nil {
		r.Record = []byte(record)
	}
	return r, err
}

func leafRow(tx *db.Tx, leaf string) (row, error) {
	return db.One(tx, scanRow, `select `+rowColumns+` from journal_leaf l where l.leaf = $1`, leaf)
}

// subjectRows are the leaves about person that are older than before, newest
// first.
func subjectRows(tx *db.Tx, person, before string, limit int) ([]row, error) {
	return db.List(tx, scanRow, `select `+rowColumns+` from journal_subject s join journal_leaf l on l.leaf = s.leaf
		where s.person = $1 and s.leaf < $2 order by s.leaf desc limit $3`, person, before, limit)
}

// sequencedRows are the leaves at positions from .. to-1, in order.
func sequencedRows(tx *db.Tx, from, to int64) ([]row, error) {
	return db.List(tx, scanRow, `select `+rowColumns+` from journal_leaf l
		where l.position >= $1 and l.position < $2 order by l.position`, from, to)
}

// pendingRows are whole leaves without a place, after the given leaf id.
func pendingRows(tx *db.Tx, after string, limit int) ([]row, error) {
	return db.List(tx, scanRow, `select `+rowColumns+` from journal_leaf l
		where l.position is null and l.leaf > $1 order by l.leaf limit $2`, after, limit)
}

func pendingLeaves(tx *db.Tx, limit int) ([]pending, error) {
	return db.List(tx, func(s db.Scanner) (p pending, err error) { return p, s.Scan(&p.Leaf, &p.Entry) },
		`select leaf, commitment from journal_leaf where position is null order by leaf limit $1`, limit)
}

func pendingCount(tx *db.Tx) (n int64, first string, err error) {
	err = tx.QueryRow(`select count(*), coalesce(min(leaf), '') from journal_leaf where position is null`).Scan(&n, &first)
	return n, first, err
}

func lastLeaf(tx *db.Tx) (leaf string, err error) {
	err = tx.QueryRow(`select leaf from journal_leaf order by leaf desc limit 1`).Scan(&leaf)
	return leaf, err
}

func entries(tx *db.Tx, from, to int64) ([][]byte, error) {
	return db.List(tx, func(s db.Scanner) (b []byte, err error) { return b, s.Scan(&b) },
		`select commitment from journal_leaf where position >= $1 and position < $2 order by position`, from, to)
}

// eraseLeaf destroys the record, its salt and whom it concerned.
func eraseLeaf(tx *db.Tx, leaf string, subjects []string) error {
	for _, p := range subjects {
		if _, err := tx.Exec(`delete from journal_subject where person = $1 and leaf = $2`, p, leaf); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`update journal_leaf set salt = null, record = null where leaf = $1`, leaf)
	return err
}

func countSubjects(tx *db.Tx) (n int64, err error) {
	err = tx.QueryRow(`select count(*) from journal_subject`).Scan(&n)
	return n, err
}

func isSubject(tx *db.Tx, person, leaf string) (bool, error) {
	var n int
	err := tx.QueryRow(`select count(*) from journal_subject where person = $1 and leaf = $2`, person, leaf).Scan(&n)
	return n == 1, err
}

// insertLook tells whether this look is the first of its quarter of an hour.
func insertLook(tx *db.Tx, quarter int64, person, post, caseRef, subject string) (bool, error) {
	n, err := tx.Exec(`insert into journal_look (quarter, person, post, case_ref, subject)
		values ($1, $2, $3, $4, $5) on conflict do nothing`, quarter, person, post, caseRef, subject)
	return n == 1, err
}

func pruneLooks(tx *db.Tx, before int64) error {
	_, err := tx.Exec(`delete from journal_look where quarter < $1`, before)
	return err
}

// storedHead is a signed head and the size it is filed under.
type storedHead struct {
	Size int64
	Note []byte
}

func scanHead(s db.Scanner) (h storedHead, err error) {
	var text string
	err = s.Scan(&h.Size, &text)
	h.Note = []byte(text)
	return h, err
}

// latestHead gives the newest head; found is false before the first.
func latestHead(tx *db.Tx) (h storedHead, found bool, err error) {
	h, err = db.One(tx, scanHead, `select size, note from journal_head order by size desc limit 1`)
	if errors.Is(err, db.ErrNoRows) {
		return storedHead{}, false, nil
	}
	return h, err == nil, err
}

func signedAt(tx *db.Tx, size int64) (at int64, err error) {
	err = tx.QueryRow(`select signed_at from journal_head where size = $1`, size).Scan(&at)
	return at, err
}

func headsAfter(tx *db.Tx, size int64, limit int) ([]storedHead, error) {
	return db.List(tx, scanHead, `select size, note from journal_head where size > $1 order by size limit $2`, size, limit)
}

func insertHead(tx *db.Tx, size, at int64, note []byte) (int64, error) {
	return tx.Exec(`insert into journal_head (size, signed_at, note) values ($1, $2, $3) on conflict do nothing`, size, at, string(note))
}

// tiles is the stored tree within tx.
func tiles(tx *db.Tx) tileSource {
	cache := map[tileID][]byte{}
	return func(ids []tileID) (map[tileID][]byte, error) {
		for _, id := range ids {
			if _, ok := cache[id]; ok {
				continue
			}
			var data []byte
			err := tx.QueryRow(`select data from journal_tile where level = $1 and n = $2`, id.Level, id.N).Scan(&data)
			if err != nil && !errors.Is(err, db.ErrNoRows) {
				return nil, err
			}
			cache[id] = data
		}
		return cache, nil
	}
}

func upsertTile(tx *db.Tx, id tileID, data []byte) error {
	_, err := tx.Exec(`insert into journal_tile (level, n, data) values ($1, $2, $3)
		on conflict (level, n) do update set data = excluded.data`, id.Level, id.N, data)
	return err
}

// placeChunk bounds the text of one statement; a full chunk's text is always
// the same, so that it stays prepared.
const placeChunk = 64

// place gives leaves the positions from first on. A leaf that has a place
// already is an error: two places for one leaf would be two truths.
func place(tx *db.Tx, leaves []pending, first int64) error {
	for len(leaves) > 0 {
		n := len(leaves)
		switch {
		case n > placeChunk:
			n = placeChunk
		case n > 4 && n < placeChunk:
			n = 4
		}
		var values strings.Builder
		args := make([]any, 0, 2*n)
		for i, p := range leaves[:n] {
			if i > 0 {
				values.WriteString(", ")
			}
			fmt.Fprintf(&values, "(cast($%d as text), cast($%d as bigint))", 2*i+1, 2*i+2)
			args = append(args, p.Leaf, first+int64(i))
		}
		done, err := tx.Exec(`update journal_leaf set position = v.column2 from (values `+values.String()+`) as v
			where leaf = v.column1 and position is null`, args...)
		if err != nil {
			return err
		}
		if done != int64(n) {
			return errBehind
		}
		leaves, first = leaves[n:], first+int64(n)
	}
	return nil
}

// WaitingSince is since when leaves have waited for their place in the log, in
// microseconds; 0 where none waits. A log that was signed since then moves.
func (j *Journal) WaitingSince(tx *db.Tx) (at int64, err error) {
	var leaf string
	err = tx.QueryRow(`select leaf from journal_leaf where position is null order by leaf limit 1`).Scan(&leaf)
	if errors.Is(err, db.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if made, ok := id.Time(leaf); ok {
		at = clock.Micro(made)
	}
	head, found, err := latestHead(tx)
	if err != nil || !found {
		return at, err
	}
	signed, err := signedAt(tx, head.Size)
	return max(at, signed), err
}

// Size is how many leaves the newest signed head has.
func (j *Journal) Size(tx *db.Tx) (int64, error) {
	head, _, err := latestHead(tx)
	return head.Size, err
}
