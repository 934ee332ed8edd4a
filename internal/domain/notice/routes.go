package notice

import (
	"net/http"

	"balai/internal/spine/web"
)

// fileBody bounds a request that carries a file: five megabytes as base64, and
// what is around it.
const fileBody = 8 << 20

// Routes is the part's map: Notify's, which has its own way to say who asks.
// The policy lets anybody try; ask lets in who signed with a key.
func (p *Part) Routes() []web.Route {
	sends := func(path, summary string, most int64, h handler, answer any, bodies ...any) web.Route {
		answers := []any{answer}
		if len(bodies) > 1 {
			answers = append(answers, NotifyFileSent{})
		}
		r := p.toldRoute("POST", "/v2/notifications/"+path, summary, p.post(h),
			web.Described{Bodies: bodies, Status: http.StatusCreated, Answers: answers, Refusals: refusalsPost})
		r.MaxBody = most
		return r
	}
	gets := func(path, summary string, h handler, query, answer any, refusals []int) web.Route {
		return p.toldRoute("GET", "/v2/"+path, summary, p.ask(h), web.Described{Query: query, Answers: []any{answer}, Refusals: refusals})
	}
	return []web.Route{
		sends("email", "Send an e-mail", fileBody, p.emailSend, NotifySent{}, NotifyEmail{}),
		sends("sms", "Send a text message", 0, p.smsSend, NotifySent{}, NotifySMS{}),
		sends("letter", "Send a letter, of a template or as a PDF", fileBody, p.letterSend, NotifySent{}, NotifyLetter{}, NotifyLetterFile{}),
		gets("notifications", "Messages, the newest first", p.notificationList, messagesQuery{}, NotifyMessages{}, refusalsList),
		gets("notifications/{id}", "What became of a message", p.notificationGet, nil, NotifyMessage{}, refusalsOne),
		p.toldRoute("GET", "/v2/notifications/{id}/pdf", "A letter as it is printed", p.ask(p.notificationPDF),
			web.Described{MediaType: "application/pdf", Refusals: refusalsOne}),
		gets("templates", "The agency's templates", p.templateList, templatesQuery{}, NotifyTemplates{}, refusalsList),
		gets("template/{id}", "A template", p.templateGet, nil, NotifyTemplate{}, refusalsOne),
		gets("template/{id}/version/{version}", "A template as it was", p.templateGet, nil, NotifyTemplate{}, refusalsOne),
		p.toldRoute("POST", "/v2/template/{id}/preview", "A template, filled in", p.ask(p.templatePreview),
			web.Described{Bodies: []any{NotifyValues{}}, Answers: []any{NotifyPreview{}}, Refusals: append([]int{http.StatusRequestEntityTooLarge}, refusalsOne...)}),
		gets("received-text-messages", "Text messages that were received: none, since the hall has no number", p.textList, textsQuery{}, NotifyTexts{}, refusalsList),
		{Method: "GET", Pattern: "/file/{token}", Policy: "notice.file", Handler: p.fileShow},
		{Method: "POST", Pattern: "/file/{token}", Policy: "notice.file", Handler: p.fileGet},
	}
}

// handler answers a caller; a problem is Notify's document, an error is ours.
type handler func(w http.ResponseWriter, r *http.Request, c caller) (*problem, error)

// ask lets in who signed with a key.
func (p *Part) ask(next handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c, bad, err := p.caller(r)
		if bad == nil && err == nil {
			bad, err = next(w, r, c)
		}
		return p.conclude(w, r, bad, err)
	}
}

// post is ask for what counts against the limits.
func (p *Part) post(next handler) web.Handler {
	return p.ask(func(w http.ResponseWriter, r *http.Request, c caller) (*problem, error) {
		if bad, err := p.countRequest(r.Context(), c); bad != nil || err != nil {
			return bad, err
		}
		return next(w, r, c)
	})
}

// conclude writes what went wrong. Our own failures say no more than that.
func (p *Part) conclude(w http.ResponseWriter, r *http.Request, bad *problem, err error) error {
	if err != nil {
		p.Log.Error("a notification's request failed", "pattern", r.Pattern, "error", err)
		bad = &problem{http.StatusInternalServerError, []NotifyError{{"Exception", "Internal server error"}}}
	}
	if bad != nil {
		return bad.write(w)
	}
	return nil
}
