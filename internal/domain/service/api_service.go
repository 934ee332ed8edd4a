package service

import (
	"context"
	"net/http"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
)

type none struct{}

type body[T any] struct{ Body T }

func ok[T any](v T) *body[T] { return &body[T]{Body: v} }

// ServicePath names a service in an address.
type ServicePath struct {
	Agency  string `path:"agency" example:"jpn"`
	Service string `path:"service" example:"birth-registration"`
}

func (s ServicePath) id() string { return s.Agency + "/" + s.Service }

// ServiceOut is a service in a list.
type ServiceOut struct {
	ID         string      `json:"id"`
	Agency     string      `json:"agency"`
	Service    string      `json:"service"`
	Title      locale.Text `json:"title"`
	Summary    locale.Text `json:"summary"`
	Phase      string      `json:"phase" doc:"listed where it is not online here"`
	Channel    string      `json:"channel" doc:"agency where it is not online here"`
	LifeEvents []string    `json:"life_events"`
	Release    int64       `json:"release"`
	URL        string      `json:"url"`
}

func outOf(r *Release) ServiceOut {
	d := r.Def
	return ServiceOut{ID: d.ID, Agency: d.Agency, Service: d.Slug, Title: d.Title, Summary: d.Summary, Phase: d.Phase,
		Channel: d.Channel, LifeEvents: d.LifeEvents, Release: r.Number, URL: "/service/" + d.ID}
}

// ExampleOut is a sample case of the service's definition.
type ExampleOut struct {
	Name          string                       `json:"name"`
	Person        *string                      `json:"person" doc:"A persona of the demo who can really send it, or null"`
	Answers       map[string]any               `json:"answers"`
	FactsAccepted []string                     `json:"facts_accepted"`
	Files         map[string][]definition.File `json:"files"`
	Facts         map[string]any               `json:"facts" doc:"The register values assumed"`
	Expect        ExpectOut                    `json:"expect"`
}

// ExpectOut is what the example comes to with no person acting.
type ExpectOut struct {
	Verdict string   `json:"verdict"`
	Route   []string `json:"route"`
	State   *string  `json:"state" doc:"null where it cannot be sent"`
}

// ServiceDetail is all that a program needs to use a service.
type ServiceDetail struct {
	ServiceOut
	Law           locale.Text           `json:"law"`
	Fee           locale.Text           `json:"fee"`
	Charter       locale.Text           `json:"charter"`
	Facts         []FactOut             `json:"facts"`
	Evidence      []definition.Evidence `json:"evidence"`
	AnswersSchema map[string]any        `json:"answers_schema"`
	Examples      []ExampleOut          `json:"examples"`
}

// FactOut is a fact that the service reads, with its legal basis.
type FactOut struct {
	Field    string      `json:"field"`
	Label    locale.Text `json:"label"`
	From     string      `json:"from"`
	Basis    string      `json:"basis"`
	Register locale.Text `json:"register"`
	Material bool        `json:"material"`
}

func (p *Part) apiService(_ context.Context, in *ServicePath) (*body[ServiceDetail], error) {
	r, err := p.Current(in.id())
	if err != nil {
		return nil, err
	}
	out := ServiceDetail{ServiceOut: outOf(r), Law: p.lawTitle(r.Def.Law), Fee: r.Def.CostText(), Charter: r.Def.Charter.Promise,
		Evidence: r.Def.Evidence, AnswersSchema: r.Def.AnswersSchema(), Facts: []FactOut{}, Examples: []ExampleOut{}}
	if out.Evidence == nil {
		out.Evidence = []definition.Evidence{}
	}
	for _, f := range r.Def.Facts {
		out.Facts = append(out.Facts, FactOut{f.Field, f.Label, f.From, f.Basis, f.Register, f.Material})
	}
	for _, c := range r.Def.Examples(p.today()) {
		e := ExampleOut{Name: c.Name, Answers: c.Answers, FactsAccepted: c.FactsAccepted, Files: c.Files, Facts: c.Facts,
			Expect: ExpectOut{Verdict: c.Expect.Verdict, Route: c.Expect.Route}}
		if c.Expect.State != definition.StateNone {
			e.Expect.State = &c.Expect.State
		}
		if c.Person != "" {
			e.Person = &c.Person
		}
		if e.FactsAccepted == nil {
			e.FactsAccepted = []string{}
		}
		if e.Files == nil {
			e.Files = map[string][]definition.File{}
		}
		out.Examples = append(out.Examples, e)
	}
	return ok(out), nil
}

type eligibilityIn struct {
	ServicePath
	Body struct {
		Answers  map[string]any `json:"answers,omitempty"`
		Facts    map[string]any `json:"facts,omitempty" doc:"Register values by dotted name; a signed-in person's own are read where it is left out"`
		Disputed []string       `json:"disputed,omitempty"`
	}
}

// EligibilityOut is a verdict with the rules that led to it.
type EligibilityOut struct {
	Verdict  string                `json:"verdict"`
	Eligible bool                  `json:"eligible"`
	Because  locale.Text           `json:"because"`
	Variant  string                `json:"variant"`
	FeeCents int64                 `json:"fee_cents"`
	FeeSays  locale.Text           `json:"fee_says" doc:"Why this much, or why it is waived"`
	Trace    []definition.TraceRow `json:"trace"`
	Missing  []string              `json:"missing"`
}

func (p *Part) apiEligibility(ctx context.Context, in *eligibilityIn) (*body[EligibilityOut], error) {
	r, err := p.Current(in.id())
	if err != nil {
		return nil, err
	}
	facts := in.Body.Facts
	if a := web.ActorOf(ctx); facts == nil && a.SignedIn() && !a.Officer() && !a.Acting() {
		err := p.DB.Read(ctx, func(tx *db.Tx) error {
			held, err := p.Registers.Facts(tx, a.Person, r.Def.Registers())
			facts = values(onlyShown(r.Def, held))
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	res, err := r.Def.Eligibility(definition.Input{Answers: in.Body.Answers, Facts: facts, Disputed: in.Body.Disputed, Today: p.today()})
	if err != nil {
		return nil, err
	}
	out := EligibilityOut{Verdict: res.Verdict, Eligible: res.Eligible, Because: res.Because, Variant: res.Variant,
		FeeCents: res.FeeCents, FeeSays: res.FeeSays, Trace: res.Trace, Missing: res.Missing}
	if out.Trace == nil {
		out.Trace = []definition.TraceRow{}
	}
	if out.Missing == nil {
		out.Missing = []string{}
	}
	return ok(out), nil
}

type applyIn struct {
	ServicePath
	Key  string `header:"Idempotency-Key" maxLength:"200" doc:"One key makes one case"`
	Body struct {
		Answers       map[string]any          `json:"answers"`
		For           string                  `json:"for,omitempty" maxLength:"100" doc:"Who is applied for. A counter officer gives the number of the person's identity card or passport, or their id; it counts and is recorded as a look-up at the counter. Under a mandate: the id of who gave it. For a business that one has: ssm: and its registration number"`
		FactsAccepted []string                `json:"facts_accepted,omitempty" doc:"Held facts that the person confirms; their values are always read again"`
		FactsSeen     map[string]any          `json:"facts_seen,omitempty" doc:"Held values as they were shown to the person: where one is another now, the answer is 409 and says which"`
		Files         map[string][]UploadFile `json:"files,omitempty"`
	}
}

// UploadFile is a file as JSON carries it.
type UploadFile struct {
	Name   string `json:"name" maxLength:"200"`
	Type   string `json:"type,omitempty"`
	Base64 []byte `json:"base64"`
}

// ApplicationOut is the receipt of an application.
type ApplicationOut struct {
	Ref     string   `json:"ref"`
	State   string   `json:"state"`
	DueAt   *string  `json:"due_at" doc:"RFC 3339, UTC; null where nobody has to act"`
	Receipt string   `json:"receipt" doc:"Address of the proof in the public journal"`
	Ignored []string `json:"ignored" doc:"Names sent that do not count"`
}

type applyOut struct {
	Status   int
	Location string `header:"Location"`
	Body     ApplicationOut
}

func (p *Part) apiApply(ctx context.Context, in *applyIn) (*applyOut, error) {
	if in.Key == "" {
		return nil, fault.New(fault.Invalid, "service.error.key_missing").
			With(fault.Field{Location: "header.Idempotency-Key", Key: "service.error.required"})
	}
	r, err := p.Current(in.id())
	if err != nil {
		return nil, err
	}
	by, err := p.sender(ctx, in.Body.For, in.id())
	if err != nil {
		return nil, err
	}
	files, err := p.store(ctx, r.Def, in.Body.Files)
	if err != nil {
		return nil, err
	}
	accepted := in.Body.FactsAccepted
	if accepted == nil {
		accepted = []string{}
	}
	if in.Body.Answers == nil {
		in.Body.Answers = map[string]any{}
	}
	rec, err := p.Submit(ctx, Submission{By: by, Service: in.id(), Key: "api:" + in.Key, Answers: in.Body.Answers,
		Accepted: accepted, Seen: Seen{Values: in.Body.FactsSeen}, Files: files})
	if err != nil {
		return nil, err
	}
	return &applyOut{Status: http.StatusCreated, Location: "/api/v1/cases/" + rec.Ref, Body: ApplicationOut{Ref: rec.Ref,
		State: string(rec.State), DueAt: rfc3339(rec.DueAt), Receipt: "/case/" + rec.Ref + "/receipt.tlog-proof?act=" + rec.Act,
		Ignored: rec.Ignored}}, nil
}
