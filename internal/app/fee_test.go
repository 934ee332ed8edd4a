package app

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/register"
	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

const (
	roadTax = "jpj/road-tax"
	summons = "pdrm/summons"
)

// eachRoad runs a test in a hall where m0 has a car, and m1 and m2 a summons
// each, and where a bank takes what they pay.
func eachRoad(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRigOf(t, d, func(h *Hall, tx *db.Tx) error {
			s := offices()
			for agency, state := range map[string]string{"jpj": "MY-16", "pdrm": "MY-14", "imigresen": "MY-16"} {
				s.Agencies = append(s.Agencies, directory.Agency{ID: agency, Name: locale.Same("Agensi " + agency), Level: "federal"})
				s.Units = append(s.Units, directory.Unit{ID: agency, Agency: agency, Name: locale.Same("Ibu pejabat " + agency), State: state})
			}
			for person, role := range map[string]string{"looks": "traffic-officer", "heads": "traffic-head"} {
				s.Posts = append(s.Posts, directory.Post{ID: person + "-post", Unit: "pdrm", Role: "pdrm/" + role, Title: locale.Same(role)})
				s.People = append(s.People, directory.Person{ID: person, Name: person})
				s.Holdings = append(s.Holdings, directory.Holding{Post: person + "-post", Person: person, From: clock.Micro(morning.AddDate(-1, 0, 0))})
			}
			if err := h.directory.LoadTx(tx, s); err != nil {
				return err
			}
			people := families()
			day := func(n int) string { return clock.Day(morning.AddDate(0, 0, n)) }
			people.Books = append(people.Books, register.BookEntry{Entry: "car", Path: "transport.vehicle", Key: "m0", Number: "V1",
				Values: map[string]any{"plate": "WXY 1204", "kind": "saloon", "cc": int64(1329), "region": "peninsular", "insured_until": day(400), "tax_until": day(10)}})
			for i, person := range []string{"m1", "m2"} {
				people.Books = append(people.Books, register.BookEntry{Entry: "sum-" + person, Path: "police.summons", Key: person, Number: "S" + person,
					Values: map[string]any{"number": "PD-" + person, "offence": "Laju", "issued_on": day(-9 - 20*i), "amount_cents": int64(30000), "compoundable": true, "plate": "ABC 1", "state": "open"}})
			}
			return h.register.LoadTx(tx, journal.By{Agency: "jpn"}, people)
		})
		r.payment.Bank = &aBank{}
		r.write(func(tx *db.Tx) error {
			for _, agency := range []string{"jpj", "pdrm"} {
				if _, err := r.payment.EnableTx(tx, actor.System(agency), agency, ""); err != nil {
					return err
				}
			}
			return nil
		})
		fn(t, r)
	}, migrations()...)
}

var (
	hidden = regexp.MustCompile(`name="(draft|seen)" value="([^"]*)"`)
	typing = regexp.MustCompile(`<textarea|<input[^>]*type="(text|tel|email|number)"`)
)

// walked goes through a service as a browser does, with what each page asks, and
// sends it; it tells where that leads, on how many pages, and how many fields
// were there to type into.
func (r *rig) walked(who, service string, answers map[string]url.Values) (to, review string, pages, fields int) {
	r.t.Helper()
	base := "/service/" + service + "/apply"
	at := r.gets(303, who, "GET", base, nil).Header.Get("Location")
	for {
		page := r.gets(200, who, "GET", at+"?lang=en", nil)
		main := page.body[strings.Index(page.body, "<main"):]
		pages++
		fields += len(typing.FindAllString(main, -1))
		form := url.Values{}
		for _, m := range hidden.FindAllStringSubmatch(main, -1) {
			form.Set(m[1], html.UnescapeString(m[2]))
		}
		name := at[strings.LastIndex(at, "/")+1:]
		for field, v := range answers[name] {
			form[field] = v
		}
		next := r.gets(303, who, "POST", at, form).Header.Get("Location")
		if name == "review" {
			return next, html.UnescapeString(main), pages, fields
		}
		at = next
	}
}

// bankTells is the bank that says that a page's payment was paid.
func (r *rig) bankTells(merchant, page string, cents int64) {
	r.t.Helper()
	r.gets(200, "", "GET", page, nil)
	ref := r.text(`select id from payment_attempt`)
	account := r.text(`select account from payment_collector where merchant = '` + merchant + `'`)
	r.gets(204, "", "POST", "/bank/callback/"+merchant, map[string]any{"Reference": ref, "State": "paid", "Amount": cents, "Currency": "MYR", "Account": account, "BankRef": "B" + ref})
	r.drain()
}

func (r *rig) newest() string {
	return r.text(`select ref from casework_case order by received_at desc, ref desc limit 1`)
}

// Who renews road tax types nothing: they see what is known, choose the months,
// and pay; the licence is there at once, and the register knows.
func TestRoadTaxIsRenewedByTypingNothing(t *testing.T) {
	eachRoad(t, func(t *testing.T, r *rig) {
		to, review, pages, fields := r.walked("m0", roadTax, map[string]url.Values{"months": {"months": {"12"}}})
		if pages != 3 || fields != 0 {
			t.Errorf("%d pages, %d fields to type into", pages, fields)
		}
		for _, says := range []string{"You pay RM70.00", "A car of 1,329 cc for 12 months", "Confirm and pay RM70.00", "decided as soon as the fee is paid"} {
			if !strings.Contains(review, says) {
				t.Errorf("the review does not say %q", says)
			}
		}
		page, err := url.Parse(to)
		if err != nil || !strings.HasPrefix(page.Path, "/pay/") {
			t.Fatalf("sending leads to %s", to)
		}
		ref := r.newest()
		if c := r.state(ref, casework.Received); c.Owes() != 7000 || c.Work() != "" {
			t.Errorf("%+v", c)
		}
		owes := html.UnescapeString(r.gets(200, "m0", "GET", "/case/"+ref+"?lang=en", nil).body)
		if !strings.Contains(owes, "You can pay until") {
			t.Error("the case does not say until when")
		}
		r.bankTells("MYJPJ", page.Path, 7000)
		c := r.state(ref, casework.Issued)
		r.wants("acts", r.kinds(ref), []string{"receive", "fee", "decide", "issue"})
		if p := r.paper(ref); !c.Automatic || !p.Ready {
			t.Errorf("%+v %+v", c, p)
		}
		r.wants("road tax until", r.facts("m0", "transport.vehicle")["vehicle.tax_until"], clock.Day(morning.AddDate(1, 0, 10)))
		if refunds := r.count(`select count(*) from payment_refund`); refunds != 0 {
			t.Errorf("%d refunds", refunds)
		}
	})
}

// Who owes a fee sees it in their own hall with its last day, is reminded of it
// once before it lapses, and is led to where it is paid; then neither any more.
func TestFeeIsRemindedOf(t *testing.T) {
	eachRoad(t, func(t *testing.T, r *rig) {
		r.walked("m0", roadTax, map[string]url.Values{"months": {"months": {"12"}}})
		r.drain()
		ref := r.newest()
		end := clock.FromMicro(r.state(ref, casework.Received).PayBy)
		last := r.texts.For(locale.English).Date(end.Add(-time.Second))
		waits := func(path string) bool {
			page := html.UnescapeString(r.gets(200, "m0", "GET", path+"?lang=en", nil).body)
			return strings.Contains(page, "Pay RM70.00 by "+last+".") && strings.Contains(page, `href="/case/`+ref+`#fee"`)
		}
		reminders := func() int {
			r.drain()
			return int(r.count(`select count(*) from notify_message where text_key = 'service.notice.remind_fee' and person = 'm0'`))
		}
		if !waits("/me") || !waits("/") {
			t.Error("a fee that waits is not in the person's own hall, or on the first page")
		}
		r.now.Set(end.AddDate(0, 0, -3).Add(8*time.Hour - time.Second))
		if n := reminders(); n != 0 {
			t.Errorf("%d reminders before the morning", n)
		}
		r.now.Set(end.AddDate(0, 0, -3).Add(8 * time.Hour))
		if n := reminders(); n != 1 {
			t.Fatalf("%d reminders", n)
		}
		clear(r.jars) // the sessions of that day are over too
		message := r.text(`select id from notify_message where text_key = 'service.notice.remind_fee'`)
		page := html.UnescapeString(r.gets(200, "m0", "GET", "/me/messages/"+message+"?lang=en", nil).body)
		if !strings.Contains(page, "RM70.00") || !strings.Contains(page, "Pay by "+last) || !strings.Contains(page, `href="/case/`+ref+`#fee"`) {
			t.Error(page)
		}
		r.inbox("m0") // in both languages, whole
		if story := html.UnescapeString(r.gets(200, "m0", "GET", "/case/"+ref+"?lang=en", nil).body); !strings.Contains(story, "The applicant was reminded. The fee of RM70.00 can be paid until "+last) {
			t.Error("the case does not tell of the reminder")
		}
		pay, _ := url.Parse(r.gets(303, "m0", "POST", "/case/"+ref+"/pay", url.Values{}).Header.Get("Location"))
		r.bankTells("MYJPJ", pay.Path, 7000)
		r.now.Set(end.Add(time.Hour))
		clear(r.jars)
		if n := reminders(); n != 1 || waits("/me") {
			t.Errorf("%d reminders, or what is paid waits still", n)
		}
	})
}

// A summons that is paid within fifteen days costs half, and no more is open.
func TestASummonsIsPaidAtItsRate(t *testing.T) {
	eachRoad(t, func(t *testing.T, r *rig) {
		to, review, _, fields := r.walked("m1", summons, map[string]url.Values{"what": {"what": {"pay"}}})
		if fields != 0 || !strings.Contains(review, "You pay RM150.00") || !strings.Contains(review, "50 per cent within 15 days") {
			t.Errorf("%d fields; %s", fields, review)
		}
		page, _ := url.Parse(to)
		// A transfer takes a week, and this case lapses before: it would go back.
		if ways := r.gets(200, "", "GET", page.Path, nil).body; !strings.Contains(ways, "?by=fpx") || strings.Contains(ways, "?by=transfer") || strings.Contains(ways, "?by=counter") {
			t.Error("the fee is asked for by a way that takes longer than the case waits")
		}
		ref := r.newest()
		r.bankTells("MYPDRM", page.Path, 15000)
		r.state(ref, casework.Issued)
		r.wants("open", r.facts("m1", "police.summons")["summons.number"], nil)
	})
}

// Who objects pays nothing; two officers look, and what they cancel is no longer
// open.
func TestASummonsIsObjectedTo(t *testing.T) {
	eachRoad(t, func(t *testing.T, r *rig) {
		to, review, _, fields := r.walked("m2", summons, map[string]url.Values{"what": {"what": {"object"}}, "grounds": {"grounds": {"Kereta itu telah dijual."}}})
		if fields != 1 || strings.Contains(review, "You pay") || !strings.HasPrefix(to, "/case/") {
			t.Errorf("%d fields, to %s", fields, to)
		}
		ref := r.newest()
		r.act(r.officer("looks"), ref, casework.Check, map[string]any{"finding": casework.InOrder})
		r.act(r.officer("heads"), ref, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Kereta telah dijual."})
		r.drain()
		r.state(ref, casework.Issued)
		r.wants("open", r.facts("m2", "police.summons")["summons.number"], nil)
		if n := r.count(`select count(*) from payment_payment`); n != 0 {
			t.Errorf("%d payments", n)
		}
	})
}

// Who has a passport by the hall renews that one, and does not apply for a first
// again.
func TestAPassportIsRenewedAfterTheFirst(t *testing.T) {
	eachRoad(t, func(t *testing.T, r *rig) {
		const passport = "imigresen/passport"
		first, err := r.apply("m0", passport, "k1", map[string]any{"office": "MY-03"})
		r.must(err)
		r.paid(first.Ref)
		r.drain()
		r.state(first.Ref, casework.Issued)
		if n := r.facts("m0", "immigration.passport")["passport.number"]; n == nil {
			t.Fatal("the passport has no number")
		}
		_, err = r.apply("m0", passport, "k2", map[string]any{"office": "MY-03"}) // whether the old one is there is asked now
		r.code(err, fault.Invalid)
		again, err := r.apply("m0", passport, "k3", map[string]any{"office": "MY-03", "has_old": true})
		r.must(err)
		r.state(again.Ref, casework.Checking) // it is valid for five years
	})
}
