package casework

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
)

// Policy is who may read the calendars: everybody.
//
//go:embed policy.cedar
var Policy string

// Routes of the engine.
func (e *Engine) Routes() []web.Route {
	return []web.Route{
		{Method: "GET", Pattern: "/api/calendar/{file}", Policy: "calendar.read", Handler: e.calendarShow},
	}
}

// calendarShow answers /api/calendar/MY-03.json?year=2026; without a year it
// is this year and the next.
func (e *Engine) calendarShow(w http.ResponseWriter, r *http.Request) error {
	state, ok := strings.CutSuffix(r.PathValue("file"), ".json")
	if !ok {
		return fault.New(fault.Missing, "calendar.fault.state", "state", r.PathValue("file"))
	}
	cal, err := e.calendars.State(strings.ToUpper(state))
	if err != nil {
		return err
	}
	from := e.clock.Now().In(clock.Zone).Year()
	to := min(from+1, calendar.LastYear)
	if y := r.URL.Query().Get("year"); y != "" {
		if from, err = strconv.Atoi(y); err != nil {
			from = 0 // outside, and so refused with the years there are
		}
		to = from
	}
	doc, err := cal.Document(from, to, e.Rule())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(doc)
}

// CountKeys are the sentences of "how we count", in their order.
func CountKeys() []string {
	return []string{"casework.count.day", "casework.count.event", "casework.count.cutoff", "casework.count.off",
		"casework.count.pause", "casework.count.due", "casework.count.estimated", "casework.count.check"}
}

// Rule is how days are counted, in words.
func (e *Engine) Rule() locale.Text {
	in := func(l locale.Lang) string {
		p := e.texts.For(l)
		var out []string
		for _, key := range CountKeys() {
			out = append(out, p.T(key))
		}
		return strings.Join(out, " ")
	}
	return locale.Text{MS: in(locale.Malay), EN: in(locale.English)}
}
