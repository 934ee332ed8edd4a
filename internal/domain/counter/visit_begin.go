package counter

import (
	"net/http"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// foundShow shows who was found, to compare with the paper and the face.
func (c *Counter) foundShow(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	var p Person
	var f Find
	err := c.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if f, err = findByID(tx, r.PathValue("find")); err != nil {
			return err
		}
		if f.Officer != a.Person || f.Person == "" || f.At < clock.Micro(c.Clock.Now().Add(-foundLife)) {
			return fault.New(fault.Missing, "counter.error.found")
		}
		p, err = c.People.Known(tx, f.Person)
		return err
	})
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("counter.found.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/counter"})
	return web.Render(w, r, http.StatusOK, foundPage(page, f, p))
}

// visitBegin begins the visit and leads to the person's matters.
func (c *Counter) visitBegin(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	if err := c.Begin(r.Context(), web.ActorOf(r.Context()), r.PostForm.Get("find")); err != nil {
		return err
	}
	return web.SeeOther(w, r, "/me")
}
