package notice

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/pdf"
)

// Sheet is a letter for the hall's post.
type Sheet struct {
	ID, Agency    string
	Lang          locale.Lang
	To            Postal
	Subject, Body string
	File          string // SHA-256 of a PDF that is posted as it is; or ""
	Pages         int64
}

// Post prints letters with the batch of the day.
type Post interface {
	TakeTx(tx *db.Tx, s Sheet) error
	DropTx(tx *db.Tx, id string) error
	// Print draws a sheet that did not come as a file.
	Print(ctx context.Context, s Sheet) (pdf []byte, pages int, err error)
}

// letterLimit is how large a letter that comes as a file may be, in bytes, and
// sheetLimit how many sheets of paper: as with Notify.
const (
	letterLimit = 5 << 20
	sheetLimit  = 10
)

// fileTemplate is told as the template of a letter that came as a file.
var fileTemplate = nameID("notice/pre-compiled")

// postages are Notify's classes. The hall's post has one, and says so.
var postages = []string{"first", "second", "economy", "europe", "rest-of-world"}

// letterSend is POST /v2/notifications/letter: of a template, or a file.
func (p *Part) letterSend(w http.ResponseWriter, r *http.Request, c caller) (*problem, error) {
	q, bad := readBody(r, append(namesOf[NotifyLetter](), namesOf[NotifyLetterFile]()...)...)
	if bad != nil {
		return bad, nil
	}
	if c.Key.Kind == Team {
		return &problem{http.StatusForbidden, []NotifyError{{"BadRequestError", "Cannot send letters with a team api key"}}}, nil
	}
	if q.has("content") {
		return p.fileSend(w, r, c, q)
	}
	n := Notification{Type: Letter, Reference: q.text("reference", false, referenceLimit), Postage: postage}
	template, contact := q.uuid("template_id", true), q.uuid("letter_contact_id", false)
	if q.has("scheduled_for") {
		q.wrong("scheduled_for is not supported for letters")
	}
	if !q.has("personalisation") {
		q.wrong("personalisation is a required property")
	}
	v, bad := readValues(q.fields["personalisation"])
	if bad != nil || len(q.bad) > 0 {
		return joint(q.problem(), bad), nil
	}
	to, wrong := postal(v)
	if bad := invalid(wrong...); bad != nil {
		return bad, nil
	}
	if contact != "" {
		return badRequest("letter_contact_id %s does not exist in database for service id %s", contact, c.ID), nil
	}
	if bad := refuseFiles(v); bad != nil {
		return bad, nil
	}
	t, f, bad, err := p.fits(r, c, template, Letter, v)
	if bad != nil || err != nil {
		return bad, err
	}
	n.of(t, f)
	n.Recipient, n.Status = strings.Join(to.Lines, "\n"), Accepted
	s := sheetOf(n, c.Agency, to)
	_, pages, err := p.Post.Print(r.Context(), s)
	if err != nil {
		return nil, err
	}
	if pages > 2*sheetLimit {
		return invalid(fmt.Sprintf("Letters cannot be longer than %d pages. Your letter is %d pages.", 2*sheetLimit, pages)), nil
	}
	n.Pages = int64(pages)
	if bad, err := p.keep(r, c, &n, p.posting(&n, c, to)); bad != nil || err != nil {
		return bad, err
	}
	return nil, answer(w, http.StatusCreated, NotifySent{ID: n.ID, Reference: orNull(n.Reference), Content: map[string]string{"subject": n.Subject, "body": n.Body},
		URI: p.BaseURL + "/v2/notifications/" + n.ID, Template: p.ref(n.Template, n.Version)})
}

func sheetOf(n Notification, agency string, to Postal) Sheet {
	return Sheet{ID: n.ID, Agency: agency, Lang: n.Lang, To: to, Subject: n.Subject, Body: n.Body, File: n.SHA256, Pages: n.Pages}
}

// posting hands a letter to the post in the commit that accepts it. A test
// key's letter is in no post, and is received at once.
func (p *Part) posting(n *Notification, c caller, to Postal) func(tx *db.Tx) error {
	if c.Key.Kind == Test {
		n.Status, n.SentAt, n.EndedAt = Received, p.now(), p.now()
		return func(*db.Tx) error { return nil }
	}
	return func(tx *db.Tx) error { return p.Post.TakeTx(tx, sheetOf(*n, c.Agency, to)) }
}

// fileSend takes a letter that an agency's system made itself: a PDF, printed
// as it is.
func (p *Part) fileSend(w http.ResponseWriter, r *http.Request, c caller, q *request) (*problem, error) {
	n := Notification{Type: Letter, Lang: locale.Malay, Status: Accepted, Reference: q.text("reference", true, referenceLimit),
		TemplateName: "Pre-compiled PDF", Subject: "Pre-compiled PDF", Recipient: "Provided as PDF"}
	class := q.text("postage", false, 20)
	if class != "" && !slices.Contains(postages, class) {
		q.wrong("postage invalid. It must be either first, second or economy.")
	}
	for _, name := range []string{"template_id", "personalisation", "letter_contact_id", "scheduled_for"} {
		if q.has(name) {
			q.wrong("Additional properties are not allowed (%s was unexpected)", name)
		}
	}
	var text string
	if json.Unmarshal(q.fields["content"], &text) != nil {
		q.wrong("content is not of type string")
	}
	if bad := q.problem(); bad != nil {
		return bad, nil
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return badRequest("Cannot decode letter content (invalid base64 encoding)"), nil
	}
	if len(data) > letterLimit {
		return badRequest("Letter content is larger than 5MB"), nil
	}
	pages, reason := pdf.Printed(data)
	if reason != "" {
		p.Log.Debug("a letter's file was refused", "reason", reason)
		return badRequest("Letter content is not a valid PDF"), nil
	}
	if pages > 2*sheetLimit {
		return invalid(fmt.Sprintf("Letters cannot be longer than %d pages. Your letter is %d pages.", 2*sheetLimit, pages)), nil
	}
	if n.SHA256, err = p.Blobs.Put(r.Context(), data); err != nil {
		return nil, err
	}
	// One class is all that the post has: what was asked for is not promised.
	n.Pages, n.Postage = int64(pages), postage
	to := Postal{Lines: []string{n.Recipient}}
	if bad, err := p.keep(r, c, &n, p.posting(&n, c, to)); bad != nil || err != nil {
		return bad, err
	}
	return nil, answer(w, http.StatusCreated, NotifyFileSent{n.ID, n.Reference, n.Postage})
}

// notificationPDF is GET /v2/notifications/{id}/pdf.
func (p *Part) notificationPDF(w http.ResponseWriter, r *http.Request, c caller) (*problem, error) {
	n, bad, err := p.own(r, c)
	if bad != nil || err != nil {
		return bad, err
	}
	if n.Type != Letter {
		return badRequest("Notification is not a letter"), nil
	}
	var file []byte
	if n.SHA256 != "" {
		file, err = p.Blobs.Get(r.Context(), n.SHA256)
	} else {
		file, _, err = p.Post.Print(r.Context(), sheetOf(n, c.Agency, Postal{Lines: strings.Split(n.Recipient, "\n")}))
	}
	if fault.CodeOf(err) == fault.Missing {
		return &problem{http.StatusBadRequest, []NotifyError{{"PDFNotReadyError", "PDF not available yet, try again later"}}}, nil
	}
	if err != nil {
		return nil, err
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `attachment; filename="notification-letter.pdf"`)
	_, err = w.Write(file)
	return nil, err
}

// PostedTx hears that a letter was printed and posted.
func (p *Part) PostedTx(tx *db.Tx, id string) error {
	_, err := move(tx, id, Received, p.now(), p.now())
	return err
}

// ReturnedTx hears that the post brought a letter back.
func (p *Part) ReturnedTx(tx *db.Tx, id string) error { return returned(tx, id, p.now()) }
