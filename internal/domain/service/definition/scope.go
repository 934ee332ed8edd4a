package definition

import (
	"errors"
	"fmt"
	"reflect"

	"balai/internal/domain/service/form"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// scope is what expressions see during one evaluation. It notes each name
// that is looked at, so that a trace can show it, and each name that was
// wanted and absent. Derived values are computed when first asked for.
type scope struct {
	service *Service
	groups  map[string]*group
	today   string
	dispute []string
	disMat  bool
	values  map[string]derived
	variant *Variant
	chosen  bool
	frames  []*frame
	reached int
}

// reach sets the answers that count. As a walk reaches more of them, what was
// derived without them is forgotten.
func (sc *scope) reach(answers map[string]any) {
	sc.groups["answers"].values = answers
	if len(answers) != sc.reached {
		sc.reached = len(answers)
		clear(sc.values)
		sc.variant, sc.chosen = nil, false
	}
}

// frame is the notes of one evaluation; a derived value has one of its own.
type frame struct {
	read    map[string]any // nil where nobody will ask
	missing []string
}

type derived struct {
	value   any
	missing []string
	err     error
}

// group is the object behind answers, param, entry and each group of facts.
type group struct {
	name   string
	values map[string]any
	scope  *scope
}

type absent struct{ name string }

func (a absent) Error() string { return a.name + " is not known" }

func (g *group) label(field string) string {
	if g.name == "answers" {
		return field
	}
	return g.name + "." + field
}

func (g *group) lookup(field string) (any, bool) {
	if g.name == "param" {
		if v := g.scope.variantInForce(); v != nil {
			p, ok := v.Params[field]
			return p, ok
		}
		return nil, false
	}
	v, ok := g.values[field]
	return v, ok && v != nil
}

func (g *group) note(field string, v any) {
	if g.name != "param" { // a constant of the law, which the words of the rule say
		g.scope.note(g.label(field), v)
	}
}

func (g *group) has(field string) bool {
	v, ok := g.lookup(field)
	g.note(field, v)
	return ok
}

func (g *group) get(field string) (any, error) {
	v, ok := g.lookup(field)
	g.note(field, v)
	if !ok {
		if g.name != "param" { // an unknown variant has named its own reasons
			g.scope.miss(g.label(field))
		}
		return nil, absent{g.label(field)}
	}
	return v, nil
}

func (sc *scope) note(name string, v any) {
	if n := len(sc.frames); n > 0 && sc.frames[n-1].read != nil {
		sc.frames[n-1].read[name] = v
	}
}

func (sc *scope) miss(names ...string) {
	if len(sc.frames) > 0 {
		f := sc.frames[len(sc.frames)-1]
		f.missing = append(f.missing, names...)
	}
}

// ResolveName and Parent make scope a cel.Activation.
func (sc *scope) ResolveName(name string) (any, bool) {
	switch name {
	case "today":
		return sc.today, true
	case "disputed":
		sc.note(name, sc.dispute)
		return sc.dispute, true
	case "disputed_material":
		sc.note(name, sc.disMat)
		return sc.disMat, true
	}
	if g, ok := sc.groups[name]; ok {
		return g, true
	}
	if _, ok := sc.service.engine.values[name]; ok {
		d := sc.derive(name)
		sc.note(name, d.value)
		if d.err != nil {
			sc.miss(d.missing...)
			return types.WrapErr(d.err), true
		}
		return d.value, true
	}
	return nil, false
}

// Parent is part of cel.Activation.
func (sc *scope) Parent() cel.Activation { return nil }

func (sc *scope) derive(name string) derived {
	if d, ok := sc.values[name]; ok {
		return d
	}
	v, f, err := sc.eval(sc.service.engine.values[name])
	d := derived{value: v, missing: f.missing, err: err}
	sc.values[name] = d
	return d
}

// variantInForce is the first variant whose condition holds; nil while a
// condition before it is unknown. What it looked at is no part of the trace.
func (sc *scope) variantInForce() *Variant {
	if sc.chosen {
		return sc.variant
	}
	sc.chosen = true // a condition that asks for param finds none
	for i := range sc.service.Variants {
		v := &sc.service.Variants[i]
		got, f, err := sc.eval(sc.service.engine.expr(v.When))
		if err != nil {
			sc.miss(f.missing...)
			sc.chosen = false
			return nil
		}
		if got == true {
			sc.variant = v
			break
		}
	}
	return sc.variant
}

// eval runs an expression. The error wraps form.ErrUnknown when a name it
// needs is absent; frame.missing says which.
func (sc *scope) eval(e *expression) (any, *frame, error) { return sc.run(e, &frame{}) }

// look is eval that also notes every name the expression looked at.
func (sc *scope) look(e *expression) (any, *frame, error) {
	return sc.run(e, &frame{read: map[string]any{}})
}

func (sc *scope) run(e *expression, f *frame) (any, *frame, error) {
	sc.frames = append(sc.frames, f)
	out, _, err := e.program.Eval(sc)
	sc.frames = sc.frames[:len(sc.frames)-1]
	if err != nil {
		var a absent
		if errors.As(err, &a) || errors.Is(err, form.ErrUnknown) {
			return nil, f, fmt.Errorf("%w: %s", form.ErrUnknown, err)
		}
		return nil, f, fmt.Errorf("definition: %s: %w", brief(e.source), err)
	}
	f.missing = nil
	return native(out), f, nil
}

func native(v ref.Val) any {
	switch v := v.(type) {
	case types.Bool:
		return bool(v)
	case types.Int:
		return int64(v)
	case types.String:
		return string(v)
	}
	if list, err := v.ConvertToNative(reflect.TypeFor[[]string]()); err == nil {
		return list
	}
	return v.Value()
}

// scope makes the scope of an input, with no answer yet.
func (s *Service) scope(in Input) *scope {
	sc := &scope{service: s, today: in.Today, dispute: in.Disputed, values: map[string]derived{}, groups: map[string]*group{}}
	for name := range s.engine.groups {
		sc.groups[name] = &group{name: name, values: map[string]any{}, scope: sc}
	}
	for _, f := range s.Facts {
		if v, ok := in.Facts[f.Field]; ok && v != nil {
			g, name := cut(f.Field)
			sc.groups[g].values[name] = v
		}
	}
	for _, name := range in.Disputed {
		if f, ok := s.Fact(name); ok && f.Material {
			sc.disMat = true
		}
	}
	if sc.dispute == nil {
		sc.dispute = []string{}
	}
	return sc
}
