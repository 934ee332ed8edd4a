package payment_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

var form = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}

// read is a page of the desks, as a signed-in officer sees it in English.
func (r *rig) read(pattern, path string, by actor.Actor, values ...string) string {
	r.t.Helper()
	texts, err := locale.Load(web.Texts, ui.Texts, directory.Texts, ledger.Texts, payment.Texts)
	if err != nil {
		r.t.Fatal(err)
	}
	l := texts.For(locale.English)
	req := httptest.NewRequest("GET", base+path, nil)
	for i := 0; i+1 < len(values); i += 2 {
		req.SetPathValue(values[i], values[i+1])
	}
	req = req.WithContext(ui.WithSite(web.With(req.Context(), by, l), ui.Site{L: l, Actor: by, Name: locale.Same("Balai"), BaseURL: base}))
	w := httptest.NewRecorder()
	for _, x := range r.Routes() {
		if x.Method == "GET" && x.Pattern == pattern {
			if err := x.Handler(w, req); err != nil {
				r.t.Fatal(err)
			}
		}
	}
	return w.Body.String()
}

// attempt is a payment's open attempt in a way.
func (r *rig) attempt(id string, m payment.Method) (ref string) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error {
		return tx.QueryRow(`select id from payment_attempt where payment = $1 and method = $2 and status = 'open'`, id, string(m)).Scan(&ref)
	})
	return ref
}

// A card that is declined, or a payment cancelled at the bank, is said so at once, and
// every way is offered again; while another bank has not answered, nobody is asked to
// pay again.
func TestRefusedAtTheBank(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		refuse := func(ref, reason string) {
			t.Helper()
			if a := r.tell("MYJPJ", map[string]any{"id": "c" + ref, "merchant": "MYJPJ", "reference": ref, "state": "failed", "reason": reason}); a.status != http.StatusNoContent {
				t.Fatalf("%d %s", a.status, a.text)
			}
		}
		for _, c := range []struct {
			by     payment.Method
			reason string
			want   string
		}{
			{payment.Card, "declined", "Kad ditolak. Tiada wang diambil. Cuba kad atau cara lain."},
			{payment.Card, "cancelled", "Anda membatalkan bayaran di bank."},
			{payment.Bank, "cancelled", "Anda membatalkan bayaran di bank."},
			{payment.Bank, "rejected", "Bank menolak bayaran ini. Tiada wang diambil."},
		} {
			a := r.call("jpj", "POST", "/v1/payments", wanted, "")
			id, page := a.str("payment_id"), strings.TrimPrefix(a.str("_links", "next_url", "href"), base)
			r.do("POST", page, []byte("by="+string(c.by)), form)
			if got := r.do("GET", page, nil, nil); !strings.Contains(got.text, "Jangan bayar sekali lagi") || !strings.Contains(got.text, `data-pay-was="submitted"`) {
				t.Errorf("%s: nothing is heard, and the page does not say so", c.by)
			}
			refuse(r.attempt(id, c.by), c.reason)
			if s := r.state("jpj", id); s.str("state", "status") != "started" || s.at("state", "code") != nil {
				t.Errorf("%s %s: %s", c.by, c.reason, s.text)
			}
			got := r.do("GET", page, nil, nil)
			for _, want := range []string{c.want, "/qr.svg", "?by=fpx", "?by=card"} {
				if !strings.Contains(got.text, want) {
					t.Errorf("%s %s: the page lacks %q", c.by, c.reason, want)
				}
			}
			if strings.Contains(got.text, "Jangan bayar sekali lagi") {
				t.Errorf("%s %s: the page still waits for the bank", c.by, c.reason)
			}
			// Another try succeeds, and nothing is said of the first one.
			r.do("POST", page, []byte("by=card"), form)
			r.tell("MYJPJ", r.bank.debit("MYJPJ", r.attempt(id, payment.Card), 4550))
			if s := r.state("jpj", id); s.str("state", "status") != "success" {
				t.Errorf("%s %s: %s", c.by, c.reason, s.text)
			}
		}

		// Two ways are tried at once, and one of them is refused.
		a := r.call("jpj", "POST", "/v1/payments", wanted, "")
		id, page := a.str("payment_id"), strings.TrimPrefix(a.str("_links", "next_url", "href"), base)
		for _, by := range []payment.Method{payment.Bank, payment.Card} {
			r.do("POST", page, []byte("by="+string(by)), form)
		}
		refuse(r.attempt(id, payment.Card), "declined")
		if got := r.do("GET", page, nil, nil); !strings.Contains(got.text, "Jangan bayar sekali lagi") || strings.Contains(got.text, "/qr.svg") {
			t.Error("one of two banks has not answered, and the payer is asked to pay again")
		}
		r.clock.Advance(time.Second)
		refuse(r.attempt(id, payment.Bank), "rejected")
		if got := r.do("GET", page, nil, nil); !strings.Contains(got.text, "Bank menolak bayaran ini. Tiada wang diambil.") {
			t.Error("both have refused, and the page does not say so")
		}
		over := r.read("/payments", "/payments", actor.Actor{Person: "p", Role: "anm/treasurer", Agency: "anm"})
		for _, want := range []string{"Tries declined or cancelled at the bank", "Failed tries", `govuk-table__cell--numeric">6<`} {
			if !strings.Contains(over, want) {
				t.Errorf("the overview lacks %q", want)
			}
		}
		r.sound()
	})
}
