package letter

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
)

// File is one file of a batch.
type File struct {
	Name string // with slashes
	Data []byte
}

// Run makes the batch of a day and every batch before it that was cut off, and
// returns the day's with its files: letters.pdf for the printer, each letter
// alone, and a manifest as CSV and as JSON. The same day gives the same again.
func (x *Letters) Run(ctx context.Context, day string) (Batch, []File, error) {
	if _, err := x.Notify.Requeue(ctx); err != nil { // an address may have come today
		return Batch{}, nil, fmt.Errorf("letter: batch %s: %w", day, err)
	}
	if err := x.choose(ctx, day); err != nil {
		return Batch{}, nil, fmt.Errorf("letter: batch %s: %w", day, err)
	}
	var open []Batch
	err := x.DB.Read(ctx, func(tx *db.Tx) (err error) { open, err = undone(tx); return err })
	if err != nil {
		return Batch{}, nil, err
	}
	for _, b := range open {
		if err := x.finish(ctx, b); err != nil {
			return Batch{}, nil, fmt.Errorf("letter: batch %s: %w", b.Day, err)
		}
	}
	return x.files(ctx, day)
}

// chosenAtOnce bounds how many letters one query brings.
const chosenAtOnce = 500

// choose opens the day's batch with every letter that waits, in one commit. A
// letter without an address stays behind. A day is chosen once.
func (x *Letters) choose(ctx context.Context, day string) error {
	start, err := clock.ParseDay(day)
	if err != nil {
		return fault.New(fault.Invalid, "letter.error.day", "day", day)
	}
	end := clock.Micro(start.AddDate(0, 0, 1))
	err = x.DB.Write(ctx, func(tx *db.Tx) error {
		_, made, err := batchOf(tx, day)
		if err != nil || made {
			return err
		}
		if err := insertBatch(tx, day, x.now()); err != nil {
			return err
		}
		var place int64
		for after := ""; ; {
			list, err := ready(tx, end, after, chosenAtOnce)
			if err != nil {
				return err
			}
			for _, l := range list {
				after = l.Code
				if l, err = x.addressed(tx, l); err != nil {
					return err
				}
				if l.Address.Line == "" {
					continue
				}
				place++
				if err := claim(tx, l.Code, day, place, l.Address); err != nil {
					return err
				}
			}
			if len(list) < chosenAtOnce {
				return countBatch(tx, day, place)
			}
		}
	})
	if db.IsUnique(err) {
		return nil // another process opened it in the same moment
	}
	return err
}

// composed are a day's letters in words.
func (x *Letters) composed(ctx context.Context, day string) (list []written, err error) {
	err = x.DB.Read(ctx, func(tx *db.Tx) error {
		letters, err := ofDay(tx, day)
		if err != nil {
			return err
		}
		list = list[:0]
		for _, l := range letters {
			w, err := x.compose(tx, l)
			if err != nil {
				return fmt.Errorf("letter %s: %w", l.Code, err)
			}
			list = append(list, w)
		}
		return nil
	})
	return list, err
}

// finish draws an open batch, keeps its files, and says in one commit that its
// letters are posted.
func (x *Letters) finish(ctx context.Context, b Batch) error {
	list, err := x.composed(ctx, b.Day)
	if err != nil {
		return err
	}
	start, err := clock.ParseDay(b.Day)
	if err != nil {
		return err
	}
	// What came as a file of its own is posted as it came, beside the letters
	// that are drawn here into one file.
	var ours []written
	for _, w := range list {
		if w.File == "" {
			ours = append(ours, w)
		}
	}
	file, drawn, err := draw(b.Day, start, ours)
	if err != nil {
		return err
	}
	if b.SHA256, err = x.Blobs.Put(ctx, file); err != nil {
		return err
	}
	b.DoneAt, b.Pages = x.now(), 0
	shas, pages := make([]string, len(list)), make([]int, len(list))
	for i := range list {
		if list[i].File != "" {
			shas[i], pages[i] = list[i].File, int(list[i].Pages)
			continue
		}
		if shas[i], err = x.keep(ctx, list[i].Code, start, list[i:i+1]); err != nil {
			return err
		}
		pages[i], drawn = drawn[0], drawn[1:]
		b.Pages += int64(pages[i])
	}
	return x.DB.Write(ctx, func(tx *db.Tx) error {
		mine, err := endBatch(tx, b)
		if err != nil || !mine {
			return err
		}
		for i, w := range list {
			if err := posted(tx, w.Code, pages[i], shas[i], b.DoneAt); err != nil {
				return err
			}
			if err := x.told(tx, w.Letter, journal.ByActor(actor.System("balai")), "letter.posted", locale.Text{
				MS: "Surat " + w.Code + " dihantar melalui pos.", EN: "Letter " + w.Code + " was posted."}); err != nil {
				return err
			}
		}
		return nil
	})
}

// told records what became of a letter, and that its messages are sent.
func (x *Letters) told(tx *db.Tx, l Letter, by journal.By, kind string, why locale.Text) error {
	s, found, err := sheetOf(tx, l.Code)
	if err == nil && found {
		err = x.Senders.PostedTx(tx, s.ID)
	}
	if err != nil {
		return err
	}
	list, err := notices(tx, l.Code)
	if err != nil {
		return err
	}
	for _, n := range list {
		if err := x.Notify.SentTx(tx, n.ID, notify.ByLetter); err != nil {
			return err
		}
	}
	_, err = x.Journal.Append(tx, journal.Record{Kind: kind, By: by, Case: l.Case, Subjects: []string{l.Person}, Why: why,
		Data: map[string]any{"letter": l.Code}})
	return err
}

func (x *Letters) keep(ctx context.Context, title string, day time.Time, one []written) (string, error) {
	file, _, err := draw(title, day, one)
	if err != nil {
		return "", err
	}
	return x.Blobs.Put(ctx, file)
}

// line is one letter of a manifest.
type line struct {
	Place    int64  `json:"place"`
	Letter   string `json:"letter"`
	Case     string `json:"case"`
	Name     string `json:"name"`
	Address  string `json:"address"`
	Postcode string `json:"postcode"`
	City     string `json:"city"`
	State    string `json:"state"`
	First    int64  `json:"first_page"`
	Pages    int64  `json:"pages"`
	SHA256   string `json:"sha256"`
}

// manifest is a batch for the printing house.
type manifest struct {
	Day     string `json:"day"`
	File    string `json:"file"`
	SHA256  string `json:"sha256"`
	Pages   int64  `json:"pages"`
	Letters []line `json:"letters"`
}

const letterFile = "letters.pdf"

// files reads a finished batch.
func (x *Letters) files(ctx context.Context, day string) (b Batch, out []File, err error) {
	var list []Letter
	var own map[string]bool // letters that came as files
	err = x.DB.Read(ctx, func(tx *db.Tx) error {
		var ok bool
		if b, ok, err = batchOf(tx, day); err != nil {
			return err
		}
		if !ok || !b.Done {
			return fault.New(fault.Missing, "letter.error.batch", "day", day)
		}
		if list, err = ofDay(tx, day); err != nil {
			return err
		}
		own, err = filed(tx, day)
		return err
	})
	if err != nil {
		return b, nil, err
	}
	all, err := x.Blobs.Get(ctx, b.SHA256)
	if err != nil {
		return b, nil, err
	}
	out = []File{{letterFile, all}}
	m := manifest{Day: b.Day, File: letterFile, SHA256: b.SHA256, Pages: b.Pages, Letters: []line{}}
	first := int64(1)
	for _, l := range list {
		file, err := x.Blobs.Get(ctx, l.SHA256)
		if err != nil {
			return b, nil, fmt.Errorf("letter %s: %w", l.Code, err)
		}
		out = append(out, File{"letter/" + l.Code + ".pdf", file})
		one := line{l.Place, l.Code, l.Case, l.Address.Name, l.Address.Line, l.Address.Postcode, l.Address.City,
			l.Address.Region, first, l.Pages, l.SHA256}
		if own[l.Code] {
			one.First = 0 // it stands in a file of its own only
		} else {
			first += l.Pages
		}
		m.Letters = append(m.Letters, one)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return b, nil, err
	}
	table, err := m.csv()
	return b, append(out, File{"manifest.csv", table}, File{"manifest.json", append(text, '\n')}), err
}

// csv is the manifest as a table; what a spreadsheet would calculate is kept
// from it.
func (m manifest) csv() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"place", "letter", "case", "name", "address", "postcode", "city", "state", "first_page", "pages", "sha256"}}
	for _, l := range m.Letters {
		rows = append(rows, []string{strconv.FormatInt(l.Place, 10), l.Letter, inert(l.Case), inert(l.Name), inert(l.Address), inert(l.Postcode),
			inert(l.City), inert(l.State), strconv.FormatInt(l.First, 10), strconv.FormatInt(l.Pages, 10), l.SHA256})
	}
	err := w.WriteAll(rows)
	return b.Bytes(), err
}

// inert is a cell that no spreadsheet takes for a formula.
func inert(cell string) string {
	flat := strings.Join(strings.Fields(cell), " ")
	if flat != "" && strings.ContainsRune("=+-@|%", rune(flat[0])) {
		return "'" + flat
	}
	return flat
}
