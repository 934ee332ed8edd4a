package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing/fstest"
	"time"

	holidays "balai/demo/calendar"
	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
)

// recounts measures how long it takes until the due dates of n open cases are right again: where nothing has changed,
// after a gazette has given one state a holiday to come, and after a day that has passed was corrected. A tenth of the
// cases were stopped for an answer and run again.
func recounts(ctx context.Context, n int, pg string) error {
	fmt.Printf("\n### Recomputed deadlines\n\n%d open cases of sixteen states, received in the last ten days, a tenth of them stopped for an answer and run again.\n", n)
	fmt.Println("\n| engine | nothing changed | a holiday to come in one state | due on another day then | a passed day corrected | numbered again | told by an act |\n|---|---|---|---|---|---|---|")
	for _, e := range []struct{ name, dsn string }{{"sqlite", ""}, {"postgres", pg}} {
		if e.name == "postgres" && pg == "" {
			continue
		}
		if err := recount(ctx, n, e.name, e.dsn); err != nil {
			return err
		}
	}
	return nil
}

func recount(ctx context.Context, n int, name, dsn string) error {
	dir, err := os.MkdirTemp("", "balai-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if dsn == "" {
		dsn = filepath.Join(dir, "bench.db")
	}
	quick := dsn
	if name == "sqlite" {
		quick += "?durable=off" // while the cases are made; what is measured asks the disk
	}
	d, err := db.Open(ctx, quick, nil)
	if err != nil {
		return err
	}
	defer func() { d.Close() }()
	sets := []db.Migration{outbox.Migration(), journal.Migration(), casework.Migration()}
	if err := d.Migrate(ctx, sets...); err != nil {
		return err
	}
	now := clock.NewManual(time.Date(2026, 11, 13, 9, 0, 0, 0, clock.Zone))
	engine := func(files fs.FS) (*casework.Engine, error) {
		ids := id.NewSource(now, nil)
		key, _, err := journal.LoadKey(filepath.Join(dir, "key"), "bench.example/journal")
		if err != nil {
			return nil, err
		}
		j, err := journal.New(d, now, ids, "bench.example/journal", key)
		if err != nil {
			return nil, err
		}
		cals, err := calendar.Load(files)
		if err != nil {
			return nil, err
		}
		x, err := casework.New(d, now, ids, j, outbox.New(d, now, ids, nil), cals)
		if err == nil {
			x.Handle("bench/", quiet{})
		}
		return x, err
	}
	before, err := engine(holidays.Files)
	if err != nil {
		return err
	}
	if err := patterns(ctx, d, before, now); err != nil {
		return err
	}
	if err := copies(ctx, d, n, sets); err != nil {
		return err
	}
	if name == "postgres" { // as its autovacuum does sooner or later; no transaction may
		pool, err := sql.Open("pgx", dsn)
		if err != nil {
			return err
		}
		_, err = pool.ExecContext(ctx, "vacuum analyze casework_case")
		if err = errors.Join(err, pool.Close()); err != nil {
			return err
		}
	}
	if err := d.Close(); err != nil {
		return err
	}
	if d, err = db.Open(ctx, dsn, nil); err != nil {
		return err
	}
	if before, err = engine(holidays.Files); err != nil {
		return err
	}
	began := time.Now()
	if moved, err := before.Recount(ctx); err != nil || moved != 0 {
		return fmt.Errorf("nothing had changed, and %d moved: %w", moved, err)
	}
	looked := time.Since(began)
	set, err := gazetted(holidayToCome, "")
	if err != nil {
		return err
	}
	after, err := engine(set)
	if err != nil {
		return err
	}
	moves, err := dueFrom(ctx, d, holidayToCome)
	if err != nil {
		return err
	}
	began = time.Now()
	if moved, err := after.Recount(ctx); err != nil || moved != 0 {
		return fmt.Errorf("a holiday to come was told by %d acts: %w", moved, err)
	}
	took := time.Since(began)
	if set, err = gazetted(holidayToCome, holidayPassed); err != nil {
		return err
	}
	if after, err = engine(set); err != nil {
		return err
	}
	var kelantan int
	count := `select count(*) from casework_case where calendar = 'MY-03'`
	if err := d.Read(ctx, func(tx *db.Tx) error { return tx.QueryRow(count).Scan(&kelantan) }); err != nil {
		return err
	}
	began = time.Now()
	told, err := after.Recount(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("| %s | %.2f s | %.2f s | %d | %.1f s | %d | %d |\n", name, looked.Seconds(), took.Seconds(), moves, time.Since(began).Seconds(), kelantan, told)
	return nil
}

// A holiday that is gazetted after the cases of the bench were received, and one that was before them.
const holidayToCome, holidayPassed = "2026-11-25", "2026-11-08"

// dueFrom counts the cases of Kelantan that are due on a day or after it.
func dueFrom(ctx context.Context, d *db.DB, day string) (n int, err error) {
	set, err := calendar.Load(holidays.Files)
	if err != nil {
		return 0, err
	}
	cal, err := set.State("MY-03")
	if err != nil {
		return 0, err
	}
	at, err := time.ParseInLocation(time.DateOnly, day, clock.Zone)
	if err != nil {
		return 0, err
	}
	err = d.Read(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(`select count(*) from casework_case where calendar = 'MY-03' and due_no >= $1`, cal.Number(clock.Micro(at))).Scan(&n)
	})
	return n, err
}

// gazetted are the calendars with a holiday in Kelantan added and one taken away.
func gazetted(added, away string) (fs.FS, error) {
	out := fstest.MapFS{}
	names, err := fs.Glob(holidays.Files, "*")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		data, err := fs.ReadFile(holidays.Files, name)
		if err != nil {
			return nil, err
		}
		if name == "MY_03.json" {
			days := map[string]string{}
			if err := json.Unmarshal(data, &days); err != nil {
				return nil, err
			}
			days[added] = "Additional holiday"
			delete(days, away)
			if data, err = json.Marshal(days); err != nil {
				return nil, err
			}
		}
		out[name] = &fstest.MapFile{Data: data}
	}
	return out, nil
}

// patterns opens two cases an hour for ten days, each of another state.
func patterns(ctx context.Context, d *db.DB, engine *casework.Engine, now *clock.Manual) error {
	text := locale.Text{MS: "Permohonan", EN: "Application"}
	for i := range 480 {
		if i%2 == 0 {
			now.Advance(time.Hour / 2)
		}
		who := actor.Actor{Person: fmt.Sprintf("bench-%d", i), Name: "Bench"}
		officer := actor.Actor{Person: "officer", Name: "Officer", Post: "officer-post", Role: "bench/officer", Agency: "bench", Unit: "bench",
			State: fmt.Sprintf("MY-%02d", 1+i%16), Title: text}
		err := d.Write(ctx, func(tx *db.Tx) error {
			c, err := engine.OpenTx(tx, casework.Opening{Kind: "bench/case", Release: "1", Title: text, Applicant: who.Person, By: who, Agency: "bench", Unit: "bench",
				Calendar: officer.State, Plan: []casework.Step{{Name: casework.StepDecide, Role: "bench/officer", WithinDays: 5 + i%10}}})
			if err != nil || i%10 != 0 {
				return err
			}
			if c, err = engine.ActTx(tx, officer, c.Ref, c.Version, casework.Act{Kind: casework.Ask, Data: map[string]any{"question": "?", "due_in_days": 9}}); err != nil {
				return err
			}
			_, err = engine.ActTx(tx, who, c.Ref, c.Version, casework.Act{Kind: casework.Reply, Data: map[string]any{"text": "."}})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// copies repeats the cases and their clocks under other references until there are n. It is one statement a table,
// and the indexes are made when the rows are there.
func copies(ctx context.Context, d *db.DB, n int, sets []db.Migration) error {
	applied, err := d.Applied(ctx)
	if err != nil {
		return err
	}
	tables, err := db.Schema(applied, sets...)
	if err != nil {
		return err
	}
	indexes := "select name, sql from sqlite_master where type = 'index' and tbl_name = 'casework_case' and sql is not null"
	if d.Engine() == "postgres" {
		indexes = "select indexname, indexdef from pg_indexes where schemaname = current_schema() and tablename = 'casework_case' and indexname <> 'casework_case_pkey'"
	}
	var again []string
	err = d.Write(ctx, func(tx *db.Tx) error {
		var cases int
		if err := tx.QueryRow("select count(*) from casework_case").Scan(&cases); err != nil {
			return err
		}
		names, err := db.List(tx, func(s db.Scanner) (name string, err error) {
			var q string
			err = s.Scan(&name, &q)
			again = append(again, q)
			return name, err
		}, indexes)
		if err != nil {
			return err
		}
		for _, name := range names {
			if _, err := tx.Exec("drop index " + name); err != nil {
				return err
			}
		}
		for _, t := range tables {
			if t.Name != "casework_case" && t.Name != "casework_span" {
				continue
			}
			var to, from []string
			for _, c := range t.Columns {
				to, from = append(to, c.Name), append(from, "p."+c.Name)
				if c.Name == "ref" { // in order, so that making them takes no longer than it must
					from[len(from)-1] = "'BLX-' || cast(1000000 + r.n as text) || '-' || p.ref"
				}
			}
			if _, err := tx.Exec("create table bench_pattern as select * from " + t.Name); err != nil {
				return err
			}
			_, err := tx.Exec("with recursive r (n) as (select 1 union all select n + 1 from r where n < " + fmt.Sprint((n-1)/cases) + ") insert into " + t.Name +
				" (" + strings.Join(to, ", ") + ") select " + strings.Join(from, ", ") + " from r cross join bench_pattern p order by r.n, p.ref")
			if err != nil {
				return err
			}
			if _, err := tx.Exec("drop table bench_pattern"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, q := range append(again, "analyze") { // as the database itself does sooner or later
		if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(q); return err }); err != nil {
			return err
		}
	}
	return nil
}
