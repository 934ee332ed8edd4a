package payout

import (
	_ "embed" // the policy
	"net/http"

	"balai/internal/domain/payment"
	"balai/internal/spine/web"
)

// Policy is this part's cedar text.
//
//go:embed policy.cedar
var Policy string

// fileMost is how large a file may be: a pain.001 of a million payments has some
// four hundred megabytes.
const fileMost = 1 << 30

// Routes is the part's map: the desk's pages, and what agencies' systems ask
// below /v1.
func (p *Part) Routes() []web.Route {
	v1 := func(method, path, summary string, h handler, status int, answer any, bodies []any, query any) web.Route {
		return web.Route{Method: method, Pattern: "/v1/payouts" + path, Policy: "payout.call", Handler: p.call(h), MaxBody: 64 << 10,
			Described: &web.Described{Once: method == http.MethodPost, Summary: summary, Tag: "payouts", Scheme: web.PaymentScheme, Status: status, Answers: []any{answer}, Bodies: bodies, Query: query, Problem: PayPayoutProblem{},
				Refusals: []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusNotFound, http.StatusConflict, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusInternalServerError}}}
	}
	post := v1("POST", "", "Send payments to people: JSON, text/csv, or a pain.001 as application/xml. Two officers of the agency approve them.", p.payoutPost, http.StatusCreated, PayPayout{}, []any{PayPayoutAsk{}}, postQuery{})
	post.MaxBody = fileMost
	post.Described.Takes = []string{"text/csv", "application/xml"}
	post.Described.Refusals = append(post.Described.Refusals, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests, http.StatusServiceUnavailable)
	report := v1("GET", "/{id}/report", "What the bank said: a pain.002, or text/csv where that is asked for", p.reportGet, http.StatusOK, nil, nil, nil)
	report.Described.MediaType, report.Described.Answers, report.Described.Files = "application/xml", nil, []string{"text/csv"}
	upload := p.Desk.Console("POST", "/payouts/new", "payment.act", p.uploadPost)
	upload.MaxBody = fileMost
	return []web.Route{
		p.Desk.Console("GET", "/payouts", "payment.console", p.listPage),
		p.Desk.Console("GET", "/payouts/new", "payment.act", p.uploadPage),
		upload,
		p.Desk.Console("GET", "/payouts/{id}", "payment.console", p.batchPage),
		p.Desk.Console("GET", "/payouts/{id}/report", "payment.console", p.batchReport),
		p.Desk.Console("POST", "/payouts/{id}/submit", "payment.act", p.batchSubmit),
		p.Desk.Console("POST", "/payouts/{id}/approve", "payment.act", p.batchApprove),
		p.Desk.Console("POST", "/payouts/{id}/refuse", "payment.act", p.batchRefuse),
		p.Desk.Console("POST", "/payouts/{id}/cancel", "payment.act", p.batchCancel),
		p.Desk.Console("POST", "/payouts/{id}/ask", "payment.act", p.batchAsk),
		p.Desk.Console("GET", "/payouts/{id}/again", "payment.act", p.againPage),
		p.Desk.Console("POST", "/payouts/{id}/again", "payment.act", p.againPost),
		post,
		v1("GET", "", "Payouts, the newest first", p.payoutList, http.StatusOK, PayPayouts{}, nil, listQuery{}),
		v1("GET", "/{id}", "Where a payout stands", p.payoutGet, http.StatusOK, PayPayout{}, nil, nil),
		v1("GET", "/{id}/payments", "Its payments, a page at a time", p.linesGet, http.StatusOK, PayPayoutLines{}, nil, linesQuery{}),
		report,
		v1("POST", "/{id}/cancel", "End it, while nothing is approved", p.cancelPost, http.StatusNoContent, nil, nil, nil),
	}
}

type postQuery struct {
	Reference   string `query:"reference" maxLength:"140" doc:"The agency's own, where the file does not say it"`
	Description string `query:"description" maxLength:"140"`
}

type listQuery struct {
	Page int64 `query:"page" minimum:"1"`
	Size int64 `query:"display_size" minimum:"1" maximum:"500"`
}

type linesQuery struct {
	Cursor string `query:"cursor" doc:"_links.next_page of the page before has it"`
	Size   int64  `query:"display_size" minimum:"1" maximum:"5000"`
}

// handler answers an agency's system; a problem is the protocol's document, an
// error is ours.
type handler func(w http.ResponseWriter, r *http.Request, k payment.Key) (*PayPayoutProblem, error)

// call lets in who holds a key.
func (p *Part) call(next handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		k, known, err := p.Desk.Caller(r.Context(), r)
		var bad *PayPayoutProblem
		switch {
		case err != nil:
		case !known:
			bad = &PayPayoutProblem{status: http.StatusUnauthorized, Code: "P0002", Description: "Credentials are required to access this resource"}
		case !payment.Storable(r.URL.Path):
			bad = &PayPayoutProblem{status: http.StatusNotFound, Code: "P0004", Description: "There is nothing at this address"}
		default:
			if no := payment.Unreadable(r); no != nil {
				bad = &PayPayoutProblem{status: no.Status(), Header: no.Header, Code: no.Code, Description: no.Description}
			} else {
				bad, err = next(w, r, k)
			}
		}
		if err != nil {
			p.log.Error("a payout's request failed", "pattern", r.Pattern, "error", err)
			bad = &PayPayoutProblem{status: http.StatusInternalServerError, Code: "P0198", Description: "Downstream system error"}
		}
		if bad != nil {
			return bad.write(w)
		}
		return nil
	}
}
