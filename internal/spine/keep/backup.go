package keep

import (
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
	"strings"

	"balai/internal/spine/archive"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/journal"
)

// Kept is a backup that was made and read again.
type Kept struct {
	archive.Manifest
	Path      string
	Size      int64
	Rows      int64
	Blobs     int
	Missing   []string // blobs that the database names and the hall had not
	Foreign   []string // tables that are not the hall's, and were left out
	Encrypted bool
	SHA256    string // of the file
}

// Backup writes the hall into the file path, which must not be there yet, and
// reads it again whole before it has that name. The hall may be open.
func Backup(ctx context.Context, h Hall, path string, recipients []string, progress archive.Progress) (k Kept, err error) {
	if _, err := os.Lstat(path); err == nil {
		return k, taken(path)
	}
	seal, err := archive.Seal(recipients)
	if err != nil {
		return k, err
	}
	if !there(h.DSN) {
		return k, fmt.Errorf("there is no database in %s", h.DSN)
	}
	held, err := Enter(h.Data, "balai backup")
	if err != nil {
		return k, err
	}
	defer held.Release()
	d, err := db.Open(ctx, h.DSN, nil)
	if err != nil {
		return k, err
	}
	defer d.Close()
	holding, err := EnterDB(ctx, d, "balai backup")
	if err != nil {
		return k, err
	}
	defer holding.Release()

	blobs, err := h.Blobs(ctx, d)
	if err != nil {
		return k, err
	}
	part := path + ".new"
	f, err := Fresh(path)
	if err != nil {
		return k, fmt.Errorf("the backup cannot be written: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(part)
		}
	}()
	m, sums, err := seal.Write(ctx, f, archive.Source{DB: d, Blobs: blobs, Data: h.Data, Keys: h.keyFolder(), Sets: h.Sets, Balai: h.Balai, Clock: h.Clock}, progress)
	if err != nil {
		return k, notWritten(err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return k, notWritten(err)
	}
	again := &summed{Opener: seal, what: "MB read again", progress: progress}
	c, err := check(ctx, part, again, h.Sets)
	if err != nil {
		return k, fmt.Errorf("the backup was written and does not read as it should; check the disk: %w", err)
	}
	if got := c.m; got.HeadSize != m.HeadSize || got.HeadRoot != m.HeadRoot || len(c.sums.Entries) != len(sums.Entries) {
		return k, errors.New("the backup was written and holds something else; check the disk")
	}
	k = Kept{Manifest: m, Path: path, Missing: sums.Missing, Blobs: c.blobs, Encrypted: len(recipients) > 0, SHA256: again.got}
	for _, t := range sums.Tables {
		k.Rows += t.Rows
	}
	if info, err := os.Stat(part); err == nil {
		k.Size = info.Size()
	}
	if k.Foreign, err = foreign(ctx, d, m.Migrations, h.Sets); err != nil {
		return k, err
	}
	// A link refuses a name that somebody took meanwhile; a rename would not.
	switch err := os.Link(part, path); {
	case errors.Is(err, fs.ErrExist):
		return k, taken(path)
	case err != nil: // a file system without links
		if err := os.Rename(part, path); err != nil {
			return k, notWritten(err)
		}
	default:
		if err := os.Remove(part); err != nil {
			return k, notWritten(err)
		}
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return k, notWritten(err)
	}
	return k, noteBackup(h, k)
}

func taken(path string) error {
	return fmt.Errorf("%s is there already; choose another name", path)
}

func notWritten(err error) error { return fmt.Errorf("the backup was not made: %w", err) }

func foreign(ctx context.Context, d *db.DB, applied []db.Applied, sets []db.Migration) (out []string, err error) {
	tables, err := db.Schema(applied, sets...)
	if err != nil {
		return nil, err
	}
	err = d.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = d.Foreign(tx, tables)
		return err
	})
	return out, err
}

// lastBackup is what the data folder remembers of the newest backup.
type lastBackup struct {
	At   int64  `json:"at"`
	Path string `json:"path"`
	Size int64  `json:"size"`
	Head int64  `json:"head"`
}

func noteBackup(h Hall, k Kept) error {
	path := k.Path
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	text, err := json.Marshal(lastBackup{clock.Micro(h.Clock.Now()), path, k.Size, k.HeadSize})
	if err == nil {
		err = WriteFile(filepath.Join(h.Data, backupFile), append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("the backup was made, but the data folder cannot remember it: %w", err)
	}
	return nil
}

// checked is a backup that was read whole and is sound.
type checked struct {
	m      archive.Manifest
	sums   archive.Sums
	tables []db.Table
	vkey   string
	blobs  int
	log    journal.Copied
	staff  directory.Copied
	head   journal.Head
}

// check reads a backup whole: its sums, its rows, and the journal's tree.
func check(ctx context.Context, path string, seal archive.Opener, sets []db.Migration) (*checked, error) {
	c := &checked{}
	sink := archive.Sink{
		Begin: func(_ archive.Manifest, tables []db.Table) error { c.tables = tables; return nil },
		Page: func(t db.Table, rows [][]any) error {
			for _, row := range rows {
				if err := errors.Join(c.log.Row(t, row), c.staff.Row(t, row)); err != nil {
					return err
				}
			}
			return nil
		},
		File: func(name string, data []byte) (err error) {
			if name == "key/journal" {
				if c.vkey, err = journal.PublicKey(string(data)); err != nil {
					return fmt.Errorf("%w: its journal's key is none", archive.ErrDamaged)
				}
			}
			return nil
		},
	}
	var err error
	if c.m, c.sums, err = readFile(ctx, path, seal, sink, sets); err != nil {
		return nil, err
	}
	for _, e := range c.sums.Entries {
		if strings.HasPrefix(e.Name, "blob/") {
			c.blobs++
		}
	}
	if c.vkey == "" {
		return nil, fmt.Errorf("%w: it has no journal's key", archive.ErrDamaged)
	}
	if c.head, err = c.log.Head(c.vkey); err != nil {
		return nil, fmt.Errorf("the journal in the backup is not the one that was signed: %w", err)
	}
	root := ""
	if note, _ := c.log.Newest(); note != nil {
		root = base64.StdEncoding.EncodeToString(c.head.Root[:])
	}
	if root != c.m.HeadRoot || c.head.Size != c.m.HeadSize {
		return nil, fmt.Errorf("%w: the journal is not the one that its beginning names", archive.ErrDamaged)
	}
	return c, nil
}

// summed reads a backup and computes the SHA-256 of its file as it lies there,
// which has to be the one that is wanted, where one is.
type summed struct {
	archive.Opener
	want, got string
	what      string // the reading, as progress is told of it
	progress  archive.Progress
}

func (s *summed) Read(ctx context.Context, in io.Reader, sink archive.Sink, sets ...db.Migration) (archive.Manifest, archive.Sums, error) {
	sum := sha256.New()
	if f, ok := in.(*os.File); ok && s.progress != nil {
		info, err := f.Stat()
		if err != nil {
			return archive.Manifest{}, archive.Sums{}, err
		}
		in = &watched{in: f, all: info.Size(), tell: func(done, all int64) { s.progress(s.what, done>>20, (all+1<<20-1)>>20) }}
	}
	m, sums, err := s.Opener.Read(ctx, io.TeeReader(in, sum), sink, sets...)
	if _, rest := io.Copy(sum, in); rest != nil {
		return m, sums, errors.Join(err, rest)
	}
	s.got = hex.EncodeToString(sum.Sum(nil))
	if s.want != "" && !strings.EqualFold(s.want, s.got) {
		return m, sums, fmt.Errorf("this is not the file that --sha256 names: its SHA-256 is %s", s.got)
	}
	return m, sums, err
}

// watched tells how many bytes were read.
type watched struct {
	in        io.Reader
	done, all int64
	tell      func(done, all int64)
}

func (w *watched) Read(p []byte) (int, error) {
	w.tell(w.done, w.all)
	n, err := w.in.Read(p)
	w.done += int64(n)
	return n, err
}

// readFile reads a backup through its compression and encryption.
func readFile(ctx context.Context, path string, seal archive.Opener, sink archive.Sink, sets []db.Migration) (archive.Manifest, archive.Sums, error) {
	f, err := os.Open(path)
	if err != nil {
		return archive.Manifest{}, archive.Sums{}, fmt.Errorf("the backup cannot be read: %w", err)
	}
	defer f.Close()
	return seal.Read(ctx, f, sink, sets...)
}
