package statement

import (
	"net/http"

	"balai/internal/domain/payment"
	"balai/internal/spine/web"
)

// Routes is the room's map.
func (s *Part) Routes() []web.Route {
	v1 := func(method, path, summary string, h func(w http.ResponseWriter, r *http.Request, k payment.Key) error, status int, answer any, query any) web.Route {
		return web.Route{Method: method, Pattern: "/v1" + path, Policy: "payment.call", Handler: s.pay.WithKey(h), MaxBody: 64 << 10,
			Described: &web.Described{Summary: summary, Tag: "payments", Scheme: web.PaymentScheme, Status: status, Answers: []any{answer}, Query: query, Problem: payment.PayProblem{},
				Refusals: []int{http.StatusUnauthorized, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusInternalServerError}}}
	}
	post := v1("POST", "/statements", "Send the bank's statements, as camt.052, .053, .054 or MT940", s.post, http.StatusCreated, PayStatements{}, nil)
	post.MaxBody = MaxFile
	post.Described.Refusals = append(post.Described.Refusals, http.StatusTooManyRequests, http.StatusServiceUnavailable)
	post.Described.Takes, post.Described.Also = []string{"application/xml", "text/plain"}, []int{http.StatusOK} // read before
	desk := func(method, path string, h web.Handler) web.Route {
		action := "payment.console"
		if method == "POST" {
			action = "payment.act"
		}
		return s.pay.Console(method, path, action, h)
	}
	upload := desk("POST", "/statements", s.statementsRead)
	upload.MaxBody = MaxFile + 1<<20 // the form around the file
	return []web.Route{
		desk("GET", "/exceptions", s.waitingPage),
		desk("GET", "/exceptions/{line}", s.linePage),
		desk("POST", "/exceptions/{line}", s.lineDecide),
		desk("POST", "/exceptions/note/{note}", s.noteClose),
		desk("GET", "/statements", s.statementsPage),
		upload,
		desk("GET", "/counter", s.counterPage),
		desk("POST", "/counter", s.counterTake),
		post,
		v1("GET", "/statements", "Statements that were read, the last day first", s.list, http.StatusOK, PayStatements{}, nil),
		v1("GET", "/settlements", "What moved on the account, day by day, the last first", s.settlements, http.StatusOK, PayDays{}, settlementQuery{}),
	}
}

type settlementQuery struct {
	To string `query:"to_date" format:"date" doc:"Days before this one"`
}
