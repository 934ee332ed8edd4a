package bom_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"balai/internal/app/bom"
)

// TestPartsAreWhatIsLinked: nothing that the binary links is without its
// licence in the notices.
func TestPartsAreWhatIsLinked(t *testing.T) {
	parts, err := bom.Parts()
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for _, p := range parts {
		if p.Licence == "" || len(p.Text) < 60 {
			t.Errorf("%s %s: licence %q, %d characters", p.Name, p.Version, p.Licence, len(p.Text))
		}
		listed[p.Name] = p.Version
	}
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}} {{.Version}}{{end}}", "balai/cmd/balai")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		name, version, _ := strings.Cut(strings.TrimSpace(line), " ")
		if version != "" && listed[name] != version {
			t.Errorf("%s %s is linked, and the notices have %q: run `make build`", name, version, listed[name])
		}
	}
}

// TestSBOM: every part has its package URL, licence and checksum.
func TestSBOM(t *testing.T) {
	parts := []bom.Part{
		{Kind: "golang", Name: "example.org/a", Version: "v1.2.3", Sum: "h1:AAAA", Licence: "MIT", Text: "the text of A"},
		{Kind: "npm", Name: "@scope/b", Version: "2.0.0", Sum: "sha512-AAAA", Licence: "Apache-2.0 AND MIT", Text: "the text of B"},
	}
	var out bytes.Buffer
	if err := bom.SBOM(&out, "0.1.0", parts); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		BOMFormat, SpecVersion string
		Components             []struct {
			Purl     string
			Hashes   []struct{ Alg, Content string }
			Licenses []struct {
				Expression string
				License    struct{ ID string }
			}
		}
		Dependencies []struct{ DependsOn []string }
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.BOMFormat != "CycloneDX" || doc.SpecVersion != "1.6" || len(doc.Components) != 2 || len(doc.Dependencies[0].DependsOn) != 2 {
		t.Fatalf("%s", out.String())
	}
	a, b := doc.Components[0], doc.Components[1]
	if a.Purl != "pkg:golang/example.org/a@v1.2.3" || a.Licenses[0].License.ID != "MIT" || a.Hashes[0].Alg != "SHA-256" || a.Hashes[0].Content != "000000" {
		t.Errorf("%+v", a)
	}
	if b.Purl != "pkg:npm/%40scope/b@2.0.0" || b.Licenses[0].Expression != "Apache-2.0 AND MIT" || b.Hashes[0].Alg != "SHA-512" {
		t.Errorf("%+v", b)
	}
	var notices bytes.Buffer
	if err := bom.Notices(&notices, parts); err != nil || !strings.Contains(notices.String(), "the text of B") {
		t.Errorf("%v: %s", err, notices.String())
	}
}
