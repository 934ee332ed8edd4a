package bill

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/secret"
)

// Texts are this room's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Policy is this room's cedar text.
//
//go:embed policy.cedar
var Policy string

// People know persons by their identity card's number.
type People interface {
	ByIDNumber(tx *db.Tx, number string) (person string, err error)
	NumberOf(tx *db.Tx, person string) (string, error)
	// OwnersOf are who has a company of a registration number.
	OwnersOf(tx *db.Tx, number string) ([]string, error)
}

// Bills are the room.
type Bills struct {
	*payment.Part // the cash desk
	people        People
	notices       Notices
}

// New opens it, and hears of what is paid.
func New(desk *payment.Part, people People, notices Notices) *Bills {
	x := &Bills{desk, people, notices}
	desk.Tell(payment.FromBill, x)
	desk.Outbox.Handle(jobRemind, x.remind)
	return x
}

func (x *Bills) now() int64 { return clock.Micro(x.Clock.Now()) }

// code is what is printed on a bill, so that its holder finds it: eight letters
// that follow from its id and the hall's key, and are kept nowhere.
func (x *Bills) code(b Bill) string {
	key, n := x.Box.Derive("bill code"), 0
	return secret.Code(func(size int) []byte {
		n++
		m := hmac.New(sha256.New, key)
		m.Write([]byte(b.ID + "\n" + strconv.Itoa(n)))
		return m.Sum(nil)[:size]
	}, 8)
}

// token is the secret in the address of a bill's page.
func (x *Bills) token(b Bill) string {
	return b.ID + "." + payment.Mac(x.Box.Derive("bill page"), b.ID)[:24]
}

func (x *Bills) href(b Bill) string { return "/bill/" + x.token(b) }

// byToken is the bill of a page's address.
func (x *Bills) byToken(tx *db.Tx, token string) (b Bill, err error) {
	id, _, _ := strings.Cut(token, ".")
	missing := fault.New(fault.Missing, "bill.error.page")
	if !hmac.Equal([]byte(x.token(Bill{ID: id})), []byte(token)) {
		return b, missing
	}
	if b, err = billByID(tx, id); errors.Is(err, db.ErrNoRows) {
		err = missing
	}
	return b, err
}

// MakeTx makes a bill.
func (x *Bills) MakeTx(tx *db.Tx, by journal.By, b Bill) (Bill, error) {
	b.ID, b.State, b.MadeAt = x.IDs.New(), Open, x.now()
	if err := insertBill(tx, b); err != nil {
		return b, err
	}
	if err := x.announceTx(tx, b); err != nil {
		return b, err
	}
	if err := x.planTx(tx, b, ""); err != nil {
		return b, err
	}
	return b, x.note(tx, by, b, "bill.made", locale.Text{MS: "Bil dikeluarkan.", EN: "A bill was made."}, map[string]any{"bill": b.ID, "amount": int64(b.Amount), "prices": pricesText(b.Prices)})
}

func (x *Bills) note(tx *db.Tx, by journal.By, b Bill, kind string, why locale.Text, data map[string]any) error {
	_, err := x.Journal.Append(tx, journal.Record{Kind: kind, By: by, Why: why, Data: data, Subjects: []string{b.Person}}) // of nobody where that is ""
	return err
}

var (
	errEnded  = fault.New(fault.Conflict, "bill.error.ended")
	errAmount = fault.New(fault.Invalid, "bill.error.amount")
	errTyped  = fault.New(fault.Invalid, "bill.error.typed")
)

// AskTx is the address of the page on which an amount of a bill is paid. Whoever
// asks for the same amount gets the same page. It lives no longer than the price.
func (x *Bills) AskTx(tx *db.Tx, b Bill, amount money.Amount, back string, lang locale.Lang) (string, error) {
	now := x.now()
	if b.State.Ended() {
		return "", errEnded
	}
	if !b.May(amount, now) {
		return "", errAmount
	}
	_, until := b.PriceAt(now)
	return x.PageTx(tx, payment.Owed{Agency: b.Agency, Reference: b.Number, What: b.What, Amount: amount, Origin: payment.FromBill, Ref: b.ID, Person: b.Person, Back: back,
		Lang: lang, Until: until, Test: !b.Live})
}

// EndsTx is until when the price holds that a payment asks for.
func (x *Bills) EndsTx(tx *db.Tx, ref string, pay payment.Payment) (int64, error) {
	b, err := billByID(tx, ref)
	_, until := b.PriceAt(pay.CreatedAt)
	return until, err
}

// OwesTx tells whether a payment is owed still that was asked for a bill.
func (x *Bills) OwesTx(tx *db.Tx, ref string, pay payment.Payment) (bool, error) {
	b, err := billByID(tx, ref)
	_, owed := b.Take(pay.Amount, pay.CreatedAt, x.now())
	return owed, err
}

// PaidTx takes what was paid for a bill; false where that is not owed, and it
// goes back. Other pages of the bill that nobody has sent to a bank end: what
// they ask for is not owed any more.
func (x *Bills) PaidTx(tx *db.Tx, ref string, pay payment.Payment, receipt string) (bool, error) {
	b, err := billByID(tx, ref)
	if err != nil {
		return false, err
	}
	now := x.now()
	b, owed := b.Take(pay.Amount, pay.CreatedAt, now)
	if err := insertPart(tx, part{Payment: pay.ID, Bill: b.ID, Amount: pay.Amount, Receipt: receipt, Kept: owed, At: now}); err != nil || !owed {
		return false, err
	}
	if err := updateBill(tx, b); err != nil {
		return false, err
	}
	if err := x.EndPagesTx(tx, payment.FromBill, b.ID); err != nil {
		return false, err
	}
	return true, x.note(tx, journal.By{Agency: b.Agency}, b, "bill.paid", locale.Text{MS: "Bayaran bil diterima; resit " + receipt + ".", EN: "A payment of a bill came; receipt " + receipt + "."},
		map[string]any{"bill": b.ID, "amount": int64(pay.Amount), "receipt": receipt, "state": string(b.State)})
}

// CancelTx ends a bill for its agency. What was paid of it stays, and what comes
// after this goes back.
func (x *Bills) CancelTx(tx *db.Tx, by journal.By, b Bill) (Bill, error) {
	if b.State.Ended() {
		return b, errEnded
	}
	b.State, b.EndedAt = Cancelled, x.now()
	if err := updateBill(tx, b); err != nil {
		return b, err
	}
	if err := x.EndPagesTx(tx, payment.FromBill, b.ID); err != nil {
		return b, err
	}
	return b, x.note(tx, by, b, "bill.cancelled", locale.Text{MS: "Bil dibatalkan oleh agensi.", EN: "The agency cancelled a bill."}, map[string]any{"bill": b.ID})
}

// Audit tells what of the room's own books is not so, in words.
func (x *Bills) Audit(ctx context.Context) (wrong []string, err error) {
	err = x.DB.Read(ctx, func(tx *db.Tx) error {
		wrong = nil
		for _, rule := range auditRules {
			bad, err := db.List(tx, func(s db.Scanner) (id string, err error) { err = s.Scan(&id); return id, err }, rule.query)
			if err != nil {
				return err
			}
			for _, id := range bad {
				wrong = append(wrong, fmt.Sprintf(rule.says, id))
			}
		}
		more, err := x.auditLeaves(tx)
		wrong = append(wrong, more...)
		return err
	})
	return wrong, err
}
