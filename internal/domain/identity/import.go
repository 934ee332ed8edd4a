package identity

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

const (
	// uploadLife is how long a preview waits for its confirmation.
	uploadLife = time.Hour
	// importBody bounds an upload: four sheets of the directory's own limit.
	importBody = 9 << 20
	maxFiles   = 8
	maxShown   = 200 // changes on one page; more are counted
)

// sheetKinds are the kinds of sheets in the order in which they are made.
var sheetKinds = []string{directory.KindAgency, directory.KindUnit, directory.KindPost, directory.KindPerson}

// A preview is what an import would do, with the key to confirm it.
type preview struct {
	Plan   directory.Plan
	Upload string
	Hidden int // changes that are not shown
}

func (x *Identity) importPage(w http.ResponseWriter, r *http.Request) error {
	done := r.URL.Query().Has("done")
	return web.Render(w, r, http.StatusOK, importView(ui.NewPage(r, web.L(r.Context()).T("identity.import.title")), "", done))
}

// template is an example of one kind of sheet.
func (x *Identity) template(w http.ResponseWriter, r *http.Request) error {
	kind := r.PathValue("kind")
	if !slices.Contains(sheetKinds, kind) {
		return fault.New(fault.Missing, "web.error.missing")
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+kind+`.csv"`)
	_, err := w.Write(directory.Template(kind))
	return err
}

// importPreview reads the uploaded files and shows what they would change. It
// changes nothing; the files wait for the confirmation.
func (x *Identity) importPreview(w http.ResponseWriter, r *http.Request) error {
	l := web.L(r.Context())
	p := ui.NewPage(r, l.T("identity.import.title"))
	sheets, err := uploaded(r)
	if err != nil {
		return err
	}
	if len(sheets) == 0 {
		p.Error = true
		return web.Render(w, r, fault.Status(fault.Invalid), importView(p, l.T("identity.import.none"), false))
	}
	files, err := json.Marshal(sheets)
	if err != nil {
		return err
	}
	v := preview{Upload: x.token()}
	err = x.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		if v.Plan, err = x.directory.Preview(tx, sheets...); err != nil {
			return err
		}
		if len(v.Plan.Problems) > 0 {
			return nil
		}
		return x.uploadTx(tx, v.Upload, web.ActorOf(r.Context()).Person, files)
	})
	if err != nil {
		return err
	}
	if len(v.Plan.Problems) > 0 {
		p.Error = true
		return web.Render(w, r, fault.Status(fault.Invalid), problemsView(p, v.Plan.Problems))
	}
	if len(v.Plan.Changes) > maxShown {
		v.Hidden = len(v.Plan.Changes) - maxShown
		v.Plan.Changes = v.Plan.Changes[:maxShown]
	}
	p.Title = l.T("identity.import.preview")
	return web.Render(w, r, http.StatusOK, previewView(p, v))
}

// uploaded reads the files of the form; a field without a file is left out.
func uploaded(r *http.Request) ([]directory.Sheet, error) {
	bad := fault.New(fault.Invalid, "web.error.invalid")
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, bad.Wrap(err)
	}
	var sheets []directory.Sheet
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return sheets, nil
		}
		var tooBig *http.MaxBytesError
		switch {
		case errors.As(err, &tooBig):
			return nil, err
		case err != nil:
			return nil, bad.Wrap(err)
		case part.FileName() == "":
			continue
		case len(sheets) == maxFiles:
			return nil, fault.New(fault.Invalid, "identity.import.too_many_files", "limit", maxFiles)
		}
		data, err := io.ReadAll(part)
		if errors.As(err, &tooBig) {
			return nil, err
		}
		if err != nil {
			return nil, bad.Wrap(err)
		}
		if len(data) > 0 {
			sheets = append(sheets, directory.Sheet{Name: label(part.FileName()), Data: data})
		}
	}
}

// importConfirm does what the preview showed, or nothing: a directory that
// changed in between makes it a conflict, and the files go on waiting.
func (x *Identity) importConfirm(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	err := x.db.Write(r.Context(), func(tx *db.Tx) error {
		files, err := x.takeUpload(tx, r.PostFormValue("upload"), a.Person)
		if errors.Is(err, db.ErrNoRows) {
			return fault.New(fault.Conflict, "identity.import.gone")
		}
		if err != nil {
			return err
		}
		var sheets []directory.Sheet
		if err := json.Unmarshal(files, &sheets); err != nil {
			return err
		}
		_, err = x.directory.ImportTx(tx, x.journal, a, r.PostFormValue("digest"), sheets...)
		return err
	})
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/admin/import?done=1")
}

// words is a problem as a person reads it.
func words(l locale.Printer, p directory.Problem) string { return l.T(p.Key, p.Args...) }
