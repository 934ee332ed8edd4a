package identity

import (
	"net/http"
	"slices"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// adminPage is where an administrator begins.
func (x *Identity) adminPage(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, adminView(ui.NewPage(r, web.L(r.Context()).T("identity.admin.title"))))
}

// holders narrows a list to what was asked for: each word is in a name, a
// post's title or its office, or is that for a vacant post.
func holders(list []directory.UnitHolder, q, vacant string) (found []directory.UnitHolder) {
	words := strings.Fields(strings.ToLower(q))
	for _, h := range list {
		name := h.Person.Name
		if h.Person.ID == "" {
			name = vacant
		}
		in := strings.ToLower(strings.Join([]string{name, h.Post.Title.MS, h.Post.Title.EN, h.Post.Agency, h.Post.Unit}, " "))
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(in, word) }) {
			found = append(found, h)
		}
	}
	return found
}

// officers are the posts of the directory, each with its holder; one of
// whom the id is "" is nobody.
type officers struct {
	L           locale.Printer
	Q           string // what was asked for
	All, Vacant int    // posts
	List        []directory.UnitHolder
}

// officersPage lists who holds which post, to let each of them in, and among
// them the posts that nobody holds, to put somebody there.
func (x *Identity) officersPage(w http.ResponseWriter, r *http.Request) error {
	v := officers{L: web.L(r.Context())}
	var list []directory.UnitHolder
	err := x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		if list, err = x.directory.Holders(tx, x.now()); err != nil {
			return err
		}
		vacant, err := x.directory.Vacant(tx, x.now())
		for _, p := range vacant {
			list = append(list, directory.UnitHolder{Post: p})
		}
		v.Vacant = len(vacant)
		return err
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b directory.UnitHolder) int { return strings.Compare(a.Post.ID, b.Post.ID) })
	v.Q = strings.TrimSpace(r.URL.Query().Get("q"))
	v.All, v.List = len(list), holders(list, v.Q, v.L.T("identity.officers.vacant"))
	page := ui.NewPage(r, v.L.T("identity.officers.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/admin"})
	return web.Render(w, r, http.StatusOK, officersView(page, v))
}

// officerInvite makes a one-time link for an officer and shows it once.
func (x *Identity) officerInvite(w http.ResponseWriter, r *http.Request) error {
	person, post := r.PostFormValue("person"), r.PostFormValue("post")
	var who directory.Person
	err := x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		_, holds, err := x.directory.InPost(tx, person, post, x.now())
		if err != nil {
			return err
		}
		if !holds {
			return fault.New(fault.Missing, "web.error.missing")
		}
		if _, ok, err := x.invitable(tx, person); err != nil || !ok {
			return or(err, fault.New(fault.Conflict, "identity.error.has_way"))
		}
		who, err = x.directory.Person(tx, person)
		return err
	})
	if err != nil {
		return err
	}
	i := invite{Person: person, Name: who.Name, Post: post, ExpiresAt: x.in(inviteLife)}
	link, err := x.invite(r.Context(), web.ActorOf(r.Context()), i)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, linkView(linked(r), i, link))
}

// A vacancy is a post that nobody holds, as the page shows it.
type vacancy struct {
	Post   directory.Post
	Office string
	Wrong  string
}

// vacant finds a post that nobody holds.
func (x *Identity) vacant(r *http.Request, id string) (v vacancy, err error) {
	err = x.db.Read(r.Context(), func(tx *db.Tx) error {
		if v.Post, err = x.directory.Post(tx, id); err != nil {
			return err
		}
		if _, there, err := x.directory.HolderOf(tx, id, x.now()); err != nil || there {
			return or(err, fault.New(fault.Conflict, "identity.error.post_held"))
		}
		unit, err := x.directory.Unit(tx, v.Post.Unit)
		v.Office = web.L(r.Context()).Pick(unit.Name)
		return err
	})
	return v, err
}

// appointPage asks who is to hold a vacant post.
func (x *Identity) appointPage(w http.ResponseWriter, r *http.Request) error {
	v, err := x.vacant(r, r.URL.Query().Get("post"))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, appointView(appointing(r), v))
}

func appointing(r *http.Request) ui.Page {
	p := ui.NewPage(r, web.L(r.Context()).T("identity.appoint.title"))
	p.Before = ui.BackLink(ui.BackLinkProps{Href: "/admin/officers"})
	return p
}

// officerAppoint makes a one-time link for who is to hold a vacant post. They
// are in it once they have used the link.
func (x *Identity) officerAppoint(w http.ResponseWriter, r *http.Request) error {
	v, err := x.vacant(r, r.PostFormValue("post"))
	if err != nil {
		return err
	}
	name := label(r.PostFormValue("name"))
	if name == "" {
		v.Wrong = web.L(r.Context()).T("identity.error.invite_name")
		p := appointing(r)
		p.Error = true
		return web.Render(w, r, fault.Status(fault.Invalid), appointView(p, v))
	}
	i := invite{Person: x.ids.New(), Name: name, Post: v.Post.ID, ExpiresAt: x.in(inviteLife)}
	link, err := x.invite(r.Context(), web.ActorOf(r.Context()), i)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, linkView(linked(r), i, link))
}

// linked is the page that shows a link once.
func linked(r *http.Request) ui.Page {
	p := ui.NewPage(r, web.L(r.Context()).T("identity.officers.link"))
	p.Alone = true
	return p
}
