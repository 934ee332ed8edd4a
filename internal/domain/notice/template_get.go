package notice

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"balai/internal/spine/db"
)

// NotifyTemplate is a template as Notify tells it.
type NotifyTemplate struct {
	ID              string                     `json:"id"`
	Name            string                     `json:"name"`
	Type            Type                       `json:"type"`
	CreatedAt       string                     `json:"created_at"`
	UpdatedAt       *string                    `json:"updated_at"`
	CreatedBy       string                     `json:"created_by"`
	Version         int64                      `json:"version"`
	Body            string                     `json:"body"`
	Subject         *string                    `json:"subject"`
	Contact         *string                    `json:"letter_contact_block"`
	Postage         *string                    `json:"postage"`
	Personalisation map[string]map[string]bool `json:"personalisation"`
}

func (p *Part) showText(tx *db.Tx, t Template) (NotifyTemplate, error) {
	s := NotifyTemplate{ID: t.ID, Name: t.Name, Type: t.Type, CreatedBy: p.Sender.From(), Version: t.Version, Body: t.Body, Subject: orNull(t.Subject),
		Personalisation: map[string]map[string]bool{}}
	for _, n := range t.names() {
		s.Personalisation[n] = map[string]bool{"required": true}
	}
	if t.Type == Letter {
		s.Postage = orNull(postage)
	}
	first, err := firstMade(tx, t.ID)
	s.CreatedAt = wireTime(first)
	if t.MadeAt != first {
		s.UpdatedAt = orNull(wireTime(t.MadeAt))
	}
	return s, err
}

// templateGet is GET /v2/template/{id}, newest or of a version.
func (p *Part) templateGet(w http.ResponseWriter, r *http.Request, c caller) (*problem, error) {
	id, version := lower(r.PathValue("id")), int64(0)
	if !isUUID(id) {
		return invalid("id is not a valid UUID"), nil
	}
	if v := r.PathValue("version"); v != "" {
		n, err := strconv.ParseInt(v, 10, 32)
		if err != nil || n < 1 {
			return invalid("version " + brief([]byte(v)) + " is not of type integer"), nil
		}
		version = n
	}
	var out NotifyTemplate
	err := p.DB.Read(r.Context(), func(tx *db.Tx) error {
		t, err := templateOf(tx, c.Agency, id, version)
		if err != nil {
			return err
		}
		out, err = p.showText(tx, t)
		return err
	})
	if errors.Is(err, db.ErrNoRows) {
		return notFound(), nil
	}
	if err != nil {
		return nil, err
	}
	return nil, answer(w, http.StatusOK, out)
}

// NotifyTemplates are the agency's.
type NotifyTemplates struct {
	Templates []NotifyTemplate `json:"templates"`
}

// templateList is GET /v2/templates.
func (p *Part) templateList(w http.ResponseWriter, r *http.Request, c caller) (*problem, error) {
	of := r.URL.Query().Get("type")
	if of != "" && !slices.Contains([]string{"sms", "email", "letter"}, of) {
		return invalid("type " + brief([]byte(of)) + " is not one of [sms, email, letter]"), nil
	}
	var out NotifyTemplates
	err := p.DB.Read(r.Context(), func(tx *db.Tx) error {
		list, err := templatesOf(tx, c.Agency, Type(of))
		out.Templates = []NotifyTemplate{}
		for _, t := range list {
			s, err := p.showText(tx, t)
			if err != nil {
				return err
			}
			out.Templates = append(out.Templates, s)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return nil, answer(w, http.StatusOK, out)
}

// NotifyPreview is a template, filled in.
type NotifyPreview struct {
	ID      string  `json:"id"`
	Type    Type    `json:"type"`
	Version int64   `json:"version"`
	Body    string  `json:"body"`
	HTML    *string `json:"html"`
	Subject *string `json:"subject"`
	Postage *string `json:"postage"`
}

// templatePreview is POST /v2/template/{id}/preview.
func (p *Part) templatePreview(w http.ResponseWriter, r *http.Request, c caller) (*problem, error) {
	id := lower(r.PathValue("id"))
	if !isUUID(id) {
		return invalid("id is not a valid UUID"), nil
	}
	q, bad := readBody(r, namesOf[NotifyValues]()...)
	if bad != nil {
		return bad, nil
	}
	v, bad := readValues(q.fields["personalisation"])
	if bad != nil || len(q.bad) > 0 {
		return joint(q.problem(), bad), nil
	}
	var t Template
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) { t, err = templateOf(tx, c.Agency, id, 0); return err })
	if errors.Is(err, db.ErrNoRows) {
		return notFound(), nil
	}
	if err != nil {
		return nil, err
	}
	if lack := v.missing(t); len(lack) > 0 {
		return badRequest("Missing personalisation: %s", joined(lack)), nil
	}
	f := fill(t, v)
	if t.Type == SMS {
		f.Body = c.textMessage(f.Body)
	}
	out := NotifyPreview{t.ID, t.Type, t.Version, f.Body, nil, orNull(f.Subject), nil}
	switch t.Type {
	case Email:
		out.HTML = &f.HTML
	case Letter:
		out.Postage = orNull(postage)
	}
	return nil, answer(w, http.StatusOK, out)
}

// postage is the only class that the hall's letters have.
const postage = "second"
