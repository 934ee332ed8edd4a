package payment

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

//go:embed pay.js
var script []byte

// scriptPath changes with the script, so that browsers may keep it for ever.
func scriptPath() string {
	s := sha256.Sum256(script)
	return "/static/payment/pay.js?v=" + hex.EncodeToString(s[:5])
}

func (p *Part) serveScript(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, err := w.Write(script)
	return err
}

// A till is what the page of a payment shows.
type till struct {
	Payment Payment
	Agency  locale.Text
	Methods []Method
	Method  Method // that was chosen
	Attempt Attempt
	Token   string
	Until   string
	Script  string
	Test    bool
	Phone   string   // of the sandbox, by which a test's QR is paid; "" for real money
	Base    string   // the hall's own address
	Returns []Refund // of what came and was not owed
	Sent    int64    // what the agency sent back, and the bank has paid
	Refused string   // the key of what is said of the last attempt that a bank refused
	Hasty   bool     // its price ends before a transfer or a walk to a counter would have to be done
}

// Host is where "back" leads, as a person reads it.
func (t till) Host() string {
	u, err := url.Parse(t.Payment.ReturnURL)
	if err != nil {
		return ""
	}
	return u.Host
}

// Chosen tells whether the payer has said that they pay by the method that is shown:
// a transfer and a counter make the payment wait, which no look at the page may do.
func (t till) Chosen() bool { return t.Attempt.ID != "" }

// title is the key of what the page is called: whoever comes back from a bank is told
// first how it ended.
func (t till) title() string {
	switch {
	case t.Payment.Status == Success:
		return "payment.pay.title.paid"
	case t.Payment.Status.Ended():
		return "payment.ended"
	}
	return "payment.pay.title"
}

// BackText is what the way back is called: to the hall itself, it leads on.
func (t till) BackText(l locale.Printer) string {
	if key := backKey(t.Payment, t.Base); key != "" {
		return l.T(key)
	}
	return l.T("payment.back", "host", t.Host())
}

// backKey names the text of a way back to the hall itself; "" of one to another site.
func backKey(pay Payment, base string) string {
	switch {
	case pay.ReturnURL != base && !strings.HasPrefix(pay.ReturnURL, base+"/"):
		return ""
	case pay.Origin == FromService:
		return "payment.back.case"
	case pay.Origin == FromBill && strings.HasPrefix(pay.ReturnURL, base+"/bill/"):
		return "payment.back.bill"
	case pay.Origin == FromLink:
		return "payment.back.link"
	}
	return "payment.back.hall"
}

// Was is where the payment stands while its page waits for the bank's answer: the
// page is read anew when that changes.
func (t till) Was() string {
	if t.Method == "" {
		return string(t.Payment.Status)
	}
	return ""
}

// paying finds the payment of a page's address.
func (p *Part) paying(r *http.Request) (t till, err error) {
	t.Token, t.Base = r.PathValue("token"), p.BaseURL
	err = p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if t.Payment, err = paymentByToken(tx, hash(t.Token)); err != nil {
			return err
		}
		end, err := p.endsTx(tx, t.Payment)
		if err != nil {
			return err
		}
		t.Hasty = end > 0 && end < slowly(t.Payment)
		if t.Returns, err = returnsOf(tx, t.Payment.ID); err != nil {
			return err
		}
		sent, err := sentBackOf(tx, t.Payment.ID)
		if err != nil {
			return err
		}
		t.Sent = int64(sent)
		if t.Refused, err = refusedText(tx, t.Payment); err != nil {
			return err
		}
		t.Agency, err = p.agencyName(tx, t.Payment.Agency)
		return err
	})
	if errors.Is(err, db.ErrNoRows) {
		return t, fault.New(fault.Missing, "payment.error.page")
	}
	return t, err
}

// payPage is the page to which a payer is sent: what is to be paid, to whom, and
// how. It shows the QR at once, since one look with a telephone is the least that
// anybody can be asked for.
func (p *Part) payPage(w http.ResponseWriter, r *http.Request) error {
	t, err := p.paying(r)
	if err == nil && t.Payment.Status == Submitted && r.URL.Query().Get("by") == "" && p.askBack(r.Context(), t.Payment) {
		t, err = p.paying(r)
	}
	if err != nil {
		return err
	}
	if r.URL.Query().Has("leave") && !t.Payment.Status.Ended() {
		page := ui.NewPage(r, web.L(r.Context()).T("payment.leave"))
		page.Alone = true
		w.Header().Set("Cache-Control", "no-store")
		return web.Render(w, r, http.StatusOK, leaveView(page, t))
	}
	return p.payShow(w, r, t, Method(r.URL.Query().Get("by")), http.StatusOK)
}

// payShow shows the page with a way to pay.
func (p *Part) payShow(w http.ResponseWriter, r *http.Request, t till, by Method, status int) (err error) {
	l := web.L(r.Context())
	t.Script, t.Test, t.Until = scriptPath(), !t.Payment.Live, l.DateTime(clock.FromMicro(t.Payment.ExpiresAt))
	if !t.Payment.Status.Ended() && t.Payment.ExpiresAt > p.now() {
		t.Methods = p.ways(t)
		t.Method = by
		switch {
		case len(t.Methods) == 0:
			return errNoBank
		case slices.Contains(t.Methods, t.Method):
		case t.Payment.Status == Submitted:
			t.Method = "" // back from the bank, which has not answered: nobody is asked to pay again
		default:
			t.Method = t.Methods[0]
		}
		switch t.Method {
		case QR:
			var c Collector
			if c, t.Attempt, err = p.try(r.Context(), t.Payment, t.Method); errors.Is(err, errEnded) {
				return web.SeeOther(w, r, "/pay/"+t.Token) // it was paid between two looks: the page has something better to say
			} else if err != nil {
				return err
			}
			if t.Test {
				t.Phone = p.Sandbox.Phone(payloadOf(c, t.Attempt))
			}
		case Transfer, Counter:
			if t.Attempt, err = p.chosen(r.Context(), t.Payment, t.Method); err != nil {
				return err
			}
			t.Until = l.DateTime(clock.FromMicro(slowly(t.Payment)))
			if t.Test && t.Method == Transfer && t.Chosen() {
				t.Phone = p.Sandbox.Transfer(t.Attempt.Account, t.Attempt.Amount.Decimal(t.Attempt.Currency), t.Attempt.ID)
			}
		}
	}
	page := ui.NewPage(r, l.T(t.title()))
	page.Alone = true
	if b := p.banker(t.Payment.Live); b != nil {
		web.FormsLeadTo(w, b.Origin())
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.Render(w, r, status, payView(page, t))
}

// payNext is next_url_post: an agency's page posts the token that is in next_url
// else, and is led on.
func (p *Part) payNext(w http.ResponseWriter, r *http.Request) error {
	return web.SeeOther(w, r, "/pay/"+url.PathEscape(r.PostFormValue("chargeTokenId")))
}

// methods are those whose money is found: a transfer by the bank's statement, and
// a counter's by its officer, which needs no bank.
func (p *Part) methods(live bool) []Method {
	if p.banker(live) == nil {
		return []Method{Counter}
	}
	return Methods
}

// ways are the methods by which a payment can be paid in the time that it has.
func (p *Part) ways(t till) []Method {
	if t.Hasty {
		return quick(p.methods(t.Payment.Live))
	}
	return p.methods(t.Payment.Live)
}

// quick are the methods of which is known at once what became of them.
func quick(all []Method) (out []Method) {
	for _, m := range all {
		if m != Transfer && m != Counter {
			out = append(out, m)
		}
	}
	return out
}

// payStatus is what the page's script asks.
func (p *Part) payStatus(w http.ResponseWriter, r *http.Request) error {
	t, err := p.paying(r)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]any{"status": t.Payment.Status, "finished": t.Payment.Status.Ended()})
}

// paySave sends the payer to their bank, takes a slow way that they choose, or ends
// the payment for them.
func (p *Part) paySave(w http.ResponseWriter, r *http.Request) error {
	t, err := p.paying(r)
	if err != nil {
		return err
	}
	own := "/pay/" + t.Token
	switch m := Method(r.PostFormValue("by")); m {
	case Bank, Card:
		to, err := p.leaveFor(r.Context(), t.Payment, m, p.BaseURL+own)
		if f, is := fault.As(err); is && f.Key == errBankAway { // the page has the other ways
			t.Refused = errBankAway
			return p.payShow(w, r, t, m, f.Status())
		}
		if err != nil {
			return err
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	case Transfer, Counter:
		if !slices.Contains(p.ways(t), m) { // its price ends too soon: the page has the other ways
			break
		}
		if _, _, err := p.try(r.Context(), t.Payment, m); errors.Is(err, errEnded) {
			break // the page says how it ended
		} else if err != nil {
			return err
		}
		own += "?by=" + string(m)
	case "cancel":
		err := p.DB.Write(r.Context(), func(tx *db.Tx) error {
			now, err := paymentByID(tx, t.Payment.ID)
			if err != nil || now.Status.Ended() {
				return err
			}
			return p.moveTx(tx, now, Failed, PayerLeft)
		})
		if err != nil {
			return err
		}
	}
	return web.SeeOther(w, r, own)
}
