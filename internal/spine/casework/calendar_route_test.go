package casework_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/policy"
)

func TestCalendarRoute(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		route := r.engine.Routes()[0]
		get := func(file, query string) (calendar.Document, error) {
			req := httptest.NewRequest("GET", "/api/calendar/"+file+query, nil)
			req.SetPathValue("file", file)
			w := httptest.NewRecorder()
			var doc calendar.Document
			if err := route.Handler(w, req); err != nil {
				return doc, err
			}
			if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "application/json") {
				t.Error(got)
			}
			return doc, json.Unmarshal(w.Body.Bytes(), &doc)
		}
		doc, err := get("MY-03.json", "")
		if err != nil || doc.State != "MY-03" || doc.From != 2026 || doc.To != 2027 || doc.Zone != "Asia/Kuala_Lumpur" ||
			doc.OfficeHours.Closes != "17:00" || doc.Weekends[0].Days[0] != "Friday" || doc.Rule.MS == "" || doc.Rule.EN == "" {
			t.Errorf("%v %+v", err, doc)
		}
		if doc, err = get("my-03.json", "?year=2030"); err != nil || doc.From != 2030 || doc.To != 2030 || len(doc.Holidays) < 15 {
			t.Errorf("%v %+v", err, doc)
		}
		for file, want := range map[string]fault.Code{"MY-99.json": fault.Missing, "MY-03": fault.Missing, "..json": fault.Missing} {
			if _, err := get(file, ""); fault.CodeOf(err) != want {
				t.Errorf("%s: %v", file, err)
			}
		}
		for _, year := range []string{"1951", "2051", "x", "-1", "99999999999999999999"} {
			if _, err := get("MY-03.json", "?year="+year); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("year %s: %v", year, err)
			}
		}
	})
}

// Anybody may read a calendar, and nothing else by this policy.
func TestPolicy(t *testing.T) {
	set, err := policy.Load(casework.Policy)
	if err != nil {
		t.Fatal(err)
	}
	if !set.Allow(actor.Actor{}, "calendar.read", policy.Hall()) || set.Allow(actor.Actor{}, "case.read", policy.Hall()) {
		t.Error("the policy is not the one meant")
	}
}

// Each state, act, finding and fault has its sentence, so that no page shows
// a key.
func TestTexts(t *testing.T) {
	cat, err := locale.Load(casework.Texts)
	if err != nil {
		t.Fatal(err)
	}
	p := cat.For(locale.Malay)
	need := func(keys ...string) {
		for _, key := range keys {
			if !p.Has(key) {
				t.Errorf("%s is missing", key)
			}
		}
	}
	for _, s := range casework.States() {
		need("casework.state."+string(s), "casework.help."+string(s), "casework.desk."+string(s))
	}
	for _, kind := range []string{casework.Check, casework.Ask, casework.Reply, casework.Fee, casework.Decide, casework.Withdraw,
		casework.Appeal, casework.Revoke, casework.AuditFind, casework.Correct, casework.Message} {
		need("casework.do." + kind)
	}
	for _, s := range []string{casework.OutcomeApproved, casework.OutcomeRefused, casework.OutcomeWithdrawn, casework.OutcomeRevoked} {
		need("casework.outcome." + s)
	}
	for _, s := range []string{casework.AuditOpen, casework.AuditInOrder, casework.AuditWrong, casework.AuditCorrected} {
		need("casework.audit." + s)
	}
	need(casework.CountKeys()...)
	acts := []casework.Act{
		{Kind: casework.Receive}, {Kind: casework.Receive, Data: data{"appeal_of": "x"}}, {Kind: casework.Assign},
		{Kind: casework.Check, Data: data{"finding": "in_order"}}, {Kind: casework.Check, Data: data{"finding": "not_in_order"}},
		{Kind: casework.Ask, Data: data{"answer_due_at": local(11, 30, 17)}}, {Kind: casework.Remind, Data: data{"answer_due_at": local(11, 30, 17)}},
		{Kind: casework.Lapse}, {Kind: casework.Reply}, {Kind: casework.Fee, Data: data{"cents": 5000, "receipt": "K-1"}},
		{Kind: casework.Fee, Data: data{"cents": 5000, "receipt": "R-1", "online": true}}, {Kind: casework.Unpaid, Data: data{"cents": 5000}},
		{Kind: casework.Decide, Data: data{"automatic": true}}, {Kind: casework.Decide, Data: data{"verdict": "approve"}},
		{Kind: casework.Decide, Data: data{"verdict": "refuse"}}, {Kind: casework.Withdraw}, {Kind: casework.Appeal, Data: data{"case": "BLH-1"}},
		{Kind: casework.Overturn, Data: data{"appeal": "BLH-2"}}, {Kind: casework.Issue}, {Kind: casework.Revoke},
		{Kind: casework.AuditFind, Data: data{"finding": "in_order"}}, {Kind: casework.AuditFind, Data: data{"finding": "wrong"}},
		{Kind: casework.Correct}, {Kind: casework.Message, Data: data{"side": "officer"}}, {Kind: casework.Message, Data: data{"side": "applicant"}},
		{Kind: casework.Recount, Data: data{"old": local(11, 30, 17), "new": int64(0)}}, {Kind: casework.Close},
	}
	for _, l := range locale.Langs {
		for _, a := range acts {
			if s := casework.Say(cat.For(l), a); strings.ContainsAny(s, "⟦{") || s == "" {
				t.Errorf("%s %v: %s", a.Kind, a.Data, s)
			}
		}
	}
	if got := casework.Say(cat.For(locale.English), acts[9]); got != "The fee of RM50.00 was paid at the counter, receipt K-1." {
		t.Error(got)
	}
	if got := casework.Say(cat.For(locale.Malay), acts[5]); !strings.Contains(got, "pada 30 November 2026") {
		t.Error(got)
	}
}
