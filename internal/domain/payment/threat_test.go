package payment_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/hook"
)

// grumpy takes no payment.
type grumpy struct{}

func (grumpy) PaidTx(*db.Tx, string, payment.Payment, string) (bool, error) {
	return false, errors.New("the case cannot be read")
}

// One payment that cannot be settled keeps no other back.
func TestOneThatCannotBeSettledStopsNobody(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Tell(payment.FromService, grumpy{})
		bad, badRef := r.asked("jpj")
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`update payment_payment set origin = 'service', origin_ref = 'C-1' where id = $1`, bad)
			return err
		})
		r.clock.Advance(time.Second)
		good, goodRef := r.asked("pdrm")
		r.bank.debit("MYJPJ", badRef, 4550)
		r.bank.debit("MYPDRM", goodRef, 4550)
		for range 5 {
			r.clock.Advance(time.Minute)
			_ = r.Enquire(t.Context())
		}
		if s := r.state("pdrm", good).str("state", "status"); s != "success" {
			t.Errorf("another agency's payment, paid five minutes ago, is %s", s)
		}
		r.clock.Advance(2 * time.Hour)
		late, _ := r.asked("pdrm")
		r.clock.Advance(2 * time.Hour)
		_ = r.Expire(t.Context())
		if s := r.state("pdrm", late).str("state", "status"); s != "failed" {
			t.Errorf("and one that has expired is %s", s)
		}
	})
}

// Two hundred of which the bank knows nothing yet keep no other from ending.
func TestPendingStopNobodyFromEnding(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for range 200 {
			_, ref := r.asked("jpj")
			r.bank.debits[ref] = []map[string]any{{"state": "pending"}}
		}
		r.clock.Advance(time.Second)
		id, _ := r.asked("pdrm")
		for range 3 {
			r.clock.Advance(2 * time.Hour)
			if err := r.Expire(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if s := r.state("pdrm", id).str("state", "status"); s != "failed" {
			t.Errorf("expired four hours ago, and is %s", s)
		}
	})
}

// A bank reference that is told of a second attempt is not a debit that is known.
func TestOneBankReferenceOfTwoAttempts(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		_, one := r.asked("jpj")
		id, two := r.asked("jpj")
		r.tell("MYJPJ", r.bank.debit("MYJPJ", one, 4550))
		d := r.bank.debit("MYJPJ", two, 4550)
		d["bank_reference"] = r.bank.debits[one][0]["bank_reference"] // as banks number by day, or by channel
		if a := r.tell("MYJPJ", d); a.status != http.StatusNoContent {
			t.Error(a.status)
		}
		var n int64
		if err := r.db.Read(t.Context(), func(tx *db.Tx) error { return tx.QueryRow(`select count(*) from payment_exception`).Scan(&n) }); err != nil {
			t.Fatal(err)
		}
		r.clock.Advance(3 * time.Hour)
		if err := r.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := r.state("jpj", id).str("state", "status"); s != "success" && n == 0 {
			t.Errorf("the bank says paid; the payment is %s, and nobody is told: %d exceptions", s, n)
		}
	})
}

// An answer that says nothing, or a state of which nothing is known, is not "nothing came".
func TestNoAnswerIsNotNone(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for _, state := range []string{"", "authorised", "processing"} {
			id, ref := r.asked("jpj")
			r.bank.debits[ref] = []map[string]any{{"state": state}}
			r.clock.Advance(2 * time.Hour)
			if err := r.Expire(t.Context()); err != nil {
				t.Fatal(err)
			}
			if s := r.state("jpj", id).str("state", "status"); s == "failed" {
				t.Errorf("%q: %s", state, s)
			}
		}
	})
}

// An enquiry that is answered about another debit pays nothing.
func TestAnswerAboutAnother(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		_, one := r.asked("jpj")
		id, two := r.asked("jpj")
		d := r.bank.debit("MYJPJ", one, 4550) // a bank, or a cache before it, that mixes up its answers
		d["merchant"] = "MYPDRM"
		r.bank.debits[two] = []map[string]any{d}
		r.clock.Advance(time.Minute)
		_ = r.Enquire(t.Context())
		if s := r.state("jpj", id).str("state", "status"); s == "success" {
			t.Errorf("paid by a debit of the reference %s", d["reference"])
		}
	})
}

// Too little goes back, as doc.go says.
func TestTooLittleGoesBack(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, ref := r.asked("jpj")
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4549))
		r.clock.Advance(3 * time.Hour)
		_ = r.Expire(t.Context())
		r.drain()
		if len(r.bank.refunds) == 0 {
			t.Errorf("the payer's 45.49 stay with the bank; the payment is %s", r.state("jpj", id).str("state", "status"))
		}
	})
}

// A payer may have a code say whatever they like as its reference: what the bank tells
// of that is noted, and is no fault of which it tells again for ever.
func TestReferencesOfStrangers(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		refs := []string{"x" + strings.Repeat("é", 30), "a\x00b", "", "=1+1"}
		for _, ref := range refs {
			if a := r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550)); a.status != http.StatusNoContent {
				t.Errorf("%q: %d %s", ref, a.status, a.text)
			}
		}
		var n int
		if err := r.db.Read(t.Context(), func(tx *db.Tx) error {
			return tx.QueryRow(`select count(*) from payment_exception where kind = 'stranger'`).Scan(&n)
		}); err != nil || n != len(refs) {
			t.Errorf("%d notes: %v", n, err)
		}
		r.sound()
	})
}

// A debit that the bank takes back is noticed.
func TestReversedIsNoticed(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		_, ref := r.asked("jpj")
		d := r.bank.debit("MYJPJ", ref, 4550)
		r.tell("MYJPJ", d)
		d["state"] = "reversed"
		r.tell("MYJPJ", d)
		var n int64
		if err := r.db.Read(t.Context(), func(tx *db.Tx) error { return tx.QueryRow(`select count(*) from payment_exception`).Scan(&n) }); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			t.Error("no exception")
		}
	})
}

// A test key makes no receipt of an agency, and nothing in its books.
func TestTestMoneyIsNotInTheBooks(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, ref := r.asked("jpj")
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
		a := r.state("jpj", id)
		if b := r.balance("agency:jpj:collected"); b != 0 || a.str("receipt_number") == "JPJ-2026-0000001" {
			t.Errorf("test payment: receipt %s, collected %d", a.str("receipt_number"), b)
		}
	})
}

// A message of the bank of tests ends no real payment, and one of the real bank no
// test's; a key reaches its own kind only, and real money's way back is over https.
func TestTestsAndRealMoneyAreApart(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		secrets := map[bool]string{}
		r.Bank = r.Sandbox
		for _, live := range []bool{true, false} { // each is made known to a bank of its own
			both := r.Sandbox
			if live {
				r.Sandbox = nil
			}
			if _, err := r.Enable(t.Context(), actor.System("balai"), "jpj", ""); err != nil {
				t.Fatal(err)
			}
			r.Sandbox, secrets[live] = both, r.bank.merchants["MYJPJ"]["secret"]
		}
		r.write(func(tx *db.Tx) (err error) {
			_, r.keys["real"], err = r.MakeKeyTx(tx, actor.System("balai"), "jpj", "real", true)
			return err
		})
		real, realRef := r.asked("real")
		test, testRef := r.asked("jpj")
		tell := func(path, secret, ref string) answer {
			body, err := json.Marshal(map[string]any{"id": ref, "merchant": "MYJPJ", "reference": ref, "state": "paid", "amount": 4550, "currency": "MYR",
				"payee": r.bank.merchants["MYJPJ"]["account"], "bank_reference": "B" + ref, "method": "qr"})
			if err != nil {
				t.Fatal(err)
			}
			h, err := hook.Header(ref, r.clock.Now(), body, secret)
			if err != nil {
				t.Fatal(err)
			}
			return r.do("POST", path, body, h)
		}
		for _, c := range []struct {
			path, secret, ref string
			status            int
		}{
			{"/bank/callback/MYJPJ", secrets[false], realRef, http.StatusForbidden},
			{"/bank/sandbox/MYJPJ", secrets[true], testRef, http.StatusForbidden},
			{"/bank/sandbox/MYJPJ", secrets[false], realRef, http.StatusNoContent}, // and nothing comes of it
			{"/bank/callback/MYJPJ", secrets[true], testRef, http.StatusNoContent},
		} {
			if a := tell(c.path, c.secret, c.ref); a.status != c.status {
				t.Errorf("%+v: %d %s", c, a.status, a.text)
			}
		}
		r.clock.Advance(2 * time.Minute) // forged messages are written down once a minute
		if err := r.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		for key, id := range map[string]string{"real": real, "jpj": test} {
			if s := r.state(key, id).str("state", "status"); s != "started" {
				t.Errorf("%s: %s", key, s)
			}
			if n := r.notes("jpj", key == "real"); n != "forged 1, stranger 1" {
				t.Errorf("%s: officers are told %q", key, n)
			}
		}
		if n := r.count("ledger_transfer"); n != 0 {
			t.Errorf("%d transfers", n)
		}
		for key, id := range map[string]string{"real": test, "jpj": real} { // the other kind's
			for _, c := range [][2]string{{"GET", ""}, {"GET", "/events"}, {"GET", "/qr"}, {"GET", "/refunds"}, {"POST", "/cancel"}, {"POST", "/capture"}, {"POST", "/refunds"}} {
				if a := r.call(key, c[0], "/v1/payments/"+id+c[1], `{"amount": 1}`, ""); a.status != http.StatusNotFound {
					t.Errorf("%s %s with another kind's key: %d %s", c[0], c[1], a.status, a.text)
				}
			}
			if a := r.call(key, "GET", "/v1/payments", "", ""); a.at("total") != 1.0 || strings.Contains(a.text, id) {
				t.Errorf("%s", a.text)
			}
		}
		plain := strings.Replace(wanted, "https:", "http:", 1)
		if a := r.call("real", "POST", "/v1/payments", plain, ""); a.status != 422 || a.str("field") != "return_url" {
			t.Errorf("%d %s", a.status, a.text)
		}
		if a := r.call("jpj", "POST", "/v1/payments", plain, ""); a.status != http.StatusCreated {
			t.Errorf("%d %s", a.status, a.text)
		}
		if a := tell("/bank/callback/MYJPJ", secrets[true], realRef); a.status != http.StatusNoContent || r.state("real", real).str("receipt_number") != "JPJ-2026-0000001" {
			t.Errorf("its own bank's message: %d", a.status)
		}
		r.write(func(tx *db.Tx) error { // a key that was revoked opens nothing, at once
			list, err := r.Keys(tx, "jpj")
			for _, k := range list {
				if k.Live && err == nil {
					err = r.RevokeKeyTx(tx, actor.System("balai"), "jpj", k.ID)
				}
			}
			return err
		})
		if a := r.state("real", real); a.status != http.StatusUnauthorized {
			t.Errorf("%d %s", a.status, a.text)
		}
	})
}

// A refund that the bank did not take for long is not left without a word.
func TestRefundGivenUp(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, ref := r.asked("jpj")
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
		if a := r.call("jpj", "POST", "/v1/payments/"+id+"/refunds", `{"amount": 4550}`, ""); a.status != http.StatusAccepted {
			t.Fatal(a.status, a.text)
		}
		r.bank.away = true
		for range 30 {
			_ = r.box.Drain(t.Context())
			r.clock.Advance(48 * time.Hour)
		}
		r.bank.away = false
		r.drain()
		wrong, err := r.Audit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if s := r.call("jpj", "GET", "/v1/payments/"+id+"/refunds", "", ""); len(r.bank.refunds) == 0 && len(wrong) == 0 {
			t.Errorf("nothing went back, and the audit says nothing: %s", s.text)
		}
	})
}

// The secret of a payment's page is nowhere in the clear.
func TestPageTokenIsKeptNowhere(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`insert into payment_endpoint (id, agency, live, url, secret, made_at, off_at) values ('e','jpj',false,'https://a.example','',1,0)`)
			return err
		})
		r.asked("jpj")
		var n int64
		if err := r.db.Read(t.Context(), func(tx *db.Tx) error {
			return tx.QueryRow(`select count(*) from payment_message where body like '%/pay/%'`).Scan(&n)
		}); err != nil || n != 0 {
			t.Errorf("%d messages hold it %v", n, err)
		}
	})
}

// A second debit of a reference, whose callback was lost, is found by asking.
func TestSecondDebitWithoutACallback(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, ref := r.asked("jpj")
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
		r.bank.debit("MYJPJ", ref, 4550) // another phone; nothing is told
		first := r.bank.debits[ref][0]
		first["payments"] = []any{map[string]any{"state": "paid", "bank_reference": first["bank_reference"], "amount": 4550, "currency": "MYR", "payee": first["payee"]},
			map[string]any{"state": "paid", "bank_reference": r.bank.debits[ref][1]["bank_reference"], "amount": 4550, "currency": "MYR", "payee": first["payee"]}}
		for range 40 {
			r.clock.Advance(time.Hour)
			if err := errors.Join(r.Enquire(t.Context()), r.Expire(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		r.drain()
		if len(r.bank.refunds) != 1 {
			t.Errorf("the payer paid twice, and %d refunds were made; the payment is %s", len(r.bank.refunds), r.state("jpj", id).str("state", "status"))
		}
	})
}

// A debit that was taken back is not paid by the older message that comes after.
func TestReversedBeforePaid(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, ref := r.asked("jpj")
		d := r.bank.debit("MYJPJ", ref, 4550)
		paid := map[string]any{}
		for k, v := range d {
			paid[k] = v
		}
		d["state"] = "reversed"
		r.tell("MYJPJ", d)
		r.tell("MYJPJ", paid)
		if a := r.state("jpj", id); a.str("state", "status") == "success" {
			t.Errorf("the bank's books say reversed, and there is a receipt: %s", a.str("receipt_number"))
		}
	})
}
