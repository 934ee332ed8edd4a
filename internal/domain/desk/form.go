package desk

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"balai/internal/spine/casework"
	"balai/internal/spine/fault"
)

// kinds are the acts that have a form at the desk, in the order in which the
// page offers them: what moves the case on comes first.
func kinds() []string {
	return []string{casework.AuditFind, casework.Check, casework.Decide, casework.Correct, casework.Fee, casework.Ask,
		casework.Message, casework.Take, casework.Revoke, casework.Recuse, casework.Rejoin}
}

// pathOf is an act's last step in an address.
func pathOf(kind string) string { return strings.ReplaceAll(kind, "_", "-") }

// fields are the answers as they stand now, each with its question: the acts
// tell what was sent, answered since and corrected.
func (d *Desk) fields(c casework.Case, acts []casework.Act) ([]correctable, error) {
	known, err := d.Forms.Fields(c)
	if err != nil {
		return nil, err
	}
	now := map[string]any{}
	proposed := map[string]any{}
	for _, a := range acts {
		part := "answers"
		into := now
		switch a.Kind {
		case casework.Receive, casework.Reply:
		case casework.Correct:
			part = "correction"
			clear(proposed)
		case casework.AuditFind:
			part, into = "correction", proposed
		default:
			continue
		}
		sent, _ := a.Data[part].(map[string]any)
		for k, v := range sent {
			into[k] = v
		}
	}
	var out []correctable
	for _, f := range known {
		v, has := now[f.ID]
		if !has {
			continue
		}
		one := correctable{Field: f, Value: f.plain(v)}
		one.Proposed = one.Value
		if p, has := proposed[f.ID]; has {
			one.Proposed = f.plain(p)
		}
		out = append(out, one)
	}
	return out, nil
}

// correctable is an answer with its value now and the one that an audit
// proposed, or the same.
type correctable struct {
	Field
	Value, Proposed []string
}

// correction are the values that the officer changed, typed.
func (d *Desk) correction(c casework.Case, acts []casework.Act, values url.Values) (map[string]any, []fault.Field, error) {
	known, err := d.fields(c, acts)
	if err != nil {
		return nil, nil, err
	}
	changed := url.Values{}
	var faults []fault.Field
	for _, f := range known {
		if !values.Has("field-" + f.ID) {
			continue
		}
		v := filled(values["field-"+f.ID])
		switch {
		case slices.Equal(v, f.Value):
		case len(v) == 0:
			faults = append(faults, fault.Field{Location: "field-" + f.ID, Key: "desk.correct.empty"})
		default:
			changed[f.ID] = v
		}
	}
	if len(changed) == 0 || len(faults) > 0 {
		return nil, faults, nil
	}
	typed, faults, err := d.Forms.Typed(c, changed)
	for i := range faults {
		faults[i].Location = "field-" + faults[i].Location
	}
	return typed, faults, err
}

// data reads an act's data from its form. What is wrong with it is the
// engine's to say, except corrections, whose fields only the form knows.
func (d *Desk) data(kind string, c casework.Case, acts []casework.Act, offered map[string][]choice, values url.Values) (map[string]any, error) {
	text := func(name string) string { return strings.ReplaceAll(values.Get(name), "\r\n", "\n") }
	out := map[string]any{}
	switch kind {
	case casework.Check:
		out["finding"], out["note"] = values.Get("finding"), text("note")
	case casework.Ask:
		out["question"] = said(offered[casework.Ask], values["phrase-ask"], text("question"))
		out["due_in_days"] = values.Get("due_in_days")
	case casework.Fee:
		out["receipt"], out["cents"] = values.Get("receipt"), c.FeeCents
	case casework.Decide:
		verdict := values.Get("verdict")
		out["verdict"], out["reasons"] = verdict, said(offered[verdict], values["phrase-"+verdict], text("reasons"))
		if with := needed(values); len(with) > 0 && verdict == casework.Approve {
			out["with"] = with
		}
	case casework.AuditFind:
		out["finding"], out["note"] = values.Get("finding"), text("note")
	case casework.Correct:
		out["reasons"] = text("reasons")
	case casework.Revoke, casework.Recuse, casework.Rejoin:
		out["reason"] = text("reason")
	case casework.Message:
		out["text"] = text("text")
	}
	if kind != casework.Correct && (kind != casework.AuditFind || out["finding"] != casework.Wrong) {
		return out, nil
	}
	fixed, faults, err := d.correction(c, acts, values)
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, fault.New(fault.Invalid, "casework.fault.data").With(faults...)
	}
	if len(fixed) > 0 {
		out["correction"] = fixed
	} else if kind == casework.Correct {
		return nil, fault.New(fault.Invalid, "casework.fault.data").With(fault.Field{Location: "correction", Key: "desk.correct.none"})
	}
	return out, nil
}

// needed are the values that the decider gave for a yes.
func needed(values url.Values) map[string]any {
	out := map[string]any{}
	for name := range values {
		if of, is := strings.CutPrefix(name, "with-"); is && strings.TrimSpace(values.Get(name)) != "" {
			out[of] = strings.TrimSpace(values.Get(name))
		}
	}
	return out
}

// trace is the rules as the decider saw them, to be kept with the decision.
func trace(rules []casework.Rule) []any {
	out := []any{}
	for _, r := range rules {
		row := map[string]any{"rule": r.Rule, "ms": r.Text.MS, "en": r.Text.EN, "held": r.Held}
		if r.Unknown {
			row["unknown"] = true
		}
		out = append(out, row)
	}
	return out
}

// filled are posted values without the empty one that keeps an unticked group
// in the post.
func filled(posted []string) (out []string) {
	for _, s := range posted {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// plain writes an answer as its form field holds it.
func (f Field) plain(v any) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return filled([]string{v})
	case bool:
		if v {
			return []string{"yes"}
		}
		return []string{"no"}
	case int64:
		if f.Money {
			return []string{fmt.Sprintf("%d.%02d", v/100, v%100)}
		}
	case []string:
		return v
	case []any:
		var out []string
		for _, one := range v {
			out = append(out, fmt.Sprint(one))
		}
		return out
	}
	return []string{fmt.Sprint(v)}
}
