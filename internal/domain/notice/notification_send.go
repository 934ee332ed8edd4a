package notice

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// What one message may hold, as Notify bounds it.
const (
	referenceLimit = 1000
	mailLimit      = 2_000_000 // bytes
	textLimit      = 918       // characters: six fragments
)

// NotifyTemplateRef is the template that a message is made of.
type NotifyTemplateRef struct {
	ID      string `json:"id"`
	Version int64  `json:"version"`
	URI     string `json:"uri"`
}

// NotifySent is what was accepted.
type NotifySent struct {
	ID        string            `json:"id"`
	Reference *string           `json:"reference"`
	Content   map[string]string `json:"content"`
	URI       string            `json:"uri"`
	Template  NotifyTemplateRef `json:"template"`
	Scheduled *string           `json:"scheduled_for"`
	// Sanitised is what was changed of which value; here no value needs asking.
	Sanitised map[string]map[string]string `json:"sanitised_content,omitempty"`
}

// emailSend is POST /v2/notifications/email.
func (p *Part) emailSend(w http.ResponseWriter, r *http.Request, c caller) (*problem, error) {
	q, bad := readBody(r, namesOf[NotifyEmail]()...)
	if bad != nil {
		return bad, nil
	}
	n := Notification{Type: Email, Recipient: strings.TrimSpace(q.text("email_address", true, 254)), Reference: q.text("reference", false, referenceLimit)}
	if n.Recipient != "" && !isMail(n.Recipient) {
		q.wrong("email_address Not a valid email address")
	}
	template, replyTo := q.uuid("template_id", true), q.uuid("email_reply_to_id", false)
	if n.Unsubscribe = q.text("one_click_unsubscribe_url", false, 2000); n.Unsubscribe != "" && !isLink(n.Unsubscribe) {
		q.wrong("one_click_unsubscribe_url is not a valid https url")
	}
	at := q.later(p.Clock.Now())
	v, bad := readValues(q.fields["personalisation"])
	if bad != nil || len(q.bad) > 0 {
		return joint(q.problem(), bad), nil
	}
	if bad := p.mayReach(c, n.Recipient); bad != nil {
		return bad, nil
	}
	if replyTo != "" {
		return badRequest("email_reply_to_id %s does not exist in database for service id %s", replyTo, c.ID), nil
	}
	files, bad := p.documents(v, c, n.Recipient)
	if bad != nil {
		return bad, nil
	}
	t, f, bad, err := p.fits(r, c, template, Email, v)
	if bad != nil || err != nil {
		return bad, err
	}
	if len(f.Body) > mailLimit {
		return badRequest("Emails cannot be longer than %d bytes. Your message is %d bytes.", mailLimit, len(f.Body)), nil
	}
	n.RunAt = moment(at)
	n.of(t, f)
	content := map[string]string{"subject": n.Subject, "body": n.Body, "from_email": p.Sender.From()}
	if n.Unsubscribe != "" {
		content["one_click_unsubscribe_url"] = n.Unsubscribe
	}
	return p.accept(w, r, c, n, content, files...)
}

// smsSend is POST /v2/notifications/sms.
func (p *Part) smsSend(w http.ResponseWriter, r *http.Request, c caller) (*problem, error) {
	q, bad := readBody(r, namesOf[NotifySMS]()...)
	if bad != nil {
		return bad, nil
	}
	n := Notification{Type: SMS, Recipient: strings.TrimSpace(q.text("phone_number", true, 40)), Reference: q.text("reference", false, referenceLimit)}
	if _, wrong := number(n.Recipient); wrong != "" && n.Recipient != "" && !known(c.Key.Kind, n.Recipient) {
		q.wrong("phone_number %s", wrong)
	}
	template, sender := q.uuid("template_id", true), q.uuid("sms_sender_id", false)
	at := q.later(p.Clock.Now())
	v, bad := readValues(q.fields["personalisation"])
	if bad != nil || len(q.bad) > 0 {
		return joint(q.problem(), bad), nil
	}
	if bad := p.mayReach(c, n.Recipient); bad != nil {
		return bad, nil
	}
	if sender != "" {
		return badRequest("sms_sender_id %s does not exist in database for service id %s", sender, c.ID), nil
	}
	if bad := refuseFiles(v); bad != nil {
		return bad, nil
	}
	t, f, bad, err := p.fits(r, c, template, SMS, v)
	if bad != nil || err != nil {
		return bad, err
	}
	from := c.from()
	f.Body = c.textMessage(f.Body)
	if l := utf8.RuneCountInString(f.Body); l > textLimit {
		return badRequest("Text messages cannot be longer than %d characters. Your message is %d characters long.", textLimit, l), nil
	}
	n.RunAt = moment(at)
	n.of(t, f)
	return p.accept(w, r, c, n, map[string]string{"body": n.Body, "from_number": from})
}

// of is what a notification says.
func (n *Notification) of(t Template, f filled) {
	n.Template, n.Version, n.TemplateName, n.Lang, n.Subject, n.Body = t.ID, t.Version, t.Name, t.Lang, f.Subject, f.Body
}

// accept keeps a notification, its leaf and the job that sends it in one
// commit, and says so. A second request with the same reference is a second
// notification, as with Notify.
func (p *Part) accept(w http.ResponseWriter, r *http.Request, c caller, n Notification, content map[string]string, files ...Document) (*problem, error) {
	bad, err := p.keep(r, c, &n, func(tx *db.Tx) error {
		if err := keepDocuments(tx, files, n.ID); err != nil {
			return err
		}
		return p.Jobs.Enqueue(tx, jobSend, sendJob{n.ID}, clock.FromMicro(n.RunAt))
	})
	if bad != nil || err != nil {
		return bad, err
	}
	out := NotifySent{ID: n.ID, Content: content, URI: p.BaseURL + "/v2/notifications/" + n.ID, Reference: orNull(n.Reference),
		Template: p.ref(n.Template, n.Version)}
	if n.RunAt != 0 {
		out.Scheduled = orNull(wireTime(n.RunAt))
	}
	if n.Type == Email {
		out.Sanitised = map[string]map[string]string{}
	}
	return nil, answer(w, http.StatusCreated, out)
}

func (p *Part) ref(id string, version int64) NotifyTemplateRef {
	return NotifyTemplateRef{id, version, fmt.Sprintf("%s/v2/template/%s/version/%d", p.BaseURL, id, version)}
}

// keep is the commit of what is accepted; also says how it goes on, in the same.
func (p *Part) keep(r *http.Request, c caller, n *Notification, also func(tx *db.Tx) error) (*problem, error) {
	bad, err := p.countMessage(r.Context(), c)
	if bad != nil || err != nil {
		return bad, err
	}
	n.ID, n.Service, n.Key, n.Kind, n.MadeAt = p.IDs.New(), c.ID, c.Key.ID, c.Key.Kind, p.now()
	if n.Status == "" {
		n.Status = Created
	}
	err = p.DB.Write(r.Context(), func(tx *db.Tx) error {
		if err := insert(tx, *n); err != nil {
			return err
		}
		_, err := p.Journal.Append(tx, journal.Record{Kind: "notice.accepted", By: journal.By{Agency: c.Agency},
			Why:  locale.Text{MS: "Sistem agensi menghantar pesanan.", EN: "An agency's system sent a message."},
			Data: map[string]any{"notification": n.ID, "type": string(n.Type), "template": n.Template, "version": n.Version, "key": c.Key.ID}})
		if err != nil {
			return err
		}
		return also(tx)
	})
	if err != nil {
		p.notAccepted(c)
		return nil, fmt.Errorf("notice: accept: %w", err)
	}
	return nil, nil
}

// mayReach tells whether a key may send to somebody.
func (p *Part) mayReach(c caller, recipient string) *problem {
	if c.Key.Kind != Team || pretend(c.Key.Kind, recipient) != "" {
		return nil
	}
	same := func(guest string) bool {
		a, wrong := number(guest)
		b, _ := number(recipient)
		return strings.EqualFold(guest, recipient) || wrong == "" && a == b
	}
	if slices.ContainsFunc(c.Key.Guests, same) {
		return nil
	}
	return badRequest("Can’t send to this recipient using a team-only API key")
}

// refuseFiles says that a message carries no file; nil where it has none.
func refuseFiles(v values) *problem {
	for _, one := range v {
		if _, is := one.(map[string]any); is {
			return badRequest("Can only send a file by email")
		}
	}
	return nil
}

// joint is both problems in one.
func joint(a, b *problem) *problem {
	if a == nil || b == nil {
		return map[bool]*problem{true: a, false: b}[b == nil]
	}
	a.Errors = append(a.Errors, b.Errors...)
	return a
}

func joined(list []string) string { return strings.Join(list, ", ") }

// moment is a time as the database keeps it; 0 where there is none.
func moment(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return clock.Micro(t)
}

func lower(s string) string { return strings.ToLower(s) }

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// wireTime is a moment as Notify writes it; "" where there is none.
func wireTime(at int64) string {
	if at == 0 {
		return ""
	}
	return clock.FromMicro(at).Format("2006-01-02T15:04:05.000000Z")
}

// from is who a text message is from, as a phone shows it.
func (c caller) from() string { return strings.ToUpper(c.Agency) }

// textMessage is a text message as it is sent: who writes is said before
// anything else.
func (c caller) textMessage(body string) string { return c.from() + ": " + plainMarks(body) }

// plainMarks are typographic marks that the GSM alphabet lacks, as it has them:
// one of them would more than double what a text message costs.
func plainMarks(s string) string {
	return strings.NewReplacer("“", `"`, "”", `"`, "‘", "'", "’", "'", "–", "-", "—", "-", "…", "...", "\u00a0", " ", "\u2022", "-").Replace(s)
}
