package backoffice

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// The drop folder is for agencies without a program: DROP/AGENCY/in is where
// they put files of cases, DROP/AGENCY/out where they find what became of each
// row and what happened here. Whose folder it is proves who writes; on a server
// it is the folder of one SFTP account.
//
// Everything below an agency's folder is reached through os.Root, so that no
// link and no name leads out of it.

const (
	jobFile = "backoffice.file"
	// dropEvery is how often the folder is looked at, and settled is how long a
	// file must have lain still to be taken as whole, unless NAME.done says so.
	dropEvery = 10 * time.Second
	settled   = 10 * time.Second
	// settledCut is the same for a file that ends in the middle of a line, as one
	// does whose writer has stopped for a moment.
	settledCut = time.Minute
	dropMost   = 64 << 20 // bytes of a file
	rowsMost   = 100_000  // rows of a file
	dropMode   = 0o660    // of what the hall writes: the folder's group is the agency's
	cellsMost  = 1_000    // cells of a row; one with more would take forty times its bytes
	// filesAtOnce is how many files of one agency are read at a time, so that one
	// with many leaves the hall its workers. They are taken in their names' order.
	filesAtOnce = 2
	// givenUp is after how long a file that no job has touched is read anew:
	// longer than a job that fails ever waits for its next try.
	givenUp = 2 * 24 * time.Hour
)

var plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}\.csv$`)

// plain is a file's name with its ending in small letters, under which it is
// read: a.CSV and a.csv take turns. It is "" for a name that is not taken.
func plain(name string) string {
	if n := len(name) - len(".csv"); n > 0 && strings.EqualFold(name[n:], ".csv") {
		name = name[:n] + ".csv"
	}
	if !plainName.MatchString(name) {
		return ""
	}
	return name
}

// onItsWay tells whether a name is of a file that is still written, or of a mark.
func onItsWay(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".part") || strings.HasSuffix(name, ".done")
}

// fileJob reads one file, from a row on; Size is how much of its result was
// written before, and Turn which reading of the file it belongs to. Once every
// row is answered, a job of its own puts result and file in their places.
type fileJob struct {
	Agency, Name string
	From         int
	Size         int64
	Turn         string
	Answered     bool
	Read         int64 // of an answered one: how long the file was
}

// SweepDrop queues what is ready to be read, and writes what agencies are told.
func (b *BackOffice) SweepDrop(ctx context.Context) error {
	entries, err := os.ReadDir(b.Drop)
	if err != nil {
		return fmt.Errorf("backoffice: the drop folder: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() { // a link to a folder is none
			continue
		}
		if err := b.sweepAgency(ctx, e.Name()); err != nil {
			b.Log.Error("a drop folder cannot be read", "agency", e.Name(), "error", err)
		}
	}
	return nil
}

func (b *BackOffice) sweepAgency(ctx context.Context, agency string) error {
	known := false
	err := b.DB.Read(ctx, func(tx *db.Tx) error {
		_, err := b.Agencies.Agency(tx, agency)
		if known = err == nil; fault.CodeOf(err) == fault.Missing {
			err = nil
		}
		return err
	})
	if err == nil && !known {
		b.passOver(agency, []string{""}, "no agency of the hall has this id")
	}
	if err != nil || !known {
		return err
	}
	root, err := b.dropRoot(agency)
	if err != nil {
		return err
	}
	defer root.Close()
	in, err := fs.ReadDir(root.FS(), "in")
	if err != nil {
		return err
	}
	begun, err := fs.ReadDir(root.FS(), "reading")
	if err != nil {
		return err
	}
	more := true              // until so many are read that the others wait for the next look
	for _, e := range begun { // again, where no job is left of it
		if more && err == nil && plainName.MatchString(e.Name()) {
			more, err = b.take(ctx, agency, e.Name())
		}
	}
	var over []string
	for _, e := range in {
		switch name := plain(e.Name()); {
		case name == "" && !onItsWay(e.Name()):
			over = append(over, e.Name())
		case name != "" && more && err == nil && b.whole(root, e.Name()):
			more, err = b.take(ctx, agency, name)
		}
	}
	b.passOver(agency, over, "its name is not of the form that is taken")
	return errors.Join(err, b.dropEvents(ctx, root, agency))
}

// toldMost is of how many files that are not read the log tells, and remembers
// it, for one agency.
const toldMost = 20

// passed is of which files the log has told that they are not read, by agency.
type passed struct {
	mu   sync.Mutex
	told map[string]map[string]bool
}

// passOver says once that something in the drop folder is not read: nobody
// would find out otherwise. What is not there any more is forgotten.
func (b *BackOffice) passOver(agency string, files []string, why string) {
	b.passed.mu.Lock()
	defer b.passed.mu.Unlock()
	before, now := b.passed.told[agency], map[string]bool{}
	for _, file := range files[:min(len(files), toldMost)] {
		if now[file] = true; !before[file] {
			b.Log.Warn("a drop folder holds what is not read", "agency", agency, "file", file, "why", why, "such files", len(files))
		}
	}
	if b.passed.told == nil {
		b.passed.told = map[string]map[string]bool{}
	}
	if b.passed.told[agency] = now; len(now) == 0 {
		delete(b.passed.told, agency)
	}
}

// NotRead are the files in an agency's folder whose names are not taken.
func NotRead(drop, agency string) (names []string, err error) {
	list, err := os.ReadDir(filepath.Join(drop, filepath.Base(agency), "in"))
	for _, e := range list {
		if plain(e.Name()) == "" && !onItsWay(e.Name()) {
			names = append(names, e.Name())
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return names, err
}

// take queues a file, unless it is being read; more is false where as many of
// the agency's are read as may be.
func (b *BackOffice) take(ctx context.Context, agency, name string) (more bool, err error) {
	err = b.DB.Write(ctx, func(tx *db.Tx) error {
		turn, now := b.IDs.New(), b.Clock.Now()
		before := clock.Micro(now.Add(-givenUp))
		n, err := filesRead(tx, agency, before)
		if more = n < filesAtOnce; err != nil || !more {
			return err
		}
		mine, err := takeFile(tx, agency, name, turn, clock.Micro(now), before)
		if err != nil || !mine {
			return err
		}
		more = n+1 < filesAtOnce
		return b.Outbox.Enqueue(tx, jobFile, fileJob{Agency: agency, Name: name, Turn: turn})
	})
	return more, err
}

// dropRoot opens an agency's folder and makes what is missing in it.
func (b *BackOffice) dropRoot(agency string) (*os.Root, error) {
	root, err := os.OpenRoot(filepath.Join(b.Drop, filepath.Base(agency)))
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"in", "reading", "out", "done"} {
		if info, err := root.Lstat(name); err == nil && !info.IsDir() {
			return nil, errors.Join(fmt.Errorf("%s is no folder", name), root.Close())
		}
		if err := root.MkdirAll(name, 0o770); err != nil {
			return nil, errors.Join(err, root.Close())
		}
	}
	return root, nil
}

// whole tells whether a file is complete: NAME.done stands beside it, or
// nothing was written to it for a while. A link is never taken.
func (b *BackOffice) whole(root *os.Root, name string) bool {
	info, err := root.Lstat("in/" + name)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	if _, err := root.Lstat("in/" + name[:len(name)-len(".csv")] + ".done"); err == nil {
		return true
	}
	enough := settled
	if cut(root, "in/"+name, info.Size()) {
		enough = settledCut
	}
	still := b.Clock.Now().Sub(info.ModTime())
	return still >= enough || still < -enough // the demo's clock may be days behind the disk's
}

// cut tells whether a file ends in the middle of a line.
func cut(root *os.Root, name string, size int64) bool {
	f, err := openFile(root, name, os.O_RDONLY)
	if err != nil {
		return false
	}
	defer f.Close()
	last := []byte{'\n'}
	_, err = f.ReadAt(last, max(0, size-1))
	return err == nil && last[0] != '\n' && last[0] != '\r'
}

// dropEvents writes what an agency was not told yet, at least once.
func (b *BackOffice) dropEvents(ctx context.Context, root *os.Root, agency string) error {
	var list []Event
	var seq int64
	known := false
	err := b.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if seq, known, err = dropSeq(tx, agency); err != nil {
			return err
		}
		list, err = events(tx, agency, seq, 10_000)
		return err
	})
	if err != nil || known && len(list) == 0 {
		return err
	}
	if len(list) > 0 {
		rows := [][]string{{"seq", "id", "type", "ref", "their_ref", "body"}}
		for _, e := range list {
			rows = append(rows, []string{fmt.Sprint(e.Seq), e.ID, e.Kind, e.Ref, e.TheirID, e.Body})
		}
		name := fmt.Sprintf("out/events-%09d.csv", list[0].Seq)
		if err := writeTable(root, name, rows); err != nil {
			return err
		}
		seq = list[len(list)-1].Seq
	}
	return b.DB.Write(ctx, func(tx *db.Tx) error { return setDropSeq(tx, agency, seq) })
}
