package bank

import (
	"net/http"
	"net/url"

	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// Sending is a transfer that a person makes to an account of this bank, with
// what they wrote for whoever gets it. The bank tells nobody: it stands on the
// statement.
type Sending struct {
	From   string       `json:"from"`
	To     string       `json:"to"`
	Amount money.Amount `json:"amount"` // sen
	Text   string       `json:"reference"`
}

// sendView is the page of a transfer.
type sendView struct {
	view
	in       Sending
	typed    string // the amount in ringgit
	done     string // the bank's reference of the one that was made
	accounts []Account
	problem  string
	at       string // the field that the problem is with
}

func (v sendView) problemAt(field string) string {
	if v.at == field {
		return v.problem
	}
	return ""
}

func (b *Bank) sendShow(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	return b.sendPage(w, r, Sending{To: q.Get("to"), Text: q.Get("reference")}, q.Get("amount"), q.Get("done"), nil)
}

func (b *Bank) sendPage(w http.ResponseWriter, r *http.Request, in Sending, typed, done string, wrong error) error {
	v := sendView{view: b.view(r, "bank.transfer.title", "/transfer"), in: in, typed: typed, done: done}
	status := http.StatusOK
	if wrong != nil {
		no := b.asRefusal(r, wrong)
		v.Error, v.problem, v.at, status = true, b.sentence(r, no), no.field, no.status()
		if v.at == "" {
			v.at = map[string]string{codeAmount: "amount", codeFunds: "amount", codeAccount: "to"}[no.code]
		}
		if v.at == "" {
			v.at = "from"
		}
	}
	err := b.db.Read(r.Context(), func(tx *db.Tx) (err error) { v.accounts, err = accounts(tx); return err })
	if err != nil {
		return err
	}
	return b.show(w, r, status, v.view, sendPage(v))
}

// sendDo makes a transfer. A program sends JSON, the page a form.
func (b *Bank) sendDo(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, bodyMost)
	if !isForm(r) {
		body, err := readAll(r)
		if err != nil {
			return err
		}
		var in Sending
		if err := read(body, &in); err != nil {
			return err
		}
		booking, err := b.send(r, in)
		if err != nil {
			return err
		}
		answer(w, http.StatusOK, map[string]string{"status": paid, "bank_reference": booking})
		return nil
	}
	if err := r.ParseForm(); err != nil {
		return refuseField("body")
	}
	in := Sending{From: r.PostForm.Get("from"), To: r.PostForm.Get("to"), Text: r.PostForm.Get("reference")}
	typed := r.PostForm.Get("amount")
	var err error
	if in.Amount, err = money.Typed(typed); err != nil {
		return b.sendPage(w, r, in, typed, "", refuse(codeAmount))
	}
	booking, err := b.send(r, in)
	if codeOf(err) != "" {
		return b.sendPage(w, r, in, typed, "", err)
	}
	if err != nil {
		b.refusePage(w, r, err)
		return nil
	}
	http.Redirect(w, r, "/transfer?done="+url.QueryEscape(booking), http.StatusSeeOther)
	return nil
}

// send books a transfer from somebody's account to another of this bank.
func (b *Bank) send(r *http.Request, in Sending) (booking string, err error) {
	switch {
	case !referenceForm.MatchString(in.To) || len(in.To) > accountMost || in.To == in.From:
		return "", refuseField("to")
	case !plain(in.Text, textMost):
		return "", refuseField("reference")
	case in.Amount <= 0:
		return "", refuse(codeAmount)
	}
	if err := b.mayPay(r, in.From); err != nil {
		return "", err
	}
	return booking, b.db.Write(r.Context(), func(tx *db.Tx) error {
		from, err := accountByCode(tx, in.From)
		if err != nil {
			return err
		}
		to, err := accountByCode(tx, in.To)
		if err != nil {
			return err
		}
		if to.Kind == Internal {
			return refuse(codeAccount)
		}
		booking, _, err = b.bookTx(tx, Booking{Kind: "transfer", Text: in.Text, Legs: []Leg{
			{Account: in.From, Side: Debit, Amount: in.Amount, Party: to.Name, PartyAccount: in.To},
			{Account: in.To, Side: Credit, Amount: in.Amount, Party: from.Name, PartyAccount: in.From},
		}})
		return err
	})
}
