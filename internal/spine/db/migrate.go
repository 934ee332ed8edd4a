package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"

	"balai/internal/spine/fault"
)

// Migration is the tables of one part: FS holds migration/0001_name.sql and so
// on, each applied once and never changed afterwards. Blobs are the columns,
// as "table.column", that name blobs: a hash alone, or JSON with a "sha256".
// Apart are tables whose rows a backup has otherwise, such as the blobs.
type Migration struct {
	Part  string
	FS    fs.FS
	Blobs []string
	Apart []string
}

type step struct {
	part, name, text string
	number           int64
}

func (s step) digest() string {
	sum := sha256.Sum256([]byte(s.text))
	return hex.EncodeToString(sum[:8])
}

// Migrate brings the database to what the sets describe, in their order. Each
// file is one transaction. It refuses a database in which a file was applied
// that has since been changed, or that the sets do not know.
func (d *DB) Migrate(ctx context.Context, sets ...Migration) error {
	return d.migrate(ctx, sets, func(step) bool { return true })
}

func (d *DB) migrate(ctx context.Context, sets []Migration, wanted func(step) bool) error {
	err := d.Write(ctx, func(tx *Tx) error {
		if err := tx.Lock("db_migration"); err != nil { // two processes may start at once
			return err
		}
		_, err := tx.exec("create table if not exists db_migration (part text not null, number bigint not null, name text not null, digest text not null, primary key (part, number))", d.Engine())
		return err
	})
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	for _, set := range sets {
		steps, err := set.steps()
		if err != nil {
			return fmt.Errorf("migrate %s: %w", set.Part, err)
		}
		if err := d.unknown(ctx, set.Part, steps); err != nil {
			return err
		}
		for _, s := range steps {
			if !wanted(s) {
				continue
			}
			if err := d.apply(ctx, s); err != nil {
				return fmt.Errorf("migrate %s %s: %w", s.part, s.name, err)
			}
		}
	}
	return nil
}

func (m Migration) steps() ([]step, error) {
	names, err := fs.Glob(m.FS, "migration/*.sql")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("no migration/*.sql")
	}
	sort.Strings(names)
	var out []step
	for i, path := range names {
		name := strings.TrimSuffix(strings.TrimPrefix(path, "migration/"), ".sql")
		digits, _, _ := strings.Cut(name, "_")
		number, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || number != int64(i+1) {
			return nil, fmt.Errorf("%s: want number %04d", path, i+1)
		}
		text, err := fs.ReadFile(m.FS, path)
		if err != nil {
			return nil, err
		}
		out = append(out, step{m.Part, name, string(text), number})
	}
	return out, nil
}

// unknown refuses a database that a newer program has migrated.
func (d *DB) unknown(ctx context.Context, part string, steps []step) error {
	return d.Read(ctx, func(tx *Tx) error {
		var newest int64
		if err := tx.QueryRow("select coalesce(max(number), 0) from db_migration where part = $1", part).Scan(&newest); err != nil {
			return err
		}
		if newest > int64(len(steps)) {
			return fault.New(fault.Internal, "db.newer").Wrap(fmt.Errorf("db: part %s is at %d, this program knows %d", part, newest, len(steps)))
		}
		return nil
	})
}

func (d *DB) apply(ctx context.Context, s step) error {
	return d.Write(ctx, func(tx *Tx) error {
		if err := tx.Lock("db_migration"); err != nil {
			return err
		}
		var digest string
		err := tx.QueryRow("select digest from db_migration where part = $1 and number = $2", s.part, s.number).Scan(&digest)
		switch {
		case err == nil && digest == s.digest():
			return nil
		case err == nil:
			return errors.New("the file was changed after it had been applied; put the change into a new file")
		case !errors.Is(err, ErrNoRows):
			return err
		}
		for _, q := range statements(s.text, d.Engine()) {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		_, err = tx.Exec("insert into db_migration (part, number, name, digest) values ($1, $2, $3, $4)", s.part, s.number, s.name, s.digest())
		return err
	})
}

// exec translates a definition and runs it.
func (tx *Tx) exec(q, engine string) (int64, error) {
	return tx.Exec(statements(q, engine)[0])
}
