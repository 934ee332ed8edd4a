package offline

import (
	"bytes"
	"context"
	_ "embed" // the form's script and looks
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"balai/internal/domain/service/definition"
	"balai/internal/domain/service/form"
	"balai/internal/spine/clock"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
)

//go:embed form.js
var scriptFile []byte

//go:embed form.css
var styleFile []byte

// ctx is for rendering into memory, which nothing cancels.
func ctx() context.Context { return context.Background() }

// sheet is one empty or half-filled form.
type sheet struct {
	L       locale.Printer
	Pack    Manifest
	Def     *definition.Service
	Disk    bool // opened from the disk: the script keeps the entries
	Values  url.Values
	Faults  map[string]string // by field, in words
	Number  string            // of the entry that was just kept
	Missing string            // what may be asked later
	Count   int
}

func (s sheet) other() locale.Lang {
	if s.L.Lang() == locale.Malay {
		return locale.English
	}
	return locale.Malay
}

// Filler is the form on a machine without a network: it appends to one log.
type Filler struct {
	pack  *Pack
	texts *locale.Catalog
	clock clock.Clock
	ids   *id.Source

	mu   sync.Mutex
	out  *os.File
	log  string
	n    int
	last string
}

// NewFiller goes on with the log in a file, or begins it. Each start is a log
// of its own, so that a copied file never continues in two places.
func NewFiller(p *Pack, file string, texts *locale.Catalog, c clock.Clock, ids *id.Source) (*Filler, error) {
	out, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := endLine(out); err != nil {
		_ = out.Close() // the first error is the one to tell
		return nil, err
	}
	return &Filler{pack: p, texts: texts, clock: c, ids: ids, out: out, log: hex.EncodeToString(ids.Bytes(4))}, nil
}

// endLine ends a line that a power cut left unfinished, so that the next entry
// is not lost with it.
func endLine(f *os.File) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil || size == 0 {
		return err
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, size-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = f.Write([]byte{'\n'})
	return err
}

// Keep writes one entry and returns once it is on the disk.
func (f *Filler) Keep(e Entry) (Entry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n >= f.pack.Entries {
		return e, fmt.Errorf("offline: all %d numbers of this pack are used", f.pack.Entries)
	}
	e.Pack, e.Log, e.N, e.Prev = f.pack.Manifest.Pack, f.log, f.n+1, f.last
	e.Number, e.Key = NumberOf(e.Pack, e.Log, e.N), hex.EncodeToString(f.ids.Bytes(16))
	e.At = f.clock.Now().Format(time.RFC3339)
	text, hash := e.Line()
	if _, err := f.out.Write(text); err != nil {
		return e, err
	}
	if err := f.out.Sync(); err != nil {
		return e, err
	}
	f.n, f.last = e.N, hash
	return e, nil
}

// Close writes the last line.
func (f *Filler) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n > 0 {
		if _, err := f.out.Write(Close{Log: f.log, Count: f.n, Last: f.last}.Line()); err != nil {
			return err
		}
		if err := f.out.Sync(); err != nil {
			return err
		}
	}
	return f.out.Close()
}

// Handler is the form; it is served on a loopback address only.
func (f *Filler) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /form.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(styleFile) // the browser asks again
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { f.show(w, r, sheet{}, http.StatusOK) })
	mux.HandleFunc("POST /{$}", f.save)
	return http.NewCrossOriginProtection().Handler(mux)
}

func (f *Filler) show(w http.ResponseWriter, r *http.Request, s sheet, status int) {
	lang := locale.Malay
	if r.URL.Query().Get("lang") == string(locale.English) {
		lang = locale.English
	}
	s.L, s.Pack, s.Def = f.texts.For(lang), f.pack.Manifest, f.pack.Definition
	f.mu.Lock()
	s.Count = f.n
	f.mu.Unlock()
	var b bytes.Buffer
	if err := formPage(s).Render(r.Context(), &b); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the browser is on this machine
}

func (f *Filler) save(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxLine/2)
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	l := f.texts.For(locale.Malay)
	if r.URL.Query().Get("lang") == string(locale.English) {
		l = f.texts.For(locale.English)
	}
	values, faults := f.pack.check(l, r.PostForm, clock.Day(f.clock.Now()))
	s := sheet{Values: r.PostForm, Faults: faults}
	if len(faults) > 0 {
		f.show(w, r, s, http.StatusUnprocessableEntity)
		return
	}
	e, err := f.Keep(Entry{Officer: words(r.PostForm, "officer"), Name: words(r.PostForm, "person_name"), IDNumber: words(r.PostForm, "id_number"), Values: values})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	f.show(w, r, sheet{Number: e.Number, Values: url.Values{"officer": {e.Officer}}}, http.StatusOK)
}

func words(v url.Values, name string) string {
	s := []rune(strings.Join(strings.Fields(v.Get(name)), " "))
	return string(s[:min(len(s), 150)])
}

// check reads what was typed. What is typed must be well formed; what is left
// empty may be in a register, so only who it is about and the first page must
// be there.
func (p *Pack) check(l locale.Printer, posted url.Values, today string) (map[string][]string, map[string]string) {
	values, faults := map[string][]string{}, map[string]string{}
	for _, name := range []string{"officer", "person_name", "id_number"} {
		if words(posted, name) == "" {
			faults[name] = l.T("service.offline.error." + name)
		}
	}
	for i := range p.Definition.Form.Pages {
		page := p.Definition.Form.Pages[i]
		_, bad := p.Definition.Form.Parse(&page, posted, today)
		for _, b := range bad {
			_, id, _ := strings.Cut(b.Location, ".")
			empty := true
			for _, n := range inputs(page, id) {
				empty = empty && strings.TrimSpace(posted.Get(n)) == ""
			}
			if i == 0 || !empty {
				faults[id] = l.T(b.Key, b.Args...)
			}
		}
		for _, field := range page.Fields {
			for _, n := range inputs(page, field.ID) {
				if v := posted[n]; len(v) > 0 && v[0] != "" {
					values[n] = v
				}
			}
		}
	}
	return values, faults
}

// inputs are the names under which a browser posts a field.
func inputs(page form.Page, id string) []string {
	for _, f := range page.Fields {
		if f.ID == id && f.Type == form.TypeDate {
			return []string{id + "-day", id + "-month", id + "-year"}
		}
	}
	return []string{id}
}

// Answers reads an entry's values by a definition: what the definition does
// not ask is left out, what is not well formed is named.
func Answers(def *definition.Service, values map[string][]string, today string) (answers map[string]any, bad []string) {
	answers = map[string]any{}
	for i := range def.Form.Pages {
		page := def.Form.Pages[i]
		got, faults := def.Form.Parse(&page, url.Values(values), today)
		for k, v := range got {
			answers[k] = v
		}
		for _, f := range faults {
			_, id, _ := strings.Cut(f.Location, ".")
			for _, n := range inputs(page, id) {
				if len(values[n]) > 0 {
					bad = append(bad, id)
					break
				}
			}
		}
	}
	return answers, bad
}
