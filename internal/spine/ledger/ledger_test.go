package ledger

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/money"

	"pgregory.net/rapid"
)

var start = time.Date(2026, 11, 30, 1, 0, 0, 0, time.UTC)

type rig struct {
	*Ledger
	t     testing.TB
	d     *db.DB
	j     *journal.Journal
	clock *clock.Manual
}

func newRig(t testing.TB, d *db.DB) *rig {
	t.Helper()
	c := clock.NewManual(start)
	ids := id.NewSource(c, nil)
	key, _, err := journal.LoadKey(t.TempDir()+"/journal", "test/journal")
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.New(d, c, ids, "test/journal", key)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{New(d, c, ids, j), t, d, j, c}
}

func each(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newRig(t, d)) }, journal.Migration(), Migration())
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// chart opens accounts that a few agencies have.
func (r *rig) chart() {
	r.t.Helper()
	r.must(r.d.Write(context.Background(), func(tx *db.Tx) error {
		return r.OpenTx(tx,
			Account{Code: "clearing:duitnow", Agency: "jpj", Currency: money.MYR, Normal: Debit},
			Account{Code: others, Agency: "jpn", Currency: money.MYR, Normal: Credit},
			Account{Code: "agency:jpj:collected", Agency: "jpj", Currency: money.MYR, Normal: Credit, Floor: true},
			Account{Code: "agency:jpj:refunds-due", Agency: "jpj", Currency: money.MYR, Normal: Credit},
			Account{Code: "bank:514000", Agency: "jpj", Currency: money.MYR, Normal: Debit},
			Account{Code: "bank:yen", Agency: "jpj", Currency: "JPY", Normal: Debit})
	}))
}

func (r *rig) group(id string, transfers ...Transfer) Group {
	for i := range transfers {
		if transfers[i].ID == "" {
			transfers[i].ID = fmt.Sprintf("%s.%d", id, i)
		}
		if transfers[i].Kind == "" {
			transfers[i].Kind = Post
		}
	}
	return Group{ID: id, Agency: "jpj", Reason: "payment", Ref: "ref " + id, Day: "2026-11-30", Transfers: transfers}
}

func (r *rig) post(g Group) error {
	r.t.Helper()
	refused, err := r.Post(context.Background(), []Group{g})
	r.must(err)
	return refused[0]
}

func (r *rig) account(code string) (a Account) {
	r.t.Helper()
	r.must(r.d.Read(context.Background(), func(tx *db.Tx) (err error) { a, err = r.AccountTx(tx, code); return err }))
	return a
}

func (r *rig) sound() {
	r.t.Helper()
	a, err := r.Audit(context.Background())
	r.must(err)
	if len(a.Wrong) > 0 {
		r.t.Errorf("the books are wrong:\n%s", strings.Join(a.Wrong, "\n"))
	}
}

const (
	collect, clearing = "agency:jpj:collected", "clearing:duitnow"
	others            = "agency:jpn:collected" // another agency's
)

func TestPost(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		r.must(r.post(r.group("one", Transfer{Debit: clearing, Credit: collect, Amount: 1000})))
		r.must(r.post(r.group("one", Transfer{Debit: clearing, Credit: collect, Amount: 1000}))) // again
		if err := r.post(r.group("one", Transfer{Debit: clearing, Credit: collect, Amount: 999})); !errors.Is(err, ErrChanged) {
			t.Errorf("another content under a posted id: %v", err)
		}
		if a := r.account(collect); a.Balance() != 1000 || a.Available() != 1000 {
			t.Errorf("%+v", a)
		}
		r.must(r.post(r.group("hold", Transfer{ID: "h", Kind: Hold, Debit: collect, Credit: clearing, Amount: 600})))
		if err := r.post(r.group("more", Transfer{Debit: collect, Credit: clearing, Amount: 401})); !errors.Is(err, ErrFloor) {
			t.Errorf("more than is available: %v", err)
		}
		r.must(r.post(r.group("part", Transfer{Kind: Capture, Of: "h", Amount: 250})))
		for kind, amount := range map[Kind]money.Amount{Capture: 1, Release: 0} {
			if err := r.post(r.group("again", Transfer{Kind: kind, Of: "h", Amount: amount})); !errors.Is(err, ErrEnded) {
				t.Errorf("%s of a hold that has ended: %v", kind, err)
			}
		}
		a := r.account(collect)
		if a.Balance() != 750 || a.Available() != 750 || a.DebitsVoided != 350 || a.DebitsPending != 0 {
			t.Errorf("%+v", a)
		}
		r.sound()
	})
}

// What is wrong is refused whole, whatever of it is right, and changes nothing;
// what is posted beside it is posted.
func TestRefused(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		r.must(r.post(r.group("one", Transfer{Debit: clearing, Credit: collect, Amount: 1000}, Transfer{ID: "h", Kind: Hold, Debit: collect, Credit: clearing, Amount: 10})))
		good := Transfer{Debit: clearing, Credit: collect, Amount: 1}
		for name, bad := range map[string]Transfer{
			"nothing": {Debit: clearing, Credit: collect}, "negative": {Debit: clearing, Credit: collect, Amount: -1},
			"one account": {Debit: clearing, Credit: clearing, Amount: 1}, "no account": {Debit: clearing, Credit: "agency:none", Amount: 1},
			"two currencies": {Debit: clearing, Credit: "bank:yen", Amount: 1}, "too much": {Debit: clearing, Credit: collect, Amount: money.Max},
			"no hold": {Kind: Capture, Of: "none", Amount: 1}, "more than held": {Kind: Capture, Of: "h", Amount: 11},
			"a capture of nothing": {Kind: Capture, Of: "h"}, "a release of some": {Kind: Release, Of: "h", Amount: 1},
			"a kind of none": {Kind: "gift", Debit: clearing, Credit: collect, Amount: 1}, "a used id": {ID: "h", Kind: Hold, Debit: clearing, Credit: collect, Amount: 1},
			"no id":             {ID: "-", Kind: Hold, Debit: clearing, Credit: collect, Amount: 1},
			"a line of its own": {ID: "x\tpost\ta", Debit: clearing, Credit: collect, Amount: 1},
		} {
			before := r.account(collect)
			beside := r.group("beside "+name, Transfer{Debit: clearing, Credit: collect, Amount: 5})
			whole := r.group("bad", good, bad)
			whole.Transfers[1].ID = strings.TrimPrefix(whole.Transfers[1].ID, "-")
			refused, err := r.Post(context.Background(), []Group{whole, beside})
			r.must(err)
			if code := fault.CodeOf(refused[0]); refused[0] == nil || code != fault.Invalid && code != fault.Missing && code != fault.Conflict || refused[1] != nil {
				t.Errorf("%s: %v", name, refused)
			}
			if after := r.account(collect); after.Balance() != before.Balance()+5 || after.DebitsPending != 10 {
				t.Errorf("%s: %+v", name, after)
			}
		}
		r.must(r.post(r.group("h ends", Transfer{Kind: Capture, Of: "h", Amount: 10})))
		r.sound()
	})
}

// A group is refused for its own faults. An id that another group's hold has is
// one; of other transfers the id is nobody's.
func TestUsedIDKeepsNobodyBack(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		r.must(r.post(r.group("one", Transfer{ID: "h", Kind: Hold, Debit: clearing, Credit: collect, Amount: 1}, Transfer{ID: "t", Debit: clearing, Credit: collect, Amount: 1})))
		refused, err := r.Post(context.Background(), []Group{
			r.group("two", Transfer{ID: "h", Kind: Hold, Debit: clearing, Credit: collect, Amount: 2}),
			r.group("three", Transfer{ID: "t", Debit: clearing, Credit: collect, Amount: 4}),
			r.group("four", Transfer{ID: "k", Kind: Hold, Debit: clearing, Credit: collect, Amount: 8}, Transfer{ID: "k", Kind: Hold, Debit: clearing, Credit: collect, Amount: 16}),
			r.group("five", Transfer{ID: "k", Kind: Hold, Debit: clearing, Credit: collect, Amount: 32})})
		r.must(err)
		if !errors.Is(refused[0], ErrChanged) || refused[1] != nil || !errors.Is(refused[2], ErrChanged) || refused[3] != nil {
			t.Errorf("%v", refused)
		}
		if a := r.account(collect); a.Balance() != 5 || a.CreditsPending != 33 {
			t.Errorf("%+v", a)
		}
		r.sound()
	})
}

// A group has a day, and fields of one line.
func TestFields(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		for _, day := range []string{"", "; no a day", "2026-02-30", "2026-1-1", "1957-08-31", "2026-11-30 "} {
			g := r.group("day", Transfer{Debit: clearing, Credit: collect, Amount: 1})
			g.Day = day
			if err := r.post(g); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%q: %v", day, err)
			}
		}
		for _, text := range []string{"", "a\n2026-01-01 b", "a\x00", "a\xff", strings.Repeat("a", longest+1)} {
			g := r.group("reason", Transfer{Debit: clearing, Credit: collect, Amount: 1})
			g.Reason = text
			if err := r.post(g); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}

// Nobody keeps a hold for ever by the id that its end might have.
func TestLapseIsKeptBackByNobody(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		r.must(r.post(r.group("one", Transfer{ID: "h", Kind: Hold, Debit: clearing, Credit: collect, Amount: 10, Until: clock.Micro(start.Add(time.Hour))})))
		r.must(r.post(r.group("lapse:h", Transfer{Debit: clearing, Credit: collect, Amount: 1})))
		r.clock.Advance(2 * time.Hour)
		if n, err := r.Lapse(t.Context()); n != 1 || err != nil {
			t.Error(n, err)
		}
		if a := r.account(collect); a.CreditsPending != 0 {
			t.Errorf("%+v", a)
		}
	})
}

func TestLapse(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		until := clock.Micro(start.Add(time.Hour))
		r.must(r.post(r.group("one", Transfer{ID: "h", Kind: Hold, Debit: clearing, Credit: collect, Amount: 10, Until: until},
			Transfer{ID: "k", Kind: Hold, Debit: clearing, Credit: collect, Amount: 7})))
		if n, err := r.Lapse(t.Context()); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		r.clock.Advance(time.Hour + lapseWithin - time.Second)
		r.sound() // it is let go shortly
		r.clock.Advance(time.Hour)
		if a, err := r.Audit(t.Context()); err != nil || len(a.Wrong) != 1 || !strings.Contains(a.Wrong[0], "past its time") {
			t.Errorf("%+v %v", a, err)
		}
		if n, err := r.Lapse(t.Context()); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if a := r.account(collect); a.CreditsPending != 7 || a.CreditsVoided != 10 {
			t.Errorf("%+v", a)
		}
		r.sound()
	})
}

// A model of the books, and many groups at once: whatever is posted and refused,
// both hold the same, and the audit finds nothing.
func TestModel(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			run := fmt.Sprintf("r%d", n)
			codes := []string{run + ":a", run + ":b", run + ":c", run + ":d"}
			r.must(r.d.Write(context.Background(), func(tx *db.Tx) error {
				for i, c := range codes {
					side := Debit
					if i%2 == 1 {
						side = Credit
					}
					if err := r.OpenTx(tx, Account{Code: c, Agency: run, Currency: money.MYR, Normal: side, Floor: i < 2}); err != nil {
						return err
					}
				}
				return nil
			}))
			m := newModel(codes)
			for step := range rapid.IntRange(1, 6).Draw(rt, "steps") {
				var groups []Group
				for k := range rapid.IntRange(1, 3).Draw(rt, "groups") {
					groups = append(groups, m.draw(rt, fmt.Sprintf("%s.%d.%d", run, step, k)))
				}
				if len(m.posted) > 0 && rapid.IntRange(0, 3).Draw(rt, "again") == 0 {
					groups = append(groups, rapid.SampledFrom(m.posted).Draw(rt, "which"))
				}
				refused, err := r.Post(context.Background(), groups)
				if err != nil {
					rt.Fatal(err)
				}
				for i, g := range groups {
					if want := m.post(g); want != (refused[i] == nil) {
						rt.Fatalf("%+v: posted in the model %v, refused %v", g, want, refused[i])
					}
				}
			}
			for _, c := range codes {
				if a := r.account(c); a.Sums != m.sums[c] {
					rt.Fatalf("%s holds %+v, not %+v", c, a.Sums, m.sums[c])
				}
			}
		})
		r.sound()
	})
}

// model is the books in a few maps, worked out in another way than the ledger's:
// from all transfers, each time.
type model struct {
	codes  []string
	sums   map[string]Sums
	holds  map[string]Transfer
	ended  map[string]bool
	posted []Group
}

func newModel(codes []string) *model {
	return &model{codes: codes, sums: map[string]Sums{}, holds: map[string]Transfer{}, ended: map[string]bool{}}
}

func (m *model) draw(t *rapid.T, id string) Group {
	g := Group{ID: id, Agency: "x", Reason: "test", Day: "2026-11-30"}
	for i := range rapid.IntRange(1, 3).Draw(t, "transfers") {
		tr := Transfer{ID: fmt.Sprintf("%s/%d", id, i), Amount: money.Amount(rapid.IntRange(1, 50).Draw(t, "amount"))}
		tr.Kind = rapid.SampledFrom([]Kind{Post, Post, Hold, Capture, Release}).Draw(t, "kind")
		holds := slices.Sorted(maps.Keys(m.holds))
		if (tr.Kind == Capture || tr.Kind == Release) && len(holds) > 0 {
			tr.Of = rapid.SampledFrom(holds).Draw(t, "hold")
			if tr.Kind == Release {
				tr.Amount = 0
			}
		} else {
			if tr.Kind != Hold {
				tr.Kind = Post
			}
			two := rapid.Permutation(m.codes).Draw(t, "accounts")
			tr.Debit, tr.Credit = two[0], two[1]
		}
		g.Transfers = append(g.Transfers, tr)
	}
	return g
}

func (m *model) post(g Group) bool {
	for _, p := range m.posted {
		if p.ID == g.ID {
			return true // the same, since nothing else is drawn
		}
	}
	sums, holds, ended := maps.Clone(m.sums), maps.Clone(m.holds), maps.Clone(m.ended)
	available := func(code string, s Sums) money.Amount {
		if i := slices.Index(m.codes, code); i%2 == 0 {
			return s.DebitsPosted - s.CreditsPosted - s.CreditsPending
		}
		return s.CreditsPosted - s.DebitsPosted - s.DebitsPending
	}
	for _, t := range g.Transfers {
		var h money.Amount
		if t.Of != "" {
			hold, ok := holds[t.Of]
			if !ok || ended[t.Of] || t.Amount > hold.Amount {
				return false
			}
			t.Debit, t.Credit, h = hold.Debit, hold.Credit, hold.Amount
			ended[t.Of] = true
		}
		d, c := sums[t.Debit], sums[t.Credit]
		switch t.Kind {
		case Post:
			d.DebitsPosted += t.Amount
			c.CreditsPosted += t.Amount
		case Hold:
			d.DebitsPending += t.Amount
			c.CreditsPending += t.Amount
			holds[t.ID] = t
		default:
			d.DebitsPending, c.CreditsPending = d.DebitsPending-h, c.CreditsPending-h
			d.DebitsPosted, c.CreditsPosted = d.DebitsPosted+t.Amount, c.CreditsPosted+t.Amount
			d.DebitsVoided, c.CreditsVoided = d.DebitsVoided+h-t.Amount, c.CreditsVoided+h-t.Amount
		}
		for code, now := range map[string]Sums{t.Debit: d, t.Credit: c} {
			was := available(code, sums[code])
			if is := available(code, now); slices.Index(m.codes, code) < 2 && is < 0 && is < was {
				return false
			}
		}
		sums[t.Debit], sums[t.Credit] = d, c
	}
	m.sums, m.holds, m.ended, m.posted = sums, holds, ended, append(m.posted, g)
	return true
}

// Of many who capture one hold, or post one group, or spend what is there once,
// at once, one does.
func TestAtOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		r.must(r.post(r.group("one", Transfer{Debit: clearing, Credit: collect, Amount: 100}, Transfer{ID: "h", Kind: Hold, Debit: clearing, Credit: collect, Amount: 10})))
		var mu sync.Mutex
		did := map[string]int{}
		var all sync.WaitGroup
		for i := range 24 {
			all.Go(func() {
				for what, g := range map[string]Group{
					"capture": r.group(fmt.Sprintf("capture %d", i), Transfer{Kind: Capture, Of: "h", Amount: 10}),
					"spend":   r.group(fmt.Sprintf("spend %d", i), Transfer{Debit: collect, Credit: clearing, Amount: 60}),
				} {
					refused, err := r.Post(context.Background(), []Group{g})
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					if refused[0] == nil {
						did[what]++
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if did["capture"] != 1 || did["spend"] != 1 {
			t.Errorf("%v", did)
		}
		r.sound()
	})
}
