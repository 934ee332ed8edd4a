package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"balai/internal/spine/db"
)

// queued is how many open cases wait for the officer whose desk is measured.
const queued = 50_000

// fullDesk measures an officer's desk whose queue is long: as it opens, under
// the filters that a hurried officer uses, and newest first.
func (b bench) fullDesk(ctx context.Context, engine string) error {
	data, err := os.MkdirTemp("", "balai-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	dsn := b.dsn(engine)
	h, err := b.start(data, dsn)
	if err != nil {
		return err
	}
	h.calm()
	mother, err := h.signIn("norazlina")
	if err == nil {
		_, err = h.apply("norazlina", mother)
	}
	h.stop()
	if err != nil {
		return err
	}
	if err := fill(ctx, data, dsn); err != nil {
		return err
	}
	if h, err = b.start(data, dsn); err != nil {
		return err
	}
	defer h.stop()
	h.calm()
	officer, err := h.signIn("off-jb-reg")
	if err != nil {
		return err
	}
	for _, page := range [][2]string{{"as it opens", "/desk"}, {"one service in ten", "/desk?service=jpn%2Fdeath-registration"},
		{"a service without a case", "/desk?service=jpn%2Fchange-of-address"}, {"newest first", "/desk?order=new"},
		{"one service, newest first", "/desk?service=jpn%2Fdeath-registration&order=new"}} {
		ask := request("GET", hostOf(h.address), page[1], officer, "")
		each := func(int, int) []byte { return ask }
		closed(h.address, 4, b.d/2, 200, each) // warm
		before := h.ticks()
		most := closed(h.address, 4, b.d, 200, each)
		work := float64(h.ticks()-before) * 10 / float64(max(1, most.n))
		at := open(h.address, 16, 10, 2*b.d, 200, each)
		note := ""
		if n := most.failures + at.failures; n > 0 {
			note = fmt.Sprintf("%d (%s%s)", n, most.first, at.first)
		}
		fmt.Printf("| %s | %s | %d | %.0f | %.1f ms | %s | %s | %s |\n", page[0], engine, most.bytes, most.rate(), work, ms(at.at(.5)), ms(at.at(.99)), note)
	}
	return nil
}

// fill copies the one case that waits at that desk until the queue is long:
// each was received a little earlier, a hundred are due on each day, one in ten
// is of another service.
func fill(ctx context.Context, data, dsn string) error {
	if dsn == "" {
		files, err := filepath.Glob(filepath.Join(data, "*.db"))
		if err != nil || len(files) != 1 {
			return fmt.Errorf("the hall's database: %v %v", files, err)
		}
		dsn = files[0]
	}
	database, err := db.Open(ctx, dsn, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		return err
	}
	defer database.Close()
	return database.Write(ctx, func(tx *db.Tx) error {
		const one = `work = 'todo' and work_role = 'jpn/registration-officer' and calendar = 'MY-01'`
		var ref string
		if err := tx.QueryRow(`select min(ref) from casework_case where ` + one).Scan(&ref); err != nil {
			return err
		}
		rows, err := tx.Query(`select * from casework_case limit 0`)
		if err != nil {
			return err
		}
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		if err := rows.Close(); err != nil {
			return err
		}
		values := slices.Clone(columns)
		for i, c := range columns {
			switch c {
			case "ref":
				values[i] = `ref || '-' || n.i`
			case "queue_no", "due_no":
				values[i] = c + ` + cast(n.i / 100 - 20 as bigint)`
			case "received_at":
				values[i] = `received_at - cast(n.i as bigint) * 1000000`
			case "kind":
				values[i] = `case when n.i % 10 = 0 then 'jpn/death-registration' else kind end`
			}
		}
		numbers := fmt.Sprintf(`with recursive n(i) as (select 1 union all select i + 1 from n where i < %d) `, queued)
		for _, q := range []string{
			numbers + `insert into casework_case (` + strings.Join(columns, ", ") + `) select ` + strings.Join(values, ", ") + ` from casework_case, n where ref = '` + ref + `'`,
			numbers + `insert into casework_span (ref, n, start_at, end_at) select s.ref || '-' || n.i, s.n, s.start_at, s.end_at from casework_span s, n where s.ref = '` + ref + `'`,
			`analyze`,
		} {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		return nil
	})
}
