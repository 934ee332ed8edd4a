package bill

import (
	"net/http"

	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// mineView is what a person owes, and what they have paid.
type mineView struct {
	Open     []sheet
	Receipts []receiptLine
}

type receiptLine struct {
	payment.ReceiptLine
	When string
}

func (x *Bills) minePage(w http.ResponseWriter, r *http.Request) error {
	return x.mineShow(w, r, sheet{}, http.StatusOK)
}

// mineShow writes the page; bad is a bill with what was typed of a part of it, and why
// that cannot be.
func (x *Bills) mineShow(w http.ResponseWriter, r *http.Request, bad sheet, status int) error {
	page := ui.NewPage(r, web.L(r.Context()).T("bill.mine.title"))
	var v mineView
	err := x.DB.Read(r.Context(), func(tx *db.Tx) error {
		v = mineView{}
		person := web.ActorOf(r.Context()).Subject()
		list, err := billsTo(tx, person)
		if err != nil {
			return err
		}
		for _, b := range list {
			if b.State.Ended() {
				continue
			}
			s, err := x.sheetTx(tx, page.L, b)
			if err != nil {
				return err
			}
			if s.Path = "/me/bills/" + b.ID; b.ID == bad.Bill.ID {
				s.Amount, s.Wrong = bad.Amount, bad.Wrong
			}
			v.Open = append(v.Open, s)
		}
		paid, err := x.ReceiptsTx(tx, person)
		for _, line := range paid {
			v.Receipts = append(v.Receipts, receiptLine{line, page.L.Date(clock.FromMicro(line.Receipt.PaidAt))})
		}
		return err
	})
	if err != nil {
		return err
	}
	page.Error = bad.Wrong != ""
	return web.Render(w, r, status, mineList(page, v))
}

// minePay leads to the page on which a bill of one's own is paid. Nobody else's
// is known to exist.
func (x *Bills) minePay(w http.ResponseWriter, r *http.Request) error {
	to, bad := "", sheet{}
	err := x.DB.Write(r.Context(), func(tx *db.Tx) error {
		b, err := billByID(tx, r.PathValue("id"))
		if person := web.ActorOf(r.Context()).Subject(); err != nil || b.Person != person || person == "" {
			return fault.New(fault.Missing, "bill.error.page").Wrap(err)
		}
		if b.Owed(x.now()) == 0 {
			to = x.BaseURL + "/me/bills"
			return nil
		}
		bad.Bill = b
		to, err = x.payTx(tx, r, b, "/me/bills", web.L(r.Context()).Lang())
		return err
	})
	if fault.CodeOf(err) == fault.Invalid {
		bad.Amount, bad.Wrong = payment.Typed(r, "amount", 20), typedWrong(web.L(r.Context()), err)
		return x.mineShow(w, r, bad, fault.Status(fault.Invalid))
	}
	if err != nil {
		return err
	}
	return x.leave(w, r, to)
}

// OwedBy is what a person has to pay, for their own hall: how many bills, and
// how much today.
func (x *Bills) OwedBy(tx *db.Tx, person string) (bills int, sen int64, err error) {
	list, err := billsTo(tx, person)
	for _, b := range list {
		if owed := b.Owed(x.now()); owed > 0 {
			bills, sen = bills+1, sen+int64(owed)
		}
	}
	return bills, sen, err
}
