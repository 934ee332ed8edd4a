package archtest

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// protectionPage names each place that reads where somebody is, and says why
// nobody learns there of a protected person.
const protectionPage = "docs/protection.md"

// whereabouts are the calls that answer where somebody is or how they are
// reached. Tables are their own part's, so that there is no other way to it.
var whereabouts = []string{"Facts", "Holders", "IdentityOf", "MailOf", "PhoneOf", "PostOf", "PostalOf"}

// Whereabouts reports a place that reads where somebody is and is not on the
// page of protected persons, and a row of that page that is true no more.
func (t *Tree) Whereabouts() []string {
	listed := map[string]bool{} // seen yet, by "file call"
	for _, line := range strings.Split(t.Other[protectionPage], "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.HasPrefix(strings.TrimSpace(cells[1]), "`internal/") || strings.TrimSpace(cells[3]) == "" {
			continue
		}
		for _, call := range strings.Split(cells[2], ",") {
			listed[strings.Trim(cells[1], " `")+" "+strings.Trim(call, " `")] = false
		}
	}
	var bad []string
	for _, f := range t.Go {
		if f.Test || !strings.HasPrefix(f.Pkg, "internal/") || f.Pkg == "internal/domain/register" || f.Pkg == "internal/archtest" {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains(whereabouts, sel.Sel.Name) || ofDirectory(sel) {
				return true
			}
			key := f.Path + " " + sel.Sel.Name
			if _, known := listed[key]; !known {
				bad = append(bad, fmt.Sprintf("%s: %s tells where somebody is: ask the rule, and give it a row in %s", f.Pos(n), sel.Sel.Name, protectionPage))
			}
			listed[key] = true
			return true
		})
	}
	for key, seen := range listed {
		if !seen {
			bad = append(bad, protectionPage+": nothing is read any more at "+key)
		}
	}
	slices.Sort(bad)
	return slices.Compact(bad)
}

// ofDirectory tells Holders of posts, who are officers, from those of entries.
func ofDirectory(sel *ast.SelectorExpr) bool {
	switch x := sel.X.(type) {
	case *ast.SelectorExpr:
		return strings.EqualFold(x.Sel.Name, "directory")
	case *ast.Ident:
		return strings.EqualFold(x.Name, "directory")
	}
	return false
}
