package desk

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// refusal is a no that was written and does not stand yet: the officer sees it
// once more as the applicant will read it.
type refusal struct {
	Case    casework.Case
	Lang    locale.Lang    // in which the applicant reads
	Reads   locale.Printer // in that language
	Reasons string

	Applicant string     // their name, "" where it is hidden
	Posted    url.Values // everything that was typed, to be sent again
}

// ask makes the refusal to be shown. It is nil where the engine would not take
// the act as it stands: then the act itself says why.
func (d *Desk) ask(r *http.Request, a actor.Actor, c casework.Case, version int, data map[string]any) (*refusal, error) {
	if c.Version != version || casework.Decidable(data) != nil {
		return nil, nil
	}
	out := &refusal{Case: c, Posted: r.PostForm}
	may := false
	err := d.DB.Read(r.Context(), func(tx *db.Tx) error {
		allowed, err := d.Cases.Allowed(tx, a, c)
		if err != nil {
			return err
		}
		may = slices.Contains(allowed, casework.Decide)
		out.Lang, err = d.People.LangOf(tx, c.Applicant)
		if err != nil && fault.CodeOf(err) != fault.Missing {
			return err
		}
		out.Applicant, err = d.nameOf(tx, a, c)
		return err
	})
	if err != nil || !may {
		return nil, err
	}
	if out.Lang == "" {
		out.Lang = locale.Malay
	}
	out.Reads = d.Texts.For(out.Lang)
	out.Reasons = casework.Reasons(casework.Act{Data: data}).In(out.Lang)
	return out, nil
}

// refuseShow asks once more before a refusal stands. Nothing is done yet.
func (d *Desk) refuseShow(w http.ResponseWriter, r *http.Request, v refusal) error {
	page := ui.NewPage(r, web.L(r.Context()).T("desk.refuse.title", "ref", v.Case.Ref))
	page.Path = "/desk/" + v.Case.Ref
	return web.Render(w, r, http.StatusOK, refusePage(page, v))
}

// kept are the fields that were posted, in order.
func (v refusal) kept() [][2]string {
	var out [][2]string
	for _, name := range slices.Sorted(maps.Keys(v.Posted)) {
		for _, value := range v.Posted[name] {
			out = append(out, [2]string{name, value})
		}
	}
	return out
}
