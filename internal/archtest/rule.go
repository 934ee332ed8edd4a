package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const module = "balai"

// floor tells which floor a folder belongs to, and for a domain which part: "spine", "ui", "domain/service", "app".
func floor(pkg string) string {
	rest, ok := strings.CutPrefix(pkg, "internal/")
	if !ok {
		return ""
	}
	p := strings.SplitN(rest, "/", 3)
	if p[0] == "domain" && len(p) > 1 {
		return "domain/" + p[1]
	}
	return p[0]
}

// mayImport lists, for each floor, the floors beneath it. A domain also has itself.
func mayImport(from, to string) bool {
	if from == to || to == "" {
		return true
	}
	switch {
	case from == "spine":
		return false
	case from == "ui":
		return to == "spine"
	case strings.HasPrefix(from, "domain/"):
		return to == "spine" || to == "ui"
	}
	return true // app, commands, tests of the whole
}

// uiSees are the spine packages that the kit may know.
var uiSees = []string{"internal/spine/locale", "internal/spine/actor"}

// Imports reports each import that climbs: a domain in another domain, a part in the spine, a store in the kit.
// A test may import what it likes from its own floor down; the wiring of several parts belongs to app's tests.
func (t *Tree) Imports() []string {
	var bad []string
	for _, f := range t.Go {
		from := floor(f.Pkg)
		if from == "" || from == "app" || from == "archtest" || from == "deps" {
			continue
		}
		for _, imp := range f.imports() {
			in, ok := strings.CutPrefix(imp, module+"/")
			if !ok {
				continue
			}
			switch to := floor(in); {
			case !mayImport(from, to):
				bad = append(bad, fmt.Sprintf("%s imports %s: %s must not know %s", f.Path, imp, from, to))
			case from == "ui" && to == "spine" && !f.Test && !slices.Contains(uiSees, in):
				bad = append(bad, fmt.Sprintf("%s imports %s: the kit knows only %s", f.Path, imp, strings.Join(uiSees, ", ")))
			}
		}
	}
	return bad
}

// mayHoldSQL tells whether a file may contain SQL text: the db package, and each part's store.
func mayHoldSQL(f *File) bool {
	base := path.Base(f.Path)
	return strings.HasPrefix(f.Pkg, "internal/spine/db") || base == "store.go" || strings.HasPrefix(base, "store_") || f.Test
}

// statement is how an SQL text begins; a lower-case word of prose ("select one") is told apart by what must follow it.
var statement = regexp.MustCompile(`(?is)^\s*(select\s.+\sfrom\s|insert\s+(or\s+\w+\s+)?into\s|update\s+\w+\s+set\s|delete\s+from\s|create\s+(table|index|unique)|with\s+(recursive\s+)?\w+(\s*\([^)]*\))?\s+as\s*\(|pragma\s|alter\s+table|drop\s+table)`)

// SQL reports SQL text outside the stores.
func (t *Tree) SQL() []string {
	var bad []string
	for _, f := range t.Go {
		if mayHoldSQL(f) || !strings.HasPrefix(f.Pkg, "internal/") || f.Pkg == "internal/archtest" {
			continue
		}
		for _, lit := range literals(f) {
			if text := unquote(lit); statement.MatchString(text) {
				bad = append(bad, fmt.Sprintf("%s: SQL outside store.go: %.60q", f.Pos(lit), strings.TrimSpace(text)))
			}
		}
	}
	return bad
}

// Clocks reports calls of the real clock outside spine/clock: time must be given, so that it can be set.
func (t *Tree) Clocks() []string {
	banned := []string{"Now", "Since", "Until", "Sleep"}
	var bad []string
	for _, f := range t.Go {
		if f.Test || f.Pkg == "internal/spine/clock" || !strings.HasPrefix(f.Pkg, "internal/") {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(banned, sel.Sel.Name) {
				bad = append(bad, f.Pos(sel)+": time."+sel.Sel.Name+" outside spine/clock")
			}
			return true
		})
	}
	return bad
}

// RawHTML reports the doors past templ's escaping.
func (t *Tree) RawHTML() []string {
	raw := regexp.MustCompile(`templ\.(Raw|JSUnsafeFuncCall|SafeScript|JSONScript)\b|templ\.SafeURL\(|templ\.SafeCSS|html/template`)
	var bad []string
	each := func(name, text string) {
		for i, line := range strings.Split(text, "\n") {
			// The kit's favicon is a constant of its own, not somebody's address.
			if m := raw.FindString(strings.ReplaceAll(line, "templ.SafeURL(favicon)", "")); m != "" {
				bad = append(bad, name+":"+strconv.Itoa(i+1)+": "+m)
			}
		}
	}
	for _, f := range t.Go {
		if !f.Test && strings.HasPrefix(f.Pkg, "internal/") && f.Pkg != "internal/archtest" && !strings.HasSuffix(f.Path, "_templ.go") {
			each(f.Path, f.Text)
		}
	}
	for name, text := range t.Other {
		if strings.HasSuffix(name, ".templ") {
			each(name, text)
		}
	}
	slices.Sort(bad)
	return bad
}

var (
	createTable = regexp.MustCompile(`(?i)create\s+table\s+(?:if\s+not\s+exists\s+)?(\w+)`)
	usedTable   = regexp.MustCompile(`(?i)\b(?:from|join|into|update|references|on)\s+([a-z]\w*_\w+)\b`)
)

// prefixOf is the word that every table of a part begins with: the folder's own name.
func prefixOf(migration string) string {
	return path.Base(path.Dir(path.Dir(migration)))
}

// owners maps each table to the folder whose migration makes it.
func (t *Tree) owners() map[string]string {
	own := map[string]string{}
	for name, text := range t.Other {
		if strings.HasSuffix(name, ".sql") && strings.HasPrefix(name, "internal/") {
			for _, m := range createTable.FindAllStringSubmatch(text, -1) {
				own[strings.ToLower(m[1])] = path.Dir(path.Dir(name))
			}
		}
	}
	return own
}

// Tables reports tables without their part's prefix, and stores that touch another part's table.
func (t *Tree) Tables() []string {
	own := t.owners()
	var bad []string
	for name, text := range t.Other {
		if !strings.HasSuffix(name, ".sql") || !strings.HasPrefix(name, "internal/") {
			continue
		}
		for _, m := range createTable.FindAllStringSubmatch(text, -1) {
			if p := prefixOf(name); !strings.HasPrefix(m[1], p+"_") {
				bad = append(bad, fmt.Sprintf("%s: table %s lacks its part's prefix %s_", name, m[1], p))
			}
		}
	}
	for _, f := range t.Go {
		if f.Test || !strings.HasPrefix(f.Pkg, "internal/") || f.Pkg == "internal/archtest" {
			continue
		}
		for _, lit := range literals(f) {
			for _, m := range usedTable.FindAllStringSubmatch(unquote(lit), -1) {
				if home, ok := own[strings.ToLower(m[1])]; ok && home != f.Pkg {
					bad = append(bad, fmt.Sprintf("%s: touches table %s of %s", f.Pos(lit), m[1], home))
				}
			}
		}
	}
	slices.Sort(bad)
	return bad
}

// MachinePaths reports absolute paths of somebody's machine.
func (t *Tree) MachinePaths() []string {
	// Written in pieces, so that this file does not report itself.
	machine := regexp.MustCompile(`/(?:wor` + `k|far` + `m|roo` + `t|hom` + `e)/[a-zA-Z.]`)
	var bad []string
	each := func(name, text string) {
		for i, line := range strings.Split(text, "\n") {
			if m := machine.FindString(line); m != "" {
				bad = append(bad, name+":"+strconv.Itoa(i+1)+": "+strings.TrimSpace(line))
			}
		}
	}
	for _, f := range t.Go {
		each(f.Path, f.Text)
	}
	for name, text := range t.Other {
		if path.Base(name) != "package-lock.json" {
			each(name, text)
		}
	}
	slices.Sort(bad)
	return bad
}

// Skips reports tests that can be skipped: a test that does not run is no test.
func (t *Tree) Skips() []string {
	var bad []string
	for _, f := range t.Go {
		if !f.Test {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if ok && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name) {
				if x, ok := sel.X.(*ast.Ident); ok && (x.Name == "t" || x.Name == "b") {
					bad = append(bad, f.Pos(call)+": a skipped test")
				}
			}
			return true
		})
	}
	return bad
}

// customary are the methods whose meaning the language or the whole house knows.
var customary = []string{"Error", "String", "Unwrap", "Now"}

// Undocumented reports exported functions, methods of exported types, and types without a comment.
func (t *Tree) Undocumented() []string {
	var bad []string
	for _, f := range t.Go {
		if f.Test || !strings.HasPrefix(f.Pkg, "internal/") || strings.HasSuffix(f.Path, "_templ.go") {
			continue
		}
		for _, d := range f.AST.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && !methodOfHidden(d) && !short(f, d) && !slices.Contains(customary, d.Name.Name) {
					bad = append(bad, f.Pos(d)+": "+d.Name.Name+" has no comment")
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if s, ok := s.(*ast.TypeSpec); ok && s.Name.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
						bad = append(bad, f.Pos(s)+": "+s.Name.Name+" has no comment")
					}
				}
			}
		}
	}
	return bad
}

func methodOfHidden(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return false
	}
	name := ""
	ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return true
	})
	return !ast.IsExported(name)
}

// short is a function of one line: its name and body say all that a comment could.
func short(f *File, d *ast.FuncDecl) bool {
	return f.Fset.Position(d.Pos()).Line == f.Fset.Position(d.End()).Line
}

// literals are the file's string literals.
func literals(f *File) []*ast.BasicLit {
	var out []*ast.BasicLit
	ast.Inspect(f.AST, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			out = append(out, lit)
		}
		return true
	})
	return out
}

func unquote(lit *ast.BasicLit) string {
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return lit.Value
	}
	return s
}
