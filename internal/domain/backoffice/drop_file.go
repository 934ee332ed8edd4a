package backoffice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
)

const (
	// atOnce is how many rows of a file are acts at the same time, and perJob
	// how many rows one job reads before it queues the rest.
	atOnce = 32
	perJob = 1000
)

var resultHead = []string{"line", "their_ref", "result", "change", "ref", "sentence_ms", "sentence_en"}

// readFile makes acts of a file's rows and writes what became of each. A job
// that is run again begins where it began: rows are acts that count once.
func (b *BackOffice) readFile(ctx context.Context, j outbox.Job) error {
	var job fileJob
	if err := json.Unmarshal(j.Args, &job); err != nil {
		return outbox.Cancel(err)
	}
	mine := false
	err := b.DB.Write(ctx, func(tx *db.Tx) (err error) {
		mine, err = touchFile(tx, job.Agency, job.Name, job.Turn, b.now())
		return err
	})
	if err != nil || !mine {
		return err
	}
	root, err := b.dropRoot(job.Agency)
	if err != nil {
		return err
	}
	defer root.Close()
	if job.Answered {
		return b.filed(ctx, root, j, job)
	}
	if job.From == 0 {
		if err := b.begin(root, job.Name); err != nil {
			return err
		}
	}
	data, err := readSome(root, "reading/"+job.Name)
	if errors.Is(err, fs.ErrNotExist) { // read to its end before, or taken back
		return b.fileEnds(ctx, j, job)
	}
	if err != nil {
		return err
	}
	t, err := readTable(data, job.From, b.FileRows)
	results := [][]string{}
	if job.From == 0 {
		results = append(results, resultHead)
	}
	var whole unreadable
	switch {
	case errors.As(err, &whole):
		results = append(results, b.refusedRow(0, "", fault.New(fault.Invalid, "backoffice.drop."+whole.key, "what", whole.what)))
	case err != nil:
		return err
	default:
		more, err := b.rows(ctx, job.Agency, t.rows)
		if err != nil {
			return err
		}
		results = append(results, more...)
	}
	size, err := appendTable(root, resultOf(job.Name)+".part", job.Size, results)
	if errors.Is(err, errLost) { // the answers before this row are gone: rows count once, so all are asked again
		return b.fileGoesOn(ctx, j, fileJob{Agency: job.Agency, Name: job.Name, Turn: job.Turn})
	}
	if err != nil {
		return err
	}
	return b.fileGoesOn(ctx, j, fileJob{job.Agency, job.Name, job.From + len(t.rows), size, job.Turn, !t.more, int64(len(data))})
}

func resultOf(name string) string {
	return "out/" + strings.TrimSuffix(name, ".csv") + ".result.csv"
}

// fileGoesOn ends a job and queues the next of its file.
func (b *BackOffice) fileGoesOn(ctx context.Context, j outbox.Job, next fileJob, at ...time.Time) error {
	return b.DB.Write(ctx, func(tx *db.Tx) error {
		if err := b.Outbox.Enqueue(tx, jobFile, next, at...); err != nil {
			return err
		}
		return b.Outbox.DoneTx(tx, j)
	})
}

// filed puts a result and its file in their places. Wherever it was
// interrupted, it does the rest when it is run again. A file whose writer had
// only stopped for a moment, and has gone on, is read again: rows count once.
func (b *BackOffice) filed(ctx context.Context, root *os.Root, j outbox.Job, job fileJob) error {
	result := resultOf(job.Name)
	if info, err := root.Lstat("reading/" + job.Name); err == nil && info.Size() > job.Read && job.Read > 0 && job.Read <= dropMost {
		return b.fileGoesOn(ctx, j, fileJob{Agency: job.Agency, Name: job.Name, Turn: job.Turn}, b.Clock.Now().Add(settled))
	}
	if err := root.Rename(result+".part", result); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := b.put(root, job.Name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return b.fileEnds(ctx, j, job)
}

func (b *BackOffice) fileEnds(ctx context.Context, j outbox.Job, job fileJob) error {
	return b.DB.Write(ctx, func(tx *db.Tx) error {
		if err := endFile(tx, job.Agency, job.Name, job.Turn); err != nil {
			return err
		}
		return b.Outbox.DoneTx(tx, j)
	})
}

// begin puts a file where nobody replaces it while it is read: what the agency
// writes meanwhile under that name is another file. One that is no longer whole
// stays, until the folder is looked at again.
func (b *BackOffice) begin(root *os.Root, name string) error {
	if _, err := root.Lstat("reading/" + name); errors.Is(err, fs.ErrNotExist) {
		list, err := fs.ReadDir(root.FS(), "in")
		if err != nil {
			return err
		}
		for _, e := range list { // whatever the letters of its ending
			if plain(e.Name()) == name && b.whole(root, e.Name()) {
				if err := root.Rename("in/"+e.Name(), "reading/"+name); err != nil {
					return err
				}
				break
			}
		}
	}
	err := root.Remove("in/" + strings.TrimSuffix(name, ".csv") + ".done")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// put moves a file that was read to done, beside an older one of its name.
func (b *BackOffice) put(root *os.Root, name string) error {
	to := "done/" + name
	if _, err := root.Lstat(to); err == nil {
		to = "done/" + strings.TrimSuffix(name, ".csv") + "." + strconv.FormatInt(b.now(), 10) + ".csv"
	}
	return root.Rename("reading/"+name, to)
}

// openFile opens a file that the agency may have put another thing in the place
// of: a pipe would keep whoever opens it waiting for its other end.
func openFile(root *os.Root, name string, how int) (*os.File, error) {
	f, err := root.OpenFile(name, how|syscall.O_NONBLOCK, dropMode)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, fmt.Errorf("%s is no file", name), f.Close())
	}
	return f, nil
}

// readSome reads a file, and no more of it than shows that it is too large.
func readSome(root *os.Root, name string) ([]byte, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fs.ErrNotExist
	}
	f, err := openFile(root, name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, dropMost+1))
}

// errLost says that what was written of a result before is not there.
var errLost = errors.New("the result is not there any more")

// appendTable writes rows after the first size bytes of a file, and gives its
// new size: what a job that ended in the middle had written is overwritten.
func appendTable(root *os.Root, name string, size int64, rows [][]string) (int64, error) {
	data, err := encodeTable(rows)
	if err != nil {
		return 0, err
	}
	how := os.O_WRONLY
	if size == 0 {
		how |= os.O_CREATE
	}
	f, err := openFile(root, name, how)
	if errors.Is(err, fs.ErrNotExist) && size > 0 {
		return 0, errLost
	}
	if err != nil {
		return 0, err
	}
	_ = f.Chmod(dropMode) // whatever the process's umask; what is another's stays as it is
	if info, err := f.Stat(); err != nil || info.Size() < size {
		return 0, errors.Join(err, errLost, f.Close())
	}
	_, err = f.WriteAt(data, size)
	size += int64(len(data))
	return size, errors.Join(err, f.Truncate(size), f.Sync(), f.Close())
}

// rows makes acts of rows, several at once, those of one case one after the
// other.
func (b *BackOffice) rows(ctx context.Context, agency string, list []row) ([][]string, error) {
	out := make([][]string, len(list))
	failed := make([]error, len(list))
	for i := 0; i < len(list); {
		var group sync.WaitGroup
		busy := map[string]bool{}
		for ; i < len(list) && len(busy) < atOnce; i++ {
			ref := list[i].cells["their_ref"]
			if busy[ref] {
				break
			}
			busy[ref] = true
			n := i
			group.Go(func() {
				failed[n] = fault.Guard(func() (err error) { out[n], err = b.rowAct(ctx, agency, list[n]); return err })()
			})
		}
		group.Wait()
	}
	return out, errors.Join(failed...)
}

// rowAct is the act of one row; the error is the hall's own, and no refusal.
func (b *BackOffice) rowAct(ctx context.Context, agency string, r row) ([]string, error) {
	ref := r.cells["their_ref"]
	if r.problem != "" {
		return b.refusedRow(r.line, ref, fault.New(fault.Invalid, "backoffice.drop."+r.problem, "what", "")), nil
	}
	by := systemOf(Key{ID: "drop-" + agency, Agency: agency})
	most := 1 // that the person is told
	if r.cells["message_id"] != "" {
		most = 2
	}
	back, err := b.holdTold(ctx, agency, most)
	if err != nil {
		if says, refused := refusal(err); refused {
			return b.refusedRow(r.line, ref, says), nil
		}
		return nil, err
	}
	var got OfficeAnswer
	var refused error
	told := 0
	err = b.DB.Write(ctx, func(tx *db.Tx) (err error) {
		refused = nil
		got, told, err = b.rowTx(tx, by, r.cells)
		if u, is := err.(unknown); is {
			refused = u.error
			return nil
		}
		return err
	})
	if says, is := refusal(err); is {
		refused, err = says, nil
	}
	if err != nil || refused != nil {
		told = 0
	}
	back(most - told)
	switch {
	case err != nil:
		return nil, err
	case refused != nil:
		return b.refusedRow(r.line, ref, refused), nil
	}
	return []string{strconv.Itoa(r.line), ref, "accepted", got.Change, got.Ref, "", ""}, nil
}

// refusal tells whether an error is about the row: one of a hall that is busy
// or broken is not, and the row is tried again.
func refusal(err error) (*fault.Error, bool) {
	e, ok := fault.As(err)
	return e, ok && e.Code != fault.Internal && (e.Code != fault.Busy || e.After > 0)
}

// rowTx also tells how often the person is told.
func (b *BackOffice) rowTx(tx *db.Tx, by actor.Actor, cells map[string]string) (got OfficeAnswer, told int, err error) {
	var w wrong
	for _, name := range columns {
		if strings.ContainsFunc(cells[name], unfit) {
			w.add(name, "web.field.unfit")
		}
	}
	if err := w.err(); err != nil {
		return got, 0, err
	}
	in := OfficeCase{TheirRef: cells["their_ref"], Person: Person{Either: cells["person"]}, Title: Words{cells["title_ms"], cells["title_en"]},
		Service: cells["service"], State: cells["state"], Status: Words{cells["status_ms"], cells["status_en"]},
		Question: Words{cells["question_ms"], cells["question_en"]}, SubmittedOn: cells["submitted_on"], DueOn: cells["due_on"], Link: cells["link"]}
	if v := cells["version"]; v != "" {
		if in.Version, err = strconv.ParseInt(v, 10, 64); err != nil {
			return got, 0, fault.New(fault.Invalid, "web.error.invalid").With(fault.Field{Location: "body.version", Key: "backoffice.error.version"})
		}
	}
	if _, got, err = b.putCaseTx(tx, by, in); err != nil {
		return got, 0, err
	}
	if tells(got.Change) {
		told++
	}
	if cells["message_id"] == "" {
		return got, told, nil
	}
	_, message, err := b.messageTx(tx, by, OfficeMessage{TheirRef: in.TheirRef, ID: cells["message_id"], Text: Words{cells["message_ms"], cells["message_en"]}})
	if tells(message.Change) {
		told++
	}
	return got, told, err
}

// refusedRow says why, in both languages.
func (b *BackOffice) refusedRow(line int, ref string, err error) []string {
	e, _ := fault.As(err)
	says := func(lang locale.Lang) string {
		p := b.Texts.For(lang)
		text := p.T(e.Key, e.Args...)
		for _, f := range e.Fields {
			text += fmt.Sprintf(" %s: %s", strings.TrimPrefix(f.Location, "body."), p.T(f.Key, f.Args...))
		}
		return text
	}
	return []string{strconv.Itoa(line), ref, "refused", "", "", says(locale.Malay), says(locale.English)}
}
