package blob

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"balai/internal/spine/fault"
)

// same puts and gets from several sides at once.
func same(t *testing.T, s Store) {
	t.Helper()
	ctx := context.Background()
	for _, data := range [][]byte{nil, {0}, bytes.Repeat([]byte("balai"), 100000)} {
		var group sync.WaitGroup
		for range 8 { // the same bytes from several sides at once
			group.Go(func() {
				sha, err := s.Put(ctx, data)
				if err != nil {
					t.Error(err)
				}
				if got, err := s.Get(ctx, sha); err != nil || !bytes.Equal(got, data) {
					t.Error(err)
				}
			})
		}
		group.Wait()
	}
	for _, sha := range []string{"", "..", "../secret", strings.Repeat("0", 64), strings.Repeat("A", 64), "/" + strings.Repeat("0", 63)} {
		if _, err := s.Get(ctx, sha); fault.CodeOf(err) != fault.Missing {
			t.Errorf("%q: %v", sha, err)
		}
	}
}

func TestPutGet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "blob")
	same(t, Dir(path))
	files := 0
	filepath.WalkDir(path, func(name string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			if files++; strings.HasPrefix(e.Name(), ".new") {
				t.Error("left behind: ", name)
			}
			if info, _ := e.Info(); info.Mode().Perm() != 0o600 {
				t.Error(name, info.Mode())
			}
		}
		return err
	})
	if files != 3 {
		t.Errorf("%d files", files)
	}
}

func TestDamageIsNoticedAndMended(t *testing.T) {
	ctx, path := context.Background(), t.TempDir()
	s := Dir(path)
	data := []byte("certificate")
	sha, err := s.Put(ctx, data)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(path, sha[:2], sha)
	for _, bad := range []string{"", "certificatf", "certificate "} {
		if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(ctx, sha); fault.CodeOf(err) != fault.Internal {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := s.Put(ctx, data); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(ctx, sha); err != nil || !bytes.Equal(got, data) {
		t.Fatal(err)
	}
}

func TestNamesThatAreNotHashes(t *testing.T) {
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := Dir(filepath.Join(path, "blob"))
	for _, sha := range []string{"", "..", "../secret", strings.Repeat("0", 64), strings.Repeat("A", 64), "/" + strings.Repeat("0", 63)} {
		if _, err := s.Get(context.Background(), sha); fault.CodeOf(err) != fault.Missing {
			t.Errorf("%q: %v", sha, err)
		}
	}
}
