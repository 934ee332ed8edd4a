package app

import (
	"context"
	"errors"
	"io"

	"balai/internal/app/bom"
	"balai/internal/domain/portal"
)

// runNotices is `balai notices`: what others wrote in the binary, with its
// licences in full.
func runNotices(_ context.Context, args, _ []string, std Std) error {
	return withParts(args, func(parts []bom.Part) error { return bom.Notices(std.Out, parts) })
}

// runSBOM is `balai sbom`: the same as CycloneDX.
func runSBOM(_ context.Context, args, _ []string, std Std) error {
	return withParts(args, func(parts []bom.Part) error { return bom.SBOM(std.Out, Version, parts) })
}

func withParts(args []string, fn func([]bom.Part) error) error {
	if err := words(args, 0, 0, ""); err != nil {
		return err
	}
	parts, err := bom.Parts()
	if err != nil {
		return err
	}
	return fn(parts)
}

// notices lets the portal show what others wrote.
type notices struct{}

func (notices) Parts() ([]portal.Material, error) {
	parts, err := bom.Parts()
	if errors.Is(err, bom.ErrNotMade) {
		return nil, nil // the page says so
	}
	out := make([]portal.Material, len(parts))
	for i, p := range parts {
		out[i] = portal.Material{Name: p.Name, Version: p.Version, Licence: p.Licence}
	}
	return out, err
}

func (notices) Write(out io.Writer) error {
	parts, err := bom.Parts()
	if err != nil {
		return err
	}
	return bom.Notices(out, parts)
}
