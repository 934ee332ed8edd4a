package payment_test

import (
	"net/http"
	"strings"
	"testing"

	"balai/internal/spine/db"
)

// The audit finds what somebody changes behind the desk's back, though they change what
// belongs together alike.
func TestAuditFindsAltered(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var ids []string
		for range 2 {
			id, ref := r.asked("jpj")
			r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
			if a := r.call("jpj", "POST", "/v1/payments/"+id+"/refunds", `{"amount": 1000}`, ""); a.status != http.StatusAccepted {
				t.Fatal(a.status, a.text)
			}
			ids = append(ids, id)
		}
		open, _ := r.asked("jpj")
		r.drain()
		r.sound()
		last, other := "'"+ids[1]+"'", "'"+ids[0]+"'"
		for what, all := range map[string][]string{
			"is not what its leaf says":           {`update payment_payment set amount = 9900 where id = ` + last, `update payment_receipt set amount = 9900 where payment = ` + last, `update payment_debit set amount = 9900 where attempt in (select id from payment_attempt where payment = ` + last + `)`},
			"payment " + open:                     {`update payment_payment set amount = 1 where id = '` + open + `'`},
			"receipt UJI-JPJ-2026-0000002 is":     {`update payment_receipt set paid_at = paid_at - 86400000000 where payment = ` + last},
			"UJI-JPJ-2026-0000002 is not what":    {`update payment_receipt set method = 'counter' where payment = ` + last},
			"not of the debit that it names":      {`update payment_receipt set bank_ref = 'X' where payment = ` + last},
			"UJI-JPJ-2026-0000002 is not":         {`update payment_receipt set bank_ref = 'X' where payment = ` + last, `update payment_debit set bank_ref = 'X' where attempt in (select id from payment_attempt where payment = ` + last + `)`},
			"0000002 is not what its leaf says":   {`update payment_receipt set leaf = (select leaf from payment_receipt where payment = ` + other + `) where payment = ` + last},
			"is gone":                             {`delete from payment_receipt where payment = ` + last, `update payment_series set last = last - 1`, `update payment_payment set status = 'failed', receipt = '' where id = ` + last},
			"not of a debit of its payment":       {`update payment_refund set debit = (select bank_ref from payment_receipt where payment = ` + other + `), attempt = (select attempt from payment_receipt where payment = ` + other + `) where payment = ` + last},
			"succeeded and has no receipt of its": {`update payment_payment set agency = 'jpn' where id = ` + last},
		} {
			wrong := r.altered(all...)
			if !strings.Contains(strings.Join(wrong, "\n"), what) {
				t.Errorf("%s: not found, but %q", all[0], wrong)
			}
			r.sound()
		}
	})
}

// The hall signs no receipt that differs from its leaf in the public journal.
func TestAlteredReceiptIsNotSigned(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, ref := r.asked("jpj")
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
		no := r.state("jpj", id).str("receipt_number")
		r.tampered = true
		for _, q := range []string{`update payment_payment set amount = 9900`, `update payment_receipt set amount = 9900`} {
			r.write(func(tx *db.Tx) error { _, err := tx.Exec(q); return err })
		}
		if a := r.do("GET", "/receipt/"+no, nil, nil); a.status != http.StatusConflict || strings.Contains(a.text, "99.00") {
			t.Error(a.status, a.text)
		}
	})
}

// altered is what the audit says after some statements, which are then taken back.
func (r *rig) altered(statements ...string) (wrong []string) {
	r.t.Helper()
	do := func(change string) {
		r.write(func(tx *db.Tx) error { _, err := tx.Exec(change); return err })
	}
	tables := []string{"payment_payment", "payment_receipt", "payment_debit", "payment_series", "payment_refund"}
	for _, name := range tables {
		do(`create table kept_` + name + ` as select * from ` + name)
	}
	for _, q := range statements {
		do(q)
	}
	wrong, err := r.Audit(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, name := range tables {
		do(`delete from ` + name)
		do(`insert into ` + name + ` select * from kept_` + name)
		do(`drop table kept_` + name)
	}
	return wrong
}
