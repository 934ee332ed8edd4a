package app

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// TestOfferDismissedAndBack: an offer is put aside, brought back and ends; none
// of it is done to another's, and each is on record.
func TestOfferDismissedAndBack(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		r.born("m0")
		r.drain()
		id := r.text(`select id from service_offer where person='m0'`)
		move := "/offer/" + id + "/dismiss"
		r.gets(404, "m4", "POST", move, url.Values{})
		r.gets(404, "m4", "POST", "/api/v1/me/offers/"+id+"/dismiss", nil)
		r.gets(403, "salmah/post", "POST", move, url.Values{})
		list := r.gets(200, "m0", "GET", "/me/offers", nil).body
		if !strings.Contains(list, "22 May 2027") { // 180 days on
			t.Error("the list tells no last day")
		}
		r.gets(303, "m0", "POST", move, url.Values{})
		r.gets(303, "m0", "POST", move, url.Values{}) // twice is once
		r.wants("leaves", r.leaves("offer.dismissed"), 1)
		r.wants("offers open", len(r.gets(200, "m0", "GET", "/api/v1/me/offers", nil).json(t)["offers"].([]any)), 0)
		if page := r.gets(200, "m0", "GET", "/offer/"+id, nil).body; !strings.Contains(page, "You dismissed this offer") || !strings.Contains(page, `name="undo"`) {
			t.Error("the page of a dismissed offer has no way back")
		}
		r.gets(409, "m0", "POST", "/api/v1/me/offers/"+id+"/accept", map[string]any{"answers": map[string]any{"pay_to": "held"}})
		r.wants("aids", r.count(`select count(*) from register_aid`), 0)
		r.gets(200, "m0", "POST", "/api/v1/me/offers/"+id+"/restore", nil)
		r.wants("offers open again", len(r.gets(200, "m0", "GET", "/api/v1/me/offers", nil).json(t)["offers"].([]any)), 1)
		r.wants("nobody is told of what they did", slices.Contains(r.inbox("m0"), "offer.dismissed"), false)

		// A yes somewhere else opens nothing twice; the time ends with its day.
		r.now.Advance(180*24*time.Hour + 14*time.Hour + 59*time.Minute)
		r.must(r.service().SweepOffers(ctx))
		r.wants("not before its last day is over", r.text(`select state from service_offer where id=$1`, id), "open")
		r.now.Advance(time.Minute)
		clear(r.jars)                                                           // she signs in again
		r.gets(409, "m0", "POST", "/offer/"+id, url.Values{"pay_to": {"held"}}) // before the sweep has come
		r.gets(409, "m0", "POST", move, url.Values{})
		for range 2 {
			r.must(r.service().SweepOffers(ctx))
		}
		r.wants("told", strings.Count(strings.Join(r.inbox("m0"), " "), "offer.ended"), 1)
		r.wants("leaves", r.leaves("offer.ended"), 1)
		if list := r.gets(200, "m0", "GET", "/me/offers", nil).body; !strings.Contains(list, "You can still apply") || !strings.Contains(list, "No offers now") {
			t.Error("the list does not say that the offer is over")
		}
		r.write(func(tx *db.Tx) error { // a later yes offers it anew
			return r.outbox.Emit(tx, "service.granted", map[string]string{"ref": "BLH-X", "person": "m0", "service": aid})
		})
		r.drain()
		r.wants("offered anew", r.text(`select state from service_offer where id=$1`, id), "open")
	})
}

// leaves counts the journal's leaves of a kind.
func (r *rig) leaves(kind string) int {
	r.t.Helper()
	return r.count(`select count(*) from journal_leaf where record like $1`, `%"kind":"`+kind+`"%`)
}

// TestCounterDeclinesAndDismisses for who stands there: both names are on
// record and the person is told. A helper under a mandate does neither.
func TestCounterDeclinesAndDismisses(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.born("m0")
		r.schooled()
		r.placed()
		ref, id := r.given(), r.text(`select id from service_offer where person='m0'`)
		r.gets(403, kaunter, "POST", "/offer/"+id+"/dismiss", url.Values{}) // not before a visit
		r.gets(404, kaunter, "POST", "/case/"+ref+"/decline", url.Values{})
		r.visit(number(4))
		r.gets(404, kaunter, "POST", "/offer/"+id+"/dismiss", url.Values{}) // another stands there
		r.gets(404, kaunter, "POST", "/case/"+ref+"/decline", url.Values{"version": {itoa(r.get(ref).Version)}})
		r.gets(303, kaunter, "POST", "/acting/end", nil)

		r.visit(number(0))
		if page := r.gets(200, kaunter, "GET", "/me/offers", nil).body; !strings.Contains(page, "/offer/"+id+"/dismiss") {
			t.Error("the counter sees no offer to dismiss")
		}
		r.gets(303, kaunter, "POST", "/offer/"+id+"/dismiss", url.Values{})
		r.gets(200, kaunter, "GET", "/case/"+ref+"/decline", nil)
		r.gets(303, kaunter, "POST", "/case/"+ref+"/decline", url.Values{"version": {itoa(r.get(ref).Version)}})
		r.drain()
		r.wants("state", r.get(ref).State, casework.Withdrawn)
		told := r.inbox("m0")
		r.wants("told", slices.Contains(told, "offer.dismissed") && slices.Contains(told, "decline"), true)
		looks := r.gets(200, "m0", "GET", "/api/v1/me/looks?limit=200", nil).json(t)["looks"].([]any)
		for _, kind := range []string{"offer.dismissed", "case.decline"} {
			if !slices.ContainsFunc(looks, func(l any) bool {
				m := l.(map[string]any)
				by, _ := m["for"].(map[string]any)
				return m["kind"] == kind && m["name"] == "kaunter" && by["as"] == "counter"
			}) {
				t.Errorf("%s does not name who did it, and by what right", kind)
			}
		}
		to := r.gets(303, kaunter, "POST", "/case/"+ref+"/decline", url.Values{"undo": {"1"}}).Header.Get("Location")
		r.wants("taken after all", strings.Contains(to, r.given()) && r.given() != ref, true)
		r.wants("who took it after all is on record", r.leaves("grant.taken"), 1)
		r.code(r.service().Dismiss(context.Background(), citizen("m4"), id, true), fault.Missing)
	})
}

// TestOfferAsksFirst: an offer that lacks an answer says so, and a question that
// its page did not show is shown before it is found wanting.
func TestOfferAsksFirst(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.born("m0")
		r.drain()
		at := "/offer/" + r.text(`select id from service_offer where person='m0'`)
		page := r.gets(200, "m0", "GET", at, nil).body
		if !strings.Contains(page, "Only a few questions are left.") || strings.Contains(page, "accept with one press") || !strings.Contains(page, `name="asked" value="pay_to"`) {
			t.Error("an offer with a question promises that there is none")
		}
		next := r.gets(200, "m0", "POST", at, url.Values{}).body
		if !strings.Contains(next, "Answer the next question below") || strings.Contains(next, "govuk-error-summary") {
			t.Error("a question that was not shown is an error")
		}
		if wrong := r.gets(422, "m0", "POST", at, url.Values{"asked": {"pay_to"}}).body; !strings.Contains(wrong, "govuk-error-summary") {
			t.Error("a question that was shown and not answered is no error")
		}
		if hall := r.gets(200, "m0", "GET", "/me", nil).body; strings.Contains(hall, "accept with one press") {
			t.Error("the hall promises one press")
		}
	})
}
