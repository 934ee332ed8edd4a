package backoffice

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/blob"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/pdf"
)

// OfficeDocument is a file that the agency puts into a case.
type OfficeDocument struct {
	TheirRef  string `json:"their_ref" maxLength:"64"`
	ID        string `json:"id" maxLength:"64" doc:"The agency's own id for the document; it is kept once, however often it is sent"`
	Title     Words  `json:"title" most:"200"`
	MediaType string `json:"media_type" enum:"application/pdf,image/jpeg,image/png"`
	Content   []byte `json:"content" doc:"The file in base64"`
}

// Bounds of a document: those of what people upload.
const (
	maxDocument     = 8 << 20
	maxDocumentBody = 12 << 20 // in base64, with what is around it
	maxDocuments    = 50       // of one case
)

var documentTypes = []string{"application/pdf", "image/jpeg", "image/png"}

// checkDocument refuses a file that is not what it is said to be.
func (in OfficeDocument) check() (locale.Text, error) {
	var w wrong
	w.their("their_ref", in.TheirRef)
	w.their("id", in.ID)
	title := w.text("title", in.Title, documentFields.most("title"), true, false)
	switch kind, problem := blob.Kind(in.Content, documentTypes); {
	case len(in.Content) == 0:
		w.add("content", "backoffice.error.file_empty")
	case len(in.Content) > maxDocument:
		w.add("content", "backoffice.error.file_big", "mb", maxDocument>>20)
	case problem != "":
		w.add("content", "backoffice.error.file_"+problem)
	case kind == "application/pdf" && !opens(in.Content):
		w.add("content", "backoffice.error.file_runs")
	case kind != in.MediaType:
		w.add("media_type", "backoffice.error.file_claim", "kind", kind)
	}
	return title, w.err()
}

// opens tells whether a PDF is whole and holds nothing that runs.
func opens(data []byte) bool {
	_, reason := pdf.Read(data)
	return reason == ""
}

func (b *BackOffice) documentTx(tx *db.Tx, by actor.Actor, in OfficeDocument, title locale.Text, sha string) (int, OfficeKept, error) {
	c, err := caseOfTheirs(tx, by.Agency, in.TheirRef)
	if err != nil {
		return 0, OfficeKept{}, err
	}
	a := Act{Kind: actDocument, TheirID: in.ID, State: c.Shown(), Text: title, Digest: digestOf([]string{sha, title.MS, title.EN})}
	if out, done, err := b.already(tx, c, a); done || err != nil {
		return http.StatusOK, out, err
	}
	list, err := documents(tx, c.Ref)
	if err != nil {
		return 0, OfficeKept{}, err
	}
	if len(list) >= maxDocuments {
		return 0, OfficeKept{}, fault.New(fault.Conflict, "backoffice.error.many_documents", "most", maxDocuments)
	}
	made, err := b.actTx(tx, by, c, a, "office.document", locale.Text{MS: "Agensi memberi anda dokumen dari sistemnya", EN: "The agency gave you a document from its own system"},
		map[string]any{"their_ref": c.TheirRef, "id": in.ID, "sha256": sha})
	if err != nil {
		return 0, OfficeKept{}, err
	}
	if err := insertDocument(tx, Document{ID: made.ID, Ref: c.Ref, Title: title, Type: in.MediaType, SHA: sha, Size: int64(len(in.Content)), At: made.At}); err != nil {
		return 0, OfficeKept{}, err
	}
	if err := touchCase(tx, c.Ref, b.now()); err != nil {
		return 0, OfficeKept{}, err
	}
	return http.StatusCreated, b.kept(c, a, created), b.tell(tx, c, "document", title)
}

type documentIn struct {
	TheirRef string `path:"their_ref"`
	Body     OfficeDocument
}

func (b *BackOffice) apiDocument(ctx context.Context, in *documentIn) (*keptOut, error) {
	if err := samePath(in.TheirRef, in.Body.TheirRef); err != nil {
		return nil, err
	}
	title, err := in.Body.check()
	if err != nil {
		return nil, err
	}
	sha, err := b.Blobs.Put(ctx, in.Body.Content)
	if err != nil {
		return nil, err
	}
	status, out, err := telling(ctx, b, changeOf, func(tx *db.Tx, by actor.Actor) (int, OfficeKept, error) {
		return b.documentTx(tx, by, in.Body, title, sha)
	})
	return &keptOut{status, out}, err
}

// plainBody turns a form with a file, which is sent more easily by hand, into
// the JSON that it stands for; all else stays as it is.
func plainBody(r *http.Request, body []byte) ([]byte, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return body, nil
	}
	bad := fault.New(fault.Invalid, "backoffice.error.form")
	form := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	out := map[string]any{}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, bad.Wrap(err)
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, bad.Wrap(err)
		}
		name := part.FormName()
		if _, twice := out[name]; twice || name == "" {
			return nil, bad
		}
		switch {
		case name == "content":
			out[name] = data
			if _, has := out["media_type"]; !has {
				out["media_type"], _, _ = strings.Cut(part.Header.Get("Content-Type"), ";")
			}
		default:
			out[name] = string(data)
		}
	}
	r.Header.Set("Content-Type", "application/json")
	return json.Marshal(out)
}
