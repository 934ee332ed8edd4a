package payment

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// minuteTries is how often in a minute a stranger may ask, from one address and
// for one thing; dayTries is how often on a day anybody may ask for one thing: a
// code of four digits holds out for months then.
const (
	minuteTries = 10
	dayTries    = 40
)

// Few refuses who asks too often: from one address, and about one thing from
// wherever. Addresses are counted and not kept; who has one IPv6 address has its
// whole /64. What is asked for is counted whether it is there or not, so that a
// refusal tells nothing either.
func (p *Part) Few(r *http.Request, what string, about ...string) error {
	ok, err := p.Meter.Minute(r.Context(), "payment."+what+" "+from(r), minuteTries)
	if err == nil && ok && len(about) > 0 {
		thing := "payment." + what + " of " + hash(strings.Join(about, "\n"))[:32]
		if ok, err = p.Meter.Minute(r.Context(), thing, minuteTries); err == nil && ok {
			ok, err = p.Meter.Day(r.Context(), thing, dayTries)
		}
	}
	if err == nil && !ok {
		err = fault.TooMuch(time.Minute, "payment.error.often")
	}
	return err
}

// from is a visitor's address.
func from(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	a := peer.Addr().Unmap()
	if a.Is6() {
		return netip.PrefixFrom(a.WithZone(""), 64).Masked().String()
	}
	return a.String()
}

// minuteAsks is how many payments may be asked for in a minute from one address,
// behind which a whole office may sit.
const minuteAsks = 120

// FewAsks refuses who asks for payments without an end: each is kept.
func (p *Part) FewAsks(r *http.Request) error {
	ok, err := p.Meter.Minute(r.Context(), "payment.ask "+from(r), minuteAsks)
	if err == nil && !ok {
		err = fault.TooMuch(time.Minute, "payment.error.often")
	}
	return err
}

// dayWalks is how many receipts may be looked at on a day, from one address, by
// their numbers alone.
const dayWalks = 100

// fewWalks refuses who goes through receipts by their numbers. One of an agency's
// officers is somebody, and is not counted.
func (p *Part) fewWalks(r *http.Request) error {
	if web.ActorOf(r.Context()).Agency != "" {
		return nil
	}
	if err := p.Few(r, "receipt"); err != nil {
		return err
	}
	ok, err := p.Meter.Day(r.Context(), "payment.receipt "+from(r), dayWalks)
	if err == nil && !ok {
		err = fault.TooMuch(time.Hour, "payment.error.walk")
	}
	return err
}

// Typed is one line of what was typed, without what nobody can see.
func Typed(r *http.Request, name string, most int) string {
	s := strings.TrimSpace(strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || Turns(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(r.PostFormValue(name), "")))
	if letters := []rune(s); len(letters) > most {
		return string(letters[:most])
	}
	return s
}

// Ringgit reads an amount as a person types it: "1,234.50", "RM 20", "20".
func Ringgit(text string) (money.Amount, bool) {
	a, err := money.Typed(text)
	return a, err == nil && a > 0
}

// finding is the form with which a payer finds a receipt again.
type finding struct {
	Agency, BankRef, Amount string
	Agencies                []ui.SelectItem
	Problems                []ui.Problem
	Wrong                   map[string]string // by field
}

// Blank tells which of a form's fields, in their order, were left empty: each name is
// followed by what was typed and by the key of the sentence that asks for it.
func Blank(l locale.Printer, fields ...string) (list []ui.Problem, wrong map[string]string) {
	wrong = map[string]string{}
	for f := range slices.Chunk(fields, 3) {
		if strings.TrimSpace(f[1]) == "" {
			wrong[f[0]] = l.T(f[2])
			list = append(list, ui.Problem{Href: "#" + f[0], Text: wrong[f[0]]})
		}
	}
	return list, wrong
}

// Choice are the agencies that take payments, to choose from; none is chosen.
func (p *Part) Choice(r *http.Request) (items []ui.SelectItem, err error) {
	l := web.L(r.Context())
	err = p.DB.Read(r.Context(), func(tx *db.Tx) error {
		list, err := collectors(tx)
		items = []ui.SelectItem{{Text: l.T("payment.choose")}}
		for _, c := range list {
			name, err := p.agencyName(tx, c.Agency)
			if err != nil {
				return err
			}
			items = append(items, ui.SelectItem{Value: c.Agency, Text: l.Pick(name)})
		}
		return err
	})
	return items, err
}

func (p *Part) findPage(w http.ResponseWriter, r *http.Request) error {
	return p.findAgain(w, r, finding{Agency: r.URL.Query().Get("agency")}, http.StatusOK)
}

func (p *Part) findAgain(w http.ResponseWriter, r *http.Request, v finding, status int) (err error) {
	if v.Agencies, err = p.Choice(r); err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("payment.find.title"))
	page.Error = len(v.Problems) > 0
	return web.Render(w, r, status, findReceiptView(page, v))
}

// findReceipt leads a payer to the receipt by what their bank shows of it. It
// says the same of a reference that is nobody's and of an amount that is wrong,
// and does the same work for both.
func (p *Part) findReceipt(w http.ResponseWriter, r *http.Request) error {
	v := finding{Agency: Typed(r, "agency", 40), BankRef: Typed(r, "bank_ref", 64), Amount: Typed(r, "amount", 20)}
	if v.Problems, v.Wrong = Blank(web.L(r.Context()), "agency", v.Agency, "payment.find.agency.blank", "bank_ref", v.BankRef, "payment.find.bankref.blank",
		"amount", v.Amount, "payment.find.amount.blank"); len(v.Problems) > 0 {
		return p.findAgain(w, r, v, fault.Status(fault.Invalid))
	}
	if err := p.Few(r, "find", v.Agency, v.BankRef); err != nil {
		return err
	}
	amount, _ := Ringgit(v.Amount)
	href := ""
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) { href, err = p.paidWith(tx, v.Agency, v.BankRef, amount); return err })
	if err != nil {
		return err
	}
	if href == "" {
		v.Problems = []ui.Problem{{Href: "#bank_ref", Text: web.L(r.Context()).T("payment.find.none")}}
		return p.findAgain(w, r, v, fault.Status(fault.Invalid))
	}
	return web.SeeOther(w, r, href)
}

// paidWith is the page of the receipt that a bank's reference paid; "" where
// there is none, or of another amount. Whatever there is, as much is looked up.
func (p *Part) paidWith(tx *db.Tx, agency, bankRef string, amount money.Amount) (href string, err error) {
	for _, live := range []bool{true, false} {
		d, known, err := debitOf(tx, agency, live, bankRef)
		if err != nil {
			return "", err
		}
		a, err := attemptByID(tx, d.Attempt)
		if err != nil && !errors.Is(err, db.ErrNoRows) {
			return "", err
		}
		pay, err := paymentByID(tx, a.Payment)
		if err != nil && !errors.Is(err, db.ErrNoRows) {
			return "", err
		}
		v, err := p.voucher(tx, pay.Receipt)
		if errors.Is(err, db.ErrNoRows) {
			v.entry = make([]byte, 32)
		} else if err != nil {
			return "", err
		}
		token, err := p.token(v)
		if err != nil {
			return "", err
		}
		if known && pay.Receipt != "" && v.Receipt.Attempt == d.Attempt && v.Receipt.BankRef == bankRef && v.Receipt.Amount == amount {
			href = receiptHref(v.Receipt.No, "", token)
		}
	}
	return href, nil
}
