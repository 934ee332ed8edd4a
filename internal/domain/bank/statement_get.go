package bank

import (
	"bytes"
	"net/http"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/mt940"
)

// statementPath is where a statement is to be had.
type statementPath struct{ name, path string }

// statementPaths are the forms in which an account's day is to be had.
func statementPaths(account, date string) []statementPath {
	return []statementPath{
		{"camt.053", "/statements/" + account + "/" + date + ".xml"},
		{"MT940", "/statements/" + account + "/" + date + ".mt940"},
		{"camt.054", "/notifications/" + account + "/" + date + ".xml"},
		{"camt.052", "/reports/" + account + "/" + date + ".xml"},
	}
}

// statementGet writes an account's day: a statement as XML or MT940, a report of
// the day so far, or a notification of each entry. A day that is not over is
// written as far as it has come.
func (b *Bank) statementGet(kind iso20022.Kind) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		date, form, _ := strings.Cut(r.PathValue("file"), ".")
		start, err := clock.ParseDay(date)
		swift := form == "mt940" && kind == iso20022.EndOfDay
		if err != nil || form != "xml" && !swift || start.After(b.now()) {
			return refuse(codeMissing)
		}
		d, err := b.dayOf(r.Context(), r.PathValue("account"), date)
		if err != nil {
			return err
		}
		s := d.statement(kind, b.now())
		var out bytes.Buffer
		media := "application/xml"
		if swift {
			media = "text/plain; charset=us-ascii"
			err = mt940.Write(&out, s, swiftLines(d.lines(false)))
		} else {
			err = iso20022.WriteStatement(&out, s, d.lines(kind == iso20022.Notice))
		}
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", media)
		_, _ = w.Write(out.Bytes()) // the client may be gone; nothing follows
		return nil
	}
}

// swiftLines are entries as MT940 has room for them: the owner's reference where
// it fits, and all that matters in words.
func swiftLines(list []iso20022.Entry) []iso20022.Entry {
	for i, e := range list {
		var words []string
		if e.Batch.Count > 0 {
			words = append(words, "BATCH "+e.Batch.Message)
			e.Reference = e.Batch.Message
		} else if len(e.Details) == 1 {
			x := e.Details[0]
			other := x.Debtor
			if other.Account.Other == "" || !e.Credit {
				other = x.Creditor
			}
			e.Reference = x.EndToEnd
			words = append(words, "EREF "+x.EndToEnd, other.Name, x.Remittance)
		}
		e.Code, e.Details, e.Info = "NTRF", nil, strings.Join(words, "\n")
		list[i] = e
	}
	return list
}
