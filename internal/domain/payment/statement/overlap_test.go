package statement_test

import (
	"bytes"
	"net/http"
	"testing"

	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
	"balai/internal/spine/mt940"
)

// A file of several statements may come again, and overlap with another: what was read
// is passed over, wherever it stands in the file, and the rest is booked.
func TestFilesOverlap(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		lines := []iso20022.Entry{credit(100, "B-1", ""), credit(200, "B-2", ""), credit(400, "B-3", "")}
		file := func(days ...int) []byte {
			var b bytes.Buffer
			for _, n := range days {
				e := lines[n]
				e.Booked = []string{"2026-11-26", "2026-11-27", "2026-11-28"}[n]
				s := r.day(e.Booked, []money.Amount{0, 100, 300}[n], e)
				if err := mt940.Write(&b, s, []iso20022.Entry{e}); err != nil {
					t.Fatal(err)
				}
			}
			return b.Bytes()
		}
		for n, c := range []struct {
			days         []int
			status, told int
		}{{[]int{0, 1}, http.StatusCreated, 2}, {[]int{0, 1}, http.StatusOK, 2}, {[]int{1, 2}, http.StatusCreated, 2}, {[]int{0, 1, 2}, http.StatusOK, 3}} {
			status, text, out := r.call(r.key, "POST", "/v1/statements", file(c.days...))
			if list, _ := out["results"].([]any); status != c.status || len(list) != c.told {
				t.Errorf("%d: %d %s", n, status, text)
			}
		}
		if p := r.proof(); !p.Agrees() || p.Said != 700 {
			t.Errorf("%+v", p)
		}
		r.sound()
	})
}
