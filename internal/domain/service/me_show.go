package service

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// meShow is the person's own hall: what waits, what is offered, cases, drafts,
// documents and messages. An officer has a desk instead.
func (p *Part) meShow(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	page := ui.NewPage(r, web.L(r.Context()).T("service.me.title"))
	if a.Acting() {
		page.Title = page.L.T("service.me.for")
		if _, company := actor.CompanyNumber(a.Subject()); company {
			page.Title = page.L.T("service.me.for.company")
		}
		if err := p.lookMe(r.Context(), a); err != nil {
			return err
		}
	}
	var v meView
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v = meView{}
		if v.Items, err = p.waiting(tx, page.L, a.Subject(), a.For); err != nil {
			return err
		}
		_, company := actor.CompanyNumber(a.Subject())
		if !a.Acting() || company { // what a person owes is theirs
			if err = p.billed(tx, page.L, a.Subject(), &v); err != nil {
				return err
			}
		}
		if err = p.myCases(tx, page, a, &v); err != nil {
			return err
		}
		if err = p.keptCases(tx, page, a, &v); err != nil {
			return err
		}
		if v.Whom, v.Asked, err = p.whom(tx, a); err != nil {
			return err
		}
		drafts, err := openDrafts(tx, a.Subject())
		if err != nil {
			return err
		}
		for _, d := range drafts {
			if !a.For.Covers(d.Service) {
				continue
			}
			rel, err := p.At(d.Service, d.Number)
			if err != nil {
				return err
			}
			until := page.L.T("service.me.draft.until", "day", dayOf(page, d.ExpiresAt))
			if current, err := p.Current(d.Service); err == nil && current.Number > d.Number {
				until += ". " + page.L.T("service.me.draft.older")
			}
			v.Drafts = append(v.Drafts, draftLine{"/service/" + d.Service + "/apply", page.L.Pick(rel.Def.Title), until, d.TypedBy})
		}
		if a.Acting() { // their messages are theirs
			return nil
		}
		inbox, err := p.Notify.Inbox(tx, a.Person, 20)
		for _, m := range inbox {
			v.Messages = append(v.Messages, messageLine{Href: "/me/messages/" + m.ID, Subject: m.Subject(page.L),
				When: page.L.DateTime(clock.FromMicro(m.At)), Unread: m.ReadAt == 0})
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, mePage(page, v))
}

// billed tells a person that they have bills to pay.
func (p *Part) billed(tx *db.Tx, l locale.Printer, person string, v *meView) error {
	if p.Bills == nil {
		return nil
	}
	n, sen, err := p.Bills.OwedBy(tx, person)
	if err == nil && n > 0 {
		v.Items = append(v.Items, ui.NoticeProps{Tag: l.T("service.me.bills.tag"), Title: l.T("service.me.bills"),
			Text: l.T("service.me.bills.owed", "n", n, "amount", l.Ringgit(sen)), Href: "/me/bills", Tone: "gold"})
	}
	return err
}

func (p *Part) myCases(tx *db.Tx, page ui.Page, a actor.Actor, v *meView) error {
	cases, err := p.Cases.Queue(tx, casework.Filter{Applicant: a.Subject(), Newest: true, Limit: 50})
	if err != nil {
		return err
	}
	for _, c := range cases {
		if !a.For.Covers(c.Kind) {
			continue
		}
		cv := caseView{Case: c}
		v.Cases = append(v.Cases, caseLine{Ref: c.Ref, Title: page.L.Pick(c.Title), When: dayOf(page, c.ReceivedAt),
			State: cv.tag(page), Class: cv.tagClass(), at: c.ReceivedAt})
		paper, has, err := p.Certificates.OfCase(tx, c.Ref)
		if err != nil {
			return err
		}
		if has && paper.Ready && paper.State == "issued" {
			v.Papers = append(v.Papers, paperLine{Title: page.L.Pick(paper.Title), Href: paper.HTML, PDF: paper.PDF, State: cv.tag(page)})
		}
	}
	return nil
}

// owed are the fees that a person's cases wait for, the one that lapses first
// before the others.
func (p *Part) owed(tx *db.Tx, l locale.Printer, person string, f actor.For) ([]ui.NoticeProps, error) {
	var out []ui.NoticeProps
	cases, err := p.Cases.Queue(tx, casework.Filter{Applicant: person, Unpaid: true, Newest: true,
		States: []casework.State{casework.Received, casework.Checking, casework.Waiting, casework.Deciding}, Limit: 10})
	slices.SortStableFunc(cases, func(a, b casework.Case) int { return cmp.Compare(uint64(a.PayBy-1), uint64(b.PayBy-1)) })
	for _, c := range cases {
		if c.Owes() == 0 || !f.Covers(c.Kind) {
			continue
		}
		text := l.T("service.me.fee", "fee", l.Ringgit(c.Owes()))
		if c.PayBy > 0 {
			text = l.T("service.me.fee.by", "fee", l.Ringgit(c.Owes()), "day", l.Day(lastPayDay(c)))
		}
		out = append(out, ui.NoticeProps{Tag: l.T("service.case.awaits"), Title: l.Pick(c.Title), Text: text, Href: feePath(c), Tone: "gold"})
	}
	return out, err
}

// waiting lists what the person may want to do now: answers that an office
// waits for, fees, and services that are open to them.
func (p *Part) waiting(tx *db.Tx, l locale.Printer, person string, f actor.For) ([]ui.NoticeProps, error) {
	var out []ui.NoticeProps
	cases, err := p.Cases.Queue(tx, casework.Filter{Applicant: person, States: []casework.State{casework.Waiting}, Limit: 10})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(cases, func(a, b casework.Case) int { return cmp.Compare(a.AnswerDueAt, b.AnswerDueAt) })
	for _, c := range cases {
		if !f.Covers(c.Kind) {
			continue
		}
		out = append(out, ui.NoticeProps{Tag: l.T("service.me.answer"), Title: l.Pick(c.Title), Text: l.T("casework.help.waiting"),
			Href: "/case/" + c.Ref + "#question", Tone: "gold"})
	}
	owed, err := p.owed(tx, l, person, f)
	if err != nil {
		return nil, err
	}
	out = append(out, owed...)
	kept, err := p.keptQuestions(tx, l, person, f)
	if err != nil {
		return nil, err
	}
	out = append(out, kept...)
	if f.Person != "" { // an offer is the person's own to take
		return out, nil
	}
	list, err := offers(tx, person, p.now())
	if err != nil {
		return nil, err
	}
	for _, o := range list {
		if rel, err := p.Current(o.Service); err == nil {
			out = append(out, ui.NoticeProps{Tag: l.T("service.me.eligible"), Title: l.Pick(rel.Def.Title),
				Text: l.T(offerSays(len(rel.Def.Form.Pages) == 0)) + " " + l.T("service.offer.until", "day", l.Date(clock.FromMicro(o.UntilAt-1))), Href: "/offer/" + o.ID, Tone: "leaf"})
		}
	}
	return out, nil
}

// Item is something that concerns a person now, for the front of the hall.
type Item struct {
	Tag, Title, Text locale.Text
	Href, Tone       string
}

// ForYou is what waits for a person, in both languages.
func (p *Part) ForYou(ctx context.Context, person string, texts *locale.Catalog) ([]Item, error) {
	var ms, en []ui.NoticeProps
	err := p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if ms, err = p.waiting(tx, texts.For(locale.Malay), person, actor.For{}); err != nil {
			return err
		}
		en, err = p.waiting(tx, texts.For(locale.English), person, actor.For{})
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]Item, len(ms))
	for i := range ms {
		out[i] = Item{Tag: locale.Text{MS: ms[i].Tag, EN: en[i].Tag}, Title: locale.Text{MS: ms[i].Title, EN: en[i].Title},
			Text: locale.Text{MS: ms[i].Text, EN: en[i].Text}, Href: ms[i].Href, Tone: ms[i].Tone}
	}
	return out, nil
}

func (p *Part) looksShow(w http.ResponseWriter, r *http.Request) error {
	page := ui.NewPage(r, web.L(r.Context()).T("service.me.looks"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/me"})
	list, err := p.looks(r.Context(), web.ActorOf(r.Context()).Person, r.URL.Query().Get("before"), 50)
	if err != nil {
		return err
	}
	v := looksView{Next: list.Next}
	err = p.DB.Read(r.Context(), func(tx *db.Tx) error {
		v.Rows = v.Rows[:0]
		for _, l := range list.Looks {
			v.Rows = append(v.Rows, p.lookRow(tx, page, l))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, looksPage(page, v))
}

func (p *Part) lookRow(tx *db.Tx, page ui.Page, l LookOut) lookRow {
	row := lookRow{When: page.L.DateTime(l.at), Exact: l.At, Why: page.L.Pick(l.Why), Basis: page.L.Pick(l.Law), Case: l.Case,
		Proof: l.Proof, Entry: page.L.T("service.me.looks.soon")}
	if l.Index >= 0 {
		row.Entry = page.L.T("service.me.looks.entry", "index", l.Index)
	}
	switch {
	case l.whom != "":
		row.Who = page.L.T("service.me.looks.whom", "name", l.whom)
	case l.For != nil:
		ag, err := p.Directory.Agency(tx, l.Agency)
		if err != nil {
			ag.Name = locale.Text{}
		}
		row.Who = actedBy(page, journal.By{Name: l.Name, Post: l.Post, Title: l.Title, For: *l.For}, ag.Name)
	case l.Post == "":
		row.Who = page.L.T("service.case.by.you")
	default:
		row.Who = page.L.Pick(l.Title)
		if l.Name != "" { // who served at a counter says who they are
			row.Who = l.Name + ", " + row.Who
		}
		if ag, err := p.Directory.Agency(tx, l.Agency); err == nil {
			row.Who += ", " + page.L.Pick(ag.Name)
		}
	}
	return row
}

// lookProof is the proof that an act which concerns the person is in the
// public journal.
func (p *Part) lookProof(w http.ResponseWriter, r *http.Request) error {
	leaf, a := r.PathValue("leaf"), web.ActorOf(r.Context())
	if len(leaf) < 12 || leaf[len(leaf)-11:] != ".tlog-proof" {
		return fault.New(fault.Missing, "web.error.missing")
	}
	leaf = leaf[:len(leaf)-11]
	err := p.DB.Read(r.Context(), func(tx *db.Tx) error {
		e, err := p.Journal.Entry(tx, leaf)
		if err == nil && !slices.Contains(e.Record.Subjects, a.Person) {
			err = fault.New(fault.Missing, "web.error.missing")
		}
		return err
	})
	if err != nil {
		return err
	}
	return p.proof(w, r, leaf)
}

func (p *Part) messageShow(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	page := ui.NewPage(r, web.L(r.Context()).T("service.me.messages"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/me#messages"})
	var found notify.Item
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		found, err = p.Notify.Item(tx, a.Person, r.PathValue("id"))
		return err
	})
	if err == nil && found.ReadAt == 0 {
		err = p.DB.Write(r.Context(), func(tx *db.Tx) error { return p.Notify.ReadTx(tx, a.Person, found.ID) })
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, messagePage(page, messageView{Subject: found.Subject(page.L), Body: found.Body(page.L),
		When: page.L.DateTime(clock.FromMicro(found.At)), Case: found.Case, Pay: found.PayPath()}))
}
