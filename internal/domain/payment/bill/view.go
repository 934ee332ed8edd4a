package bill

import (
	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/money"
)

// What /v1 answers of bills. They are ours: GOV.UK Pay has none.

// PayWords are a text in both languages.
type PayWords struct {
	MS string `json:"ms" maxLength:"255"`
	EN string `json:"en" maxLength:"255"`
}

// PayBillAsk is a bill as an agency's system makes it.
type PayBillAsk struct {
	Number      string   `json:"number" maxLength:"60" doc:"The agency's own, once"`
	Description PayWords `json:"description"`
	Amount      int64    `json:"amount" minimum:"1" maximum:"1000000000" doc:"in sen, after the last of the prices"`
	Currency    string   `json:"currency,omitempty" enum:"MYR"`
	Prices      []Price  `json:"prices,omitempty" doc:"Earlier prices, by their last days; at most ten"`
	IDNumber    string   `json:"id_number,omitempty" maxLength:"20" doc:"Of whom it is to. Whether the register knows it is not told"`
	DueDate     string   `json:"due_date,omitempty" format:"date"`
	Partial     bool     `json:"partial,omitempty" doc:"May be paid in parts"`
	Least       int64    `json:"least_amount,omitempty" doc:"Of a part, in sen"`
}

// PayBill is a bill.
type PayBill struct {
	ID          string        `json:"bill_id"`
	Number      string        `json:"number"`
	Description PayWords      `json:"description"`
	Amount      money.Amount  `json:"amount"`
	Prices      []Price       `json:"prices"`
	Owed        money.Amount  `json:"amount_owed" doc:"Today"`
	Paid        money.Amount  `json:"amount_paid"`
	DueDate     string        `json:"due_date,omitempty"`
	Partial     bool          `json:"partial"`
	Least       money.Amount  `json:"least_amount,omitempty"`
	State       PayBillState  `json:"state"`
	CheckCode   string        `json:"check_code" doc:"To print on the bill: with it and the number, its holder finds it at /bill"`
	Created     string        `json:"created_date"`
	Payments    []PayBillPart `json:"payments,omitempty" doc:"Where one bill is asked for"`
	Links       PayBillLinks  `json:"_links"`
}

// PayBillState is where a bill stands.
type PayBillState struct {
	Status   State `json:"status" enum:"open,part_paid,paid,cancelled"`
	Finished bool  `json:"finished"`
}

// PayBillPart is what came for a bill.
type PayBillPart struct {
	Payment string       `json:"payment_id"`
	Amount  money.Amount `json:"amount"`
	Receipt string       `json:"receipt_number"`
	Kept    bool         `json:"kept" doc:"false: it was not owed, and went back"`
}

// PayBillLinks lead to a bill.
type PayBillLinks struct {
	Self   payment.PayLink  `json:"self"`
	Next   payment.PayLink  `json:"next_url" doc:"Its page: who has the address may pay"`
	Cancel *payment.PayLink `json:"cancel,omitempty"`
}

// PayBills is some of an agency's bills, the newest first.
type PayBills struct {
	Results []PayBill `json:"results"`
	Cursor  string    `json:"next_cursor,omitempty" doc:"For the next; none: these were the last"`
}

func (x *Bills) out(b Bill) PayBill {
	o := PayBill{ID: b.ID, Number: b.Number, Description: PayWords{b.What.MS, b.What.EN}, Amount: b.Amount, Prices: b.Prices, Owed: b.Owed(x.now()), Paid: b.Paid,
		DueDate: b.DueOn, Partial: b.Partial, Least: b.Least, State: PayBillState{b.State, b.State.Ended()}, CheckCode: x.code(b), Created: iso(b.MadeAt)}
	if o.Prices == nil {
		o.Prices = []Price{}
	}
	o.Links.Self = x.V1("GET", "bills", b.ID)
	o.Links.Next = payment.PayLink{Href: x.BaseURL + x.href(b), Method: "GET"}
	if !b.State.Ended() {
		cancel := x.V1("POST", "bills", b.ID, "cancel")
		o.Links.Cancel = &cancel
	}
	return o
}

func iso(at int64) string { return clock.FromMicro(at).UTC().Format("2006-01-02T15:04:05.000Z") }
