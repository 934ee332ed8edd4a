package bill_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/web"
)

func billTo(number, idNumber string) string {
	return fmt.Sprintf(`{"number": %q, "description": {"ms": "Saman", "en": "Summons"}, "amount": 15000, "id_number": %q}`, number, idNumber)
}

// Whether the register knows a number is not told by the look-up: the last four
// digits of each find the bill. Its own number is found in whatever case.
func TestLastFourOfAnyNumber(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for i, to := range []struct{ id, four string }{{"950412-00-5124", "5124"}, {"900101145678", "5678"}, {"IP0104420-M", "4420"}, {"202699000009", "0009"}, {"A12345678", "5678"}} {
			r.from = fmt.Sprintf("198.51.100.%d:1", i)
			number := fmt.Sprint("Smn-", i)
			r.billed(billTo(number, to.id))
			if a, page := r.found(strings.ToLower(number), to.four); a.status != http.StatusSeeOther || !strings.HasPrefix(page, "/bill/") {
				t.Errorf("%s: %d", to.id, a.status)
			}
			if a, _ := r.found(number, "0000"); a.status != http.StatusUnprocessableEntity {
				t.Errorf("%s by four digits of nobody: %d", to.id, a.status)
			}
		}
		r.from = "198.51.100.9:1"
		r.billed(strings.Replace(inParts, "CT-1", "NONE", 1))
		if a, _ := r.found("NONE", ""); a.status != http.StatusUnprocessableEntity {
			t.Errorf("a bill to nobody, by nothing: %d", a.status)
		}
		for _, wrong := range []string{"abc", "1234", "950412-00-51245", "12-34-56"} {
			if a := r.call("POST", "/v1/bills", billTo("X", wrong), ""); a.status != http.StatusUnprocessableEntity || a.str("field") != "id_number" {
				t.Errorf("%s: %d %s", wrong, a.status, a.text)
			}
		}
	})
}

// A bill of before the digits were kept is found by what the register says.
func TestLastFourOfAnOldBill(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.billed(summons)
		r.write(func(tx *db.Tx) error { _, err := tx.Exec(`update bill_bill set last_four = ''`); return err })
		if a, _ := r.found("SMN-1", "5124"); a.status != http.StatusSeeOther {
			t.Errorf("%d", a.status)
		}
	})
}

// forShop is the right to act for a company.
type forShop string

func (f forShop) Right(_ *db.Tx, _ actor.Actor, _ string, _ int64) (actor.For, bool, error) {
	return actor.For{Person: "ssm:IP0104420-M", Name: "Kedai Buku Rina", As: string(f), Until: 1 << 62}, true, nil
}

func (f forShop) EndTx(*db.Tx, actor.Actor, string) error { return nil }

// Who acts for a company sees its bills, pays them and finds its receipts, and
// none of another's; who acts for a person sees none.
func TestBillsOfACompany(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		mine := r.billed(billTo("SHOP-1", "ip0104420-m"))
		other := r.billed(summons)
		sign := func(as string) {
			t.Helper()
			r.sessions.Acting("shop", forShop(as))
			var token string
			r.write(func(tx *db.Tx) (err error) {
				token, err = r.sessions.StartTx(tx, actor.Start{Person: "rina", Name: "Rina", Method: "test", AAL: 2})
				return err
			})
			a, err := r.sessions.Resolve(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			r.write(func(tx *db.Tx) error { return r.sessions.ActTx(tx, a.Session, "shop", "1") })
			r.cookie = &http.Cookie{Name: web.SessionCookie, Value: token}
		}
		sign(actor.Director)
		a := r.get("/me/bills")
		if a.status != http.StatusOK || !strings.Contains(a.text, "SHOP-1") || strings.Contains(a.text, "SMN-1") {
			t.Fatalf("%d %s", a.status, a.text)
		}
		if a, _ := r.send("/me/bills/"+other.str("bill_id"), url.Values{}); a.status != http.StatusNotFound {
			t.Errorf("somebody else's bill: %d", a.status)
		}
		part := r.billed(strings.Replace(billTo("SHOP-2", "ip0104420-m"), "{", `{"partial": true, "least_amount": 100, `, 1))
		for _, amount := range []string{"0.50", "12,50"} { // said at the field of that bill, with what was typed
			a, _ := r.send("/me/bills/"+part.str("bill_id"), url.Values{"amount": {amount}})
			if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text, `href="#amount-`+part.str("bill_id")+`"`) || !strings.Contains(a.text, `value="`+amount+`"`) {
				t.Errorf("%s of a bill: %d %s", amount, a.status, a.text)
			}
		}
		sent, to := r.send("/me/bills/"+mine.str("bill_id"), url.Values{})
		if sent.status != http.StatusSeeOther || !strings.HasPrefix(to, "/pay/") {
			t.Fatalf("%d %s", sent.status, to)
		}
		r.pay(to, true)
		if a := r.get("/me/bills"); !strings.Contains(a.text, "UJI-JPJ-2026-0000001") {
			t.Errorf("no receipt: %s", a.text)
		}
		sign(actor.Carer)
		if a := r.get("/me/bills"); a.status != http.StatusForbidden {
			t.Errorf("a carer: %d", a.status)
		}
	})
}
