package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"balai/internal/spine/fault"
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
// PostgreSQL an advisory lock on a connection of its own; who shares it has it
// on every other connection as well, so that nothing is written without it
// after the server has ended some of them.
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
	host, _ := os.Hostname()
	name := fmt.Sprintf("%s (process %d on %s)", who, os.Getpid(), host)
	conn, err := e.takeHold(ctx, alone, name)
	if err == nil && !alone {
		err = e.shareHold(ctx, conn, name)
	}
	if err != nil {
		dropConn(conn)
		return nil, err
	}
	beat, stop := context.WithCancel(context.WithoutCancel(ctx))
	h := &Holding{done: make(chan struct{}), lost: make(chan error, 1)}
	h.stop = func() {
		e.share.Store(nil)
		stop()
	}
	go func() {
		defer close(h.done)
		tick := time.NewTicker(holdBeat)
		defer tick.Stop()
		for {
			select {
			case <-beat.Done():
				dropConn(conn)
				e.dropIdle()
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
			again, err := e.takeHold(beat, alone, name)
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

// share is what every connection of a process takes that holds the hall
// together with others.
type share struct {
	name string
	mark string // of the database when the hall was taken, as it is stored
}

// shareHold makes every connection but the holder's own take the lock too.
func (e *postgresEngine) shareHold(ctx context.Context, conn *sql.Conn, name string) error {
	s := &share{name: name}
	err := conn.Raw(func(c any) (err error) {
		s.mark, err = storedMark(ctx, c.(*stdlib.Conn).Conn())
		return err
	})
	if err != nil {
		return err
	}
	e.share.Store(s)
	e.dropIdle() // those that were opened before
	return nil
}

// enter takes the lock on a new connection. After the server has ended the old
// ones, the process writes on only where nobody took the hall meanwhile, nor
// took it and gave it back with another mark: a hall that has moved.
func (e *postgresEngine) enter(ctx context.Context, conn *pgx.Conn) error {
	s := e.share.Load()
	if s == nil {
		return nil
	}
	var got bool
	err := conn.QueryRow(ctx, "select pg_try_advisory_lock_shared("+strings.Replace(lockKey, "$1", "$2", 1)+") from set_config('application_name', $1, false)", s.name, holdName).Scan(&got)
	if err != nil {
		return err
	}
	if got {
		mark, err := storedMark(ctx, conn)
		if err != nil {
			return err
		}
		got = mark == s.mark
	}
	if !got {
		return condition(fault.Busy, "db.unreachable", &hold.Taken{})
	}
	return nil
}

// storedMark is the database's mark as it is stored, "" where it has none.
func storedMark(ctx context.Context, conn *pgx.Conn) (text string, err error) {
	var there bool
	if err = conn.QueryRow(ctx, "select to_regclass('"+copyTable+"') is not null").Scan(&there); err != nil || !there {
		return "", err
	}
	err = conn.QueryRow(ctx, "select value from "+copyTable+" where name = 'mark'").Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return text, err
}

// dropIdle ends the connections that wait in the pool, and gives their locks
// back.
func (e *postgresEngine) dropIdle() {
	var idle []*sql.Conn
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
	defer stop()
	for range e.pool.Stats().Idle {
		if conn, err := e.pool.Conn(ctx); err == nil {
			idle = append(idle, conn)
		}
	}
	for _, conn := range idle {
		dropConn(conn)
	}
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

func (e *postgresEngine) takeHold(ctx context.Context, alone bool, name string) (*sql.Conn, error) {
	conn, err := e.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
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
	rows, err := conn.QueryContext(ctx, `select distinct a.application_name from pg_locks l join pg_stat_activity a on a.pid = l.pid
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
