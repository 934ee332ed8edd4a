package desk

import (
	"net/url"
	"reflect"
	"testing"

	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// questions plays the form: what it is asked to type comes back as posted.
type questions []Field

func (questions) Needed(*db.Tx, casework.Case) ([]Field, error) { return nil, nil }

func (q questions) Fields(casework.Case) ([]Field, error) { return q, nil }
func (q questions) Typed(_ casework.Case, v url.Values) (map[string]any, []fault.Field, error) {
	out := map[string]any{}
	for k, list := range v {
		out[k] = list
	}
	return out, nil, nil
}

// Only what an officer changed is a correction, whatever the type of the
// field; nothing is emptied by it.
func TestCorrectionOfEveryType(t *testing.T) {
	options := []Option{{Value: "a", Label: locale.Same("A")}, {Value: "b", Label: locale.Same("B")}, {Value: "c", Label: locale.Same("C")}}
	d := &Desk{Deps{Forms: questions{{ID: "name"}, {ID: "day", Date: true}, {ID: "pay", Money: true}, {ID: "some", Options: options, Multi: true},
		{ID: "one", Options: options}, {ID: "sure", Options: []Option{{Value: "yes"}, {Value: "no"}}}, {ID: "many"}}}}
	acts := []casework.Act{{Kind: casework.Receive, Data: map[string]any{"answers": map[string]any{"name": "Ali", "day": "2026-01-02",
		"pay": int64(120050), "some": []any{"a", "c"}, "one": "b", "sure": true, "many": int64(4)}}}}
	same := url.Values{"field-name": {" Ali "}, "field-day": {"2026-01-02"}, "field-pay": {"1200.50"}, "field-some": {"", "a", "c"},
		"field-one": {"b"}, "field-sure": {"yes"}, "field-many": {"4"}}
	if got, faults, err := d.correction(casework.Case{}, acts, same); len(got)+len(faults) > 0 || err != nil {
		t.Errorf("unchanged: %v %v %v", got, faults, err)
	}
	for id, posted := range map[string][]string{"name": {"Alia"}, "day": {"2026-01-03"}, "pay": {"1200.05"}, "some": {"", "a", "b"},
		"one": {"c"}, "sure": {"no"}, "many": {"5"}} {
		values := url.Values{}
		for k, v := range same {
			values[k] = v
		}
		values["field-"+id] = posted
		got, faults, err := d.correction(casework.Case{}, acts, values)
		if want := map[string]any{id: filled(posted)}; !reflect.DeepEqual(got, want) || len(faults) > 0 || err != nil {
			t.Errorf("%s: %v %v %v, want %v", id, got, faults, err, want)
		}
		values["field-"+id] = []string{""}
		if _, faults, _ := d.correction(casework.Case{}, acts, values); len(faults) != 1 || faults[0].Location != "field-"+id {
			t.Errorf("emptying %s: %v", id, faults)
		}
	}
}
