package bom

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"

	"github.com/CycloneDX/cyclonedx-go"
)

// SBOM writes the parts as a CycloneDX 1.6 document in JSON. It has no date
// and no serial number, so that the same binary gives the same document.
func SBOM(out io.Writer, version string, parts []Part) error {
	doc := cyclonedx.NewBOM()
	root := "pkg:golang/balai@v" + version
	doc.Metadata = &cyclonedx.Metadata{Component: &cyclonedx.Component{BOMRef: root, Type: cyclonedx.ComponentTypeApplication,
		Name: "balai", Version: version, PackageURL: root, Licenses: licences("Apache-2.0")}}
	var all []cyclonedx.Component
	needs := []string{}
	for _, p := range parts {
		c := cyclonedx.Component{BOMRef: p.URL(), Type: cyclonedx.ComponentTypeLibrary, Name: p.Name, Version: p.Version,
			PackageURL: p.URL(), Licenses: licences(p.Licence)}
		if h, ok := p.hash(); ok {
			c.Hashes = &[]cyclonedx.Hash{h}
		}
		all, needs = append(all, c), append(needs, p.URL())
	}
	doc.Components = &all
	doc.Dependencies = &[]cyclonedx.Dependency{{Ref: root, Dependencies: &needs}}
	enc := cyclonedx.NewBOMEncoder(out, cyclonedx.BOMFileFormatJSON)
	enc.SetPretty(true)
	return enc.EncodeVersion(doc, cyclonedx.SpecVersion1_6)
}

// URL is the part's package URL.
func (p Part) URL() string {
	return "pkg:" + p.Kind + "/" + strings.Replace(p.Name, "@", "%40", 1) + "@" + p.Version
}

// hash is the checksum as CycloneDX writes it. Go's h1 sum is the SHA-256 of
// the module's list of files, as `go mod verify` computes it.
func (p Part) hash() (cyclonedx.Hash, bool) {
	for prefix, alg := range map[string]cyclonedx.HashAlgorithm{"h1:": cyclonedx.HashAlgoSHA256, "sha512-": cyclonedx.HashAlgoSHA512} {
		if text, ok := strings.CutPrefix(p.Sum, prefix); ok {
			if raw, err := base64.StdEncoding.DecodeString(text); err == nil {
				return cyclonedx.Hash{Algorithm: alg, Value: hex.EncodeToString(raw)}, true
			}
		}
	}
	return cyclonedx.Hash{}, false
}

func licences(expression string) *cyclonedx.Licenses {
	if strings.Contains(expression, " ") {
		return &cyclonedx.Licenses{{Expression: expression}}
	}
	return &cyclonedx.Licenses{{License: &cyclonedx.License{ID: expression}}}
}
