package iso20022

import (
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/money"

	"pgregory.net/rapid"
)

// What may be said in a message, drawn at random.
var (
	drawID       = rapid.StringMatching(`[A-Za-z0-9/?:().,'+-]{1,35}`)
	drawWord     = rapid.StringMatching(`[A-Z木<&]([A-Za-z0-9<>&"'éñ 木🏛-]{0,50}[a-z0-9<&])?`)
	drawCode     = rapid.StringMatching(`[A-Z]{4}`)
	drawIBAN     = rapid.StringMatching(`[A-Z]{2}[0-9]{2}[A-Z0-9]{10,20}`)
	drawBIC      = rapid.StringMatching(`[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?`)
	drawUETR     = rapid.StringMatching(`[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}`)
	drawAmount   = rapid.Custom(func(t *rapid.T) money.Amount { return money.Amount(rapid.Int64Range(0, 1e12).Draw(t, "amount")) })
	drawCurrency = rapid.SampledFrom([]string{"MYR", "SGD", "JPY", "KWD", "CLF"})
	drawMoment   = rapid.Custom(func(t *rapid.T) time.Time {
		return time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "micro")).In(clock.Zone)
	})
	drawDay = rapid.Custom(func(t *rapid.T) string { return clock.Day(drawMoment.Draw(t, "day")) })
)

// maybe is a drawn value or the zero one.
func maybe[T any](t *rapid.T, g *rapid.Generator[T], label string) (out T) {
	if rapid.Bool().Draw(t, "has "+label) {
		out = g.Draw(t, label)
	}
	return out
}

var drawLines = rapid.Custom(func(t *rapid.T) string {
	lines := rapid.SliceOfN(drawWord, 1, 3).Draw(t, "lines")
	text := lines[0]
	for _, l := range lines[1:] {
		text += "\n" + l
	}
	return text
})

var drawAccount = rapid.Custom(func(t *rapid.T) (a Account) {
	if rapid.Bool().Draw(t, "iban") {
		a.IBAN = drawIBAN.Draw(t, "iban")
	} else {
		a.Other = rapid.StringMatching(`[A-Za-z0-9-]{1,34}`).Draw(t, "other")
	}
	a.Name = maybe(t, drawWord, "name")
	a.Currency = maybe(t, drawCurrency, "currency")
	return a
})

var drawAgent = rapid.Custom(func(t *rapid.T) Agent {
	return Agent{BIC: maybe(t, drawBIC, "bic"), Member: maybe(t, drawID, "member"), Name: maybe(t, drawWord, "name")}
})

var drawParty = rapid.Custom(func(t *rapid.T) Party {
	return Party{Name: maybe(t, drawWord, "name"), Account: maybe(t, drawAccount, "account"), Agent: maybe(t, drawAgent, "agent")}
})

var drawCharge = rapid.Custom(func(t *rapid.T) Charge {
	return Charge{Amount: drawAmount.Draw(t, "amount"), Currency: drawCurrency.Draw(t, "currency"), Credit: rapid.Bool().Draw(t, "credit"),
		Included: rapid.Bool().Draw(t, "included"), Type: maybe(t, drawID, "type")}
})

func charges(t *rapid.T) []Charge {
	if !rapid.Bool().Draw(t, "charged") {
		return nil
	}
	return rapid.SliceOfN(drawCharge, 1, 2).Draw(t, "charges")
}

func drawDetail(t *rapid.T, e Entry) Detail {
	d := Detail{
		Amount: drawAmount.Draw(t, "amount"), Currency: e.Currency, Credit: rapid.Bool().Draw(t, "credit"),
		Message: maybe(t, drawID, "message"), Payment: maybe(t, drawID, "payment"), Instruction: maybe(t, drawID, "instruction"),
		EndToEnd: maybe(t, drawID, "end to end"), UETR: maybe(t, drawUETR, "uetr"), Transaction: maybe(t, drawID, "transaction"),
		Bank: maybe(t, drawID, "bank"), Clearing: maybe(t, drawID, "clearing"),
		Debtor: maybe(t, drawParty, "debtor"), Creditor: maybe(t, drawParty, "creditor"), Purpose: maybe(t, drawCode, "purpose"),
		Remittance: maybe(t, drawLines, "remittance"), Reference: maybe(t, drawID, "reference"), Return: maybe(t, drawCode, "return"),
		Charges: charges(t), Info: maybe(t, drawWord, "info"),
	}
	return d
}

func drawEntry(t *rapid.T, currency string) Entry {
	e := Entry{
		Reference: maybe(t, drawID, "reference"), Amount: drawAmount.Draw(t, "amount"), Currency: currency,
		Credit: rapid.Bool().Draw(t, "credit"), Reversal: rapid.Bool().Draw(t, "reversal"),
		Status: rapid.SampledFrom([]string{Booked, Booked, Pending}).Draw(t, "status"), Value: maybe(t, drawDay, "value"),
		Bank: maybe(t, drawID, "bank"), Code: rapid.SampledFrom([]string{"PMNT/RCDT/DMCT", "PMNT/ICDT/ESCT", "NTRF"}).Draw(t, "code"),
		Charges: charges(t), Info: maybe(t, drawWord, "info"),
	}
	if e.At = maybe(t, drawMoment, "at"); !e.At.IsZero() {
		e.Booked = clock.Day(e.At)
	} else {
		e.Booked = maybe(t, drawDay, "booked")
	}
	for range rapid.IntRange(0, 3).Draw(t, "details") {
		e.Details = append(e.Details, drawDetail(t, e))
	}
	if len(e.Details) > 0 && rapid.Bool().Draw(t, "batch") {
		e.Batch = Batched{Message: maybe(t, drawID, "message"), Payment: maybe(t, drawID, "payment"), Count: int64(len(e.Details))}
	}
	return e
}

// drawStatement draws a statement whose balances and totals are true.
func drawStatement(t *rapid.T) (s Statement, entries []Entry) {
	currency := drawCurrency.Draw(t, "currency")
	s = Statement{
		Kind: rapid.SampledFrom([]Kind{Intraday, EndOfDay, Notice}).Draw(t, "kind"), Message: drawID.Draw(t, "message"), ID: drawID.Draw(t, "id"),
		Sequence: rapid.Int64Range(0, 99999).Draw(t, "sequence"), Page: rapid.Int64Range(1, 3).Draw(t, "page"), Last: rapid.Bool().Draw(t, "last"),
		Created: drawMoment.Draw(t, "created"), Account: drawAccount.Draw(t, "account"), Owner: maybe(t, drawWord, "owner"),
		Bank: maybe(t, drawAgent, "bank"), Info: maybe(t, drawWord, "info"),
	}
	s.Account.Currency = currency
	if rapid.Bool().Draw(t, "from") {
		s.From, s.To = drawMoment.Draw(t, "from"), drawMoment.Draw(t, "to")
	}
	var booked money.Amount
	for range rapid.IntRange(0, 4).Draw(t, "entries") {
		e := drawEntry(t, currency)
		if e.Status == Booked {
			booked += e.Signed()
		}
		entries = append(entries, e)
		if err := s.Totals.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	if s.Kind != Notice {
		opening := money.Amount(rapid.Int64Range(-1e12, 1e12).Draw(t, "opening"))
		sub := maybe(t, rapid.Just(Interim), "sub")
		s.Balances = []Balance{
			{Opening, sub, opening, currency, drawDay.Draw(t, "begin")},
			{Closing, sub, opening + booked, currency, drawDay.Draw(t, "end")},
		}
	}
	return s, entries
}

func drawTransfer(t *rapid.T) Transfer {
	return Transfer{
		Instruction: maybe(t, drawID, "instruction"), EndToEnd: drawID.Draw(t, "end to end"), UETR: maybe(t, drawUETR, "uetr"),
		Amount: drawAmount.Draw(t, "amount"), Currency: drawCurrency.Draw(t, "currency"), Into: maybe(t, drawCurrency, "into"), Creditor: drawParty.Draw(t, "creditor"),
		Purpose: maybe(t, drawCode, "purpose"), Remittance: maybe(t, drawLines, "remittance"), Reference: maybe(t, drawID, "reference"),
	}
}
