package archive

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"balai/internal/spine/db"
)

// Sink takes what a backup holds, in its order. What is nil is not asked.
type Sink struct {
	Begin func(m Manifest, tables []db.Table) error
	Page  func(t db.Table, rows [][]any) error
	Blob  func(sha string, data []byte) error
	File  func(name string, data []byte) error // key/NAME or demo.json
}

// Bounds of an entry: more than a hall writes, less than a machine has. A page
// is four megabytes of rows and the last row's rest, escaped; a blob is at most
// the letters of one day in one file; the sums name each blob.
const (
	maxPage = 128 << 20
	maxBlob = 512 << 20
	maxSums = 256 << 20
	maxText = 4 << 20
)

// reader goes through a file and checks what it passes.
type reader struct {
	tar    *tar.Reader
	sets   []db.Migration
	sink   Sink
	m      Manifest
	tables map[string]db.Table
	seen   Sums
	table  string // whose pages are being read
	page   int
	sums   map[string]*db.Sum
	stage  int // of the file's order
}

// Read reads a whole backup and hands what it holds to the sink as it goes. It
// is sound when the error is nil, and not before: a sink that must not be
// given half of it reads the file twice.
func Read(ctx context.Context, in io.Reader, sink Sink, sets ...db.Migration) (Manifest, Sums, error) {
	r := &reader{tar: tar.NewReader(&stopped{ctx, in}), sets: sets, sink: sink, sums: map[string]*db.Sum{}}
	head, err := r.tar.Next()
	if errors.Is(err, io.ErrUnexpectedEOF) {
		// Cut short is what the stream itself calls so; a whole one that is
		// shorter than any entry is something else.
		_, err = in.Read(make([]byte, 1))
	}
	if errors.Is(err, tar.ErrHeader) || err == io.EOF {
		return r.m, r.seen, ErrForeign
	}
	if err != nil {
		return r.m, r.seen, readError(err, "its beginning")
	}
	if head.Name != "manifest.json" {
		return r.m, r.seen, ErrForeign
	}
	if err := r.manifest(head); err != nil {
		return r.m, r.seen, err
	}
	for ended := false; !ended; {
		if err := ctx.Err(); err != nil {
			return r.m, r.seen, err
		}
		head, err := r.tar.Next()
		if err != nil {
			return r.m, r.seen, readError(err, "an entry")
		}
		if ended, err = r.entry(head); err != nil {
			return r.m, r.seen, err
		}
	}
	if _, err := r.tar.Next(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = damaged("something stands after its end")
		}
		return r.m, r.seen, readError(err, "its end")
	}
	if n, err := io.Copy(io.Discard, in); n > 0 || err != nil {
		if err == nil {
			err = damaged("something stands after its end")
		}
		return r.m, r.seen, readError(err, "its end")
	}
	return r.m, r.seen, nil
}

// stopped is a stream that ends when its reader is told to.
type stopped struct {
	ctx context.Context
	in  io.Reader
}

func (s *stopped) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.in.Read(p)
}

// fits tells whether an entry is one that a hall writes: a plain file, and
// none whose holes make much out of nothing.
func fits(head *tar.Header, most int64) error {
	sparse := slices.ContainsFunc(sorted(head.PAXRecords), func(name string) bool { return strings.HasPrefix(name, "GNU.sparse.") })
	if head.Typeflag != tar.TypeReg || sparse || head.Size < 0 || head.Size > most {
		return damaged("%.80q is no entry of a backup", head.Name)
	}
	return nil
}

// blob passes a blob; where nobody asks for it, it is not held in memory.
func (r *reader) blob(head *tar.Header, name string) error {
	if err := fits(head, maxBlob); err != nil {
		return err
	}
	sum := sha256.New()
	var b bytes.Buffer
	to := io.Writer(sum)
	if r.sink.Blob != nil {
		to = io.MultiWriter(sum, &b)
	}
	n, err := io.Copy(to, r.tar)
	if err != nil {
		return readError(err, head.Name)
	}
	sha := hex.EncodeToString(sum.Sum(nil))
	r.seen.Entries = append(r.seen.Entries, EntrySum{head.Name, n, sha})
	if sha != name {
		return damaged("the file %.80q is another one", name)
	}
	if r.sink.Blob == nil {
		return nil
	}
	return r.sink.Blob(name, b.Bytes())
}

// data reads an entry whole.
func (r *reader) data(head *tar.Header, most int64) ([]byte, error) {
	if err := fits(head, most); err != nil {
		return nil, err
	}
	var b bytes.Buffer // grows with what is there, not with what is claimed
	if _, err := io.Copy(&b, r.tar); err != nil {
		return nil, readError(err, head.Name)
	}
	return b.Bytes(), nil
}

func (r *reader) note(name string, data []byte) {
	sum := sha256.Sum256(data)
	r.seen.Entries = append(r.seen.Entries, EntrySum{name, int64(len(data)), hex.EncodeToString(sum[:])})
}

func (r *reader) manifest(head *tar.Header) error {
	data, err := r.data(head, maxText)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &r.m); err != nil || r.m.Kind != kind {
		return ErrForeign
	}
	if r.m.Format > Format {
		return fmt.Errorf("%w (Balai %.20s)", ErrNewer, r.m.Balai)
	}
	if err := db.Known(r.m.Migrations, r.sets...); err != nil {
		return fmt.Errorf("%w (Balai %.20s)", ErrNewer, r.m.Balai)
	}
	tables, err := db.Schema(r.m.Migrations, r.sets...)
	if err != nil {
		return err
	}
	r.tables = map[string]db.Table{}
	for _, t := range tables {
		if t.Apart {
			continue
		}
		r.tables[t.Name] = t
		r.sums[t.Name] = &db.Sum{}
	}
	r.note(head.Name, data)
	if r.sink.Begin != nil {
		return r.sink.Begin(r.m, tables)
	}
	return nil
}

// entry is true at the last one.
func (r *reader) entry(head *tar.Header) (last bool, err error) {
	dir, rest, _ := strings.Cut(head.Name, "/")
	stage := map[string]int{"table": 1, "blob": 2, "key": 3, "demo.json": 4, "sums.json": 5}[dir]
	if stage == 0 || stage < r.stage {
		return false, damaged("%.80q does not belong here", head.Name)
	}
	r.stage = stage
	if dir == "blob" {
		return false, r.blob(head, rest)
	}
	data, err := r.data(head, map[int]int64{1: maxPage, 3: maxText, 4: maxText, 5: maxSums}[stage])
	if err != nil {
		return false, err
	}
	if dir == "sums.json" {
		return true, r.close(data)
	}
	r.note(head.Name, data)
	if dir == "table" {
		return false, r.rows(rest, data)
	}
	if head.Name != "demo.json" && !fileShape.MatchString(rest) {
		return false, damaged("%.80q is no key", head.Name)
	}
	if r.sink.File != nil {
		return false, r.sink.File(head.Name, data)
	}
	return false, nil
}

// rows reads a page of a table.
func (r *reader) rows(name string, data []byte) error {
	table, _, _ := strings.Cut(name, "/")
	t, ok := r.tables[table]
	if table != r.table {
		if table < r.table {
			return damaged("the tables are out of order")
		}
		r.table, r.page = table, 0
	}
	r.page++
	if !ok || name != fmt.Sprintf("%s/%06d", table, r.page) {
		return damaged("the page %.80q does not belong here", name)
	}
	var rows [][]any
	for line := range bytes.Lines(data) {
		row, err := db.ParseRow(t, line)
		if err != nil {
			return damaged("%v", err)
		}
		rows = append(rows, row)
	}
	r.sums[table].Lines(data, len(rows))
	if r.sink.Page != nil {
		return r.sink.Page(t, rows)
	}
	return nil
}

// close compares everything that passed with what should have.
func (r *reader) close(data []byte) error {
	var want Sums
	if err := json.Unmarshal(data, &want); err != nil {
		return damaged("its sums cannot be read")
	}
	r.seen.Tables, r.seen.Missing = map[string]TableSum{}, want.Missing
	for name, sum := range r.sums {
		r.seen.Tables[name] = TableSum{sum.Rows, sum.SHA256()}
	}
	for i := range max(len(want.Entries), len(r.seen.Entries)) {
		if i >= len(want.Entries) || i >= len(r.seen.Entries) || want.Entries[i] != r.seen.Entries[i] {
			return damaged("entry %d is not what it was", i+1)
		}
	}
	if !maps.Equal(want.Tables, r.seen.Tables) {
		return damaged("a table is not what it was")
	}
	return nil
}

func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
