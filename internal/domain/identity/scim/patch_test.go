package scim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"testing"

	"github.com/elimity-com/scim"
	"github.com/elimity-com/scim/filter"
	"github.com/elimity-com/scim/schema"
	parser "github.com/scim2/filter-parser/v2"
)

type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path,omitempty"`
	Value any    `json:"value,omitempty"`
}

type patchCase struct {
	Before     map[string]any `json:"before"`
	Operations []operation    `json:"operations"`
	After      map[string]any `json:"after"`
	Refused    bool           `json:"refused"`
	want       string         // as JSON, from RFC 7644's own text
}

type filterCase struct {
	Filter string           `json:"filter"`
	List   []map[string]any `json:"list"`
	Passes []string         `json:"passes"`
	want   []string
}

func somebody() map[string]any {
	return map[string]any{"userName": "farid", "displayName": "Farid", "name": map[string]any{"formatted": "Farid bin Ali"}, "active": true,
		"emails": []any{map[string]any{"value": "farid@contoh.example", "type": "work", "primary": true}, map[string]any{"value": "f@rumah.example", "type": "home"}}}
}

func office() map[string]any {
	return map[string]any{"displayName": "Pegawai", "members": []any{map[string]any{"value": "farid", "display": "Farid"}}}
}

func patches() []patchCase {
	one := func(before map[string]any, want string, ops ...operation) patchCase {
		return patchCase{Before: before, Operations: ops, want: want}
	}
	email := map[string]any{"value": "x@contoh.example", "type": "other"}
	return []patchCase{
		one(somebody(), `"active":false`, operation{"replace", "active", false}),
		one(somebody(), `"active":false`, operation{"replace", "", map[string]any{"active": false}}),
		one(somebody(), `"displayName":"F. Ali"`, operation{"add", "displayName", "F. Ali"}),
		one(somebody(), `"formatted":"F. Ali"`, operation{"replace", "name.formatted", "F. Ali"}),
		one(somebody(), `"familyName":"Ali"`, operation{"add", "name", map[string]any{"familyName": "Ali"}}),
		one(somebody(), `"x@contoh.example"`, operation{"add", "emails", []any{email}}),
		one(somebody(), `"emails":[{"type":"other","value":"x@contoh.example"}]`, operation{"replace", "emails", []any{email}}),
		one(somebody(), `"emails":[{"type":"home","value":"f@rumah.example"}]`, operation{"remove", `emails[type eq "work"]`, nil}),
		one(somebody(), `"value":"new@contoh.example"`, operation{"replace", `emails[type eq "work"].value`, "new@contoh.example"}),
		one(somebody(), `"userName":"farid"}`, operation{"remove", "emails", nil}),
		one(somebody(), `"userName":"ali"`, operation{"replace", "userName", "ali"}, operation{"replace", "displayName", "Ali"}),
		one(map[string]any{"userName": "farid"}, `"emails":[{"type":"work","value":"new@contoh.example"}]`, operation{"add", `emails[type eq "work"].value`, "new@contoh.example"}),
		one(somebody(), `"externalId":"K-9","name":{"formatted":"F. Ali"}`, operation{"replace", "", map[string]any{"name.formatted": "F. Ali", "externalId": "K-9"}}),
		one(office(), `{"displayName":"Pegawai"}`, operation{"remove", `members[value eq "farid"]`, nil}),
		one(office(), `{"displayName":"Pegawai"}`, operation{"remove", "members", []any{map[string]any{"value": "farid", "display": "Farid"}}}),
		one(office(), `"value":"farid"`, operation{"remove", "members", []any{map[string]any{"value": "nobody"}}}),
		one(office(), `{"displayName":"Pegawai"}`, operation{"remove", "members", nil}),
		one(office(), `"value":"siti"`, operation{"add", "members", []any{map[string]any{"value": "siti"}}}),
		one(office(), `"members":[{"value":"siti"}]`, operation{"replace", "members", []any{map[string]any{"value": "siti"}}}),
		one(office(), `"members":[{"display":"Farid","value":"farid"}]`, operation{"remove", `members[value eq "nobody"]`, nil}),
	}
}

// decoded is an operation as the protocol's reader gives it.
func decoded(t *testing.T, o operation) scim.PatchOperation {
	t.Helper()
	out := scim.PatchOperation{Op: o.Op, Value: o.Value}
	if o.Path != "" {
		path, err := parser.ParsePath([]byte(o.Path))
		if err != nil {
			t.Fatalf("%s: %v", o.Path, err)
		}
		out.Path = &path
	}
	return out
}

const anyCase = `userName eq "FARID"`

func filters() []filterCase {
	list := []map[string]any{
		{"id": "1", "userName": "farid", "displayName": "Farid bin Ali", "active": true, "emails": []any{map[string]any{"value": "farid@contoh.example", "type": "work"}}},
		{"id": "2", "userName": "siti", "displayName": "Siti binti Omar", "active": false},
		{"id": "3", "userName": "ali", "displayName": "Ali", "active": true, "externalId": "K-3"},
	}
	var out []filterCase
	for text, want := range map[string][]string{
		`userName eq "farid"`:                 {"1"},
		anyCase:                               {"1"},
		`active eq true`:                      {"1", "3"},
		`active eq true and userName sw "al"`: {"3"},
		`displayName co "Ali" or userName eq "siti"`:                    {"1", "2", "3"},
		`not (active eq true)`:                                          {"2"},
		`externalId eq "K-3"`:                                           {"3"},
		`emails pr`:                                                     {"1"},
		`emails.value ew "contoh.example"`:                              {"1"},
		`emails[type eq "work" and value co "farid"]`:                   {"1"},
		`userName eq "nobody"`:                                          nil,
		`(userName eq "ali" or userName eq "siti") and active eq false`: {"2"},
	} {
		out = append(out, filterCase{Filter: text, List: list, want: want})
	}
	return out
}

// A PATCH leaves what the protocol says, a filter finds what it says, and npm's
// scim-patch and scim2-parse-filter agree on each.
func TestPatchAndFilterAsOthersReadThem(t *testing.T) {
	var patched []patchCase
	for _, c := range patches() {
		s := userSchema()
		if c.Before["userName"] == nil {
			s = groupSchema()
		}
		var ops []scim.PatchOperation
		for _, o := range c.Operations {
			ops = append(ops, decoded(t, o))
		}
		before, _ := json.Marshal(c.Before)
		after, err := apply(c.Before, ops, s)
		c.After, c.Refused = after, err != nil
		text, _ := json.Marshal(after)
		if err != nil || !bytes.Contains(text, []byte(c.want)) {
			t.Errorf("%+v: %s, want %s: %v", c.Operations, text, c.want, err)
		}
		if again, _ := json.Marshal(c.Before); !bytes.Equal(again, before) {
			t.Errorf("%+v changed what it was applied to", c.Operations)
		}
		patched = append(patched, c)
	}
	s := userSchema()
	s.Attributes = append(s.Attributes, schema.CommonAttributes()...)
	var found []filterCase
	for _, c := range filters() {
		v, err := filter.NewValidator(c.Filter, s)
		if err != nil {
			t.Fatalf("%s: %v", c.Filter, err)
		}
		for _, one := range c.List {
			if meets(one, v.GetFilter(), userSchema()) {
				c.Passes = append(c.Passes, one["id"].(string))
			}
		}
		if fmt.Sprint(c.Passes) != fmt.Sprint(c.want) {
			t.Errorf("%s finds %v, want %v", c.Filter, c.Passes, c.want)
		}
		if c.Filter != anyCase { // theirs tells FARID from farid; RFC 7643 does not, of a user's name
			found = append(found, c)
		}
	}
	in, err := json.Marshal(map[string]any{"patches": patched, "filters": found})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "../../../../test/browser/lib/scim.mjs")
	cmd.Stdin = bytes.NewReader(in)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// What cannot be meant is refused whole.
func TestPatchRefuses(t *testing.T) {
	for _, o := range []operation{
		{"remove", "", nil},
		{"replace", `emails[type eq "fax"].value`, "x"},
		{"replace", "groups", []any{map[string]any{"value": "any"}}},
		{"replace", "salary", 5},
		{"replace", "name.salary", "x"},
		{"add", "", "text"},
	} {
		if got, err := apply(somebody(), []scim.PatchOperation{{Op: "replace", Value: map[string]any{"active": false}}, decoded(t, o)}, userSchema()); err == nil {
			t.Errorf("%+v: %v", o, got)
		}
	}
}
