package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"balai/internal/spine/db"
)

// share is what one of several processes did.
type share struct {
	N, Failures int
	Took        time.Duration
	Waits       []time.Duration
	First       string
}

// submit is one process of several over one database; it prints its share.
func submit(ctx context.Context, dir, dsn string, callers int, d time.Duration) error {
	r, err := submissions(ctx, dir, dsn, callers, d)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(share{r.n, r.failures, r.took, r.waits, r.first})
}

// several lets so many processes, with 64 callers among them, open cases in one database.
func (b bench) several(ctx context.Context, dsn string, processes int) (all result, err error) {
	self, err := os.Executable()
	if err != nil {
		return all, err
	}
	dir, err := os.MkdirTemp("", "balai-bench-")
	if err != nil {
		return all, err
	}
	defer os.RemoveAll(dir)
	if dsn == "" {
		dsn = filepath.Join(dir, "bench.db")
	}
	shares := make([]share, processes)
	errs := make([]error, processes)
	var wg sync.WaitGroup
	for i := range processes {
		wg.Go(func() {
			cmd := exec.CommandContext(ctx, self, "-submit", dir, "-pg", dsn, "-callers", strconv.Itoa(64/processes), "-d", b.d.String())
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err == nil {
				err = json.Unmarshal(out, &shares[i])
			}
			errs[i] = err
		})
	}
	wg.Wait()
	for i, s := range shares {
		if errs[i] != nil {
			return all, errs[i]
		}
		all.n += s.N
		all.failures += s.Failures
		all.took = max(all.took, s.Took)
		all.waits = append(all.waits, s.Waits...)
		all.first += s.First
	}
	all.sort()
	return all, nil
}

// commits writes one row and nothing else, from 64 callers through the same door: what bounds a submission.
func (b bench) commits(ctx context.Context, dsn string) (r result, err error) {
	dir, err := os.MkdirTemp("", "balai-bench-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	if dsn == "" {
		dsn = filepath.Join(dir, "bench.db")
	}
	database, err := db.Open(ctx, dsn, quietLog())
	if err != nil {
		return r, err
	}
	defer database.Close()
	err = database.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("create table bench_row (id text primary key, body text not null)")
		return err
	})
	if err != nil {
		return r, err
	}
	var next atomic.Int64
	return race(64, b.d, func(int) error {
		key := fmt.Sprintf("%020d", next.Add(1))
		return database.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec("insert into bench_row (id, body) values ($1, $2)", key, "Nur Iman binti Ahmad")
			return err
		})
	}), nil
}

// writes prints how many submissions a second each engine takes, with one process and with several.
func (b bench) writes(ctx context.Context, engines []string) error {
	for _, e := range engines {
		floor, err := b.commits(ctx, b.dsn(e))
		if err != nil {
			return err
		}
		fmt.Printf("| floor: a commit of one row | %s | %.0f | %s | %s | %d |  |\n", e, floor.rate(), ms(floor.at(.5)), ms(floor.at(.99)), floor.failures)
		counts := []int{1}
		if e == "postgres" { // a SQLite hall is one process
			counts = []int{1, 2, 4}
		}
		for _, n := range counts {
			r, err := b.several(ctx, b.dsn(e), n)
			if err != nil {
				return err
			}
			fmt.Printf("| submission, %d process(es) | %s | %.0f | %s | %s | %d | 1 : %.1f |\n", n, e, r.rate(), ms(r.at(.5)), ms(r.at(.99)), r.failures, floor.rate()/r.rate())
		}
	}
	return nil
}
