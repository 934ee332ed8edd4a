package notice

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// What /api/openapi.json says of a body is what the wire takes: which fields
// are needed, how long they may be, and that there are no others.
func TestBodiesAreAsDescribed(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *rig) {
		k := r.key("jpn", "one", Normal)
		for _, c := range []struct {
			path  string
			of    any
			whole map[string]any
		}{
			{"email", NotifyEmail{}, map[string]any{"email_address": "a@contoh.example", "template_id": templateID("greeting"), "personalisation": map[string]any{"name": "Aisyah"}}},
			{"sms", NotifySMS{}, map[string]any{"phone_number": "012-345 6789", "template_id": templateID("note"), "personalisation": map[string]any{"text": "x"}}},
			{"letter", NotifyLetter{}, map[string]any{"template_id": templateID("page"),
				"personalisation": map[string]any{"address_line_1": "Aisyah", "address_line_2": "1 Jalan", "address_line_3": "16100 Kota Bharu"}}},
			{"letter", NotifyLetterFile{}, map[string]any{"content": "JVBERi0="}},
		} {
			send := func(name string, value any) string {
				body := maps.Clone(c.whole)
				if body[name] = value; value == nil {
					delete(body, name)
				}
				a := r.as(k, "POST", "/v2/notifications/"+c.path, body)
				return fmt.Sprint(a.status, " ", a.errors())
			}
			if c.whole["content"] == nil && !strings.HasPrefix(send("reference", "r"), "201") {
				t.Errorf("%s as it is described: %s", c.path, send("reference", "r"))
			}
			if got := send("zz", 1); !strings.Contains(got, "zz was unexpected") {
				t.Errorf("%s with another field: %s", c.path, got)
			}
			typ := reflect.TypeOf(c.of)
			for i := range typ.NumField() {
				f := typ.Field(i)
				name, more, _ := strings.Cut(f.Tag.Get("json"), ",")
				if got := send(name, nil); name != "content" && name != "personalisation" &&
					strings.Contains(got, name+" is a required property") != (more != "omitempty") {
					t.Errorf("%s without %s: %s", c.path, name, got)
				}
				if got := send(name, "x"); strings.Contains(got, name+" was unexpected") {
					t.Errorf("%s takes no %s", c.path, name)
				}
				most, err := strconv.Atoi(f.Tag.Get("maxLength"))
				if err != nil {
					continue
				}
				if got := send(name, strings.Repeat("a", most+1)); !strings.Contains(got, "is too long") {
					t.Errorf("%s with a long %s: %s", c.path, name, got)
				}
				if got := send(name, strings.Repeat("a", most)); strings.Contains(got, "is too long") {
					t.Errorf("%s with the longest %s: %s", c.path, name, got)
				}
			}
		}
		for _, route := range r.Routes() {
			makes := route.Method == "POST" && strings.HasPrefix(route.Pattern, "/v2/notifications/")
			if d := route.Described; strings.HasPrefix(route.Pattern, "/v2/") && (d == nil || (d.Status == http.StatusCreated) != makes) {
				t.Errorf("%s %s is described as %+v", route.Method, route.Pattern, d)
			}
		}
	})
}
