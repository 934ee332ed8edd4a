package pdf

import (
	"bytes"
	"compress/zlib"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"
)

// file is a file of these objects, which is as much as the reader looks at.
func file(objects ...string) []byte {
	return []byte("%PDF-1.7\n" + strings.Join(objects, "\n") + "\nstartxref\n0\n%%EOF\n")
}

func deflated(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRead(t *testing.T) {
	page := "1 0 obj << /Type /Page /Parent 2 0 R >> endobj"
	stream := func(head, body string) string {
		return "9 0 obj << " + head + " /Filter /FlateDecode >> stream\n" + deflated(t, body) + "\nendstream endobj"
	}
	for _, c := range []struct {
		what   string
		data   []byte
		pages  int
		reason string
	}{
		{"two pages", file(page, page), 2, ""},
		{"a page in an object stream", file(page, stream("/Type /ObjStm", page+page)), 3, ""},
		{"words in a drawing", file(page, stream("/Length 9", "/JavaScript /Type /Page ")), 1, ""},
		{"HTML", []byte("<html>%PDF-1.7"), 0, "it does not begin as a PDF does"},
		{"HTML before it", append([]byte("<script></script>"), file(page)...), 0, "it does not begin as a PDF does"},
		{"cut off", file(page)[:20], 0, "it does not end as a PDF does"},
		{"empty", nil, 0, "it does not begin as a PDF does"},
		{"no page", file("<< /Type /Pages >>"), 0, "it has no page"},
		{"a script", file(page, "<< /S /JavaScript /JS (x) >>"), 0, "it holds /JavaScript"},
		{"a script, its name hidden", file(page, "<< /S /J#61vaScript >>"), 0, "it holds /JavaScript"},
		{"a script in an object stream", file(page, stream("/Type /ObjStm", "<< /OpenAction 3 0 R >>")), 0, "it holds /OpenAction"},
		{"a file that is pinned to a page", file(page, "<< /Subtype /FileAttachment /FS << /Type /Filespec >> >>"), 0, "it holds /FileAttachment"},
		{"a file that does not say what it is", file(page, "<< /AF [<< /F (a.exe) /EF << /F 9 0 R >> >>] >>", "9 0 obj << /Length 2 >> stream\nMZ\nendstream endobj"), 0, "it holds /EF"},
		{"a locked file", file(page, "trailer << /Encrypt 5 0 R >>"), 0, "it holds /Encrypt"},
		{"a list of no files", file(page, "<< /Names << /EmbeddedFiles << /Names [\n ] >> >> >>"), 1, ""},
		{"an empty list of files", file(page, "<< /Names <</EmbeddedFiles<<>>>> >>"), 1, ""},
		{"one in an object stream", file(page, stream("/Type /ObjStm", "<< /EmbeddedFiles << /Names [] >> >>")), 1, ""},
		{"a list of files", file(page, "<< /EmbeddedFiles << /Names [(a) 5 0 R] >> >>"), 0, "it holds /EmbeddedFiles"},
		{"a list of files elsewhere", file(page, "<< /EmbeddedFiles 5 0 R >>"), 0, "it holds /EmbeddedFiles"},
		{"a list of files in branches", file(page, "<< /EmbeddedFiles << /Names [] /Kids [5 0 R] >> >>"), 0, "it holds /EmbeddedFiles"},
		{"a list of files after none", file(page, "<< /EmbeddedFiles << /Names [] >> /EmbeddedFiles 5 0 R >>"), 0, "it holds /EmbeddedFiles"},
		{"a list around one", file(page, "<< /EmbeddedFiles << /EmbeddedFiles << >> /Names [] >> >>"), 0, "it holds /EmbeddedFiles"},
		{"a list whose end is hidden", file(page, "<< /EmbeddedFiles << /Names [#5d >> (a) 5 0 R ] >> >>"), 0, "it holds /EmbeddedFiles"},
		{"a name parted by a list", file(page, "<< /S /Java/EmbeddedFiles<<>>Script /JavaScript 4 0 R >>"), 0, "it holds /JavaScript"},
		{"a file beside the list", file(page, "<< /EmbeddedFiles << /Names [] >> >> << /Type /EmbeddedFile >>"), 0, "it holds /EmbeddedFile"},
		{"a stream without end", file(page, "9 0 obj << >> stream\nabc"), 0, "a stream has no end"},
		{"a bomb", file(page, stream("/Type /ObjStm", strings.Repeat("0", unpackedEach+1))), 0, "an object stream cannot be read"},
		{"many streams", file(page, strings.Repeat("<< >> stream\n endstream ", streamsRead+2)), 0, "it has too many streams"},
		{"streams within dictionaries", file(page, strings.Repeat("<<", 9)+strings.Repeat("x ", 500)+strings.Repeat(">>stream\nendstream ", 9)), 0, "its streams lie within each other"},
		{"a comment before a stream", file(page, "9 0 obj << /Length 3 >> % (\nstream\r\nabc\nendstream endobj % >> stream"), 1, ""},
		{"a text with brackets", file(page, `9 0 obj << /Title (a (b\) \\) % c) /ID <0aff> >> endobj`), 1, ""},
		{"the word in a text", file(page, "9 0 obj << /Title (>> stream) >> endobj", "<< /S /JavaScript >>"), 0, "it holds /JavaScript"},
		{"a text without end", file(page, "9 0 obj << /Title (a >> endobj"), 0, "a text in it has no end"},

		// What one reader passes over and another finds.
		{"a script between comments", file(page, "%stream\n1 0 obj << /OpenAction << /S /JavaScript >> >> endobj\n%endstream"), 0, "it holds /OpenAction"},
		{"a script between comments, its names hidden", file(page, "%>> stream\n1 0 obj << /#4fpenAction 4 0 R >> endobj\n%endstream"), 0, "it holds /OpenAction"},
		{"an object in a comment", file(page, "% 8 0 obj << /XF#41 9 0 R >>"), 0, "it hides an object"},
		{"an object in a text", file(page, "(8 0 obj << /AA 9 0 R >>)"), 0, "it hides an object"},
		{"an object in a stream", file(page, "9 0 obj << >> stream\n8 %\n0 obj << /AA 9 0 R >>\nendstream"), 0, "it hides an object"},
		{"an object stream in a stream", file(page, "9 0 obj << >> stream\n"+stream("/Type /ObjStm", "<< /JS 3 0 R >>")), 0, "it hides an object"},
		{"a trailer in a stream", file(page, "9 0 obj << >> stream\ntrailer << /Encrypt 5 0 R >>\nendstream"), 0, "it holds /Encrypt"},
		{"an object stream that does not say so", file(page, stream("/N 1 /First 4", "8 0 << /JS 3 0 R >>")), 0, "it holds /JS"},
		{"one whose dictionary has a false end", file(page, stream("/Type /ObjStm /X (obj)", "8 0 << /JS 3 0 R >>")), 0, "it holds /JS"},
		{"one after a carriage return", file(page, strings.Replace(stream("/Type /ObjStm", "8 0 << /JS 3 0 R >>"), "stream\n", "stream\r", 1)), 0, "it holds /JS"},
		{"one that is not packed", file(page, "9 0 obj << /N 1 /First 4 >> stream\n8 0 << /JS 3 0 R >> endstream"), 0, "it holds /JS"},
		{"one packed twice", file(page, stream("/Type /ObjStm /Filter /FlateDecode", deflated(t, "8 0 << /JS 3 0 R >>"))), 0, "an object stream cannot be read"},
		{"one packed in another way", file(page, stream("/Type /ObjStm /DecodeParms << /Predictor 12 >>", "x")), 0, "an object stream cannot be read"},
	} {
		pages, reason := Printed(c.data)
		if pages != c.pages || reason != c.reason {
			t.Errorf("%s: %d pages, %q; want %d, %q", c.what, pages, reason, c.pages, c.reason)
		}
	}
}

// Who only reads a file may be given one that says where to begin, and none that
// runs.
func TestReadTakesOrdinaryFiles(t *testing.T) {
	page := "1 0 obj << /Type /Page /Parent 2 0 R >> endobj"
	for own, want := range map[string]string{"/OpenAction [1 0 R /Fit]": "", "/AA << /WC 4 0 R >>": "", "/OpenAction << /S /JavaScript /JS (x) >>": "it holds /JavaScript",
		"/AA << /O << /S /Launch >> >>": "it holds /Launch", "/Encrypt 4 0 R": "it holds /Encrypt"} {
		if n, reason := Read(file(page, "2 0 obj << /Type /Catalog "+own+" >> endobj")); reason != want || want == "" && n != 1 {
			t.Errorf("%s: %d pages, %q, want %q", own, n, reason, want)
		}
	}
}

// A letter that the hall's own writer has set is printed; one with a file in it
// is not.
func TestPrintedTakesACommonWriter(t *testing.T) {
	for _, c := range []struct {
		files []fpdf.Attachment
		want  string
	}{{nil, ""}, {[]fpdf.Attachment{{Content: []byte("x"), Filename: "x.txt"}}, "it holds /EmbeddedFile"}} {
		doc := fpdf.New("P", "mm", "A4", "")
		doc.AddPage()
		doc.SetAttachments(c.files)
		var b bytes.Buffer
		if err := doc.Output(&b); err != nil {
			t.Fatal(err)
		}
		if n, reason := Printed(b.Bytes()); reason != c.want || c.want == "" && n != 1 {
			t.Errorf("%d files: %d pages, %q, want %q", len(c.files), n, reason, c.want)
		}
	}
}
