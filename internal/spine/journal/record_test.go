package journal

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"balai/internal/spine/locale"

	"pgregory.net/rapid"
)

// The vectors are RFC 8785's own (sections 3.2.2 to 3.2.4 and appendix B)
// where they are numbers or the string sample.
func TestCanonicalForm(t *testing.T) {
	for _, c := range []struct {
		in   any
		want string
	}{
		{map[string]any{"b": 1, "a": []any{true, nil, "x"}}, `{"a":[true,null,"x"],"b":1}`},
		{map[string]any{"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7},
			"{\"\\r\":2,\"1\":4,\"\u0080\":6,\"\u00f6\":7,\"\u20ac\":1,\"\U0001f600\":5,\"\ufb33\":3}"},
		{"\u20ac$\u000f\u000aA'B\"\\\\\"/", `"€$\u000f\nA'B\"\\\\\"/"`},
		{"<b>&\u2028\u2029\u007f", "\"<b>&\u2028\u2029\u007f\""},
		{"\b\t\f\x1f", `"\b\t\f\u001f"`},
		{[]any{0.0, math.Copysign(0, -1), 1e-7, 0.000001, 4.5, 2e-3, 1e30 / 1e20}, `[0,0,1e-7,0.000001,4.5,0.002,10000000000]`},
		{int64(9007199254740991), `9007199254740991`},
		{333333333.33333329, `333333333.3333333`},
	} {
		got, err := appendCanonical(nil, c.in)
		if err != nil || string(got) != c.want {
			t.Errorf("canonical(%v) = %s (%v), want %s", c.in, got, err, c.want)
		}
	}
	for _, bad := range []any{int64(maxExact), 1e21, json.Number("1e400"), math.Inf(1), math.NaN(), make(chan int), map[string]any{"\xff": 1}} {
		if got, err := appendCanonical(nil, bad); err == nil {
			t.Errorf("canonical(%v) = %s, want an error", bad, got)
		}
	}
}

func TestCanonicalIsOneFormPerValue(t *testing.T) {
	value := rapid.Deferred(func() *rapid.Generator[any] { return anyJSON(3) })
	rapid.Check(t, func(t *rapid.T) {
		v := value.Draw(t, "value")
		first, err := appendCanonical(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		var back any
		if err := json.Unmarshal(first, &back); err != nil {
			t.Fatalf("%s is not JSON: %v", first, err)
		}
		again, err := appendCanonical(nil, back)
		if err != nil || string(again) != string(first) {
			t.Fatalf("%s became %s (%v)", first, again, err)
		}
	})
}

func anyJSON(depth int) *rapid.Generator[any] {
	gens := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.String().AsAny(),
		rapid.Int64Range(-maxExact+1, maxExact-1).AsAny(), rapid.Float64Range(-1e15, 1e15).AsAny(),
	}
	if depth > 0 {
		inner := anyJSON(depth - 1)
		gens = append(gens, rapid.SliceOfN(inner, 0, 4).AsAny(), rapid.MapOfN(rapid.String(), inner, 0, 4).AsAny())
	}
	return rapid.OneOf(gens...)
}

func TestRecordReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String()
		in := Record{
			Kind: s.Draw(t, "kind"), At: rapid.Int64Range(0, maxExact-1).Draw(t, "at"),
			By:   By{Person: s.Draw(t, "person"), Post: s.Draw(t, "post"), Agency: s.Draw(t, "agency"), Title: locale.Text{MS: s.Draw(t, "ms"), EN: s.Draw(t, "en")}},
			Case: s.Draw(t, "case"), Act: rapid.IntRange(0, 99).Draw(t, "act"), Basis: s.Draw(t, "basis"),
			Why: locale.Text{MS: s.Draw(t, "why"), EN: s.Draw(t, "why en")},
		}
		if subjects := rapid.SliceOf(s).Draw(t, "subjects"); len(subjects) > 0 {
			in.Subjects = subjects
		}
		text, err := encode("leaf", in)
		if err != nil {
			t.Fatal(err)
		}
		slow, err := appendOther(nil, asJSON("leaf", in))
		if err != nil || string(slow) != string(text) {
			t.Fatalf("%s is not canonical, want %s (%v)", text, slow, err)
		}
		leaf, out, err := decode(text)
		if err != nil || leaf != "leaf" || !reflect.DeepEqual(in, out) {
			t.Fatalf("%s: %+v became %+v (%v)", text, in, out, err)
		}
	})
}

// asJSON is the record as its documented struct.
func asJSON(leaf string, r Record) recordJSON {
	text := func(t locale.Text) *textJSON {
		if t == (locale.Text{}) {
			return nil
		}
		return &textJSON{t.MS, t.EN}
	}
	var acts *For
	if r.By.For != (For{}) {
		acts = &r.By.For
	}
	return recordJSON{
		Version: recordVersion, Leaf: leaf, Kind: r.Kind, At: r.At,
		By:   byJSON{r.By.Person, r.By.Post, r.By.Agency, text(r.By.Title), r.By.Name, acts},
		Case: r.Case, Act: r.Act, Subjects: r.Subjects, Why: text(r.Why), Basis: r.Basis, Data: r.Data,
	}
}

func TestPlainAndOtherTypesAgree(t *testing.T) {
	value := rapid.Deferred(func() *rapid.Generator[any] { return anyJSON(3) })
	rapid.Check(t, func(t *rapid.T) {
		v := value.Draw(t, "value")
		fast, err := appendCanonical(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		slow, err := appendOther(nil, v)
		if err != nil || string(fast) != string(slow) {
			t.Fatalf("%s and %s (%v) are both said to be %v", fast, slow, err, v)
		}
	})
}
