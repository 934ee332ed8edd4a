package seal_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/certificate/seal"
	"balai/internal/spine/locale"
	"balai/internal/spine/paper"
	"github.com/smallstep/pkcs7"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

const payload = `{"code":"SAH-0000"}`

func sheet() paper.Sheet {
	same := locale.Same
	return paper.Sheet{
		Site: same("Balai Khidmat"), Agency: locale.Text{MS: "Jabatan Pendaftaran Negara", EN: "National Registration Department"},
		Title: locale.Text{MS: "Sijil Kelahiran", EN: "Certificate of Birth"},
		Law:   locale.Text{MS: "Akta Pendaftaran Kelahiran dan Kematian 1957 [Akta 299], seksyen 7", EN: "Births and Deaths Registration Act 1957 [Act 299], section 7"},
		Code:  "SAH-7K3M-Q2XV-9T4B-W8ZD-5", Number: "BL 2026 0000123", Case: "BLH-7K3M-Q2XV-9T4B-W8ZD-5",
		IssuedAt: noon, URL: "http://localhost:8080/verify/SAH-7K3M-Q2XV-9T4B-W8ZD-5", Automatic: true,
		Rows: []paper.Row{
			{Label: locale.Text{MS: "Nama kanak-kanak", EN: "Name of child"}, Value: same("Nur Iman binti Ahmad Faizal")},
			{Label: locale.Text{MS: "Jantina", EN: "Sex"}, Value: locale.Text{MS: "Perempuan", EN: "Female"}},
			{Label: locale.Text{MS: "Tarikh dan masa lahir", EN: "Date and time of birth"}, Value: locale.Text{MS: "18 November 2026, 3.04 petang", EN: "18 November 2026, 3:04pm"}},
			{Label: locale.Text{MS: "Tempat lahir", EN: "Place of birth"}, Value: same("Hospital Raja Perempuan Zainab II, Kota Bharu, Kelantan")},
			{Label: locale.Text{MS: "Nama ibu", EN: "Name of mother"}, Value: same("Aisyah binti Abdul Rahman")},
			{Label: locale.Text{MS: "No. kad pengenalan ibu", EN: "Mother's identity card number"}, Value: same("950412-00-5124")},
			{Label: locale.Text{MS: "Nama bapa", EN: "Name of father"}, Value: same("Nguyễn Văn Đức")},
			{Label: locale.Text{MS: "Taraf kewarganegaraan", EN: "Citizenship"}, Value: locale.Text{MS: "Warganegara Malaysia", EN: "Citizen of Malaysia"}},
		},
		Notes: []locale.Text{{MS: "Sijil ini ialah bukti pendaftaran kelahiran.", EN: "This certificate is proof that the birth is registered."}},
	}
}

func sealed(t testing.TB, s *seal.Signer) []byte {
	t.Helper()
	pdf, err := paper.Draw(sheet())
	if err != nil {
		t.Fatal(err)
	}
	file, err := s.Sign(pdf, []byte(payload), "Certificate of Birth (test)", noon)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func signer(t testing.TB) *seal.Signer {
	t.Helper()
	s, err := seal.NewSigner("Balai Khidmat", noon)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSoundUnsoundUnknown(t *testing.T) {
	s, other := signer(t), signer(t)
	file := sealed(t, s)
	bare, err := paper.Draw(sheet())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		file []byte
		keys seal.Keys
		want seal.Verdict
		why  seal.Why
	}{
		{"as sealed", file, s.Keys(), seal.Sound, seal.WhySound},
		{"two keys known", file, append(other.Keys(), s.Keys()...), seal.Sound, seal.WhySound},
		{"another's key", file, other.Keys(), seal.Unknown, seal.WhyOtherKey},
		{"no key", file, nil, seal.Unknown, seal.WhyNoKey},
		{"empty", nil, s.Keys(), seal.Unknown, seal.WhyForeign},
		{"a photo", []byte("\xff\xd8\xff\xe0 JFIF"), s.Keys(), seal.Unknown, seal.WhyForeign},
		{"never sealed", bare, s.Keys(), seal.Unsound, seal.WhyChanged},
		{"line end appended", append(bytes.Clone(file), '\n'), s.Keys(), seal.Unsound, seal.WhyAppended},
		{"file appended", append(bytes.Clone(file), file...), s.Keys(), seal.Unsound, seal.WhyChanged},
		{"cut short", file[:len(file)-1], s.Keys(), seal.Unsound, seal.WhyAppended},
		{"the seal taken off", file[:len(bare)], s.Keys(), seal.Unsound, seal.WhyChanged},
		{"a byte before it", append([]byte("\n"), file...), s.Keys(), seal.Unsound, seal.WhyChanged},
	} {
		got := seal.Verify(c.file, c.keys)
		if got.Verdict != c.want || got.Why != c.why {
			t.Errorf("%s: %v %s, want %v %s", c.name, got.Verdict, got.Why, c.want, c.why)
		}
	}
	if got := seal.Verify(file, s.Keys()); string(got.Payload) != payload {
		t.Errorf("payload %q", got.Payload)
	}
}

// Every byte counts: each place in the signature and its surroundings, and
// random places elsewhere, with random other values.
func TestAnyByteChangedIsUnsound(t *testing.T) {
	s := signer(t)
	file, keys := sealed(t, s), s.Keys()
	change := func(at int, to byte) {
		t.Helper()
		was := file[at]
		if was == to {
			return
		}
		file[at] = to
		if got := seal.Verify(file, keys); got.Verdict != seal.Unsound {
			t.Errorf("byte %d of %d, %q for %q: %v %s", at, len(file), to, was, got.Verdict, got.Why)
		}
		file[at] = was
	}
	contents := bytes.LastIndex(file, []byte("/Contents <"))
	for at := contents - 400; at < contents+2200; at++ {
		change(at, file[at]^1)
		change(at, file[at]^0x20) // the other case of a letter
		change(at, '0')
	}
	for at := len(file) - 500; at < len(file); at++ {
		change(at, file[at]^1)
		change(at, ' ')
	}
	rapid.Check(t, func(r *rapid.T) {
		change(rapid.IntRange(0, len(file)-1).Draw(r, "at"), rapid.Byte().Draw(r, "to"))
	})
	if got := seal.Verify(file, keys); got.Verdict != seal.Sound {
		t.Fatalf("the file restored: %v %s", got.Verdict, got.Why)
	}
}

// A CMS library that nobody here wrote accepts the signature.
func TestSignatureIsCMS(t *testing.T) {
	s := signer(t)
	file := sealed(t, s)
	a := bytes.LastIndex(file, []byte("/Contents <")) + len("/Contents ")
	b := a + bytes.IndexByte(file[a:], '>') + 1
	raw := make([]byte, (b-a-2)/2)
	if _, err := hex.Decode(raw, file[a+1:b-1]); err != nil {
		t.Fatal(err)
	}
	p, err := pkcs7.Parse(raw[:4+int(raw[2])<<8+int(raw[3])])
	if err != nil {
		t.Fatal(err)
	}
	p.Content = append(bytes.Clone(file[:a]), file[b:]...)
	if err := p.Verify(); err != nil {
		t.Fatal(err)
	}
	p.Content[100] ^= 1
	if err := p.Verify(); err == nil {
		t.Fatal("accepted another content")
	}
}

// Outside judges: qpdf on the file's structure, poppler on its signature,
// pdftotext and zbar on what a person and a telephone read.
func TestOutsideJudges(t *testing.T) {
	s := signer(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "certificate.pdf")
	if err := os.WriteFile(path, sealed(t, s), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) string {
		t.Helper()
		out, err := exec.Command(name, args...).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		return string(out)
	}
	if out := run("qpdf", "--check", path); !strings.Contains(out, "No syntax or stream encoding errors") {
		t.Errorf("qpdf: %s", out)
	}
	if out := run("pdfsig", path); !strings.Contains(out, "Signature is Valid") || !strings.Contains(out, "Total document signed") {
		t.Errorf("pdfsig: %s", out)
	}
	text := run("pdftotext", "-layout", path, "-")
	for _, want := range []string{"Sijil Kelahiran", "Certificate of Birth", "Nur Iman binti Ahmad Faizal", "BL 2026 0000123", "SAH-7K3M-Q2XV-9T4B-W8ZD-5", "23 November 2026", "Nguyễn Văn Đức"} {
		if !strings.Contains(text, want) {
			t.Errorf("the paper lacks %q:\n%s", want, text)
		}
	}
	run("pdftoppm", "-r", "150", "-png", "-singlefile", path, filepath.Join(dir, "page"))
	if out := run("zbarimg", "--quiet", filepath.Join(dir, "page.png")); !strings.Contains(out, sheet().URL) {
		t.Errorf("zbarimg: %s", out)
	}
}

func TestKeysReadInEachForm(t *testing.T) {
	s := signer(t)
	file := sealed(t, s)
	jwks, err := json.Marshal(s.JWKS())
	if err != nil {
		t.Fatal(err)
	}
	one, err := json.Marshal(s.JWKS().Keys[0])
	if err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(s.PEM())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"JWKS": string(jwks), "JWK": string(one), "PEM": s.PEM(),
		"demo.json with PEM": `{"base_url":"x","certificate_key":` + string(quoted) + `}`,
		"demo.json with JWK": `{"base_url":"x","certificate_key":` + string(one) + `}`,
	} {
		keys, err := seal.ParseKeys([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := seal.Verify(file, keys); got.Verdict != seal.Sound {
			t.Errorf("%s: %v %s", name, got.Verdict, got.Why)
		}
	}
	for name, text := range map[string]string{"empty": "", "no key": "{}", "text": "hello", "bad point": `{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}`} {
		if _, err := seal.ParseKeys([]byte(text)); err == nil {
			t.Errorf("%s: read as a key", name)
		}
	}
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key", "certificate.pem")
	first, err := seal.LoadSigner(path, "Balai Khidmat", noon)
	if err != nil {
		t.Fatal(err)
	}
	file := sealed(t, first)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("key file: %v %v", info.Mode(), err)
	}
	again, err := seal.LoadSigner(path, "ignored", noon)
	if err != nil {
		t.Fatal(err)
	}
	if got := seal.Verify(file, again.Keys()); got.Verdict != seal.Sound {
		t.Fatalf("after a restart: %v %s", got.Verdict, got.Why)
	}
	// A new key above, the old certificate kept below: old files stay sound.
	dir := t.TempDir()
	next, newPath := filepath.Join(dir, "next.pem"), filepath.Join(dir, "fresh.pem")
	fresh, err := seal.LoadSigner(newPath, "Balai Khidmat", noon)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(newPath)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(next, append(text, first.PEM()...), 0o600); err != nil {
		t.Fatal(err)
	}
	rotated, err := seal.LoadSigner(next, "Balai Khidmat", noon)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string][]byte{"old": file, "new": sealed(t, rotated)} {
		if got := seal.Verify(f, rotated.Keys()); got.Verdict != seal.Sound {
			t.Errorf("%s file after the change of keys: %v %s", name, got.Verdict, got.Why)
		}
	}
	if len(rotated.JWKS().Keys) != 2 || rotated.JWKS().Keys[0].ID != fresh.JWKS().Keys[0].ID {
		t.Error("the published keys are not the new one and the old one")
	}
	if err := os.WriteFile(next, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.LoadSigner(next, "x", noon); err == nil {
		t.Error("a broken key file was taken, or written over")
	}
}

func BenchmarkSeal(b *testing.B) {
	s := signer(b)
	for b.Loop() {
		sealed(b, s)
	}
}
