package letter

import (
	"net/http"
	"slices"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// contactView is how a person wants to be told, and what the state holds.
type contactView struct {
	Reach   notify.Reach
	On      []string
	Lang    string
	Done    bool
	Problem string
}

func (x *Letters) contactShow(w http.ResponseWriter, r *http.Request) error {
	return x.contact(w, r, contactView{Done: r.URL.Query().Get("done") == "1"}, http.StatusOK)
}

func (x *Letters) contact(w http.ResponseWriter, r *http.Request, v contactView, status int) error {
	a := web.ActorOf(r.Context())
	err := x.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Reach, err = x.Notify.Reach(tx, a.Person)
		return err
	})
	if err != nil {
		return err
	}
	if v.Problem == "" {
		for _, ch := range v.Reach.Channels {
			v.On = append(v.On, string(ch))
		}
		for _, ch := range v.Reach.Choice.On {
			if !slices.Contains(v.On, string(ch)) {
				v.On = append(v.On, string(ch))
			}
		}
		v.Lang = string(v.Reach.Choice.Lang)
		if v.Lang == "" {
			v.Lang = string(v.Reach.Address.Lang)
		}
	}
	page := ui.NewPage(r, web.L(r.Context()).T("letter.contact.title"))
	page.Error = v.Problem != ""
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/me"})
	return web.Render(w, r, status, contactPage(page, v))
}

// contactChoose keeps the choice. One that reaches nobody is refused: an answer
// or a deadline could be missed.
func (x *Letters) contactChoose(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "letter.contact.error").Wrap(err)
	}
	c := notify.Choice{Lang: locale.Malay}
	if r.PostForm.Get("lang") == string(locale.English) {
		c.Lang = locale.English
	}
	for _, ch := range notify.Channels() {
		if slices.Contains(r.PostForm["on"], string(ch)) {
			c.On = append(c.On, ch)
		}
	}
	reaches := false
	err := x.DB.Write(r.Context(), func(tx *db.Tx) error {
		now, err := x.Notify.Reach(tx, a.Person)
		if err != nil {
			return err
		}
		reaches = slices.ContainsFunc(c.On, func(ch notify.Channel) bool { return now.Address.Of(ch) != "" })
		if !reaches {
			return nil
		}
		if err := x.Notify.Choose(tx, a.Person, c); err != nil {
			return err
		}
		_, err = x.Journal.Append(tx, journal.Record{Kind: "contact.chosen", By: journal.ByActor(a), Subjects: []string{a.Person},
			Why:  locale.Text{MS: "Memilih cara dimaklumkan.", EN: "Chose how to be told."},
			Data: map[string]any{"channels": joined(c.On), "lang": string(c.Lang)}})
		return err
	})
	if err != nil {
		return err
	}
	if !reaches {
		return x.contact(w, r, contactView{Problem: web.L(r.Context()).T("letter.contact.none"), On: r.PostForm["on"], Lang: string(c.Lang)},
			fault.Status(fault.Invalid))
	}
	return web.SeeOther(w, r, "/me/contact?done=1")
}

func joined(list []notify.Channel) string {
	words := make([]string, len(list))
	for i, ch := range list {
		words[i] = string(ch)
	}
	return strings.Join(words, " ")
}
