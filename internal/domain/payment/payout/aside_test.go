package payout

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// ways are the addresses of the desk's to which a page's links and forms lead.
var ways = regexp.MustCompile(`(?:href|action)="/payments/[^"]*"`)

// Beside real money, what is done on a desk's page of tests is done to tests: a file
// that is uploaded there pays nobody, each form and link of the page keeps to them,
// and no real list is reached from there.
func TestTestsBesideMoney(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.desk.Demo, r.desk.Bank = false, r.bank
		one, two := officer("aminah"), officer("badrul")
		send := func(query string) reply {
			var body bytes.Buffer
			m := multipart.NewWriter(&body)
			w, err := m.CreateFormFile("file", "bayaran.csv")
			must(t, err)
			_, err = w.Write([]byte(sheet("12345678 10.00", "23456789 20.00")))
			must(t, err)
			must(t, m.Close())
			return r.page(one, r.uploadPost, "POST", "", query, m.FormDataContentType(), body.Bytes())
		}
		const desk = "/payments/jkm/payouts/"
		to := send("?test=1").header.Get("Location")
		id, found := strings.CutSuffix(strings.TrimPrefix(to, desk), "?test=1")
		if !found {
			t.Fatalf("an upload of a test leads to %q", to)
		}
		if b := r.batch(id); b.Live {
			t.Fatal("a test became a list of real payments")
		}
		page := r.page(two, r.batchPage, "GET", id, "?test=1", "", nil)
		leads := ways.FindAllString(page.text, -1)
		if len(leads) < 8 {
			t.Fatal(leads)
		}
		for _, way := range leads {
			if !strings.Contains(way, "test=1") && way != `href="/payments/jkm"` { // the one that is said to leave them
				t.Errorf("%s leaves the tests", way)
			}
		}
		if a := r.page(two, r.batchPage, "GET", id, "", "", nil); a.status != http.StatusNotFound {
			t.Errorf("a test among real payments: %d", a.status)
		}
		real := strings.TrimPrefix(send("").header.Get("Location"), desk)
		if b := r.batch(real); !b.Live {
			t.Fatal("a list of real payments became a test")
		}
		const form = "application/x-www-form-urlencoded"
		if a := r.page(one, r.batchCancel, "POST", real, "?test=1", form, nil); a.status != http.StatusNotFound {
			t.Errorf("a real list was ended from the tests' page: %d", a.status)
		}
		if a := r.page(one, r.batchCancel, "POST", id, "?test=1", form, nil); a.status != http.StatusSeeOther || a.header.Get("Location") != to {
			t.Errorf("%d to %q", a.status, a.header.Get("Location"))
		}
	})
}
