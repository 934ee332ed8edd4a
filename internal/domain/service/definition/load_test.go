package definition_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"balai/catalogue"
	"balai/internal/domain/service/definition"
)

// A release keeps its own folder and the shared files only; it must read again
// without the services that it offers.
func TestLoadOnePackedService(t *testing.T) {
	packed := fstest.MapFS{}
	err := fs.WalkDir(catalogue.FS, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(p, "/") && !strings.HasPrefix(p, "jpn/birth-registration/") {
			return err
		}
		raw, err := fs.ReadFile(catalogue.FS, p)
		packed[p] = &fstest.MapFile{Data: raw}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	c, problems := definition.Load(packed)
	s := c.Service("jpn/birth-registration")
	if s == nil {
		t.Fatalf("the packed service does not read: %v", problems)
	}
	if want := load(t).Service("jpn/birth-registration").Digest; s.Digest != want {
		t.Errorf("digest %s, in the whole catalogue %s", s.Digest, want)
	}
}

func TestDigestIsOfEveryFile(t *testing.T) {
	seen := map[string]string{}
	digest := func(f fstest.MapFS) string {
		c, problems := definition.Load(f)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return c.Service("mbp/stall-permit").Digest
	}
	seen[digest(base(t))] = "base"
	for name := range base(t) {
		if !strings.HasPrefix(name, "mbp/stall-permit/") {
			continue
		}
		f := base(t)
		f[name] = &fstest.MapFile{Data: append(f[name].Data, "# a remark\n"...)}
		d := digest(f)
		if other, ok := seen[d]; ok {
			t.Errorf("a change of %s leaves the digest of %s", name, other)
		}
		seen[d] = name
	}
}

// Whatever a team writes, lint answers and does not panic: each line of the
// base is left out, doubled, emptied, and given a value of another kind.
func TestLintSurvivesEveryDamage(t *testing.T) {
	damage := map[string]func(string) string{
		"left out": func(string) string { return "" },
		"doubled":  func(s string) string { return s + s },
		"emptied": func(s string) string {
			key, _, _ := strings.Cut(s, ":")
			return strings.TrimRight(key, "\n") + ":\n"
		},
		"another kind": func(s string) string {
			key, _, _ := strings.Cut(s, ":")
			return strings.TrimRight(key, "\n") + ": [1, {a: b}]\n"
		},
		"a name that is not there": func(s string) string { return strings.ReplaceAll(s, "answers.", "facts.") },
	}
	sound := base(t)
	for name := range sound {
		lines := strings.SplitAfter(string(sound[name].Data), "\n")
		for i := range lines {
			for kind, f := range damage {
				fsys := base(t)
				broken := append([]string{}, lines...)
				broken[i] = f(broken[i])
				fsys[name] = &fstest.MapFile{Data: []byte(strings.Join(broken, ""))}
				c, problems := definition.Load(fsys)
				for _, p := range problems {
					if p.File == "" || p.Line < 1 || p.Reason == "" {
						t.Errorf("%s:%d %s: a problem without its place: %+v", name, i+1, kind, p)
					}
				}
				if s := c.Service("mbp/stall-permit"); s != nil { // what passes lint also runs
					s.Test(today)
					s.AnswersSchema()
				}
			}
		}
	}
}

func ExampleDiff() {
	old, new := catalogueOf("testdata/base"), catalogueOf("testdata/base")
	edit := func(file, was, is string) {
		new[file] = &fstest.MapFile{Data: []byte(strings.Replace(string(new[file].Data), was, is, 1))}
	}
	edit("mbp/stall-permit/service.yaml", "params: {fee_cents: 1000}", "params: {fee_cents: 1500}")
	edit("mbp/stall-permit/service.yaml", "The permit fee.", "What the permit costs.")
	edit("mbp/stall-permit/service.yaml", "answers.stalls <= 2", "answers.stalls <= 3")
	edit("mbp/stall-permit/service.yaml", "  - {field: applicant.state, basis: by-law}", "  - {field: applicant.state, basis: by-law, shown: true}")
	edit("mbp/stall-permit/form.yaml", `max: "10"`, `max: "6"`)
	text, err := definition.Diff(old, new, "mbp/stall-permit")
	fmt.Print(text, err)
	// Output:
	// Texts
	//   ~ fee, says (en)
	//       was The permit fee.
	//       is  What the permit costs.
	// Rules
	//   ~ value small, is
	//       was answers.stalls <= 2
	//       is  answers.stalls <= 3
	// Fee
	//   ~ variant city, params, fee cents
	//       was 1000
	//       is  1500
	// Pages
	//   ~ page stalls, field stalls, max
	//       was 10
	//       is  6
	// Facts
	//   + fact applicant.state, shown: true
	// <nil>
}

// Expressions come from outside: too long or too deep ones are refused, and a
// loop that would run away stops with an error.
func TestExpressionsAreBounded(t *testing.T) {
	for name, expr := range map[string]string{
		"long": strings.Repeat("small || ", 300) + "small",
		"deep": strings.Repeat("(", 200) + "small" + strings.Repeat(")", 200),
	} {
		f := base(t)
		f["mbp/stall-permit/service.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(string(f["mbp/stall-permit/service.yaml"].Data), `"small"`, `"`+expr+`"`, 1))}
		if _, problems := definition.Load(f); len(problems) != 1 || problems[0].Line != 45 {
			t.Errorf("%s: %v", name, problems)
		}
	}
	f := base(t)
	numbers := strings.Repeat("1,", 700) + "1"
	f["mbp/stall-permit/service.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(string(f["mbp/stall-permit/service.yaml"].Data), `"small"`,
		`"[`+numbers+`].all(x, x`+strings.Repeat("+x", 40)+` > 0)"`, 1))}
	c, problems := definition.Load(f)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	s := c.Service("mbp/stall-permit")
	if _, err := s.Evaluate(s.Examples(today)[0].Input(today)); err == nil || !strings.Contains(err.Error(), "cost") {
		t.Errorf("it ran to its end: %v", err)
	}
}
