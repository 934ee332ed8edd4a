package chaos

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// disk is a small file system of its own, in memory, that can be full.
type disk struct {
	dir     string
	mounted bool
}

// room is a disk with space; a hall and its database need 200 MB.
const room = "4g"

// newDisk mounts one. Where the test may not mount, the disk is a folder that is never full.
func newDisk(t *testing.T) *disk {
	t.Helper()
	dir, err := os.MkdirTemp("", "balai-chaos-")
	if err != nil {
		t.Fatal(err)
	}
	// PostgreSQL runs as a user of its own, who has to get in.
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	d := &disk{dir: dir}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "mode=755,size="+room, "balai-chaos", dir).CombinedOutput(); err != nil {
		t.Logf("THE DISK IS NEVER FULL in this run, for a small file system needs root: %s", out)
	} else {
		d.mounted = true
	}
	t.Cleanup(func() {
		if d.mounted {
			if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
				t.Errorf("umount: %s", out)
			}
		}
		os.RemoveAll(dir)
	})
	return d
}

// fill leaves not a page free: the disk shrinks to what is used, so that nothing has to be written.
func (d *disk) fill(t *testing.T) {
	t.Helper()
	for range 100 { // what is used may grow between the two commands
		out, err := exec.Command("df", "-B1", "--output=used", d.dir).Output()
		if err != nil {
			t.Fatalf("df: %v", err)
		}
		f := strings.Fields(string(out))
		used, err := strconv.ParseInt(f[len(f)-1], 10, 64)
		if err != nil {
			t.Fatalf("df: %q", out)
		}
		if d.resize(strconv.FormatInt(used, 10)) == nil {
			return
		}
	}
	t.Fatal("the disk could not be filled")
}

// empty gives the disk space again.
func (d *disk) empty(t *testing.T) {
	t.Helper()
	if err := d.resize(room); err != nil {
		t.Fatalf("the disk stays full: %v", err)
	}
}

func (d *disk) resize(size string) error {
	return exec.Command("mount", "-o", "remount,size="+size, d.dir).Run()
}
