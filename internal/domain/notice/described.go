package notice

import (
	"net/http"
	"reflect"
	"strings"

	"balai/internal/spine/web"
)

// What the wire takes, as /api/openapi.json tells it. A body may have these
// fields and no others; a field is needed where it has no omitempty.

// NotifyEmail asks for an e-mail.
type NotifyEmail struct {
	Address     string         `json:"email_address" maxLength:"254" format:"email"`
	Template    string         `json:"template_id" format:"uuid"`
	Values      map[string]any `json:"personalisation,omitempty" doc:"A value for each name in the template: text, a number, a list of texts, or a file as the clients' prepareUpload makes it"`
	Reference   string         `json:"reference,omitempty" maxLength:"1000" doc:"The sender's own"`
	ReplyTo     string         `json:"email_reply_to_id,omitempty" format:"uuid" doc:"Refused: the hall has one address for all"`
	Unsubscribe string         `json:"one_click_unsubscribe_url,omitempty" maxLength:"2000" format:"uri" doc:"https only"`
	Scheduled   string         `json:"scheduled_for,omitempty" doc:"ISO 8601, within 24 hours"`
	Sanitise    any            `json:"sanitise_content_for,omitempty" doc:"Taken; here every value is"`
}

// NotifySMS asks for a text message.
type NotifySMS struct {
	Number    string         `json:"phone_number" maxLength:"40"`
	Template  string         `json:"template_id" format:"uuid"`
	Values    map[string]any `json:"personalisation,omitempty" doc:"A value for each name in the template"`
	Reference string         `json:"reference,omitempty" maxLength:"1000" doc:"The sender's own"`
	Sender    string         `json:"sms_sender_id,omitempty" format:"uuid" doc:"Refused: the sender is the agency"`
	Scheduled string         `json:"scheduled_for,omitempty" doc:"ISO 8601, within 24 hours"`
}

// NotifyLetter asks for a letter of a template.
type NotifyLetter struct {
	Template  string         `json:"template_id" format:"uuid"`
	Values    map[string]any `json:"personalisation" doc:"address_line_1 to address_line_7 or postcode, and a value for each name in the template"`
	Reference string         `json:"reference,omitempty" maxLength:"1000" doc:"The sender's own"`
	Contact   string         `json:"letter_contact_id,omitempty" format:"uuid" doc:"Refused: the agency stands on the letter"`
	Scheduled string         `json:"scheduled_for,omitempty" doc:"Refused: a letter goes with the batch of the day"`
}

// NotifyLetterFile asks for a letter that is a PDF.
type NotifyLetterFile struct {
	Reference string `json:"reference" maxLength:"1000" doc:"The sender's own"`
	Content   []byte `json:"content" doc:"A PDF in base64, of up to 20 pages and 5 MB"`
	Postage   string `json:"postage,omitempty" enum:"first,second,economy,europe,rest-of-world" doc:"The hall's post has one class, second"`
}

// NotifyFileSent is a letter that was accepted as a file.
type NotifyFileSent struct {
	ID        string `json:"id"`
	Reference string `json:"reference"`
	Postage   string `json:"postage"`
}

// NotifyValues fill in a template.
type NotifyValues struct {
	Values map[string]any `json:"personalisation,omitempty" doc:"A value for each name in the template"`
	ID     any            `json:"id,omitempty" doc:"Taken, since clients send it; the address says which template"`
}

// NotifyProblem is every refusal.
type NotifyProblem problem

type messagesQuery struct {
	Types     string `query:"template_type" doc:"sms, email or letter; several with commas"`
	Statuses  string `query:"status" doc:"As a message has it, or failed for all failures; several with commas"`
	Reference string `query:"reference" maxLength:"1000"`
	Before    string `query:"older_than" format:"uuid" doc:"The last message's id, for the next page of 250"`
	Jobs      bool   `query:"include_jobs" doc:"Taken; every message is sent by itself"`
}

type templatesQuery struct {
	Type string `query:"type" enum:"sms,email,letter"`
}

type textsQuery struct {
	Before string `query:"older_than" format:"uuid"`
}

// Statuses of refusals: of every request, and of some.
var (
	refusals     = []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusInternalServerError}
	refusalsOne  = append([]int{http.StatusBadRequest, http.StatusNotFound}, refusals...)
	refusalsList = append([]int{http.StatusBadRequest}, refusals...)
	refusalsPost = append([]int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests}, refusals...)
)

// toldRoute is a route with its place in the document.
func (p *Part) toldRoute(method, path, summary string, h web.Handler, d web.Described) web.Route {
	d.Summary, d.Tag, d.Problem = summary, "notify", NotifyProblem{}
	if d.Status == 0 {
		d.Status = http.StatusOK
	}
	return web.Route{Method: method, Pattern: path, Policy: "notice.call", Handler: h, Described: &d}
}

// namesOf are the fields of a type.
func namesOf[T any]() (list []string) {
	t := reflect.TypeFor[T]()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		list = append(list, name)
	}
	return list
}
