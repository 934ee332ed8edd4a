package bill

import (
	"net/http"

	"balai/internal/domain/payment"
	"balai/internal/spine/web"
)

// Routes is the room's map: bills below /v1, who finds one, and who has one.
func (x *Bills) Routes() []web.Route {
	v1 := func(method, path, summary string, h func(http.ResponseWriter, *http.Request, payment.Key) (*payment.Refusal, error), status int, answer any, bodies []any, query any) web.Route {
		return web.Route{Method: method, Pattern: "/v1" + path, Policy: "bill.call", Handler: x.Keyed(h), MaxBody: 64 << 10,
			Described: &web.Described{Once: method == http.MethodPost, Summary: summary, Tag: "payments", Scheme: web.PaymentScheme, Status: status, Answers: []any{answer}, Bodies: bodies, Query: query, Problem: payment.PayProblem{},
				Refusals: []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusInternalServerError}}}
	}
	return []web.Route{
		v1("POST", "/bills", "Bill somebody", x.billMake, http.StatusCreated, PayBill{}, []any{PayBillAsk{}}, nil),
		v1("GET", "/bills", "Bills, the newest first", x.billList, http.StatusOK, PayBills{}, nil, listQuery{}),
		v1("GET", "/bills/{id}", "Where a bill stands, and what came for it", x.billGet, http.StatusOK, PayBill{}, nil, nil),
		v1("POST", "/bills/{id}/cancel", "End it: what comes from then on goes back", x.billCancel, http.StatusNoContent, nil, nil, nil),
		v1("POST", "/products", "Make a payment link", x.productMake, http.StatusCreated, PayProduct{}, []any{PayProductAsk{}}, nil),
		v1("GET", "/products", "Payment links that have not ended, the newest first", x.productList, http.StatusOK, PayProducts{}, nil, pageQuery{}),
		v1("GET", "/products/{id}", "A payment link", x.productGet, http.StatusOK, PayProduct{}, nil, nil),
		v1("DELETE", "/products/{id}", "End it", x.productEnd, http.StatusNoContent, nil, nil, nil),
		{Method: "GET", Pattern: "/p/{agency}/{slug}", Policy: "bill.find", Handler: x.linkPage},
		{Method: "POST", Pattern: "/p/{agency}/{slug}", Policy: "bill.find", Handler: x.linkPay},
		{Method: "GET", Pattern: "/bill", Policy: "bill.find", Handler: x.findPage},
		{Method: "POST", Pattern: "/bill", Policy: "bill.find", Handler: x.findBill},
		{Method: "GET", Pattern: "/bill/{token}", Policy: "bill.find", Handler: x.billPage},
		{Method: "POST", Pattern: "/bill/{token}", Policy: "bill.find", Handler: x.billPay},
		x.Console("GET", "/bills", "payment.console", x.deskPage),
		x.Console("POST", "/bills/bill", "payment.act", x.deskBill),
		x.Console("GET", "/bills/bill/{bill}", "payment.console", x.deskBillPage),
		x.Console("POST", "/bills/bill/{bill}/cancel", "payment.act", x.deskCancel),
		x.Console("POST", "/bills/link", "payment.act", x.deskLink),
		x.Console("GET", "/bills/link/{link}", "payment.console", x.deskLinkPage),
		x.Console("POST", "/bills/link/{link}/end", "payment.act", x.deskEnd),
		{Method: "GET", Pattern: "/me/bills", Policy: "bill.own", SignIn: true, Handler: x.minePage},
		{Method: "POST", Pattern: "/me/bills/{id}", Policy: "bill.own", SignIn: true, Handler: x.minePay},
	}
}
