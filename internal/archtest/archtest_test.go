package archtest

import (
	"os"
	"path/filepath"
	"testing"
)

// rules are the house's; each returns its offenders.
var rules = map[string]func(*Tree) []string{
	"imports":       (*Tree).Imports,
	"sql":           (*Tree).SQL,
	"clock":         (*Tree).Clocks,
	"raw html":      (*Tree).RawHTML,
	"tables":        (*Tree).Tables,
	"machine paths": (*Tree).MachinePaths,
	"skips":         (*Tree).Skips,
	"texts":         (*Tree).Texts,
	"undocumented":  (*Tree).Undocumented,
	"invariants":    (*Tree).Invariants,
	"whereabouts":   (*Tree).Whereabouts,
	"threats":       (*Tree).Threats,
}

func TestHouse(t *testing.T) {
	tree, err := Load("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Go) == 0 {
		t.Fatal("no Go file found: the rules looked at nothing")
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			for _, offender := range rule(tree) {
				t.Error(offender)
			}
		})
	}
}

// TestRulesCatch plants one offender for each rule in a small tree: a rule that finds nothing there guards nothing.
func TestRulesCatch(t *testing.T) {
	planted := map[string]string{
		"internal/domain/service/a.go":               "package service\nimport _ \"balai/internal/domain/desk\"\nvar q = `select x from casework_case where x = 1`\n",
		"internal/spine/web/a.go":                    "package web\nimport _ \"balai/internal/domain/desk\"\n",
		"internal/ui/a.go":                           "package ui\nimport _ \"balai/internal/spine/db\"\n",
		"internal/domain/desk/a.go":                  "package desk\nimport \"time\"\nvar n = time.Now()\nfunc Far() {\n}\n",
		"internal/domain/desk/page_a.templ":          "package desk\ntempl a() { @templ.Raw(\"<b>\") }\n",
		"internal/spine/casework/migration/0001.sql": "create table casework_case (x text);\ncreate table other_thing (x text);\n",
		"internal/domain/desk/store.go":              "package desk\nconst q = `select x from casework_case`\n",
		"internal/domain/desk/text.yaml":             "desk.a: {ms: Satu, en: }\ndesk.b: {ms: \"{n} fail\", en: \"{m} files\"}\n",
		"internal/domain/desk/c.go":                  "package desk\nvar _ = l.T(\"desk.c\")\n",
		"docs/invariants.md": "| | holds | test | engines |\n|---|---|---|---|\n| 1 | a | `internal/domain/desk.TestA` | none |\n" +
			"| 2 | b | `internal/domain/desk.TestA` | both |\n| 3 | c | `internal/domain/desk.TestGone` | none |\n| | | `test/browser/a.mjs: gone` | SQLite |\n| | | `internal/domain/desk.TestA` | some |\n",
		"internal/domain/desk/d.go":      "package desk\nfunc d() {\nx.People.PostalOf()\nx.Facts()\nx.Directory.Holders()\n_ = x.Facts\n}\n",
		"docs/protection.md":             "| `internal/domain/desk/d.go` | `Facts` | their own |\n| `internal/domain/desk/d.go` | `PhoneOf` | their own |\n",
		"docs/threats-desk.md":           "| what | how | holds | test |\n|---|---|---|---|\n| a | b | c | `desk.TestA`, `desk.TestGone` |\n| a | b | c | none |\n",
		"docs/a.md":                      "see /wor" + "k/main\n",
		"internal/domain/desk/a_test.go": "package desk\nimport \"testing\"\nfunc TestA(t *testing.T) { t.Skip() }\n",
	}
	root := t.TempDir()
	for name, text := range planted {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"imports": 3, "sql": 1, "clock": 1, "raw html": 1, "tables": 3, "machine paths": 1, "skips": 1, "texts": 3, "undocumented": 1,
		"invariants": 4 + 10, "whereabouts": 2, "threats": 2}
	for name, n := range want {
		if got := rules[name](tree); len(got) != n {
			t.Errorf("%s found %d offenders, want %d: %q", name, len(got), n, got)
		}
	}
}
