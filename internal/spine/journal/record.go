package journal

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/locale"
)

// By is who acted: a person in a post of an agency, a person for themself
// (no post), or the hall for an agency (no person).
type By struct {
	Person string
	Post   string
	Agency string
	Title  locale.Text // the post's title, so that a reader needs no directory

	// Of somebody who acts for another: both names, and by what right.
	Name string
	For  For
}

// For is whom somebody acted for: as counter, helper, carer, guardian or by a
// court's order, by the visit or delegation of that id, of the organisation that
// sent them.
type For struct {
	Person string      `json:"person,omitempty"`
	Name   string      `json:"name,omitempty"`
	As     string      `json:"as,omitempty"`
	Right  string      `json:"right,omitempty"`
	Org    locale.Text `json:"org,omitzero"`
}

// ByActor is a as the journal names it.
func ByActor(a actor.Actor) By {
	by := By{Person: a.Person, Post: a.Post, Agency: a.Agency, Title: a.Title}
	if a.Acting() && !a.For.Over {
		by.Name = a.Name
		by.For = For{Person: a.For.Person, Name: a.For.Name, As: a.For.As, Right: a.For.Right, Org: a.For.Org}
	}
	return by
}

// Record is one act of the state, or one look at somebody's content.
type Record struct {
	Kind     string // "case.received", "register.entered", "look"
	At       int64  // microseconds since 1970; zero is now
	By       By
	Case     string   // the case's reference, or ""
	Act      int      // the case's act number: the order inside a case
	Subjects []string // the persons it concerns; each can read it
	Why      locale.Text
	Basis    string // the law it stands on, as in the catalogue's table
	Data     map[string]any
}

// Entry is a record with its place in the log.
type Entry struct {
	Leaf   string // the leaf's id: a UUIDv7
	Index  int64  // place in the log; -1 until it is sequenced
	Record Record
	Salt   []byte // nil, and Record zero, when the record was destroyed
	Text   []byte // the record's canonical JSON: what was hashed
}

// The record's JSON. Its field names are part of the public format: changing
// one needs a new version number beside the old.
type recordJSON struct {
	Version  int            `json:"v"`
	Leaf     string         `json:"leaf"`
	Kind     string         `json:"kind"`
	At       int64          `json:"at"`
	By       byJSON         `json:"by"`
	Case     string         `json:"case,omitempty"`
	Act      int            `json:"act,omitempty"`
	Subjects []string       `json:"subjects,omitempty"`
	Why      *textJSON      `json:"why,omitempty"`
	Basis    string         `json:"basis,omitempty"`
	Data     map[string]any `json:"data,omitempty"`
}

type byJSON struct {
	Person string    `json:"person,omitempty"`
	Post   string    `json:"post,omitempty"`
	Agency string    `json:"agency,omitempty"`
	Title  *textJSON `json:"title,omitempty"`
	Name   string    `json:"name,omitempty"`
	For    *For      `json:"for,omitempty"`
}

type textJSON struct {
	MS string `json:"ms"`
	EN string `json:"en"`
}

const recordVersion = 1

func (t *textJSON) text() locale.Text {
	if t == nil {
		return locale.Text{}
	}
	return locale.Text{MS: t.MS, EN: t.EN}
}

// encode is the record's canonical JSON (RFC 8785), that is recordJSON's with
// its keys in order. The leaf's own id is in it, so that one record cannot
// stand in for another.
func encode(leaf string, r Record) ([]byte, error) {
	o := object{b: make([]byte, 0, 512)}
	o.open()
	if r.Act != 0 {
		o.value("act", r.Act)
	}
	o.value("at", r.At)
	o.text("basis", r.Basis)
	o.key("by")
	o.open()
	o.text("agency", r.By.Agency)
	o.actsFor(r.By.For)
	o.text("name", r.By.Name)
	o.text("person", r.By.Person)
	o.text("post", r.By.Post)
	o.both("title", r.By.Title)
	o.close()
	o.text("case", r.Case)
	if len(r.Data) > 0 {
		o.value("data", r.Data)
	}
	o.value("kind", r.Kind)
	o.value("leaf", leaf)
	if len(r.Subjects) > 0 {
		o.value("subjects", r.Subjects)
	}
	o.value("v", recordVersion)
	o.both("why", r.Why)
	o.close()
	return o.b, o.err
}

// object writes canonical JSON key by key; the caller keeps the keys in order.
type object struct {
	b   []byte
	err error
}

func (o *object) open()  { o.b = append(o.b, '{') }
func (o *object) close() { o.b = append(o.b, '}') }

func (o *object) key(name string) {
	if o.b[len(o.b)-1] != '{' {
		o.b = append(o.b, ',')
	}
	o.b = append(appendString(o.b, name), ':')
}

func (o *object) value(name string, v any) {
	if o.err != nil {
		return
	}
	o.key(name)
	var b []byte
	if b, o.err = appendCanonical(o.b, v); o.err == nil {
		o.b = b
	}
}

// text writes s, and both writes t, unless it is empty.
func (o *object) text(name, s string) {
	if s != "" {
		o.value(name, s)
	}
}

func (o *object) both(name string, t locale.Text) {
	if t == (locale.Text{}) {
		return
	}
	o.key(name)
	o.open()
	o.value("en", t.EN)
	o.value("ms", t.MS)
	o.close()
}

// actsFor writes whom somebody acted for, and nothing where it was themself.
func (o *object) actsFor(f For) {
	if f == (For{}) {
		return
	}
	o.key("for")
	o.open()
	o.text("as", f.As)
	o.text("name", f.Name)
	o.both("org", f.Org)
	o.text("person", f.Person)
	o.text("right", f.Right)
	o.close()
}

// by is who acted, as decoded.
func (j byJSON) by() By {
	b := By{Person: j.Person, Post: j.Post, Agency: j.Agency, Title: j.Title.text(), Name: j.Name}
	if j.For != nil {
		b.For = *j.For
	}
	return b
}

func decode(text []byte) (leaf string, r Record, err error) {
	var j recordJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return "", Record{}, fmt.Errorf("journal: stored record: %w", err)
	}
	if j.Version != recordVersion {
		return "", Record{}, fmt.Errorf("journal: record version %d is not known", j.Version)
	}
	return j.Leaf, Record{
		Kind: j.Kind, At: j.At,
		By:   j.By.by(),
		Case: j.Case, Act: j.Act, Subjects: j.Subjects, Why: j.Why.text(), Basis: j.Basis, Data: j.Data,
	}, nil
}

// saltSize makes guessing a record from its leaf hopeless, however few
// records are possible.
const saltSize = 32

// commit is the leaf as the public log holds it: SHA-256(salt || record).
func commit(salt, record []byte) []byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(record)
	return h.Sum(nil)
}

// Commitment is the leaf as the public log holds it, 32 bytes; nil where the
// record was destroyed.
func (e Entry) Commitment() []byte {
	if e.Salt == nil {
		return nil
	}
	return commit(e.Salt, e.Text)
}

// Receipt is the JSON that, with the proof, lets its holder show an act to
// anybody: entry = SHA-256(salt || record), where record is the canonical JSON
// (RFC 8785) of the object given. Hashes and salt are base64. A destroyed
// record has no receipt: the answer is nil.
func (e Entry) Receipt() ([]byte, error) {
	if e.Salt == nil {
		return nil, nil
	}
	return json.Marshal(struct {
		Leaf   string          `json:"leaf"`
		Index  int64           `json:"index"`
		Entry  string          `json:"entry"`
		Salt   string          `json:"salt"`
		Record json.RawMessage `json:"record"`
	}{e.Leaf, e.Index, base64.StdEncoding.EncodeToString(commit(e.Salt, e.Text)),
		base64.StdEncoding.EncodeToString(e.Salt), e.Text})
}

// distinct drops empty and repeated persons and keeps the order.
func distinct(persons []string) []string {
	var out []string
	for _, p := range persons {
		if p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}
