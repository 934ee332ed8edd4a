// Package blob keeps files by what they are: the SHA-256 of their bytes. A
// database row names the hash, so that a file that was changed or cut short
// on the disk is noticed when it is read.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"balai/internal/spine/fault"
)

// Store keeps blobs. Put returns the SHA-256 in lower-case hexadecimal, and
// the bytes are on the disk by then; the same bytes twice are kept once. Get
// returns fault Missing for a hash it does not hold.
type Store interface {
	Put(ctx context.Context, data []byte) (sha string, err error)
	Get(ctx context.Context, sha string) ([]byte, error)
}

// Dir is a Store in a folder, made on the first Put: path/ab/abcdef….
func Dir(path string) Store { return dir(path) }

type dir string

func (d dir) file(sha string) string { return filepath.Join(string(d), sha[:2], sha) }

// Put writes beside the final name, flushes, renames and flushes the folder,
// so that a crash leaves either the whole blob or none.
func (d dir) Put(ctx context.Context, data []byte) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	sha := hex.EncodeToString(sum[:])
	if old, err := d.Get(ctx, sha); err == nil && len(old) == len(data) {
		return sha, nil
	} // absent, or damaged and thereby mended
	if err := d.write(d.file(sha), data); err != nil {
		return "", fmt.Errorf("blob: put: %w", err)
	}
	return sha, nil
}

func (d dir) write(name string, data []byte) (err error) {
	folder := filepath.Dir(name)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, ".new-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	if err := syncFolder(folder); err != nil { // the name
		return err
	}
	return syncFolder(string(d)) // the folder's own name, should it be new
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Get reads a blob and checks that it still is what its name says.
func (d dir) Get(ctx context.Context, sha string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !isHash(sha) {
		return nil, fault.New(fault.Missing, "blob.missing")
	}
	data, err := os.ReadFile(d.file(sha))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Missing, "blob.missing").Wrap(err)
	}
	if err != nil {
		return nil, fmt.Errorf("blob: get: %w", err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != sha {
		return nil, fault.New(fault.Internal, "blob.damaged").Wrap(fmt.Errorf("blob: %s is not what its name says", d.file(sha)))
	}
	return data, nil
}

// isHash also keeps a path out of the file's name.
func isHash(s string) bool {
	if len(s) != 2*sha256.Size {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
