package notice

import (
	"encoding/base64"
	"strings"
	"testing"
)

// prepared is a file as Notify's clients prepare it.
func prepared(name string, data []byte) map[string]any {
	return map[string]any{"file": base64.StdEncoding.EncodeToString(data), "filename": name, "confirm_email_before_download": nil, "retention_period": nil}
}

func TestReadDocument(t *testing.T) {
	good := pdfOf("1 0 obj << /Type /Page >> endobj")
	with := func(m map[string]any, name string, v any) map[string]any { m[name] = v; return m }
	for _, c := range []struct {
		what  string
		given map[string]any
		want  string
	}{
		{"a PDF", prepared("", good), "document.pdf application/pdf"},
		{"a table", prepared("senarai 1.csv", []byte("a,b\n")), "senarai 1.csv text/csv; charset=utf-8"},
		{"a path", prepared("../../etc/pass\"wd.txt", []byte("x")), ".._.._etc_pass_wd.txt text/plain; charset=utf-8"},
		{"a turned name", prepared("gpj\u202e.txt", []byte("x")), "gpj.txt text/plain; charset=utf-8"},
		{"HTML as a PDF", prepared("a.pdf", []byte("<html>")), "Unsupported file type 'pdf'. Supported types are: " + documentKinds},
		{"HTML", prepared("a.html", []byte("<html>")), "Unsupported file type 'html'. Supported types are: " + documentKinds},
		{"a picture that is none", prepared("a.png", good), "Unsupported file type 'png'. Supported types are: " + documentKinds},
		{"a script in a PDF", prepared("a.pdf", pdfOf("1 0 obj << /Type /Page /AA 2 0 R >> endobj")), "Unsupported file type 'pdf'. Supported types are: " + documentKinds},
		{"no end of the name", prepared("a", good), "`filename` must end with a file extension. For example, filename.csv"},
		{"a long name", prepared(strings.Repeat("a", 101)+".txt", []byte("x")), "`filename` cannot be longer than 100 characters"},
		{"too large", prepared("a.txt", []byte(strings.Repeat("a", documentLimit+1))), "File is larger than 2MB"},
		{"79 weeks", with(prepared("", good), "retention_period", "79 weeks"), "Unsupported value for retention_period '79 weeks'. Supported periods are from 1 to 78 weeks."},
		{"a month", with(prepared("", good), "retention_period", "1 month"), "Unsupported value for retention_period '1 month'. Supported periods are from 1 to 78 weeks."},
		{"perhaps", with(prepared("", good), "confirm_email_before_download", "perhaps"), "Unsupported value for confirm_email_before_download: 'perhaps'. Use a boolean true or false value."},
		{"no file", map[string]any{"a": 1}, "personalisation holds an object that is not a file"},
	} {
		d, bad := readDocument(c.given)
		got := d.Name + " " + d.Type
		if bad != nil {
			got = bad.Errors[0].Message
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}
