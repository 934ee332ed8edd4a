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
	return []web.Route{
		{Method: "POST", Pattern: "/v2/notifications/email", Policy: "notice.call", MaxBody: fileBody, Handler: p.post(p.emailSend)},
		{Method: "POST", Pattern: "/v2/notifications/sms", Policy: "notice.call", Handler: p.post(p.smsSend)},
		{Method: "POST", Pattern: "/v2/notifications/letter", Policy: "notice.call", MaxBody: fileBody, Handler: p.post(p.letterSend)},
		{Method: "GET", Pattern: "/v2/notifications", Policy: "notice.call", Handler: p.ask(p.notificationList)},
		{Method: "GET", Pattern: "/v2/notifications/{id}", Policy: "notice.call", Handler: p.ask(p.notificationGet)},
		{Method: "GET", Pattern: "/v2/notifications/{id}/pdf", Policy: "notice.call", Handler: p.ask(p.notificationPDF)},
		{Method: "GET", Pattern: "/v2/templates", Policy: "notice.call", Handler: p.ask(p.templateList)},
		{Method: "GET", Pattern: "/v2/template/{id}", Policy: "notice.call", Handler: p.ask(p.templateGet)},
		{Method: "GET", Pattern: "/v2/template/{id}/version/{version}", Policy: "notice.call", Handler: p.ask(p.templateGet)},
		{Method: "POST", Pattern: "/v2/template/{id}/preview", Policy: "notice.call", Handler: p.ask(p.templatePreview)},
		{Method: "GET", Pattern: "/v2/received-text-messages", Policy: "notice.call", Handler: p.ask(p.textList)},
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
		bad = &problem{http.StatusInternalServerError, []wireError{{"Exception", "Internal server error"}}}
	}
	if bad != nil {
		return bad.write(w)
	}
	return nil
}
