package archive

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"balai/internal/spine/blob"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
)

// Source is the hall that is kept.
type Source struct {
	DB    *db.DB
	Blobs blob.Store
	Data  string // its folder: demo.json
	Keys  string // the folder of its keys
	Sets  []db.Migration
	Balai string // the program's version
	Clock clock.Clock
}

// Progress hears how far an act is: done of all, of what is called what.
type Progress func(what string, done, all int64)

// writer adds entries and remembers their sums.
type writer struct {
	tar  *tar.Writer
	sums Sums
	at   time.Time
}

func (w *writer) entry(name string, data []byte) error {
	sum := sha256.Sum256(data)
	w.sums.Entries = append(w.sums.Entries, EntrySum{name, int64(len(data)), hex.EncodeToString(sum[:])})
	return w.put(name, data)
}

func (w *writer) put(name string, data []byte) error {
	err := w.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600, Size: int64(len(data)), ModTime: w.at, Format: tar.FormatPAX})
	if err == nil {
		_, err = w.tar.Write(data)
	}
	return err
}

// Write puts the whole hall into out. The hall may be open.
func Write(ctx context.Context, out io.Writer, src Source, progress Progress) (Manifest, Sums, error) {
	now := src.Clock.Now()
	w := &writer{tar: tar.NewWriter(out), at: now.UTC().Truncate(time.Second), sums: Sums{Tables: map[string]TableSum{}, Missing: []string{}}}
	m := Manifest{Kind: kind, Format: Format, Balai: src.Balai, Engine: src.DB.Engine(), MadeAt: clock.Micro(now)}
	var err error
	if m.Migrations, err = src.DB.Applied(ctx); err != nil {
		return m, w.sums, err
	}
	if err := db.Known(m.Migrations, src.Sets...); err != nil {
		return m, w.sums, err
	}
	tables, err := db.Schema(m.Migrations, src.Sets...)
	if err != nil {
		return m, w.sums, err
	}
	if len(tables) == 0 {
		return m, w.sums, errors.New("there is no hall in this database")
	}
	files, err := hallFiles(src.Keys, src.Data)
	if err != nil {
		return m, w.sums, err
	}
	named := map[string]bool{}
	err = src.DB.Read(ctx, func(tx *db.Tx) error {
		if err := m.describe(tx, files); err != nil {
			return err
		}
		text, err := json.MarshalIndent(m, "", "  ")
		if err == nil {
			err = w.entry("manifest.json", text)
		}
		for i, t := range tables {
			if err == nil && !t.Apart {
				progress("tables", int64(i), int64(len(tables)))
				err = w.table(ctx, tx, t, named)
			}
		}
		return err
	})
	if err == nil {
		err = w.blobs(ctx, src.Blobs, named, progress)
	}
	for _, f := range files {
		if err == nil {
			err = w.entry(f.name, f.data)
		}
	}
	if err == nil {
		var text []byte
		if text, err = json.MarshalIndent(w.sums, "", " "); err == nil {
			err = w.put("sums.json", text)
		}
	}
	if err == nil {
		err = w.tar.Close()
	}
	return m, w.sums, err
}

// describe reads, in the snapshot of the tables, which head of the journal the
// file will have.
func (m *Manifest) describe(tx *db.Tx, files []file) error {
	note, at, err := journal.Newest(tx)
	if err != nil {
		return err
	}
	m.Demo = slices.ContainsFunc(files, func(f file) bool { return f.name == "demo.json" })
	for _, f := range files {
		if f.name != "key/journal" {
			continue
		}
		vkey, err := journal.PublicKey(string(f.data))
		if err != nil {
			return err
		}
		m.Origin, _, _ = strings.Cut(vkey, "+")
		if note != nil {
			head, err := journal.OpenHead(note, vkey)
			if err != nil {
				return fmt.Errorf("the database and the key in the data folder are not of one hall: %w", err)
			}
			m.HeadSize, m.HeadRoot, m.HeadAt = head.Size, base64.StdEncoding.EncodeToString(head.Root[:]), at
		}
		return nil
	}
	return errors.New("the data folder has no key/journal: without it nobody could go on with this hall")
}

func (w *writer) table(ctx context.Context, tx *db.Tx, t db.Table, named map[string]bool) error {
	var sum db.Sum
	n := 0
	var page []byte
	err := tx.Pages(t, nil, func(rows [][]any) (err error) {
		if err := ctx.Err(); err != nil {
			return err
		}
		page = page[:0]
		for _, row := range rows {
			if page, err = db.AppendRow(page, t, row); err != nil {
				return err
			}
			for _, sha := range BlobNames(t, row) {
				named[sha] = true
			}
		}
		sum.Lines(page, len(rows))
		n++
		return w.entry(fmt.Sprintf("table/%s/%06d", t.Name, n), page)
	})
	w.sums.Tables[t.Name] = TableSum{sum.Rows, sum.SHA256()}
	return err
}

// blobs follow the tables: whatever a row of the snapshot names was put into
// the store before, and nothing there changes.
func (w *writer) blobs(ctx context.Context, store blob.Store, named map[string]bool, progress Progress) error {
	done := int64(0)
	for _, sha := range sorted(named) {
		progress("files", done, int64(len(named)))
		done++
		data, err := store.Get(ctx, sha)
		switch f, ok := fault.As(err); {
		case err == nil:
			err = w.entry("blob/"+sha, data)
		case ok && (f.Key == "blob.missing" || f.Key == "blob.damaged"):
			// The rest of the hall is kept all the same, and the loss is told.
			w.sums.Missing = append(w.sums.Missing, sha)
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type file struct {
	name string
	data []byte
}

// hallFiles are the keys, and what tells that a hall is a demo country.
func hallFiles(keys, data string) (out []file, err error) {
	list, err := os.ReadDir(keys)
	if err != nil {
		return nil, fmt.Errorf("the hall's keys cannot be read: %w", err)
	}
	var names []string
	for _, e := range list {
		if e.Type().IsRegular() && fileShape.MatchString(e.Name()) {
			names = append(names, "key/"+e.Name())
		}
	}
	for _, name := range append(names, "demo.json") {
		path := filepath.Join(data, name)
		if key, ok := strings.CutPrefix(name, "key/"); ok {
			path = filepath.Join(keys, key)
		}
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, file{name, text})
	}
	return out, nil
}
