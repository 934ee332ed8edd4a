package service

import (
	"encoding/json"
	"fmt"
	"net/http"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

const (
	keyChanged   = "service.error.facts_changed"
	keyFactThen  = "service.error.fact_changed"
	keyFactOther = "service.error.fact_other"
)

// Seen is what a person was shown of the registers before they confirmed it,
// by dotted names. It protects nobody but them: the values that count are
// always read again.
type Seen struct {
	Values map[string]any
	Page   bool // it is all that a page showed; else only what a program names
}

// Change is a held value that is another now than the person was shown. Old or
// New is nil where there was or is none.
type Change struct {
	Spec     definition.Fact
	Old, New any
}

// changed compares what was shown with what is held. A value that only stands
// in a newer version is no change. Veiled compares nothing that tells where
// somebody is: an answer, either way, would tell who guesses.
func (s Seen) changed(def *definition.Service, shown []definition.Fact, held map[string]Fact, veiled bool) []Change {
	var out []Change
	now := map[string]bool{}
	for _, f := range shown {
		now[f.Field] = true
	}
	for _, f := range def.Facts {
		old, saw := s.Values[f.Field]
		fact, holds := held[f.Field]
		switch {
		case veiled && f.Locates:
		case saw && !holds:
			out = append(out, Change{Spec: f, Old: whole(old)})
		case saw && fmt.Sprint(whole(old)) != fmt.Sprint(whole(fact.Value)):
			out = append(out, Change{Spec: f, Old: whole(old), New: fact.Value})
		case !saw && holds && s.Page && now[f.Field]:
			out = append(out, Change{Spec: f, New: fact.Value})
		}
	}
	return out
}

// refuse tells a program what changed; nil where nothing did. Who acts for the
// person reads only which: the values are on the page that records the look.
func (s Seen) refuse(def *definition.Service, shownNow []definition.Fact, held map[string]Fact, acting, veiled bool) error {
	list := s.changed(def, shownNow, held, veiled)
	if len(list) == 0 {
		return nil
	}
	f := fault.New(fault.Conflict, keyChanged)
	for _, c := range list {
		if acting {
			f = f.With(fault.Field{Location: "facts." + c.Spec.Field, Key: keyFactOther, Args: []any{"label", c.Spec.Label}})
			continue
		}
		f = f.With(fault.Field{Location: "facts." + c.Spec.Field, Key: keyFactThen,
			Args: []any{"label", c.Spec.Label, "old", c.old(def), "now", c.now(def)}})
	}
	return f
}

var notHeld = locale.Text{MS: "tiada dalam rekod", EN: "not on record"}

func (c Change) old(def *definition.Service) locale.Text { return c.say(def, c.Old) }

func (c Change) now(def *definition.Service) locale.Text { return c.say(def, c.New) }

func (c Change) say(def *definition.Service, v any) locale.Text {
	if v == nil {
		return notHeld
	}
	return shown(def, c.Spec.Field, v)
}

// changes are those of a filling since the person was shown it.
func (f Filling) changes(s Seen) []Change {
	return s.changed(f.Release.Def, f.Result.Facts, f.Held, f.Veiled)
}

// seenNow is what a page shows, as its form carries it.
func (f Filling) seenNow() string {
	out := map[string]any{}
	for _, spec := range f.Result.Facts {
		if fact, has := f.Held[spec.Field]; has && (!f.Veiled || !spec.Locates) {
			out[spec.Field] = fact.Value
		}
	}
	return encode(out)
}

// sawOnPage reads it back. A form without it was made by hand, by somebody who
// asks for no comparison.
func sawOnPage(r *http.Request) (Seen, error) {
	text := r.PostForm.Get("seen")
	if text == "" {
		return Seen{}, nil
	}
	s := Seen{Page: true}
	if err := json.Unmarshal([]byte(text), &s.Values); err != nil {
		return Seen{}, fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	return s, nil
}
