package payment

import (
	"crypto/ed25519"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

// A Voucher is a receipt with all that is known of it.
type Voucher struct {
	Receipt Receipt
	Payment Payment
	Agency  locale.Text
	Sent    money.Amount // what went back of it
	entry   []byte       // its leaf in the public journal
}

var errAltered = fault.New(fault.Conflict, "payment.error.altered")

func (p *Part) voucher(tx *db.Tx, no string) (v Voucher, err error) {
	if v.Receipt, err = receiptByNo(tx, no); err != nil {
		return v, err
	}
	if v.Payment, err = paymentByID(tx, v.Receipt.Payment); err != nil {
		return v, err
	}
	if v.Agency, err = p.agencyName(tx, v.Receipt.Agency); err != nil {
		return v, err
	}
	if v.Sent, err = sentBackOf(tx, v.Payment.ID); err != nil {
		return v, err
	}
	e, err := p.Journal.Entry(tx, v.Receipt.Leaf)
	if err != nil {
		return v, err
	}
	if len(e.Salt) > 0 && !v.Receipt.says(e) { // the hall signs nothing that was altered since
		return v, errAltered
	}
	v.entry = e.Commitment()
	return v, nil
}

func (v Voucher) claim() Claim {
	r := v.Receipt
	return Claim{No: r.No, Agency: r.Agency, Amount: r.Amount, Currency: r.Currency, PaidAt: clock.FromMicro(r.PaidAt).Unix(), Method: r.Method, BankRef: r.BankRef,
		Reference: v.Payment.Reference, What: v.Payment.Description, Entry: v.entry}
}

// receiptSigner signs codes. It follows from the hall's own key, so that every
// process has it and no file more must be kept.
func (p *Part) receiptSigner() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(p.Box.Derive("receipt"))
}

func (p *Part) receiptKey() ed25519.PublicKey {
	return p.receiptSigner().Public().(ed25519.PublicKey)
}

// token is a receipt's code: the same each time, since Ed25519 draws nothing.
func (p *Part) token(v Voucher) (string, error) { return v.claim().sign(p.receiptSigner()) }

// ReceiptKeys are those that check the hall's receipts.
func (p *Part) ReceiptKeys() (out ReceiptKeys, err error) {
	own, err := json.Marshal(receiptKey(p.receiptKey()))
	if err != nil {
		return out, err
	}
	out = ReceiptKeys{Keys: []json.RawMessage{own}, Journal: p.Journal.VKey()}
	if p.Seal != nil {
		files, err := p.Seal.Published()
		if err != nil {
			return out, err
		}
		out.Keys = append(out.Keys, files...)
	}
	return out, nil
}

func (p *Part) receiptKeys(w http.ResponseWriter, _ *http.Request) error {
	keys, err := p.ReceiptKeys()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	return json.NewEncoder(w).Encode(keys)
}

// holds tells whether a text opens a receipt: its own code, or the secret of the
// page on which it was paid.
func (p *Part) holds(v Voucher, text string) bool {
	if text == "" {
		return false
	}
	if hmac.Equal([]byte(v.Payment.Token), []byte(hash(text))) {
		return true
	}
	c, err := ReadToken(text, p.receiptKey())
	return err == nil && c.No == v.Receipt.No
}

// receiptHref is a receipt's page for who may see all of it.
func receiptHref(no, ending, token string) string {
	return "/receipt/" + url.PathEscape(no) + ending + "?t=" + url.QueryEscape(token)
}

// A ReceiptLine is a receipt in a person's list.
type ReceiptLine struct {
	Receipt Receipt
	What    string
	Agency  locale.Text
	Href    string
	Sent    int64 // sen that went back
}

// ReceiptsTx are a person's receipts, the newest first.
func (p *Part) ReceiptsTx(tx *db.Tx, person string) (out []ReceiptLine, err error) {
	if person == "" {
		return nil, nil
	}
	list, err := paidBy(tx, person, 100)
	if err != nil {
		return nil, err
	}
	for _, pay := range list {
		v, href, err := p.vouchedTx(tx, pay.Receipt)
		if err != nil {
			return nil, err
		}
		out = append(out, ReceiptLine{Receipt: v.Receipt, What: pay.Description, Agency: v.Agency, Href: href, Sent: int64(v.Sent)})
	}
	return out, nil
}

// ReceiptHrefTx is a receipt's page, for who may see all of it.
func (p *Part) ReceiptHrefTx(tx *db.Tx, no string) (string, error) {
	_, href, err := p.vouchedTx(tx, no)
	return href, err
}

// vouchedTx is a receipt with the address that opens all of it; of one that was altered
// the page says so itself.
func (p *Part) vouchedTx(tx *db.Tx, no string) (v Voucher, href string, err error) {
	v, err = p.voucher(tx, no)
	if errors.Is(err, errAltered) {
		return v, receiptHref(no, "", ""), nil
	}
	if err != nil {
		return v, "", err
	}
	token, err := p.token(v)
	return v, receiptHref(no, "", token), err
}
