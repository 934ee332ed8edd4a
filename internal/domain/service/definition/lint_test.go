package definition_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"balai/internal/domain/service/definition"
)

var update = flag.Bool("update", false, "rewrite the wanted problems of testdata/lint")

// base is a small sound catalogue that each lint test breaks in one way.
func base(t *testing.T) fstest.MapFS {
	t.Helper()
	return catalogueOf("testdata/base")
}

func catalogueOf(dir string) fstest.MapFS {
	out := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(filepath.Join(dir, p))
		out[p] = &fstest.MapFile{Data: raw}
		return err
	})
	if err != nil {
		panic(err)
	}
	return out
}

// TestLint applies each testdata/lint/*.txt to the base. Such a file has
// edits ("edit FILE", lines "- old" that must be there, lines "+ new") and the
// problems wanted ("want FILE:LINE: REASON"), which are all that lint may say.
func TestLint(t *testing.T) {
	if _, problems := definition.Load(base(t)); len(problems) > 0 {
		t.Fatalf("the base has problems: %v", problems)
	}
	files, _ := filepath.Glob("testdata/lint/*.txt")
	if len(files) < 60 {
		t.Fatalf("only %d lint tests found", len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			fsys := base(t)
			want := edit(t, fsys, string(raw))
			c, problems := definition.Load(fsys)
			var got []string
			for _, p := range problems {
				got = append(got, p.String())
			}
			if *update {
				head, _, _ := strings.Cut(string(raw), "want ")
				for _, g := range got {
					head += "want " + g + "\n"
				}
				if err := os.WriteFile(file, []byte(head), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
				t.Errorf("lint says\n%s\nwanted\n%s", g, w)
			}
			if len(problems) == 0 {
				t.Error("a broken definition passed")
			}
			broken := strings.HasPrefix(string(raw), "edit mbp/stall-permit/")
			if broken && c.Service("mbp/stall-permit") != nil {
				t.Error("a broken service reached the catalogue")
			}
		})
	}
}

// edit applies the edits of a test file and returns the problems it wants.
func edit(t *testing.T, fsys fstest.MapFS, text string) (want []string) {
	t.Helper()
	var file string
	var old, new []string
	apply := func() {
		if file == "" {
			return
		}
		was, is := strings.Join(old, ""), strings.Join(new, "")
		data := string(fsys[file].Data)
		if strings.Count(data, was) != 1 {
			t.Fatalf("%s does not hold once:\n%s", file, was)
		}
		fsys[file] = &fstest.MapFile{Data: []byte(strings.Replace(data, was, is, 1))}
		file, old, new = "", nil, nil
	}
	for line := range strings.Lines(text) {
		switch rest := line[min(2, len(line)):]; {
		case strings.HasPrefix(line, "edit "):
			apply()
			file = strings.TrimSpace(line[5:])
			if fsys[file] == nil {
				t.Fatalf("there is no %s", file)
			}
		case strings.HasPrefix(line, "want "):
			apply()
			want = append(want, strings.TrimSpace(line[5:]))
		case strings.HasPrefix(line, "- "):
			old = append(old, rest)
		case strings.HasPrefix(line, "+ "):
			new = append(new, rest)
		}
	}
	apply()
	return want
}
