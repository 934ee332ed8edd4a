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
			s.Path = "/me/bills/" + b.ID
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
	return web.Render(w, r, http.StatusOK, mineList(page, v))
}

// minePay leads to the page on which a bill of one's own is paid. Nobody else's
// is known to exist.
func (x *Bills) minePay(w http.ResponseWriter, r *http.Request) error {
	to := ""
	err := x.DB.Write(r.Context(), func(tx *db.Tx) error {
		b, err := billByID(tx, r.PathValue("id"))
		if person := web.ActorOf(r.Context()).Subject(); err != nil || b.Person != person || person == "" {
			return fault.New(fault.Missing, "bill.error.page").Wrap(err)
		}
		if b.Owed(x.now()) == 0 {
			to = x.BaseURL + "/me/bills"
			return nil
		}
		to, err = x.payTx(tx, r, b, "/me/bills", web.L(r.Context()).Lang())
		return err
	})
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
