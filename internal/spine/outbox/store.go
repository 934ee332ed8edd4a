package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
)

// insert writes one row; a zero time is now.
func (o *Outbox) insert(tx *db.Tx, kind, event string, args json.RawMessage, at time.Time) error {
	now := clock.Micro(o.clock.Now())
	state, run := "available", now
	if !at.IsZero() {
		if run = clock.Micro(at); run > now {
			state = "scheduled"
		}
	}
	err := tx.Later(`insert into outbox_job (id, kind, event, args, state, attempt, run_at, lease_at, made_at, ended_at, error)
		values ($1, $2, $3, $4, $5, 0, $6, 0, $7, 0, '')`, o.ids.New(), kind, event, args, state, run, now)
	if err != nil {
		return err
	}
	tx.OnCommit(o.Wake)
	return nil
}

func scanJob(s db.Scanner) (Job, error) {
	var j Job
	var args string
	err := s.Scan(&j.ID, &j.Kind, &j.Event, &args, &j.Attempt, &j.At)
	j.Args = json.RawMessage(args)
	return j, err
}

// claim takes up to n jobs that may run now, those whose worker's lease has
// ended among them, and marks them as running under a new lease.
func (o *Outbox) claim(ctx context.Context, n int) ([]Job, error) {
	kinds := o.kinds()
	if len(kinds) == 0 || n <= 0 {
		return nil, nil
	}
	now := clock.Micro(o.clock.Now())
	if some, err := o.runnable(ctx, now); err != nil || !some {
		return nil, err // most rounds end here, without a write
	}
	var jobs []Job
	err := o.db.Claim(ctx, func(tx *db.Tx) error {
		jobs = jobs[:0]
		args := append([]any{now, n}, kinds...)
		list := db.In(3, len(kinds))
		expired, err := db.List(tx, scanJob, `select id, kind, event, args, attempt, made_at from outbox_job
			where state = 'running' and lease_at <= $1 and kind in (`+list+`) order by lease_at, id limit $2`+tx.SkipLocked(), args...)
		if err != nil {
			return err
		}
		due, err := db.List(tx, scanJob, `select id, kind, event, args, attempt, made_at from outbox_job
			where state in ('scheduled', 'available', 'retryable') and run_at <= $1 and kind in (`+list+`) order by run_at, id limit $2`+tx.SkipLocked(), args...)
		if err != nil {
			return err
		}
		for _, j := range append(expired, due...) {
			if len(jobs) == n || o.running(j.ID) {
				continue
			}
			j.Attempt++
			if _, err := tx.Exec("update outbox_job set state = 'running', attempt = $2, lease_at = $3 where id = $1", j.ID, j.Attempt, now+lease.Microseconds()); err != nil {
				return err
			}
			jobs = append(jobs, j)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("outbox: claim: %w", err)
	}
	o.begin(jobs)
	return jobs, nil
}

// runnable asks, without writing, whether there may be work.
func (o *Outbox) runnable(ctx context.Context, now int64) (bool, error) {
	var some bool
	err := o.db.Read(ctx, func(tx *db.Tx) error {
		var n int64
		err := tx.QueryRow(`select (select count(*) from (select 1 from outbox_job where state in ('scheduled', 'available', 'retryable') and run_at <= $1 limit 1) as due)
			+ (select count(*) from (select 1 from outbox_job where state = 'running' and lease_at <= $1 limit 1) as expired)`, now).Scan(&n)
		some = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("outbox: look: %w", err)
	}
	return some, nil
}

// complete ends a job that this attempt still holds. It is found by its id alone:
// looked for among what runs, it would on PostgreSQL lose against whoever begins
// or ends another job.
func (o *Outbox) complete(tx *db.Tx, j Job) (bool, error) {
	n, err := tx.Exec("update outbox_job set state = 'completed', ended_at = $3, error = '' where id = $1 and attempt = $2 and (state = 'running') is true",
		j.ID, j.Attempt, clock.Micro(o.clock.Now()))
	return n == 1, err
}

// settle records how a failed attempt goes on.
func (o *Outbox) settle(ctx context.Context, j Job, state string, runAt time.Time, reason error) error {
	now := clock.Micro(o.clock.Now())
	ended := int64(0)
	if state == "discarded" || state == "cancelled" {
		ended = now
	}
	text := told(reason)
	return o.db.Claim(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("update outbox_job set state = $3, run_at = $4, ended_at = $5, error = $6 where id = $1 and attempt = $2 and state = 'running'",
			j.ID, j.Attempt, state, clock.Micro(runAt), ended, text)
		return err
	})
}

// putOff is settle for a run that does not count.
func (o *Outbox) putOff(ctx context.Context, j Job, runAt time.Time, reason error) error {
	text := told(reason)
	return o.db.Claim(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("update outbox_job set state = 'retryable', run_at = $3, attempt = attempt - 1, error = $4 where id = $1 and attempt = $2 and state = 'running'",
			j.ID, j.Attempt, clock.Micro(runAt), text)
		return err
	})
}

// told is what a job's row says of an error: text that both databases take.
func told(reason error) string {
	text := strings.ToValidUTF8(strings.ReplaceAll(reason.Error(), "\x00", ""), "")
	if len(text) > 1000 {
		text = strings.ToValidUTF8(text[:1000], "")
	}
	return text
}

// renew lengthens the leases of what this process is running.
func (o *Outbox) renew(ctx context.Context, held map[string]int) error {
	until := clock.Micro(o.clock.Now().Add(lease))
	return o.db.Claim(ctx, func(tx *db.Tx) error {
		for id, attempt := range held {
			if _, err := tx.Exec("update outbox_job set lease_at = $3 where id = $1 and attempt = $2 and state = 'running'", id, attempt, until); err != nil {
				return err
			}
		}
		return nil
	})
}

// adopt frees what a killed process left running. An SQLite file has one
// serving process, so nothing that runs when it starts can be anybody's; on
// PostgreSQL the lease tells.
func (o *Outbox) adopt(ctx context.Context) error {
	if o.db.Engine() != "sqlite" {
		return nil
	}
	return o.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("update outbox_job set lease_at = 0 where state = 'running'")
		return err
	})
}

// rectify gives work that a clock ahead of its time has put off the time that it
// is: what might have run at once, tries that are farther off than any wait is,
// and leases longer than any. What somebody put off to a day stays for that day.
func (o *Outbox) rectify(ctx context.Context) error {
	kinds := o.kinds()
	if len(kinds) == 0 {
		return nil
	}
	now := clock.Micro(o.clock.Now())
	err := o.db.Write(ctx, func(tx *db.Tx) error {
		for _, late := range []struct {
			set, state string
			most       time.Duration
		}{{"run_at", "available", lease}, {"run_at", "retryable", Backoff(Attempts)}, {"lease_at", "running", 2 * lease}} {
			args := append([]any{now, now + late.most.Microseconds(), late.state}, kinds...)
			_, err := tx.Exec("update outbox_job set "+late.set+" = $1 where state = $3 and "+late.set+" > $2 and kind in ("+db.In(4, len(kinds))+")", args...)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("outbox: rectify: %w", err)
	}
	return nil
}

// keep is how long a completed or cancelled job stays to be looked at;
// discarded ones stay until somebody has dealt with them.
const keep = 24 * time.Hour

func (o *Outbox) prune(ctx context.Context) error {
	before := clock.Micro(o.clock.Now().Add(-keep))
	for {
		var n int64
		err := o.db.Write(ctx, func(tx *db.Tx) (err error) {
			n, err = tx.Exec(`delete from outbox_job where id in (select id from outbox_job
				where state in ('completed', 'cancelled') and ended_at < $1 order by ended_at limit 500)`, before)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

// nextRounds are, by name, when the next round of each schedule is, or when the
// lease of the one that runs ends.
func (o *Outbox) nextRounds(ctx context.Context) (map[string]int64, error) {
	next := map[string]int64{}
	err := o.db.Read(ctx, func(tx *db.Tx) error {
		clear(next)
		rows, err := tx.Query("select name, next_at from outbox_schedule")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			var at int64
			if err := rows.Scan(&name, &at); err != nil {
				return err
			}
			next[name] = at
		}
		return rows.Err()
	})
	return next, err
}

// leaseRound takes the schedule's round until a time; only one process gets it.
func (o *Outbox) leaseRound(ctx context.Context, s *schedule, now, until int64) (mine bool, err error) {
	err = o.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`insert into outbox_schedule (name, next_at) values ($1, $3)
			on conflict (name) do update set next_at = excluded.next_at where outbox_schedule.next_at <= $2 or outbox_schedule.next_at > $4`,
			s.name, now, until, now+s.farthest())
		mine = n == 1
		return err
	})
	return mine, err
}

// moveRound puts the time of a round off that this process still has: to a
// later end of its lease, or to the next round.
func (o *Outbox) moveRound(ctx context.Context, s *schedule, until, next int64) (mine bool, err error) {
	err = o.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("update outbox_schedule set next_at = $3 where name = $1 and next_at = $2", s.name, until, next)
		mine = n == 1
		return err
	})
	return mine, err
}

// Counts are the jobs by state, for metrics and the operator's page.
func (o *Outbox) Counts(tx *db.Tx) (map[string]int64, error) {
	out := map[string]int64{}
	rows, err := tx.Query("select state, count(*) from outbox_job group by state")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var state string
		var n int64
		if err := rows.Scan(&state, &n); err != nil {
			return nil, err
		}
		out[state] = n
	}
	return out, rows.Err()
}

// finish completes a job whose handler returned without an error.
func (o *Outbox) finish(ctx context.Context, j Job) error {
	return o.db.Claim(ctx, func(tx *db.Tx) error {
		_, err := o.complete(tx, j)
		return err
	})
}

// leave takes the lane's prefix off what waits in it.
func (o *Outbox) leave(tx *db.Tx) error {
	if o.lane == "" {
		return nil
	}
	_, err := tx.Exec(`update outbox_job set kind = substr(kind, $1) where substr(kind, 1, $2) = $3
		and state in ('scheduled', 'available', 'retryable', 'running')`, len(o.lane)+1, len(o.lane), o.lane)
	tx.OnCommit(o.Wake)
	return err
}

// Troubles counts, at a time in microseconds, the jobs that were given up, and
// those that should have run long before.
func Troubles(tx *db.Tx, before int64) (discarded, late int64, err error) {
	err = tx.QueryRow(`select count(*) from outbox_job where state = 'discarded'`).Scan(&discarded)
	if err == nil {
		err = tx.QueryRow(`select count(*) from outbox_job where (state in ('scheduled', 'available', 'retryable') and run_at < $1) or (state = 'running' and lease_at < $1)`, before).Scan(&late)
	}
	return discarded, late, err
}

// DueSince is since when the oldest work that could be done now has waited, in
// microseconds; 0 where none waits.
func (o *Outbox) DueSince(tx *db.Tx) (at int64, err error) {
	kinds := o.kinds()
	return at, tx.QueryRow(`select coalesce(min(run_at), 0) from outbox_job where state in ('scheduled', 'available', 'retryable') and run_at <= $1
		and kind in (`+db.In(2, len(kinds))+`)`, append([]any{clock.Micro(o.clock.Now())}, kinds...)...).Scan(&at)
}
