package desk

import (
	"net/http"
	"slices"
	"strings"

	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// evidence reads a piece of evidence of a case: the list that it is in, its
// place there, and its bytes, which are compared with their SHA-256 each time.
// The look is on record before.
func (d *Desk) evidence(r *http.Request) (v evidenceView, data []byte, err error) {
	a := web.ActorOf(r.Context())
	ref := id.NormalRef(r.PathValue("ref"))
	var c caseView
	err = d.DB.Read(r.Context(), func(tx *db.Tx) error {
		if err := d.readHead(tx, a, ref, &c); err != nil {
			return err
		}
		if err := c.Interest.Fault(); err != nil {
			return err
		}
		content, err := d.Service.Content(tx, a, c.Case)
		if err != nil {
			return err
		}
		v.Ref, v.Files = c.Case.Ref, content.Files
		v.At = slices.IndexFunc(v.Files, func(f casework.Evidence) bool { return f.ID == r.PathValue("file") })
		if v.At < 0 {
			return fault.New(fault.Missing, "web.error.missing")
		}
		return nil
	})
	if err != nil {
		return v, nil, err
	}
	if err := d.Service.Look(r.Context(), a, ref); err != nil {
		return v, nil, err
	}
	data, err = d.Blobs.Get(r.Context(), v.file().SHA)
	return v, data, err
}

// fileShow hands out a piece of evidence in a sandbox of its own: what somebody
// uploaded never runs in the hall's name. Only a picture of a known type and a
// PDF are shown in place, where the viewer asks for it; all else is a download.
// A PDF stays in the same sandbox: it has no origin, no scripts of a page and
// no network, and the browser's own reader draws it.
func (d *Desk) fileShow(w http.ResponseWriter, r *http.Request) error {
	if !web.ActorOf(r.Context()).AtWork() {
		return web.SeeOther(w, r, "/case/"+id.NormalRef(r.PathValue("ref"))+"/file/"+r.PathValue("file"))
	}
	v, data, err := d.evidence(r)
	if err != nil {
		return err
	}
	f, how := v.file(), "attachment"
	if (picture(f.Type) || document(f.Type)) && r.URL.Query().Has("view") {
		how = "inline"
	}
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", sandbox)
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Disposition", how+`; filename="`+plainName(f.Name)+`"`)
	_, err = w.Write(data)
	return err
}

// sandbox is the policy of everything uploaded: nothing runs, nothing is
// fetched, and only the hall's own pages can frame it.
const sandbox = "default-src 'none'; sandbox; frame-ancestors 'self'"

// document tells whether a browser's reader of its own draws the type. The type
// is what the bytes were found to be when they came, not what was claimed.
func document(kind string) bool { return kind == "application/pdf" }

// picture tells whether a browser draws the type and runs nothing in it; an
// SVG is a document with scripts.
func picture(kind string) bool { return kind == "image/jpeg" || kind == "image/png" }

// evidenceShow is the viewer: one piece of evidence with its neighbours.
func (d *Desk) evidenceShow(w http.ResponseWriter, r *http.Request) error {
	if !web.ActorOf(r.Context()).AtWork() {
		return web.SeeOther(w, r, "/case/"+id.NormalRef(r.PathValue("ref")))
	}
	v, _, err := d.evidence(r)
	if err != nil {
		return err
	}
	v.Zoom = zoomOf(r.URL.Query().Get("zoom"))
	page := ui.NewPage(r, web.L(r.Context()).T("desk.evidence.title", "ref", v.Ref))
	page.Path, page.Wide = v.href(v.At), true
	page.Before = ui.BackLink(ui.BackLinkProps{Text: page.L.T("desk.case.title", "ref", v.Ref), Href: "/desk/" + v.Ref})
	if document(v.file().Type) {
		h := w.Header()
		h.Set("Content-Security-Policy", h.Get("Content-Security-Policy")+"; frame-src 'self'")
	}
	return web.Render(w, r, http.StatusOK, evidencePage(page, v))
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
