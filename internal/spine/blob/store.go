package blob

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

//go:embed migration/*.sql
var migrations embed.FS

// Migration makes the table of a Table store.
func Migration() db.Migration {
	return db.Migration{Part: "blob", FS: migrations, Apart: []string{"blob_object"}}
}

// Table is a Store in the hall's own database, for processes that share one and
// nothing else. A bucket is better where there are many or large files.
func Table(d *db.DB) Store { return table{d} }

type table struct{ db *db.DB }

// Put also mends what was damaged.
func (t table) Put(ctx context.Context, data []byte) (string, error) {
	sum := sha256.Sum256(data)
	sha := hex.EncodeToString(sum[:])
	if old, err := t.Get(ctx, sha); err == nil && len(old) == len(data) {
		return sha, nil
	}
	if data == nil {
		data = []byte{} // an empty file, and not null
	}
	err := t.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`insert into blob_object (sha, data) values ($1, $2) on conflict (sha) do update set data = excluded.data`, sha, data)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("blob: put: %w", err)
	}
	return sha, nil
}

// Get reads a blob and checks that it still is what its name says.
func (t table) Get(ctx context.Context, sha string) (data []byte, err error) {
	if !isHash(sha) {
		return nil, fault.New(fault.Missing, "blob.missing")
	}
	err = t.db.Read(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(`select data from blob_object where sha = $1`, sha).Scan(&data)
	})
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.Missing, "blob.missing").Wrap(err)
	}
	if err != nil {
		return nil, fmt.Errorf("blob: get: %w", err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != sha {
		return nil, fault.New(fault.Internal, "blob.damaged").Wrap(fmt.Errorf("blob: the row %s is not what its name says", sha))
	}
	return data, nil
}

// After is a Store that took the place of others: what is new goes into first,
// and what it lacks is looked for in older, so that a hall changes its store
// without standing still.
func After(first Store, older ...Store) Store { return after{first, older} }

type after struct {
	Store
	older []Store
}

func (a after) Get(ctx context.Context, sha string) ([]byte, error) {
	data, err := a.Store.Get(ctx, sha)
	for _, s := range a.older {
		if fault.CodeOf(err) != fault.Missing {
			break
		}
		data, err = s.Get(ctx, sha)
	}
	return data, err
}
