package service

import (
	"net/http"

	"balai/internal/domain/service/offline"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/policy"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// offlineResource is the entry named in the path: its agency's officers settle
// it. One that is not there and one of another agency are refused alike.
func (p *Part) offlineResource(r *http.Request) (policy.Resource, error) {
	var o OpenEntry
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		o, err = p.openEntry(tx, r.PathValue("pack"), r.PathValue("key"))
		return err
	})
	if err != nil {
		return policy.Resource{}, err
	}
	return policy.Resource{Type: "OfflineEntry", ID: o.Pack.ID + "/" + o.Key, Attrs: map[string]any{"agency": o.Pack.agency()}}, nil
}

// offlineList is what waits at the officer's agency, oldest first; it names
// numbers and reasons, and nobody.
func (p *Part) offlineList(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	page := ui.NewPage(r, web.L(r.Context()).T("service.offline.open"))
	v := offlineListView{Done: r.URL.Query().Get("done")}
	err := p.DB.Read(r.Context(), func(tx *db.Tx) error {
		v.Rows = nil
		list, err := openOffline(tx, a.Agency, 200)
		if err != nil {
			return err
		}
		for _, e := range list {
			v.Rows = append(v.Rows, offlineLine{Href: "/offline/" + e.Pack + "/" + e.Key, Number: e.Number, State: page.L.T("service.offline.state." + e.State),
				Why: page.L.Pick(e.Why), When: dayOf(page, e.At)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, offlineListPage(page, v))
}

func (p *Part) offlineShow(w http.ResponseWriter, r *http.Request) error {
	return p.offlineRender(w, r, offlineView{}, http.StatusOK)
}

// offlineRender shows what was typed beside the household's other case. That is
// a look at both people.
func (p *Part) offlineRender(w http.ResponseWriter, r *http.Request, v offlineView, status int) error {
	a := web.ActorOf(r.Context())
	page := ui.NewPage(r, web.L(r.Context()).T("service.offline.open"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/offline"})
	page.Error = v.Problem != ""
	var subjects []string
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Entry, err = p.openEntry(tx, r.PathValue("pack"), r.PathValue("key")); err != nil {
			return err
		}
		if err := p.impartial(tx, a, v.Entry); err != nil {
			return err
		}
		subjects, err = p.bothSides(tx, page, &v)
		return err
	})
	if err != nil {
		return err
	}
	if len(subjects) > 0 {
		err = p.DB.Write(r.Context(), func(tx *db.Tx) error {
			return p.Journal.Look(tx, a, "", subjects, locale.Text{MS: "Membandingkan borang luar talian dengan permohonan isi rumah",
				EN: "Compared a form filled in without a network with the household's application"}, "")
		})
		if err != nil {
			return err
		}
	}
	return web.Render(w, r, status, offlinePage(page, v))
}

// bothSides fills in what was typed and the other case, as the viewer may see
// it, and names whom they are about.
func (p *Part) bothSides(tx *db.Tx, page ui.Page, v *offlineView) (subjects []string, err error) {
	o := v.Entry
	rel, err := p.At(o.Pack.Service, o.Pack.Number)
	if err != nil {
		return nil, err
	}
	v.Title, v.Why, v.State = page.L.Pick(rel.Def.Title), page.L.Pick(o.Why), page.L.T("service.offline.state."+o.State)
	if o.Person != "" {
		subjects = append(subjects, o.Person)
	}
	if o.Settled { // what was typed is gone
		return subjects, nil
	}
	day := p.filledOn(o)
	v.Mine = []ui.SummaryRow{ui.Row(page.L.T("service.offline.person"), o.Typed.Name), ui.Row(page.L.T("service.offline.id_number"), o.Typed.IDNumber),
		ui.Row(page.L.T("service.offline.filled"), page.L.T("service.offline.filled.by", "day", dayOf(page, day), "name", o.Typed.Officer))}
	answers, _ := offline.Answers(rel.Def, o.Typed.Values, clock.Day(clock.FromMicro(day)))
	typed := casework.Content{Sections: []casework.Section{{Rows: answerRows(rel.Def, answers, true)}}}
	if hidden, err := p.Protection.Protected(tx, o.Person); err != nil {
		return nil, err
	} else if hidden { // as in a case of theirs
		typed = typed.Sealed()
	}
	v.Mine = append(v.Mine, sideRows(page, typed.Sections[0].Rows)...)
	if o.Other == "" {
		return subjects, nil
	}
	c, err := p.Cases.Get(tx, o.Other)
	if fault.CodeOf(err) == fault.Missing {
		return subjects, nil
	}
	if err != nil {
		return nil, err
	}
	v.Other = c.Ref
	sees, err := p.Sees(tx, page.Actor, c)
	if err != nil {
		return nil, err
	}
	if !sees { // a case that is not theirs to read: only that it is there
		v.Theirs = []ui.SummaryRow{ui.Row(page.L.T("service.offline.received"), dayOf(page, c.ReceivedAt)),
			ui.Row(page.L.T("service.offline.stands"), caseView{Case: c}.tag(page))}
		return subjects, nil
	}
	content, err := p.Content(tx, page.Actor, c)
	if err != nil {
		return nil, err
	}
	name, err := p.Registers.NameOf(tx, c.Applicant)
	if err != nil {
		return nil, err
	}
	v.Theirs = []ui.SummaryRow{ui.Row(page.L.T("service.offline.person"), name), ui.Row(page.L.T("service.offline.received"), dayOf(page, c.ReceivedAt)),
		ui.Row(page.L.T("service.offline.stands"), caseView{Case: c}.tag(page))}
	for _, s := range content.Sections {
		v.Theirs = append(v.Theirs, sideRows(page, answered(s.Rows))...)
	}
	return append(subjects, c.Applicant), nil
}

// answered keeps what a person said; what registers hold is the same for both.
func answered(rows []casework.Row) []casework.Row {
	var out []casework.Row
	for _, r := range rows {
		if !r.Answer.Empty() {
			out = append(out, r)
		}
	}
	return out
}

func sideRows(page ui.Page, rows []casework.Row) []ui.SummaryRow {
	var out []ui.SummaryRow
	for _, r := range rows {
		out = append(out, ui.Row(page.L.Pick(r.Label), page.L.Pick(r.Answer)))
	}
	return out
}

// offlineSave settles an entry as the officer says.
func (p *Part) offlineSave(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	v := offlineView{How: r.PostForm.Get("how"), Reason: r.PostForm.Get("reason")}
	_, err := p.Resolve(r.Context(), web.ActorOf(r.Context()), r.PathValue("pack"), r.PathValue("key"), v.How, v.Reason)
	if e, ok := fault.As(err); ok && (e.Code == fault.Invalid || e.Code == fault.Conflict) {
		v.Problem = web.L(r.Context()).T(e.Key, e.Args...)
		return p.offlineRender(w, r, v, fault.Status(e.Code))
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/offline?done="+v.How)
}
