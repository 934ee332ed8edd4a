package app

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/service"
	"balai/internal/spine/actor"
	"balai/internal/spine/fault"
)

// TestDigitalOnlyAtTheCounter: an officer may act for the citizen once the
// exemption is recorded, for every such service, until it ends.
func TestDigitalOnlyAtTheCounter(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		at := r.officer("salmah")
		at.For = actor.For{Person: "m0", Name: "m0", As: actor.Counter}
		seeker, scholar := "perkeso/job-seeker", "jpa/scholarship"
		start := func(a actor.Actor, of string) error { _, err := r.Hall.service.Start(ctx, a, of); return err }
		if e := r.code(start(at, seeker), fault.Conflict); e.Key != "service.exemption.needed" {
			t.Fatal(e.Key)
		}
		_, err := r.Hall.service.Submit(ctx, service.Submission{By: at, Service: seeker, Key: "k", Answers: map[string]any{}})
		if e := r.code(err, fault.Conflict); e.Key != "service.exemption.needed" {
			t.Fatal(e.Key)
		}
		r.must(start(at, birth)) // digital first: a counter may always act
		r.must(start(citizen("m0"), seeker))

		_, err = r.Hall.service.Exempt(ctx, at, "because")
		r.code(err, fault.Invalid)
		_, err = r.Hall.service.Exempt(ctx, at, "no_device")
		r.must(err)
		r.must(start(at, seeker))
		r.must(start(at, scholar))
		other := at
		other.For.Person = "m1"
		r.code(start(other, seeker), fault.Conflict)
		r.wants("leaves", r.count(`select count(*) from journal_leaf where record like '%exemption.recorded%'`), 1)

		// The person sees it, ends it and may record it again; the day ends it too.
		page := r.gets(200, "m0", "GET", "/me/exemption", nil)
		r.wants("seen", strings.Contains(page.body, "No phone or computer"), true)
		r.gets(303, "m0", "POST", "/me/exemption", url.Values{"end": {"1"}})
		r.code(start(at, seeker), fault.Conflict)
		r.gets(422, "m0", "POST", "/me/exemption", url.Values{})
		r.gets(303, "m0", "POST", "/me/exemption", url.Values{"reason": {"age"}})
		r.must(start(at, seeker))
		r.now.Advance(3 * 366 * 24 * time.Hour)
		r.code(start(at, scholar), fault.Conflict)
		_, err = r.Hall.service.Exempt(ctx, at, "age") // over one whose day has passed
		r.must(err)
		r.must(start(at, scholar))
	})
}
