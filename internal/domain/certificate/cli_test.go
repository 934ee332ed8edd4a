package certificate_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"balai/internal/domain/certificate"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/outbox"
)

func TestVerifyCLI(t *testing.T) {
	r := newRig(t, dbtest.Open(t, "sqlite", outbox.Migration(), certificate.Migration()))
	code := r.issue(birth("BLH-1"))
	file, err := r.File(r.get(code).Payload)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	put := func(name string, data []byte) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	jwks, err := json.Marshal(r.Keys())
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(file)
	changed[len(changed)/2] ^= 1
	put("sound.pdf", file)
	put("changed.pdf", changed)
	put("longer.pdf", append(bytes.Clone(file), ' '))
	put("other.txt", []byte("hello"))
	put("keys.json", jwks)
	put("keys.pem", []byte(r.signer.PEM()))
	put("broken.json", []byte("{"))
	for _, c := range []struct {
		args string
		want int
		says string
	}{
		{"verify sound.pdf --key keys.json", 0, "SOUND"},
		{"verify --key keys.pem sound.pdf", 0, "Nur Iman binti Ahmad Faizal"},
		{"verify --key=keys.pem sound.pdf", 0, code},
		{"verify changed.pdf --key keys.json", 1, "NOT SOUND"},
		{"verify changed.pdf", 1, "NOT SOUND"},
		{"verify longer.pdf --key keys.json", 1, "NOT SOUND"},
		{"verify other.txt --key keys.json", 2, "CANNOT TELL"},
		{"verify sound.pdf", 2, "--key"},
		{"verify sound.pdf --key broken.json", 2, "keys"},
		{"verify sound.pdf --key nowhere", 2, "keys"},
		{"verify nowhere.pdf --key keys.json", 2, "nowhere.pdf"},
		{"verify", 2, "Usage"},
		{"", 2, "Usage"},
		{"verify sound.pdf other.txt", 2, "Usage"},
		{"verify --wrong sound.pdf", 2, "Usage"},
	} {
		var out bytes.Buffer
		if got := certificate.VerifyCLI(strings.Fields(c.args), &out, &out); got != c.want || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: exit %d, want %d\n%s", c.args, got, c.want, out.String())
		}
	}
	put(".balai/demo/key/certificate.pem", []byte(r.signer.PEM()))
	var out bytes.Buffer
	if got := certificate.VerifyCLI([]string{"verify", "sound.pdf"}, &out, &out); got != 0 {
		t.Errorf("with the data folder's key: %d %s", got, out.String())
	}
}
