// Command asset makes the style sheet and script that the kit embeds: govuk-frontend's
// sheet without the typeface and crest that are not ours to use, then Balai's
// own, under names that carry their content's hash.
//
//	go run ./internal/ui/asset -from internal/ui/npm/node_modules/govuk-frontend -own internal/ui/brand -to internal/ui/static/dist
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	from := flag.String("from", "internal/ui/npm/node_modules/govuk-frontend", "the npm package")
	own := flag.String("own", "internal/ui/brand", "Balai's own css and js")
	to := flag.String("to", "internal/ui/static/dist", "where the files go")
	flag.Parse()
	if err := run(*from, *own, *to); err != nil {
		fmt.Fprintln(os.Stderr, "asset:", err)
		os.Exit(1)
	}
}

func run(from, own, to string) error {
	base, err := os.ReadFile(filepath.Join(from, "dist/govuk/govuk-frontend.min.css"))
	if err != nil {
		return fmt.Errorf("govuk-frontend is not installed (npm ci in internal/ui/npm): %w", err)
	}
	sheet := Clean(string(base))
	for _, trace := range []string{"GDS Transport", "@font-face", "crest", "url(/assets"} {
		if strings.Contains(sheet, trace) {
			return fmt.Errorf("%q is left in the style sheet", trace)
		}
	}
	brand, err := read(own, ".css")
	if err != nil {
		return err
	}
	script, err := read(own, ".js")
	if err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(to, "*.*"))
	if err != nil {
		return err
	}
	for _, f := range old {
		if filepath.Base(f) == ".keep" {
			continue
		}
		if err := os.Remove(f); err != nil {
			return err
		}
	}
	manifest := map[string]string{}
	for name, body := range map[string][]byte{
		"balai.css": append([]byte(sheet), Squeeze(brand)...),
		"balai.js":  script,
	} {
		sum := sha256.Sum256(body)
		ext := filepath.Ext(name)
		hashed := strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:5]) + ext
		manifest[name] = hashed
		if err := os.WriteFile(filepath.Join(to, hashed), body, 0o644); err != nil {
			return err
		}
	}
	raw, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, "manifest.json"), raw, 0o644)
}

// read joins the folder's files of one kind, by name.
func read(dir, ext string) ([]byte, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*"+ext))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		b.Write(raw)
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}
