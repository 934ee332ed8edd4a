package chaos

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"balai/balaitest"
)

// TestFullDisk: at whatever byte the disk runs full, a first start, a backup, a restore and a move say so in a sentence,
// and the same command does it once there is room.
func TestFullDisk(t *testing.T) {
	d := newDisk(t)
	if !d.mounted {
		return // newDisk has said so
	}
	source := t.TempDir()
	h := balaitest.StartIn(t, filepath.Join(source, "hall"), "serve")
	h.Stop()
	file := filepath.Join(source, "hall.balai")
	if out, code := h.Command("backup", file, "--data", h.Data); code != 0 {
		t.Fatalf("backup: %s", out)
	}
	on := func(name string) string { return filepath.Join(d.dir, name) }
	moving := filepath.Join(source, "moving")
	command := func(args ...string) func(*testing.T) (string, bool) {
		return func(*testing.T) (string, bool) {
			out, code := h.Command(args...)
			return out, code == 0
		}
	}
	sound := func(data string) func(*testing.T) {
		return func(t *testing.T) {
			t.Helper()
			if out, code := h.Command("doctor", "--deep", "--data", data); code != 0 {
				t.Errorf("the doctor says: %s", out)
			}
		}
	}
	for _, c := range []struct {
		name  string
		begin func() error
		do    func(*testing.T) (said string, ok bool)
		done  func(*testing.T)
	}{
		{"backup", nil, command("backup", on("copy.balai"), "--data", h.Data), func(t *testing.T) {
			if out, code := h.Command("restore", on("copy.balai"), "--data", t.TempDir()); code != 0 {
				t.Errorf("the backup does not restore: %s", out)
			}
		}},
		{"restore", nil, command("restore", file, "--data", on("hall")), sound(on("hall"))},
		{"move", func() error {
			os.RemoveAll(moving)
			return exec.Command("cp", "-a", h.Data, moving).Run() // keys stay their owner's only
		}, command("move", "--to", on("moved.db"), "--data", moving), sound(moving)},
		{"first start", nil, func(t *testing.T) (string, bool) {
			first := balaitest.New(t, on("hall"), "serve")
			err := first.Begin()
			if err == nil {
				first.Stop()
			}
			return first.Log(), err == nil
		}, sound(on("hall"))},
	} {
		t.Run(c.name, func(t *testing.T) {
			for size := 64 << 10; ; size *= 2 {
				clear(t, d)
				if c.begin != nil {
					if err := c.begin(); err != nil {
						t.Fatal(err)
					}
				}
				if err := d.resize(strconv.Itoa(size)); err != nil {
					t.Fatal(err)
				}
				said, ok := c.do(t)
				d.empty(t)
				if ok {
					c.done(t)
					t.Logf("%d bytes are enough", size)
					return
				}
				sentence(t, said)
				if said, ok := c.do(t); !ok {
					t.Fatalf("with room again, after %d bytes: %s", size, said)
				}
				c.done(t)
			}
		})
	}
}

// sentence: the disk is named, and nothing of the program's inside.
func sentence(t *testing.T, said string) {
	t.Helper()
	if strings.Contains(said, "goroutine ") || strings.Contains(said, "panic:") {
		t.Errorf("a stack instead of a sentence:\n%.1500s", said)
	}
	if s := strings.ToLower(said); !strings.Contains(s, "full") && !strings.Contains(s, "no space") {
		t.Errorf("nothing is said of the disk:\n%.1500s", said)
	}
}

// clear leaves the disk empty and with room.
func clear(t *testing.T, d *disk) {
	t.Helper()
	list, err := os.ReadDir(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if err := os.RemoveAll(filepath.Join(d.dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
}
