package hold

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Many may share it, one may have it alone, and who is refused learns by whom.
func TestSharedOrAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hold")
	take := func(alone bool, who string) (*Held, []string) {
		t.Helper()
		h, err := File(path, alone, who)
		var taken *Taken
		if errors.As(err, &taken) {
			return nil, taken.By
		}
		if err != nil {
			t.Fatal(err)
		}
		return h, nil
	}
	first, _ := take(false, "balai serve")
	second, _ := take(false, "balai demo")
	if first == nil || second == nil {
		t.Fatal("two who serve do not share it")
	}
	me := fmt.Sprintf("(process %d)", os.Getpid())
	if h, by := take(true, "balai move"); h != nil || strings.Join(by, ",") != "balai serve "+me+",balai demo "+me {
		t.Errorf("alone beside two: %v %q", h, by)
	}
	first.Release()
	if h, _ := take(true, "balai move"); h != nil {
		t.Error("alone beside one")
	}
	second.Release()
	second.Release()
	alone, _ := take(true, "balai move")
	if alone == nil {
		t.Fatal("nobody has it, and yet it is refused")
	}
	if h, by := take(false, "balai serve"); h != nil || len(by) != 1 || by[0] != "balai move "+me {
		t.Errorf("shared beside one who has it alone: %v %q", h, by)
	}
	alone.Release()
	gone := strings.Repeat("999999999 balai serve\n", 300)
	if err := os.WriteFile(path, []byte(gone), 0o600); err != nil {
		t.Fatal(err)
	}
	if last, _ := take(false, "balai serve"); last == nil {
		t.Error("who has gone keeps others out")
	}
	if text, err := os.ReadFile(path); err != nil || strings.Count(string(text), "\n") != 1 {
		t.Errorf("the file grows: %q %v", text, err)
	}
	var none *Held
	none.Release()
}
