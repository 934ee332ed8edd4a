package keep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/outbox"
)

// Finding is what the doctor says of one thing. A finding that is not OK says
// what to do.
type Finding struct {
	State State  `json:"state"`
	About string `json:"about"`
	Says  string `json:"says"`
}

// State of a finding.
type State string

const (
	OK    State = "ok"
	Look  State = "look"  // it works, and somebody should look
	Wrong State = "wrong" // it does not work, or will be lost
)

// doctor looks at one installation. Whatever it finds it says; nothing that it
// meets ends it.
type doctor struct {
	Hall
	deep  bool
	say   func(f error) string // an error as a sentence
	found []Finding
	demo  bool
	vkey  string
	gone  []string // keys that the folder has not, and of which the database is still to be asked
	db    *db.DB
}

// Examine says how the hall's installation is, one finding for each thing. It
// writes nothing. deep reads everything instead of samples; say makes an error
// a sentence.
func Examine(ctx context.Context, h Hall, deep bool, say func(error) string) []Finding {
	return examine(ctx, h, deep, say).found
}

func examine(ctx context.Context, h Hall, deep bool, say func(error) string) *doctor {
	x := &doctor{Hall: h, deep: deep, say: say}
	defer func() {
		if x.db != nil {
			x.db.Close()
		}
	}()
	defer func() {
		for _, name := range x.gone {
			x.add(Wrong, "keys", "there is no key %s, and the database could not be asked whether it has it", filepath.Join(x.keyFolder(), name))
		}
	}()
	for _, one := range []struct {
		about string
		look  func(context.Context) bool
	}{
		{"folder", x.folder}, {"keys", x.keysFit}, {"disk", x.disk}, {"database", x.database}, {"tables", x.whole}, {"keys", x.keysShared}, {"keys", x.keysOfHall}, {"tables", x.integrity},
		{"journal", x.journal}, {"cases", x.cases}, {"clock", x.time}, {"jobs", x.jobs}, {"files", x.files}, {"backup", x.backup},
	} {
		if !x.guarded(ctx, one.about, one.look) {
			break
		}
	}
	return x
}

// guarded makes a panic a finding: the broken installation is why we are here.
func (x *doctor) guarded(ctx context.Context, about string, look func(context.Context) bool) (more bool) {
	defer func() {
		if p := recover(); p != nil {
			x.add(Wrong, about, "this could not be looked at: %v", p)
			more = true
		}
	}()
	return look(ctx)
}

func (x *doctor) add(s State, about, format string, args ...any) {
	x.found = append(x.found, Finding{s, about, fmt.Sprintf(format, args...)})
}

// folder is false where there is nothing more to look at.
func (x *doctor) folder(context.Context) bool {
	info, err := os.Stat(x.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		x.add(Wrong, "folder", "there is no folder %s: name the hall's data folder with --data, or open a hall in it with `balai serve`", x.Data)
		return false
	case err != nil:
		x.add(Wrong, "folder", "%s cannot be looked at (%v): run this as the user who runs the hall", x.Data, err)
		return false
	case !info.IsDir():
		x.add(Wrong, "folder", "%s is a file, and should be a folder: move it away", x.Data)
		return false
	}
	if _, err := os.Stat(filepath.Join(x.Data, "demo.json")); err == nil {
		x.demo = true
	}
	m, err := readRestoring(x.Data)
	switch {
	case err != nil:
		x.add(Wrong, "folder", "%s/%s cannot be read: run `balai restore` again", x.Data, restoreFile)
	case m != nil:
		x.add(Wrong, "folder", "a restore has not ended: run `balai restore` with %s again", m.File)
	case others(info):
		x.add(Look, "folder", "%s belongs to another user than the one who runs this: give it to the user who runs the hall (chown -R)", x.Data)
	case info.Mode().Perm()&0o077 != 0:
		x.add(Look, "folder", "others on this machine can look into %s: chmod 700 %s", x.Data, x.Data)
	default:
		x.add(OK, "folder", "%s is there, and only its owner looks into it", x.Data)
	}
	return true
}

// Below these a disk is worth a look, and is as good as full.
const (
	littleDisk = 2 << 30
	fullDisk   = 200 << 20
)

func (x *doctor) disk(context.Context) bool {
	free, ok := freeDisk(x.Data)
	switch {
	case !ok:
		x.add(Look, "disk", "how much room the disk has could not be asked")
	case free < fullDisk:
		x.add(Wrong, "disk", "only %d MB are free under %s: make room now, before the hall refuses to write", free>>20, x.Data)
	case free < littleDisk:
		x.add(Look, "disk", "%d MB are free under %s: make room soon", free>>20, x.Data)
	default:
		x.add(OK, "disk", "%d GB are free", free>>30)
	}
	return true
}

// database is false where none can be asked.
func (x *doctor) database(ctx context.Context) bool {
	name := Named(x.DSN)
	if !there(x.DSN) {
		x.add(Wrong, "database", "there is no database %s: name it with --db, or restore it from a backup. A new hall makes it at its first start", name)
		return x.backup(ctx) && false
	}
	if path := sqlitePath(x.DSN); path != "" {
		if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
			x.add(Wrong, "database", "%s is no file: move it away and restore the database from a backup", name)
			return x.backup(ctx) && false
		}
	}
	d, err := db.Open(ctx, x.DSN, nil)
	if err != nil {
		x.add(Wrong, "database", "%s: %s", name, x.say(err))
		return x.backup(ctx) && false
	}
	x.db = d
	m, err := d.Marked(ctx)
	if err != nil {
		x.add(Wrong, "database", "%s: %s", name, x.say(err))
		return x.backup(ctx) && false
	}
	if m != nil && m.State != db.Filled {
		holding, err := EnterDB(ctx, d, "balai doctor")
		holding.Release()
		if err == nil {
			err = errors.New("it is being copied")
		}
		x.add(Wrong, "database", "%s", x.say(err))
		return x.backup(ctx) && false
	}
	applied, err := d.Applied(ctx)
	if err == nil {
		err = db.Known(applied, x.Sets...)
	}
	if err != nil {
		x.add(Wrong, "database", "%s: %s", name, x.say(err))
		return x.backup(ctx) && false
	}
	behind, err := db.Behind(applied, x.Sets...)
	switch {
	case err != nil:
		x.add(Wrong, "database", "%s", x.say(err))
	case len(applied) == 0:
		x.add(Wrong, "database", "%s answers and is empty: restore a backup into it, or open a hall with `balai serve`", name)
		return x.backup(ctx) && false
	case behind > 0:
		x.add(Look, "database", "%s answers, and is of an older version: the next start of the hall brings it up to date; make a backup before", name)
	default:
		x.add(OK, "database", "%s answers, and is of this version", name)
	}
	return true
}

func (x *doctor) integrity(ctx context.Context) bool {
	wrong, err := x.db.Integrity(ctx)
	switch {
	case err != nil:
		x.add(Wrong, "tables", "the database could not be read through: %s", x.say(err))
	case len(wrong) > 0:
		x.add(Wrong, "tables", "the database is damaged (%s): stop the hall, keep the file, restore a backup", wrong[0])
	default:
		x.add(OK, "tables", "the database reads as it should")
	}
	return true
}

// waitsLong is how long an entry may be without a place before somebody should
// look.
const waitsLong = 5 * time.Minute

func (x *doctor) journal(ctx context.Context) bool {
	if x.vkey == "" {
		x.add(Wrong, "journal", "without its key the journal cannot be checked")
		return true
	}
	h, err := journal.Examine(ctx, x.db, x.vkey)
	if err != nil {
		x.add(Wrong, "journal", "%s If the key and the database are not of one hall, name the right folder with --data; else restore a backup", x.say(err))
		return true
	}
	head, err := os.ReadFile(filepath.Join(x.Data, headFile))
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		x.add(Wrong, "journal", "the published head cannot be read (%v)", err)
	case len(head) > 0:
		if err := journal.Continues(ctx, x.db, head, x.vkey); err != nil {
			x.add(Wrong, "journal", "%s The database is older than what the hall has published: find the newer one, or restore with --accept-loss", x.say(err))
			return true
		}
	}
	if h.Note == nil {
		x.add(Look, "journal", "nothing is signed yet: open the hall, which signs within a second")
		return true
	}
	if x.deep {
		if _, err := (journal.Audit{VKey: x.vkey}).DB(ctx, x.db); err != nil {
			x.add(Wrong, "journal", "%s Restore a backup", x.say(err))
			return true
		}
	}
	if at, ok := id.Time(h.First); h.Waiting > 0 && ok && x.Clock.Now().Sub(at) > waitsLong && !x.demo {
		x.add(Look, "journal", "%d entries wait for their place, the first since %s: is the hall running?", h.Waiting, at.In(clock.Zone).Format("2006-01-02 15:04"))
		return true
	}
	x.add(OK, "journal", "%d entries, signed as they are stored, nothing published is missing", h.Head.Size)
	return true
}

// ahead is by how much a record may be later than the clock says.
const ahead = time.Minute

func (x *doctor) time(ctx context.Context) bool {
	if x.demo {
		x.add(OK, "clock", "a demo country has a date of its own")
		return true
	}
	var at int64
	err := x.db.Read(ctx, func(tx *db.Tx) (err error) {
		at, err = journal.Written(tx)
		return err
	})
	now := x.Clock.Now()
	switch {
	case err != nil:
		x.add(Wrong, "clock", "%s", x.say(err))
	case clock.FromMicro(at).After(now.Add(ahead)):
		x.add(Wrong, "clock", "the hall has written at %s, and the clock says %s: it has stepped back, or was wrong before; set it right and let it be kept (NTP)",
			clock.FromMicro(at).In(clock.Zone).Format("2006-01-02 15:04:05"), now.In(clock.Zone).Format("2006-01-02 15:04:05"))
	default:
		x.add(OK, "clock", "nothing was written later than it is now")
	}
	return true
}

// jobsLate is how long a job may be due before somebody should look.
const jobsLate = time.Hour

func (x *doctor) jobs(ctx context.Context) bool {
	var discarded, late int64
	err := x.db.Read(ctx, func(tx *db.Tx) (err error) {
		discarded, late, err = outbox.Troubles(tx, clock.Micro(x.Clock.Now().Add(-jobsLate)))
		return err
	})
	switch {
	case err != nil:
		x.add(Wrong, "jobs", "%s", x.say(err))
	case late > 0 && !x.demo:
		x.add(Look, "jobs", "%d jobs should have run more than an hour ago: is the hall running?", late)
	case discarded > 0:
		x.add(Look, "jobs", "%d jobs were given up after many tries: the log says why (level error)", discarded)
	default:
		x.add(OK, "jobs", "none is late, none was given up")
	}
	return true
}

// backupOld is how old the newest backup may be.
const backupOld = 7 * 24 * time.Hour

func (x *doctor) backup(context.Context) bool {
	var last lastBackup
	text, err := os.ReadFile(filepath.Join(x.Data, backupFile))
	if err == nil {
		err = json.Unmarshal(text, &last)
	}
	at := clock.FromMicro(last.At)
	switch {
	case err != nil:
		x.add(Look, "backup", "no backup of this hall is known here: make one with `balai backup FILE`, and every night from then on")
	case x.Clock.Now().Sub(at) > backupOld:
		x.add(Look, "backup", "the newest backup is of %s (%s): make one with `balai backup FILE`, and every night from then on", at.In(clock.Zone).Format(time.DateOnly), last.Path)
	default:
		x.add(OK, "backup", "the newest is of %s: %s", at.In(clock.Zone).Format("2006-01-02 15:04"), last.Path)
	}
	return true
}
