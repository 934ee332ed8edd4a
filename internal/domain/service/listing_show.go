package service

import (
	"net/http"
	"strings"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// listingView is a service that is not online here, with who does it.
type listingView struct {
	definition.Listing
	By    directory.Agency // the agency whose text it is
	Place string           // the chosen state's code, or ""
	Rows  []bodyRow        // who does it where, where that differs
	First []stepLink       // what must come first
	Basis locale.Text
}

// bodyRow is the bodies that do something for one state.
type bodyRow struct {
	Place  directory.Place
	Bodies []directory.Agency
}

// stepLink names a service or a listing.
type stepLink struct {
	Href  string
	Title locale.Text
}

func (p *Part) listingShow(w http.ResponseWriter, r *http.Request, l definition.Listing) error {
	v := listingView{Listing: l, Basis: p.lawTitle(l.Law)}
	if one, ok := directory.PlaceOf(r.URL.Query().Get("place")); ok && definition.Applies(l.AppliesIn, one.Code) {
		v.Place = one.Code
	}
	for _, id := range l.After {
		if title, ok := p.titleOf(id); ok {
			v.First = append(v.First, stepLink{"/service/" + id, title})
		}
	}
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Rows = nil
		if v.By, err = p.body(tx, l.Agency); err != nil {
			return err
		}
		for _, place := range directory.Places() {
			row := bodyRow{Place: place}
			for _, id := range l.Bodies[place.Code] {
				one, err := p.body(tx, id)
				if err != nil {
					return err
				}
				row.Bodies = append(row.Bodies, one)
			}
			if len(row.Bodies) > 0 && (v.Place == "" || v.Place == place.Code) {
				v.Rows = append(v.Rows, row)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).Pick(l.Title))
	page.Public, page.Lead = true, page.L.Pick(l.Summary)
	page.Before = ui.Breadcrumbs(p.crumbs(page, l.ID))
	return web.Render(w, r, http.StatusOK, listingPage(page, v))
}

// body reads an agency; one that an empty hall has not named shows its id.
func (p *Part) body(tx *db.Tx, id string) (directory.Agency, error) {
	a, err := p.Directory.Agency(tx, id)
	if fault.CodeOf(err) == fault.Missing {
		return directory.Agency{ID: id, Name: locale.Same(id)}, nil
	}
	return a, err
}

// titleOf names a service in force or a listing.
func (p *Part) titleOf(id string) (locale.Text, bool) {
	if rel, err := p.Current(id); err == nil {
		return rel.Def.Title, true
	}
	l, ok := p.listing(id)
	return l.Title, ok
}

// site is the agency's own page for it: the listing's, else its home page.
func (v listingView) site() string {
	if v.Site != "" || len(v.Bodies) > 0 {
		return v.Site
	}
	return v.By.Site
}

// compared says what of the listing was compared with a source, or is only
// reported by others.
func (v listingView) compared(p ui.Page) string {
	words := make([]string, len(v.Checked.What))
	for i, what := range v.Checked.What {
		words[i] = p.L.T("service.listing.checked." + what)
	}
	key := "service.listing.checked"
	if !v.Checked.Confirmed() {
		key = "service.listing.reported"
	}
	return p.L.T(key, "what", strings.Join(words, ", "))
}

// dial is a telephone number as a link has it: one with an area code works
// from abroad too, a short one only here.
func dial(number string) string {
	n := strings.NewReplacer(" ", "", "-", "").Replace(number)
	if rest, ok := strings.CutPrefix(n, "0"); ok {
		return "tel:+60" + rest
	}
	return "tel:" + n
}
