package bank

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
)

// day is an account's day in the books.
type day struct {
	account          Account
	date             string
	opening, closing money.Amount
	entries          []Entry
	paid             map[string]paidOut // by booking
}

// paidOut is the order to pay people that a booking sums up.
type paidOut struct {
	message, part string
	lines         []payoutLine
}

// dayOf reads a day; it ends as the next one begins.
func (b *Bank) dayOf(ctx context.Context, account, date string) (d day, err error) {
	d.date, d.paid = date, map[string]paidOut{}
	err = b.db.Read(ctx, func(tx *db.Tx) (err error) {
		if d.account, err = accountByCode(tx, account); err != nil {
			if codeOf(err) == codeAccount {
				err = refuse(codeMissing)
			}
			return err
		}
		if d.opening, err = balanceBefore(tx, account, date); err != nil {
			return err
		}
		if d.entries, err = entriesOn(tx, account, date); err != nil {
			return err
		}
		for _, e := range d.entries {
			if e.Kind == "payout" && e.Side == Debit && e.Batch != "" {
				if d.paid[e.Booking], err = paidOutBy(tx, e.Booking); err != nil {
					return err
				}
			}
		}
		return nil
	})
	d.closing = d.opening
	for _, e := range d.entries {
		if err == nil {
			d.closing, err = money.Add(d.closing, e.Signed())
		}
	}
	return d, err
}

// statement is the day's head in a message of a kind.
func (d day) statement(kind iso20022.Kind, now time.Time) iso20022.Statement {
	start, _ := clock.ParseDay(d.date) // it was read as one
	end := start.AddDate(0, 0, 1).Add(-time.Second)
	sum := sha256.Sum256([]byte(d.account.Code))
	id := fmt.Sprintf("%s%s%X", map[iso20022.Kind]string{iso20022.Intraday: "R", iso20022.EndOfDay: "S", iso20022.Notice: "N"}[kind],
		start.Format("060102"), sum[:4])
	s := iso20022.Statement{Kind: kind, Message: id, ID: id, Page: 1, Last: true, Created: end, From: start, To: end,
		// One more each day, so that a day that is missing is missed.
		Sequence: int64(start.Sub(time.Date(2000, 1, 1, 0, 0, 0, 0, clock.Zone)).Hours()/24+0.5) + 1,
		Account:  iso20022.Account{Other: d.account.Code, Name: d.account.Name, Currency: money.MYR},
		Owner:    d.account.Name, Bank: iso20022.Agent{Name: Name}}
	if now.Before(end) { // the day is not over
		s.Created, s.To = now, now
		// More may come: two of such a day are not one. An MT940 has room for 16 letters.
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", d.account.Code, d.closing, len(d.entries)))
		s.ID = id[:7] + now.In(clock.Zone).Format("150405") + fmt.Sprintf("%X", sum[:2])[:3]
		s.Message = s.ID
	}
	codes := []string{iso20022.Opening, iso20022.Closing}
	if kind == iso20022.Intraday {
		codes[1] = iso20022.InterimBooked
	}
	s.Balances = []iso20022.Balance{
		{Code: codes[0], Amount: d.opening, Currency: money.MYR, Date: d.date},
		{Code: codes[1], Amount: d.closing, Currency: money.MYR, Date: d.date},
	}
	return s
}

// lines are the day's entries as a statement has them: those of a batch are one.
func (d day) lines(split bool) (out []iso20022.Entry) {
	at := map[string]int{} // batches, by their places in out
	for _, e := range d.entries {
		if e.Batch == "" || split || e.Side == Debit {
			out = append(out, d.line(e))
			continue
		}
		i, begun := at[e.Batch]
		if !begun {
			at[e.Batch] = len(out)
			one := d.line(e)
			one.Bank, one.Info = "", "Batch "+e.Batch
			one.Reference = strings.ReplaceAll(e.Day, "-", "") + "-" + e.Batch
			one.Batch = iso20022.Batched{Message: one.Reference, Count: 1}
			out = append(out, one)
			continue
		}
		out[i].Amount += e.Amount // less than the balance, which was checked
		out[i].Batch.Count++
		out[i].Details = append(out[i].Details, d.line(e).Details...)
	}
	return out
}

// families are the standard's codes of what the bank does, by kind and side.
var families = map[string]string{
	"opening credit": "PMNT/RCDT/BOOK", "opening debit": "PMNT/ICDT/BOOK",
	"qr credit": "PMNT/RRCT/DMCT", "qr debit": "PMNT/IRCT/DMCT",
	"fpx credit": "PMNT/RRCT/DMCT", "fpx debit": "PMNT/IRCT/DMCT",
	"card credit": "PMNT/MCRD/POSP", "card debit": "PMNT/CCRD/POSD",
	"refund credit": "PMNT/RCDT/RRTN", "refund debit": "PMNT/ICDT/RRTN",
	"transfer credit": "PMNT/RCDT/BOOK", "transfer debit": "PMNT/ICDT/BOOK",
	"payout credit": "PMNT/RCDT/DMCT", "payout debit": "PMNT/ICDT/DMCT",
	"settled credit": "PMNT/RCDT/DMCT", "settled debit": "PMNT/ICDT/DMCT",
	"returned credit": "PMNT/ICDT/RRTN", "returned debit": "PMNT/RCDT/RRTN",
	"reversal credit": "PMNT/IRCT/RRTN", "reversal debit": "PMNT/RRCT/RRTN",
}

// detailsMost is up to how many transfers a statement names one by one what an
// order paid out; beyond, the order's ids and their count say it.
const detailsMost = 10_000

// line is one entry as a statement has it.
func (d day) line(e Entry) iso20022.Entry {
	credit := e.Side == Credit
	out := iso20022.Entry{Reference: fmt.Sprintf("%d-%d", e.No, e.Line), Amount: e.Amount, Currency: money.MYR, Credit: credit, Reversal: e.Kind == "reversal",
		Status: iso20022.Booked, Booked: e.Day, Value: e.ValueDay, Bank: e.Booking, Code: families[e.Kind+" "+string(e.Side)], Info: e.Kind}
	out.Details = []iso20022.Detail{d.detail(e, e.EndToEnd, e.Amount, e.Party, e.PartyAccount, e.Text)}
	if p, ok := d.paid[e.Booking]; ok && !credit {
		out.Batch = iso20022.Batched{Message: p.message, Payment: p.part, Count: int64(len(p.lines))}
		out.Details = nil
		if len(p.lines) > detailsMost {
			return out
		}
		for _, l := range p.lines {
			x := d.detail(e, l.e2e, l.amount, l.name, l.account, l.info)
			x.Message, x.Payment, x.Instruction = p.message, p.part, l.instruction
			out.Details = append(out.Details, x)
		}
	}
	return out
}

// detail is one transaction of an entry: on a credit the other one is the
// debtor. A reversal names those of the entry that it takes back.
func (d day) detail(e Entry, e2e string, amount money.Amount, name, account, text string) iso20022.Detail {
	own := iso20022.Party{Name: d.account.Name, Account: iso20022.Account{Other: d.account.Code}}
	other := iso20022.Party{Name: name, Account: iso20022.Account{Other: account}}
	x := iso20022.Detail{Amount: amount, Currency: money.MYR, Credit: e.Side == Credit, EndToEnd: e2e, Bank: e.Booking, Remittance: text, Debtor: own, Creditor: other, Return: e.Reason}
	if (e.Side == Credit) != (e.Kind == "reversal") {
		x.Debtor, x.Creditor = other, own
	}
	if x.EndToEnd == "" {
		x.EndToEnd = iso20022.NotProvided
	}
	return x
}
