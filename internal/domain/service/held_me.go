package service

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// aboutMe stands where a service's name would: "this is wrong" about what the
// state holds, outside of any application.
const aboutMe = "me/held"

// about is the release that knows what the registers hold about a person
// themself, and no more: no questions, no rules.
func (p *Part) about() *Release {
	p.book.mu.RLock()
	defer p.book.mu.RUnlock()
	return &Release{Service: aboutMe, Def: definition.About(p.book.shared.Registers)}
}

// mine reads what the state holds about a person, with the disputes of it that
// its owners have not decided.
func (p *Part) mine(tx *db.Tx, person string) (Filling, error) {
	f := Filling{Release: p.about(), Draft: Draft{Person: person}}
	held, err := p.Registers.Facts(tx, person, f.Release.Def.Registers())
	if err != nil && fault.CodeOf(err) != fault.Missing { // an officer without an entry has none
		return f, err
	}
	f.Held, f.Result.Facts = onlyShown(f.Release.Def, held), f.Release.Def.Facts
	disputes, err := disputesOf(tx, person)
	if err != nil {
		return f, err
	}
	for _, d := range disputes {
		c, err := p.Cases.Get(tx, d.Ref)
		if err != nil {
			return f, err
		}
		if c.State.Open() {
			f.Draft.Disputed = append(f.Draft.Disputed, Dispute{Field: d.Field, Stated: d.Stated, Claimed: d.Claimed, Reason: d.Reason,
				Entry: d.Entry, Ref: d.Ref})
		}
	}
	return f, nil
}

func (p *Part) myFilling(ctx context.Context) (f Filling, err error) {
	err = p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		f, err = p.mine(tx, web.ActorOf(ctx).Person)
		return err
	})
	return f, err
}

func (p *Part) myHeldShow(w http.ResponseWriter, r *http.Request) error {
	f, err := p.myFilling(r.Context())
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("service.me.held"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/me"})
	kept, err := p.kept(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, myHeldPage(page, p.held(f), keptSections(kept), r.URL.Query().Get("sent") != ""))
}

func (p *Part) myWrongShow(w http.ResponseWriter, r *http.Request) error {
	f, err := p.myFilling(r.Context())
	if err != nil {
		return err
	}
	return p.wrongRender(w, r, f, wrongView{}, http.StatusOK)
}

func (p *Part) myWrongSave(w http.ResponseWriter, r *http.Request) error {
	f, err := p.myFilling(r.Context())
	if err != nil {
		return err
	}
	led, err := p.wrongPost(w, r, f)
	if err != nil || led {
		return err
	}
	return web.SeeOther(w, r, "/me/held?sent=1")
}

// kept is what agencies' own systems hold about the person.
func (p *Part) kept(ctx context.Context) (out []KeptFact, err error) {
	err = p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = p.Elsewhere.Held(tx, web.ActorOf(ctx).Person)
		return err
	})
	return out, err
}

// HeldOut is one value that the state holds about the person.
type HeldOut struct {
	Field    string      `json:"field"`
	Label    locale.Text `json:"label"`
	Value    any         `json:"value"`
	Register locale.Text `json:"register"`
	Agency   string      `json:"agency" doc:"Who keeps it and decides whether it is wrong"`
	AsOf     string      `json:"as_of"`
	Version  int         `json:"version"`
	Basis    string      `json:"basis" doc:"The law under which it is kept"`
	Law      locale.Text `json:"law"`
	Dispute  string      `json:"dispute,omitempty" doc:"The open case in which the person says that it is wrong"`
}

type heldList struct {
	Person string    `json:"person" doc:"The person's id here: what somebody with their mandate sends as for"`
	Held   []HeldOut `json:"held"`
}

func (p *Part) apiHeld(ctx context.Context, _ *none) (*body[heldList], error) {
	f, err := p.myFilling(ctx)
	out := heldList{Person: f.Draft.Person, Held: []HeldOut{}}
	for _, s := range p.held(f).Sections {
		for _, row := range s.Rows {
			one := HeldOut{Field: row.Spec.Field, Label: row.Spec.Label, Value: row.Fact.Value, Register: row.Fact.Register,
				Agency: row.Fact.Agency, Basis: row.Spec.Basis, Law: row.Basis, AsOf: *rfc3339(row.Fact.AsOf), Version: row.Fact.Version}
			if row.Dispute != nil {
				one.Dispute = row.Dispute.Ref
			}
			out.Held = append(out.Held, one)
		}
	}
	if err != nil {
		return nil, err
	}
	list, err := p.kept(ctx)
	for _, k := range list {
		out.Held = append(out.Held, keptHeld(k))
	}
	return ok(out), err
}

type disputeIn struct {
	Body struct {
		Field   string `json:"field"`
		Claimed string `json:"claimed" maxLength:"200"`
		Reason  string `json:"reason,omitempty" maxLength:"2000"`
		Sure    bool   `json:"sure,omitempty" doc:"The claimed postcode is right although it is on no list"`
	}
}

type disputeOut struct {
	Status int
	Body   struct {
		Ref string `json:"ref"`
	}
}

func (p *Part) apiDispute(ctx context.Context, in *disputeIn) (*disputeOut, error) {
	f, err := p.myFilling(ctx)
	if err != nil {
		return nil, err
	}
	spec, _ := f.Release.Def.Fact(in.Body.Field)
	if err := unlisted(spec, plainText(in.Body.Claimed, 200), in.Body.Sure, p.today()); err != nil {
		return nil, err
	}
	f, err = p.Dispute(ctx, web.ActorOf(ctx), f, in.Body.Field, plainText(in.Body.Claimed, 200), plainText(in.Body.Reason, 2000))
	if err != nil {
		return nil, err
	}
	out := &disputeOut{Status: http.StatusCreated}
	out.Body.Ref = f.Draft.Disputed[len(f.Draft.Disputed)-1].Ref
	return out, nil
}

// disputeTx opens the owner's case about one value.
func (p *Part) disputeTx(tx *db.Tx, a actor.Actor, f Filling, spec definition.Fact, d Dispute) error {
	unit, err := p.Directory.UnitFor(tx, spec.Owner, "")
	if err != nil {
		return err
	}
	if open, err := p.mine(tx, a.Subject()); err != nil {
		return err
	} else if slices.Contains(Submission{Disputed: open.Draft.Disputed}.disputedFields(), d.Field) {
		return fault.New(fault.Conflict, "service.error.disputed")
	}
	if err := insertDispute(tx, disputeRow{Ref: d.Ref, Person: a.Subject(), Field: d.Field, Label: spec.Label, Entry: d.Entry,
		Stated: d.Stated, Claimed: d.Claimed, Reason: d.Reason, About: f.Draft.ID, At: p.now()}); err != nil {
		return err
	}
	_, err = p.Cases.OpenTx(tx, casework.Opening{Ref: d.Ref, Kind: disputeKind, Release: f.Release.Name(),
		Title:     locale.Text{MS: "Pembetulan maklumat dalam daftar", EN: "Correction of a register"},
		Applicant: a.Subject(), By: a, Agency: spec.Owner, Unit: unit.ID, Calendar: unit.State, Basis: spec.Basis,
		Plan: []casework.Step{{Name: casework.Decide, Role: spec.Owner + "/records-officer", WithinDays: disputeDays, OtherBranch: true}},
		Data: map[string]any{"field": d.Field, "stated": d.Stated, "claimed": d.Claimed, "reason": d.Reason}})
	return err
}

// disputed is the definition by which a dispute's value is read.
func (p *Part) disputed(release string) (*definition.Service, error) {
	service, _, _ := strings.Cut(release, "@")
	if service == aboutMe {
		return p.about().Def, nil
	}
	rel, err := p.At(service, releaseNumber(release))
	if err != nil {
		return nil, err
	}
	return rel.Def, nil
}
