package casework_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/outbox"
)

// sequences is how many generated sequences both engines live through: N=10000
// for more.
func sequences(t *testing.T) {
	t.Helper()
	n := "1000"
	if more := os.Getenv("N"); more != "" {
		n = more
	}
	checks := flag.Lookup("rapid.checks").Value
	was := checks.String()
	if err := checks.Set(n); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := checks.Set(was); err != nil {
			t.Error(err)
		}
	})
}

// awkward are texts over which databases differ: a NUL, broken UTF-8, half a
// surrogate, marks that fold or sort in several ways, what looks like a
// placeholder or an escape.
var awkward = []string{"", " ", "\x00", "a\x00b", "\xff", "caf\xc3", "\xed\xa0\x80", "é", "é", "ﬁ", "ß", "İ", "'", `\`, `\x41`, "$1", "%_", "\u200b", "\u202e",
	"\ufeff", "🏛️", "\U0010ffff", "\r\n", "null", strings.Repeat("x", 70000)}

// text is any text, awkward more often than not.
func text(t *rapid.T) string {
	if rapid.Bool().Draw(t, "awkward") {
		return rapid.SampledFrom(awkward).Draw(t, "text")
	}
	return rapid.String().Draw(t, "text")
}

// told is an error as somebody is told it: the same on both engines.
func told(err error) string {
	if err == nil {
		return ""
	}
	f, _ := fault.As(err)
	if f == nil {
		return "not a fault: " + err.Error()
	}
	return fmt.Sprint(f.Code, f.Key, f.Args, f.Fields)
}

// seen is all that the hall shows of a case, without what chance makes.
func (r *rig) seen(ref string) string {
	r.t.Helper()
	var b strings.Builder
	c := r.get(ref)
	fmt.Fprintf(&b, "%+v\n", c)
	for _, a := range r.acts(ref) {
		fmt.Fprintf(&b, "%+v\n", a)
	}
	r.read(func(tx *db.Tx) error {
		for _, by := range cast() {
			kinds, err := r.engine.Allowed(tx, by, c)
			if err != nil {
				return err
			}
			fmt.Fprintln(&b, by.Person, by.Role, kinds)
		}
		return nil
	})
	return chance.ReplaceAllString(b.String(), "ID")
}

// chance is what differs between two halls that live the same: ids, and the
// references of appeals.
var chance = regexp.MustCompile(`BLH(-[0-9A-Z]{4}){4}-[0-9A-Z]|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// queues is what each officer's desk lists and counts.
func (r *rig) queues() string {
	r.t.Helper()
	var b strings.Builder
	r.read(func(tx *db.Tx) error {
		for _, f := range []casework.Filter{
			{Roles: []string{checker, decider}, Place: "MY-03", Limit: 200}, {Roles: []string{decider}, Newest: true, Limit: 7},
			{Roles: []string{appeals}, Limit: 50}, {Roles: []string{checker}, Due: "late", Limit: 50}, {Agency: "jpn", Audit: true, Limit: 50},
		} {
			list, err := r.engine.Queue(tx, f)
			if err != nil {
				return err
			}
			var lines []string
			for _, c := range list {
				lines = append(lines, chance.ReplaceAllString(fmt.Sprint(c.Ref, c.State, c.DueAt), "ID"))
			}
			if slices.Contains(f.Roles, appeals) {
				slices.Sort(lines) // of two that are due together, the reference is first by chance
			}
			fmt.Fprintln(&b, lines)
			n, err := r.engine.Counts(tx, f)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "%+v\n", n)
		}
		by, overdue, err := r.engine.OpenByState(tx)
		fmt.Fprintln(&b, by, overdue)
		return err
	})
	return b.String()
}

// TestEnginesAgree: whatever people do, and whatever they write, both databases
// accept and refuse the same with the same words, and show the same afterwards.
func TestEnginesAgree(t *testing.T) {
	if len(dbtest.Engines()) < 2 {
		t.Log("needs a PostgreSQL beside SQLite: BALAI_TEST_PG names one in `make test`")
		return
	}
	sequences(t)
	var rigs []*rig
	for _, engine := range dbtest.Engines() {
		r := newRig(t, dbtest.Open(t, engine, casework.Migration(), journal.Migration(), outbox.Migration()))
		r.engine.Handle("jpn/", issuer{r})
		rigs = append(rigs, r)
	}
	a, b := rigs[0], rigs[1]
	alike := func(t *rapid.T, what, x, y string) {
		if x != y {
			t.Fatalf("%s differs:\n%s: %s\n%s: %s", what, a.db.Engine(), x, b.db.Engine(), y)
		}
	}
	done, refused, n := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		o := opening()
		o.Ref = fmt.Sprintf("BLH-%d", n)
		o.FeeCents = rapid.SampledFrom([]int64{0, 5000}).Draw(t, "fee")
		if rapid.IntRange(0, 3).Draw(t, "own title") == 0 { // into columns of their own, not into JSON
			o.Title.EN, o.Basis = text(t), text(t)
		}
		var errs [2]error
		for i, r := range rigs {
			_, errs[i] = r.tryOpen(o)
		}
		alike(t, "opening", told(errs[0]), told(errs[1]))
		if errs[0] != nil {
			refused++
			return
		}
		for range rapid.IntRange(2, 7).Draw(t, "steps") {
			// Day by day: what is due on one day is done before the next.
			for range rapid.SampledFrom([]int{0, 0, 0, 1, 5}).Draw(t, "days") {
				for _, r := range rigs {
					r.clock.Advance(24 * time.Hour)
					r.drain()
				}
			}
			before := a.get(o.Ref)
			by, kind := a.attempt(t, before)
			version := before.Version - rapid.SampledFrom([]int{0, 0, 0, 0, 1}).Draw(t, "stale")
			d := someData(t, kind)
			for _, field := range []string{"text", "note", "question", "grounds", "reason", "reasons"} {
				if _, has := d[field]; has && rapid.IntRange(0, 3).Draw(t, "own words") == 0 {
					d[field] = text(t)
				}
			}
			var acts [2]string
			for i, r := range rigs {
				_, err := r.tryAt(by, o.Ref, version, kind, d)
				acts[i] = told(err)
			}
			alike(t, fmt.Sprintf("%s by %s", kind, who(by)), acts[0], acts[1])
			if acts[0] == "" {
				done++
			} else {
				refused++
			}
		}
		alike(t, "the case", a.seen(o.Ref), b.seen(o.Ref))
		if n%50 == 0 {
			alike(t, "a desk", a.queues(), b.queues())
		}
	})
	if done < n || refused < n/4 {
		t.Errorf("%d sequences did %d acts and were refused %d", n, done, refused)
	}
	for _, r := range rigs {
		r.sound()
	}
}

func who(by actor.Actor) string { return by.Person + "/" + by.Role }

func (r *rig) tryOpen(o casework.Opening) (c casework.Case, err error) {
	err = r.write(func(tx *db.Tx) (err error) { c, err = r.engine.OpenTx(tx, o); return err })
	return c, err
}
