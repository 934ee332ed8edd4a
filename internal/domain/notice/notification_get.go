package notice

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"balai/internal/spine/db"
	"balai/internal/spine/notify"
)

// NotifyMessage is a notification as Notify tells it.
type NotifyMessage struct {
	ID          string         `json:"id"`
	Reference   *string        `json:"reference"`
	Email       *string        `json:"email_address"`
	Phone       *string        `json:"phone_number"`
	Line1       *string        `json:"line_1"`
	Line2       *string        `json:"line_2"`
	Line3       *string        `json:"line_3"`
	Line4       *string        `json:"line_4"`
	Line5       *string        `json:"line_5"`
	Line6       *string        `json:"line_6"`
	Line7       *string        `json:"line_7"`
	Postcode    *string        `json:"postcode"`
	Postage     *string        `json:"postage"`
	Type        Type           `json:"type"`
	Status      Status         `json:"status"`
	Template    NotifyNamed    `json:"template"`
	Body        string         `json:"body"`
	Subject     *string        `json:"subject"`
	CreatedAt   string         `json:"created_at"`
	CreatedBy   *string        `json:"created_by_name"`
	SentAt      *string        `json:"sent_at"`
	CompletedAt *string        `json:"completed_at"`
	Scheduled   *string        `json:"scheduled_for"`
	Unsubscribe *string        `json:"one_click_unsubscribe_url"`
	CostReady   bool           `json:"is_cost_data_ready"`
	Cost        float64        `json:"cost_in_pounds"`
	Details     map[string]any `json:"cost_details"`
}

// NotifyNamed is the template that it was made of.
type NotifyNamed struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version int64  `json:"version"`
	URI     string `json:"uri"`
}

// show tells of a notification. Nobody here is charged in pounds: the cost is
// none, and its details count fragments or sheets.
func (p *Part) show(n Notification) NotifyMessage {
	if n.Template == "" { // clients read a UUID here
		n.Template, n.Version = fileTemplate, 1
	}
	ref := p.ref(n.Template, n.Version)
	s := NotifyMessage{ID: n.ID, Reference: orNull(n.Reference), Type: n.Type, Status: n.Status, Body: n.Body, Subject: orNull(n.Subject),
		Template:  NotifyNamed{n.Template, n.TemplateName, n.Version, ref.URI},
		CreatedAt: wireTime(n.MadeAt), SentAt: orNull(wireTime(n.SentAt)), CompletedAt: orNull(wireTime(n.EndedAt)),
		Scheduled: orNull(wireTime(n.RunAt)), Unsubscribe: orNull(n.Unsubscribe), CostReady: true, Details: map[string]any{}}
	switch n.Type {
	case Email:
		s.Email = &n.Recipient
	case SMS:
		s.Phone = &n.Recipient
		s.Details["billable_sms_fragments"] = notify.Fragments(n.Body)
		s.Details["international_rate_multiplier"] = 1
	case Letter:
		lines := strings.Split(n.Recipient, "\n")
		for i, to := range []**string{&s.Line1, &s.Line2, &s.Line3, &s.Line4, &s.Line5, &s.Line6, &s.Line7} {
			if i < len(lines) {
				*to = orNull(lines[i])
			}
		}
		s.Postcode, s.Postage = orNull(fiveDigits.FindString(lines[len(lines)-1])), orNull(n.Postage)
		s.Details["billable_sheets_of_paper"] = (n.Pages + 1) / 2
		s.Details["postage"] = n.Postage
	}
	return s
}

// own is one of the caller's notifications; another's is not there.
func (p *Part) own(r *http.Request, c caller) (n Notification, bad *problem, err error) {
	id := lower(r.PathValue("id"))
	if !isUUID(id) {
		return n, invalid("id is not a valid UUID"), nil
	}
	err = p.DB.Read(r.Context(), func(tx *db.Tx) (err error) { n, err = notification(tx, id); return err })
	if errors.Is(err, db.ErrNoRows) || err == nil && (n.Service != c.ID || n.ErasedAt != 0) {
		return n, notFound(), nil
	}
	return n, nil, err
}

// notificationGet is GET /v2/notifications/{id}.
func (p *Part) notificationGet(w http.ResponseWriter, r *http.Request, c caller) (*problem, error) {
	n, bad, err := p.own(r, c)
	if bad != nil || err != nil {
		return bad, err
	}
	return nil, answer(w, http.StatusOK, p.show(n))
}

// pageSize is how many notifications one answer lists.
const pageSize = 250

// statuses are what a list can be asked for; "failed" is all failures.
var statuses = []string{"cancelled", "created", "sending", "sent", "delivered", "pending", "failed", "technical-failure", "temporary-failure",
	"permanent-failure", "pending-virus-check", "validation-failed", "virus-scan-failed", "returned-letter", "accepted", "received"}

// words are a query's values of a name, repeated or with commas between.
func words(q url.Values, name string) (out []string) {
	for _, v := range q[name] {
		for _, w := range strings.Split(v, ",") {
			if w = strings.TrimSpace(w); w != "" {
				out = append(out, w)
			}
		}
	}
	return out
}

// NotifyMessages is a page of notifications.
type NotifyMessages struct {
	Notifications []NotifyMessage   `json:"notifications"`
	Links         map[string]string `json:"links"`
}

// notificationList is GET /v2/notifications. A key sees what keys of its kind
// sent.
func (p *Part) notificationList(w http.ResponseWriter, r *http.Request, c caller) (*problem, error) {
	query := r.URL.Query()
	f := filter{Service: c.ID, Kind: c.Key.Kind, Types: words(query, "template_type"), Reference: query.Get("reference"), Before: lower(query.Get("older_than"))}
	var wrong []string
	for _, t := range f.Types {
		if !slices.Contains([]string{"sms", "email", "letter"}, t) {
			wrong = append(wrong, "template_type "+brief([]byte(t))+" is not one of [sms, email, letter]")
		}
	}
	for _, s := range words(query, "status") {
		switch {
		case !slices.Contains(statuses, s):
			wrong = append(wrong, "status "+brief([]byte(s))+" is not one of ["+strings.Join(statuses, ", ")+"]")
		case s == "failed":
			f.Statuses = append(f.Statuses, string(Temporary), string(Permanent), string(Technical))
		default:
			f.Statuses = append(f.Statuses, s)
		}
	}
	if !utf8.ValidString(f.Reference) || strings.ContainsRune(f.Reference, 0) || utf8.RuneCountInString(f.Reference) > referenceLimit {
		wrong = append(wrong, "reference "+brief([]byte(f.Reference))+" is no reference")
	}
	if f.Before != "" && !isUUID(f.Before) {
		wrong = append(wrong, "older_than is not a valid UUID")
	}
	if jobs := query.Get("include_jobs"); jobs != "" {
		if _, err := strconv.ParseBool(lower(jobs)); err != nil {
			wrong = append(wrong, "include_jobs "+brief([]byte(jobs))+" is not of type boolean")
		}
	}
	if bad := invalid(wrong...); bad != nil {
		return bad, nil
	}
	var list []Notification
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) { list, err = page(tx, f, pageSize); return err })
	if err != nil {
		return nil, err
	}
	out := NotifyMessages{[]NotifyMessage{}, map[string]string{"current": p.BaseURL + r.URL.RequestURI()}}
	for _, n := range list {
		out.Notifications = append(out.Notifications, p.show(n))
	}
	if len(list) > 0 {
		query.Set("older_than", list[len(list)-1].ID)
		out.Links["next"] = p.BaseURL + "/v2/notifications?" + query.Encode()
	}
	return nil, answer(w, http.StatusOK, out)
}

// NotifyTexts are the text messages that were received.
type NotifyTexts struct {
	Messages []any             `json:"received_text_messages"`
	Links    map[string]string `json:"links"`
}

// textList is GET /v2/received-text-messages: the hall has no number that
// could be answered, so that none was ever received.
func (p *Part) textList(w http.ResponseWriter, r *http.Request, c caller) (*problem, error) {
	if before := r.URL.Query().Get("older_than"); before != "" && !isUUID(before) {
		return invalid("older_than is not a valid UUID"), nil
	}
	return nil, answer(w, http.StatusOK, NotifyTexts{[]any{}, map[string]string{"current": p.BaseURL + r.URL.RequestURI()}})
}
