package keep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"balai/internal/spine/blob"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/hold"
	"balai/internal/spine/journal"
)

// Hall is where a hall lives.
type Hall struct {
	Data  string                                            // its folder
	Keys  string                                            // the folder of its keys; "" is key in the data folder
	DSN   string                                            // its database
	Blobs func(context.Context, *db.DB) (blob.Store, error) // where its files lie, some perhaps in that database
	Fits  func(context.Context, *db.DB) error               // whether the keys that are there are those of a database's hall; nil where nobody can tell
	// Shared is the key of that name that a start fetches from the database, ""
	// where it has none; nil where keys are in the folder alone.
	Shared func(ctx context.Context, d *db.DB, name string) (string, error)
	Sets   []db.Migration
	Balai  string // this program's version
	Clock  clock.Clock
}

// keyFolder is the folder of the hall's keys.
func (h Hall) keyFolder() string {
	if h.Keys != "" {
		return h.Keys
	}
	return filepath.Join(h.Data, "key")
}

// vkey is the journal's public key. It makes none: a copy of a hall that has
// lost its key would be another hall.
func (h Hall) vkey() (string, error) {
	path := filepath.Join(h.keyFolder(), "journal")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no key %s: without it this is not the same hall; put it back from a backup", path)
	}
	if err != nil {
		return "", err
	}
	return journal.PublicKey(string(text))
}

// Names in the data folder.
const (
	holdFile     = "hold"         // whose lock the hall's holders have
	restoreFile  = "restoring"    // a restore that has not ended
	headFile     = "journal.head" // the last published head
	databaseFile = "database"     // where the database is, if not in the folder
	backupFile   = "backup"       // the newest backup
	localDB      = "balai.db"
)

// DatabaseOf is where the hall in a data folder has its database: what the
// folder says, or the file in it.
func DatabaseOf(data string) string {
	text, err := os.ReadFile(filepath.Join(data, databaseFile))
	if dsn := strings.TrimSpace(string(text)); err == nil && dsn != "" {
		return dsn
	}
	return filepath.Join(data, localDB)
}

// recordDatabase writes where the database is, so that whoever opens the
// folder need not know.
func recordDatabase(data, dsn string) error {
	path := filepath.Join(data, databaseFile)
	if sameFile(dsn, filepath.Join(data, localDB)) {
		err := os.Remove(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	if p := sqlitePath(dsn); p != "" {
		if abs, err := filepath.Abs(p); err == nil {
			dsn = abs + strings.TrimPrefix(strings.TrimPrefix(dsn, "sqlite:"), p)
		}
	}
	return WriteFile(path, []byte(dsn+"\n"))
}

// sqlitePath is the file of an SQLite database, "" for PostgreSQL.
func sqlitePath(dsn string) string {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return ""
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(dsn, "sqlite:"), "?")
	return path
}

func sameFile(a, b string) bool {
	a, b = sqlitePath(a), sqlitePath(b)
	if a == "" || b == "" {
		return false
	}
	x, errX := filepath.Abs(a)
	y, errY := filepath.Abs(b)
	return errX == nil && errY == nil && x == y
}

// Named is a database in words that hold no password.
func Named(dsn string) string {
	if p := sqlitePath(dsn); p != "" {
		if abs, err := filepath.Abs(p); err == nil {
			return abs
		}
		return p
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return "the PostgreSQL database"
	}
	q := u.Query()
	q.Del("password")
	q.Del("sslpassword") // of the key in sslkey
	u.RawQuery = q.Encode()
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	return u.String()
}

// there tells whether an SQLite database's file is there; a PostgreSQL one is
// asked when it is opened.
func there(dsn string) bool {
	path := sqlitePath(dsn)
	if path == "" {
		return true
	}
	_, err := os.Stat(path)
	return err == nil
}

// Fresh opens path.new, which becomes path when it is whole. Nobody but this
// process has it: a file or a link of that name that was there, perhaps
// another's in a folder that many may write, is taken away and never written.
func Fresh(path string) (*os.File, error) {
	if err := os.Remove(path + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// WriteFile puts a file there whole or not at all, readable by its owner only,
// and on the disk before it returns. Two processes may write one file.
func WriteFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new*") // a name that nobody has
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// held says who keeps a hall from being taken.
func held(err error, what string) error {
	var taken *hold.Taken
	if !errors.As(err, &taken) {
		return err
	}
	by := "another program"
	if len(taken.By) > 0 {
		by = strings.Join(taken.By, ", ")
	}
	return fmt.Errorf("%s is in use by %s; stop it first", what, by)
}

// Enter takes the shared lock of a data folder for whoever serves the hall in
// it, and refuses one in which a restore has not ended. who is the command.
func Enter(data, who string) (*hold.Held, error) {
	if m, err := readRestoring(data); err != nil || m != nil {
		if err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("the hall in %s is only half restored: run `balai restore` with %s again", data, m.File)
	}
	h, err := hold.File(filepath.Join(data, holdFile), false, who)
	return h, held(err, "the hall in "+data)
}

// EnterDB does the same for its database, and refuses one that is half filled,
// or whose hall has moved away.
func EnterDB(ctx context.Context, d *db.DB, who string) (*db.Holding, error) {
	h, err := d.Hold(ctx, false, who)
	if err != nil {
		return nil, held(err, "the hall's database")
	}
	m, err := d.Marked(ctx)
	if err == nil && m != nil {
		switch m.State {
		case db.Filled:
		case db.Left:
			err = fmt.Errorf("this hall has moved: its database is now %s", m.Other)
		case db.Leaving:
			err = fmt.Errorf("this hall is being moved to %s: run `balai move` again to finish, or `balai move --cancel` to stay here", m.Other)
		default:
			err = fmt.Errorf("this database is only half filled from %s: let `balai move` or `balai restore` run to its end", m.Other)
		}
	}
	if err != nil {
		h.Release()
		return nil, err
	}
	return h, nil
}

// restoring is what a restore leaves in the data folder until it has ended.
type restoring struct {
	ID       string   `json:"id"`
	File     string   `json:"file"`
	At       int64    `json:"at"`
	Heads    []string `json:"heads"`              // published heads that the restored hall must continue
	Aside    string   `json:"aside"`              // where the folder's former content is, or ""
	Clearing bool     `json:"clearing,omitempty"` // it is on its way there
	DSN      string   `json:"database"`
	Before   bool     `json:"-"` // it is there from an earlier run
}

func readRestoring(data string) (*restoring, error) {
	text, err := os.ReadFile(filepath.Join(data, restoreFile))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return nil, nil
	}
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) && strings.Contains(path.Err.Error(), "not a directory") {
			return nil, nil // whoever makes the folder will say so
		}
		return nil, err
	}
	m := &restoring{Before: true}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("%s/%s cannot be read: %w", data, restoreFile, err)
	}
	return m, nil
}
