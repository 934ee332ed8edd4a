package definition

import (
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
)

// engine holds a service's compiled expressions, by their source. It does not
// change once built and is safe for concurrent use.
type engine struct {
	exprs  map[string]*expression
	values map[string]*expression
	groups map[string]bool
}

func (e *engine) expr(src string) *expression { return e.exprs[src] }

// cut splits "mother.name"; a name without a dot has no group.
func cut(dotted string) (group, name string) {
	group, name, _ = strings.Cut(dotted, ".")
	return group, name
}

// site is one expression of a service, where it stands and what it must give.
type site struct {
	path string // as the locator knows it
	file string
	src  string
	want *cel.Type
}

// build compiles every expression. bad is told each fault with its site; the
// engine is complete only when bad was never called.
func (s *Service) build(bad func(at site, reason string)) {
	env, err := s.language()
	if err != nil {
		bad(site{file: "service.yaml"}, err.Error())
		return
	}
	s.engine = &engine{exprs: map[string]*expression{}, values: map[string]*expression{},
		groups: map[string]bool{"answers": true, "param": true, "entry": true}}
	for _, f := range s.Facts {
		g, _ := cut(f.Field)
		s.engine.groups[g] = true
	}
	env, early := s.buildValues(env, bad)
	put := func(env *cel.Env, at site) {
		if at.src == "" {
			return
		}
		e, err := compile(env, at.src, at.want)
		if err == nil && at.path != "" && refers(e, "entry") && !strings.HasPrefix(at.file, "certificate") {
			bad(at, "entry is known only in certificates")
			return
		}
		if err != nil {
			bad(at, err.Error())
			return
		}
		s.engine.exprs[at.src] = e
	}
	for i, v := range s.Variants {
		at := site{indexed("variants", i, "when"), "service.yaml", v.When, cel.BoolType}
		put(early, at)
		if e := s.engine.exprs[v.When]; e != nil && refers(e, "param") {
			bad(at, "the condition of a variant cannot look at param, which the variant sets")
		}
	}
	for _, at := range s.sites() {
		put(env, at)
	}
}

// buildValues compiles the derived values in their order: each sees those
// above it. early is the environment of variant conditions, which sees no
// value that depends on the variant.
func (s *Service) buildValues(env *cel.Env, bad func(site, string)) (full, early *cel.Env) {
	early = env
	late := map[string]bool{"param": true}
	for i, v := range s.Values {
		at := site{indexed("values", i, "is"), "service.yaml", v.Is, nil}
		want, ok := celType(v.Type)
		if !ok {
			bad(site{path: indexed("values", i, "type"), file: "service.yaml"}, "there is no type "+quote(v.Type))
			continue
		}
		e, err := compile(env, v.Is, want)
		uses := false
		if err != nil { // declared all the same, so that one fault is told once
			bad(at, err.Error())
		} else {
			s.engine.values[v.Name] = e
			for name := range late {
				uses = uses || refers(e, name)
			}
		}
		decl := cel.Variable(v.Name, want)
		if next, err := env.Extend(decl); err == nil {
			env = next
		} else {
			bad(at, err.Error())
		}
		if uses {
			late[v.Name] = true
		} else if next, err := early.Extend(decl); err == nil {
			early = next
		}
	}
	return env, early
}

// refers tells whether an expression mentions a top-level name.
func refers(e *expression, name string) bool {
	found := false
	ast.PostOrderVisit(e.ast.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if x.Kind() == ast.IdentKind && x.AsIdent() == name {
			found = true
		}
	}))
	return found
}

// sites lists every expression but variants and values.
func (s *Service) sites() []site {
	var out []site
	add := func(file, path, src string, want *cel.Type) { out = append(out, site{path, file, src, want}) }
	const sv = "service.yaml"
	for i, r := range s.Table.Rules {
		add(sv, indexed("eligibility.rules", i, "when"), r.When, cel.BoolType)
	}
	for i, f := range s.Facts {
		add(sv, indexed("facts", i, "show_when"), f.ShowWhen, cel.BoolType)
	}
	s.feeSites(func(at, src string, number bool) {
		want := cel.BoolType
		if number {
			want = cel.IntType
		}
		add(sv, at, src, want)
	})
	add(sv, "work.office", s.Work.Office, cel.StringType)
	for i, c := range s.Work.Automatic {
		add(sv, indexed("work.automatic", i, "when"), c.When, cel.BoolType)
	}
	for i, w := range s.Work.Steps {
		add(sv, indexed("work.steps", i, "within_working_days"), w.WithinDays, cel.IntType)
		add(sv, indexed("work.steps", i, "when"), w.When, cel.BoolType)
	}
	for _, name := range sortedKeys(s.Outcome.Entry) {
		add(sv, "outcome.entry."+name, s.Outcome.Entry[name], nil)
	}
	if o := s.Outcome.Pays; o != nil {
		add(sv, "outcome.pays.when", o.When, cel.BoolType)
		add(sv, "outcome.pays.cents", o.Cents, cel.IntType)
	}
	add(sv, "outcome.once", s.Outcome.Once, cel.StringType)
	for i, c := range s.Outcome.Certificates {
		add(sv, indexed("outcome.certificate", i, "when"), c.When, cel.BoolType)
	}
	if s.Unasked != nil {
		add(sv, "unasked.when", s.Unasked.When, cel.BoolType)
	}
	for i, o := range s.Outcome.Then {
		add(sv, indexed("outcome.then", i, "when"), o.When, cel.BoolType)
	}
	if s.Form != nil {
		for i, p := range s.Form.Pages {
			for j, n := range p.Next {
				add("form.yaml", indexed("pages", i, indexed("next", j, "when")), n.When, cel.BoolType)
			}
		}
	}
	for _, id := range sortedKeys(s.Templates) {
		t := s.Templates[id]
		for i, r := range t.Rows {
			want, _ := celType(r.Type)
			add(id+".yaml", indexed("rows", i, "value"), r.Value, want)
			add(id+".yaml", indexed("rows", i, "when"), r.When, cel.BoolType)
		}
	}
	return out
}
