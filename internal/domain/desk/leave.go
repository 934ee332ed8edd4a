package desk

import (
	"net/http"
	"slices"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// leaveView is who is away when, and the form for one more.
type leaveView struct {
	Actor    actor.Actor
	Staff    []colleagueName // whose leave this officer may record
	Stand    []colleagueName // who can stand in
	Leaves   []leaveRow
	Standing []leaveRow // in which this officer stands in
	Values   map[string]string
	Errors   map[string]string
	Done     string
}

type leaveRow struct {
	directory.Leave
	Who, StandIn string // names
	Post         directory.Post
	Runs         bool
}

func (d *Desk) leaveShow(w http.ResponseWriter, r *http.Request) error {
	v := leaveView{}
	if done := r.URL.Query().Get("done"); done == "recorded" || done == "ended" {
		v.Done = done
	}
	return d.renderLeave(w, r, v, http.StatusOK)
}

func (d *Desk) renderLeave(w http.ResponseWriter, r *http.Request, v leaveView, status int) error {
	v.Actor = web.ActorOf(r.Context())
	if err := d.DB.Read(r.Context(), func(tx *db.Tx) error { return d.readLeave(tx, &v) }); err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("desk.leave.title"))
	page.Path = "/desk/leave"
	page.Before = ui.BackLink(ui.BackLinkProps{Text: page.L.T("desk.back"), Href: "/desk"})
	page.Error = len(v.Errors) > 0
	return web.Render(w, r, status, leavePage(page, v))
}

// mayRecord tells whether a may record leave from a post: their own, or one of
// the office that they head themselves. Who stands in for the head cannot: they
// would hold on to power after their own leave is over.
func mayRecord(a actor.Actor, heads bool, post directory.Post, holder string) bool {
	if a.Post == post.ID {
		return a.Person == holder
	}
	return heads && post.Unit == a.Unit && post.Agency == a.Agency
}

// heads tells whether a holds a head's post in their own right.
func (d *Desk) heads(tx *db.Tx, a actor.Actor) (bool, error) {
	if !head(a) {
		return false, nil
	}
	_, holds, err := d.Directory.Holds(tx, a.Person, a.Post, clock.Micro(d.Clock.Now()))
	return holds, err
}

// fills tells whether somebody's posts let them stand in for a post. Where a
// post alone lets its holder act for people or hide them, only its like does.
func fills(post directory.Post, held []directory.Post) bool {
	if !strings.HasSuffix(post.Role, "/counter-officer") && !strings.HasSuffix(post.Role, "/protection-officer") {
		return true
	}
	return slices.ContainsFunc(held, func(p directory.Post) bool { return p.Role == post.Role })
}

func (d *Desk) readLeave(tx *db.Tx, v *leaveView) error {
	now := clock.Micro(d.Clock.Now())
	holders, err := d.Directory.HoldersIn(tx, v.Actor.Agency, v.Actor.State, now)
	if err != nil {
		return err
	}
	heads, err := d.heads(tx, v.Actor)
	if err != nil {
		return err
	}
	for _, h := range holders {
		one := colleagueName{Post: h.Post.ID, Person: h.Person.ID, Name: h.Person.Name, Officer: directory.ActorIn(h.Post, h.Person.ID)}
		if h.Person.ID != v.Actor.Person { // nobody gives a post to themself
			v.Stand = append(v.Stand, one)
		}
		if !mayRecord(v.Actor, heads, h.Post, h.Person.ID) {
			continue
		}
		v.Staff = append(v.Staff, one)
		leaves, err := d.Directory.LeavesOf(tx, h.Post.ID, now)
		if err != nil {
			return err
		}
		for _, l := range leaves {
			row, err := d.leaveRow(tx, l, h.Post, now)
			if err != nil {
				return err
			}
			v.Leaves = append(v.Leaves, row)
		}
	}
	standing, err := d.Directory.StandsIn(tx, v.Actor.Person, "", now)
	if err != nil {
		return err
	}
	for _, l := range standing {
		post, err := d.Directory.Post(tx, l.Post)
		if err != nil {
			return err
		}
		row, err := d.leaveRow(tx, l, post, now)
		if err != nil {
			return err
		}
		v.Standing = append(v.Standing, row)
	}
	return nil
}

func (d *Desk) leaveRow(tx *db.Tx, l directory.Leave, post directory.Post, now int64) (leaveRow, error) {
	row := leaveRow{Leave: l, Post: post, Runs: l.In(now)}
	for person, to := range map[string]*string{l.Person: &row.Who, l.StandIn: &row.StandIn} {
		who, err := d.Directory.Person(tx, person)
		if err != nil && fault.CodeOf(err) != fault.Missing {
			return row, err
		}
		*to = who.Name
	}
	return row, nil
}

// leaveSave records a leave.
func (d *Desk) leaveSave(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	a := web.ActorOf(r.Context())
	v := leaveView{Values: map[string]string{}, Errors: map[string]string{}}
	for _, name := range []string{"post", "stand_in", "from", "to"} {
		v.Values[name] = r.PostForm.Get(name)
	}
	leave := d.IDs.New()
	err := d.DB.Write(r.Context(), func(tx *db.Tx) error {
		now := clock.Micro(d.Clock.Now())
		heads, err := d.heads(tx, a)
		if err != nil {
			return err
		}
		post, holder, err := d.holder(tx, v.Values["post"], now)
		if err != nil || !mayRecord(a, heads, post, holder) {
			return fault.New(fault.Denied, "desk.leave.whose").Wrap(err)
		}
		stand, err := d.standIn(tx, a, post, v.Values["stand_in"], now)
		if err != nil {
			return err
		}
		return d.Directory.RecordLeaveTx(tx, d.Journal, a, directory.Leave{ID: leave, Person: holder, Post: post.ID, StandIn: stand},
			v.Values["from"], v.Values["to"])
	})
	if err == nil {
		return web.SeeOther(w, r, "/desk/leave?done=recorded")
	}
	e, ok := fault.As(err)
	if !ok || e.Code != fault.Invalid {
		return err
	}
	for _, f := range e.Fields {
		v.Errors[f.Location] = web.L(r.Context()).T(f.Key, f.Args...)
	}
	return d.renderLeave(w, r, v, http.StatusUnprocessableEntity)
}

// standIn is the person who holds the post that was chosen, "" for none; by
// post, so that no person's id is in the page.
func (d *Desk) standIn(tx *db.Tx, a actor.Actor, post directory.Post, chosen string, now int64) (string, error) {
	if chosen == "" {
		return "", nil
	}
	_, person, err := d.holder(tx, chosen, now)
	if err != nil {
		return "", err
	}
	held, err := d.Directory.HeldBy(tx, person, now)
	if err != nil {
		return "", err
	}
	if person == a.Person && a.Post != post.ID || !fills(post, held) {
		return "", fault.New(fault.Invalid, "directory.leave.problem").With(fault.Field{Location: "stand_in", Key: "desk.leave.unfit"})
	}
	return person, nil
}

// holder is a post with the person who holds it.
func (d *Desk) holder(tx *db.Tx, post string, now int64) (directory.Post, string, error) {
	p, err := d.Directory.Post(tx, post)
	if err != nil {
		return p, "", err
	}
	officers, err := d.Directory.Officers(tx, post, now)
	for _, o := range officers {
		if o.Post == post {
			return p, o.Person, err
		}
	}
	return p, "", err
}

// leaveEnd calls a leave off or ends it.
func (d *Desk) leaveEnd(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	err := d.DB.Write(r.Context(), func(tx *db.Tx) error {
		l, err := d.Directory.Leave(tx, r.PathValue("leave"))
		if err != nil {
			return err
		}
		post, err := d.Directory.Post(tx, l.Post)
		if err != nil {
			return err
		}
		heads, err := d.heads(tx, a)
		if err != nil {
			return err
		}
		if !mayRecord(a, heads, post, l.Person) {
			return fault.New(fault.Missing, "web.error.missing")
		}
		return d.Directory.EndLeaveTx(tx, d.Journal, a, l.ID)
	})
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/desk/leave?done=ended")
}
