package desk

import (
	"net/http"
	"strings"

	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/web"
)

// fileShow hands out a piece of evidence as a download, in a sandbox of its
// own: what somebody uploaded never runs in the hall's name.
func (d *Desk) fileShow(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	ref := id.NormalRef(r.PathValue("ref"))
	if !a.Officer() {
		return web.SeeOther(w, r, "/case/"+ref+"/file/"+r.PathValue("file"))
	}
	var v caseView
	var f *casework.Evidence
	err := d.DB.Read(r.Context(), func(tx *db.Tx) error {
		if err := d.readHead(tx, a, ref, &v); err != nil {
			return err
		}
		if err := v.Interest.Fault(); err != nil {
			return err
		}
		content, err := d.Service.Content(tx, a, v.Case)
		if err != nil {
			return err
		}
		for i := range content.Files {
			if content.Files[i].ID == r.PathValue("file") {
				f = &content.Files[i]
				return nil
			}
		}
		return fault.New(fault.Missing, "web.error.missing")
	})
	if err != nil {
		return err
	}
	if err := d.Service.Look(r.Context(), a, ref); err != nil {
		return err
	}
	data, err := d.Blobs.Get(r.Context(), f.SHA)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Disposition", `attachment; filename="`+plainName(f.Name)+`"`)
	_, err = w.Write(data)
	return err
}

// plainName is a file's name that any browser's header parser takes.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || strings.ContainsRune(`"\/;%`, r) {
			return '_'
		}
		return r
	}, name)
}
