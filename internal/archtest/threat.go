package archtest

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// namedTest is a test as the pages of threats name it: its package's last word,
// and its own.
var namedTest = regexp.MustCompile("`([a-z0-9_]+\\.Test[A-Za-z0-9]+)`")

// Threats reports tests that a page of threats, docs/threats-*.md, promises and
// that are not there, and rows that name none.
func (t *Tree) Threats() (bad []string) {
	there := map[string]bool{}
	for name := range t.testFuncs() {
		there[path.Base(name)] = true
	}
	for _, page := range slices.Sorted(maps.Keys(t.Other)) {
		if !strings.HasPrefix(page, "docs/threats-") {
			continue
		}
		for i, line := range strings.Split(t.Other[page], "\n") {
			cells := strings.Split(line, "|")
			if len(cells) != 6 || strings.HasPrefix(line, "|---") || strings.TrimSpace(cells[4]) == "test" {
				continue
			}
			names := namedTest.FindAllStringSubmatch(cells[4], -1)
			if len(names) == 0 {
				bad = append(bad, fmt.Sprintf("%s:%d: no test is named", page, i+1))
			}
			for _, n := range names {
				if !there[n[1]] {
					bad = append(bad, fmt.Sprintf("%s:%d: there is no test %s", page, i+1, n[1]))
				}
			}
		}
	}
	return bad
}
