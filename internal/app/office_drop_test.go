package app

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"balai/internal/domain/backoffice"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/outbox"
)

// dropped is an agency's folder of files.
type dropped struct {
	*rig
	dir string
}

func (r *rig) dropFolder(agency string) dropped {
	r.t.Helper()
	r.office.Drop, r.office.FileRows = r.t.TempDir(), 3
	d := dropped{r, filepath.Join(r.office.Drop, agency)}
	r.must(os.MkdirAll(filepath.Join(d.dir, "in"), 0o700))
	return d
}

// lies puts a file that was written a while ago.
func (d dropped) lies(name, text string) {
	d.t.Helper()
	path := filepath.Join(d.dir, "in", name)
	d.must(os.WriteFile(path, []byte(text), 0o600))
	at := d.now.Now().Add(-time.Minute)
	d.must(os.Chtimes(path, at, at))
}

// read sweeps the folder, does the work, and gives the rows of a result.
func (d dropped) read(name string) [][]string {
	d.t.Helper()
	d.must(d.office.SweepDrop(context.Background()))
	d.drain()
	text, err := os.ReadFile(filepath.Join(d.dir, "out", name))
	if os.IsNotExist(err) {
		return nil
	}
	d.must(err)
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	d.must(err)
	return rows[1:]
}

const officeHead = "their_ref,person,title_ms,title_en,state,status_ms,status_en,message_id,message_ms,message_en\n"

// A file of cases becomes the same acts as the API's, whatever wrote it, and
// each row is answered.
func TestDropFolder(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d := r.dropFolder("jkm")
		d.lies("a.csv", "\xef\xbb\xbf"+strings.ReplaceAll(officeHead, "\n", "\r\n")+
			"A-1,940312-00-0000,Bantuan,Aid,checking,,,,,\r\n"+
			"A-2,m4,\"Bantuan, \"\"khas\"\"\",Aid,received,,,m1,Sila datang.,Please come.\r\n"+
			"A-3,nobody,Bantuan,Aid,checking,,,,,\r\n"+
			"A-4,m5,=cmd|' /C calc'!A0,Aid,done,,,,,\r\n"+
			"A-1,m0,Bantuan,Aid,approved,Lulus,Granted,,,\r\n"+
			"=1+1,m5,Bantuan,Aid,checking,,,,,\r\n"+
			"A-5,m5,Bantuan,Aid,checking,,,m 1,x,y\r\n"+
			"A-7,m6,Bantu\u202ean,Aid,checking,,,,,\r\n"+
			"A-6,m6,Bant")
		var got []string
		rows := d.read("a.result.csv")
		for _, row := range rows {
			got = append(got, fmt.Sprint(row[0], " ", row[1], " ", row[2], " ", row[3]))
			if row[2] == "refused" && (row[5] == "" || row[6] == "" || row[5] == row[6]) {
				t.Errorf("no sentence in both languages: %q", row)
			}
		}
		r.wants("rows", strings.Join(got, "; "), "2 A-1 accepted created; 3 A-2 accepted created; 4 A-3 refused ; 5 A-4 refused ; 6 A-1 accepted updated; "+
			"7 '=1+1 refused ; 8 A-5 refused ; 9 A-7 refused ; 10  refused ")
		r.wants("cases", r.count(`select count(*) from backoffice_case`), 2)
		r.wants("m0 has it", r.count(`select count(*) from backoffice_case where person = 'm0' and state = $1 and agency = 'jkm'`, string(casework.Approved)), 1)
		r.wants("told", fmt.Sprint(r.inbox("m4")), "[backoffice.notice.message backoffice.notice.new]")

		// The same file again changes nothing, and has its result beside.
		before := r.count(`select count(*) from journal_subject`)
		for range 2 {
			d.lies("b.csv", "their_ref;person;title_ms;state;version\nB-1;m5;Bantuan;checking;1\n")
			r.wants("semicolons", d.read("b.result.csv")[0][2], "accepted")
		}
		r.wants("leaves of the same twice", r.count(`select count(*) from journal_subject`), before+1)
		done, err := filepath.Glob(filepath.Join(d.dir, "done", "*.csv"))
		r.must(err)
		r.wants("files that were read", len(done), 3)

		for name, c := range map[string]struct{ text, says string }{
			"latin": {"their_ref,person,title_ms,state\nC-1,m5,Ka\xf1ada,checking\n", "UTF-8"}, "utf16": {"\xff\xfet\x00h\x00", "UTF-8"},
			"empty": {"", "first row"}, "column": {"their_ref,person,title_ms,state,x\n", "“x”"}, "twice": {"their_ref,person,title_ms,state,state\n", "“state”"},
			"missing": {"their_ref,person,title_ms\n", "“state”"}, "quotes": {"their_ref,person,title_ms,state\nC-1,m5,\"Ban\"tuan,checking\nC-2,m5,Ban,checking\n", "quotation"},
			"first quote": {"their_ref,person,title_ms,state\nC\"1,m5,Ban,checking\n", "quotation"},
			"many":        {"their_ref,person,title_ms,state\nC-1,m5,Ban,checking\n" + strings.Repeat("a\n", 100_000), "100,000 rows"},
			"wide":        {"their_ref,person,title_ms,state\nC-1,m5,Ban,checking\n\"x\n\"" + strings.Repeat(",", 1000), "1,000 cells"},
		} {
			d.lies(name+".csv", c.text)
			rows := d.read(name + ".result.csv")
			if len(rows) != 1 || rows[0][2] != "refused" || !strings.Contains(rows[0][6], c.says) {
				t.Errorf("%s: %q", name, rows)
			}
		}
		r.wants("cases", r.count(`select count(*) from backoffice_case`), 3)
	})
}

// A file's ending may be in large letters, and what is not read is told.
func TestDropFileNames(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d := r.dropFolder("jkm")
		text := "their_ref,person,title_ms,state\nA-1,m0,Bantuan,checking\n"
		d.lies("UPPER.CSV", text)
		r.wants("large letters", len(d.read("UPPER.result.csv")), 1)
		d.lies("two.csv", text)
		d.lies("two.Csv", text)
		for range 2 { // they have one result, and take turns
			r.wants("both", len(d.read("two.result.csv")), 1)
		}
		done, err := filepath.Glob(filepath.Join(d.dir, "done", "*.csv"))
		r.must(err)
		r.wants("files that were read", len(done), 3)

		d.lies("evil ;rm.csv", text)
		d.lies("half.csv.part", text)
		r.must(os.MkdirAll(filepath.Join(r.office.Drop, "nosuch", "in"), 0o700))
		var said strings.Builder
		r.office.Log = slog.New(slog.NewTextHandler(&said, nil))
		for range 2 {
			r.must(r.office.SweepDrop(context.Background()))
		}
		found := fmt.Sprint(dropFound(r.office.Drop, func(id string) (bool, error) { return isAgency(context.Background(), r.db, id) }))
		if strings.Count(found, "look") != 2 || !strings.Contains(found, "evil ;rm.csv") || !strings.Contains(found, "nosuch") || strings.Contains(found, "half") {
			t.Errorf("the doctor says %s", found)
		}
		// Of very many the log tells some, and keeps no more of them in memory.
		for i := range 50 {
			d.lies(fmt.Sprintf("many %d", i), text)
		}
		said2 := said.String()
		said.Reset()
		for range 2 {
			r.must(r.office.SweepDrop(context.Background()))
		}
		if n := strings.Count(said.String(), "many "); n != 19 {
			t.Errorf("of fifty more the log tells %d", n)
		}
		if found := fmt.Sprint(dropFound(r.office.Drop, func(id string) (bool, error) { return true, nil })); strings.Count(found, "many ") > 20 || !strings.Contains(found, "31 more") {
			t.Errorf("the doctor says %s", found)
		}
		said.Reset()
		said.WriteString(said2)
		for word, want := range map[string]int{"evil ;rm.csv": 1, "agency=nosuch": 1, "half": 0} {
			if n := strings.Count(said.String(), word); n != want {
				t.Errorf("the log says %q %d times, not %d: %s", word, n, want, said.String())
			}
		}
	})
}

// askedClock counts how often the time is asked: for each file that is looked at or
// queued, and when a job of one begins.
type askedClock struct {
	clock.Clock
	n    atomic.Int64
	each func()
}

func (c *askedClock) Now() time.Time {
	c.n.Add(1)
	if c.each != nil {
		c.each()
	}
	return c.Clock.Now()
}

// A writer who stops for a moment and goes on loses no row: in the middle of a
// line there is more time, and what was added while the file was read is read.
func TestDroppedFileThatGrows(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d := r.dropFolder("jkm")
		in := filepath.Join(d.dir, "in", "a.csv")
		r.must(os.WriteFile(in, []byte("their_ref,person,title_ms,state\nA-1,m0,Bantuan,checking\nA-2,m5,Ban"), 0o600))
		since := func(age time.Duration) {
			at := d.now.Now().Add(-age)
			r.must(os.Chtimes(in, at, at))
		}
		since(50 * time.Second)
		r.wants("in the middle of a line", len(d.read("a.result.csv")), 0)
		more := func(path, text string) {
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
			r.must(err)
			_, err = f.WriteString(text)
			r.must(errors.Join(err, f.Close()))
		}
		more(in, "tuan,checking\n")
		since(15 * time.Second)
		c := &askedClock{Clock: d.now}
		var once sync.Once
		c.each = func() { // when the job begins that puts everything in its place
			if _, err := os.Stat(filepath.Join(d.dir, "out", "a.result.csv.part")); err == nil {
				once.Do(func() { more(filepath.Join(d.dir, "reading", "a.csv"), "A-3,m6,Bantuan,checking\n") })
			}
		}
		r.office.Clock = c
		r.wants("while it grows", len(d.read("a.result.csv")), 0)
		r.now.Advance(time.Minute)
		rows := d.read("a.result.csv")
		r.wants("rows", len(rows), 3)
		for i, row := range rows {
			if row[1] != fmt.Sprint("A-", i+1) || row[2] != "accepted" {
				t.Errorf("%q", row)
			}
		}
		r.wants("cases", r.count(`select count(*) from backoffice_case`), 3)
	})
}

// A folder of very many files costs the hall no more at each look than one of a
// few: those that have to wait are not asked about.
func TestManyDroppedFilesWaitUnasked(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d := r.dropFolder("jkm")
		for i := range 200 {
			d.lies(fmt.Sprintf("%03d.csv", i), "their_ref,person,title_ms,state\nA-1,m0,Bantuan,checking\n")
		}
		c := &askedClock{Clock: d.now}
		r.office.Clock = c
		for range 2 {
			r.must(r.office.SweepDrop(context.Background()))
		}
		if n := c.n.Load(); n > 20 {
			t.Errorf("two looks at 200 files asked %d times", n)
		}
		r.wants("files that are read", r.count(`select count(*) from backoffice_file`), 2)
	})
}

// What is not whole is not read, and nothing leads out of an agency's folder.
func TestDropFolderIsWalled(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d := r.dropFolder("jkm")
		text := "their_ref,person,title_ms,state\nA-1,m0,Bantuan,checking\n"
		outside := filepath.Join(t.TempDir(), "secret.csv")
		r.must(os.WriteFile(outside, []byte(text), 0o600))
		r.must(os.Chtimes(outside, morning, morning.Add(-time.Hour)))
		r.must(os.Symlink(outside, filepath.Join(d.dir, "in", "link.csv")))
		r.must(os.Symlink(filepath.Dir(outside), filepath.Join(r.office.Drop, "kkm"))) // another agency's folder is a link
		d.lies("..csv", text)
		d.lies(".hidden.csv", text)
		d.lies("x.csv.part", text)
		d.lies("a;b.csv", text)
		growing := filepath.Join(d.dir, "in", "growing.csv")
		r.must(os.WriteFile(growing, []byte(text[:40]), 0o600))
		r.must(os.Chtimes(growing, d.now.Now(), d.now.Now()))
		r.must(os.MkdirAll(filepath.Join(r.office.Drop, "nobody", "in"), 0o700)) // no agency of that name
		r.must(os.WriteFile(filepath.Join(r.office.Drop, "nobody", "in", "a.csv"), []byte(text), 0o600))
		r.wants("rows", len(d.read("x")), 0)
		r.wants("cases", r.count(`select count(*) from backoffice_case`), 0)
		if _, err := os.Stat(growing); err != nil {
			t.Errorf("a file that still grows was taken: %v", err)
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(outside), "in")); err == nil {
			t.Error("a folder was made behind a link")
		}
		// Told that it is whole, it is read at once.
		r.must(os.WriteFile(growing, []byte(text), 0o600))
		r.must(os.WriteFile(filepath.Join(d.dir, "in", "growing.done"), nil, 0o600))
		r.wants("rows", len(d.read("growing.result.csv")), 1)

		// What the person does is in a file, once, and is no formula.
		var ref string
		for _, c := range r.mine("m0") {
			ref = c
		}
		r.must(r.office.Reply(context.Background(), citizen("m0"), ref, "k", "=HYPERLINK(1)"))
		events := d.read("events-000000001.csv")
		if len(events) != 1 || events[0][2] != "case.replied" || !strings.Contains(events[0][5], "HYPERLINK") || strings.HasPrefix(events[0][5], "=") {
			t.Errorf("%q", events)
		}
		r.must(r.office.Reply(context.Background(), citizen("m0"), ref, "k2", "Helo"))
		r.wants("the next", len(d.read("events-000000002.csv")), 1)
		r.wants("and no more", len(d.read("events-000000003.csv")), 0)

		// out being a link, nothing is written through it.
		r.must(os.RemoveAll(filepath.Join(d.dir, "out")))
		r.must(os.Symlink(filepath.Dir(outside), filepath.Join(d.dir, "out")))
		d.lies("late.csv", text)
		r.must(d.office.SweepDrop(context.Background()))
		r.works()
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(outside), "*")); len(left) != 1 {
			t.Errorf("written through a link: %v", left)
		}
	})
}

// mine are the references of a person's cases in agencies' systems.
func (r *rig) mine(person string) (refs []string) {
	r.t.Helper()
	list := r.gets(200, person, "GET", "/api/v1/me/office-cases", nil).json(r.t)["cases"].([]any)
	for _, c := range list {
		refs = append(refs, c.(obj)["ref"].(string))
	}
	return refs
}

// asked sees when somebody is looked for; what it says ends the look.
type asked struct {
	backoffice.People
	ask func() error
}

func (a asked) ByIDNumber(tx *db.Tx, number string) (string, error) {
	if err := a.ask(); err != nil {
		return "", err
	}
	return a.People.ByIDNumber(tx, number)
}

// rowsOf is a file of n cases of one person.
func rowsOf(name string, n int) string {
	text := "their_ref,person,title_ms,state\n"
	for i := range n {
		text += fmt.Sprintf("%s-%d,940312-00-0000,Bantuan,checking\n", name, i)
	}
	return text
}

// A file that the agency puts anew while the old one is read is another file:
// the one that was begun is read to its end, and then the new one.
func TestDropFileIsReplacedWhileRead(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d := r.dropFolder("jkm")
		var once sync.Once
		r.office.People = asked{r.office.People, func() error {
			once.Do(func() { d.lies("a.csv", rowsOf("B", 1)) })
			return nil
		}}
		d.lies("a.csv", rowsOf("A", 5))
		r.wants("rows of the first", len(d.read("a.result.csv")), 5)
		rows := d.read("a.result.csv")
		if len(rows) != 1 || rows[0][1] != "B-0" {
			t.Errorf("the second: %q", rows)
		}
		r.wants("cases", r.count(`select count(*) from backoffice_case`), 6)

		// One that is cut short in its place ends where it now ends.
		cut := sync.OnceFunc(func() { d.must(os.Truncate(filepath.Join(d.dir, "reading", "c.csv"), 40)) })
		r.office.People = asked{r.office.People, func() error { cut(); return nil }}
		d.lies("c.csv", rowsOf("C", 5))
		r.wants("rows of one that was cut", len(d.read("c.result.csv")), 3)
		r.wants("files left", r.count(`select count(*) from backoffice_file`), 0)
	})
}

// A file whose job failed until it was given up is read again.
func TestDropFileIsTakenUpAgain(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d := r.dropFolder("jkm")
		people := r.office.People
		r.office.People = asked{people, func() error { return errors.New("the register is down") }}
		d.lies("a.csv", rowsOf("A", 5))
		r.must(d.office.SweepDrop(context.Background()))
		for n := range outbox.Attempts {
			r.works()
			r.now.Advance(outbox.Backoff(n + 1))
		}
		r.wants("given up", r.count(`select count(*) from outbox_job where kind = 'backoffice.file' and state = 'discarded'`), 1)
		r.office.People = people
		r.now.Advance(time.Hour * 24)
		r.wants("rows", len(d.read("a.result.csv")), 5)
		r.wants("files left", r.count(`select count(*) from backoffice_file`), 0)
	})
}

// The list of results is whole, wherever the work on a file was interrupted.
func TestDropFileKeepsItsAnswers(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d := r.dropFolder("jkm")
		// Where the file belongs folders stand, so the work ends between the two
		// renames, as by a kill.
		var inTheWay []string
		for _, name := range []string{"a.csv", fmt.Sprintf("a.%d.csv", clock.Micro(r.now.Now()))} {
			inTheWay = append(inTheWay, filepath.Join(d.dir, "done", name))
			r.must(os.MkdirAll(inTheWay[len(inTheWay)-1], 0o700))
		}
		d.lies("a.csv", rowsOf("A", 5))
		r.must(d.office.SweepDrop(context.Background()))
		r.works()
		want, err := os.ReadFile(filepath.Join(d.dir, "out", "a.result.csv"))
		r.must(err)
		for _, path := range inTheWay {
			r.must(os.Remove(path))
		}
		r.now.Advance(time.Minute)
		r.wants("rows", len(d.read("a.result.csv")), 5)
		got, err := os.ReadFile(filepath.Join(d.dir, "out", "a.result.csv"))
		r.must(err)
		r.wants("the result after", string(got), string(want))
		_, err = os.Stat(filepath.Join(d.dir, "done", "a.csv"))
		r.must(err)

		// What the agency clears away meanwhile is written again.
		n := 0
		r.office.People = asked{r.office.People, func() error {
			if n++; n == 4 { // jobs of one row each
				d.must(os.Remove(filepath.Join(d.dir, "out", "b.result.csv.part")))
			}
			return nil
		}}
		r.office.FileRows = 1
		d.lies("b.csv", rowsOf("B", 5))
		r.wants("rows of one whose result was cleared away", len(d.read("b.result.csv")), 5)
		r.wants("files left", r.count(`select count(*) from backoffice_file`), 0)
	})
}

// An agency that puts many files leaves the hall its workers: two are read at a
// time, and all in the end.
func TestDropFilesTakeTurns(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		d, other := r.dropFolder("jkm"), dropped{r, ""}
		other.dir = filepath.Join(r.office.Drop, "kkm")
		r.must(os.MkdirAll(filepath.Join(other.dir, "in"), 0o700))
		for i := range 5 {
			d.lies(fmt.Sprintf("f%d.csv", i), rowsOf(fmt.Sprint("F", i), 1))
		}
		other.lies("x.csv", rowsOf("X", 1))
		for _, want := range []string{"f0.csv f1.csv x.csv", "f2.csv f3.csv", "f4.csv", ""} {
			for range 2 { // looked at again while they are read
				r.must(d.office.SweepDrop(context.Background()))
			}
			var got []string
			r.read(func(tx *db.Tx) (err error) {
				got, err = db.List(tx, func(s db.Scanner) (name string, err error) { err = s.Scan(&name); return name, err }, `select name from backoffice_file order by name`)
				return err
			})
			r.wants("being read", strings.Join(got, " "), want)
			d.drain()
		}
		r.wants("cases", r.count(`select count(*) from backoffice_case`), 6)
	})
}
