package service

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"balai/internal/domain/service/form"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// longestPage bounds what counts as time spent on a page: who comes back
// tomorrow was not filling it in all night.
const longestPage = 30 * time.Minute

// inputID is the id of a field's input from a fault's location.
func inputID(location string) string {
	_, name, ok := strings.Cut(location, ".")
	if !ok {
		return location
	}
	return name
}

// applyStart opens the draft and leads to where the person left off.
func (p *Part) applyStart(w http.ResponseWriter, r *http.Request) error {
	if asked, err := p.businessShow(w, r); asked || err != nil {
		return err
	}
	f, err := p.Start(r.Context(), web.ActorOf(r.Context()), serviceID(r))
	if e, ok := fault.As(err); ok && e.Key == "service.exemption.needed" {
		return web.SeeOther(w, r, "/me/exemption?service="+serviceID(r)) // one screen, then on
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, f.next())
}

// next is the first page that the person has not done.
func (f Filling) next() string {
	if !f.Draft.HeldSeen {
		return f.href("/apply/" + pageHeld)
	}
	return f.href("/apply/" + f.Result.Current)
}

// open finds the draft whose page is asked for. A page's address makes none:
// who comes back to it after sending has sent, and is led to what came of it.
func (p *Part) open(w http.ResponseWriter, r *http.Request) (f Filling, led bool, err error) {
	a := web.ActorOf(r.Context())
	f, err = p.Open(r.Context(), a, serviceID(r))
	if err == nil {
		err = p.lookHeld(r.Context(), a, f)
	}
	if fault.CodeOf(err) != fault.Missing {
		return f, false, err
	}
	if _, err := p.Current(serviceID(r)); err != nil {
		return f, false, err
	}
	var ref string
	err = p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		ref, err = lastSent(tx, a.Subject(), serviceID(r))
		return err
	})
	if err != nil {
		return f, false, err
	}
	to := "/service/" + serviceID(r)
	if ref != "" {
		to = "/case/" + ref
	}
	return f, true, web.SeeOther(w, r, to)
}

func (p *Part) heldShow(w http.ResponseWriter, r *http.Request) error {
	f, led, err := p.open(w, r)
	if err != nil || led {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("service.held.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: f.href("")})
	v := p.held(f)
	err = p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Others, err = p.forOthers(tx, web.ActorOf(r.Context()), serviceID(r))
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, heldPage(page, v))
}

func (p *Part) heldSave(w http.ResponseWriter, r *http.Request) error {
	f, led, err := p.open(w, r)
	if err != nil || led {
		return err
	}
	if err := parseForm(r); err != nil {
		return err
	}
	if err := f.mineStill(r); err != nil {
		return err
	}
	if !f.Draft.HeldSeen {
		if f, err = p.SawHeld(r.Context(), f); err != nil {
			return err
		}
	}
	return web.SeeOther(w, r, f.href("/apply/"+f.Result.Current))
}

func (p *Part) wrongShow(w http.ResponseWriter, r *http.Request) error {
	f, led, err := p.open(w, r)
	if err != nil || led {
		return err
	}
	return p.wrongRender(w, r, f, wrongView{}, http.StatusOK)
}

func (p *Part) wrongRender(w http.ResponseWriter, r *http.Request, f Filling, v wrongView, status int) error {
	spec, ok := f.Release.Def.Fact(r.PathValue("field"))
	row, held := p.heldRow(f, spec)
	if !ok || !held || !spec.Disputable || row.Dispute != nil || row.Veiled {
		return fault.New(fault.Missing, "service.error.page")
	}
	v.Filling, v.Row, v.Days = f, row, disputeDays
	page := ui.NewPage(r, web.L(r.Context()).T("service.wrong.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: f.heldHref()})
	page.Error = v.Error != ""
	return web.Render(w, r, status, wrongPage(page, v))
}

func (p *Part) wrongSave(w http.ResponseWriter, r *http.Request) error {
	f, led, err := p.open(w, r)
	if err != nil || led {
		return err
	}
	if led, err = p.wrongPost(w, r, f); err != nil || led {
		return err
	}
	return web.SeeOther(w, r, f.heldHref())
}

// wrongPost opens the case about a held value; led is true where the page was
// shown again, with what is wrong with the claim.
func (p *Part) wrongPost(w http.ResponseWriter, r *http.Request, f Filling) (led bool, err error) {
	if err := r.ParseForm(); err != nil {
		return false, fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	if err := f.mineStill(r); err != nil {
		return false, err
	}
	claimed, reason := plainText(claimText(r.PostForm), 200), plainText(r.PostForm.Get("reason"), 2000)
	spec, _ := f.Release.Def.Fact(r.PathValue("field"))
	if err = unlisted(spec, claimed, r.PostForm.Get("sure") == "yes", p.today()); err == nil {
		_, err = p.Dispute(r.Context(), web.ActorOf(r.Context()), f, spec.Field, claimed, reason)
	}
	if e, ok := fault.As(err); ok && e.Code == fault.Invalid {
		return true, p.wrongRender(w, r, f, wrongView{Values: r.PostForm, Reason: reason, Error: web.L(r.Context()).T(e.Key, e.Args...),
			Unlisted: e.Key == "service.error.claim.postcode"}, fault.Status(e.Code))
	}
	return false, err
}

// clip cuts a text that no honest person writes so long, and trims it.
func clip(s string, runes int) string {
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > runes {
		return string(r[:runes])
	}
	return s
}

// plainText is what somebody wrote in their own words: without blanks around
// it and without signs that nobody can see, so that an empty comment is empty.
func plainText(s string, runes int) string {
	return clip(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) || r == '\u200b' || r == '\ufeff' {
			return -1
		}
		return r
	}, s), runes)
}

func (p *Part) formShow(w http.ResponseWriter, r *http.Request) error {
	f, led, err := p.open(w, r)
	if err != nil || led {
		return err
	}
	fp, ok := f.Release.Def.Form.Page(r.PathValue("page"))
	if !ok {
		return fault.New(fault.Missing, "service.error.page")
	}
	if !f.Draft.HeldSeen || !f.Reached(fp.ID) {
		return web.SeeOther(w, r, f.next()) // no page is skipped by its address
	}
	return p.formRender(w, r, f, fp, f.Release.Def.Form.Values(fp, f.Draft.Answers), nil, http.StatusOK)
}

func (p *Part) formRender(w http.ResponseWriter, r *http.Request, f Filling, fp *form.Page, vals url.Values, faults []fault.Field, status int) error {
	l := web.L(r.Context())
	v := formView{Filling: f, Page: fp}
	for _, field := range fp.Fields {
		if !asked(field, vals, faults) {
			continue
		}
		fv := fieldView{Field: field, Values: vals, Alone: len(fp.Fields) == 1, Title: l.Pick(fp.Title), Hint: l.Pick(fp.Hint), Kept: f.Draft.Files[field.ID]}
		for _, bad := range faults {
			if inputID(bad.Location) == field.ID {
				fv.Error = l.T(bad.Key, bad.Args...)
				v.Problems = append(v.Problems, ui.Problem{Href: "#" + firstInput(field), Text: fv.Error})
				break
			}
		}
		v.Upload = v.Upload || field.Type == form.TypeFile
		v.Fields = append(v.Fields, fv)
	}
	for _, name := range fp.ShowFacts {
		if spec, ok := f.Release.Def.Fact(name); ok {
			if row, has := p.heldRow(f, spec); has {
				v.Facts = append(v.Facts, row)
			}
		}
	}
	page := ui.NewPage(r, l.Pick(fp.Title))
	back := f.Before(fp.ID)
	if back == "" {
		back = pageHeld
	}
	page.Before = ui.BackLink(ui.BackLinkProps{Href: f.href("/apply/" + back)})
	page.Error = len(faults) > 0
	return web.Render(w, r, status, formPage(page, v))
}

// firstInput is the id of the first input of a field, where a link of the
// error summary leads.
func firstInput(f form.Field) string {
	if f.Type == form.TypeDate {
		return f.ID + "-day"
	}
	return f.ID
}

func (p *Part) formSave(w http.ResponseWriter, r *http.Request) error {
	f, led, err := p.open(w, r)
	if err != nil || led {
		return err
	}
	fp, ok := f.Release.Def.Form.Page(r.PathValue("page"))
	if !ok {
		return fault.New(fault.Missing, "service.error.page")
	}
	if err := parseForm(r); err != nil {
		return err
	}
	if err := f.mineStill(r); err != nil {
		return err
	}
	if !f.Draft.HeldSeen || !f.Reached(fp.ID) {
		return web.SeeOther(w, r, f.next())
	}
	fp.Renew(r.PostForm)
	answers, faults := f.Release.Def.Form.Parse(fp, r.PostForm, p.today())
	files, bad, err := p.pageFiles(r, f, fp)
	if err != nil {
		return err
	}
	faults = append(faults, bad...)
	taken, err := p.taken(r.Context(), fp.Fields, answers)
	if err != nil {
		return err
	}
	faults = append(faults, taken...)
	if len(faults) > 0 {
		return p.formRender(w, r, f, fp, r.PostForm, faults, http.StatusUnprocessableEntity)
	}
	took := p.Clock.Now().Sub(clock.FromMicro(f.Draft.UpdatedAt))
	saved, err := p.Save(r.Context(), f, fp, answers, files, min(took, longestPage))
	if fault.CodeOf(err) == fault.Conflict { // saved from another window in this moment: once more on top of it
		if f, err = p.Open(r.Context(), web.ActorOf(r.Context()), serviceID(r)); err == nil {
			saved, err = p.Save(r.Context(), f, fp, answers, files, min(took, longestPage))
		}
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, saved.href("/apply/"+saved.onward(fp.ID)))
}

// onward is where "continue" leads: the next page without an answer, or back
// to the review where everything is there.
func (f Filling) onward(page string) string {
	if f.Result.Complete {
		return form.Review
	}
	return f.After(page)
}

// parseForm reads a post of either encoding.
func parseForm(r *http.Request) error {
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		err = r.ParseMultipartForm(maxUpload)
	} else {
		err = r.ParseForm()
	}
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return err
	}
	if err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	return nil
}

// pageFiles stores what a page uploaded; a required paper may be there from
// before.
func (p *Part) pageFiles(r *http.Request, f Filling, fp *form.Page) (map[string][]File, []fault.Field, error) {
	out := map[string][]File{}
	var faults []fault.Field
	for _, field := range fp.Fields {
		if field.Type != form.TypeFile {
			continue
		}
		ups, err := uploads(r, field.ID)
		if err != nil {
			return nil, nil, err
		}
		if len(ups) == 0 {
			if field.Required && len(f.Draft.Files[field.ID]) == 0 {
				faults = append(faults, field.RequiredFault())
			}
			continue
		}
		kept, err := p.store(r.Context(), f.Release.Def, map[string][]UploadFile{field.ID: ups})
		if e, ok := fault.As(err); ok && e.Code == fault.Invalid {
			faults = append(faults, e.Fields...)
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		out[field.ID] = kept[field.ID]
	}
	return out, faults, nil
}

// uploads reads the files that a browser sent under a name.
func uploads(r *http.Request, name string) ([]UploadFile, error) {
	if r.MultipartForm == nil {
		return nil, nil
	}
	var out []UploadFile
	for _, h := range r.MultipartForm.File[name] {
		if h.Filename == "" {
			continue
		}
		data, err := readPart(h)
		if err != nil {
			return nil, err
		}
		out = append(out, UploadFile{Name: h.Filename, Base64: data})
	}
	return out, nil
}

func readPart(h *multipart.FileHeader) ([]byte, error) {
	f, err := h.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

func (p *Part) dropSave(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	f, err := p.Open(r.Context(), web.ActorOf(r.Context()), serviceID(r))
	if err == nil {
		err = f.mineStill(r)
	}
	if err == nil {
		err = p.Drop(r.Context(), f)
	}
	if err != nil && fault.CodeOf(err) != fault.Missing {
		return err
	}
	return web.SeeOther(w, r, "/me")
}
