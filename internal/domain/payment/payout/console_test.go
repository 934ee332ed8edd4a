package payout

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/fault"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// page asks one of the desk's handlers as an officer, whom the router has let in.
func (r *rig) page(who actor.Actor, h web.Handler, method, id, query, kind string, body []byte) reply {
	r.t.Helper()
	req := httptest.NewRequest(method, base+"/payments/jkm/payouts/"+id+query, bytes.NewReader(body))
	req.Header.Set("Content-Type", kind)
	req.SetPathValue("agency", "jkm")
	req.SetPathValue("id", id)
	l := r.texts.For(locale.English)
	ctx := web.With(req.Context(), who, l)
	w := httptest.NewRecorder()
	err := h(w, req.WithContext(ui.WithSite(ctx, ui.Site{L: l, Name: locale.Same("Balai"), BaseURL: base})))
	if f, is := fault.As(err); is {
		return reply{status: f.Status()}
	} else if err != nil && !errors.Is(err, errWeak) {
		r.t.Fatal(err)
	}
	return reply{w.Code, w.Header(), w.Body.String()}
}

func (r *rig) form(who actor.Actor, h web.Handler, id string, pairs ...string) reply {
	r.t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return r.page(who, h, "POST", id, "", "application/x-www-form-urlencoded", []byte(v.Encode()))
}

// uploaded sends a file as a browser's form does.
func (r *rig) uploaded(who actor.Actor, file string) reply {
	r.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	must(r.t, m.WriteField("reference", "Bantuan Nov"))
	w, err := m.CreateFormFile("file", "bayaran.csv")
	must(r.t, err)
	_, err = w.Write([]byte(file))
	must(r.t, err)
	must(r.t, m.Close())
	return r.page(who, r.uploadPost, "POST", "", "", m.FormDataContentType(), body.Bytes())
}

func (r *rig) shows(a reply, texts ...string) {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.text, text) {
			r.t.Errorf("%d: the page does not say %q", a.status, text)
		}
	}
}

// The desk's way of a file: uploaded by one officer, approved by another, and what
// came back corrected and paid again, by two again.
func TestDesk(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.fund(100_000)
		one, two := officer("aminah"), officer("badrul")
		bad := r.uploaded(one, header+"12345678,MBBEMYKL,Ali bin Abu,1,A1,\n,MBBEMYKL,Ali bin Abu,\"1,5\",A1,\n")
		if bad.status != http.StatusUnprocessableEntity {
			t.Error(bad.status)
		}
		r.shows(bad, "The file has 3 errors. Nothing of it was kept.", "The account number is missing.", "“1,5” is no amount.", "Payment 1 of this file has this reference already.")
		file := sheet("12345678 10.00", "12345678 10.00", "34560000 30", "45679999 40")
		a := r.uploaded(one, file)
		if a.status != http.StatusSeeOther {
			t.Fatal(a.status, a.text)
		}
		id := a.header.Get("Location")[len("/payments/jkm/payouts/"):]
		r.shows(r.uploaded(two, file), "These payments are in the list Bantuan Nov already.")
		hash := r.batch(id).Hash
		r.shows(r.page(one, r.batchPage, "GET", id, "", "", nil), "You put this list forward.", "Not sent yet")
		if a := r.form(one, r.batchApprove, id, "hash", hash); a.status != http.StatusForbidden {
			t.Error("its maker approved it:", a.status)
		}
		r.shows(r.page(two, r.batchPage, "GET", id, "", "", nil), Groups(hash), "Approve and pay", "RM90.00", "Accounts and amounts that repeat: 1", "Accounts that were never paid before: 4")
		if page := r.page(two, r.batchPage, "GET", id, "", "", nil).text; strings.Index(page, "Accounts and amounts that repeat: 1") > strings.Index(page, "Approve and pay") || strings.Count(page, "R-12345678-1") != 2 || strings.Contains(page, "pain.002") {
			t.Error("who decides sees what repeats only after the decision, or a payment more than twice, or a report of a bank that was told nothing")
		}
		if page := r.page(two, r.batchPage, "GET", id, "", "", nil); strings.Contains(page.text, "Waiting for the bank") {
			t.Error("a line waits for the bank before anybody approved the list")
		}
		if a := r.form(two, r.batchRefuse, id, "reason", " "); a.status != http.StatusUnprocessableEntity {
			t.Error(a.status)
		}
		if a := r.form(two, r.batchApprove, id, "hash", hash); a.status != http.StatusSeeOther {
			t.Fatal(a.status, a.text)
		}
		r.shows(r.page(one, r.batchPage, "GET", id, "", "", nil), "Aminah binti Salleh, ", "Badrul bin Hisham, ")
		var report bytes.Buffer
		must(t, r.WriteReport(t.Context(), &report, id))
		head, err := iso20022.ReadReport(&report, func(*iso20022.Report, *iso20022.PaymentStatus, iso20022.TransferStatus) error { return nil })
		if err != nil || head.Initiator != longName {
			t.Errorf("the report is %q's: %v", head.Initiator, err)
		}
		r.drain()
		r.bank.settle()
		r.later(10 * time.Second)
		r.bank.comeBack()
		r.later(time.Hour)
		r.shows(r.page(two, r.batchPage, "GET", id, "?only=back", "", nil), "Came back. The account is closed.", "Refused. There is no account of this number.")
		r.shows(r.page(one, r.listPage, "GET", "", "", "", nil), "Bantuan Nov", "RM980.00")
		r.shows(r.page(two, r.batchReport, "GET", id, "", "", nil), "<TxSts>RJCT</TxSts>", "AC04")
		r.shows(r.page(two, r.againPage, "GET", id, "", "", nil), "account-3", "account-4")
		if a := r.form(two, r.againPost, id, "account-3", "34560000", "account-4", "1"); a.status != http.StatusUnprocessableEntity {
			t.Error("nothing was corrected:", a.status)
		}
		a = r.form(two, r.againPost, id, "account-3", "34560000", "account-4", "4567-1234")
		if a.status != http.StatusSeeOther {
			t.Fatal(a.status, a.text)
		}
		again := a.header.Get("Location")[len("/payments/jkm/payouts/"):]
		if b := r.batch(again); b.Count != 1 || b.Total != 4000 || b.Of != id || b.State != Submitted || b.Maker != "badrul" {
			t.Errorf("%+v", b)
		}
		if page := r.page(two, r.againPage, "GET", id, "", "", nil); strings.Contains(page.text, "account-4") {
			t.Error("it can be paid again twice")
		}
		must(t, r.approve(one, again))
		r.drain()
		r.bank.settle()
		r.later(10 * time.Second)
		if r.bank.paid["45671234"] != 4000 || r.available() != 100_000-6000 {
			t.Error(r.bank.paid, r.available())
		}
		r.sound()
	})
}

// A list of payouts is read page by page, and leads on by itself.
func TestPages(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for _, account := range []string{"12345678", "23456789", "34567890"} {
			r.call("jkm", "POST", "/v1/payouts", "text/csv", sheet(account+" 1"), "").payout(t)
		}
		seen := map[string]bool{}
		for path := "/v1/payouts?display_size=1"; path != ""; {
			a := r.call("jkm", "GET", path, "application/json", "", "")
			var page PayPayouts
			must(t, json.Unmarshal([]byte(a.text), &page))
			if len(page.Results) != 1 || page.Links.First == nil || page.Links.Last == nil || len(seen) > 3 {
				t.Fatal(a.status, a.text)
			}
			seen[page.Results[0].ID] = true
			if path = ""; page.Links.Next != nil {
				path = strings.TrimPrefix(page.Links.Next.Href, base)
			}
		}
		if len(seen) != 3 {
			t.Error(seen)
		}
		id := ""
		for id = range seen {
		}
		for _, path := range []string{"?cursor=zzz", "?display_size=0", "?page=x", "/" + id + "/payments?cursor=zzz", "/" + id + "/payments?cursor=2"} {
			if p := r.call("jkm", "GET", "/v1/payouts"+path, "application/json", "", "").problem(t); p.status != http.StatusUnprocessableEntity || p.Code != "P1102" {
				t.Errorf("%s: %+v", path, p)
			}
		}
		if p := r.call("jkm", "GET", "/v1/payouts?page=4&display_size=1", "application/json", "", "").problem(t); p.status != http.StatusNotFound {
			t.Errorf("%+v", p)
		}
	})
}

// An agency's third big file at once is told to wait, from a program and on the page;
// nothing of it is kept.
func TestFewBigFiles(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		file := sheet("12345678 10.00") + strings.Repeat(" ", 1<<20)
		var done []func()
		for range 2 {
			req := httptest.NewRequest("POST", base+"/v1/payouts", strings.NewReader(file))
			one, err := r.desk.Upload(httptest.NewRecorder(), req, "jkm", false)
			must(t, err)
			done = append(done, one)
		}
		a := r.call("jkm", "POST", "/v1/payouts?reference=R", "text/csv", file, "k1")
		if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "60" || !strings.Contains(a.text, "P1105") {
			t.Errorf("%d %v %s", a.status, a.header, a.text)
		}
		if a := r.uploaded(officer("aminah"), file); a.status != http.StatusTooManyRequests {
			t.Errorf("%d", a.status)
		}
		done[0]()
		if a := r.call("jkm", "POST", "/v1/payouts?reference=R", "text/csv", sheet("12345678 10.00"), "k1"); a.status != http.StatusCreated {
			t.Errorf("a small file: %d %s", a.status, a.text)
		}
		if a := r.call("jkm", "POST", "/v1/payouts?reference=R", "text/csv", file, "k2"); a.status == http.StatusTooManyRequests {
			t.Errorf("one was read, and the next is told to wait: %s", a.text)
		}
	})
}
