package blob

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"balai/internal/spine/fault"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// bucket opens an S3 server with one bucket in this process.
func bucket(t *testing.T) (*s3mem.Backend, Bucket, *bool) {
	t.Helper()
	backend, down := s3mem.New(), false
	inner := gofakes3.New(backend).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	if err := backend.CreateBucket("hall"); err != nil {
		t.Fatal(err)
	}
	b, err := ParseBucket(server.URL + "/hall/papers")
	if err != nil {
		t.Fatal(err)
	}
	b.Key, b.Secret, b.Region = "key", "secret", "us-east-1"
	return backend, b, &down
}

func TestS3(t *testing.T) {
	ctx := context.Background()
	backend, b, down := bucket(t)
	s, err := S3(ctx, b)
	if err != nil {
		t.Fatal(err)
	}
	same(t, s)

	data := []byte("certificate")
	sha, err := s.Put(ctx, data)
	if err != nil {
		t.Fatal(err)
	}
	name := "papers/" + sha[:2] + "/" + sha
	if _, err := backend.PutObject("hall", name, map[string]string{}, strings.NewReader("certificatf"), 11, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(ctx, sha); fault.CodeOf(err) != fault.Internal {
		t.Errorf("a changed object: %v", err)
	}
	if _, err := s.Put(ctx, data); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(ctx, sha); err != nil || !bytes.Equal(got, data) {
		t.Errorf("it was not mended: %v", err)
	}
	*down = true
	if _, err := s.Get(ctx, sha); fault.CodeOf(err) != fault.Busy {
		t.Errorf("a store that is away: %v", err)
	}
	if _, err := s.Put(ctx, []byte("new")); fault.CodeOf(err) != fault.Busy {
		t.Errorf("a store that is away took it: %v", err)
	}
	b.Name = "other"
	*down = false
	if _, err := S3(ctx, b); err == nil || !strings.Contains(err.Error(), "no bucket other") {
		t.Errorf("a bucket that is not there: %v", err)
	}
}

// TestRcloneReadsTheSameBlobs: a client that we did not write finds each blob
// under its name, and what it copies in is found by the hall.
func TestRcloneReadsTheSameBlobs(t *testing.T) {
	ctx := context.Background()
	_, b, _ := bucket(t)
	s, err := S3(ctx, b)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	folder := Dir(filepath.Join(dir, "folder"))
	var shas []string
	for _, text := range []string{"a paper", "another paper", strings.Repeat("a long paper ", 100000)} {
		sha, err := s.Put(ctx, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		shas = append(shas, sha)
	}
	moved, err := folder.Put(ctx, []byte("from a folder"))
	if err != nil {
		t.Fatal(err)
	}
	rclone := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(ctx, "rclone", append(args, "--config", filepath.Join(dir, "none"), "--s3-provider", "Other", "--s3-endpoint", b.Endpoint,
			"--s3-access-key-id", b.Key, "--s3-secret-access-key", b.Secret, "--s3-region", b.Region, "--s3-force-path-style", "--s3-no-check-bucket")...)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir} // without a proxy or keys of this machine's
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("rclone %v: %v\n%s", args, err, errs.String())
		}
		return string(out)
	}
	rclone("copy", ":s3:hall/papers", filepath.Join(dir, "copy"))
	for _, sha := range shas {
		if _, err := Dir(filepath.Join(dir, "copy")).Get(ctx, sha); err != nil {
			t.Errorf("what rclone copied: %v", err)
		}
	}
	rclone("copy", filepath.Join(dir, "folder"), ":s3:hall/papers")
	if got, err := s.Get(ctx, moved); err != nil || string(got) != "from a folder" {
		t.Errorf("a folder's blobs moved by rclone: %v", err)
	}
	if list := rclone("lsf", "-R", "--files-only", ":s3:hall/papers"); strings.Count(list, "\n") != 4 {
		t.Errorf("rclone lists %q", list)
	}
}

func TestParseBucket(t *testing.T) {
	for text, want := range map[string]Bucket{
		"https://s3.example/hall":          {Endpoint: "https://s3.example", Name: "hall"},
		"https://s3.example:9000/hall/a/b": {Endpoint: "https://s3.example:9000", Name: "hall", Prefix: "a/b"},
		"http://127.0.0.1:9000/hall/":      {Endpoint: "http://127.0.0.1:9000", Name: "hall"},
	} {
		if got, err := ParseBucket(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "hall", "s3://hall", "https://s3.example", "https://s3.example/", "http://s3.example/hall",
		"https://key:secret@s3.example/hall", "https://s3.example/hall?x=1"} {
		if _, err := ParseBucket(text); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
