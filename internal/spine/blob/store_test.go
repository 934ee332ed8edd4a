package blob_test

import (
	"bytes"
	"context"
	"testing"

	"balai/internal/spine/blob"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
)

func TestTable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, s := context.Background(), blob.Table(d)
		for _, data := range [][]byte{nil, {0, 255}, bytes.Repeat([]byte("balai"), 300000)} {
			for range 2 {
				sha, err := s.Put(ctx, data)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := s.Get(ctx, sha); err != nil || !bytes.Equal(got, data) {
					t.Fatal(err)
				}
			}
		}
		sha, err := s.Put(ctx, []byte("certificate"))
		if err != nil {
			t.Fatal(err)
		}
		err = d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec("update blob_object set data = $2 where sha = $1", sha, []byte("certificatf"))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(ctx, sha); fault.CodeOf(err) != fault.Internal {
			t.Errorf("a changed row: %v", err)
		}
		if _, err := s.Put(ctx, []byte("certificate")); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(ctx, sha); err != nil || string(got) != "certificate" {
			t.Errorf("it was not mended: %v", err)
		}
	}, blob.Migration())
}

// TestAfter: a hall that changed its store finds what it kept before, and
// damage there is not taken for absence.
func TestAfter(t *testing.T) {
	ctx := context.Background()
	first, older := blob.Dir(t.TempDir()), blob.Dir(t.TempDir())
	s := blob.After(first, blob.Dir(t.TempDir()), older)
	before, err := older.Put(ctx, []byte("before"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(ctx, before); err != nil || string(got) != "before" {
		t.Errorf("from before: %v", err)
	}
	now, err := s.Put(ctx, []byte("now"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Get(ctx, now); err != nil {
		t.Errorf("what is new is not in the first: %v", err)
	}
	if _, err := s.Get(ctx, string(bytes.Repeat([]byte("0"), 64))); fault.CodeOf(err) != fault.Missing {
		t.Errorf("nowhere: %v", err)
	}
}
