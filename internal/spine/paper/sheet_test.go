package paper_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/locale"
	"balai/internal/spine/paper"
	"pgregory.net/rapid"
)

func sheet(rows ...paper.Row) paper.Sheet {
	return paper.Sheet{
		Site: locale.Same("Balai Khidmat"), Agency: locale.Text{MS: "Jabatan Pendaftaran Negara", EN: "National Registration Department"},
		Title: locale.Text{MS: "Sijil Kelahiran", EN: "Certificate of Birth"}, Code: "SAH-7K3M-Q2XV-9T4B-W8ZD-5", Case: "BLH-1",
		IssuedAt: time.Date(2026, 11, 23, 15, 59, 59, 0, time.UTC), URL: "http://localhost:8080/verify/SAH-7K3M-Q2XV-9T4B-W8ZD-5", Rows: rows,
	}
}

func row(label, value string) paper.Row {
	return paper.Row{Label: locale.Same(label), Value: locale.Same(value)}
}

// read draws a sheet and returns its text and how many pages it has.
func read(t *testing.T, s paper.Sheet) (text string, pages int) {
	t.Helper()
	pdf, err := paper.Draw(s)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sheet.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out), bytes.Count(out, []byte("\f"))
}

func TestNamesOfEveryCommunity(t *testing.T) {
	names := []string{
		"Nur Iman binti Ahmad Faizal", "Kavitha a/p Subramaniam", "Muthu a/l Ramasamy", "Tan Mei Ling", "Jennifer Lojingau @ Aminah",
		"Ngau anak Jugah", "D'Souza, Maria", "Harpreet Kaur d/o Jaswant Singh", "Bah Long", "Suria", "José Müller-Çelik",
		"Nguyễn Thị Lan", "Đặng Thái Sơn", "Ľubica Łukasz", "Şahin İnci", "Ngũgĩ wa Thiong’o",
	}
	var rows []paper.Row
	for i, n := range names {
		rows = append(rows, row(fmt.Sprint("Nama ", i), n))
	}
	text, pages := read(t, sheet(rows...))
	for _, n := range names {
		if !strings.Contains(text, n) {
			t.Errorf("the paper lacks %q", n)
		}
	}
	if strings.Contains(text, "*") || pages != 1 {
		t.Errorf("%d pages, or a name is marked as inexact:\n%s", pages, text)
	}
}

// A letter that the typeface lacks is never printed wrong in silence.
func TestInexactLettersAreMarked(t *testing.T) {
	text, _ := read(t, sheet(row("Nama", "Ǟma ʼUthmān"), row("Nama bapa", "陳大文")))
	for _, want := range []string{"Ǟma ʼUthmān", "???*", "* Huruf yang tidak dapat dicetak"} {
		if !strings.Contains(text, want) {
			t.Errorf("the paper lacks %q:\n%s", want, text)
		}
	}
}

// Whatever the rows, each value is on the paper and the foot on each page.
func TestLongSheetsGoOn(t *testing.T) {
	long := strings.Repeat("Muhammad Abdul Rahman bin Haji Wan Ahmad ", 3) // 123 runes
	var rows []paper.Row
	for i := range 24 {
		rows = append(rows, row(fmt.Sprintf("Butiran %d", i), fmt.Sprintf("N%02d %s", i, long)))
	}
	s := sheet(rows...)
	s.Notes = []locale.Text{locale.Same("Nota pertama."), locale.Same("Nota kedua.")}
	text, pages := read(t, s)
	if pages < 2 || strings.Count(text, s.Code+"\n") < pages {
		t.Errorf("%d pages, code on %d", pages, strings.Count(text, s.Code))
	}
	for i := range 24 {
		if !strings.Contains(text, fmt.Sprintf("N%02d ", i)) {
			t.Errorf("row %d is missing", i)
		}
	}
	if !strings.Contains(text, "Nota kedua.") {
		t.Error("a note is missing")
	}
	if text, _ := read(t, sheet(row("Nama", strings.Repeat("x", 150)))); strings.Count(text, "x") != 150 {
		t.Error("a name of one long word lost letters")
	}
}

func TestSameSheetSameBytes(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := sheet(row(rapid.String().Draw(r, "label"), rapid.StringN(0, 150, -1).Draw(r, "value")))
		s.Number, s.Automatic = rapid.String().Draw(r, "number"), rapid.Bool().Draw(r, "automatic")
		a, err := paper.Draw(s)
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		b, err := paper.Draw(s)
		if err != nil || !bytes.Equal(a, b) {
			t.Fatalf("%+v: other bytes, %v", s, err)
		}
	})
}

// The date is Malaysia's: 23:59:59 there, a second before midnight.
func TestDateIsMalaysias(t *testing.T) {
	s := sheet(row("Nama", "Suria"))
	if text, _ := read(t, s); !strings.Contains(text, "23 November 2026") {
		t.Error(text)
	}
	s.IssuedAt = s.IssuedAt.Add(time.Second)
	if text, _ := read(t, s); !strings.Contains(text, "24 November 2026") {
		t.Error(text)
	}
}

// A demo country's paper says so.
func TestSpecimen(t *testing.T) {
	s := sheet(row("Nama", "Suria"))
	if text, _ := read(t, s); strings.Contains(text, "CONTOH") {
		t.Error("a real one says that it is a specimen")
	}
	s.Specimen = true
	if text, _ := read(t, s); !strings.Contains(text, "CONTOH: dokumen negara contoh") || !strings.Contains(text, "SPECIMEN: a document") {
		t.Errorf("it does not say that it is a specimen:\n%s", text)
	}
}

// A reference on a letter is never cut: half of it on the next line is copied
// wrongly.
func TestReferenceIsWhole(t *testing.T) {
	const ref = "BLH-WWWW-MMMM-WWWW-94DS-A"
	pdf, _, err := paper.DrawLetters("Surat", time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), paper.Letter{Site: "Balai Khidmat", Agency: "Jabatan",
		Code: "SRT-1", URL: "http://localhost:8080/letter/SRT-1", Lang: "ms-MY", Head: []paper.Line{{Label: "Ruj. Kami", Text: ref}},
		To: []string{"Mat Zain"}, Salutation: "Tuan/Puan,", Subject: "Perkara", Page: "muka surat"})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "letter.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", path, "-").Output()
	if err != nil || !strings.Contains(string(out), ref) {
		t.Errorf("%v: %q is not whole:\n%s", err, ref, out)
	}
}
