package db

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"balai/internal/spine/fault"
)

// What PostgreSQL's codes mean: who lost is run again, a line that broke is opened
// anew, and people are told what they can do.
func TestCodes(t *testing.T) {
	code := func(c string) error { return fmt.Errorf("in: %w", &pgconn.PgError{Code: c}) }
	e := &postgresEngine{}
	for _, c := range []struct {
		err          error
		lost, broken bool
		key          string
	}{
		{code("40001"), true, false, "db.busy"}, {code("40P01"), true, false, "db.busy"}, {code("53300"), false, false, "db.busy"}, {code("55P03"), false, false, "db.busy"},
		{code("57P01"), false, true, "db.unreachable"}, {code("57P03"), false, true, "db.unreachable"}, {code("08006"), false, true, "db.unreachable"}, {code("57014"), false, false, ""},
		{code("28000"), false, false, "db.refused"}, {code("28P01"), false, false, "db.refused"}, {code("3D000"), false, false, "db.refused"}, {code("42501"), false, false, ""},
		{errors.Join(code("42501"), &pgconn.ConnectError{}), false, false, "db.refused"},
		{code("53100"), false, false, "db.full"}, {code("58030"), false, false, "db.disk"}, {code("XX001"), false, false, "db.damaged"}, {code("XX002"), false, false, "db.damaged"},
		{code("23505"), false, false, ""}, {errors.New("no"), false, false, ""},
		{&net.OpError{Op: "read", Err: errors.New("reset")}, false, true, "db.unreachable"}, {driver.ErrBadConn, false, true, "db.unreachable"}, {io.EOF, false, true, "db.unreachable"},
		{io.ErrUnexpectedEOF, false, true, "db.unreachable"}, {net.ErrClosed, false, true, "db.unreachable"}, {&pgconn.ConnectError{}, false, true, "db.unreachable"},
	} {
		key := ""
		if f := e.describe(c.err); f != nil {
			key = f.Key
		}
		if lost(c.err) != c.lost || broken(c.err) != c.broken || key != c.key {
			t.Errorf("%v: lost %t, broken %t, %q", c.err, lost(c.err), broken(c.err), key)
		}
	}
	if !uniquePostgres(code("23505")) || uniquePostgres(code("23503")) || uniquePostgres(errors.New("no")) {
		t.Error("what is there already")
	}
	if !unsure(condition(fault.Internal, keyUnsure, nil)) || unsure(condition(fault.Internal, "db.refused", nil)) || unsure(nil) {
		t.Error("what may have been kept")
	}
}
