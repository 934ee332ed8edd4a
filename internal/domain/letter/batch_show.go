package letter

import (
	"net/http"
	"strings"

	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// officeView is the mail room: what waits, and the post of the last days.
type officeView struct {
	Waiting int64
	Batches []Batch
	Done    bool
	Problem string // with the code that was typed
	Typed   string
}

const batchesShown = 60

func (x *Letters) batchList(w http.ResponseWriter, r *http.Request) error {
	return x.office(w, r, officeView{Done: r.URL.Query().Get("done") == "returned"}, http.StatusOK)
}

func (x *Letters) office(w http.ResponseWriter, r *http.Request, v officeView, status int) error {
	err := x.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Waiting, err = queued(tx); err != nil {
			return err
		}
		v.Batches, err = batches(tx, batchesShown)
		return err
	})
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("letter.office.title"))
	page.Path, page.Error = "/letters", v.Problem != ""
	return web.Render(w, r, status, officePage(page, v))
}

func (x *Letters) batchShow(w http.ResponseWriter, r *http.Request) error {
	var b Batch
	var list []Letter
	err := x.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		var ok bool
		if b, ok, err = batchOf(tx, r.PathValue("day")); err == nil && !ok {
			err = fault.New(fault.Missing, "web.error.missing")
		}
		if err == nil {
			list, err = ofDay(tx, b.Day)
		}
		return err
	})
	if err != nil {
		return err
	}
	p := web.L(r.Context())
	page := ui.NewPage(r, p.T("letter.batch.title", "day", p.Day(b.Day)))
	page.Wide = true
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/letters"})
	return web.Render(w, r, http.StatusOK, batchPage(page, b, list))
}

// letterReturn notes that the post brought a letter back: the address is dead,
// and what the letter said goes another way or waits for an address.
func (x *Letters) letterReturn(w http.ResponseWriter, r *http.Request) error {
	typed := strings.TrimSpace(r.PostFormValue("code"))
	code := id.NormalRef(typed)
	a := web.ActorOf(r.Context())
	err := x.DB.Write(r.Context(), func(tx *db.Tx) error {
		l, err := x.Get(tx, code)
		if err != nil {
			return err
		}
		moved, err := move(tx, code, Posted, Returned, notify.Returned, x.now())
		if err != nil {
			return err
		}
		if !moved {
			return fault.New(fault.Conflict, "letter.error.not_posted")
		}
		s, found, err := sheetOf(tx, code)
		if err == nil && found {
			err = x.Senders.ReturnedTx(tx, s.ID)
		}
		if err != nil {
			return err
		}
		list, err := notices(tx, code)
		if err != nil {
			return err
		}
		address := l.Address.Line + "\n" + l.Address.Postcode + " " + l.Address.City
		for _, n := range list {
			if err := x.Notify.FailedTx(tx, n.ID, notify.ByLetter, address, notify.Returned); err != nil {
				return err
			}
		}
		_, err = x.Journal.Append(tx, journal.Record{Kind: "letter.returned", By: journal.ByActor(a), Case: l.Case, Subjects: []string{l.Person},
			Why:  locale.Text{MS: "Surat " + code + " dipulangkan oleh pos.", EN: "Letter " + code + " came back from the post."},
			Data: map[string]any{"letter": code}})
		return err
	})
	switch fault.CodeOf(err) {
	case fault.Missing, fault.Conflict:
		key := "letter.error.unknown"
		if fault.CodeOf(err) == fault.Conflict {
			key = "letter.error.not_posted"
		}
		return x.office(w, r, officeView{Problem: web.L(r.Context()).T(key), Typed: typed}, fault.Status(fault.Invalid))
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/letters?done=returned")
}

// lost is a case whose person cannot be told.
type lost struct {
	Case   casework.Case
	Reason string
	Since  int64
}

const lostShown = 100

// unreachedList shows officers those of their agency's cases that they may see
// and whose person no channel reaches; the mail room sees those of every
// office, by reference alone.
func (x *Letters) unreachedList(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	mail := a.Agency == "balai" // of which the policy lets in the mail room alone
	var list []lost
	err := x.DB.Read(r.Context(), func(tx *db.Tx) error {
		list = list[:0]
		for after := ""; len(list) < lostShown; {
			some, err := x.Notify.Unreached(tx, after, lostShown)
			if err != nil {
				return err
			}
			for _, d := range some {
				after = d.Case
				c, err := x.Cases.Get(tx, d.Case)
				if fault.CodeOf(err) == fault.Missing {
					continue
				}
				if err != nil {
					return err
				}
				shown := mail
				if !mail && c.Agency == a.Agency {
					if shown, err = x.Guard.Sees(tx, a, c); err != nil {
						return err
					}
				}
				if shown {
					list = append(list, lost{c, d.Reason, d.At})
				}
			}
			if len(some) < lostShown {
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("letter.lost.title"))
	page.Wide = true
	back := "/desk"
	if mail {
		back = "/letters"
	}
	page.Before = ui.BackLink(ui.BackLinkProps{Href: back})
	return web.Render(w, r, http.StatusOK, lostPage(page, list, !mail))
}

// demoShow is the day's post of the demo country, opened.
func (x *Letters) demoShow(w http.ResponseWriter, r *http.Request) error {
	var out []written
	err := x.DB.Read(r.Context(), func(tx *db.Tx) error {
		list, err := newest(tx, 12)
		if err != nil {
			return err
		}
		out = out[:0]
		for _, l := range list {
			if l, err = x.addressed(tx, l); err != nil {
				return err
			}
			made, err := x.compose(tx, l)
			if err != nil {
				return err
			}
			out = append(out, made)
		}
		return nil
	})
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("letter.demo.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/demo"})
	return web.Render(w, r, http.StatusOK, demoPage(page, out))
}

func dayOf(p ui.Page, at int64) string { return p.L.Date(clock.FromMicro(at)) }
