package web

import (
	"net/http"
	"testing"
)

func TestAccepted(t *testing.T) {
	for _, c := range []struct{ header, want string }{
		{"", "application/json"}, {"*/*", "application/json"}, {"application/json, text/plain, */*", "application/json"},
		{"image/png", "image/png"}, {"IMAGE/PNG", "image/png"}, {"image/*", "image/svg+xml"},
		{"image/png, image/svg+xml;q=0.1", "image/png"}, {"image/svg+xml;q=0.1, image/png;q=0.9", "image/png"},
		{"image/png, */*", "image/png"}, {"image/png;q=0.2, */*;q=0.8", "application/json"},
		{"image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "image/svg+xml"},
		{"application/json, image/svg+xml;q=0", "application/json"}, {"image/*, image/svg+xml;q=0", "image/png"}, {"image/png, image/svg+xml", "image/png"},
		{"*/*, application/json;q=0", "image/svg+xml"}, {"image/png;q=0", ""}, {"image/webp", ""}, {"text/html", ""}, {"nonsense", ""}, {"image/png;q=2", ""},
		{"application/json; charset=utf-8", "application/json"},
	} {
		r, err := http.NewRequest("GET", "http://localhost/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.header != "" {
			r.Header.Set("Accept", c.header)
		}
		if got := Accepted(r, "application/json", "image/svg+xml", "image/png"); got != c.want {
			t.Errorf("%q: %q, not %q", c.header, got, c.want)
		}
	}
}
