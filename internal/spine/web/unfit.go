package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// A decoder of JSON writes U+FFFD in the place of bytes that are no UTF-8 and
// of half a surrogate pair, and says nothing: letters would be lost in silence.

// Unfit are the places in a JSON body whose text holds a character that is not
// taken, such as body.title.ms; none where it is no JSON, which others say.
func Unfit(body []byte, unfit func(rune) bool) (at []string) {
	var parsed any
	if sprawls(body) || json.Unmarshal(body, &parsed) != nil {
		return nil
	}
	return unfitIn(parsed, unfit)
}

const (
	// placesMost is how many places are named, and placeLong how much of one: a
	// body chooses how many it has, and how long and how deep its names are.
	placesMost = 20
	placeLong  = 200
)

func unfitIn(v any, unfit func(rune) bool) []string {
	s := search{unfit: unfit, path: []string{"body"}}
	s.in(v)
	return s.at
}

// search goes through a body. The way to where it is stands once, in its parts.
type search struct {
	unfit func(rune) bool
	path  []string
	at    []string
}

func (s *search) found() {
	var place strings.Builder
	for _, part := range s.path {
		if place.Len()+len(part) > placeLong {
			place.WriteString("…")
			break
		}
		place.WriteString(part)
	}
	s.at = append(s.at, place.String())
}

func (s *search) under(part string, v any) {
	s.path = append(s.path, part)
	s.in(v)
	s.path = s.path[:len(s.path)-1]
}

func (s *search) in(v any) {
	switch v := v.(type) {
	case string:
		if strings.ContainsFunc(v, s.unfit) {
			s.found()
		}
	case []any:
		for i, one := range v {
			if len(s.at) >= placesMost {
				return
			}
			s.under("["+strconv.Itoa(i)+"]", one)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			switch {
			case len(s.at) >= placesMost:
				return
			case strings.ContainsFunc(name, s.unfit):
				s.found()
			default:
				s.under("."+name, v[name])
			}
		}
	}
}

// Lost tells whether a character stands where another could not be read.
func Lost(r rune) bool { return r == utf8.RuneError }

// unfitStarts begins the library's words for a body of which letters were lost;
// what follows is where.
const unfitStarts = "unfit text at "

// partsMost is how many parts a body has at most. Each of them is some hundred
// bytes in memory, so a megabyte of empty ones would be a hundred.
const partsMost = 20_000

// sprawling begins the library's words for a body of too many parts.
const sprawling = "too many parts"

// sprawls tells, before it is read, whether a body has more parts than anything
// that is asked here.
func sprawls(body []byte) bool {
	n := 0
	for _, mark := range []string{"{", "[", ","} {
		n += bytes.Count(body, []byte(mark))
	}
	return n > partsMost
}

// formats are the library's, but for bodies of which letters would be lost.
func formats() map[string]huma.Format {
	f := huma.Format{Marshal: func(w io.Writer, v any) error { return huma.DefaultJSONFormat.Marshal(w, v) }}
	f.Unmarshal = func(data []byte, v any) error {
		if sprawls(data) {
			return errors.New(sprawling)
		}
		if err := huma.DefaultJSONFormat.Unmarshal(data, v); err != nil {
			return err
		}
		if parsed, first := v.(*any); first { // it is read twice: as it is, and into its type
			if at := unfitIn(*parsed, Lost); len(at) > 0 {
				return errors.New(unfitStarts + at[0])
			}
		}
		return nil
	}
	return map[string]huma.Format{"application/json": f, "json": f}
}
