package acceptance

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"balai/balaitest"
)

// TestKeep is the restore drill and the move with the real binary: a demo hall
// is kept while it is open, restored, rolled back, moved there and back, and
// the programs that do it are killed in the middle.
func TestKeep(t *testing.T) {
	h := balaitest.Start(t, "demo")
	var x balaitest.Example
	for _, e := range h.Examples(t, birth) {
		if e.Person == "aisyah" {
			x = e
		}
	}
	mother := h.SignIn(t, "aisyah")
	r, a, err := mother.Apply(birth, "keep", x.Body())
	if err != nil || a.Status != http.StatusCreated {
		t.Fatalf("%v %d %s", err, a.Status, a.Body)
	}
	mother.Until(t, r.Ref, "issued", "closed")
	k := &kept{Hall: h, t: t, ref: r.Ref, dir: t.TempDir()}

	first := k.path("first.balai")
	k.says(0, "read again and sound", "backup", first, "--data", h.Data)
	k.says(1, "is in use by balai demo (process", "restore", first, "--data", h.Data, "--replace")
	k.says(1, "is in use by balai demo (process", "move", "--to", k.path("other.db"), "--data", h.Data)
	k.fullDisk()
	head := k.published(t)
	h.Stop()

	// The hall is what it was: kept again, its file has the same tables.
	same := k.path("same")
	k.says(0, "every table compared", "restore", first, "--data", same)
	k.says(0, "read again and sound", "backup", k.path("again.balai"), "--data", same)
	was, is := tablesOf(t, first), tablesOf(t, k.path("again.balai"))
	if len(was) < 50 || !reflect.DeepEqual(was, is) {
		t.Errorf("%d tables were kept, and %d are there: %v\n%v", len(was), len(is), was, is)
	}
	k.rollBack(first, head)
	k.move()
}

// kept is a hall that is copied, with what it must still have afterwards.
type kept struct {
	*balaitest.Hall
	t   *testing.T
	ref string
	dir string
}

func (k *kept) path(name string) string { return filepath.Join(k.dir, name) }

// says runs a command and insists on its exit and its words.
func (k *kept) says(code int, words string, args ...string) {
	k.t.Helper()
	if out, got := k.Command(args...); got != code || !strings.Contains(out, words) {
		k.t.Fatalf("balai %v: exit %d, not %d with %q:\n%s", args, got, code, words, out)
	}
}

// published waits until the journal has grown once more, and keeps its head.
func (k *kept) published(t *testing.T) (file string) {
	before := get(t, k.Nobody(), 200, "/journal/checkpoint").Body
	k.SignIn(t, "off-admin")
	mother := k.SignIn(t, "norazlina")
	for _, e := range k.Examples(t, birth) {
		if e.Person == "norazlina" {
			if _, a, err := mother.Apply(birth, "later", e.Body()); err != nil || a.Status != http.StatusCreated {
				t.Fatalf("%v %d %s", err, a.Status, a.Body)
			}
		}
	}
	for end := time.Now().Add(20 * time.Second); ; <-time.After(100 * time.Millisecond) {
		now := get(t, k.Nobody(), 200, "/journal/checkpoint").Body
		if !bytes.Equal(now, before) {
			file = k.path("head")
			if err := os.WriteFile(file, now, 0o600); err != nil {
				t.Fatal(err)
			}
			return file
		}
		if time.Now().After(end) {
			t.Fatal("the journal does not grow")
		}
	}
}

// fullDisk: a file may not grow past 100 KB, and nothing that looks whole is left.
func (k *kept) fullDisk() {
	k.t.Helper()
	path := k.path("full.balai")
	out, err := exec.Command("bash", "-c", `ulimit -f 100; exec "$0" "$@"`, balaitest.Binary(k.t), "backup", path, "--data", k.Data).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "the backup was not made") {
		k.t.Errorf("%v %s", err, out)
	}
	if left, _ := filepath.Glob(path + "*"); len(left) > 0 {
		k.t.Errorf("left behind: %v", left)
	}
}

// tablesOf reads the sums at the end of a backup, past the hall's own code.
func tablesOf(t *testing.T, path string) map[string]any {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e.Name != "sums.json" {
			continue
		}
		var sums struct{ Tables map[string]any }
		text, err := io.ReadAll(r)
		if err == nil {
			err = json.Unmarshal(text, &sums)
		}
		if err != nil {
			t.Fatal(err)
		}
		return sums.Tables
	}
}

// killed runs a command that is killed after a while; true where it had ended before.
func (k *kept) killed(after time.Duration, args ...string) (ended bool) {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), after)
	defer cancel()
	out, err := exec.CommandContext(ctx, balaitest.Binary(k.t), args...).CombinedOutput()
	if err != nil && ctx.Err() == nil {
		k.t.Fatalf("balai %v: %v\n%s", args, err, out)
	}
	return err == nil
}

// rollBack: a backup that is behind the published head is refused; accepted by
// an officer, killed again and again, it becomes a sound hall that says so.
func (k *kept) rollBack(first, head string) {
	t := k.t
	old := k.Data
	k.Data = k.path("rolled")
	args := []string{"restore", first, "--data", k.Data}
	if server := os.Getenv("BALAI_TEST_PG"); server != "" {
		args = append(args, "--db", balaitest.Database(t, server))
	}
	k.says(1, "would be lost", append(args, "--head", head)...)
	k.says(1, "is not in a post", append(args, "--head", head, "--accept-loss", "--by", "aisyah", "--why", "x")...)
	accept := append(args, "--head", head, "--accept-loss", "--by", "off-admin", "--why", "the disk was lost")
	for after := 150 * time.Millisecond; !k.killed(after, accept...); after *= 3 {
		if _, err := os.Stat(filepath.Join(k.Data, "restoring")); err == nil {
			k.says(1, "only half restored", "demo", "--listen", "127.0.0.1:0", "--data", k.Data)
		}
	}
	k.Run()
	k.sound()
	if page := get(t, k.Nobody(), 200, "/journal?lang=en"); len(page.Body) == 0 {
		t.Error("no public record")
	}
	// Under the head that was published before, an outsider notices.
	here, err := url.Parse(k.URL)
	if err != nil {
		t.Fatal(err)
	}
	through := httputil.NewSingleHostReverseProxy(here)
	published, err := os.ReadFile(head)
	if err != nil {
		t.Fatal(err)
	}
	lie := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/checkpoint") {
			w.Write(published)
			return
		}
		through.ServeHTTP(w, r)
	}))
	defer lie.Close()
	if out, code := k.Command("journal", "verify", "--url", lie.URL, "--key", k.Demo.Journal.PublicKey); code == 0 {
		t.Errorf("a rolled-back journal passes under the published head: %s", out)
	}
	if out, ok, there := k.fsck(lie.URL); there && ok {
		t.Errorf("fsck takes a rolled-back journal under the published head: %s", out)
	}
	k.Stop()
	k.Data = old
}

// move: killed again and again, it ends with the same hall on the other engine,
// and then the hall moves back.
func (k *kept) move() {
	t := k.t
	to := k.path("moved.db")
	if server := os.Getenv("BALAI_TEST_PG"); server != "" {
		to = balaitest.Database(t, server)
	}
	root := k.root()
	half := 0
	for after := 150 * time.Millisecond; !k.killed(after, "move", "--to", to, "--data", k.Data); after *= 2 {
		if out, _ := k.Command("doctor", "--data", k.Data); strings.Contains(out, "is being moved to") {
			half++
			k.says(1, "this hall is being moved to", "demo", "--listen", "127.0.0.1:0", "--data", k.Data)
		}
	}
	if half == 0 {
		t.Error("it was never killed in the middle")
	}
	k.says(1, "its database is now", "demo", "--listen", "127.0.0.1:0", "--data", k.Data, "--db", filepath.Join(k.Data, "balai.db"))
	if now := k.root(); now != root {
		t.Errorf("the journal was %s and is %s", root, now)
	}
	k.Run() // the data folder knows where its database is
	k.sound()
	k.Stop()
	root = k.root()
	k.says(0, "each compared", "move", "--to", filepath.Join(k.Data, "balai.db"), "--data", k.Data)
	if now := k.root(); now != root {
		t.Errorf("the journal was %s and is %s", root, now)
	}
}

func (k *kept) root() string {
	k.t.Helper()
	out, code := k.Command("journal", "verify", "--data", k.Data)
	if code != 0 {
		k.t.Fatal(out)
	}
	return out
}

// sound: the case with its certificate is there, and outsiders take the journal.
func (k *kept) sound() {
	t := k.t
	t.Helper()
	mother := k.SignIn(t, "aisyah")
	c, a, err := mother.Case(k.ref)
	if err != nil || a.Status != 200 || c.Certificate == nil {
		t.Fatalf("the case is lost: %v %d %s", err, a.Status, a.Body)
	}
	if pdf := get(t, mother, 200, strings.TrimPrefix(c.Certificate.PDF, k.URL)); !bytes.HasPrefix(pdf.Body, []byte("%PDF-")) {
		t.Error("the certificate's file is lost")
	}
	if out, code := k.Command("journal", "verify", "--url", k.URL, "--key", k.Demo.Journal.PublicKey); code != 0 {
		t.Error(out)
	}
	if out, ok, there := k.fsck(k.URL); there && !ok {
		t.Errorf("fsck: %s", out)
	}
}

// fsck asks Tessera's; make test names the pinned binary.
func (k *kept) fsck(base string) (out string, ok, there bool) {
	fsck := os.Getenv("BALAI_FSCK")
	if fsck == "" {
		return "", false, false
	}
	key := k.path("vkey")
	if err := os.WriteFile(key, []byte(k.Demo.Journal.PublicKey), 0o600); err != nil {
		k.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	text, err := exec.CommandContext(ctx, fsck, "--ui=false", "--storage_url", base+"/journal/", "--public_key", key, "--origin", k.Demo.Journal.Origin).CombinedOutput()
	return string(text), err == nil && regexp.MustCompile("Successfully fsck").Match(text), true
}
