package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
)

// invariantsPage is the page whose tables name the tests that defend what must
// always hold.
const invariantsPage = "docs/invariants.md"

// leastNumbers are the invariants of the design, which may not lose their row.
const leastNumbers = 11

// Invariants reports rows of the page that promise a test that is not there,
// or both engines where the test does not ask for both, and invariants that
// nothing defends.
func (t *Tree) Invariants() []string {
	text, ok := t.Other[invariantsPage]
	if !ok {
		return []string{invariantsPage + ": there is no such page"}
	}
	tests := t.testFuncs()
	var bad []string
	defended := map[string]bool{}
	number := ""
	for i, line := range strings.Split(text, "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || strings.HasPrefix(line, "|---") || strings.TrimSpace(cells[3]) == "test" {
			continue
		}
		if n := strings.TrimSpace(cells[1]); n != "" {
			number = n
		}
		name, engines := strings.Trim(cells[3], " `"), strings.TrimSpace(cells[4])
		if reason := t.promise(tests, name, engines); reason != "" {
			bad = append(bad, fmt.Sprintf("%s:%d: %s", invariantsPage, i+1, reason))
			continue
		}
		defended[number] = true
	}
	for n := range leastNumbers {
		if !defended[fmt.Sprint(n+1)] {
			bad = append(bad, fmt.Sprintf("%s: no test defends invariant %d", invariantsPage, n+1))
		}
	}
	return bad
}

// promise tells what is wrong with one row, "" where it is kept.
func (t *Tree) promise(tests map[string]*ast.FuncDecl, name, engines string) string {
	if !slices.Contains([]string{"both", "SQLite", "PostgreSQL", "none"}, engines) {
		return fmt.Sprintf("the engines of %s are %q: say both, SQLite, PostgreSQL or none", name, engines)
	}
	if file, title, browser := strings.Cut(name, ": "); browser {
		if text, ok := t.Other[file]; !ok || !strings.Contains(text, title) {
			return "there is no test " + name
		}
		return ""
	}
	fn := tests[name]
	if fn == nil || !strings.HasPrefix(fn.Name.Name, "Test") && !strings.HasPrefix(fn.Name.Name, "Fuzz") {
		return "there is no test " + name
	}
	if pkg := path.Dir(name) + "/" + strings.TrimSuffix(path.Base(name), "."+fn.Name.Name); (engines == "both") != asksBoth(tests, pkg, fn, map[string]bool{}) {
		return fmt.Sprintf("%s says %s, and its code does not", name, engines)
	}
	return ""
}

// testFuncs are the functions of tests, by folder and name.
func (t *Tree) testFuncs() map[string]*ast.FuncDecl {
	out := map[string]*ast.FuncDecl{}
	for _, f := range t.Go {
		for _, d := range f.AST.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && f.Test && fn.Recv == nil {
				out[f.Pkg+"."+fn.Name.Name] = fn
			}
		}
	}
	return out
}

// asksBoth tells whether a test runs on each engine that there is: by dbtest or
// balaitest, or by a function beside it that does.
func asksBoth(tests map[string]*ast.FuncDecl, pkg string, fn *ast.FuncDecl, seen map[string]bool) bool {
	if seen[fn.Name.Name] || fn.Body == nil {
		return false
	}
	seen[fn.Name.Name] = true
	found := false
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || found {
			return !found
		}
		switch f := call.Fun.(type) {
		case *ast.SelectorExpr:
			x, ok := f.X.(*ast.Ident)
			found = ok && (x.Name == "dbtest" || x.Name == "balaitest") && (f.Sel.Name == "Each" || f.Sel.Name == "Engines")
		case *ast.Ident:
			next := tests[pkg+"."+f.Name]
			found = next != nil && asksBoth(tests, pkg, next, seen) || pkg == "internal/spine/db" && f.Name == "engines"
		}
		return !found
	})
	return found
}
