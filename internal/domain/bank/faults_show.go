package bank

import (
	"net/http"
	"strconv"
	"time"
)

// share is one fault with its part of the payments, as the form has it.
type share struct{ name, value string }

// shareNames are the faults in the order in which the page has them.
var shareNames = []string{"drop", "delay", "duplicate", "reorder", "wrong_amount", "timeout_after_debit", "reversal"}

func (b *Bank) faultsPage(w http.ResponseWriter, r *http.Request, dial Dial, wrong error) error {
	v := b.view(r, "bank.faults.title", "/faults")
	problem, field, status := "", "", http.StatusOK
	if wrong != nil {
		no := b.asRefusal(r, wrong)
		v.Error, problem, field, status = true, b.sentence(r, no), no.field, no.status()
	}
	all := dial.shares()
	list := make([]share, len(shareNames))
	for i, name := range shareNames {
		list[i] = share{name, strconv.FormatFloat(*all[name], 'f', -1, 64)}
	}
	return b.show(w, r, status, v, faultsPage(v, dial, list, problem, field))
}

func (s span) text() string { return time.Duration(s).String() }
