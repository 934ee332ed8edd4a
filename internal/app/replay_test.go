package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"balai/internal/domain/service"
	"balai/internal/domain/service/replay"
	"balai/internal/spine/db"
)

// working is a folder with the catalogue, one cell of it changed.
func working(t *testing.T, file, old, new string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, edited(t, file, old, new)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// replayed runs the command over the rig's hall.
func (r *rig) replayed(args ...string) (out string, err error) {
	r.t.Helper()
	ask, more, err := readReplaying(args)
	r.must(err)
	r.wants("settings", len(more), 0)
	var o, e bytes.Buffer
	pair, err := r.against(context.Background(), ask, Std{Out: &o, Err: &e})
	if err == nil {
		if ask.population {
			err = r.replayPopulation(context.Background(), pair, Std{Out: &o, Err: &e})
			return o.String(), err
		}
		err = r.replayCases(context.Background(), ask, pair, Std{Out: &o, Err: &e})
	}
	return o.String(), err
}

const aidFile = aid + "/service.yaml"

// aided registers a newborn of a mother whose household earns so much, and
// applies for child aid.
func (r *rig) aided(mother string, income int64) service.Receipt {
	r.t.Helper()
	r.born(mother)
	r.drain()
	r.write(func(tx *db.Tx) error {
		_, err := tx.Exec(`update register_household set monthly_income_cents=$1 where id=$2`, income, "home"+mother[1:])
		return err
	})
	rec, err := r.apply(mother, aid, "aid-"+mother, map[string]any{"pay_to": "held"})
	r.must(err)
	r.drain()
	return rec
}

// TestReplay: one cell of a table changes what it changes and nothing else; a
// case is replayed on what was recorded, whatever the registers hold by now.
func TestReplay(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.aided("m0", 200000)
		between := r.aided("m4", 320000)
		r.aided("m5", 360000)
		r.wants("members", r.facts("m4", "welfare.household")["household.members"], 3)
		r.write(func(tx *db.Tx) error { // what happens later is nobody's past
			_, err := tx.Exec(`update register_household set monthly_income_cents=999900 where id='home0'`)
			return err
		})
		dir := working(t, aidFile, "household_members == 3 ? 350000", "household_members == 3 ? 300000")

		out, err := r.replayed(aid, "--against", dir)
		r.wants("exit", err, exit(changes))
		for _, want := range []string{"replayed     3        0", "the same     2        0", "changed     1        0",
			"was a yes at once, goes to an officer now     1",
			"paid by a yes at once      2  RM400.00  RM200.00   -RM200.00",
			"paid if officers say yes      2  RM200.00  RM400.00   +RM200.00",
			"was household_members <= 2 ? 280000 : household_members == 3 ? 350000",
			between.Ref + ", sent 2026-11-23, MY-03: was a yes at once, goes to an officer now",
			"was  a yes at once; rule 6 of 6 gives eligible: The household income is within",
			"now  an officer decides; rule 5 of 6 gives maybe: The household income is above",
			"income_cents RM3,200.00, income_limit_cents RM3,000.00",
			"condition 3 of work.automatic not met"} {
			if !strings.Contains(squeezed(out), squeezed(want)) {
				t.Errorf("the report lacks %q:\n%s", want, out)
			}
		}
		if strings.Contains(out, "Aisyah") || strings.Contains(out, "Imani") || strings.Contains(out, "940312") {
			t.Errorf("the report names somebody:\n%s", out)
		}
		r.wants("leaves", r.leaves("service.replayed"), 1)

		// The service's own folder is as good, and one that changes nothing changes nothing.
		own := filepath.Join(dir, filepath.FromSlash(aid))
		same, err := r.replayed(aid, "--against", own)
		r.wants("exit over the service's own folder", err, exit(changes))
		r.wants("report", same, out)
		out, err = r.replayed(aid, "--against", working(t, birthFile, "has_notice ? 1 : 3", "has_notice ? 1 : 3"))
		if err != nil || !strings.Contains(out, "The folder changes nothing.") || strings.Contains(out, "changed cases") {
			t.Errorf("the same folder: %v\n%s", err, out)
		}

		// What was erased is told, and counts as nothing else.
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`update service_application set facts='', answers='' where ref=$1`, between.Ref)
			return err
		})
		out, err = r.replayed(aid, "--against", dir)
		if err != nil || !strings.Contains(out, "1 case could not be replayed: their content was erased.") || strings.Contains(out, between.Ref) {
			t.Errorf("an erased case: %v\n%s", err, out)
		}
	})
}

func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }

// TestReplayFiles: the files hold every changed case, whole, and name nobody.
func TestReplayFiles(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		changed := r.aided("m0", 320000)
		r.aided("m4", 200000)
		dir, out := working(t, aidFile, "household_members == 3 ? 350000", "household_members == 3 ? 300000"), t.TempDir()
		file := func(name string) string { return filepath.Join(out, name) }
		_, err := r.replayed(aid, "--against", dir, "--limit", "0", "--made", "40", "--csv", file("a.csv"), "--json", file("a.json"), "--html", file("a.html"))
		r.wants("exit", err, exit(changes))
		read := func(name string) string {
			text, err := os.ReadFile(file(name))
			r.must(err)
			for _, secret := range []string{"Aisyah", "Imani", "940312", "Bank Contoh"} {
				if bytes.Contains(text, []byte(secret)) {
					t.Errorf("%s holds %q", name, secret)
				}
			}
			return string(text)
		}
		if text := read("a.csv"); !strings.Contains(text, changed.Ref+",false,2026-11-23,MY-03,yes-officer,yes,6,eligible,20000,0,0,officer,5,maybe,20000,0,5,\n") {
			t.Errorf("the table lacks the case:\n%s", text)
		}
		var whole struct {
			Cases  []replay.Change
			Report replay.Report
		}
		r.must(json.Unmarshal([]byte(read("a.json")), &whole))
		if whole.Report.Changed.Past != 1 || whole.Report.Replayed != (replay.Count{Past: 2, Made: 40}) || len(whole.Cases) != whole.Report.Changed.All() || whole.Cases[0].Ref != changed.Ref {
			t.Errorf("%+v", whole)
		}
		if page := read("a.html"); strings.Contains(page, "⟦") || strings.Contains(page, "<script") || strings.Contains(page, "http://") || !strings.Contains(page, `lang="en"`) {
			t.Error("the page does not stand alone in both languages")
		}
		left, err := os.ReadDir(out)
		r.must(err)
		r.wants("files", len(left), 3)
	})
}

// TestReplayPopulation: a reform over everybody in the registers counts a child
// once, though both parents may apply for it, and shows no small group.
func TestReplayPopulation(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		const born = 30
		for i := range born {
			r.born(fmt.Sprintf("m%d", i+4))
		}
		r.drain()
		poor := func(from, to int, income int64) {
			r.write(func(tx *db.Tx) error {
				for i := from; i < to; i++ {
					if _, err := tx.Exec(`update register_household set monthly_income_cents=$1 where id=$2`, income, fmt.Sprintf("home%d", i)); err != nil {
						return err
					}
				}
				return nil
			})
		}
		poor(4, 16, 200000)  // 12 within both limits
		poor(16, 29, 320000) // 13 within the old one only
		poor(29, 34, 900000) // 5 within none
		people := r.count(`select count(*) from register_person where status='valid'`)
		out, err := r.replayed(aid, "--against", working(t, aidFile, "household_members == 3 ? 350000", "household_members == 3 ? 300000"), "--population")
		r.wants("exit", err, exit(changes))
		for _, want := range []string{fmt.Sprintf("%d people looked at", people), "entitled 25 12 0 13",
			"Money a month: RM5,000.00 before, RM2,400.00 after, -RM2,600.00", "Money a year: RM60,000.00 before, RM28,800.00 after, -RM31,200.00",
			"MY-03 25 12 0 13", "2: RM2,000.00 to below RM4,000.00 25 12 0 13"} {
			if !strings.Contains(squeezed(out), want) {
				t.Errorf("the report lacks %q:\n%s", want, out)
			}
		}
		// One family less on the other side: nobody learns of nine.
		poor(16, 20, 200000)
		out, _ = r.replayed(aid, "--against", working(t, aidFile, "household_members == 3 ? 350000", "household_members == 3 ? 300000"), "--population")
		if !strings.Contains(squeezed(out), "entitled 25 not shown not shown fewer than 10") || strings.Contains(out, " 9 ") || strings.Contains(out, "RM3,200.00") {
			t.Errorf("a small group is shown:\n%s", out)
		}
	})
}

// TestReplayRefuses: a folder that cannot be used is refused with a plain
// sentence, and nothing is replayed.
func TestReplayRefuses(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		dir := working(t, aidFile, "param.age_limit_years", "param.age_limit")
		broken, err := r.replayed(aid, "--against", dir)
		if err == nil || !strings.Contains(err.Error(), "nothing was replayed") || !strings.Contains(broken, aidFile+":") {
			t.Errorf("a broken definition: %v\n%s", err, broken)
		}
		r.aided("m0", 200000)
		failing := working(t, aidFile, `when: "income_cents > income_limit_cents"`, `when: "income_cents / (household_members - household_members) > 1"`)
		if out, err := r.replayed(aid, "--against", failing); err == nil || !strings.Contains(err.Error(), "an expression failed in 1 of the cases") || !strings.Contains(out, "division by zero") {
			t.Errorf("an expression that fails: %v\n%s", err, out)
		}
		list := "[1,2,3,4,5,6,7,8,9]"
		for range 5 {
			list = "[1,2,3,4,5,6,7,8,9].map(x, size(" + list + "))"
		}
		endless := working(t, aidFile, `    when: "true"
    params: {monthly_cents`, `    when: "size(`+list+`) > 0"
    params: {monthly_cents`)
		if out, err := r.replayed(aid, "--against", endless); err == nil || !strings.Contains(out, "nesting limit") {
			t.Errorf("an expression that goes on and on: %v\n%s", err, out)
		}
		linked := working(t, aidFile, "param.age_limit_years", "param.age_limit_years")
		at := filepath.Join(linked, filepath.FromSlash(aidFile))
		r.must(os.Remove(at))
		r.must(os.Symlink(filepath.Join(dir, filepath.FromSlash(birthFile)), at))
		for _, c := range []struct{ service, dir, says string }{
			{"jkm/nothing", dir, "no service jkm/nothing"},
			{aid, filepath.Join(dir, filepath.FromSlash(birth)), "holds " + birth + ", not " + aid},
			{aid, filepath.Join(dir, "nowhere"), "there is no folder"},
			{aid, filepath.Join(dir, "jkm"), "holds neither"},
			{aid, linked, "is a link"},
		} {
			if out, err := r.replayed(c.service, "--against", c.dir); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s against %s: %v, want %q\n%s", c.service, c.dir, err, c.says, out)
			}
		}
		r.wants("leaves, of the one that was replayed", r.leaves("service.replayed"), 1)
	})
}
