package delegation

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
	"pgregory.net/rapid"
)

func (r *rig) same(what string, got, want any) {
	r.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		r.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// Whoever acts for more than themself is offered each, and none of what has
// ended, of whom an order keeps away, or of who has just recovered.
func TestChoices(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.children["mum"] = []Child{{"baby", "Baby", "2024-02-29"}, {"grown", "Grown", "2008-11-23"}}
		r.children["dad"] = []Child{{"baby", "Baby", "2024-02-29"}}
		r.companies["mum"] = []Company{{"IP1-X", "Kedai Mum"}}
		r.write(func(tx *db.Tx) error {
			if err := r.MandateTx(tx, "granny", "", "mum", 30); err != nil {
				return err
			}
			return r.staffTx(tx, actor.Actor{Person: "mum"}, Company{"IP1-X", "Kedai Mum"}, Grant{ID: "staff", Person: "clerk", UntilAt: r.until(30)})
		})
		r.same("mum", r.choices("mum"), "[guardian baby director ssm:IP1-X carer granny]")
		r.same("before an answer", r.choices("clerk"), "[]")
		r.write(func(tx *db.Tx) error { return r.answerTx(tx, actor.Actor{Person: "clerk"}, "staff", true) })
		r.same("the clerk", r.choices("clerk"), "[company_staff ssm:IP1-X]")

		r.against["baby"] = "dad"
		r.same("whom an order for the child names", r.choices("dad"), "[]")
		r.against = map[string]string{"mum": "dad"}
		r.same("whom an order for its mother names", r.choices("dad"), "[]")
		r.against = map[string]string{}
		r.same("when it is lifted", r.choices("dad"), "[guardian baby]")
		r.hides["granny"] = "mum"
		r.same("from whom she is hidden", r.choices("mum"), "[guardian baby director ssm:IP1-X]")

		r.held["mum"] = clock.Micro(r.now.Now().Add(time.Hour))
		r.same("in the hold after a recovery", r.choices("mum"), "[]")
		r.same("who gives in it", r.refuses(func(tx *db.Tx) error { return r.MandateTx(tx, "mum", "", "aunt", 30) }), fault.Conflict)
		delete(r.held, "mum")

		r.companies["mum"] = nil
		r.same("of a company that she has no more", r.choices("clerk"), "[]")
		r.now.Set(time.Date(2042, 2, 28, 12, 0, 0, 0, clock.Zone))
		r.same("the day before", r.choices("dad"), "[guardian baby]")
		r.now.Set(time.Date(2042, 3, 1, 0, 0, 0, 0, clock.Zone))
		r.same("of age", r.choices("dad"), "[]")
	})
}

// Either side ends a grant, nobody else does, and the next request by it is
// refused. A company's is its director's to end.
func TestEitherSideEnds(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.companies["boss"] = []Company{{"IP1-X", "Kedai"}}
		give := func() (id string) {
			r.now.Advance(time.Minute)
			r.write(func(tx *db.Tx) error { return r.MandateTx(tx, "granny", "", "carer", 30) })
			r.write(func(tx *db.Tx) error {
				list, err := grantsOf(tx, "granny")
				id = list[0].ID
				return err
			})
			return id
		}
		end := func(a actor.Actor, id string) fault.Code {
			return r.refuses(func(tx *db.Tx) error { return r.endTx(tx, a, id) })
		}
		for _, who := range []string{"granny", "carer"} {
			id := give()
			r.same("a stranger ends it", end(actor.Actor{Person: "stranger"}, id), fault.Missing)
			acting := actor.Actor{Person: "carer", For: actor.For{Person: "somebody", As: Carer}}
			r.same("while acting for another", end(acting, id), fault.Missing)
			r.same(who+" ends it", end(actor.Actor{Person: who}, id), "")
			r.same("then", r.choices("carer"), "[]")
			r.same("again", end(actor.Actor{Person: who}, id), "")
		}
		for _, who := range []string{"boss", "clerk"} {
			r.write(func(tx *db.Tx) error {
				id := "staff-" + who
				err := r.staffTx(tx, actor.Actor{Person: "boss"}, r.companies["boss"][0], Grant{ID: id, Person: "clerk", UntilAt: r.until(7)})
				if err != nil {
					return err
				}
				return r.answerTx(tx, actor.Actor{Person: "clerk"}, id, true)
			})
			r.same("the clerk", r.choices("clerk"), "[company_staff ssm:IP1-X]")
			r.same("a stranger", end(actor.Actor{Person: "granny"}, "staff-"+who), fault.Missing)
			r.same(who, end(actor.Actor{Person: who}, "staff-"+who), "")
			r.same("then", r.choices("clerk"), "[]")
		}
	})
}

// An order of a court holds once a second officer has seen it: never by who
// entered it, nor by whom it concerns or their kin.
func TestOrdersNeedTwo(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.children["kin"] = []Child{{"ward", "Ward", "2015-02-03"}}
		officer := func(p string) actor.Actor {
			return actor.Actor{Person: p, Post: p, Agency: "jpn", Role: "jpn/counter-officer"}
		}
		g := Grant{ID: "order", Kind: Court, State: Proposed, Given: givenCourt, Principal: "ward", Person: "aunt",
			Evidence: Evidence{Court: "Mahkamah Tinggi", Number: "24-1", Date: "2026-10-01", Matter: matterChild}}
		for _, who := range []string{"aunt", "ward", "kin"} {
			r.same(who+" enters it", r.refuses(func(tx *db.Tx) error { return r.orderTx(tx, officer(who), g) }), fault.Denied)
		}
		r.write(func(tx *db.Tx) error { return r.orderTx(tx, officer("one"), g) })
		r.same("before the second", r.choices("aunt"), "[]")
		decide := func(p string, yes bool) fault.Code {
			return r.refuses(func(tx *db.Tx) error { return r.decideTx(tx, officer(p), "order", yes) })
		}
		for _, who := range []string{"one", "aunt", "kin"} {
			r.same(who+" confirms it", decide(who, true), fault.Denied)
		}
		r.against["ward"] = "three"
		r.same("whom an order names", decide("three", true), fault.Denied)
		r.same("a second", decide("two", true), "")
		r.same("twice", decide("four", false), fault.Conflict)
		r.same("the aunt", r.choices("aunt"), "[court ward]")
		r.now.Set(time.Date(2033, 2, 3, 0, 0, 0, 0, clock.Zone))
		r.same("when the ward is of age", r.choices("aunt"), "[]")
	})
}

// An order about custody ends one parent's right and leaves the other's. It
// needs two officers, is nobody's to use or to end, runs no longer than it says
// and is taken back by another order.
func TestCustody(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		born := "2015-02-03"
		r.children["father"], r.children["mother"] = []Child{{"kid", "Kid", born}}, []Child{{"kid", "Kid", born}}
		officer := func(p string) actor.Actor {
			return actor.Actor{Person: p, Post: p, Agency: "jpn", Role: "jpn/counter-officer"}
		}
		enter := func(id, parent, matter, until string) fault.Code {
			f := orderForm{Court: "Mahkamah Tinggi", Order: "33-1", Date: "2026-10-01", Matter: matter, Until: until}
			g := f.check(clock.Day(r.now.Now()), func(field, key string) { t.Error(field, key) })
			g.ID, g.Principal, g.Person = id, "kid", parent
			return r.refuses(func(tx *db.Tx) error { return r.orderTx(tx, officer("one"), g) })
		}
		decide := func(id, who string) fault.Code {
			return r.refuses(func(tx *db.Tx) error { return r.decideTx(tx, officer(who), id, true) })
		}
		r.same("who is no parent", enter("x", "aunt", matterCustody, ""), fault.Invalid)
		r.same("what was not taken", enter("x", "father", matterReturned, ""), fault.Invalid)
		r.same("entered", enter("order", "father", matterCustody, ""), "")
		r.same("before the second", r.choices("father"), "[guardian kid]")
		r.same("by who entered it", decide("order", "one"), fault.Denied)
		r.same("by a second", decide("order", "two"), "")
		r.same("the father", r.choices("father"), "[]")
		r.same("the mother", r.choices("mother"), "[guardian kid]")
		father := actor.Actor{Person: "father", Session: "s"}
		for _, id := range []string{"order", "child:kid"} {
			r.same("he acts by "+id, r.refuses(func(tx *db.Tx) error { return r.actTx(tx, father, id) }), fault.Missing)
		}
		r.same("he answers it", r.refuses(func(tx *db.Tx) error { return r.answerTx(tx, father, "order", true) }), fault.Missing)
		r.same("he ends it", r.refuses(func(tx *db.Tx) error { return r.endTx(tx, father, "order") }), fault.Missing)
		r.same("twice", enter("x", "father", matterCustody, ""), fault.Conflict)

		r.same("taken back", enter("back", "father", matterReturned, ""), "")
		r.same("not yet", r.choices("father"), "[]")
		r.same("confirmed", decide("back", "two"), "")
		r.same("the father again", r.choices("father"), "[guardian kid]")

		day := r.now.Now().AddDate(0, 6, 0)
		r.same("for a time", enter("half", "father", matterCustody, clock.Day(day)), "")
		r.same("confirmed", decide("half", "two"), "")
		r.same("in it", r.choices("father"), "[]")
		r.now.Set(day.AddDate(0, 0, 1))
		r.same("after it", r.choices("father"), "[guardian kid]")
	})
}

// I5: whatever was given, taken back and let pass, nobody acts beyond what the
// principal gave for services, scopes and time, and no right makes another.
func TestDelegateNeverExceedsPrincipal(t *testing.T) {
	services := []string{"s/one", "s/two", "s/three"}
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			r := newRig(t, dbtest.Open(t, engine, migrations()...))
			n := 0
			rapid.Check(t, func(rt *rapid.T) {
				n++
				p, d := fmt.Sprintf("p%d", n), fmt.Sprintf("d%d", n)
				g := Grant{ID: r.ids.New(), Person: d, UntilAt: r.until(rapid.SampledFrom(lives).Draw(rt, "days"))}
				if !rapid.Bool().Draw(rt, "all services") {
					g.Services = rapid.SliceOfNDistinct(rapid.SampledFrom(services), 1, 3, rapid.ID).Draw(rt, "services")
				}
				r.write(func(tx *db.Tx) error { return r.giveTx(tx, actor.Actor{Person: p}, g) })
				active, ended, until := false, false, g.UntilAt
				for _, step := range rapid.SliceOfN(rapid.SampledFrom([]string{"accept", "end", "lay down", "wait", "pass on"}), 1, 6).Draw(rt, "steps") {
					switch step {
					case "accept":
						if r.refuses(func(tx *db.Tx) error { return r.answerTx(tx, actor.Actor{Person: d}, g.ID, true) }) == "" {
							active = true
						}
					case "end", "lay down":
						who := map[string]string{"end": p, "lay down": d}[step]
						r.write(func(tx *db.Tx) error { return r.endTx(tx, actor.Actor{Person: who}, g.ID) })
						ended = true
					case "wait":
						r.now.Advance(time.Duration(rapid.IntRange(1, 200).Draw(rt, "hours")) * time.Hour)
					case "pass on":
						acting := actor.Actor{Person: d, For: actor.For{Person: p, As: Carer, Right: g.ID}}
						if code := r.refuses(func(tx *db.Tx) error {
							return r.giveTx(tx, acting, Grant{ID: r.ids.New(), Person: "third" + d, UntilAt: r.until(30)})
						}); code != fault.Denied {
							rt.Fatalf("a right made another: %q", code)
						}
					}
					r.never(rt, p, d, g, active && !ended && clock.Micro(r.now.Now()) < until)
				}
			})
		})
	}
}

// never fails where what d may do for p is not exactly what g gave, if anything.
func (r *rig) never(rt *rapid.T, p, d string, g Grant, stands bool) {
	at := clock.Micro(r.now.Now())
	var c Choice
	var f actor.For
	var ok, there bool
	others := []string{p, "third" + d, "stranger"}
	theirs := make([]bool, len(others))
	r.write(func(tx *db.Tx) (err error) {
		if c, ok, err = r.Stands(tx, g.ID, d, at); err != nil {
			return err
		}
		if f, there, err = r.Right(tx, actor.Actor{Person: d}, g.ID, at); err != nil {
			return err
		}
		for i, other := range others {
			if _, theirs[i], err = r.Right(tx, actor.Actor{Person: other}, g.ID, at); err != nil {
				return err
			}
		}
		return nil
	})
	if ok != stands || !there || f.Over == stands {
		rt.Fatalf("it stands %t for a token, and is over %t for a session: want %t", ok, f.Over, stands)
	}
	if f.Person != p || stands && c.Principal != p || !slices.Equal(f.Services, g.Services) || f.Until > g.UntilAt {
		rt.Fatalf("%+v is more than %+v", f, g)
	}
	for _, s := range []string{"s/one", "s/two", "s/three", "s/four"} {
		if f.Covers(s) && g.Services != nil && !slices.Contains(g.Services, s) {
			rt.Fatalf("it covers %s", s)
		}
	}
	if stands && g.Services != nil && !slices.Equal(c.Scopes, []string{"openid"}) {
		rt.Fatalf("a token may ask for %v", c.Scopes)
	}
	if slices.Contains(theirs, true) {
		rt.Fatalf("of %v it is the right of %v too", others, theirs)
	}
}

// What the register says of a company holds at the moment that is asked about,
// although the clock has gone on until the register was read.
func TestADirectorsRightHasNoBeginning(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.companies["mum"] = []Company{{"IP1-X", "Kedai Mum"}}
		at := clock.Micro(r.now.Now())
		r.now.Advance(time.Second)
		r.write(func(tx *db.Tx) error {
			list, err := r.Choices(tx, "mum", at)
			r.same("a second later", fmt.Sprint(len(list)), "1")
			f, ok, err2 := r.Right(tx, actor.Actor{Person: "mum"}, directorPrefix+"IP1-X", at)
			r.same("of a session", fmt.Sprint(ok, " ", f.Over, " ", f.As, " ", f.Services, " ", f.Until), "true false director [s/two] 0")
			return errors.Join(err, err2)
		})
	})
}
