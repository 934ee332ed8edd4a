package bank

import (
	"net/http"

	"balai/internal/spine/clock"
)

// sessionView is the bank's page for a payment that a merchant asked for.
type sessionView struct {
	view
	session  Session
	shop     Shop
	accounts []Account
	payer    Account // the company that was chosen
	over     bool
	problem  string
}

// sessionShow is the login page or the card page of a session.
func (b *Bank) sessionShow(method string) handler {
	return func(w http.ResponseWriter, r *http.Request) error { return b.sessionPage(w, r, method, nil) }
}

func (b *Bank) sessionPage(w http.ResponseWriter, r *http.Request, method string, wrong error) error {
	s, shop, list, err := b.session(r.Context(), r.PathValue("session"), method)
	if err != nil {
		return err
	}
	title := "bank.login.title"
	if method == byCard {
		title = "bank.card.title"
	}
	v := sessionView{view: b.view(r, title, s.path()), session: s, shop: shop, accounts: list, over: s.over(clock.Micro(b.o.Clock.Now()))}
	for _, a := range list {
		if a.Code == s.Account {
			v.payer = a
		}
	}
	status := http.StatusOK
	if wrong != nil {
		no := b.asRefusal(r, wrong)
		v.Error, v.problem, status = true, b.sentence(r, no), no.status()
	}
	w.Header().Set("Content-Security-Policy", s.policy())
	return b.show(w, r, status, v.view, sessionPage(v))
}
