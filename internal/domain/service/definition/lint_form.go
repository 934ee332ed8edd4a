package definition

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"balai/internal/domain/service/form"

	"cel.dev/cel-go/common/ast"
)

var nameShape = regexp.MustCompile(`^[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*$`)

func (l *linter) form() {
	pages := l.s.Form.Pages
	if len(pages) == 0 {
		l.bad(formFile, "pages", "the form has no page")
		return
	}
	ids, fields := map[string]bool{}, map[string]bool{}
	for i, p := range pages {
		at := fmt.Sprintf("pages[%d]", i)
		switch {
		case p.ID == form.Review:
			l.bad(formFile, at+".page", "no page may be called review: it is where every route ends")
		case !nameShape.MatchString(p.ID):
			l.bad(formFile, at+".page", "the page %q must be named in small letters, digits and hyphens", p.ID)
		case ids[p.ID]:
			l.bad(formFile, at+".page", "the page %q stands twice", p.ID)
		}
		ids[p.ID] = true
		if len(p.Fields) == 0 && len(p.ShowFacts) == 0 {
			l.bad(formFile, at, "the page %q asks and shows nothing", p.ID)
		}
		for j, f := range p.ShowFacts {
			if _, ok := l.s.Fact(f); !ok {
				l.bad(formFile, fmt.Sprintf("%s.show_facts[%d]", at, j), "%q is no fact of this service", f)
			}
		}
		for j, f := range p.Fields {
			here := fmt.Sprintf("%s.fields[%d]", at, j)
			if fields[f.ID] {
				l.bad(formFile, here+".field", "the field %q stands twice", f.ID)
			}
			fields[f.ID] = true
			if !nameShape.MatchString(f.ID) || strings.Contains(f.ID, "-") {
				l.bad(formFile, here+".field", "the field %q must be named in small letters, digits and underscores", f.ID)
			}
			l.field(formFile, here, f)
			l.held(here, f)
			l.postcode(here, p, f)
			l.alone(here, f)
		}
	}
	l.routes(ids)
}

// field checks one question on its own.
func (l *linter) field(file, at string, f form.Field) {
	if _, ok := celType(f.Type); !ok && f.Type != form.TypeFile {
		l.bad(file, at+".type", "there is no type %q", f.Type)
	}
	choice := f.Type == form.TypeChoice || f.Type == form.TypeMulti
	if choice && len(f.Options) < 2 {
		l.bad(file, at+".options", "%s needs at least two options", f.ID)
	}
	if !choice && len(f.Options) > 0 {
		l.bad(file, at+".options", "%s is a %s, which has no options", f.ID, f.Type)
	}
	seen := map[string]bool{}
	for i, o := range f.Options {
		if o.Value == "" || seen[o.Value] {
			l.bad(file, at+"."+indexed("options", i, "value"), "the option %q of %s stands twice or is empty", o.Value, f.ID)
		}
		seen[o.Value] = true
	}
	for name, limit := range map[string]string{"min": f.Min, "max": f.Max} {
		if limit == "" {
			continue
		}
		ok := false
		if f.Type == form.TypeDate {
			_, ok = form.Day(limit, "2026-01-01")
		} else {
			_, err := strconv.ParseInt(limit, 10, 64)
			ok = err == nil
		}
		if !ok {
			l.bad(file, at+"."+name, "%q is no limit for the type %s", limit, f.Type)
		}
	}
	if _, err := regexp.Compile(f.Pattern); err != nil {
		l.bad(file, at+".pattern", "the pattern does not compile: %v", err)
	}
	for kind := range f.Errors {
		if !slices.Contains([]string{"required", "invalid", "min", "max"}, kind) {
			l.bad(file, at+".errors."+kind, "there is no error %q: use required, invalid, min or max", kind)
		}
	}
	if f.Required && f.Errors["required"].Empty() {
		l.bad(file, at+".errors", "%s is required: say in errors.required what to do", f.ID)
	}
}

// postcode holds together what belongs to a postcode: each has a field that
// confirms one that the list does not know, and no yes without a person
// overlooks that.
func (l *linter) postcode(at string, p form.Page, f form.Field) {
	is := func(id string) bool {
		return slices.ContainsFunc(p.Fields, func(o form.Field) bool { return o.ID == id && o.Type == form.TypePostcode })
	}
	if f.From != "" && (!is(f.From) || f.Type != form.TypeChoice && f.Type != form.TypeText) {
		l.bad(formFile, at+".from", "%s is filled in from a postcode of the same page, and is a choice of states or a text", f.ID)
	}
	if f.Confirms != "" && (!is(f.Confirms) || f.Type != form.TypeYesNo || f.Required) {
		l.bad(formFile, at+".confirms", "%s confirms a postcode of the same page, with yes or no, and is not required", f.ID)
	}
	if f.Confirms != "" && len(l.s.Work.Automatic) > 0 &&
		!slices.ContainsFunc(l.s.Work.Automatic, func(c Condition) bool { return strings.Contains(c.When, "answers."+f.ID) }) {
		l.bad(serviceFile, "work.automatic", "an automatic yes must look at a postcode that is on no list: add !has(answers.%s)", f.ID)
	}
	if f.From != "" && f.Type == form.TypeText && len(l.s.Work.Automatic) > 0 &&
		!slices.ContainsFunc(l.s.Work.Automatic, func(c Condition) bool {
			return strings.Contains(c.When, "town_fits(answers."+f.From+", answers."+f.ID+")")
		}) {
		l.bad(serviceFile, "work.automatic", "an automatic yes must look at the town: add town_fits(answers.%s, answers.%s)", f.From, f.ID)
	}
	if f.Type == form.TypePostcode && !slices.ContainsFunc(p.Fields, func(o form.Field) bool { return o.Confirms == f.ID }) {
		l.bad(formFile, at, "nobody can confirm a new postcode: ask yes or no with confirms: %s", f.ID)
	}
}

// alone checks that a register keeps out a second entry that says what only one
// may say.
func (l *linter) alone(at string, f form.Field) {
	if f.Alone == "" {
		return
	}
	g, field, ok := l.c.Registers.Find(f.Alone)
	if !ok || g.Keeps == nil || !slices.Contains(g.Keeps.Alone, field.Name) || f.Type != form.TypeText {
		l.bad(formFile, at+".alone", "no register keeps out a second %q: name a text that its keeps.alone names", f.Alone)
	}
}

// held refuses a question whose answer a register holds, unless it says why.
func (l *linter) held(at string, f form.Field) {
	asks := f.Asks
	if asks != "" {
		if _, _, ok := l.c.Registers.Find(asks); !ok {
			l.bad(formFile, at+".asks", "no register holds %q", asks)
		}
	} else {
		for _, g := range l.c.Registers.Groups {
			for _, h := range g.Fields {
				if f.ID == g.Name+"_"+h.Name {
					asks = g.Name + "." + h.Name
				}
			}
		}
	}
	if asks != "" && strings.TrimSpace(f.Reason) == "" {
		l.bad(formFile, at+".field", "a register holds %s: do not ask it, or give the reason", asks)
	}
}

// routes walks the arrows: each page is reached, each ends at review, none
// leads back, and each set of answers has a way on.
func (l *linter) routes(ids map[string]bool) {
	f := l.s.Form
	to := map[string][]string{}
	for i, p := range f.Pages {
		for j, n := range p.Next {
			at := indexed("pages", i, fmt.Sprintf("next[%d]", j))
			if n.Page != form.Review && !ids[n.Page] {
				l.bad(formFile, at+".page", "there is no page %q", n.Page)
				continue
			}
			if n.When == "" && j < len(p.Next)-1 {
				l.bad(formFile, at, "the arrows below one without a condition are never taken")
			}
			to[p.ID] = append(to[p.ID], n.Page)
		}
		if n := len(p.Next); n == 0 {
			to[p.ID] = []string{f.After(p.ID)}
		} else if p.Next[n-1].When != "" {
			l.bad(formFile, indexed("pages", i, fmt.Sprintf("next[%d]", n-1)), "the page %q may be left without a way on: end with an arrow without a condition", p.ID)
		}
	}
	reached := map[string]bool{}
	onWay := map[string]bool{}
	var visit func(id string)
	visit = func(id string) {
		reached[id], onWay[id] = true, true
		for _, n := range to[id] {
			if onWay[n] {
				l.bad(formFile, l.page(id), "the page %q leads back to %q: a loop", id, n)
			} else if !reached[n] {
				visit(n)
			}
		}
		onWay[id] = false
	}
	visit(f.Pages[0].ID)
	for _, p := range f.Pages {
		if !reached[p.ID] {
			l.bad(formFile, l.page(p.ID), "the page %q is never reached", p.ID)
		}
	}
	ends := map[string]bool{form.Review: true}
	for range f.Pages {
		for id, list := range to {
			ends[id] = ends[id] || slices.ContainsFunc(list, func(n string) bool { return ends[n] })
		}
	}
	for _, p := range f.Pages {
		if !ends[p.ID] {
			l.bad(formFile, l.page(p.ID), "the page %q is a dead end: review is not reached from it", p.ID)
		}
	}
}

func (l *linter) page(id string) string {
	for i, p := range l.s.Form.Pages {
		if p.ID == id {
			return fmt.Sprintf("pages[%d]", i)
		}
	}
	return ""
}

// all lists every compiled expression with its site.
func (l *linter) all() map[site]*expression {
	out := map[site]*expression{}
	for i, v := range l.s.Values {
		out[site{path: indexed("values", i, "is"), file: serviceFile}] = l.s.engine.values[v.Name]
	}
	for i, v := range l.s.Variants {
		out[site{path: indexed("variants", i, "when"), file: serviceFile}] = l.s.engine.expr(v.When)
	}
	for _, at := range l.s.sites() {
		if at.src != "" {
			out[site{path: at.path, file: at.file}] = l.s.engine.expr(at.src)
		}
	}
	return out
}

// literals finds comparisons with an option that does not exist: such a rule
// would never hold.
func (l *linter) literals() {
	for at, e := range l.all() {
		ast.PostOrderVisit(e.ast.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
			if x.Kind() != ast.CallKind {
				return
			}
			c := x.AsCall()
			if args := c.Args(); len(args) == 2 && slices.Contains([]string{"_==_", "_!=_", "@in"}, c.FunctionName()) {
				l.compare(at, args[0], args[1])
				l.compare(at, args[1], args[0])
			}
		}))
	}
}

func (l *linter) compare(at site, name, with ast.Expr) {
	options, ok := l.options(dotted(name))
	if !ok {
		return
	}
	values := []ast.Expr{with}
	if with.Kind() == ast.ListKind {
		values = with.AsList().Elements()
	}
	for _, v := range values {
		if v.Kind() != ast.LiteralKind {
			continue
		}
		s, isText := v.AsLiteral().Value().(string)
		if isText && !slices.ContainsFunc(options, func(o form.Option) bool { return o.Value == s }) {
			l.bad(at.file, at.path, "%s is never %q", dotted(name), s)
		}
	}
}

// dotted is the name that a chain of selections spells, or "".
func dotted(x ast.Expr) string {
	switch x.Kind() {
	case ast.IdentKind:
		return x.AsIdent()
	case ast.SelectKind:
		if of := dotted(x.AsSelect().Operand()); of != "" {
			return of + "." + x.AsSelect().FieldName()
		}
	}
	return ""
}

func (l *linter) options(name string) ([]form.Option, bool) {
	if id, ok := strings.CutPrefix(name, "answers."); ok {
		f, _, found := l.s.Form.Field(id)
		return optionsOf(f), found && len(f.Options) > 0
	}
	f, ok := l.s.Fact(name)
	return f.Options, ok && len(f.Options) > 0
}

func optionsOf(f *form.Field) []form.Option {
	if f == nil {
		return nil
	}
	return f.Options
}

// unused refuses facts that nothing needs: what is not used is not asked of a
// register either.
func (l *linter) unused() {
	used := map[string]bool{}
	for _, e := range l.all() {
		ast.PostOrderVisit(e.ast.Expr(), ast.NewExprVisitor(func(x ast.Expr) { used[dotted(x)] = true }))
	}
	for _, p := range l.s.Form.Pages {
		for _, f := range p.ShowFacts {
			used[f] = true
		}
	}
	for i, f := range l.s.Facts {
		if !used[f.Field] && !f.Shown {
			l.bad(serviceFile, indexed("facts", i, "field"), "nothing needs %s: do not ask a register for it", f.Field)
		}
	}
}
