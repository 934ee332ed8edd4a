package statement

import (
	"cmp"
	"slices"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/ledger"
	"balai/internal/spine/money"
)

// A desk is what lines of one commit are matched with. What a line has taken is
// gone from it.
type desk struct {
	*Part
	tx    *db.Tx
	c     payment.Collector
	live  bool
	books payment.Books
	ident string // of the statement, as the bank numbers it

	attempts  map[string]payment.Attempt
	elsewhere map[string]bool // references of other agencies' attempts
	shown     map[string]bool // bank references of the lines at hand
	byRef     map[string]*payment.Debit
	byAttempt map[string][]*payment.Debit
	refunds   map[string]*payment.Refund // by id and by bank reference

	debits []payment.Printed // to be marked
	sent   []payment.Printed
}

// gather reads what may fit to some lines, in few queries. Of what was told of
// debits a moment ago, those are taken that fit to a line of their own; whoever
// else has taken one since is noticed when it is marked.
func (s *Part) gather(tx *db.Tx, c payment.Collector, live bool, list []Line, told []payment.Debit) (*desk, error) {
	d := &desk{Part: s, tx: tx, c: c, live: live, books: c.Books(live), shown: map[string]bool{}, byRef: map[string]*payment.Debit{}, byAttempt: map[string][]*payment.Debit{}, refunds: map[string]*payment.Refund{}}
	var refs, ids, keys, astray []string
	before := make(map[string]*payment.Debit, len(told))
	for i := range told {
		before[told[i].BankRef] = &told[i]
	}
	if slices.ContainsFunc(list, func(l Line) bool { return l.Reversal }) {
		clear(before) // that a debit was taken back does change
	}
	for _, l := range list {
		d.shown[l.BankRef] = l.Credit
		if x := before[l.BankRef]; l.Credit && fits(&l, x) {
			d.add(*x)
			continue
		}
		if l.Credit || l.Reversal {
			refs = append(refs, l.BankRef)
			continue
		}
		keys = append(keys, l.BankRef, l.EndToEnd)
	}
	if err := d.know(distinct(refs), nil); err != nil {
		return nil, err
	}
	for _, l := range list { // of most, the bank reference is known already
		if (l.Credit || l.Reversal) && d.named(&l) == nil {
			ids = append(ids, references(l.EndToEnd, l.Text)...)
			if l.Credit && !l.Reversal { // in a text there may be sixty, which are none
				astray = append(astray, references(l.EndToEnd)...)
			}
		}
	}
	ids, keys = distinct(ids), distinct(keys)
	var err error
	if d.attempts, err = s.pay.AttemptsTx(tx, c.Agency, live, ids); err != nil {
		return nil, err
	}
	if err := d.know(nil, ids); err != nil {
		return nil, err
	}
	unknown := slices.DeleteFunc(distinct(astray), func(id string) bool { _, own := d.attempts[id]; return own })
	if d.elsewhere, err = s.pay.ElsewhereTx(tx, c.Agency, live, unknown); err != nil {
		return nil, err
	}
	sent, err := s.pay.SentTx(tx, c.Agency, live, keys)
	if err != nil {
		return nil, err
	}
	for i := range sent {
		r := &sent[i]
		d.refunds[r.Reference()] = r
		if r.BankRef != "" {
			d.refunds[r.BankRef] = r
		}
	}
	return d, nil
}

// named is the debit under a line's own bank reference whose attempt the line
// names too.
func (d *desk) named(l *Line) *payment.Debit {
	x := d.byRef[l.BankRef]
	if l.BankRef != "" && l.Credit && !l.Reversal && fits(l, x) && slices.Contains(references(l.EndToEnd, l.Text), x.Attempt) {
		return x
	}
	return nil
}

// know reads debits that the desk has not got yet.
func (d *desk) know(refs, attempts []string) error {
	list, err := d.pay.DebitsTx(d.tx, d.c.Agency, d.live, refs, attempts)
	if err != nil {
		return err
	}
	for _, x := range list {
		d.add(x)
	}
	return nil
}

func (d *desk) add(x payment.Debit) {
	if d.byRef[x.BankRef] == nil {
		d.byRef[x.BankRef] = &x
		d.byAttempt[x.Attempt] = append(d.byAttempt[x.Attempt], &x)
	}
}

func distinct(list []string) []string {
	slices.Sort(list)
	list = slices.Compact(list)
	if len(list) > 0 && list[0] == "" {
		list = list[1:]
	}
	return list
}

// match finds what a line shows and says what is posted for it: in the order of
// what is surest. What fits nothing goes to suspense.
func (d *desk) match(l *Line) ([]ledger.Transfer, error) {
	if l.Rule == byFee {
		l.State = matched
		return []ledger.Transfer{{Kind: ledger.Post, Debit: d.books.Fees(payment.Charges), Credit: d.books.Bank(), Amount: l.Amount}}, nil
	}
	for _, rule := range []func(*Line) ([]ledger.Transfer, error){d.attempt, d.bankRef, d.refund, d.payout, d.batch, d.score, d.takenBack, d.astray} {
		if out, err := rule(l); err != nil || l.State != "" {
			return out, err
		}
	}
	l.State = waiting
	return []ledger.Transfer{d.move(*l, d.books.Suspense())}, nil
}

// move is a line's money between the bank's account and another.
func (d *desk) move(l Line, other string) ledger.Transfer {
	if l.Credit {
		return ledger.Transfer{Kind: ledger.Post, Debit: d.books.Bank(), Credit: other, Amount: l.Amount}
	}
	return ledger.Transfer{Kind: ledger.Post, Debit: other, Credit: d.books.Bank(), Amount: l.Amount}
}

// take makes a debit the line's.
func (d *desk) take(l *Line, x *payment.Debit, rule string) []ledger.Transfer {
	x.Line = l.ID
	d.debits = append(d.debits, payment.Printed{Key: x.BankRef, Line: l.ID})
	l.State, l.Rule, l.Subject, l.method = matched, rule, x.Attempt, x.Method
	return []ledger.Transfer{d.move(*l, d.books.Clearing(x.Method))}
}

// fits tells whether a debit is the line's: it is on no other, and of its amount.
func fits(l *Line, x *payment.Debit) bool {
	return x != nil && x.Line == "" && x.Amount == l.Amount && x.Method != ""
}

// attempt is the line that carries an attempt's reference. Where nothing was
// heard of the debit, the line is how the hall hears of it.
func (d *desk) attempt(l *Line) ([]ledger.Transfer, error) {
	if !l.Credit || l.Reversal {
		return nil, nil
	}
	if x := d.named(l); x != nil {
		return d.take(l, x, byReference), nil
	}
	for _, ref := range references(l.EndToEnd, l.Text) {
		a, ok := d.attempts[ref]
		if !ok {
			continue
		}
		if x := d.debitOf(l, a.ID); x != nil {
			return d.take(l, x, byReference), nil
		}
		if l.BankRef != "" && d.byRef[l.BankRef] != nil {
			return nil, nil // booked before, or of another amount
		}
		f := payment.Finding{Reference: a.ID, State: "paid", Amount: l.Amount, Currency: money.MYR, Account: d.c.Account, BankRef: cmp.Or(l.BankRef, "L"+l.ID),
			Payer: l.Party, Method: a.Method}
		if err := d.pay.PrintedTx(d.tx, d.c, d.live, f); err != nil {
			return nil, err
		}
		if err := d.know([]string{f.BankRef}, nil); err != nil {
			return nil, err
		}
		if x := d.byRef[f.BankRef]; fits(l, x) && x.Attempt == a.ID {
			return d.take(l, x, byReference), nil
		}
		return nil, nil
	}
	return nil, nil
}

// debitOf is the debit of an attempt that a line shows: under the line's own
// bank reference, or the oldest of those that no line has shown and none beside
// it shows. Of two telephones that paid one code, the bank may have told of the
// later alone: its debit is not the earlier one's line.
func (d *desk) debitOf(l *Line, attempt string) *payment.Debit {
	list := d.byAttempt[attempt]
	for _, x := range list {
		if x.BankRef == l.BankRef {
			if fits(l, x) {
				return x
			}
			return nil
		}
	}
	for _, x := range list {
		if fits(l, x) && !d.shown[x.BankRef] {
			return x
		}
	}
	return nil
}

// bankRef is the line that carries a bank reference of which the hall was told.
func (d *desk) bankRef(l *Line) ([]ledger.Transfer, error) {
	if !l.Credit || l.Reversal || l.BankRef == "" {
		return nil, nil
	}
	if x := d.byRef[l.BankRef]; fits(l, x) {
		return d.take(l, x, byBankRef), nil
	}
	return nil, nil
}

// refund is the line that shows money gone back.
func (d *desk) refund(l *Line) ([]ledger.Transfer, error) {
	if l.Credit || l.Reversal {
		return nil, nil
	}
	for _, key := range []string{l.EndToEnd, l.BankRef} {
		r := d.refunds[key]
		if key == "" || r == nil || r.Amount != l.Amount || r.Status != "submitted" && r.Status != "success" {
			continue
		}
		if err := d.pay.RefundPrintedTx(d.tx, d.c, *r, l.BankRef); err != nil {
			return nil, err
		}
		a, err := d.pay.AttemptsTx(d.tx, d.c.Agency, d.live, []string{r.Attempt})
		if err != nil {
			return nil, err
		}
		method := payment.Transfer // of what came without a payment
		if r.Payment != "" {
			method = a[r.Attempt].Method
		}
		delete(d.refunds, r.Reference())
		delete(d.refunds, r.BankRef)
		d.sent = append(d.sent, payment.Printed{Key: r.ID, Line: l.ID})
		l.State, l.Rule, l.Subject, l.method = matched, byRefund, r.ID, method
		return []ledger.Transfer{d.move(*l, d.books.Clearing(method))}, nil
	}
	return nil, nil
}

// payout is the line of a batch that the agency paid out, which its own room
// knows.
func (d *desk) payout(l *Line) ([]ledger.Transfer, error) {
	for _, who := range d.claimants {
		account, err := who.ClaimTx(d.tx, d.c.Agency, d.live, payment.Shown{Batch: l.Batch, EndToEnd: l.EndToEnd, Amount: l.Signed(), Day: l.Day, Statement: d.ident})
		if err != nil {
			return nil, err
		}
		if account != "" {
			l.State, l.Rule, l.Subject = matched, byPayout, cmp.Or(l.Batch, l.EndToEnd)
			return []ledger.Transfer{d.move(*l, account)}, nil
		}
	}
	return nil, nil
}

// batchMost is how many debits one line may sum up.
const batchMost = 100_000

// batch is a line that sums up, without naming them, all debits by one method of
// its day. It is matched where they are the same to the sen, by one method only.
func (d *desk) batch(l *Line) ([]ledger.Transfer, error) {
	if !l.lump || !l.Credit {
		return nil, nil
	}
	start, err := clock.ParseDay(l.Day)
	if err != nil {
		return nil, nil
	}
	list, err := d.pay.UnprintedTx(d.tx, d.c.Agency, d.live, clock.Micro(start), clock.Micro(start.AddDate(0, 0, 1)), batchMost)
	if err != nil {
		return nil, err
	}
	sums, of := map[payment.Method]money.Amount{}, map[payment.Method][]payment.Debit{}
	for _, x := range list {
		if had := d.byRef[x.BankRef]; had != nil && had.Line != "" || x.Method == "" {
			continue
		}
		sums[x.Method] += x.Amount
		of[x.Method] = append(of[x.Method], x)
	}
	var fit []payment.Method
	for m, sum := range sums {
		if sum == l.Amount {
			fit = append(fit, m)
		}
	}
	if len(fit) != 1 {
		return nil, nil
	}
	for _, x := range of[fit[0]] {
		d.debits = append(d.debits, payment.Printed{Key: x.BankRef, Line: l.ID})
		if had := d.byRef[x.BankRef]; had != nil {
			had.Line = l.ID
		} else {
			x.Line = l.ID
			d.byRef[x.BankRef] = &x
		}
	}
	l.State, l.Rule, l.Subject, l.method = matched, byBatch, cmp.Or(l.Batch, string(fit[0])), fit[0]
	return []ledger.Transfer{d.move(*l, d.books.Clearing(fit[0]))}, nil
}

// scored is how much must speak for an attempt, beside its amount: its day and
// the payer's name or the agency's reference.
const scored = 3

// scoreWithin is how long after it was begun a transfer without its reference is
// looked for.
const scoreWithin = 30 * 24 * time.Hour

// score is a transfer whose payer forgot the reference. Of the transfers that
// were begun over the same amount, one has to fit, and no other.
func (d *desk) score(l *Line) ([]ledger.Transfer, error) {
	if !l.Credit || l.Reversal || l.lump {
		return nil, nil
	}
	list, err := d.pay.OpenTransfersTx(d.tx, d.c.Agency, d.live, l.Amount)
	if err != nil {
		return nil, err
	}
	var best []payment.Attempt
	for _, x := range list {
		name := ""
		if d.nameOf != nil && x.Payment.Person != "" {
			if name, err = d.nameOf(d.tx, x.Payment.Person); err != nil {
				return nil, err
			}
		}
		if points(*l, x.Payment, x.Attempt, name) >= scored {
			best = append(best, x.Attempt)
		}
	}
	if len(best) != 1 {
		return nil, nil
	}
	one := *l
	one.EndToEnd = best[0].ID
	d.attempts[best[0].ID] = best[0]
	if err := d.know(nil, []string{best[0].ID}); err != nil {
		return nil, err
	}
	out, err := d.attempt(&one)
	if one.State == matched {
		l.State, l.Rule, l.Subject, l.method = matched, byScore, one.Subject, one.method
	}
	return out, err
}

// points is what speaks for a transfer of the line's amount: two for the agency's
// reference or the payer's name, one for the day.
func points(l Line, pay payment.Payment, a payment.Attempt, name string) (n int) {
	opened := clock.FromMicro(a.OpenedAt)
	day, err := clock.ParseDay(l.Day)
	if err != nil || clock.Day(opened) > l.Day || day.Sub(opened) > scoreWithin {
		return 0
	}
	if day.Sub(opened) <= 3*24*time.Hour {
		n++
	}
	if ref := plain(pay.Reference); len(ref) >= 5 && containsPlain(l.Text, ref) {
		n += 2
	}
	if sameName(l.Party, name) {
		n += 2
	}
	return n
}

func containsPlain(text, part string) bool {
	return slices.ContainsFunc(pieces(text, len(part)), func(s string) bool { return s == part })
}

// pieces are the runs of a text's letters of a length, without its blanks, that
// do not begin or end within a word.
func pieces(text string, n int) (out []string) {
	var starts, ends []int
	flat := make([]byte, 0, len(text))
	word := false
	for i := range len(text) {
		p := plain(text[i : i+1])
		if p == "" {
			if word {
				ends = append(ends, len(flat))
			}
			word = false
			continue
		}
		if !word {
			starts = append(starts, len(flat))
		}
		word = true
		flat = append(flat, p...)
	}
	if word {
		ends = append(ends, len(flat))
	}
	for _, from := range starts {
		if slices.Contains(ends, from+n) {
			out = append(out, string(flat[from:from+n]))
		}
	}
	return out
}

// takenBack is the reversal of a credit: the cash desk hears of it, and the line
// waits for a person, since a receipt was given.
func (d *desk) takenBack(l *Line) ([]ledger.Transfer, error) {
	if l.Credit || !l.Reversal {
		return nil, nil
	}
	for _, ref := range references(l.EndToEnd, l.Text) {
		for _, x := range d.byAttempt[ref] {
			if x.Amount != l.Amount || x.Reversed {
				continue
			}
			x.Reversed = true
			l.Subject = ref
			f := payment.Finding{Reference: ref, State: "reversed", Amount: l.Amount, Currency: money.MYR, Account: d.c.Account, BankRef: x.BankRef}
			return nil, d.pay.PrintedTx(d.tx, d.c, d.live, f)
		}
		if _, ok := d.attempts[ref]; ok {
			l.Subject = ref
		}
	}
	return nil, nil
}
