package payment

import (
	"context"
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/money"
	"balai/internal/spine/web"
)

// What the part's rooms share of /v1: a key lets in, a request under its own id
// is answered once, and a refusal is one document.

// Refusal is how /v1 refuses.
type Refusal = problem

// Refused is a refusal for a reason of its own.
func Refused(status int, code, why string) *Refusal {
	return &problem{status: status, Code: code, Description: why}
}

// Unknown is the refusal of what is not there, or is another's.
func Unknown(code string) *Refusal { return missing(code) }

// Unreadable is the refusal of an address that is no text, or of a body that is
// compressed; nil of any other request.
func Unreadable(r *http.Request) *Refusal { return unreadable(r) }

// Status is the refusal's.
func (b *Refusal) Status() int { return b.status }

// Lacks is the refusal of a body without a field.
func Lacks(code, field string) *Refusal { return lacks(code, field) }

// Invalid is the refusal of a field that cannot be so.
func Invalid(code, field, why string) *Refusal { return invalid(code, field, why) }

// Keyed answers who holds an agency's key.
func (p *Part) Keyed(h func(w http.ResponseWriter, r *http.Request, k Key) (*Refusal, error)) web.Handler {
	return p.ask(h)
}

// Answer writes a document of /v1.
func Answer(w http.ResponseWriter, status int, v any) error { return answer(w, status, v) }

// Body is a JSON object, read field by field.
type Body struct{ f fields }

// ReadBody reads a request's; code is that of one that cannot be read.
func ReadBody(r *http.Request, code string) (Body, []byte, *Refusal) {
	f, data, bad := readBody(r, code)
	return Body{f}, data, bad
}

// Only refuses a field that is none of these.
func (b Body) Only(code string, names ...string) *Refusal { return b.f.only(code, names...) }

// Ringgit refuses another currency.
func (b Body) Ringgit(code string) *Refusal { return b.f.ringgit(code) }

// Has tells whether a field is there, and not null.
func (b Body) Has(name string) bool { return b.f.has(name) }

// Text is a text of at most limit characters; "" where it is not there.
func (b Body) Text(code, name string, limit int) (string, *Refusal) {
	return b.f.text(code, name, limit)
}

// Amount is a whole number of sen from least to most.
func (b Body) Amount(code, name string, least, most money.Amount) (money.Amount, *Refusal) {
	return b.f.amount(code, name, least, most)
}

// Flag is true or false; false where it is not there.
func (b Body) Flag(code, name string) (bool, *Refusal) { return b.f.flag(code, name) }

// Raw is a field as it came.
func (b Body) Raw(name string) []byte { return b.f[name] }

// Most is the most that one payment may be.
const Most = most

// A Repeat is a request under its own id, so that sending it again makes nothing
// again.
type Repeat struct {
	k                 Key
	kind, key, digest string
}

// RepeatOf reads a request's id. data is what makes it the same request.
func RepeatOf(r *http.Request, k Key, kind string, data []byte) (Repeat, *Refusal) {
	key, bad := requestKey(r)
	return Repeat{k, kind, key, hash(string(data))}, bad
}

// ErrRepeat is of a request's id that was used for another request; KeyUsed is
// how that is refused.
var (
	ErrRepeat = errUsed
	KeyUsed   = keyUsed
)

// MadeTx is what the request made before; "" where it is new.
func (q Repeat) MadeTx(tx *db.Tx) (string, error) {
	if q.key == "" {
		return "", nil
	}
	was, known, err := requestOf(tx, q.k.Agency, q.k.Live, q.kind, q.key)
	if err == nil && known && was.digest != q.digest {
		err = ErrRepeat
	}
	return was.made, err
}

// KeepTx notes what the request made.
func (q Repeat) KeepTx(tx *db.Tx, made string, at int64) error {
	if q.key == "" {
		return nil
	}
	return insertRequest(tx, q.k.Agency, q.k.Live, q.kind, q.key, request{q.digest, made}, at)
}

// OnceTx does an act of which nothing is told but that it was done, once.
func (q Repeat) OnceTx(tx *db.Tx, at int64, act func() error) error {
	was, err := q.MadeTx(tx)
	if err != nil || was != "" {
		return err
	}
	if err := act(); err != nil {
		return err
	}
	return q.KeepTx(tx, "done", at)
}

// WriteOnce is a write of a request that may come twice at the same time: who was
// second finds what the first made.
func (p *Part) WriteOnce(ctx context.Context, act func(tx *db.Tx) error) error {
	err := p.DB.Write(ctx, act)
	if db.IsUnique(err) {
		err = p.DB.Write(ctx, act)
	}
	return err
}

// V1 is where something below /v1 is.
func (p *Part) V1(method string, path ...string) PayLink { return p.link(method, path...) }

// Hash is how a secret's text is kept.
func Hash(text string) string { return hash(text) }

// Mac is a text that follows from a key and a text, and that nobody makes
// without the key.
func Mac(key []byte, text string) string { return mac(key, text) }
