package desk

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"balai/internal/spine/blob"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
)

// What was uploaded never runs: only a picture is shown in place, and a file
// that is no longer what was sent is not shown at all.
func TestEvidence(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		dir := t.TempDir()
		r.Blobs = blob.Dir(dir)
		keep := func(id, kind, data string) casework.Evidence {
			sha, err := r.Blobs.Put(context.Background(), []byte(data))
			must(t, err)
			return casework.Evidence{ID: id, Name: id, Type: kind, SHA: sha, Label: locale.Same("Paper " + id), Size: int64(len(data))}
		}
		r.files = []casework.Evidence{keep("a.0", "image/png", "\x89PNG"), keep("b.0", "image/svg+xml", "<svg><script>alert(1)</script></svg>"),
			keep("c.0", "application/pdf", "%PDF-1.4 <script>"), keep("d.0", "text/html", "<script>alert(1)</script>")}
		c, reg := r.open(), officer("salmah", "jpn/reg")
		for _, f := range r.files {
			for _, query := range []string{"", "?view", "?view=1"} {
				w := r.do(reg, "GET", "/desk/"+c.Ref+"/file/"+f.ID+query, nil)
				r.expect(w, 200)
				h, shown := w.Header(), (f.ID == "a.0" || f.ID == "c.0") && query != ""
				if h.Get("Content-Security-Policy") != "default-src 'none'; sandbox; frame-ancestors 'self'" || h.Get("X-Content-Type-Options") != "nosniff" ||
					strings.HasPrefix(h.Get("Content-Disposition"), "inline") != shown {
					t.Errorf("%s%s: %v", f.ID, query, h)
				}
			}
		}
		w := r.do(reg, "GET", "/desk/"+c.Ref+"/evidence/a.0?zoom=200", nil)
		r.expect(w, 200, r.files[0].SHA, `src="/desk/`+c.Ref+`/file/a.0?view"`, `width="1920"`, "/evidence/b.0")
		w = r.do(reg, "GET", "/desk/"+c.Ref+"/evidence/b.0", nil)
		r.expect(w, 200, "/evidence/a.0", "/evidence/c.0")
		if s := w.Body.String(); strings.Contains(s, "<img") || strings.Contains(s, "alert(1)") {
			t.Error("a document with scripts is drawn in the page")
		}
		if s := w.Header().Get("Content-Security-Policy"); strings.Contains(s, "frame-src") {
			t.Error("a page without a document may frame: " + s)
		}
		w = r.do(reg, "GET", "/desk/"+c.Ref+"/evidence/c.0", nil)
		r.expect(w, 200, `<iframe class="b-evidence" src="/desk/`+c.Ref+`/file/c.0?view" title="`)
		if s := w.Header().Get("Content-Security-Policy"); !strings.HasSuffix(s, "; frame-src 'self'") || !strings.Contains(s, "default-src 'none'") {
			t.Error("the page's policy: " + s)
		}
		r.expect(r.do(reg, "GET", "/desk/"+c.Ref+"/evidence/x.0", nil), 404)
		r.expect(r.do(officer("hafiz", "jpn/reg"), "GET", "/desk/"+c.Ref+"/evidence/a.0", nil), 403)

		sha := r.files[0].SHA
		must(t, os.WriteFile(filepath.Join(dir, sha[:2], sha), []byte("\x89PNG and more"), 0o600))
		for _, path := range []string{"/evidence/a.0", "/file/a.0?view"} {
			if w := r.do(reg, "GET", "/desk/"+c.Ref+path, nil); w.Code != 500 || strings.Contains(w.Body.String(), "and more") {
				t.Errorf("%s: a changed file is shown: %d", path, w.Code)
			}
		}
	}, casework.Migration(), journal.Migration(), outbox.Migration(), directory.Migration(), Migration())
}

func TestDiffer(t *testing.T) {
	for _, c := range [][3]string{
		{"Aisyah binti Ramli", "Aisyah binti Ramli", "Aisyah binti Ramli"},
		{"Aishah binti Ramli", "Aisyah binti Ramli", "[Aishah] binti Ramli"},
		{"Nur Aisyah binti Ramli", "Aisyah binti Ramli", "[Nur] Aisyah binti Ramli"},
		{"Aisyah Ramli", "Aisyah binti Ramli", "Aisyah Ramli"},
		{"Ramli Aisyah", "Aisyah Ramli", "Ramli [Aisyah]"},
		{"", "Aisyah", ""},
		{"Mei Ling", "", "[Mei] [Ling]"},
	} {
		var out []string
		for _, w := range differ(c[0], c[1]) {
			if w.Differs {
				w.Text = "[" + w.Text + "]"
			}
			out = append(out, w.Text)
		}
		if got := strings.Join(out, " "); got != c[2] {
			t.Errorf("%q against %q: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}
