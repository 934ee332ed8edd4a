package app

import (
	"context"
	"encoding/json"
	"html"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	guideSample = regexp.MustCompile(`(?s)<pre[^>]*><code>([^<]*curl [^<]*)</code></pre>`)
	sampleCall  = regexp.MustCompile(`(?s)curl (?:-X (\w+) )?"\$HALL(/\S*)" -H "Authorization: Bearer \$API_KEY"(?: -H 'Content-Type: application/json' \\\n  -d '(.*)')?$`)
)

// Each sample of the guide does what it says when it is typed as it stands, one
// after the other.
func TestOfficeGuideSamples(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s := r.system("jkm", true)
		page := r.gets(200, "", "GET", "/api/back-office", nil).body
		list := guideSample.FindAllStringSubmatch(page, -1)
		if len(list) != 8 {
			t.Fatalf("%d samples", len(list))
		}
		made := 0
		for _, m := range list {
			text := html.UnescapeString(m[1])
			call := sampleCall.FindStringSubmatch(text)
			if call == nil {
				t.Fatalf("not to be read:\n%s", text)
			}
			method, path := call[1], call[2]
			if method == "" {
				method = "GET"
			}
			var body any
			if call[3] != "" {
				body = strings.ReplaceAll(call[3], "940312-00-5038", "m0")
			}
			if before, after, ok := strings.Cut(path, "$EVENT"); ok {
				path = before + r.event(s) + after
			}
			got := r.ask("", method, officeAPI+path, body, "Authorization", "Bearer "+s.APIKey)
			if got.StatusCode == 201 {
				made++
			}
			if got.StatusCode >= 300 {
				t.Errorf("%d %s for\n%s", got.StatusCode, got.body, text)
			}
		}
		r.wants("made", made, 4)
	})
}

// event is one that the agency's system can have sent again.
func (r *rig) event(s system) string {
	r.t.Helper()
	ref := s.handIn("E-1", "m0", "checking")
	r.must(r.office.Reply(context.Background(), citizen("m0"), ref, "k1", "Helo"))
	return s.calls(200, "GET", "/events", nil).json(r.t)["events"].([]any)[0].(obj)["id"].(string)
}

// The guide, in both languages, and the docs name every field that a call takes.
func TestOfficeGuideNamesEveryField(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		docs, err := os.ReadFile("../../docs/back-office.md")
		r.must(err)
		var doc struct {
			Components struct {
				Schemas map[string]struct {
					Properties map[string]struct{ Description string }
					Required   []string
				}
			}
		}
		r.must(json.Unmarshal([]byte(r.gets(200, "", "GET", "/api/openapi.json", nil).body), &doc))
		for lang, words := range map[string][2]string{"ms": {"wajib", "pilihan"}, "en": {"needed", "optional"}} {
			page := r.gets(200, "", "GET", "/api/back-office?lang="+lang, nil).body
			if strings.Contains(page, "⟦") {
				t.Errorf("a sentence is missing in %s", lang)
			}
			for id, schema := range map[string]string{"case": "OfficeCase", "message": "OfficeMessage", "document": "OfficeDocument", "holding": "OfficeHolding", "webhook": "OfficeWebhook"} {
				_, section, _ := strings.Cut(page, `id="`+id+`"`)
				section, _, _ = strings.Cut(section, "<h3")
				s := doc.Components.Schemas[schema]
				if len(s.Properties) == 0 {
					t.Fatalf("no schema %s", schema)
				}
				for name := range s.Properties {
					_, row, found := strings.Cut(section, `<code class="b-code">`+name+`</code>`)
					row, _, _ = strings.Cut(row, "</tr>")
					word := words[1]
					if slices.Contains(s.Required, name) {
						word = words[0]
					}
					if name != "$schema" && (!found || !strings.Contains(row, word)) {
						t.Errorf("%s in %s: the field %s, which is %s", id, lang, name, word)
					}
					if name != "$schema" && !strings.Contains(string(docs), "`"+name+"`") {
						t.Errorf("docs/back-office.md has no %s", name)
					}
				}
			}
			if !strings.Contains(page, "200") || !strings.Contains(doc.Components.Schemas["OfficeCase"].Properties["title"].Description, "at most 200 characters") {
				t.Error("the bound of a title is not told")
			}
		}
	})
}
