package desk

import (
	"net/http"
	"strconv"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// handOverView is a case with the officers who may have it. It shows nothing
// of what the case is about.
type handOverView struct {
	Actor    actor.Actor
	Case     casework.Case
	Holder   string // who has it, where that is a colleague
	Others   []colleagueName
	To, Note string
	Errors   map[string]string
	Problem  string
	Last     *casework.Act // the hand-over that was just done and can be taken back
	May      bool
}

func (d *Desk) handOverShow(w http.ResponseWriter, r *http.Request) error {
	return d.renderHandOver(w, r, handOverView{}, http.StatusOK)
}

func (d *Desk) renderHandOver(w http.ResponseWriter, r *http.Request, v handOverView, status int) error {
	v.Actor = web.ActorOf(r.Context())
	ref := id.NormalRef(r.PathValue("ref"))
	if err := d.DB.Read(r.Context(), func(tx *db.Tx) error { return d.readHandOver(tx, ref, &v) }); err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("desk.hand_over.title", "ref", v.Case.Ref))
	page.Path = "/desk/" + v.Case.Ref + "/hand-over"
	page.Before = ui.BackLink(ui.BackLinkProps{Text: page.L.T("desk.hand_over.back"), Href: "/desk/" + v.Case.Ref})
	page.Error = v.Problem != "" || len(v.Errors) > 0
	return web.Render(w, r, status, handOverPage(page, v))
}

func (d *Desk) readHandOver(tx *db.Tx, ref string, v *handOverView) (err error) {
	if v.Case, err = d.Cases.Get(tx, ref); err != nil {
		return err
	}
	allowed, err := d.Cases.Allowed(tx, v.Actor, v.Case)
	if err != nil {
		return err
	}
	for _, kind := range allowed {
		v.May = v.May || kind == casework.HandOver
	}
	if v.Case.Assignee != "" && v.Case.Assignee != v.Actor.Person {
		who, err := d.Directory.Person(tx, v.Case.Assignee)
		if err != nil && fault.CodeOf(err) != fault.Missing {
			return err
		}
		v.Holder = who.Name
	}
	officers, err := d.Cases.Colleagues(tx, v.Case)
	if err != nil {
		return err
	}
	for _, o := range officers {
		who, err := d.Directory.Person(tx, o.Person)
		if err != nil && fault.CodeOf(err) != fault.Missing {
			return err
		}
		open, err := d.Cases.WorkCount(tx, casework.Filter{Assignees: []string{o.Person}, Roles: []string{o.Role}})
		if err != nil {
			return err
		}
		v.Others = append(v.Others, colleagueName{Post: o.Post, Person: o.Person, Name: who.Name, Officer: o, Open: open})
	}
	acts, err := d.Cases.Acts(tx, ref)
	if err != nil {
		return err
	}
	if last := acts[len(acts)-1]; last.Kind == casework.HandOver && last.By.Person == v.Actor.Person && v.Case.Turn() != "" {
		v.Last = &last
	}
	return nil
}

func (d *Desk) handOverSave(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	ref := id.NormalRef(r.PathValue("ref"))
	version, _ := strconv.Atoi(r.PostForm.Get("version"))
	v := handOverView{To: r.PostForm.Get("to"), Note: r.PostForm.Get("note"), Errors: map[string]string{}}
	_, err := d.Service.Act(r.Context(), web.ActorOf(r.Context()), ref, casework.HandOver, version, map[string]any{"to": v.To, "note": v.Note})
	if err == nil {
		return web.SeeOther(w, r, "/desk/"+ref+"/hand-over")
	}
	e, ok := fault.As(err)
	if !ok || e.Code != fault.Conflict && e.Code != fault.Invalid {
		return err
	}
	l := web.L(r.Context())
	for _, f := range e.Fields {
		v.Errors[f.Location] = l.T(f.Key, f.Args...)
	}
	if len(e.Fields) == 0 {
		v.Problem = l.T(e.Key, e.Args...)
	}
	return d.renderHandOver(w, r, v, fault.Status(e.Code))
}

// problems of the page, each leading to its field.
func (v handOverView) problems() []ui.Problem {
	var out []ui.Problem
	if v.Problem != "" {
		out = append(out, ui.Problem{Text: v.Problem, Href: "#hand-over"})
	}
	for _, name := range []string{"to", "note"} {
		if text := v.Errors[name]; text != "" {
			out = append(out, ui.Problem{Text: text, Href: "#" + name})
		}
	}
	return out
}

func (v handOverView) err(name string) ui.ErrorMessageProps {
	return ui.ErrorMessageProps{Text: v.Errors[name]}
}

// choices are the officers, each with what they have in hand, and the queue.
func (v handOverView) choices(p ui.Page) []ui.ChoiceItem {
	var out []ui.ChoiceItem
	for _, c := range v.Others {
		out = append(out, ui.ChoiceItem{Value: c.Post, Text: c.Name, Hint: ui.Hint(p.L.Pick(c.Officer.Title) + ". " + p.L.T("desk.hand_over.load", "count", c.Open, "number", number(p, c.Open)))})
	}
	if v.Case.Assignee != "" {
		out = append(out, ui.ChoiceItem{Value: v.Case.WorkRole(), Text: p.L.T("desk.hand_over.queue"), Hint: ui.Hint(p.L.T("desk.hand_over.queue.hint"))})
	}
	return out
}

// gone is whom the case went to.
func (v handOverView) gone(p ui.Page) string {
	t, _ := v.Last.Data["to_title"].(map[string]any)
	ms, _ := t["ms"].(string)
	en, _ := t["en"].(string)
	if ms == "" {
		return p.L.T("desk.hand_over.done.queue")
	}
	return p.L.T("desk.hand_over.done", "to", locale.Text{MS: ms, EN: en})
}

// undo is where the case was before: the former holder's post, or the queue.
func (v handOverView) undo() string {
	if from, _ := v.Last.Data["from_post"].(string); from != "" {
		return from
	}
	if v.Last.Data["role"] != nil {
		return v.Actor.Post
	}
	return v.Case.WorkRole()
}
