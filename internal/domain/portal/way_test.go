package portal

import (
	"net/http"
	"strings"
	"testing"

	"balai/internal/spine/actor"
	"balai/internal/spine/locale"
)

// death is an event whose way differs by place and by personal law.
func death() LifeEvent {
	peninsula := places()
	peninsula = append(append(peninsula[:11:11], "MY-14"), "MY-16")
	one := func(id, title string) Service {
		return Service{ID: id, Title: locale.Same(title), Agency: jpn, Places: places()}
	}
	register := one("jpn/death", "Daftar kematian")
	register.Online = true
	faraid := one("jksm/faraid", "Sijil faraid")
	faraid.PersonalLaw, faraid.Bodies = "muslim", map[string][]Agency{"MY-12": {court}, "MY-03": {court2}}
	cremation := one("jkt/cremation", "Krematorium")
	cremation.PersonalLaw = "civil"
	small := one("jkptg/small-estate", "Pusaka kecil")
	small.Places = peninsula
	adat := one("native/estate", "Pusaka adat")
	adat.Places = []string{"MY-12"}
	return LifeEvent{Slug: "death", Title: locale.Same("Kematian"), Steps: []Step{{Service: register}, {Service: cremation},
		{Service: faraid, After: []Service{register}}, {Service: small, After: []Service{faraid}}, {Service: adat, After: []Service{small}}}}
}

func TestWay(t *testing.T) {
	for _, c := range []struct {
		place, law, steps, others string
	}{
		{"", "", "death cremation faraid small-estate estate", ""},
		{"MY-03", "", "death cremation faraid small-estate", "estate"},
		{"MY-03", "muslim", "death faraid small-estate", "cremation estate"},
		{"MY-12", "muslim", "death faraid estate", "cremation small-estate"},
		{"MY-13", "civil", "death cremation", "faraid small-estate estate"},
		{"MY-15", "civil", "death cremation", "faraid small-estate estate"},
		{"MY-99", "none", "death cremation faraid small-estate estate", ""},
	} {
		w := death().Way(Circumstance{c.place, c.law}.valid())
		names := func(steps []Step) string {
			var out []string
			for _, s := range steps {
				out = append(out, s.Service.ID[strings.Index(s.Service.ID, "/")+1:])
			}
			return strings.Join(out, " ")
		}
		if got, other := names(w.Steps), names(w.Others); got != c.steps || other != c.others {
			t.Errorf("%s %s: %q and %q, wanted %q and %q", c.place, c.law, got, other, c.steps, c.others)
		}
		if !w.ByPlace || !w.ByLaw || w.Online != 1 || w.Outside != len(w.Steps)-1 {
			t.Errorf("%s %s: %+v", c.place, c.law, w)
		}
		for _, s := range w.Steps { // nobody is told to do first what does not concern them
			for _, first := range s.After {
				if !strings.Contains(c.steps, first.ID[strings.Index(first.ID, "/")+1:]) {
					t.Errorf("%s %s: %s waits for %s", c.place, c.law, s.Service.ID, first.ID)
				}
			}
		}
	}
	if w := event("birth").Way(Circumstance{}); w.ByPlace || w.ByLaw {
		t.Error("an event that is the same for all asks for a place or a law")
	}
}

func TestLifePageFollowsTheChoice(t *testing.T) {
	c := &country{events: []LifeEvent{death()}, home: "MY-03"}
	h, cat := open(t, c)
	see := func(path string, a actor.Actor, want, not string) {
		t.Helper()
		w := get(h, cat, path, locale.English, a)
		_, steps, _ := strings.Cut(w.Body.String(), `<ol class="b-way">`)
		steps, _, _ = strings.Cut(steps, "</ol>")
		if w.Code != http.StatusOK || !strings.Contains(steps, want) || not != "" && strings.Contains(steps, not) {
			t.Errorf("%s: %d, wanted %q and not %q", path, w.Code, want, not)
		}
	}
	see("/life/death", actor.Actor{}, "Krematorium", "Mahkamah Sabah")
	see("/life/death?place=MY-12&law=muslim", actor.Actor{}, "Mahkamah Sabah", "Krematorium")
	see("/life/death?place=MY-12", actor.Actor{}, "Online here", "Pusaka kecil")
	if len(c.asked) > 0 {
		t.Error("a register was asked for somebody who is not signed in")
	}
	see("/life/death", aisyah, "Mahkamah Kelantan", "Pusaka adat")
	see("/life/death?place=MY-12", aisyah, "Pusaka adat", "Mahkamah Kelantan")
	see("/life/death?place=", aisyah, "Pusaka kecil", "Mahkamah Kelantan")
	c.asked = nil
	see("/life/death", officer, "Pusaka adat", "Mahkamah Kelantan")
	if len(c.asked) > 0 {
		t.Error("an officer's own home decided what the post sees")
	}
}

func TestAgencies(t *testing.T) {
	c := &country{events: []LifeEvent{death()}}
	h, cat := open(t, c)
	if body := get(h, cat, "/agency/court-12", locale.English, actor.Actor{}).Body.String(); !strings.Contains(body, "Sijil faraid") {
		t.Error("a body's page does not show what it does for its state")
	}
	if body := get(h, cat, "/agency/city", locale.English, actor.Actor{}).Body.String(); strings.Contains(body, "/service/") {
		t.Error("a body without services shows one")
	}
	if w := get(h, cat, "/agency/nobody", locale.English, actor.Actor{}); w.Code != http.StatusNotFound {
		t.Errorf("an unknown agency answers %d", w.Code)
	}
	body := get(h, cat, "/agencies", locale.English, actor.Actor{}).Body.String()
	for _, a := range c.Agencies() {
		if !strings.Contains(body, `href="`+a.Href()+`"`) {
			t.Errorf("%s is not listed", a.ID)
		}
	}
}

// Who is signed in sees how far they have come and which step is next: the first
// here of which all that must come first is done. Nobody else does.
func TestLifePageShowsHowFarOneHasCome(t *testing.T) {
	step := func(id string, online bool, after ...Service) Step {
		return Step{Service: Service{ID: id, Title: locale.Same("Step " + id), Agency: jpn, Online: online, Places: places()}, After: after}
	}
	one, two, three, four := step("a/1", true), step("a/2", false), Step{}, Step{}
	three = step("a/3", true, one.Service)
	four = step("a/4", true, one.Service, two.Service, three.Service)
	c := &country{events: []LifeEvent{{Slug: "shop", Title: locale.Same("Shop"), Steps: []Step{one, two, three, four}}}}
	h, cat := open(t, c)
	way := c.events[0].Way(Circumstance{})
	done, under, draft := Progress{Done: true, Number: "2026-00000007", Href: "/case/BLH-1", Paper: "/certificate/X"},
		Progress{Word: "casework.state.checking", Href: "/case/BLH-2"}, Progress{Draft: true, Href: "/service/a/1/apply"}
	for name, at := range map[string]struct {
		mine map[string]Progress
		next string
	}{
		"nothing has begun":        {nil, ""},
		"the first is done":        {map[string]Progress{"a/1": done}, "a/3"},
		"the first is looked at":   {map[string]Progress{"a/1": under}, ""},
		"the first is not sent":    {map[string]Progress{"a/1": draft}, ""},
		"the last waits for one":   {map[string]Progress{"a/1": done, "a/3": under}, ""},
		"the last is next":         {map[string]Progress{"a/1": done, "a/3": done}, "a/4"},
		"all that is here is done": {map[string]Progress{"a/1": done, "a/3": done, "a/4": done}, ""},
	} {
		if got := way.next(at.mine); got != at.next {
			t.Errorf("%s: next is %q, want %q", name, got, at.next)
		}
	}
	c.mine = map[string]Progress{"a/1": done, "a/3": under}
	body := get(h, cat, "/life/shop", locale.English, aisyah).Body.String()
	for _, want := range []string{"You have done 1 of the 3 online steps.", "Number 2026-00000007", `href="/case/BLH-1"`, `href="/certificate/X"`, `href="/case/BLH-2"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is not there", want)
		}
	}
	for _, a := range []actor.Actor{{}, officer, {Person: "siti", For: actor.For{Person: "aisyah", As: actor.Helper}}} {
		if body := get(h, cat, "/life/shop", locale.English, a).Body.String(); strings.Contains(body, "2026-00000007") {
			t.Errorf("%+v sees somebody's steps", a)
		}
	}
	c.fails = true
	if w := get(h, cat, "/life/shop", locale.English, aisyah); w.Code != 500 {
		t.Errorf("a failed read answers %d", w.Code)
	}
}
