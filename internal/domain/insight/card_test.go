package insight

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/outbox"
)

// A case decided at once keeps the promise; one decided on the third working
// day of two breaks it, and so do cases that are late and still open.
func TestCard(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		for n := range int64(5) {
			r.tell(r.story(n + 1)...) // the hall names releases 1 and 2; the others count for all
		}
		r.drain()
		r.hall.overdue = 2
		h := r.router()
		var got publicScore
		w := ask(h, "/api/v1/report/"+birth, "")
		if err := json.Unmarshal(w.Body.Bytes(), &got); w.Code != http.StatusOK || err != nil {
			t.Fatal(w.Code, err, w.Body)
		}
		a := got.All
		if got.Open != 3 || got.Overdue != 2 || a.Sent != 15 || a.Decided != 10 || a.Ratings != 10 {
			t.Errorf("%+v", got)
		}
		for name, c := range map[string][2]any{
			"automatic": {a.Automatic, 50.0}, "kept": {a.Kept, 41.7}, "officers": {a.Officers, 0}, "rating": {a.Rating, 3.5}, "used": {a.Used, int64(3)},
			"promised": {a.Promised, int64(2)}, "typed": {a.Typed, int64(1)}, "held": {a.Held, int64(22)},
		} {
			b, _ := json.Marshal(c[0])
			if want := fmt.Sprint(c[1]); string(b) != want {
				t.Errorf("%s: %s, want %s", name, b, want)
			}
		}
		if len(got.Releases) != 2 || got.Releases[0].Decided != 2 || got.Releases[0].Kept != nil || got.Releases[0].Rating != nil || got.Releases[0].Typed != nil {
			t.Errorf("a release with two decisions shows a share: %+v", got.Releases)
		}
	}, outbox.Migration(), Migration())
}

// Everybody may read the card, in both languages, empty and filled; nobody's
// words and no reference stand on it.
func TestCardPages(t *testing.T) {
	r := newRig(t, dbtest.Open(t, "sqlite", outbox.Migration(), Migration()))
	h := r.router()
	look := func(state string, wants ...string) {
		for _, path := range []string{"/report", "/report/" + birth} {
			for _, lang := range []string{"ms", "en"} {
				w := ask(h, path+"?lang="+lang, "")
				body := w.Body.String()
				if w.Code != http.StatusOK || strings.Contains(body, "⟦") || strings.Contains(body, "%!") || strings.Contains(body, "Terlalu") {
					t.Errorf("%s %s %s: %d, %d bytes", state, path, lang, w.Code, len(body))
				}
				for _, want := range wants {
					if lang == "en" && !strings.Contains(body, want) {
						t.Errorf("%s %s lacks %q", state, path, want)
					}
				}
			}
		}
	}
	look("empty")
	for n := range int64(5) {
		r.tell(r.story(n + 1)...)
	}
	r.drain()
	r.c.Set(r.c.Now().Add(2 * cardLife))
	look("filled", "50%", "3.5", "Register a birth", "Department")
	for _, path := range []string{"/report/jpn/nothing", "/report/x/y", "/api/v1/report/jpn/nothing"} {
		if w := ask(h, path, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// However many look, the card is computed once a minute.
func TestCardOnceAMinute(t *testing.T) {
	r := newRig(t, dbtest.Open(t, "sqlite", outbox.Migration(), Migration()))
	h := r.router()
	for range 5 {
		ask(h, "/report", "")
	}
	if r.hall.asked != 1 {
		t.Errorf("computed %d times for five readers", r.hall.asked)
	}
	r.c.Set(r.c.Now().Add(cardLife - time.Second))
	ask(h, "/report", "")
	r.c.Set(r.c.Now().Add(time.Second))
	ask(h, "/report", "")
	if r.hall.asked != 2 {
		t.Errorf("computed %d times in a minute and a second, not twice", r.hall.asked)
	}
}
