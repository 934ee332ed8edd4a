package app

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/protection"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

const ward = "Hospital Raja Perempuan Zainab II" // tells where the mother was

// protect orders protection for m1 against her husband, who still shares her
// household on paper.
func (r *rig) protect() protection.Order {
	r.t.Helper()
	o, err := r.protection.Make(context.Background(), r.officer("shield"), protection.Ordering{Number: "940312-00-0002", Kind: protection.Violence,
		Court: "EPO 12/2026", Reason: "Perintah perlindungan interim mahkamah majistret.", Against: []string{"920817-00-0003"}})
	r.must(err)
	return o
}

// An officer with the case of a protected mother sees no place, no paper and
// no answer of hers, by any route, until a protection officer opens it to that
// officer, for a day.
func TestSealedCase(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		other, ref := r.born("m2").Ref, r.born("m1").Ref
		r.state(ref, casework.Checking)
		order := r.protect()
		const salmah = "salmah/salmah-post"
		shows := func(who, ref string) bool {
			t.Helper()
			page := r.ask(who, "GET", "/desk/"+ref, nil)
			if page.StatusCode != http.StatusOK {
				t.Fatalf("%s: %d", who, page.StatusCode)
			}
			return strings.Contains(page.body, ward)
		}
		if !shows(salmah, other) {
			t.Fatal("the desk shows no place of birth at all: this test would prove nothing")
		}
		if shows(salmah, ref) {
			t.Error("the desk tells where a protected mother was")
		}
		api := r.ask(salmah, "GET", "/api/v1/cases/"+ref, nil)
		if api.StatusCode != http.StatusOK || strings.Contains(api.body, "Nur Imani") || !strings.Contains(r.ask(salmah, "GET", "/api/v1/cases/"+other, nil).body, "Nur Imani") {
			t.Errorf("the API: %d %s", api.StatusCode, api.body)
		}
		if got := r.ask(salmah, "GET", "/case/"+ref+"/receipt.json", nil); got.StatusCode != http.StatusForbidden {
			t.Errorf("the record of a sealed case: %d", got.StatusCode)
		}

		finds := func(number, ref string) bool {
			t.Helper()
			got := r.ask(salmah, "POST", "/desk/find", url.Values{"q": {number}, "why": {"duty"}})
			api := r.ask(salmah, "POST", "/api/v1/desk/find", map[string]any{"q": number, "why": "duty"})
			if got.StatusCode != http.StatusOK || api.StatusCode != http.StatusOK || strings.Contains(got.body, ref) != strings.Contains(api.body, ref) {
				t.Fatalf("search by number: %d, %d", got.StatusCode, api.StatusCode)
			}
			return strings.Contains(got.body, ref)
		}
		const hers = "940312-00-0002"
		if finds(hers, ref) {
			t.Error("a search by number tells that a protected mother has a case here")
		}

		ask := func(reason string) reply {
			return r.ask(salmah, "POST", "/desk/"+ref+"/protected", url.Values{"reason": {reason}})
		}
		if got := ask("x"); got.StatusCode != fault.Status(fault.Invalid) || !strings.Contains(got.body, ">x</textarea>") {
			t.Errorf("without a reason: %d", got.StatusCode)
		}
		for range 2 { // asking twice is asking once
			if got := ask("Tempat lahir perlu disahkan dengan hospital."); got.StatusCode != http.StatusSeeOther {
				t.Fatalf("ask: %d %s", got.StatusCode, got.body)
			}
		}
		r.wants("requests", r.count(`select count(*) from protection_opening`), 1)
		var id string
		r.read(func(tx *db.Tx) error { return tx.QueryRow(`select id from protection_opening`).Scan(&id) })
		open := url.Values{"verdict": {"open"}, "reason": {"Perlu untuk mendaftarkan kelahiran."}}
		for _, who := range []string{"m1", "f1", salmah, "rahman/rahman-post"} {
			if got := r.ask(who, "POST", "/protection/request/"+id, open); got.StatusCode != http.StatusForbidden && got.StatusCode != http.StatusNotFound {
				t.Errorf("%s decides a request: %d", who, got.StatusCode)
			}
		}
		if shows(salmah, ref) {
			t.Error("asking opened the case")
		}
		if got := r.ask("shield/shield-post", "POST", "/protection/request/"+id, open); got.StatusCode != http.StatusSeeOther {
			t.Fatalf("open: %d %s", got.StatusCode, got.body)
		}
		if !shows(salmah, ref) {
			t.Error("the case was opened and shows nothing")
		}
		if !finds(hers, ref) {
			t.Error("the case was opened and is not found")
		}
		if shows("dad-officer/dad-officer-post", ref) {
			t.Error("opened to one officer, another sees it")
		}
		r.now.Set(r.now.Now().Add(24 * time.Hour))
		clear(r.jars) // the sessions of yesterday are over too
		if shows(salmah, ref) {
			t.Error("the day is over and the case is still open")
		}
		looks := r.ask("m1", "GET", "/api/v1/me/looks?limit=200", nil).body
		for _, kind := range []string{"protection.ordered", "protection.asked", "protection.opened"} {
			if strings.Count(looks, fmt.Sprintf("%q", kind)) != 1 {
				t.Errorf("her list of looks has %s %d times", kind, strings.Count(looks, kind))
			}
		}

		r.must(r.protection.Lift(context.Background(), r.officer("shield"), order.ID, "Perintah dibatalkan oleh mahkamah."))
		if !shows(salmah, ref) {
			t.Error("the order was lifted and still hides")
		}
		r.code(r.protection.Lift(context.Background(), r.officer("shield"), order.ID, "Perintah dibatalkan oleh mahkamah."), fault.Conflict)
	})
}

// Acting for a protected person is no way round the order: whom it names serves
// nobody, whoever else serves sees no place, and a case that came through a
// counter is as sealed as any.
func TestProtectedAtACounter(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.visit(number(1))
		r.gets(http.StatusSeeOther, kaunter, "GET", applying, nil)
		held := func() bool {
			return strings.Contains(r.gets(http.StatusOK, kaunter, "GET", applying+"/held", nil).body, ward)
		}
		if !held() {
			t.Fatal("the counter sees no place at all: this test would prove nothing")
		}
		rec, err := r.Hall.service.Submit(t.Context(), r.serving("m1"))
		r.must(err)
		seen := func(who, path string) bool {
			return strings.Contains(r.gets(http.StatusOK, who, "GET", path, nil).body, ward)
		}
		if !seen("salmah/salmah-post", "/api/v1/cases/"+rec.Ref) || !seen(kaunter, "/case/"+rec.Ref) {
			t.Fatal("the case tells of no place at all: this test would prove nothing")
		}
		order := r.protect()
		if held() {
			t.Error("the counter reads where a protected mother was")
		}
		guess := map[string]any{"answers": map[string]any{"child_name": "Nur Imani"},
			"facts_seen": map[string]any{"birth_notice.hospital": "x", "birth_notice.weight_g": 1}}
		told := r.gets(http.StatusConflict, kaunter, "POST", "/api/v1/services/"+birth+"/applications", guess, "Idempotency-Key", "guess").body
		if strings.Contains(told, ward) || strings.Contains(told, "3,120") || !strings.Contains(told, "birth_notice.weight_g") || strings.Contains(told, "birth_notice.hospital") {
			t.Errorf("a comparison tells a counter what is held: %s", told)
		}
		if page := r.ask(kaunter, "GET", applying+"/review", nil).body; strings.Contains(page, "Raja Perempuan") {
			t.Error("the review page of who acts for a protected mother carries the place in its form")
		}
		r.gets(http.StatusNotFound, kaunter, "POST", applying+"/wrong/birth_notice.hospital", url.Values{"claimed": {ward}, "reason": {"Salah."}})
		if seen("salmah/salmah-post", "/api/v1/cases/"+rec.Ref) || seen(kaunter, "/case/"+rec.Ref) {
			t.Error("a sealed case that came through the counter tells of a place")
		}
		r.must(r.protection.Lift(context.Background(), r.officer("shield"), order.ID, "Perintah dibatalkan oleh mahkamah."))
		r.gets(http.StatusSeeOther, kaunter, "POST", "/acting/end", nil)
		r.seat("f5", "jpn-03", "jpn/counter-officer") // two whom the next order names
		r.seat("f6", "nadi", "nadi/helper")
		r.gets(http.StatusSeeOther, "m1", "POST", "/me/mandates", url.Values{"to": {"nadi"}, "days": {"30"}, "services": {"all"}})
		use := url.Values{"mandate": {r.mandate("m1")}}
		r.gets(http.StatusSeeOther, "f6/post", "POST", "/acting/start", use)
		r.serve("f5/post", number(1))
		_, err = r.protection.Make(context.Background(), r.officer("shield"), protection.Ordering{Number: number(1), Kind: protection.Violence,
			Court: "EPO 12/2026", Reason: "Perintah perlindungan interim mahkamah majistret.", Against: []string{"920817-00-0011", "920817-00-0013"}})
		r.must(err)
		for _, who := range []string{"f5/post", "f6/post"} {
			r.gets(http.StatusForbidden, who, "GET", "/me", nil) // at once
		}
		r.gets(http.StatusSeeOther, "f5/post", "POST", "/acting/end", nil)
		found := strings.TrimPrefix(r.findAs("f5/post", number(1)).Header.Get("Location"), "/counter/found/")
		r.gets(http.StatusForbidden, "f5/post", "POST", "/counter/visits", url.Values{"find": {found}})
		r.gets(http.StatusSeeOther, "f6/post", "POST", "/acting/end", nil)
		r.gets(http.StatusNotFound, "f6/post", "POST", "/acting/start", use)
	})
}

// Who is named in the order learns nothing of the mother: not from the
// registers, not from their own list of looks, though the case concerns both.
func TestHiddenFromTheOtherSide(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		from := []string{"health.birth_notice", "population.person", "population.marriage"}
		if r.facts("f1", from...)["birth_notice.hospital"] != ward {
			t.Fatal("the father is told of no hospital at all: this test would prove nothing")
		}
		ref := r.born("m1").Ref
		r.protect()
		facts := r.facts("f1", from...)
		for _, field := range []string{"birth_notice.hospital", "birth_notice.state", "birth_notice.region", "mother.address", "mother.phone"} {
			if v, ok := facts[field]; ok {
				t.Errorf("%s is %v", field, v)
			}
		}
		if facts["mother.name"] == nil || r.facts("m1", from...)["birth_notice.hospital"] != ward {
			t.Error("protection took too much away")
		}
		r.act(r.officer("salmah"), ref, casework.Check, map[string]any{"finding": "in_order", "note": "Disahkan."})
		his, hers := r.ask("f1", "GET", "/api/v1/me/looks?limit=200", nil).body, r.ask("m1", "GET", "/api/v1/me/looks?limit=200", nil).body
		if !strings.Contains(hers, "jpn/registration-officer") || !strings.Contains(hers, ref) {
			t.Error("the mother's list does not name the office")
		}
		for _, tells := range []string{"jpn/registration-officer", "salmah-post", ref, "protection."} {
			if strings.Contains(his, tells) {
				t.Errorf("the father's list tells %q", tells)
			}
		}
		for _, page := range []string{"/me/looks", "/"} {
			if body := r.ask("f1", "GET", page, nil).body; strings.Contains(body, "jpn/registration-officer") || strings.Contains(body, ref) {
				t.Errorf("%s tells the father of the office", page)
			}
		}
	})
}

// An order is a power over what others see: it needs a reason, a court and the
// right people, and nobody has it over family.
func TestOrderIsCareful(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		good := protection.Ordering{Number: "940312-00-0002", Kind: protection.Witness, Court: "AG 4/2026", Reason: "Saksi dalam perbicaraan.", Until: "2026-11-24"}
		for name, spoil := range map[string]func(o *protection.Ordering){
			"nobody":    func(o *protection.Ordering) { o.Number = "000000-00-0000" },
			"kind":      func(o *protection.Ordering) { o.Kind = "anything" },
			"court":     func(o *protection.Ordering) { o.Court = " " },
			"reason":    func(o *protection.Ordering) { o.Reason = "kerana" },
			"yesterday": func(o *protection.Ordering) { o.Until = "2026-11-22" },
			"no date":   func(o *protection.Ordering) { o.Until = "2026-02-30" },
			"self":      func(o *protection.Ordering) { o.Against = []string{o.Number} },
			"stranger":  func(o *protection.Ordering) { o.Against = []string{"x"} },
		} {
			o := good
			spoil(&o)
			if _, err := r.protection.Make(context.Background(), r.officer("shield"), o); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		kin := r.officer("shield")
		kin.Person = "f1"
		_, err := r.protection.Make(context.Background(), kin, good)
		r.code(err, fault.Denied)
		r.wants("orders", r.count(`select count(*) from protection_order`), 0)
		_, err = r.protection.Make(context.Background(), r.officer("shield"), good)
		r.must(err)
		on := func() (yes bool) {
			r.read(func(tx *db.Tx) (err error) { yes, err = r.protection.Protected(tx, "m1"); return err })
			return yes
		}
		if !on() {
			t.Error("the order does not stand")
		}
		r.now.Set(morning.AddDate(0, 0, 1).Add(14 * time.Hour))
		if !on() {
			t.Error("the order ended before its last day was over")
		}
		r.now.Set(morning.AddDate(0, 0, 2))
		if on() {
			t.Error("the order outlived its last day")
		}
	})
}
