package web

import (
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
	if json.Unmarshal(body, &parsed) != nil {
		return nil
	}
	return unfitIn(parsed, "body", unfit)
}

func unfitIn(v any, place string, unfit func(rune) bool) (at []string) {
	switch v := v.(type) {
	case string:
		if strings.ContainsFunc(v, unfit) {
			return []string{place}
		}
	case []any:
		for i, one := range v {
			at = append(at, unfitIn(one, place+"["+strconv.Itoa(i)+"]", unfit)...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if strings.ContainsFunc(name, unfit) {
				at = append(at, place)
				continue
			}
			at = append(at, unfitIn(v[name], place+"."+name, unfit)...)
		}
	}
	return at
}

// Lost tells whether a character stands where another could not be read.
func Lost(r rune) bool { return r == utf8.RuneError }

// unfitStarts begins the library's words for a body of which letters were lost;
// what follows is where.
const unfitStarts = "unfit text at "

// formats are the library's, but for bodies of which letters would be lost.
func formats() map[string]huma.Format {
	f := huma.Format{Marshal: func(w io.Writer, v any) error { return huma.DefaultJSONFormat.Marshal(w, v) }}
	f.Unmarshal = func(data []byte, v any) error {
		if err := huma.DefaultJSONFormat.Unmarshal(data, v); err != nil {
			return err
		}
		if parsed, first := v.(*any); first { // it is read twice: as it is, and into its type
			if at := unfitIn(*parsed, "body", Lost); len(at) > 0 {
				return errors.New(unfitStarts + at[0])
			}
		}
		return nil
	}
	return map[string]huma.Format{"application/json": f, "json": f}
}
