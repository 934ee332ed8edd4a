package backoffice

import (
	"context"

	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
)

// OfficeCaseOut is a case that an agency keeps in its own system.
type OfficeCaseOut struct {
	Ref         string              `json:"ref"`
	TheirRef    string              `json:"their_ref"`
	Agency      string              `json:"agency" doc:"In whose system it is kept"`
	Title       locale.Text         `json:"title"`
	Service     string              `json:"service,omitempty"`
	State       string              `json:"state"`
	Status      *locale.Text        `json:"status,omitempty"`
	Question    *locale.Text        `json:"question,omitempty" doc:"What the person is to answer"`
	SubmittedOn string              `json:"submitted_on,omitempty"`
	DueOn       string              `json:"due_on,omitempty"`
	Link        string              `json:"link,omitempty"`
	Version     int64               `json:"version"`
	ChangedAt   string              `json:"changed_at"`
	AnsweredAt  string              `json:"answered_at,omitempty" doc:"Where the state is waiting: when the person answered here"`
	WithdrawnAt string              `json:"withdrawn_at,omitempty" doc:"When the person withdrew it here"`
	Messages    []OfficeMessageOut  `json:"messages,omitempty"`
	Documents   []OfficeDocumentOut `json:"documents,omitempty"`
}

// OfficeMessageOut is one message of either side.
type OfficeMessageOut struct {
	ID   string      `json:"id"`
	From string      `json:"from" enum:"agency,person"`
	Text locale.Text `json:"text"`
	At   string      `json:"at"`
}

// OfficeDocumentOut is a document of a case.
type OfficeDocumentOut struct {
	ID    string      `json:"id"`
	Title locale.Text `json:"title"`
	Type  string      `json:"media_type"`
	Size  int64       `json:"size"`
	At    string      `json:"at"`
	Href  string      `json:"href"`
}

func (c Case) out() OfficeCaseOut {
	o := OfficeCaseOut{Ref: c.Ref, TheirRef: c.TheirRef, Agency: c.Agency, Title: c.Title, Service: c.Service, State: string(c.Shown()),
		SubmittedOn: c.SubmittedOn, DueOn: c.DueOn, Link: c.Link, Version: c.Version, ChangedAt: rfc3339(c.ChangedAt), WithdrawnAt: rfc3339(c.WithdrawnAt)}
	if c.Answered() {
		o.AnsweredAt = rfc3339(c.AnsweredAt)
	}
	if !c.Status.Empty() {
		o.Status = &c.Status
	}
	if c.Asks() {
		o.Question = &c.Question
	}
	return o
}

// whole adds what was written and sent.
func whole(tx *db.Tx, c Case) (OfficeCaseOut, error) {
	o := c.out()
	list, err := acts(tx, c.Ref)
	if err != nil {
		return o, err
	}
	for _, a := range list {
		switch a.Kind {
		case actMessage:
			o.Messages = append(o.Messages, OfficeMessageOut{a.TheirID, "agency", a.Text, rfc3339(a.At)})
		case actReply:
			o.Messages = append(o.Messages, OfficeMessageOut{a.TheirID, "person", a.Text, rfc3339(a.At)})
		}
	}
	docs, err := documents(tx, c.Ref)
	for _, d := range docs {
		o.Documents = append(o.Documents, OfficeDocumentOut{d.ID, d.Title, d.Type, d.Size, rfc3339(d.At), id.CasePage(c.Ref) + "/file/" + d.ID})
	}
	return o, err
}

type theirPath struct {
	TheirRef string `path:"their_ref"`
}

type caseOut struct{ Body OfficeCaseOut }

// apiGetCase shows an agency's system its own case.
func (b *BackOffice) apiGetCase(ctx context.Context, in *theirPath) (*caseOut, error) {
	out := &caseOut{}
	err := b.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := caseOfTheirs(tx, callOf(ctx).By.Agency, in.TheirRef)
		if err == nil {
			out.Body, err = whole(tx, c)
		}
		return err
	})
	return out, err
}

type refPath struct {
	Ref string `path:"ref"`
}

func (b *BackOffice) apiSee(ctx context.Context, in *refPath) (*caseOut, error) {
	ref := id.NormalRef(in.Ref)
	if err := b.look(ctx, web.ActorOf(ctx), ref); err != nil {
		return nil, err
	}
	out := &caseOut{}
	err := b.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := caseByRef(tx, ref)
		if err == nil {
			out.Body, err = whole(tx, c)
		}
		return err
	})
	return out, err
}

type mineOut struct {
	Body struct {
		Cases []OfficeCaseOut `json:"cases"`
	}
}

func (b *BackOffice) apiMine(ctx context.Context, _ *struct{}) (*mineOut, error) {
	out := &mineOut{}
	err := b.DB.Read(ctx, func(tx *db.Tx) error {
		list, err := casesOf(tx, web.ActorOf(ctx).Person, listMost)
		out.Body.Cases = []OfficeCaseOut{}
		for _, c := range list {
			out.Body.Cases = append(out.Body.Cases, c.out())
		}
		return err
	})
	return out, err
}

// listMost is how many cases of one person a list shows.
const listMost = 200

// Mine are a person's cases in agencies' own systems, the last changed first.
func (b *BackOffice) Mine(tx *db.Tx, person string) ([]Case, error) {
	return casesOf(tx, person, listMost)
}

// Held are what agencies' own systems hold about a person.
func (b *BackOffice) Held(tx *db.Tx, person string) ([]Holding, error) { return holdings(tx, person) }
