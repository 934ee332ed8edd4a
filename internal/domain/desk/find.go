package desk

import (
	"context"
	"net/http"
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// byName is a search for a person's cases. It is posted, so that no name
// stands in an address; nothing of the person is shown, only their cases in
// the post's own list.
type byName struct {
	Text, Why string
	Errors    map[string]string
	Asked     bool
}

// reasons for a search by name; each is a sentence in text.yaml.
func reasonsToFind() []string { return []string{"counter", "contact", "duty"} }

func (d *Desk) findShow(w http.ResponseWriter, r *http.Request) error {
	return d.showFind(w, r, queueView{Actor: web.ActorOf(r.Context()), By: &byName{}}, http.StatusOK)
}

func (d *Desk) showFind(w http.ResponseWriter, r *http.Request, v queueView, status int) error {
	page := ui.NewPage(r, web.L(r.Context()).T("desk.by.title"))
	page.Wide, page.Path = true, "/desk/find"
	page.Before = ui.BackLink(ui.BackLinkProps{Text: page.L.T("desk.back"), Href: "/desk"})
	page.Error = len(v.By.Errors) > 0
	v.Found = -1
	return web.Render(w, r, status, findPage(page, v))
}

func (d *Desk) findDo(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	a := web.ActorOf(r.Context())
	by := &byName{Text: clip(r.PostForm.Get("q"), 150), Why: r.PostForm.Get("why"), Errors: map[string]string{}}
	v := queueView{Actor: a, By: by}
	list, err := d.find(r.Context(), a, by.Text, by.Why)
	if e, ok := fault.As(err); ok && e.Code == fault.Invalid {
		for _, f := range e.Fields {
			by.Errors[f.Location] = web.L(r.Context()).T(f.Key, f.Args...)
		}
		return d.showFind(w, r, v, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	by.Asked = true
	if err := d.DB.Read(r.Context(), func(tx *db.Tx) error { return d.readRows(tx, a, list, &v) }); err != nil {
		return err
	}
	return d.showFind(w, r, v, http.StatusOK)
}

// find lists the cases of a person in the post's scope. The search is on
// record, with its reason and whom it found, before anything is shown; each
// person found reads it among the looks at their data.
func (d *Desk) find(ctx context.Context, a actor.Actor, text, why string) (list []casework.Case, err error) {
	var faults []fault.Field
	if text == "" {
		faults = append(faults, fault.Field{Location: "q", Key: "desk.by.needed"})
	}
	if !slices.Contains(reasonsToFind(), why) {
		faults = append(faults, fault.Field{Location: "why", Key: "desk.by.why.needed"})
	}
	if len(faults) > 0 {
		return nil, fault.New(fault.Invalid, "casework.fault.data").With(faults...)
	}
	var persons []string
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		if persons, err = d.Finder.Named(tx, text); err != nil {
			return err
		}
		both := func(l locale.Lang) string {
			return d.Texts.For(l).T("desk.by.record", "why", d.Texts.For(l).T("desk.by.why."+why))
		}
		_, err = d.Journal.Append(tx, journal.Record{Kind: "look", By: journal.ByActor(a), Subjects: persons,
			Why: locale.Text{MS: both(locale.Malay), EN: both(locale.English)}, Data: map[string]any{"search": true, "why": why}})
		return err
	})
	if err != nil || len(persons) == 0 {
		return nil, err
	}
	f := scope(a)
	f.Applicants, f.Limit = persons, 200
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		if list, _, err = d.Cases.Worklist(tx, f); err != nil {
			return err
		}
		list, err = d.unsealed(tx, a, list)
		return err
	})
	return list, err
}

// unsealed leaves out the cases of protected people that are not open to the
// officer. A list that left out only their names would still tell whoever knows
// the name that the person has a case in this office.
func (d *Desk) unsealed(tx *db.Tx, a actor.Actor, list []casework.Case) (out []casework.Case, err error) {
	for _, c := range list {
		sealed, err := d.Seal.Sealed(tx, a, c)
		if err != nil {
			return nil, err
		}
		if !sealed {
			out = append(out, c)
		}
	}
	return out, nil
}

type findIn struct {
	Body struct {
		Q   string `json:"q" minLength:"1" maxLength:"150" doc:"A whole name or identity number"`
		Why string `json:"why" enum:"counter,contact,duty" doc:"The person is at the counter, has been in touch, or it is for other duty; it is recorded"`
	}
}

type findOut struct {
	Body struct {
		Cases []QueueCase `json:"cases"`
	}
}

func (d *Desk) apiFind(ctx context.Context, in *findIn) (*findOut, error) {
	list, err := d.find(ctx, web.ActorOf(ctx), in.Body.Q, in.Body.Why)
	if err != nil {
		return nil, err
	}
	out := &findOut{}
	out.Body.Cases = []QueueCase{}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		for _, c := range list {
			line, err := d.line(tx, c)
			if err != nil {
				return err
			}
			out.Body.Cases = append(out.Body.Cases, line)
		}
		return nil
	})
	return out, err
}
