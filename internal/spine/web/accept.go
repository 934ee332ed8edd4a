package web

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// Accepted is which of some media types a request's Accept header likes best (RFC
// 9110, 12.5.1); "" where it takes none of them. What is named before what is meant
// by a star, then what the header has first; without a header it is the first of
// kinds.
func Accepted(r *http.Request, kinds ...string) (best string) {
	header := strings.Join(r.Header.Values("Accept"), ",")
	if strings.TrimSpace(header) == "" {
		return kinds[0]
	}
	ranges := strings.Split(header, ",")
	var most liking
	for _, kind := range kinds {
		var l liking
		for i, text := range ranges {
			if one, ok := likes(text, kind); ok && one.named > l.named {
				one.place = i
				l = one
			}
		}
		if l.weight > 0 && l.above(most) {
			best, most = kind, l
		}
	}
	return best
}

// liking is how much a header wants a media type.
type liking struct {
	weight float64
	named  int // 3 by its whole name, 2 as image/*, 1 as */*
	place  int // in the header
}

func (l liking) above(o liking) bool {
	switch {
	case l.weight != o.weight:
		return l.weight > o.weight
	case l.named != o.named:
		return l.named > o.named
	}
	return l.place < o.place
}

// likes reads one range of the header; false where it is not of the kind, or is none.
func likes(text, kind string) (l liking, ok bool) {
	name, params, err := mime.ParseMediaType(text)
	if err != nil {
		return l, false
	}
	major, _, _ := strings.Cut(kind, "/")
	switch name {
	case kind:
		l.named = 3
	case major + "/*":
		l.named = 2
	case "*/*":
		l.named = 1
	default:
		return l, false
	}
	l.weight = 1
	if q, has := params["q"]; has {
		if l.weight, err = strconv.ParseFloat(q, 64); err != nil || !(l.weight >= 0 && l.weight <= 1) {
			return l, false
		}
	}
	return l, true
}
