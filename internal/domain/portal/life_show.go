package portal

import (
	"net/http"
	"slices"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// lifeView is a life event for one person.
type lifeView struct {
	event LifeEvent
	way   Way
	c     Circumstance
	held  bool // the place comes from the registers
	mine  map[string]Progress
	next  string // id of the step to take now, "" where nothing has begun
}

// life shows a life event's steps in the order in which they come, for the
// person's place and personal law.
func (x *Portal) life(w http.ResponseWriter, r *http.Request) error {
	e, ok := x.lifeEvent(r.PathValue("slug"))
	if !ok {
		return fault.New(fault.Missing, "portal.life.missing")
	}
	v := lifeView{event: e}
	var err error
	if v.c, v.held, err = x.circumstance(r); err != nil {
		return err
	}
	v.way = e.Way(v.c)
	if err = x.progress(r, &v); err != nil {
		return err
	}
	l := web.L(r.Context())
	p := ui.NewPage(r, l.Pick(e.Title))
	p.Public, p.Lead, p.Before = true, l.Pick(e.Summary), crumbs(p, p.Title)
	return web.Render(w, r, http.StatusOK, lifePage(p, v))
}

// progress is how far who is signed in has come, and which step is next. An
// officer takes no steps, and who acts for another person reads of them on the
// page of their matters, where each look is on record.
func (x *Portal) progress(r *http.Request, v *lifeView) (err error) {
	a := web.ActorOf(r.Context())
	if !a.SignedIn() || a.Officer() || a.Acting() && a.For.As != actor.Director {
		return nil
	}
	var online []string
	for _, s := range v.way.Steps {
		if s.Service.Online {
			online = append(online, s.Service.ID)
		}
	}
	if len(online) == 0 {
		return nil
	}
	if v.mine, err = x.Mine.Progress(r.Context(), a, online); err == nil {
		v.next = v.way.next(v.mine)
	}
	return err
}

// circumstance is what the person chose, else what the registers hold about
// somebody who is signed in as themselves. No register holds a personal law.
func (x *Portal) circumstance(r *http.Request) (c Circumstance, held bool, err error) {
	q := r.URL.Query()
	c = Circumstance{Place: q.Get("place"), Law: q.Get("law")}.valid()
	a := web.ActorOf(r.Context())
	if !q.Has("place") && a.SignedIn() && !a.Officer() {
		home, err := x.Mine.Home(r.Context(), a.Person)
		if err != nil {
			return c, false, err
		}
		c.Place = home
		c = c.valid()
		held = c.Place != ""
	}
	return c, held, nil
}

// stepID is a step's anchor, so that a later step can point to it.
func stepID(s Service) string { return strings.ReplaceAll(s.ID, "/", ".") }

// placeOptions are the states to choose from.
func placeOptions(p ui.Page, chosen string) ui.SelectProps {
	s := ui.SelectProps{Name: "place", Value: chosen, Label: ui.Label(p.L.T("portal.life.place")), Items: []ui.SelectItem{{Text: p.L.T("portal.life.place.any"), Value: ""}}}
	for _, one := range directory.Places() {
		s.Items = append(s.Items, ui.SelectItem{Text: p.L.Pick(one.Name), Value: one.Code})
	}
	return s
}

// lawOptions are the personal laws to choose from.
func lawOptions(p ui.Page, chosen string) ui.SelectProps {
	s := ui.SelectProps{Name: "law", Value: chosen, Label: ui.Label(p.L.T("portal.life.law")), Items: []ui.SelectItem{{Text: p.L.T("portal.life.law.any"), Value: ""}}}
	for _, one := range laws {
		s.Items = append(s.Items, ui.SelectItem{Text: p.L.T("portal.life.law." + one), Value: one})
	}
	return s
}

// list joins names as a sentence does.
func list(p ui.Page, names []locale.Text) string {
	var out []string
	for _, n := range names {
		out = append(out, p.L.Pick(n))
	}
	if len(out) < 2 {
		return strings.Join(out, "")
	}
	last := len(out) - 1
	return strings.Join(out[:last], ", ") + " " + p.L.T("portal.and") + " " + out[last]
}

// asks tells for whom a step is that is not for everybody.
func asks(p ui.Page, s Service) string {
	var out []string
	if in := s.where(); len(in) > 0 {
		out = append(out, p.L.T("portal.life.only.place", "places", list(p, in)))
	}
	if s.PersonalLaw != "" {
		out = append(out, p.L.T("portal.life.only."+s.PersonalLaw))
	}
	return strings.Join(out, " ")
}

// placeName is the chosen place in words, "" where none is.
func placeName(p ui.Page, code string) string {
	one, ok := directory.PlaceOf(code)
	if !ok {
		return ""
	}
	return p.L.Pick(one.Name)
}

// pointsTo is where a step that must come first stands: on this page where it
// is one of the steps, else on its own.
func (v lifeView) pointsTo(s Service) string {
	if slices.ContainsFunc(v.way.Steps, func(one Step) bool { return one.Service.ID == s.ID }) {
		return "#" + stepID(s)
	}
	return s.Href()
}

// href is a service's page; one that differs by place is told the place.
func (v lifeView) href(s Service) string {
	if len(s.Bodies) > 0 && v.c.Place != "" {
		return s.Href() + "?place=" + v.c.Place
	}
	return s.Href()
}
