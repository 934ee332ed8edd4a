package service

import (
	"context"
	"net/http"
	"strings"
	"time"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
)

// OfferOut is a service that is open to the person, filled in.
type OfferOut struct {
	ID      string         `json:"id"`
	Service string         `json:"service"`
	Title   locale.Text    `json:"title"`
	Summary locale.Text    `json:"summary"`
	From    string         `json:"from" doc:"The case whose yes opened it"`
	Facts   map[string]any `json:"facts"`
	Missing []string       `json:"missing" doc:"Answers still needed to accept it"`
	At      string         `json:"at"`
	Until   string         `json:"until" doc:"The last day on which it can be accepted"`
}

type offersOut struct {
	Offers []OfferOut `json:"offers"`
}

func (p *Part) apiOffers(ctx context.Context, _ *none) (*body[offersOut], error) {
	a := web.ActorOf(ctx)
	out := offersOut{Offers: []OfferOut{}}
	err := p.DB.Read(ctx, func(tx *db.Tx) error {
		list, err := offers(tx, a.Person, p.now())
		if err != nil {
			return err
		}
		out.Offers = out.Offers[:0]
		for _, o := range list {
			rel, err := p.Current(o.Service)
			if err != nil {
				continue // retired since it was offered
			}
			held, err := p.Registers.Facts(tx, a.Person, rel.Def.Registers())
			if err != nil {
				return err
			}
			facts := values(onlyShown(rel.Def, held))
			res, err := rel.Def.Evaluate(definition.Input{Facts: facts, Today: p.today()})
			if err != nil {
				return err
			}
			missing := res.Missing
			if missing == nil {
				missing = []string{}
			}
			out.Offers = append(out.Offers, OfferOut{ID: o.ID, Service: o.Service, Title: rel.Def.Title, Summary: rel.Def.Summary,
				From: o.FromRef, Facts: facts, Missing: missing, At: clock.FromMicro(o.CreatedAt).Format(time.RFC3339), Until: o.lastDay()})
		}
		return nil
	})
	return ok(out), err
}

type acceptIn struct {
	ID   string `path:"id"`
	Body *struct {
		Answers   map[string]any `json:"answers,omitempty"`
		FactsSeen map[string]any `json:"facts_seen,omitempty" doc:"Facts of the offer as they were shown: where one is another now, the answer is 409 and says which"`
	} `required:"false"`
}

func (p *Part) apiAccept(ctx context.Context, in *acceptIn) (*applyOut, error) {
	answers, saw := map[string]any{}, Seen{}
	if in.Body != nil && in.Body.Answers != nil {
		answers = in.Body.Answers
	}
	if in.Body != nil {
		saw.Values = in.Body.FactsSeen
	}
	rec, err := p.Accept(ctx, in.ID, answers, saw)
	if err != nil {
		return nil, err
	}
	return &applyOut{Status: http.StatusCreated, Location: "/api/v1/cases/" + rec.Ref, Body: ApplicationOut{Ref: rec.Ref,
		State: string(rec.State), DueAt: rfc3339(rec.DueAt), Receipt: "/case/" + rec.Ref + "/receipt.tlog-proof?act=" + rec.Act,
		Ignored: rec.Ignored}}, nil
}

// Accept sends what was offered; accepting twice gets the same receipt.
func (p *Part) Accept(ctx context.Context, offerID string, answers map[string]any, saw Seen) (Receipt, error) {
	a := web.ActorOf(ctx)
	var o Offer
	err := p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if o, err = offerByID(tx, offerID); err == nil && o.Person != a.Person {
			err = fault.New(fault.Missing, "web.error.missing")
		}
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	if o.State == "accepted" {
		var rec Receipt
		err := p.DB.Read(ctx, func(tx *db.Tx) (err error) {
			rec, err = p.receipt(tx, o.Ref)
			return err
		})
		return rec, err
	}
	return p.Submit(ctx, Submission{By: a, Service: o.Service, Key: "offer:" + o.ID, Offer: o.ID, Answers: answers, Seen: saw, Screens: 1,
		Typed: int64(len(answers)), Began: clock.Micro(p.Clock.Now())})
}

type offerPath struct {
	ID string `path:"id"`
}

type offerStateOut struct {
	ID    string `json:"id"`
	State string `json:"state"`
}

// apiDismiss puts an offer aside; apiRestore brings it back until it ends.
func (p *Part) apiDismiss(ctx context.Context, in *offerPath) (*body[offerStateOut], error) {
	if err := p.Dismiss(ctx, web.ActorOf(ctx), in.ID, false); err != nil {
		return nil, err
	}
	return ok(offerStateOut{in.ID, offerDismissed}), nil
}

func (p *Part) apiRestore(ctx context.Context, in *offerPath) (*body[offerStateOut], error) {
	if err := p.Dismiss(ctx, web.ActorOf(ctx), in.ID, true); err != nil {
		return nil, err
	}
	return ok(offerStateOut{in.ID, offerOpen}), nil
}

// LookOut is one act of the state that concerns the person.
type LookOut struct {
	ID     string       `json:"id"`
	At     string       `json:"at"`
	Kind   string       `json:"kind"`
	Why    locale.Text  `json:"why"`
	Basis  string       `json:"basis"`
	Law    locale.Text  `json:"law"`
	Post   string       `json:"post"`
	Title  locale.Text  `json:"title"`
	Agency string       `json:"agency"`
	Case   string       `json:"case,omitempty"`
	Index  int64        `json:"index" doc:"In the public journal; -1 until it is there"`
	Proof  string       `json:"proof" doc:"Address of the proof"`
	Name   string       `json:"name,omitempty" doc:"Of somebody who acted for you"`
	For    *journal.For `json:"for,omitempty" doc:"By what right they acted for you"`

	at   time.Time
	whom string // of the reader's own act: for whom they did it
}

type looksIn struct {
	Before string `query:"before" doc:"id of the last one of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type looksOut struct {
	Looks []LookOut `json:"looks"`
	Next  string    `json:"next,omitempty"`
}

func (p *Part) apiLooks(ctx context.Context, in *looksIn) (*body[looksOut], error) {
	out, err := p.looks(ctx, web.ActorOf(ctx).Person, in.Before, in.Limit)
	return ok(out), err
}

func (p *Part) looks(ctx context.Context, person, before string, limit int) (looksOut, error) {
	out := looksOut{Looks: []LookOut{}}
	err := p.DB.Read(ctx, func(tx *db.Tx) error {
		list, err := p.Journal.ForSubject(tx, person, before, limit)
		if err != nil {
			return err
		}
		out.Looks, out.Next = out.Looks[:0], ""
		for _, e := range list {
			look := p.lookOut(e)
			if by := e.Record.By; by.Person == person && by.For.Person != "" && by.For.Person != person {
				look.whom, look.Law = by.For.Name, p.lawTitle(e.Record.Basis) // their own act
			}
			hides, err := p.Protection.HidesAny(tx, e.Record.Subjects, person)
			if err != nil {
				return err
			}
			if hides { // the office would tell where the other person is, and who helps them whom to ask
				if look.For != nil {
					look.Agency = ""
				}
				look.Post, look.Title, look.Case, look.Name, look.For, look.whom = "-", SomeOfficer, "", "", nil, ""
				look.Law = p.lawTitle(look.Basis)
			}
			out.Looks = append(out.Looks, look)
		}
		if len(list) == limit {
			out.Next = list[len(list)-1].Leaf
		}
		return nil
	})
	return out, err
}

// SomeOfficer stands for whoever acted where naming them would tell where a
// protected person is.
var SomeOfficer = locale.Text{MS: "Seorang pegawai", EN: "An officer"}

func (p *Part) lookOut(e journal.Entry) LookOut {
	r := e.Record
	out := LookOut{at: clock.FromMicro(r.At), ID: e.Leaf, At: clock.FromMicro(r.At).Format(time.RFC3339), Kind: r.Kind, Why: r.Why, Basis: r.Basis,
		Law: p.lawTitle(r.Basis), Post: r.By.Post, Title: r.By.Title, Agency: r.By.Agency, Case: r.Case, Index: e.Index,
		Proof: "/me/looks/" + e.Leaf + ".tlog-proof", Name: r.By.Name}
	if r.By.For.Person != "" {
		out.For = &r.By.For
	}
	if out.Case == myMatters { // a list of matters is no case
		out.Case = ""
	}
	if out.Law.Empty() {
		out.Law = askedBy(r)
	}
	return out
}

// askedBy is why somebody may act for a person where no law says it: the
// person asked for it.
func askedBy(r journal.Record) locale.Text {
	switch {
	case r.By.For.As == actor.Counter, strings.HasPrefix(r.Kind, "counter."):
		return locale.Text{MS: "Atas permintaan anda di kaunter", EN: "At your own request at a counter"}
	case r.By.For.As == actor.Guardian:
		return locale.Text{MS: "Sebagai ibu atau bapa, sehingga anda berumur 18 tahun", EN: "As your parent, until you are 18"}
	case r.By.For.As == actor.Director:
		return locale.Text{MS: "Sebagai pemilik syarikat menurut daftar", EN: "As who has the company by the register"}
	case r.By.For.As == actor.CompanyStaff:
		return locale.Text{MS: "Dengan kebenaran pemilik syarikat", EN: "As the company's owner allowed"}
	case r.By.For.As == actor.Court:
		return locale.Text{MS: "Dengan perintah mahkamah", EN: "By a court's order"}
	case r.By.For.Person != "":
		return locale.Text{MS: "Atas kuasa yang anda beri", EN: "Under the mandate that you gave"}
	}
	return locale.Text{}
}

type rateIn struct {
	CasePath
	Body struct {
		Level int64  `json:"level" minimum:"1" maximum:"5"`
		Text  string `json:"text,omitempty" maxLength:"2000"`
	}
}

type rateOut struct {
	Level int64  `json:"level"`
	Text  string `json:"text"`
}

func (p *Part) apiRate(ctx context.Context, in *rateIn) (*body[rateOut], error) {
	if err := p.Rate(ctx, id.NormalRef(in.Ref), in.Body.Level, in.Body.Text); err != nil {
		return nil, err
	}
	return ok(rateOut{in.Body.Level, in.Body.Text}), nil
}

// Rate keeps what the applicant thinks of the service; rating again replaces
// it. It is tied to the release that the case ran on.
func (p *Part) Rate(ctx context.Context, ref string, level int64, text string) error {
	return p.RateAs(ctx, web.ActorOf(ctx), ref, level, text)
}

// RateAs is Rate by a.
func (p *Part) RateAs(ctx context.Context, a actor.Actor, ref string, level int64, text string) error {
	if level < 1 || level > 5 {
		return fault.New(fault.Invalid, "service.error.rating").With(fault.Field{Location: "level", Key: "service.error.rating"})
	}
	text = plainText(text, 2000)
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		app, err := application(tx, ref)
		if err != nil {
			return err
		}
		if err := upsertRating(tx, ref, a.Person, app.Service, app.Number, level, text, clock.Micro(p.Clock.Now())); err != nil {
			return err
		}
		if _, err := p.Journal.Append(tx, journal.Record{Kind: "case.rated", By: journal.ByActor(a), Case: ref, Subjects: []string{a.Person},
			Why:  locale.Text{MS: "Anda memberi penilaian perkhidmatan", EN: "You rated the service"},
			Data: map[string]any{"level": level}}); err != nil {
			return err
		}
		return p.Outbox.Emit(tx, eventRated, caseRated{Ref: ref, Service: app.Service, Release: app.Number, Level: level, Text: text})
	})
}
