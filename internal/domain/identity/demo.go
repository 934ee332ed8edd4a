package identity

import (
	"net/http"
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// A gate is what the demo's door shows.
type gate struct {
	Citizens, Officers []group // by moment, by agency
	Next               string
	Done, Total        int64
}

// A group is people who belong together, under one heading.
type group struct {
	Title  locale.Text
	People []Persona
}

// groups keeps the order in which titles are met.
func groups(people []Persona, title func(Persona) locale.Text) []group {
	var out []group
	for _, p := range people {
		t := title(p)
		i := slices.IndexFunc(out, func(g group) bool { return g.Title == t })
		if i < 0 {
			i = len(out)
			out = append(out, group{Title: t})
		}
		out[i].People = append(out[i].People, p)
	}
	return out
}

// demoPage introduces the demo country's people.
func (x *Identity) demoPage(w http.ResponseWriter, r *http.Request) error {
	g := gate{Next: web.SafeNext(r.URL.Query().Get("next"), "")}
	var citizens, officers []Persona
	for _, p := range x.demo.Personas() {
		if p.Officer {
			officers = append(officers, p)
		} else {
			citizens = append(citizens, p)
		}
	}
	g.Citizens = groups(citizens, func(p Persona) locale.Text { return p.Moment })
	g.Officers = groups(officers, func(p Persona) locale.Text { return p.Agency })
	var err error
	if g.Done, g.Total, err = x.demo.Progress(r.Context()); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, demoView(ui.NewPage(r, web.L(r.Context()).T("identity.demo.title")), g))
}

// start is where a persona's walk begins, unless the reader was on the way to
// another page.
func (p Persona) start(next string) string {
	if next == "" && len(p.Walk) > 0 {
		return p.Walk[0].Go
	}
	return next
}

// walker is who walks: the persona, or the officer who serves them.
func (p Persona) walker() string {
	if p.As != "" {
		return p.As
	}
	return p.ID
}

// storyShow tells one persona's story, step by step.
func (x *Identity) storyShow(w http.ResponseWriter, r *http.Request) error {
	p, err := x.persona(r.PathValue("persona"))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, storyView(ui.NewPage(r, p.Name), p, web.ActorOf(r.Context()).Person == p.walker()))
}

func (x *Identity) persona(id string) (Persona, error) {
	for _, p := range x.demo.Personas() {
		if p.ID == id {
			return p, nil
		}
	}
	return Persona{}, fault.New(fault.Missing, "web.error.missing")
}

// demoSignIn lets anybody be anybody of the demo country's personas. The
// route exists in demo mode only.
func (x *Identity) demoSignIn(w http.ResponseWriter, r *http.Request) error {
	p, err := x.persona(r.PostFormValue("as"))
	if err != nil {
		return fault.New(fault.Invalid, "identity.error.no_persona").With(
			fault.Field{Location: "as", Key: "identity.error.no_persona"})
	}
	to, err := x.enter(w, r, p.ID, actor.Start{Method: "demo", AAL: byPasskey.AAL, AMR: byPasskey.AMR}, r.PostFormValue("next"))
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, to)
}
