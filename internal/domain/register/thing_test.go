package register

import (
	"testing"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

func vehicleFields() []BookField {
	return []BookField{{Name: "plate", Type: "string"}, {Name: "until", Type: "date"}, {Name: "state", Type: "choice", Options: []string{"used", "scrapped"}}}
}

// Of what a person has several of, each is as its newest entry says, in the
// order of what ends first; what a yes entered is a newer state, and void it is
// as before.
func TestThings(t *testing.T) {
	eachBook(t, func(t *testing.T, r rig) {
		car := func(plate, until, state string) map[string]any {
			return map[string]any{"plate": plate, "until": until, "state": state}
		}
		r.load(BookEntry{"v1", "transport.vehicle", "mum", "P1", car("WXY 1", "2026-12-20", "used"), 0},
			BookEntry{"v2", "transport.vehicle", "mum", "P2", car("ABC 2", "2026-12-05", "used"), 0},
			BookEntry{"v3", "transport.vehicle", "mum", "P3", car("OLD 3", "2020-01-01", "scrapped"), 0},
			BookEntry{"v4", "transport.vehicle", "dad", "P4", car("DAD 4", "2026-12-01", "used"), 0})
		are := func(first, second any) {
			t.Helper()
			got := r.bookFacts("mum", "transport.vehicle")
			if got["vehicle.plate"] != first || got["vehicle_2.plate"] != second {
				t.Errorf("%v and %v, want %v and %v", got["vehicle.plate"], got["vehicle_2.plate"], first, second)
			}
		}
		are("ABC 2", "WXY 1")
		r.clock.Advance(time.Hour)
		e := r.enter("transport.vehicle", "BLH-1", "mum", car("ABC 2", "2027-12-05", "used"))
		are("WXY 1", "ABC 2")
		if got := r.bookFacts("mum", "transport.vehicle"); got["vehicle_2.until"] != "2027-12-05" {
			t.Errorf("%v", got)
		}
		if code := r.fails(func(tx *db.Tx) error {
			_, err := r.Enter(tx, Entry{Register: "transport.vehicle", Values: car("ABC 2", "2027-12-05", "used"), Person: "mum", Case: "BLH-2"})
			return err
		}); code != fault.Conflict {
			t.Errorf("the same year twice: %s", code)
		}
		r.write(func(tx *db.Tx) error { return r.Void(tx, Voiding{Entry: e.Entry, Case: "BLH-1"}) })
		are("ABC 2", "WXY 1")
		r.clock.Advance(time.Hour)
		r.enter("transport.vehicle", "BLH-3", "mum", car("WXY 1", "2026-12-20", "scrapped"))
		are("ABC 2", nil)
	})
}
