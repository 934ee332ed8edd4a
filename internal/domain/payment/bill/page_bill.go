package bill

import (
	"net/http"

	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// A sheet is a bill as its page shows it.
type sheet struct {
	Bill   Bill
	Agency locale.Text
	Owed   money.Amount
	Until  string // the last day of this price; "" for ever
	Then   money.Amount
	Late   bool
	Parts  []part
	Path   string // of its page, to which its form is sent
	Amount string // of a part, as it was typed
	Wrong  string
}

// sheetTx is a bill with what is said of it.
func (x *Bills) sheetTx(tx *db.Tx, l locale.Printer, b Bill) (s sheet, err error) {
	now := x.now()
	s = sheet{Bill: b, Owed: b.Owed(now), Late: b.Overdue(now), Path: x.href(b)}
	if _, until := b.PriceAt(now); until > 0 && !b.State.Ended() {
		s.Until = l.Date(clock.FromMicro(until - 1))
		s.Then = b.Owed(until)
	}
	if s.Agency, err = x.agency(tx, b.Agency); err != nil {
		return s, err
	}
	s.Parts, err = partsOf(tx, b.ID)
	return s, err
}

func (x *Bills) agency(tx *db.Tx, id string) (locale.Text, error) {
	a, err := x.Directory.Agency(tx, id)
	return a.Name, err
}

func (x *Bills) billPage(w http.ResponseWriter, r *http.Request) error {
	return x.billShow(w, r, "", "", http.StatusOK)
}

func (x *Bills) billShow(w http.ResponseWriter, r *http.Request, amount, wrong string, status int) error {
	page := ui.NewPage(r, web.L(r.Context()).T("bill.title"))
	var s sheet
	err := x.DB.Read(r.Context(), func(tx *db.Tx) error {
		b, err := x.byToken(tx, r.PathValue("token"))
		if err != nil {
			return err
		}
		s, err = x.sheetTx(tx, page.L, b)
		return err
	})
	if err != nil {
		return err
	}
	s.Amount, s.Wrong = amount, wrong
	page.Alone, page.Error = true, wrong != ""
	return web.Render(w, r, status, billView(page, s))
}

// billPay leads to the page on which the bill is paid, or a part of it.
func (x *Bills) billPay(w http.ResponseWriter, r *http.Request) error {
	if err := x.FewAsks(r); err != nil { // each part of another amount is a payment of its own
		return err
	}
	l := web.L(r.Context())
	to := ""
	err := x.DB.Write(r.Context(), func(tx *db.Tx) error {
		b, err := x.byToken(tx, r.PathValue("token"))
		if err != nil {
			return err
		}
		to, err = x.payTx(tx, r, b, x.href(b), l.Lang())
		return err
	})
	switch fault.CodeOf(err) {
	case fault.Invalid:
		return x.billShow(w, r, payment.Typed(r, "amount", 20), typedWrong(l, err), fault.Status(fault.Invalid))
	case fault.Conflict: // paid meanwhile: the page says so
		return web.SeeOther(w, r, "/bill/"+r.PathValue("token"))
	case "":
		return x.leave(w, r, to)
	}
	return err
}

// typedWrong says what of an amount that was typed cannot be.
func typedWrong(l locale.Printer, err error) string {
	if f, ok := fault.As(err); ok {
		return l.T(f.Key, f.Args...)
	}
	return l.T("bill.error.amount")
}

// payTx is where what was typed of a bill is paid: all that is owed, unless a
// part was typed.
func (x *Bills) payTx(tx *db.Tx, r *http.Request, b Bill, back string, lang locale.Lang) (string, error) {
	amount := b.Owed(x.now())
	if text := payment.Typed(r, "amount", 20); text != "" {
		typed, ok := payment.Ringgit(text)
		if !ok {
			return "", errTyped
		}
		amount = typed
	}
	return x.AskTx(tx, b, amount, back, lang)
}

// leave goes to a page of the hall's own, of which the whole address is known.
func (x *Bills) leave(w http.ResponseWriter, r *http.Request, to string) error {
	return web.SeeOther(w, r, to[len(x.BaseURL):])
}

// field is the id of the field of a part: a page of one's bills has several.
func (s sheet) field() string {
	if s.Path == "/me/bills/"+s.Bill.ID {
		return "amount-" + s.Bill.ID
	}
	return "amount"
}
