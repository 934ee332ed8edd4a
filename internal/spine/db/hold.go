package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"balai/internal/spine/hold"
)

// Holding is the lock by which a database has one hall's holder at a time.
type Holding struct {
	file *hold.Held
	once sync.Once
	stop context.CancelFunc
	done chan struct{}
	lost chan error
}

// Hold takes the lock of the whole database, alone, or shared with the other
// processes that serve it. It does not wait; where somebody else has it, the
// error is a *hold.Taken. On SQLite it is a file beside the database, on
// PostgreSQL an advisory lock on a connection of its own.
func (d *DB) Hold(ctx context.Context, alone bool, who string) (*Holding, error) {
	return d.engine.hold(ctx, alone, who)
}

// Release gives the lock back. It may be called on nil, and more than once.
func (h *Holding) Release() {
	if h == nil {
		return
	}
	h.once.Do(func() {
		h.file.Release()
		if h.stop != nil {
			h.stop()
			<-h.done
		}
	})
}

// Lost gives an error when the lock is gone and somebody else has it now: the
// server ended the connection, and a restore or a move began meanwhile.
func (h *Holding) Lost() <-chan error { return h.lost }

func (e *sqliteEngine) hold(_ context.Context, alone bool, who string) (*Holding, error) {
	f, err := hold.File(e.path+".hold", alone, who)
	if err != nil {
		return nil, err
	}
	return &Holding{file: f}, nil
}

// holdBeat is how often the connection that holds the lock is asked whether it
// is still there.
const holdBeat = 5 * time.Second

func (e *postgresEngine) hold(ctx context.Context, alone bool, who string) (*Holding, error) {
	conn, err := e.takeHold(ctx, alone, who)
	if err != nil {
		return nil, err
	}
	beat, stop := context.WithCancel(context.WithoutCancel(ctx))
	h := &Holding{stop: stop, done: make(chan struct{}), lost: make(chan error, 1)}
	go func() {
		defer close(h.done)
		tick := time.NewTicker(holdBeat)
		defer tick.Stop()
		for {
			select {
			case <-beat.Done():
				dropConn(conn)
				return
			case <-tick.C:
			}
			if conn != nil && conn.PingContext(beat) == nil {
				continue
			}
			if conn != nil && beat.Err() == nil {
				dropConn(conn)
				conn = nil
			}
			again, err := e.takeHold(beat, alone, who)
			var taken *hold.Taken
			switch {
			case err == nil:
				conn = again
			case errors.As(err, &taken):
				h.lost <- fmt.Errorf("another program took the hall's database while the server could not be reached: %w", err)
				return
			}
		}
	}()
	return h, nil
}

// dropConn ends a connection, and with it every lock that it has.
func dropConn(conn *sql.Conn) {
	if conn != nil {
		// The server notices the end of a connection a moment after it; a lock
		// that is given back is free at once.
		ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
		defer stop()
		_, _ = conn.ExecContext(ctx, "select pg_advisory_unlock_all()") // a broken connection has no lock
		conn.Raw(func(any) error { return driver.ErrBadConn })
		conn.Close()
	}
}

const holdName = "hall"

func (e *postgresEngine) takeHold(ctx context.Context, alone bool, who string) (*sql.Conn, error) {
	conn, err := e.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	host, _ := os.Hostname()
	name := fmt.Sprintf("%s (process %d on %s)", who, os.Getpid(), host)
	q := "select pg_try_advisory_lock_shared(" + lockKey + ")"
	if alone {
		q = "select pg_try_advisory_lock(" + lockKey + ")"
	}
	var got bool
	_, err = conn.ExecContext(ctx, "select set_config('application_name', $1, false)", name)
	if err == nil {
		err = conn.QueryRowContext(ctx, q, holdName).Scan(&got)
	}
	if err != nil {
		dropConn(conn)
		return nil, err
	}
	if !got {
		defer dropConn(conn)
		return nil, &hold.Taken{By: lockHolders(ctx, conn)}
	}
	return conn, nil
}

// lockHolders are the names of those who have the lock, as they gave them.
func lockHolders(ctx context.Context, conn *sql.Conn) (out []string) {
	rows, err := conn.QueryContext(ctx, `select a.application_name from pg_locks l join pg_stat_activity a on a.pid = l.pid
		where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.database = (select oid from pg_database where datname = current_database())
		and (cast(l.classid as bigint) << 32) | cast(l.objid as bigint) = `+lockKey+` order by 1`, holdName)
	if err != nil {
		return nil
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if rows.Scan(&name) == nil {
			out = append(out, name)
		}
	}
	return out
}
