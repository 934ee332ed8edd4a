package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// both is a text in the two languages of the hall.
type both struct {
	MS string `json:"ms"`
	EN string `json:"en"`
}

func (b both) empty() bool { return b.MS == "" && b.EN == "" }

// record is one case of the agency.
type record struct {
	Ref, Person, Name string
	Service           string
	Title             both
	State             string
	Status, Question  both
	Version           int64
	Submitted         string // 2006-01-02
	Messages          []message
	Letter            string // what the letter says, "" for none
	Withdrawn         bool   // by the person, in the hall
}

type message struct {
	ID   string
	Text both
	Mine bool // of the agency
}

// book is the agency's file.
type book struct {
	mu   sync.Mutex
	path string
	page bookPage
}

type bookPage struct {
	Hall    string // whose cases these are: another demo begins anew
	Cases   []record
	Heard   []string // ids of events, each of which counts once
	Read    int64    // up to where events were fetched
	Notices []string // disputes and applications, for the officer to see
}

// openBook reads the file; where it is of another hall or not there, the
// agency's first cases stand in it.
func openBook(path, hall, today string) (*book, error) {
	b := &book{path: path}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return nil, err
	default:
		if err := json.Unmarshal(text, &b.page); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	if b.page.Hall != hall {
		if b.page.Hall != "" { // what the agency had is not lost with another demo, or with another key
			if err := os.Rename(path, path+".before-"+time.Now().Format("20060102-150405.000")); err != nil {
				return nil, err
			}
		}
		b.page = bookPage{Hall: hall, Cases: slices.Clone(firstCases)}
		for i := range b.page.Cases { // newer than what the hall has from its first day
			b.page.Cases[i].Submitted, b.page.Cases[i].Version = today, 2
		}
	}
	return b, b.save(b.page)
}

// save replaces the file in one step, and has it on the disk before it returns.
// Only then is page what the book says: whoever is told that something was kept
// has it kept.
func (b *book) save(page bookPage) error {
	text, err := json.MarshalIndent(page, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(b.path), filepath.Base(b.path)+".new*") // a name that nobody has
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), b.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	b.page = page
	return nil
}

// copied is a page of which the parts that change are its own.
func (p bookPage) copied() bookPage {
	p.Cases = slices.Clone(p.Cases)
	for i := range p.Cases {
		p.Cases[i].Messages = slices.Clone(p.Cases[i].Messages)
	}
	p.Heard, p.Notices = slices.Clone(p.Heard), slices.Clone(p.Notices)
	return p
}

func (b *book) list() []record {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.page.copied().Cases
}

func (b *book) notices() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.page.Notices)
}

func (b *book) heardTo() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.page.Read
}

func (b *book) readTo(seq int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := b.page
	next.Read = max(next.Read, seq)
	return b.save(next)
}

// change does something to a case and keeps it; the answer is the case after.
func (b *book) change(ref string, do func(c *record)) (record, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := b.page.copied()
	i := slices.IndexFunc(next.Cases, func(c record) bool { return c.Ref == ref })
	if i < 0 {
		return record{}, fmt.Errorf("there is no case %q", ref)
	}
	do(&next.Cases[i])
	return next.Cases[i], b.save(next)
}

// hear keeps what the hall tells: once, however often it is told.
func (b *book) hear(id string, body []byte) error {
	var e struct {
		Type string
		Data struct {
			TheirRef string `json:"their_ref"`
			ID       string
			Text     string
			Reason   string
			Ref      string
			Name     string
			Person   string
		}
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.Contains(b.page.Heard, id) {
		return nil
	}
	next := b.page.copied()
	i := slices.IndexFunc(next.Cases, func(c record) bool { return c.Ref == e.Data.TheirRef })
	switch {
	case e.Type == "case.replied" && i >= 0:
		next.Cases[i].Messages = append(next.Cases[i].Messages, message{ID: e.Data.ID, Text: both{e.Data.Text, e.Data.Text}})
	case e.Type == "case.withdrawn" && i >= 0:
		next.Cases[i].Withdrawn = true
		next.Cases[i].Messages = append(next.Cases[i].Messages, message{ID: id, Text: both{e.Data.Reason, e.Data.Reason}})
	default:
		next.Notices = append(next.Notices, e.Type+" "+e.Data.TheirRef+e.Data.Ref+" "+e.Data.Name+" "+e.Data.Person+" "+e.Data.Text)
	}
	next.Heard = append(next.Heard, id)
	return b.save(next)
}

// The agency's cases as they stand on the first day. Three of them the hall
// has from its own first day; the fourth comes with this system.
var firstCases = []record{
	{Ref: "OKU-2026-00418", Person: "ganesan", Name: "Ganesan a/l Muthusamy", Service: "jpj/disabled-driver", State: "waiting",
		Title:    both{"Lesen memandu bagi pemandu OKU", "Driving licence for a disabled driver"},
		Question: both{"Adakah kereta anda sudah diubah suai untuk dipandu dengan tangan sahaja?", "Has your car been adapted for driving by hand only?"}},
	{Ref: "LM-2026-10077", Person: "faridah", Name: "Faridah binti Mohd Noor", Service: "jpj/driving-licence", State: "checking",
		Title: both{"Pembaharuan lesen memandu", "Renewal of a driving licence"}},
	{Ref: "LM-2026-09213", Person: "azlan", Name: "Azlan bin Razali", Service: "jpj/driving-licence", State: "approved",
		Title: both{"Pembaharuan lesen memandu", "Renewal of a driving licence"}, Status: both{"Lesen anda diperbaharui selama tiga tahun.", "Your licence is renewed for three years."},
		Letter: "Lesen memandu anda diperbaharui selama tiga tahun. Your driving licence is renewed for three years."},
	{Ref: "DK-2026-00071", Person: "aisyah", Name: "Aisyah binti Ramli", Service: "jpj/vehicle-document", State: "checking",
		Title:    both{"Gantian geran kenderaan yang hilang", "A lost vehicle certificate"},
		Messages: []message{{ID: "welcome", Mine: true, Text: both{"Kami sedang menyemak laporan polis anda.", "We are checking your police report."}}}},
}

var firstHoldings = []map[string]any{
	{"name": "licence-points", "person": "azlan", "label": both{"Mata demerit lesen memandu", "Demerit points on the driving licence"}, "value": "4", "as_of": "2026-06-30",
		"basis": both{"Akta Pengangkutan Jalan 1987", "Road Transport Act 1987"}},
	{"name": "licence-class", "person": "ganesan", "label": both{"Kelas lesen memandu", "Class of the driving licence"}, "value": "DA", "as_of": "2024-04-09",
		"basis": both{"Akta Pengangkutan Jalan 1987", "Road Transport Act 1987"}},
}
