// Command collect writes the bill of materials of the binary into bom/dist:
// the Go modules that it links, and the npm packages whose files it embeds.
// Run it in the module's root, as `make build` does.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"balai/internal/app/bom"
	"github.com/google/licensecheck"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "collect:", err)
		os.Exit(1)
	}
}

func run() error {
	parts, err := modules()
	if err != nil {
		return err
	}
	assets, err := packages("internal/ui/npm")
	if err != nil {
		return err
	}
	data, err := kept()
	if err != nil {
		return err
	}
	parts = append(append(parts, assets...), data...)
	slices.SortFunc(parts, func(a, b bom.Part) int { return strings.Compare(a.Name, b.Name) })
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if err := json.NewEncoder(z).Encode(parts); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join("internal/app/bom", bom.File), packed.Bytes(), 0o644)
}

// modules are those of which at least one package is linked, and Go itself,
// whose library and runtime are in every binary.
func modules() ([]bom.Part, error) {
	out, err := exec.Command("go", "list", "-deps", "-f", `{{with .Module}}{{if .Version}}{{.Path}}{{"\t"}}{{.Version}}{{"\t"}}{{.Sum}}{{"\t"}}{{.Dir}}{{end}}{{end}}`, "./cmd/balai").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	goText, err := texts(strings.TrimSpace(string(root)))
	if err != nil {
		return nil, err
	}
	std, err := part("golang", "std", strings.TrimPrefix(runtime.Version(), "go"), "", goText)
	if err != nil {
		return nil, err
	}
	parts, seen := []bom.Part{std}, map[string]bool{}
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(f) != 4 || seen[f[0]] {
			continue
		}
		seen[f[0]] = true
		text, err := texts(f[3])
		if err != nil {
			return nil, err
		}
		p, err := part("golang", f[0], f[1], f[2], text)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// kept are the data of others that lie in the repository with their licence.
func kept() ([]bom.Part, error) {
	text, err := texts("internal/spine/postcode")
	if err != nil {
		return nil, err
	}
	p, err := part("npm", "malaysia-postcodes", "3.0.0", "", text)
	return []bom.Part{p}, err
}

// packages are those of an npm lock file that reach the browser.
func packages(dir string) ([]bom.Part, error) {
	file, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return nil, err
	}
	var lock struct {
		Packages map[string]struct {
			Version, Integrity string
			Dev                bool
		}
	}
	if err := json.Unmarshal(file, &lock); err != nil {
		return nil, err
	}
	var parts []bom.Part
	for path, p := range lock.Packages {
		name, ok := strings.CutPrefix(path, "node_modules/")
		if !ok || p.Dev {
			continue
		}
		text, err := texts(filepath.Join(dir, path))
		if err != nil {
			return nil, err
		}
		if text == "" { // some are published without the text
			if text, err = declared(filepath.Join(dir, path)); err != nil {
				return nil, err
			}
		}
		one, err := part("npm", name, p.Version, p.Integrity, text)
		if err != nil {
			return nil, err
		}
		parts = append(parts, one)
	}
	return parts, nil
}

// declared is the licence that a package only names, as an SPDX line.
func declared(dir string) (string, error) {
	file, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return "", err
	}
	var p struct {
		License  string
		Homepage string
	}
	if err := json.Unmarshal(file, &p); err != nil {
		return "", err
	}
	return strings.TrimSpace("SPDX-License-Identifier: " + p.License + "\n\nThe package names its licence and does not carry the text. " + p.Homepage), nil
}

// texts joins the licences and notices that lie in a folder.
func texts(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var all []string
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		for _, begins := range []string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "PATENTS"} {
			if e.Type().IsRegular() && strings.HasPrefix(name, begins) && !strings.HasSuffix(name, ".GO") {
				text, err := os.ReadFile(filepath.Join(dir, e.Name()))
				if err != nil {
					return "", err
				}
				all = append(all, strings.TrimSpace(string(text)))
				break
			}
		}
	}
	return strings.Join(all, "\n\n"), nil
}

// part names the licence by its text. What cannot be named must not be
// shipped unseen, so it is an error.
func part(kind, name, version, sum, text string) (bom.Part, error) {
	var ids []string
	for _, m := range licensecheck.Scan([]byte(text)).Match {
		if m.ID != "GooglePatentsFile" && !slices.Contains(ids, m.ID) { // a grant beside the licence
			ids = append(ids, m.ID)
		}
	}
	if id, _, found := strings.Cut(strings.TrimPrefix(text, "SPDX-License-Identifier: "), "\n"); len(ids) == 0 && found && id != text {
		ids = []string{id}
	}
	if len(ids) == 0 || ids[0] == "" {
		return bom.Part{}, fmt.Errorf("%s %s has no licence that is known", name, version)
	}
	slices.Sort(ids)
	return bom.Part{Kind: kind, Name: name, Version: version, Sum: sum, Licence: strings.Join(ids, " AND "), Text: text}, nil
}
