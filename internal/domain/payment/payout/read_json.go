package payout

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"balai/internal/spine/money"
)

// errJSON is of a file that is no JSON of ours.
var errJSON = errors.New("payout: no JSON of a payout")

// PayPayoutLine is one payment as a program sends it.
type PayPayoutLine struct {
	Account   string `json:"account" minLength:"5" maxLength:"42" doc:"Digits, or an IBAN"`
	Bank      string `json:"bank" maxLength:"70" doc:"The bank's BIC, of 8 or 11 characters; of a pain.001, its name may stand here"`
	Name      string `json:"name" minLength:"2" maxLength:"140"`
	Amount    int64  `json:"amount" minimum:"1" maximum:"1000000000" doc:"in sen"`
	Reference string `json:"reference" maxLength:"35" doc:"The agency's own; one is paid once"`
	Currency  string `json:"currency,omitempty" enum:"MYR"`
	Note      string `json:"description,omitempty" maxLength:"140" doc:"What the payee reads on the statement"`
}

// readJSON reads an object with "payments", one at a time.
func readJSON(in io.Reader, t *intake) error {
	b := bufio.NewReader(in)
	if mark, _ := b.Peek(3); string(mark) == "\uFEFF" {
		_, _ = b.Discard(3)
	}
	g := &guard{in: b} // a text that does not end would take the whole file into memory
	dec := json.NewDecoder(g)
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return errJSON
	}
	seen, said := false, map[any]bool{}
	for dec.More() {
		g.start = dec.InputOffset()
		name, err := dec.Token()
		if err != nil {
			return errJSON
		}
		switch name {
		case "payments":
			if seen {
				return errJSON
			}
			if err := readPayments(dec, g, t); err != nil {
				return err
			}
			seen = true
		case "reference", "description":
			if said[name] {
				t.no(Wrong{Field: fmt.Sprint(name), Why: "payout.wrong.field.twice"})
			}
			said[name] = true
			var text string
			if err := dec.Decode(&text); err != nil {
				return errJSON
			}
			if name == "reference" {
				t.head.reference = text
			} else {
				t.head.description = text
			}
		default: // a name that is spelt wrong is not a field that was left out
			t.no(Wrong{Field: clip(fmt.Sprint(name)), Why: "payout.wrong.field"})
			var other json.RawMessage
			if err := dec.Decode(&other); err != nil {
				return errJSON
			}
		}
	}
	if _, err := dec.Token(); err != nil {
		return errJSON
	}
	if _, err := dec.Token(); err != io.EOF {
		return errJSON
	}
	return nil
}

// asked is a payment as it may come: what is of the wrong type is told, and not
// taken for nothing.
type asked struct {
	Account, Bank, Name, Reference, Description, Amount, Currency json.RawMessage
}

// readAsked reads a payment, and tells a field that it does not have or has twice.
func readAsked(dec *json.Decoder) (a asked, wrong []Wrong, err error) {
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return a, nil, errJSON
	}
	fields := map[any]*json.RawMessage{"account": &a.Account, "bank": &a.Bank, "name": &a.Name, "reference": &a.Reference, "description": &a.Description, "amount": &a.Amount, "currency": &a.Currency}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return a, nil, errJSON
		}
		text, _ := name.(string)
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return a, nil, errJSON
		}
		switch to := fields[name]; {
		case to == nil:
			wrong = append(wrong, Wrong{Field: clip(text), Why: "payout.wrong.field"})
		case *to != nil:
			wrong = append(wrong, Wrong{Field: text, Why: "payout.wrong.field.twice"})
		default:
			*to = raw
		}
	}
	if _, err := dec.Token(); err != nil {
		return a, nil, errJSON
	}
	return a, wrong, nil
}

func readPayments(dec *json.Decoder, g *guard, t *intake) error {
	if open, err := dec.Token(); err != nil || open != json.Delim('[') {
		return errJSON
	}
	for dec.More() {
		g.start = dec.InputOffset()
		a, wrong, err := readAsked(dec)
		if err != nil {
			return err
		}
		var l Line
		for field, to := range map[string]struct {
			raw json.RawMessage
			out *string
		}{"account": {a.Account, &l.Account}, "bank": {a.Bank, &l.Bank}, "name": {a.Name, &l.Name}, "reference": {a.Reference, &l.Reference}, "description": {a.Description, &l.Note}} {
			if len(to.raw) > 0 && string(to.raw) != "null" && json.Unmarshal(to.raw, to.out) != nil || strings.ContainsRune(*to.out, utf8.RuneError) {
				wrong = append(wrong, Wrong{Field: field, Why: "payout.wrong.text"})
			}
		}
		if code := strings.ToUpper(one(l.Bank)); code != "" && !codeForm.MatchString(code) && !has(wrong, "bank") {
			wrong = append(wrong, Wrong{Field: "bank", Why: "payout.wrong.bank.bic"})
		}
		var currency string
		if len(a.Currency) > 0 && (json.Unmarshal(a.Currency, &currency) != nil || currency != money.MYR) {
			wrong = append(wrong, Wrong{Field: "currency", Why: "payout.wrong.currency"})
		}
		if n, err := money.Parse(string(a.Amount), "JPY"); err == nil { // digits and nothing else
			l.Amount = n
		} else if len(a.Amount) > 0 {
			wrong = append(wrong, Wrong{Field: "amount", Why: "payout.wrong.amount.sen"})
		}
		if err := t.line(l, 0, wrong...); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	if err != nil {
		return errJSON
	}
	return nil
}
