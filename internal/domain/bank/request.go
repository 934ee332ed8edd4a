package bank

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"unicode/utf8"

	"balai/internal/spine/db"
	"balai/internal/spine/hook"
	"balai/internal/spine/locale"
)

// MerchantHeader names who signed a request.
const MerchantHeader = "Bank-Merchant"

const (
	bodyMost   = 64 << 10  // of a request
	payoutMost = 384 << 20 // of a pain.001: a million payments and more
)

// signed reads a request and checks its signature: of its body or, without one,
// of its path and query.
func (b *Bank) signed(w http.ResponseWriter, r *http.Request, secret string, most int64) ([]byte, error) {
	if secret == "" { // nobody known
		return nil, refuse(codeSignature)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		return nil, err
	}
	content := body
	if len(content) == 0 {
		content = []byte(r.URL.RequestURI())
	}
	if !hook.Fresh(secret, r.Header, b.o.Clock.Now(), content) {
		return nil, refuse(codeSignature)
	}
	return body, nil
}

// merchantHandler answers a merchant who has signed.
type merchantHandler func(w http.ResponseWriter, r *http.Request, shop Shop, body []byte) error

// merchant lets in who signed as a merchant.
func (b *Bank) merchant(most int64, next merchantHandler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var shop Shop
		err := b.db.Read(r.Context(), func(tx *db.Tx) (err error) {
			shop, _, err = merchantByID(tx, r.Header.Get(MerchantHeader))
			return err
		})
		if err != nil {
			return err
		}
		body, err := b.signed(w, r, shop.Secret, most)
		if err != nil {
			return err
		}
		return next(w, r, shop, body)
	}
}

// read reads JSON. An amount with a point in it is none.
func read(body []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	if err := dec.Decode(into); err != nil {
		var at *json.UnmarshalTypeError
		if errors.As(err, &at) && at.Field != "" {
			return refuseField(at.Field)
		}
		return refuseField("body")
	}
	if _, err := dec.Token(); err != io.EOF {
		return refuseField("body")
	}
	return nil
}

// referenceForm is what others call a payment, an account or a merchant.
var referenceForm = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9._:/-]{0,33}[A-Za-z0-9])?$`)

// What a statement has room for, in characters.
const (
	textMost    = 140
	accountMost = 34
	idMost      = 35
)

func plain(s string, most int) bool {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > most {
		return false
	}
	for _, r := range s {
		if r < ' ' || r == 0x7f {
			return false
		}
	}
	return true
}

// isForm tells a page's form from a program's JSON.
func isForm(r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind == "application/x-www-form-urlencoded"
}

// langCookie keeps the language that somebody chose.
const langCookie = "bank_lang"

// lang is the request's language: as asked, as chosen before, as the browser
// prefers, Malay.
func lang(r *http.Request) locale.Lang {
	if l, ok := locale.ParseLang(r.URL.Query().Get("lang")); ok {
		return l
	}
	if c, err := r.Cookie(langCookie); err == nil {
		if l, ok := locale.ParseLang(c.Value); ok {
			return l
		}
	}
	if l, ok := locale.ParseLang(firstTag(r.Header.Get("Accept-Language"))); ok {
		return l
	}
	return locale.Malay
}

func firstTag(header string) string {
	for i, c := range header {
		if c == ',' || c == ';' {
			return header[:i]
		}
	}
	return header
}

func (b *Bank) printer(r *http.Request) locale.Printer { return b.texts.For(lang(r)) }

func readAll(r *http.Request) ([]byte, error) { return io.ReadAll(r.Body) }
