package casework_test

import (
	"fmt"
	"sync"
	"testing"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
)

// staffed runs a test over an engine that knows two officers in each post of
// Kelantan's office, its head, an officer in Johor and one of another agency.
func staffed(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		dir := directory.New(d, r.clock)
		r.engine.StaffedBy(dir)
		set := directory.Set{
			Agencies: []directory.Agency{{ID: "jpn", Name: locale.Same("JPN"), Level: directory.Federal}, {ID: "jkm", Name: locale.Same("JKM"), Level: directory.Federal}},
			Units: []directory.Unit{{ID: "u-MY-03", Agency: "jpn", Name: locale.Same("Kelantan"), State: "MY-03"},
				{ID: "u-MY-01", Agency: "jpn", Name: locale.Same("Johor"), State: "MY-01"}, {ID: "jkm", Agency: "jkm", Name: locale.Same("JKM"), State: "MY-03"}},
		}
		for _, o := range []struct{ person, unit, role string }{{"salmah", "u-MY-03", checker}, {"lim", "u-MY-03", checker}, {"hafiz", "u-MY-03", checker},
			{"rahman", "u-MY-03", decider}, {"salmah", "u-MY-03", decider}, {"zaki", "u-MY-03", "jpn/head-of-branch"}, {"ahmad", "u-MY-01", checker},
			{"vasanthi", "jkm", "jkm/welfare-officer"}} {
			post := o.person + "-post"
			if o.person == "salmah" && o.role == decider {
				post = "salmah-other"
			} else {
				set.People = append(set.People, directory.Person{ID: o.person, Name: o.person})
			}
			set.Posts = append(set.Posts, directory.Post{ID: post, Unit: o.unit, Role: o.role, Title: locale.Text{MS: "Pegawai " + o.person, EN: "Officer " + o.person}})
			set.Holdings = append(set.Holdings, directory.Holding{Post: post, Person: o.person, From: 1})
		}
		if err := r.write(func(tx *db.Tx) error { return dir.LoadTx(tx, set) }); err != nil {
			t.Fatal(err)
		}
		fn(t, r)
	}, casework.Migration(), journal.Migration(), outbox.Migration(), directory.Migration())
}

// cannot expects that the case cannot go to that officer, for the named reason.
func (r *rig) cannot(by actor.Actor, ref, to, key string) {
	r.t.Helper()
	_, err := r.try(by, ref, casework.HandOver, data{"to": to})
	f, _ := fault.As(err)
	if f == nil || f.Code != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Location != "to" || f.Fields[0].Key != key {
		r.t.Errorf("to %s: %+v, want %s", to, err, key)
	}
}

func TestHandOver(t *testing.T) {
	staffed(t, func(t *testing.T, r *rig) {
		ref := r.open(opening()).Ref
		salmah, lim, head := checks(), officer("lim", checker, "MY-03"), officer("zaki", "jpn/head-of-branch", "MY-03")
		c := r.do(salmah, ref, casework.Take, nil)
		if c.Assignee != "salmah" || c.AssigneePost != "salmah-post" || c.State != casework.Checking {
			t.Fatalf("%+v", c)
		}
		r.refused(lim, ref, casework.Take, nil, fault.Conflict, "casework.fault.held")
		r.refused(lim, ref, casework.Check, data{"finding": "in_order"}, fault.Conflict, "casework.fault.held")
		r.refused(lim, ref, casework.HandOver, data{"to": "lim"}, fault.Conflict, "casework.fault.held")
		r.refused(salmah, ref, casework.Take, nil, fault.Conflict, "casework.fault.yours")
		r.refused(officer("ahmad", checker, "MY-01"), ref, casework.Take, nil, fault.Denied, "casework.fault.role")
		r.refused(officer("noor", "jpn/head-of-branch", "MY-01"), ref, casework.HandOver, data{"to": "lim"}, fault.Denied, "casework.fault.role")
		r.refused(officer("hafiz", checker, "MY-03"), ref, casework.Take, nil, fault.Denied, "casework.fault.interest")

		r.cannot(salmah, ref, "nobody", "casework.to.nobody")
		r.cannot(salmah, ref, "vasanthi", "casework.to.agency")
		r.cannot(salmah, ref, "ahmad", "casework.to.branch")
		r.cannot(salmah, ref, "rahman-post", "casework.to.step")
		r.cannot(salmah, ref, "hafiz", "casework.to.interest")
		r.cannot(salmah, ref, decider, "casework.to.step")
		r.cannot(salmah, ref, "salmah", "casework.to.already")

		r.do(salmah, ref, casework.HandOver, data{"to": "lim", "note": "Cuti esok"})
		c = r.do(salmah, ref, casework.HandOver, data{"to": "salmah-post"}) // undone, while nothing else was done
		if c.Assignee != "salmah" {
			t.Fatalf("%+v", c)
		}
		r.do(head, ref, casework.HandOver, data{"to": "lim-post"}) // the head hands over anyone's
		r.do(lim, ref, casework.Ask, data{"question": "Apa?", "due_in_days": 5})
		r.refused(head, ref, casework.Take, nil, fault.Denied, "casework.fault.role")
		r.refused(salmah, ref, casework.HandOver, data{"to": "salmah"}, fault.Conflict, "casework.fault.held")
		c = r.do(citizen("aisyah"), ref, casework.Reply, data{"text": "Ini."})
		if c.Assignee != "lim" {
			t.Error("an answer took the case from its officer")
		}
		c = r.do(lim, ref, casework.Check, data{"finding": "in_order"})
		if c.Assignee != "" || c.AssigneePost != "" {
			t.Errorf("the next step is in the hands of %s", c.Assignee)
		}
		r.do(decides(), ref, casework.Take, nil)
		r.do(decides(), ref, casework.HandOver, data{"to": decider}) // back to the queue
		if c = r.get(ref); c.Assignee != "" {
			t.Errorf("%+v", c)
		}
		r.drain()
		r.checkJournal(ref)
		r.sound()
	})
}

// Who checked never gets the deciding step, by whatever post.
func TestHandOverFourEyes(t *testing.T) {
	staffed(t, func(t *testing.T, r *rig) {
		ref := r.open(opening()).Ref
		r.do(checks(), ref, casework.Check, data{"finding": "in_order"})
		r.cannot(decides(), ref, "salmah", "casework.to.four_eyes") // for her deciding post
		r.cannot(decides(), ref, "salmah-post", "casework.to.step")
		r.cannot(decides(), ref, "salmah-other", "casework.to.four_eyes")
		r.cannot(officer("zaki", "jpn/head-of-branch", "MY-03"), ref, "salmah-other", "casework.to.four_eyes")
		r.refused(officer("salmah", decider, "MY-03"), ref, casework.Take, nil, fault.Denied, "casework.fault.four_eyes")
		r.read(func(tx *db.Tx) error {
			list, err := r.engine.Colleagues(tx, r.get(ref))
			if len(list) != 1 || list[0].Person != "rahman" {
				t.Errorf("colleagues %+v", list)
			}
			return err
		})
	})
}

// Of officers who take one case at once, one has it; each other is told that
// it changed under them.
func TestTakeAtOnce(t *testing.T) {
	staffed(t, func(t *testing.T, r *rig) {
		c := r.open(opening())
		var mu sync.Mutex
		var got []string
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				who := officer([]string{"salmah", "lim"}[i%2], checker, "MY-03")
				_, err := r.tryAt(who, c.Ref, c.Version, casework.Take, nil)
				mu.Lock()
				defer mu.Unlock()
				if f, ok := fault.As(err); err != nil && (!ok || f.Code != fault.Conflict) {
					t.Errorf("%s: %v", who.Person, err)
				} else if err == nil {
					got = append(got, who.Person)
				}
			})
		}
		wg.Wait()
		now := r.get(c.Ref)
		if len(got) != 1 || now.Assignee != got[0] || now.Version != c.Version+1 {
			t.Error(fmt.Sprint(got), now.Assignee, now.Version)
		}
	})
}

// A case is not stuck with an officer who has left the post.
func TestHolderLeft(t *testing.T) {
	staffed(t, func(t *testing.T, r *rig) {
		ref := r.open(opening()).Ref
		r.do(checks(), ref, casework.Take, nil)
		dir := directory.New(r.db, r.clock)
		if err := r.write(func(tx *db.Tx) error {
			return dir.LeaveTx(tx, r.journal, actor.System("jpn"), "salmah", "salmah-post")
		}); err != nil {
			t.Fatal(err)
		}
		if c := r.do(officer("lim", checker, "MY-03"), ref, casework.Take, nil); c.Assignee != "lim" {
			t.Errorf("%+v", c)
		}
	})
}

// While an officer is on leave the stand-in works on what they have, in the
// stand-in's own name, and nobody hands them more. Four eyes hold for the
// stand-in too. All of it ends by date.
func TestStandIn(t *testing.T) {
	staffed(t, func(t *testing.T, r *rig) {
		dir := directory.New(r.db, r.clock)
		leave := func(id, person, post, stand, from, to string) error {
			return r.write(func(tx *db.Tx) error {
				return dir.RecordLeaveTx(tx, r.journal, checks(), directory.Leave{ID: id, Person: person, Post: post, StandIn: stand}, from, to)
			})
		}
		ref, own := r.open(opening()).Ref, r.open(opening()).Ref
		r.do(checks(), ref, casework.Take, nil)
		lim := officer("lim", checker, "MY-03")
		r.refused(lim, ref, casework.Check, data{"finding": "in_order"}, fault.Conflict, "casework.fault.held")
		if err := leave("l1", "salmah", "salmah-post", "lim", "2026-11-23", "2026-11-24"); err != nil {
			t.Fatal(err)
		}
		r.do(lim, own, casework.Take, nil)
		r.cannot(lim, own, "salmah-post", "casework.to.leave")
		r.refused(officer("ahmad", checker, "MY-01"), ref, casework.Check, data{"finding": "in_order"}, fault.Denied, "casework.fault.role")
		r.do(lim, ref, casework.Check, data{"finding": "in_order"})
		acts := r.acts(ref)
		last := acts[len(acts)-1]
		if last.By.Person != "lim" || last.Data["for_post"] != "salmah-post" {
			t.Errorf("%+v", last)
		}

		// rahman decides, is away, and lim, who checked, stands in: never lim.
		if err := leave("l2", "rahman", "rahman-post", "lim", "2026-11-23", "2026-11-24"); err != nil {
			t.Fatal(err)
		}
		var posts []directory.Post
		r.read(func(tx *db.Tx) (err error) { posts, err = dir.PostsOf(tx, "lim", local(11, 23, 12)); return err })
		if len(posts) != 3 {
			t.Errorf("posts %+v", posts)
		}
		asRahman := officer("lim", decider, "MY-03")
		asRahman.Post = "rahman-post"
		r.refused(asRahman, ref, casework.Decide, data{"verdict": "approve", "reasons": "Ya."}, fault.Denied, "casework.fault.four_eyes")

		third := r.open(opening()).Ref
		r.do(officer("hafiz2", checker, "MY-03"), third, casework.Take, nil) // somebody who holds no post any more
		r.do(lim, third, casework.Take, nil)
		r.clock.Set(monday().AddDate(0, 0, 2))
		for _, post := range []string{"salmah-post", "rahman-post"} {
			r.read(func(tx *db.Tx) error {
				if _, there, err := dir.InPost(tx, "lim", post, local(11, 25, 0)); there || err != nil {
					t.Errorf("lim still stands in for %s: %v", post, err)
				}
				return nil
			})
		}
		r.do(lim, own, casework.HandOver, data{"to": "salmah-post"}) // she is back
		r.sound()
	})
}
