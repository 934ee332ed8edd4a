package service

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// caseShow is the case's page for its applicant; an officer is led to the
// desk, where the case is on one screen.
func (p *Part) caseShow(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	ref := id.NormalRef(r.PathValue("ref"))
	if a.AtWork() {
		return web.SeeOther(w, r, "/desk/"+ref)
	}
	if lead, err := p.toCompany(r.Context(), a, ref); err != nil || lead {
		if err != nil {
			return err
		}
		return web.SeeOther(w, r, "/acting?next=/case/"+ref)
	}
	if err := p.Look(r.Context(), a, ref); err != nil {
		return err
	}
	return p.caseRender(w, r, ref, replyForm{}, http.StatusOK)
}

func (p *Part) caseRender(w http.ResponseWriter, r *http.Request, ref string, reply replyForm, status int) error {
	a := web.ActorOf(r.Context())
	v := caseView{Reply: reply, Sent: r.URL.Query().Get("sent") != "", Done: r.URL.Query().Get("done") != ""}
	var acts []casework.Act
	names := map[string]locale.Text{}
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if acts, err = p.readCase(tx, a, ref, &v); err != nil {
			return err
		}
		for _, act := range acts {
			if ag, err := p.Directory.Agency(tx, act.By.Agency); err == nil {
				names[act.By.Agency] = ag.Name
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).Pick(v.Case.Title))
	page.Before = ui.Breadcrumbs(ui.BreadcrumbsProps{CollapseOnMobile: true, Items: []ui.Crumb{
		{Text: page.L.T("service.home"), Href: "/"}, {Text: page.L.T("service.me.title"), Href: "/me"}}})
	v.Timeline = timeline(page, v.Case, acts, func(id string) locale.Text { return names[id] })
	for _, act := range acts {
		if reasons := page.L.Pick(casework.Reasons(act)); reasons != "" && act.Data["automatic"] != true {
			v.Reasons = reasons
		}
		if act.Kind == casework.Message {
			text, _ := act.Data["text"].(string)
			v.Speech = append(v.Speech, ui.SpeechProps{Who: by(page, v.Case, act, func(id string) locale.Text { return names[id] }),
				When: page.L.DateTime(clock.FromMicro(act.At)), Text: text, Mine: act.By.Person == a.Person || act.By.For.Person != ""})
		}
	}
	for _, rule := range v.Content.Trace {
		row := ui.TraceRow{Text: page.L.Pick(rule.Text), Else: page.L.Pick(rule.Because), Held: ui.No, Rule: rule.Rule, Step: rule.Step}
		if rule.Held {
			row.Held = ui.Yes
		}
		v.Trace = append(v.Trace, row)
	}
	v.Trace = appliedFirst(v.Trace)
	if v.Clock != nil {
		p.drawClock(page, v.Clock, v.Case)
	}
	if reply.Error != "" {
		page.Error = true
		v.Problems = []ui.Problem{{Href: "#text", Text: reply.Error}}
	}
	return web.Render(w, r, status, casePage(page, v))
}

// readCase gathers what the page shows in one snapshot.
func (p *Part) readCase(tx *db.Tx, a actor.Actor, ref string, v *caseView) (acts []casework.Act, err error) {
	if v.Case, err = p.Cases.Get(tx, ref); err != nil {
		return nil, err
	}
	if acts, err = p.Cases.Acts(tx, ref); err != nil {
		return nil, err
	}
	if v.Allowed, err = p.Cases.Allowed(tx, a, v.Case); err != nil {
		return nil, err
	}
	if v.Grant, err = p.grantBox(tx, a, v.Case); err != nil {
		return nil, err
	}
	if a.Acting() { // their own words and facts, but in front of somebody else
		v.Content, err = p.Content(tx, a, v.Case)
	} else {
		v.Content, err = p.content(tx, v.Case, false)
	}
	if err != nil {
		return nil, err
	}
	if v.Rating, v.RatingText, err = ratingOf(tx, ref); err != nil {
		return nil, err
	}
	if v.Case.Kind != disputeKind && v.Case.Parent == "" {
		app, err := application(tx, ref)
		if err != nil {
			return nil, err
		}
		v.Told = app.Told
		if v.Pays, err = p.pays(app, v.Case); err != nil {
			return nil, err
		}
	}
	if agency, err := p.Directory.Agency(tx, v.Case.Agency); err == nil {
		v.Agency, v.Office = agency.Name, agency.Name
	}
	if unit, err := p.Directory.Unit(tx, v.Case.Unit); err == nil {
		v.Office = unit.Name
	}
	if p.Cashier != nil && v.Case.Owes() > 0 && v.Case.Applicant == a.Subject() {
		if v.Online, err = p.Cashier.Takes(tx, v.Case.Agency); err != nil {
			return nil, err
		}
	}
	paper, has, err := p.Certificates.OfCase(tx, ref)
	if err != nil {
		return nil, err
	}
	if has {
		v.Paper = &paper
	}
	if v.Case.State == casework.Waiting {
		for _, act := range acts {
			if act.Kind == casework.Ask {
				v.Question = casework.TextOf(act, "question")
				v.AnswerBy = v.Case.AnswerDueAt
			}
		}
		if v.Reply.Files, err = p.replyFiles(tx, v.Case); err != nil {
			return nil, err
		}
	}
	return acts, p.readClock(tx, v, acts)
}

// pays is the money of a yes that stands.
func (p *Part) pays(app Application, c casework.Case) (*definition.Payment, error) {
	if c.Outcome != casework.OutcomeApproved {
		return nil, nil
	}
	rel, err := p.At(app.Service, app.Number)
	if err != nil {
		return nil, err
	}
	out, ok, err := rel.Def.Payment(app.input())
	if err != nil || !ok {
		return nil, err
	}
	return &out, nil
}

// replyFiles are the papers that an answer may carry: those that the service
// knows.
func (p *Part) replyFiles(tx *db.Tx, c casework.Case) ([]casework.Evidence, error) {
	if c.Kind == disputeKind {
		return nil, nil
	}
	app, err := application(tx, root(c))
	if err != nil {
		return nil, err
	}
	rel, err := p.At(app.Service, app.Number)
	if err != nil {
		return nil, err
	}
	var out []casework.Evidence
	for _, e := range rel.Def.Evidence {
		out = append(out, casework.Evidence{ID: e.ID, Label: e.Title})
	}
	return out, nil
}

// readClock reads the deadline of a case that officers work on.
func (p *Part) readClock(tx *db.Tx, v *caseView, acts []casework.Act) error {
	if v.Case.Automatic || v.Case.BudgetDays == 0 {
		return nil
	}
	d, err := p.Cases.Deadline(tx, v.Case)
	if err != nil {
		return err
	}
	now := clock.FromMicro(p.Cases.AsOf(v.Case))
	due, _ := d.Due()
	v.Clock = &ui.DeadlineProps{Budget: d.Budget, Used: d.Used(now), Due: due, Was: casework.MovedFrom(acts, due), Paused: d.Paused() && v.Case.State.Open(),
		Paying: v.Case.AwaitsFee(), Over: !v.Case.State.Open(), How: "/deadline"}
	for _, m := range d.Days(now) {
		v.Clock.Days = append(v.Clock.Days, ui.Day{Day: m.Day, Kind: string(m.Kind), Name: m.Name.MS + "\x00" + m.Name.EN,
			Estimated: m.Estimated, N: m.N, Due: m.Due, Today: m.Today})
	}
	return nil
}

// drawClock puts the names of holidays and of the state into the page's
// language.
func (p *Part) drawClock(page ui.Page, c *ui.DeadlineProps, of casework.Case) {
	for i := range c.Days {
		ms, en, _ := strings.Cut(c.Days[i].Name, "\x00")
		c.Days[i].Name = page.L.Pick(locale.Text{MS: ms, EN: en})
	}
	if place, ok := directory.PlaceOf(of.Calendar); ok {
		c.Calendar = page.L.Pick(place.Name)
	}
}

// actShow asks for the words of an act before it is done.
func (p *Part) actShow(kind string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return p.actRender(w, r, kind, "", "", http.StatusOK)
	}
}

func (p *Part) actRender(w http.ResponseWriter, r *http.Request, kind, text, problem string, status int) error {
	c, err := p.caseOf(r.Context(), id.NormalRef(r.PathValue("ref")))
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("service.act."+kind+".title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/case/" + c.Ref})
	page.Error = problem != ""
	return web.Render(w, r, status, actPage(page, actView{Case: c, Act: kind, Text: text, Error: problem}))
}

func (p *Part) caseOf(ctx context.Context, ref string) (c casework.Case, err error) {
	err = p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		c, err = p.Cases.Get(tx, ref)
		return err
	})
	return c, err
}

// words names the datum of each act that the applicant writes.
var words = map[string]string{casework.Withdraw: "reason", casework.Appeal: "grounds", casework.Message: "text"}

// actSave does the act; what was typed stays on the page where it cannot be
// done.
func (p *Part) actSave(kind string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := r.ParseForm(); err != nil {
			return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
		}
		text := clip(r.PostForm.Get("text"), 4000)
		if text == "" && kind != casework.Withdraw {
			return p.actRender(w, r, kind, text, web.L(r.Context()).T("service.act.empty"), http.StatusUnprocessableEntity)
		}
		version, _ := strconv.Atoi(r.PostForm.Get("version"))
		ref := id.NormalRef(r.PathValue("ref"))
		c, err := p.Act(r.Context(), web.ActorOf(r.Context()), ref, kind, version, map[string]any{words[kind]: text})
		if e, ok := fault.As(err); ok && (e.Code == fault.Conflict || e.Code == fault.Invalid) {
			return p.actRender(w, r, kind, text, web.L(r.Context()).T(e.Key, e.Args...), fault.Status(e.Code))
		}
		if err != nil {
			return err
		}
		if kind == casework.Appeal {
			ref = c.Appeal
		}
		return web.SeeOther(w, r, "/case/"+ref+"?done=1")
	}
}

func (p *Part) replySave(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	ref := id.NormalRef(r.PathValue("ref"))
	text := clip(r.PostForm.Get("text"), 4000)
	version, _ := strconv.Atoi(r.PostForm.Get("version"))
	files := map[string][]UploadFile{}
	if r.MultipartForm != nil {
		for name := range r.MultipartForm.File {
			ups, err := uploads(r, name)
			if err != nil {
				return err
			}
			if len(ups) > 0 {
				files[name] = ups
			}
		}
	}
	if text == "" && len(files) == 0 {
		return p.caseRender(w, r, ref, replyForm{Error: web.L(r.Context()).T("service.act.empty")}, http.StatusUnprocessableEntity)
	}
	data, err := p.replyData(r.Context(), ref, text, nil, files)
	if err == nil {
		_, err = p.Act(r.Context(), web.ActorOf(r.Context()), ref, casework.Reply, version, data)
	}
	if e, ok := fault.As(err); ok && (e.Code == fault.Conflict || e.Code == fault.Invalid) {
		l := web.L(r.Context())
		problem := l.T(e.Key, e.Args...)
		for _, f := range e.Fields {
			problem += " " + l.T(f.Key, f.Args...)
		}
		return p.caseRender(w, r, ref, replyForm{Text: text, Error: problem}, fault.Status(e.Code))
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/case/"+ref+"?done=1")
}

func (p *Part) rateShow(w http.ResponseWriter, r *http.Request) error {
	return p.rateRender(w, r, rateView{}, http.StatusOK)
}

func (p *Part) rateRender(w http.ResponseWriter, r *http.Request, v rateView, status int) error {
	var err error
	if v.Case, err = p.caseOf(r.Context(), id.NormalRef(r.PathValue("ref"))); err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("service.act.rate"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/case/" + v.Case.Ref})
	page.Error = v.Error != ""
	return web.Render(w, r, status, ratePage(page, v))
}

func (p *Part) rateSave(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	level, _ := strconv.ParseInt(r.PostForm.Get("level"), 10, 64)
	text := clip(r.PostForm.Get("text"), 2000)
	ref := id.NormalRef(r.PathValue("ref"))
	err := p.Rate(r.Context(), ref, level, text)
	if e, ok := fault.As(err); ok && e.Code == fault.Invalid {
		return p.rateRender(w, r, rateView{Level: r.PostForm.Get("level"), Text: text, Error: web.L(r.Context()).T(e.Key)}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/case/"+ref+"?done=1")
}
