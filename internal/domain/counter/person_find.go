package counter

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// personFind looks for who stands there by what they show: a number, or a name
// with the day of birth where they have no papers.
func (c *Counter) personFind(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	get := func(name string) string { return short(r.PostForm.Get(name)) }
	t := typed{Number: get("number"), Name: get("name"), Day: get("born-day"), Month: get("born-month"), Year: get("born-year"),
		Seen: get("seen"), Reason: get("reason")}
	v := counterView{Typed: t, Errors: map[string]string{}}
	l := web.L(r.Context())
	wrong := func(field, href, key string, args ...any) {
		v.Errors[field] = l.T(key, args...)
		v.Problems = append(v.Problems, ui.Problem{Href: "#" + href, Text: v.Errors[field]})
	}
	born := birth(t)
	if t.Number == "" && t.Name == "" {
		wrong("number", "number", "counter.error.who")
	}
	if t.Number == "" && t.Name != "" && born == "" {
		wrong("born", "born-day", "counter.error.born")
	}
	if !slices.Contains(seenWays(), t.Seen) {
		wrong("seen", "seen", "counter.error.seen")
	}
	if t.Reason == "" {
		wrong("reason", "reason", "counter.error.reason")
	}
	if len(v.Problems) > 0 {
		return c.counterRender(w, r, v, fault.Status(fault.Invalid))
	}
	f, err := c.Look(r.Context(), web.ActorOf(r.Context()), t.Number, t.Name, born, t.Seen, t.Reason)
	if err != nil {
		return err
	}
	if f.Person == "" {
		wrong("number", "number", "counter.error.nobody")
		return c.counterRender(w, r, v, fault.Status(fault.Invalid))
	}
	return web.SeeOther(w, r, "/counter/found/"+f.ID)
}

// birth is the civil date 2006-01-02 that was typed, or "".
func birth(t typed) string {
	y, e1 := strconv.Atoi(t.Year)
	m, e2 := strconv.Atoi(t.Month)
	d, e3 := strconv.Atoi(t.Day)
	if e1 != nil || e2 != nil || e3 != nil {
		return ""
	}
	s := fmt.Sprintf("%04d-%02d-%02d", y, m, d)
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return ""
	}
	return s
}

// short is one line of what was typed, without what nobody can see.
func short(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if runes := []rune(strings.TrimSpace(s)); len(runes) > 150 {
		return string(runes[:150])
	}
	return strings.TrimSpace(s)
}
