package form

import (
	"maps"
	"net/url"
	"testing"

	"balai/internal/spine/locale"
)

// home asks where somebody lives.
func home() *Form {
	opts := []Option{{Value: "MY-03", Label: locale.Same("Kelantan")}, {Value: "MY-12", Label: locale.Same("Sabah")}}
	return &Form{Pages: []Page{{ID: "home", Fields: []Field{
		{ID: "postcode", Type: TypePostcode, Required: true},
		{ID: "sure", Type: TypeYesNo, Confirms: "postcode"},
		{ID: "town", Type: TypeText, From: "postcode", Required: true},
		{ID: "state", Type: TypeChoice, From: "postcode", Required: true, Options: opts},
	}}}}
}

// TestPostcode gives the same answers as a browser posts them and as a program
// sends them.
func TestPostcode(t *testing.T) {
	type answers = map[string]any
	for name, tc := range map[string]struct {
		in, out answers
		bad     []string // location and key, of the page's post
	}{
		"filled in":        {answers{"postcode": "15400"}, answers{"postcode": "15400", "town": "Kota Bharu", "state": "MY-03"}, nil},
		"said alike":       {answers{"postcode": "15400", "town": "Kubang Kerian", "state": "MY-03"}, answers{"postcode": "15400", "town": "Kubang Kerian", "state": "MY-03"}, nil},
		"no such":          {answers{"postcode": "99999"}, answers{}, []string{"answers.postcode form.unknown.postcode"}},
		"not sure":         {answers{"postcode": "99999", "sure": false, "town": "X", "state": "MY-03"}, answers{"town": "X", "state": "MY-03"}, []string{"answers.postcode form.unknown.postcode"}},
		"sure":             {answers{"postcode": "99999", "sure": true, "town": "X", "state": "MY-03"}, answers{"postcode": "99999", "sure": true, "town": "X", "state": "MY-03"}, nil},
		"sure of half":     {answers{"postcode": "99999", "sure": true}, answers{"postcode": "99999", "sure": true}, []string{"answers.town form.required", "answers.state form.required"}},
		"elsewhere":        {answers{"postcode": "88000", "town": "X", "state": "MY-03"}, answers{"town": "X", "state": "MY-03"}, []string{"answers.postcode form.elsewhere.postcode"}},
		"sure elsewhere":   {answers{"postcode": "88000", "sure": true, "town": "X", "state": "MY-03"}, answers{"postcode": "88000", "sure": true, "town": "X", "state": "MY-03"}, nil},
		"sure for nothing": {answers{"postcode": "88000", "sure": true}, answers{"postcode": "88000", "town": "Kota Kinabalu", "state": "MY-12"}, nil},
		"two towns":        {answers{"postcode": "89260"}, answers{"postcode": "89260", "state": "MY-12"}, []string{"answers.town form.required"}},
		"no state of ours": {answers{"postcode": "50000"}, answers{"postcode": "50000", "town": "Kuala Lumpur"}, []string{"answers.state form.required"}},
		"malformed":        {answers{"postcode": "154"}, answers{}, []string{"answers.postcode form.invalid.postcode"}},
		"sure of nothing":  {answers{"sure": true}, answers{}, []string{"answers.postcode form.required"}},
	} {
		f := home()
		posted := url.Values{}
		for k, v := range tc.in {
			switch v := v.(type) {
			case string:
				posted.Set(k, v)
			case bool:
				posted.Set(k, map[bool]string{true: "yes", false: "no"}[v])
			}
		}
		got, faults := f.Parse(&f.Pages[0], posted, today)
		if !maps.Equal(got, tc.out) {
			t.Errorf("%s: %v, want %v", name, got, tc.out)
		}
		var bad []string
		for _, w := range faults {
			bad = append(bad, w.Location+" "+w.Key)
		}
		if len(bad) != len(tc.bad) {
			t.Errorf("%s: faults %v, want %v", name, bad, tc.bad)
			continue
		}
		required := 0
		for i := range bad {
			if bad[i] != tc.bad[i] {
				t.Errorf("%s: faults %v, want %v", name, bad, tc.bad)
			}
			if faults[i].Key == "form.required" {
				required++
			}
		}
		for _, id := range []string{"town", "state"} {
			if filledIn := got[id] != nil && tc.in[id] == nil; filledIn != f.Pages[0].Told(id, got) && tc.in[id] == nil {
				t.Errorf("%s: whether %s was typed: %v", name, id, !filledIn)
			}
		}
		if f.Pages[0].Told("postcode", got) {
			t.Errorf("%s: the postcode tells itself", name)
		}
		sent, _, wrong := f.Check(tc.in, today)
		if !maps.Equal(sent, tc.out) || len(wrong) != len(faults)-required {
			t.Errorf("%s: a program's answers become %v with %v", name, sent, wrong)
		}
	}
}
