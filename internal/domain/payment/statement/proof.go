package statement

import (
	"slices"

	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

// A Proof is a day's comparison of the bank's closing balance with the ledger.
type Proof struct {
	Day    string
	Over   bool         // the bank has closed the day; else as far as it has come
	Said   money.Amount // by the bank
	Booked money.Amount // by the ledger
	Why    []Difference
}

// Agrees tells whether bank and books are the same to the sen, and nothing of
// the bank's is missing.
func (p Proof) Agrees() bool { return p.Said == p.Booked && len(p.Why) == 0 }

// Difference is one reason why they are not, with its amount: by how much the
// bank has more.
type Difference struct {
	Kind   string // opening | page | missing | unprinted | rest
	Amount money.Amount
	Day    string // that it is about
	N      int64  // pages or statements
}

// Text is a difference in words.
func (d Difference) Text(p locale.Printer) string {
	day, _ := clock.ParseDay(d.Day) // it was read as one
	return p.T("statement.difference."+d.Kind, "amount", p.Ringgit(int64(d.Amount)), "day", p.Date(day), "n", d.N)
}

// Kinds of differences.
const (
	diffOpening   = "opening"   // the statement does not open as the one before it closed
	diffPage      = "page"      // pages of the statement are missing
	diffMissing   = "missing"   // statements between the one before and this one are
	diffUnprinted = "unprinted" // lines came on a notification and are on no statement
	diffRest      = "rest"      // none of these
)

// proofs compares an agency's days with the ledger, the last one first.
func (s *Part) proofs(tx *db.Tx, c payment.Collector, live bool, n int) (out []Proof, err error) {
	list, err := closings(tx, c.Agency, live, c.Account, n+1)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	a, err := s.ledger.AccountTx(tx, c.Books(live).Bank())
	if err != nil {
		return nil, err
	}
	for i, x := range list {
		if i == n {
			break
		}
		p := Proof{Day: x.Day, Over: x.Kind == iso20022.EndOfDay, Said: x.Closing}
		later, err := movedAfter(tx, c.Agency, live, c.Account, x.Day)
		if err != nil {
			return nil, err
		}
		p.Booked = a.Balance() - later
		if !p.Over { // what a notification brought since is no difference: the day goes on
			since, _, err := unprintedOn(tx, x)
			if err != nil {
				return nil, err
			}
			p.Booked -= since
		}
		var before *Statement
		if i+1 < len(list) {
			before = &list[i+1]
		}
		if p.Why, err = s.why(tx, x, before); err != nil {
			return nil, err
		}
		known := money.Amount(0)
		for _, d := range p.Why {
			known += d.Amount
		}
		if rest := p.Said - p.Booked - known; rest != 0 {
			p.Why = append(p.Why, Difference{Kind: diffRest, Amount: rest, Day: x.Day})
		}
		out = append(out, p)
	}
	return out, nil
}

// why names what of a day's statement does not fit, beside the sum.
func (s *Part) why(tx *db.Tx, x Statement, before *Statement) (out []Difference, err error) {
	pages, err := pagesOf(tx, x)
	if err != nil {
		return nil, err
	}
	first := x
	have := map[int64]bool{}
	for _, p := range pages {
		have[p.Page] = true
		if p.Page == 1 {
			first = p
		}
	}
	lost := int64(0)
	for n := int64(1); n < x.Page; n++ {
		if !have[n] {
			lost++
		}
	}
	if lost > 0 || !x.Last {
		out = append(out, Difference{Kind: diffPage, Day: x.Day, N: max(lost, 1)})
	}
	if before != nil && lost == 0 && first.HasOpening && first.Opening != before.Closing {
		d := Difference{Kind: diffOpening, Amount: first.Opening - before.Closing, Day: before.Day}
		if x.Seq > before.Seq+1 && before.Seq > 0 && before.Kind == x.Kind {
			d.Kind, d.N = diffMissing, x.Seq-before.Seq-1
		}
		out = append(out, d)
	}
	if x.Kind == iso20022.EndOfDay {
		sum, n, err := unprintedOn(tx, x)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out = append(out, Difference{Kind: diffUnprinted, Amount: -sum, Day: x.Day, N: n})
		}
	}
	return out, nil
}

// byDay leaves of the statements of a day the one that tells most: of a whole day
// before one of a part, and the last page of it.
func byDay(list []Statement) (out []Statement) {
	for _, x := range list {
		i := slices.IndexFunc(out, func(y Statement) bool { return y.Day == x.Day })
		switch {
		case i < 0:
			out = append(out, x)
		case rank(x) > rank(out[i]) || rank(x) == rank(out[i]) && x.Entries > out[i].Entries:
			out[i] = x // of two of a part, the fuller
		}
	}
	return out
}

func rank(x Statement) int64 {
	n := x.Page
	if x.Kind == iso20022.EndOfDay {
		n += 1 << 40
	}
	return n
}
