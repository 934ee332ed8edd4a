package web

import (
	"context"
	"fmt"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Places are named as the API names them, some of them, and no longer than a
// person reads.
func TestUnfitPlaces(t *testing.T) {
	got := Unfit([]byte(`{"a":"x","b":{"c":["y","\ufffd",{"d":"\ufffd"}]},"e\ufffd":1}`), Lost)
	if want := []string{"body.b.c[1]", "body.b.c[2].d", "body"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := Unfit([]byte("["+strings.Repeat(`"\ufffd",`, 5000)+"1]"), Lost); len(got) != placesMost {
		t.Errorf("%d places", len(got))
	}
	long := strings.Repeat("n", 5000)
	if got := Unfit([]byte(`{"a":{"`+long+`":{"b":"\ufffd"}}}`), Lost); len(got) != 1 || got[0] != "body.a…" {
		t.Errorf("%.300q", got)
	}
}

// A body of one megabyte that is as deep as a decoder takes costs megabytes, and
// not the sum of its places.
func TestDeepBodyCostsWhatItIsLong(t *testing.T) {
	const depth = 9000
	body := []byte(strings.Repeat(`{"`+strings.Repeat("n", 100)+`":`, depth) + `"\ufffd"` + strings.Repeat("}", depth))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := Unfit(body, Lost)
	runtime.ReadMemStats(&after)
	if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; len(got) != 1 || mb > 64 {
		t.Errorf("%d places, %d MB", len(got), mb)
	}
}

// Whoever sends thousands of fields that nobody knows is told of some: the answer
// is not many times what was sent.
func TestManyWrongPlaces(t *testing.T) {
	type in struct{ Body struct{ A string } }
	type out struct{ Body string }
	rt := rig(t, JSON(APIRoute{Method: "POST", Path: "/api/t", Policy: "hall.read"}, func(context.Context, *in) (*out, error) { return &out{}, nil }))
	var body strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&body, `"k%d":1,`, i)
	}
	r := httptest.NewRequest("POST", "http://localhost:8080/api/t", strings.NewReader("{"+body.String()+`"A":"x"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	rt.ServeHTTP(w, r)
	if n := strings.Count(w.Body.String(), `"location"`); w.Code != 422 || n != placesMost {
		t.Errorf("%d, %d places, %d bytes", w.Code, n, w.Body.Len())
	}
}

// A body of very many small parts is refused before it is read: each would be
// some hundred bytes in memory.
func TestSprawlingBody(t *testing.T) {
	type in struct{ Body struct{ A []map[string]any } }
	type out struct{ Body string }
	rt := rig(t, JSON(APIRoute{Method: "POST", Path: "/api/t", Policy: "hall.read"}, func(context.Context, *in) (*out, error) { return &out{}, nil }))
	for parts, want := range map[int]int{partsMost/2 - 10: 200, 140_000: 400} {
		body := `{"A":[` + strings.Repeat(`{"":0},`, parts) + `{}]}`
		r := httptest.NewRequest("POST", "http://localhost:8080/api/t", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		rt.ServeHTTP(w, r)
		runtime.ReadMemStats(&after)
		if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; w.Code != want || mb > 40 || want == 400 && !strings.Contains(w.Body.String(), "web.field.parts") {
			t.Errorf("%d parts: %d, %d MB, %.300s", parts, w.Code, mb, w.Body.String())
		}
		if at := Unfit([]byte(body), Lost); at != nil {
			t.Error(at)
		}
	}
}
