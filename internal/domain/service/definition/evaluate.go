package definition

import (
	"encoding/json"
	"errors"
	"math"
	"slices"

	"balai/internal/domain/service/form"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// Evaluate applies the definition to an application. Wrong types of answers
// or facts are a fault Invalid with the fields that are wrong; answers that the
// definition does not have are only listed in Ignored, and facts that it does
// not declare are not seen at all.
func (s *Service) Evaluate(in Input) (Result, error) {
	r, _, err := s.evaluate(in)
	return r, err
}

// Weigh is Evaluate with what a yes would pay; no cents where it pays nothing.
func (s *Service) Weigh(in Input) (Result, Payment, error) {
	r, sc, err := s.evaluate(in)
	if err != nil || r.Verdict != Unknown && !r.Eligible {
		return r, Payment{}, err
	}
	p, _, err := s.pays(sc, r)
	return r, p, err
}

// evaluate is Evaluate with the scope in which all that follows is evaluated.
func (s *Service) evaluate(in Input) (Result, *scope, error) {
	r, in, err := s.accept(in)
	if err != nil {
		return r, nil, err
	}
	sc := s.scope(in)
	w, err := s.Form.Route(guard{sc}, in.Answers, in.Files)
	if err != nil {
		return r, nil, err
	}
	r.Route, r.Current, r.Complete, r.Answers = w.Pages, w.Current, w.Complete, w.Reached
	r.Missing = append(r.Missing, w.Missing...)
	for name := range in.Answers {
		if _, ok := w.Reached[name]; !ok {
			r.Ignored = append(r.Ignored, name)
		}
	}
	slices.Sort(r.Ignored)
	sc.reach(w.Reached)
	if _, err := s.decide(sc, &r); err != nil {
		return r, nil, err
	}
	if err := s.once(sc, &r); err != nil {
		return r, nil, err
	}
	if r.Verdict != Unknown && !r.Eligible {
		return r, sc, nil // there is nothing to send, so nothing follows from it
	}
	return r, sc, s.work(sc, in, &r)
}

// Eligibility applies only the decision table to whatever is known. Verdict
// Unknown names in Missing what would decide it: questions of the table first.
func (s *Service) Eligibility(in Input) (Result, error) {
	r, in, err := s.accept(in)
	if err != nil {
		return r, err
	}
	slices.Sort(r.Ignored)
	r.Answers = in.Answers
	sc := s.scope(in)
	sc.reach(in.Answers)
	missing, err := s.decide(sc, &r)
	if err != nil {
		return r, err
	}
	if err := s.once(sc, &r); err != nil {
		return r, err
	}
	o, err := s.fee(sc)
	if o.put(&r); err != nil || r.Verdict != Unknown {
		return r, err
	}
	for _, q := range s.Table.Ask {
		if in.Facts[q.ID] == nil {
			r.Missing = append(r.Missing, q.ID)
		}
	}
	if len(r.Missing) == 0 {
		r.Missing = append(r.Missing, missing...)
	}
	return r, nil
}

// accept types the answers and the facts and sets aside what is unknown.
func (s *Service) accept(in Input) (Result, Input, error) {
	r := Result{Verdict: Unknown, Trace: []TraceRow{}, Route: []string{}, Missing: []string{}, Ignored: []string{}}
	answers, unknown, faults := s.Form.Check(in.Answers, in.Today)
	r.Ignored = append(r.Ignored, unknown...)
	facts := map[string]any{}
	for name, v := range in.Facts {
		f, ok := s.Fact(name)
		if !ok || v == nil { // a register tells more than the service may see
			continue
		}
		typed, ok := coerce(f.Type, v)
		if !ok {
			faults = append(faults, fault.Field{Location: "facts." + name, Key: "definition.fact.invalid", Args: []any{"label", f.Label}})
			continue
		}
		facts[name] = typed
	}
	var disputed []string
	for _, name := range in.Disputed {
		if f, ok := s.Fact(name); ok && f.Disputable && !slices.Contains(disputed, name) {
			disputed = append(disputed, name)
		} else {
			r.Ignored = append(r.Ignored, name)
		}
	}
	in.Answers, in.Facts, in.Disputed = answers, facts, disputed
	if len(faults) > 0 {
		return r, in, fault.New(fault.Invalid, "definition.invalid").With(faults...)
	}
	return r, in, nil
}

// coerce takes what JSON, YAML or a register gives for a fact's type.
func coerce(typ string, v any) (any, bool) {
	t, _ := celType(typ)
	switch v := v.(type) {
	case string:
		if typ == "date" && !form.IsDate(v) {
			return nil, false
		}
		return v, nativeType("") == t
	case bool:
		return v, nativeType(true) == t
	case int:
		return int64(v), nativeType(0) == t
	case int64:
		return v, nativeType(0) == t
	case float64:
		return int64(v), nativeType(0) == t && v == math.Trunc(v) && math.Abs(v) < 1<<53
	case json.Number:
		n, err := v.Int64()
		return n, err == nil && nativeType(0) == t
	}
	return nil, false
}

type guard struct{ sc *scope }

// Holds is part of form.Guard.
func (g guard) Holds(when string, reached map[string]any) (bool, error) {
	g.sc.reach(reached)
	return g.sc.holds(when)
}

func (sc *scope) holds(when string) (bool, error) {
	v, _, err := sc.eval(sc.service.engine.expr(when))
	return v == true, err
}

// maybe is holds where unknown counts as no.
func (sc *scope) maybe(when string) (bool, error) {
	ok, err := sc.holds(when)
	if errors.Is(err, form.ErrUnknown) {
		return false, nil
	}
	return ok, err
}

// decide runs the table. A rule that cannot be told yet ends it: a later rule
// must not win over an earlier one that may still hold.
func (s *Service) decide(sc *scope, r *Result) (missing []string, err error) {
	if v := sc.variantInForce(); v != nil {
		r.Variant, r.Law = v.ID, v.Law
	}
	for _, rule := range s.Table.Rules {
		row, f, err := sc.row(rule.When, rule.Says)
		if err != nil {
			return nil, err
		}
		for _, name := range rule.Shows {
			if d := sc.derive(name); d.err == nil {
				row.Value[name] = d.value
			}
		}
		r.Trace = append(r.Trace, row)
		if row.Unknown {
			missing = append(missing, f.missing...)
			slices.Sort(missing)
			return slices.Compact(missing), nil
		}
		if row.Held {
			r.Verdict, r.Eligible, r.Because = rule.Verdict, !rule.Stops, sc.expand(rule.Because)
			return nil, nil
		}
	}
	return nil, nil
}

func (sc *scope) row(when string, says locale.Text) (TraceRow, *frame, error) {
	v, f, err := sc.look(sc.service.engine.expr(when))
	row := TraceRow{Rule: when, Text: sc.expand(says), Value: f.read, Held: v == true}
	if errors.Is(err, form.ErrUnknown) {
		row.Unknown = true
		err = nil
	}
	return row, f, err
}

// once names what the application is about, as far as it can be told.
func (s *Service) once(sc *scope, r *Result) error {
	if s.Outcome.Once == "" { // a release older than the key
		return nil
	}
	v, _, err := sc.eval(s.engine.expr(s.Outcome.Once))
	if errors.Is(err, form.ErrUnknown) {
		return nil
	}
	r.Once, _ = v.(string)
	return err
}

// work fills in what happens to the application once it is sent.
func (s *Service) work(sc *scope, in Input, r *Result) (err error) {
	o, err := s.fee(sc)
	if err != nil {
		return err
	}
	o.put(r)
	r.Automatic = r.Complete && r.Eligible && len(s.Work.Automatic) > 0
	for _, c := range s.Work.Automatic {
		row, _, err := sc.row(c.When, c.Says)
		if err != nil {
			return err
		}
		if !row.Held {
			row.Because = sc.expand(c.Else)
			r.Automatic = false
		}
		r.AutomaticTrace = append(r.AutomaticTrace, row)
	}
	if err := s.outcome(sc, r); err != nil {
		return err
	}
	s.certain(r, o)
	if err := s.unasked(sc, r); err != nil {
		return err
	}
	if err := s.plan(sc, r); err != nil {
		return err
	}
	return s.shown(sc, in, r)
}

// unasked tells whether the yes may be given to who has answered nothing.
func (s *Service) unasked(sc *scope, r *Result) error {
	u := s.Unasked
	if u == nil || len(r.Answers) > 0 {
		return nil
	}
	row, _, err := sc.row(u.When, u.Says)
	if err != nil {
		return err
	}
	r.Unasked, r.UnaskedTrace, r.Announce = r.Automatic && row.Held, []TraceRow{row}, sc.expand(u.Effect)
	return nil
}

// certain withdraws an automatic yes that could not be carried out: with a fee
// to be paid first, or without something that the register needs. The trace
// then says so. Where only the fee is in the way, the yes follows from it.
func (s *Service) certain(r *Result, o owed) {
	if !o.known {
		r.doubt("fee.unknown", locale.Text{MS: "Bayaran dapat ditentukan", EN: "What it costs can be told"},
			locale.Text{MS: "Bayaran tidak dapat ditentukan daripada rekod.", EN: "What it costs cannot be told from the records."})
	}
	if slices.ContainsFunc(s.Outcome.Needs, func(name string) bool { return r.Entry[name] == nil }) {
		r.doubt("outcome.needs", locale.Text{MS: "Semua butiran yang diperlukan untuk daftar ada", EN: "Everything that the register needs is known"},
			locale.Text{MS: "Sebahagian butiran untuk daftar tiada dalam rekod.", EN: "Some details for the register are not on record."})
	}
	if r.FeeCents > 0 {
		r.AfterFee = r.Automatic
		r.doubt(RuleFee, locale.Text{MS: "Tiada bayaran yang perlu dibuat dahulu", EN: "Nothing has to be paid first"},
			locale.Text{MS: "Fi perlu dibayar dahulu.", EN: "A fee must be paid first."})
	}
}

// RuleFee is the row of a trace that a fee stands in the way.
const RuleFee = "fee"

func (r *Result) doubt(rule string, says, because locale.Text) {
	r.Automatic = false
	r.AutomaticTrace = append(r.AutomaticTrace, TraceRow{Rule: rule, Text: says, Value: map[string]any{}, Because: because})
}

// plan is who works on it by when; nobody's days count where it is decided at
// once.
func (s *Service) plan(sc *scope, r *Result) error {
	for _, w := range s.Work.Steps {
		if slices.ContainsFunc(r.Steps, func(x Step) bool { return x.Name == w.Name }) {
			continue
		}
		if w.When != "" { // what is not known is looked at as if it held
			holds, _, err := sc.eval(s.engine.expr(w.When))
			if err != nil && !errors.Is(err, form.ErrUnknown) {
				return err
			}
			if holds == false {
				continue
			}
		}
		days, _, err := sc.eval(s.engine.expr(w.WithinDays))
		if err != nil && !errors.Is(err, form.ErrUnknown) {
			return err
		}
		n, _ := days.(int64)
		r.Steps = append(r.Steps, Step{w.Name, w.Title, w.Post, int(n), w.NotSameAs, w.OtherBranchMay})
		if !r.Automatic && !r.AfterFee {
			r.BudgetDays += int(n)
		}
	}
	v, _, err := sc.eval(s.engine.expr(s.Work.Office))
	if errors.Is(err, form.ErrUnknown) {
		return nil
	}
	r.Calendar, _ = v.(string)
	return err
}

// shown lists the facts that stand on the review page.
func (s *Service) shown(sc *scope, in Input, r *Result) error {
	r.Facts = make([]Fact, 0, len(s.Facts))
	for i := range s.Facts {
		f := &s.Facts[i]
		if !f.Shown || in.Facts[f.Field] == nil {
			continue
		}
		if f.ShowWhen != "" {
			ok, err := sc.maybe(f.ShowWhen)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
		}
		r.Facts = append(r.Facts, *f)
	}
	return nil
}

func (s *Service) outcome(sc *scope, r *Result) error {
	for _, c := range s.Outcome.Certificates {
		ok := c.When == ""
		if !ok {
			var err error
			if ok, err = sc.maybe(c.When); err != nil {
				return err
			}
		}
		if ok {
			r.Certificate = c.Template
			break
		}
	}
	if r.Register = s.Outcome.Register; r.Register != "" {
		r.Entry = map[string]any{}
		for name, src := range s.Outcome.Entry {
			v, _, err := sc.eval(s.engine.expr(src))
			if errors.Is(err, form.ErrUnknown) {
				continue
			}
			if err != nil {
				return err
			}
			r.Entry[name] = v
		}
	}
	for _, o := range s.Outcome.Then {
		ok := o.When == ""
		if !ok {
			var err error
			if ok, err = sc.maybe(o.When); err != nil {
				return err
			}
		}
		if ok {
			r.Offers = append(r.Offers, o)
		}
	}
	return nil
}
