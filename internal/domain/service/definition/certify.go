package definition

import (
	"errors"
	"fmt"
	"time"

	"balai/internal/domain/service/form"
	"balai/internal/spine/locale"
)

func clockTime(h, m int) time.Duration {
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
}

// Certify fills the certificate of an application that is decided. entry is
// what the register answered to the yes: number, child_id_number,
// decided_on and ref, as far as there are.
func (s *Service) Certify(in Input, entry map[string]any) (Certificate, error) {
	r, err := s.Evaluate(in)
	if err != nil {
		return Certificate{}, err
	}
	t, ok := s.Templates[r.Certificate]
	if !ok {
		return Certificate{}, fmt.Errorf("definition: %s: no certificate for this case", s.ID)
	}
	_, in, err = s.accept(in)
	if err != nil {
		return Certificate{}, err
	}
	sc := s.scope(in)
	sc.reach(r.Answers)
	sc.groups["entry"].values = entry
	c := Certificate{Template: t.ID, Type: t.Type, Title: t.Title}
	for _, n := range t.Notes {
		c.Notes = append(c.Notes, sc.expand(n))
	}
	for _, row := range t.Rows {
		if row.When != "" {
			ok, err := sc.maybe(row.When)
			if err != nil {
				return c, err
			}
			if !ok {
				continue
			}
		}
		v, _, err := sc.eval(s.engine.expr(row.Value))
		if errors.Is(err, form.ErrUnknown) {
			continue
		}
		if err != nil {
			return c, err
		}
		c.Rows = append(c.Rows, Row{row.Label, s.inBoth(row, v)})
	}
	return c, nil
}

// Payment is the money of one yes, and into which account it goes where the
// entry says so.
type Payment struct {
	Cents      int64
	How        locale.Text
	Bank, Tail string
}

// Payment tells what a yes to this application pays; ok is false where it pays
// nothing, or cannot be told.
func (s *Service) Payment(in Input) (p Payment, ok bool, err error) {
	if s.Outcome.Pays == nil {
		return p, false, nil
	}
	r, sc, err := s.evaluate(in)
	if err != nil {
		return p, false, err
	}
	return s.pays(sc, r)
}

// pays is Payment of what was evaluated.
func (s *Service) pays(sc *scope, r Result) (p Payment, ok bool, err error) {
	pays := s.Outcome.Pays
	if pays == nil {
		return p, false, nil
	}
	if pays.When != "" {
		if ok, err = sc.maybe(pays.When); err != nil || !ok {
			return p, false, err
		}
	}
	v, _, err := sc.eval(s.engine.expr(pays.Cents))
	if errors.Is(err, form.ErrUnknown) {
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	p.Cents, ok = v.(int64)
	p.How = sc.expand(pays.How)
	p.Bank, _ = r.Entry["bank"].(string)
	p.Tail, _ = r.Entry["account_tail"].(string)
	return p, ok && p.Cents > 0, nil
}

// inBoth prints a row's value in each language. A row of type choice takes
// the words of the fact or answer that it names.
func (s *Service) inBoth(row TemplateRow, v any) locale.Text {
	if row.Type == "choice" {
		for _, o := range row.Options {
			if o.Value == v {
				return o.Label
			}
		}
		name := row.Value
		return locale.Text{MS: s.Show(locale.Malay, name, v), EN: s.Show(locale.English, name, v)}
	}
	return locale.Text{MS: show(locale.Malay, row.Type, v), EN: show(locale.English, row.Type, v)}
}
