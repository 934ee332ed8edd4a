package backoffice

import (
	"net/http"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/web"
)

// documentShow hands out an agency's document as a download, in a sandbox of
// its own: what somebody sent never runs in the hall's name.
func (b *BackOffice) documentShow(w http.ResponseWriter, r *http.Request) error {
	ref := id.NormalRef(r.PathValue("ref"))
	var d Document
	err := b.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		d, err = documentOf(tx, ref, r.PathValue("id"))
		return err
	})
	if err != nil {
		return err
	}
	if err := b.look(r.Context(), web.ActorOf(r.Context()), ref); err != nil {
		return err
	}
	data, err := b.Blobs.Get(r.Context(), d.SHA)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", d.Type)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Disposition", `attachment; filename="`+fileName(web.L(r.Context()).Pick(d.Title), d.Type)+`"`)
	_, err = w.Write(data)
	return err
}

// fileName is a document's title as any browser's header parser takes it, with
// the ending of its type.
func fileName(title, kind string) string {
	name := strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || strings.ContainsRune(`"\/;:%`, r) {
			return '_'
		}
		return r
	}, title)
	name = strings.Trim(name, "._ ")
	if len(name) > 80 {
		name = name[:80]
	}
	if name == "" {
		name = "dokumen"
	}
	return name + map[string]string{"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}[kind]
}
