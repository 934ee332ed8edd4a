// Package bom is the bill of materials: what others wrote in the binary, with
// its licence. `make build` collects it into dist, from the modules that the
// binary links and the packages whose files it embeds.
package bom

import (
	"compress/gzip"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// File is the collected list within dist: JSON of []Part, gzipped.
const File = "dist/parts.json.gz"

// Part is one thing that others wrote.
type Part struct {
	Kind    string `json:"kind"` // golang or npm: the type of its package URL
	Name    string `json:"name"` // "github.com/jackc/pgx/v5"
	Version string `json:"version"`
	Sum     string `json:"sum"`     // as go.sum or the npm lock file has it: "h1:…", "sha512-…"
	Licence string `json:"licence"` // SPDX identifiers joined by AND
	Text    string `json:"text"`    // the licences and notices in full
}

// ErrNotMade is returned by Parts where the binary was built by go build alone.
var ErrNotMade = errors.New("the list of parts was not collected: build with `make build`")

// Parts are in the order of their names.
func Parts() ([]Part, error) {
	f, err := dist.Open(File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotMade
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("bom: %w", err)
	}
	var parts []Part
	return parts, json.NewDecoder(z).Decode(&parts)
}

// Notices writes every part with its licence in full.
func Notices(out io.Writer, parts []Part) error {
	for _, p := range parts {
		if _, err := fmt.Fprintf(out, "=== %s %s (%s)\n\n%s\n\n", p.Name, p.Version, p.Licence, p.Text); err != nil {
			return err
		}
	}
	return nil
}
