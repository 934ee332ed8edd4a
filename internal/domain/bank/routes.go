package bank

import (
	"errors"
	"net/http"
	"strings"

	"balai/internal/spine/iso20022"
	"balai/internal/spine/locale"
	"balai/internal/ui"
)

// handler answers a request, or says why not.
type handler func(w http.ResponseWriter, r *http.Request) error

// route is one line of the bank's map. Page refuses with a page, others in JSON.
type route struct {
	pattern string
	page    bool
	handler handler
}

func (b *Bank) routes() []route {
	return []route{
		{"PUT /acquirer/merchants/{id}", false, b.merchantPut},
		{"POST /acquirer/sessions", false, b.merchant(bodyMost, b.sessionPost)},
		{"GET /acquirer/transactions/{reference}", false, b.merchant(bodyMost, b.transactionGet)},
		{"POST /acquirer/refunds", false, b.merchant(bodyMost, b.refundPost)},
		{"POST /acquirer/transfers", false, b.merchant(bodyMost, b.transferPost)},

		{"POST /acquirer/payouts", false, b.merchant(payoutMost, b.payoutPost)},
		{"GET /acquirer/payouts/{message}", false, b.merchant(bodyMost, b.payoutGet)},

		{"GET /statements/{account}/{file}", false, b.statementGet(iso20022.EndOfDay)},
		{"GET /notifications/{account}/{file}", false, b.statementGet(iso20022.Notice)},
		{"GET /reports/{account}/{file}", false, b.statementGet(iso20022.Intraday)},

		{"GET /{$}", true, b.homeShow},
		{"GET /accounts/{account}", true, b.accountShow},
		{"GET /phone", true, b.phoneShow},
		{"POST /phone/pay", false, b.phonePay},
		{"GET /transfer", true, b.sendShow},
		{"POST /transfer", false, b.sendDo},
		{"GET /paid/{reference}", true, b.paidShow},
		{"GET /login/{session}", true, b.sessionShow(byFPX)},
		{"POST /login/{session}", true, b.loginPay},
		{"GET /card/{session}", true, b.sessionShow(byCard)},
		{"POST /card/{session}", true, b.cardPay},
		{"GET /faults", false, b.faultsShow},
		{"POST /faults", false, b.faultsSet},
	}
}

// Handler serves the bank; it belongs on a listener of its own.
func (b *Bank) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, t := range b.routes() {
		mux.HandleFunc(t.pattern, func(w http.ResponseWriter, r *http.Request) {
			err := t.handler(w, r)
			switch {
			case err == nil:
			case errors.Is(err, errCut):
				panic(http.ErrAbortHandler) // the connection ends without an answer
			case t.page:
				b.refusePage(w, r, err)
			default:
				b.problem(w, r, err)
			}
		})
	}
	mux.Handle("GET /static/", ui.Static())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		b.refuse(w, r, refuse(codeMissing))
	})
	cross := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers(w.Header())
		if l, ok := locale.ParseLang(r.URL.Query().Get("lang")); ok {
			http.SetCookie(w, &http.Cookie{Name: langCookie, Value: string(l), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		}
		switch {
		case b.dial.Load().Down && r.URL.Path != "/faults" && !strings.HasPrefix(r.URL.Path, "/static/"):
			b.refuse(w, r, refuse(codeDown))
		case cross.Check(r) != nil:
			http.Error(w, "forbidden: from another site", http.StatusForbidden)
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

// refuse answers with a page who asks for one, and in JSON else.
func (b *Bank) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if wantsPage(r) {
		b.refusePage(w, r, err)
		return
	}
	b.problem(w, r, err)
}

func wantsPage(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

const contentPolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

func headers(h http.Header) {
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Vary", "Cookie, Accept-Language, Accept")
}
