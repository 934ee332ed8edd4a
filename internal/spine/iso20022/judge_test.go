package iso20022

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// samples is the folder of the module that has the standard's schemas and the
// banks' samples; tools/iso20022 pins it.
var samples = sync.OnceValues(func() (string, error) {
	cmd := exec.Command("go", "mod", "download", "-json", "github.com/moov-io/iso20022")
	cmd.Dir = "../../../tools/iso20022"
	out, err := cmd.Output()
	if err != nil {
		return "", err
	}
	var m struct{ Dir string }
	return m.Dir, json.Unmarshal(out, &m)
})

// schema is the file of a message's schema.
func schema(t *testing.T, message string) string {
	t.Helper()
	dir, err := samples()
	if err != nil {
		t.Fatalf("the module of the schemas: %v", err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "docs/specifications/*", message+"*.xsd"))
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: no schema in %s: %v", message, dir, err)
	}
	return found[0]
}

// judged has xmllint hold documents against the schema of their message.
func judged(t *testing.T, message string, documents ...[]byte) {
	t.Helper()
	args := []string{"--noout", "--nonet", "--schema", schema(t, message)}
	dir := t.TempDir()
	for i, d := range documents {
		path := filepath.Join(dir, message+"-"+string(rune('a'+i%26))+strings.Repeat("x", i/26)+".xml")
		if err := os.WriteFile(path, d, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	if out, err := exec.Command("xmllint", args...).CombinedOutput(); err != nil {
		first, _, _ := bytes.Cut(documents[0], []byte("\x00"))
		t.Fatalf("%v: %s\n%.4000s", err, out, first)
	}
}
