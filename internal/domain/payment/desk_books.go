package payment

import (
	"net/http"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/ledger"
	"balai/internal/spine/money"
	"balai/internal/spine/web"
)

// PayAccount is one account of an agency's books.
type PayAccount struct {
	Code     string       `json:"code"`
	Currency string       `json:"currency"`
	Side     string       `json:"normal_side" enum:"debit,credit"`
	Balance  money.Amount `json:"balance" doc:"in sen, on its normal side"`
	Held     money.Amount `json:"held" doc:"kept back and not moved yet"`
	Debits   money.Amount `json:"debits_posted"`
	Credits  money.Amount `json:"credits_posted"`
}

// PayAccounts are an agency's books: of real money, or of tests.
type PayAccounts struct {
	Accounts []PayAccount `json:"accounts"`
}

// ledgerAccounts answers what each account of the key's books holds.
func (p *Part) ledgerAccounts(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
	c, err := p.collector(r.Context(), k.Agency, k.Live)
	if err != nil {
		return nil, err
	}
	list, err := p.accountsOf(r, c.Books(k.Live))
	if err != nil {
		return nil, err
	}
	o := PayAccounts{Accounts: []PayAccount{}}
	for _, a := range list {
		o.Accounts = append(o.Accounts, PayAccount{a.Code, a.Currency, string(a.Normal), a.Balance(), a.Balance() - a.Available(), a.DebitsPosted, a.CreditsPosted})
	}
	return nil, answer(w, http.StatusOK, o)
}

func (p *Part) accountsOf(r *http.Request, b Books) (list []ledger.Account, err error) {
	err = p.DB.Read(r.Context(), func(tx *db.Tx) (err error) { list, err = p.Ledger.AccountsTx(tx, b.Owner()); return err })
	return list, err
}

// booksPage shows what each account of a desk holds, in words.
func (p *Part) booksPage(w http.ResponseWriter, r *http.Request) error {
	d, err := p.DeskOf(r)
	if err != nil {
		return err
	}
	list, err := p.accountsOf(r, d.Books())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, booksView(DeskPage(r, web.L(r.Context()).T("payment.desk.books")), d, list))
}

// kindOfAccount is what an account is for, as a word of its own: the first of its
// code, or what it ends in.
func kindOfAccount(code string) string {
	words := strings.Split(code, ":")
	if words[0] == "agency" {
		return words[len(words)-1]
	}
	return words[0]
}

// wayOfAccount is the way to pay whose money an account holds, "" of others.
func wayOfAccount(code string) Method {
	words := strings.Split(code, ":")
	if way := Method(words[len(words)-1]); (words[0] == "clearing" || words[0] == "fees") && way != Charges {
		return way
	}
	return ""
}
