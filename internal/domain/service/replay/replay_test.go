package replay_test

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"balai/catalogue"
	"balai/internal/domain/service/definition"
	"balai/internal/domain/service/replay"
)

const (
	aid   = "jkm/child-aid"
	today = "2026-11-23"
)

// pair is child aid in force and with one text of it replaced.
func pair(t testing.TB, old, new string) replay.Pair {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, catalogue.FS); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, filepath.FromSlash(aid), "service.yaml")
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), old) {
		t.Fatalf("%v: no %q", err, old)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), old, new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	changed, err := replay.OpenFolder(dir, aid, catalogue.FS)
	if err != nil || changed.Def == nil {
		t.Fatal(err, changed.Problems)
	}
	inForce, _ := definition.LoadService(catalogue.FS, aid)
	return replay.Pair{Old: inForce, New: changed.Def, Number: 1}
}

// made replays n made cases of a seed.
func made(t testing.TB, p replay.Pair, seed uint64, n int) (*replay.Report, []replay.Change) {
	t.Helper()
	m, err := replay.NewMaker(p.Old, seed, today, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, all := replay.NewReport(p, 5), []replay.Change{}
	err = replay.Run(context.Background(), p, []replay.Source{m.Source(n)}, func(c replay.Change) error {
		r.Add(c)
		all = append(all, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r, all
}

// TestMadeCasesAreOfTheirSeed: the same seed makes the same cases, in the same
// order on however many cores; all could have been sent.
func TestMadeCasesAreOfTheirSeed(t *testing.T) {
	p := pair(t, "household_members == 3 ? 350000", "household_members == 3 ? 200000")
	one, first := made(t, p, 1, 3000)
	again, second := made(t, p, 1, 3000)
	if !reflect.DeepEqual(first, second) || !reflect.DeepEqual(one, again) {
		t.Error("the same seed made other cases")
	}
	if _, other := made(t, p, 2, 3000); reflect.DeepEqual(first, other) {
		t.Error("another seed made the same cases")
	}
	if one.Replayed != (replay.Count{Made: 3000}) || one.Changed.Made == 0 || one.Same.Made == 0 || one.Lost() != 0 {
		t.Errorf("%+v", one)
	}
	for _, c := range first {
		if c.Old.Standing != replay.Yes && c.Old.Standing != replay.Officer {
			t.Fatalf("%s could not have been sent: %+v", c.Ref, c.Old)
		}
	}
}

// TestOneCell: exactly the cases that the changed cell is about change, and the
// sums are those of the changed cases.
func TestOneCell(t *testing.T) {
	p := pair(t, "household_members == 3 ? 350000", "household_members == 3 ? 200000")
	r, all := made(t, p, 1, 3000)
	var before, after int64
	changed := 0
	for _, c := range all {
		if c.Old.Standing == replay.Yes {
			before += c.Old.PayCents
		}
		if c.New.Standing == replay.Yes {
			after += c.New.PayCents
		}
		was, is := c.Old.Rule == 6, c.New.Rule == 5
		if (c.Kind != "") != (was && is) {
			t.Fatalf("%s changes by another rule: %+v", c.Ref, c)
		}
		if c.Kind == "" {
			continue
		}
		changed++
		if income := c.Old.Looked["income_cents"].(int64); income <= 200000 || income > 350000 || c.New.Looked["income_limit_cents"] != int64(200000) {
			t.Fatalf("%s is not about the cell: %+v", c.Ref, c)
		}
	}
	if changed != r.Changed.Made || r.AtOnce.Before != before || r.AtOnce.After != after || after >= before || len(r.Examples) != 5 {
		t.Errorf("%d changed, %d to %d; the report has %+v", changed, before, after, r)
	}
	if none, _ := made(t, replay.Pair{Old: p.Old, New: p.Old}, 1, 300); none.Changed.All() != 0 || none.Same.Made != 300 {
		t.Errorf("the same definition changes something: %+v", none)
	}
}

// TestKinds: each kind of change is told as what it is.
func TestKinds(t *testing.T) {
	for _, c := range []struct {
		old, new string
		kind     replay.Kind
	}{
		{"monthly_cents: 20000", "monthly_cents: 25000", replay.Amount},
		{`cents: "0"`, `cents: "500"`, replay.Fee}, // still a yes, and paid first
		{"verdict: eligible\n", "verdict: entitled\n", replay.Verdict},
		{`within_working_days: "income_known ? 3 : 5"`, `within_working_days: "9"`, replay.Time},
		{"child_age_years < param.age_limit_years", "child_age_years < 1", "yes-officer"},
		{`account_tail: "account_held ?`, `account_tail: "!account_held ?`, replay.Outcome},
	} {
		r, _ := made(t, pair(t, c.old, c.new), 1, 600)
		if r.ByKind[c.kind] == nil {
			t.Errorf("%s -> %s: no %s among %v", c.old, c.new, c.kind, r.ByKind)
		}
	}
}

// BenchmarkReplay replays a made case under both versions.
func BenchmarkReplay(b *testing.B) {
	p := pair(b, "household_members == 3 ? 350000", "household_members == 3 ? 300000")
	m, err := replay.NewMaker(p.Old, 1, today, nil)
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		p.Compare(m.Case(i))
	}
}
