package bank

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// payoutPost takes an order to pay people, a pain.001, debits what can be paid
// and answers with a pain.002. The same message id again is answered as things
// are, and pays nobody.
func (b *Bank) payoutPost(w http.ResponseWriter, r *http.Request, shop Shop, body []byte) error {
	p, err := readPayout(body)
	if err != nil {
		b.o.Log.Info("an order to pay people was refused", "error", err)
		return refusal{code: codeInput, field: "pain.001", of: p.message}
	}
	if field := p.check(); field != "" {
		return refusal{code: codeInput, field: field, of: p.message}
	}
	sum := sha256.Sum256(body)
	p.merchant, p.digest = shop.ID, hex.EncodeToString(sum[:])
	made := false
	read := p
	err = b.db.Write(r.Context(), func(tx *db.Tx) error {
		p, made = read.clone(), false
		before, known, err := payoutBy(tx, shop.ID, p.message)
		if err != nil {
			return err
		}
		if known {
			if before.digest != p.digest {
				return refuse(codeChanged)
			}
			p = before
			return nil
		}
		made = true
		return b.payoutTx(tx, &p)
	})
	if err != nil {
		return err
	}
	b.hurry()
	if made && b.dial.Load().fate(shop.ID+"/payout/"+p.message).cut {
		return errCut
	}
	return b.payoutAnswer(w, p)
}

// check names the first id that no statement or report has room for, or "".
func (p payout) check() string {
	if !referenceForm.MatchString(p.message) {
		return "MsgId"
	}
	for _, part := range p.parts {
		if part.id == "" || !plain(part.id, idMost) {
			return "PmtInfId"
		}
		for _, l := range part.lines {
			switch {
			case !plain(l.instruction, idMost):
				return "InstrId"
			case !plain(l.e2e, idMost):
				return "EndToEndId"
			case !plain(l.account, accountMost):
				return "CdtrAcct"
			}
		}
	}
	return ""
}

// clone lets an act be run again on what was read.
func (p payout) clone() payout {
	parts := make([]payoutPart, len(p.parts))
	for i, part := range p.parts {
		part.lines = append([]payoutLine(nil), part.lines...)
		parts[i] = part
	}
	p.parts = parts
	return p
}

// payoutTx checks an order and debits what can be paid of it, a booking a part.
func (b *Bank) payoutTx(tx *db.Tx, p *payout) error {
	now := b.o.Clock.Now()
	p.madeAt = clock.Micro(now)
	for i := range p.parts {
		part := &p.parts[i]
		if p.reason != "" {
			part.refuseAll(p.reason)
			continue
		}
		from, err := accountByCode(tx, part.account)
		if codeOf(err) == codeAccount || err == nil && from.Owner != p.merchant {
			part.refuseAll("AC02")
			continue
		}
		if err != nil {
			return err
		}
		sum, n, err := part.sum()
		if err != nil || sum > from.Balance {
			part.refuseAll("AM04")
			continue
		}
		if n == 0 {
			continue
		}
		if part.booking, _, err = b.bookTx(tx, part.debit(p.message, from, sum)); err != nil {
			return err
		}
		p.settleAt = clock.Micro(now.Add(settleAfter))
	}
	return insertPayout(tx, *p)
}

// debit takes a part's money from its account: in one sum, or line by line.
func (p *payoutPart) debit(message string, from Account, sum money.Amount) Booking {
	k := Booking{Kind: "payout", EndToEnd: p.id, Text: message}
	if !p.single {
		k.Legs = append(k.Legs, Leg{Account: from.Code, Side: Debit, Amount: sum, Party: "Payments", Batch: message})
	} else {
		for _, l := range p.lines {
			if l.state == accepted {
				k.Legs = append(k.Legs, Leg{Account: from.Code, Side: Debit, Amount: l.amount, Party: l.name, PartyAccount: l.account, EndToEnd: l.e2e})
			}
		}
	}
	k.Legs = append(k.Legs, Leg{Account: transit, Side: Credit, Amount: sum, Party: from.Name, PartyAccount: from.Code})
	return k
}

// payoutGet tells what has become of an order by now.
func (b *Bank) payoutGet(w http.ResponseWriter, r *http.Request, shop Shop, _ []byte) error {
	var p payout
	err := b.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		known := false
		if p, known, err = payoutBy(tx, shop.ID, r.PathValue("message")); err == nil && !known {
			err = refusal{code: codeMessage, of: r.PathValue("message")}
		}
		return err
	})
	if err != nil {
		return err
	}
	return b.payoutAnswer(w, p)
}

func (b *Bank) payoutAnswer(w http.ResponseWriter, p payout) error {
	body, err := p.report(b.now(), "REP")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml")
	_, _ = w.Write(body) // the client may be gone; nothing follows
	return nil
}
