package definition_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"balai/catalogue"
	"balai/internal/domain/service/definition"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

const births, aid = "jpn/birth-registration", "jkm/child-aid"

func sample(t *testing.T, s *definition.Service, name string) definition.SampleCase {
	t.Helper()
	for _, c := range s.Examples(today) {
		if c.Name == name || c.Person == name {
			return c
		}
	}
	t.Fatalf("no sample case %q", name)
	return definition.SampleCase{}
}

// draw makes an application from pieces of the sample cases, so that every
// rule is met from many sides.
func draw(t *rapid.T, s *definition.Service, examples []definition.SampleCase) definition.Input {
	pick := func(label string) definition.SampleCase { return rapid.SampledFrom(examples).Draw(t, label) }
	in := definition.Input{Answers: map[string]any{}, Facts: maps.Clone(pick("facts").Facts), Files: map[string]int{}, Today: today}
	for range rapid.IntRange(1, 3).Draw(t, "mix") {
		c := pick("answers")
		maps.Copy(in.Answers, c.Answers)
		for id, list := range c.Files {
			in.Files[id] = len(list)
		}
	}
	fitting(s, in)
	if rapid.Bool().Draw(t, "as it is") {
		return in
	}
	for _, name := range slices.Sorted(maps.Keys(in.Answers)) {
		if rapid.IntRange(0, 9).Draw(t, "drop "+name) == 0 {
			delete(in.Answers, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(in.Facts)) {
		if rapid.IntRange(0, 14).Draw(t, "absent "+name) == 0 {
			delete(in.Facts, name)
		}
	}
	for _, f := range s.Facts {
		if f.Disputable && rapid.IntRange(0, 14).Draw(t, "dispute "+f.Field) == 0 {
			in.Disputed = append(in.Disputed, f.Field)
		}
	}
	fitting(s, in)
	return in
}

// fitting leaves out what a mix of two cases says of each other wrongly, such
// as the postcode of one with the state of the other.
func fitting(s *definition.Service, in definition.Input) {
	_, _, bad := s.Form.Check(in.Answers, in.Today)
	for _, b := range bad {
		delete(in.Answers, strings.TrimPrefix(b.Location, "answers."))
	}
}

func TestEvaluateHolds(t *testing.T) {
	for _, s := range load(t).Services {
		t.Run(s.ID, func(t *testing.T) {
			verdicts := map[string]bool{definition.Unknown: true}
			for _, r := range s.Table.Rules {
				verdicts[r.Verdict] = true
			}
			automatic, officer := 0, 0
			examples := s.Examples(today)
			rapid.Check(t, func(t *rapid.T) {
				in := draw(t, s, examples)
				r, err := s.Evaluate(in)
				if err != nil {
					t.Fatal(err)
				}
				if !verdicts[r.Verdict] {
					t.Fatalf("verdict %q", r.Verdict)
				}
				if r.Automatic || r.AfterFee {
					automatic++
					mustBeSure(t, s, in, r)
				} else if r.Complete && r.Eligible {
					officer++
					if r.BudgetDays < 1 || len(r.Steps) == 0 || r.Calendar == "" {
						t.Fatalf("an officer's case without plan, time or office: %+v", r)
					}
				}
				// Invariant 2: what the route does not reach changes nothing.
				only := in
				only.Answers = r.Answers
				again, err := s.Evaluate(only)
				if err != nil {
					t.Fatal(err)
				}
				r.Ignored, again.Ignored = nil, nil
				if !reflect.DeepEqual(r, again) {
					t.Fatalf("answers of pages that are not reached changed the result:\n%+v\n%+v", r, again)
				}
				for name := range r.Answers {
					if _, page, _ := s.Form.Field(name); !slices.Contains(r.Route, page.ID) {
						t.Fatalf("%s counts, but %s is not on the route %v", name, page.ID, r.Route)
					}
				}
			})
			// What must be paid first is never decided at once.
			free := slices.ContainsFunc(s.Cases, func(c definition.SampleCase) bool { return c.Expect.State == "issued" })
			if free && automatic == 0 || officer == 0 {
				t.Errorf("the test met %d automatic and %d officers' cases", automatic, officer)
			}
		})
	}
}

// mustBeSure: a decision at once is only ever a yes on grounds that all hold.
func mustBeSure(t *rapid.T, s *definition.Service, in definition.Input, r definition.Result) {
	rows := r.AutomaticTrace
	if r.AfterFee && len(rows) > 0 && rows[len(rows)-1].Rule == definition.RuleFee {
		rows = rows[:len(rows)-1]
	}
	if !r.Complete || !r.Eligible || r.BudgetDays != 0 || (r.FeeCents != 0) != r.AfterFee || r.AfterFee == r.Automatic || len(rows) != len(s.Work.Automatic) {
		t.Fatalf("automatic, but %+v", r)
	}
	for _, row := range rows {
		if !row.Held || row.Unknown {
			t.Fatalf("automatic, but %s does not hold", row.Rule)
		}
	}
	for _, name := range in.Disputed {
		if f, _ := s.Fact(name); f.Material {
			t.Fatalf("automatic, but %s is disputed", name)
		}
	}
	if r.Certificate == "" || r.Register == "" || len(r.Entry) == 0 {
		t.Fatalf("a yes that makes nothing: %+v", r)
	}
}

func TestEvaluateIgnoresAndNamesWhatItDoesNotAsk(t *testing.T) {
	s := load(t).Service(births)
	in := sample(t, s, "aisyah").Input(today)
	plain, err := s.Evaluate(in)
	if err != nil {
		t.Fatal(err)
	}
	in.Answers = maps.Clone(in.Answers)
	maps.Copy(in.Answers, map[string]any{"__proto__": map[string]any{"x": 1}, "mother.citizenship": "foreigner", "birth_notice": map[string]any{"matches": false},
		"today": "2030-01-01", "late": true, "born_on": "2026-01-01", "birth_statement": "x"})
	in.Facts = maps.Clone(in.Facts)
	in.Facts["tax.income"] = 5
	in.Disputed = []string{"birth_notice.matches", "nothing"}
	r, err := s.Evaluate(in)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"__proto__", "birth_notice", "birth_notice.matches", "birth_statement", "born_on", "late", "mother.citizenship", "nothing", "today"}
	if !slices.Equal(r.Ignored, want) {
		t.Errorf("ignored %v\nwanted  %v", r.Ignored, want)
	}
	r.Ignored = plain.Ignored
	if !reflect.DeepEqual(r, plain) {
		t.Errorf("it changed the result:\n%+v\n%+v", r, plain)
	}
}

func TestEvaluateRefusesWrongTypes(t *testing.T) {
	s := load(t).Service(births)
	in := sample(t, s, "aisyah").Input(today)
	in.Answers = map[string]any{"child_name": 5, "late_reason": []any{}}
	in.Facts = maps.Clone(in.Facts)
	in.Facts["birth_notice.born_on"], in.Facts["birth_notice.matches"], in.Facts["birth_notice.weight_g"] = "yesterday", "yes", 3.5
	_, err := s.Evaluate(in)
	f, ok := fault.As(err)
	if !ok || f.Code != fault.Invalid {
		t.Fatalf("%v", err)
	}
	got := map[string]bool{}
	for _, x := range f.Fields {
		got[x.Location] = true
	}
	for _, want := range []string{"answers.child_name", "answers.late_reason", "facts.birth_notice.born_on", "facts.birth_notice.matches", "facts.birth_notice.weight_g"} {
		if !got[want] {
			t.Errorf("%s is not named in %v", want, f.Fields)
		}
	}
}

func TestEligibilityAsksForWhatIsUnknown(t *testing.T) {
	c := load(t)
	s := c.Service(births)
	ask := func(facts map[string]any) definition.Result {
		t.Helper()
		r, err := s.Eligibility(definition.Input{Facts: facts, Today: today})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := ask(nil)
	if r.Verdict != definition.Unknown || !slices.Equal(r.Missing, []string{"birth_notice.region", "birth_notice.born_on"}) {
		t.Errorf("nothing known: %s, missing %v", r.Verdict, r.Missing)
	}
	r = ask(map[string]any{"birth_notice.region": "peninsular"})
	if r.Verdict != definition.Unknown || !slices.Equal(r.Missing, []string{"birth_notice.born_on"}) {
		t.Errorf("region known: %s, missing %v", r.Verdict, r.Missing)
	}
	for _, x := range []struct{ region, born, verdict, variant string }{
		{"peninsular", "2026-09-24", "eligible", "peninsular"}, // the 60th day
		{"peninsular", "2026-09-23", "eligible_late", "peninsular"},
		{"sabah", "2026-10-12", "eligible", "sabah"}, // the 42nd
		{"sabah", "2026-10-11", "eligible_late", "sabah"},
		{"sarawak", "2026-11-20", "elsewhere", ""},
	} {
		r := ask(map[string]any{"birth_notice.region": x.region, "birth_notice.born_on": x.born})
		if r.Verdict != x.verdict || r.Variant != x.variant || len(r.Missing) > 0 || r.Because.Empty() {
			t.Errorf("%+v: %s, %s, missing %v", x, r.Verdict, r.Variant, r.Missing)
		}
		if last := r.Trace[len(r.Trace)-1]; !last.Held || strings.Contains(last.Text.EN+r.Because.EN, "{") || strings.Contains(last.Text.EN, "…") {
			t.Errorf("%+v: the trace ends in %+v", x, last)
		}
	}
	// An unknown rule decides nothing, though a later one would hold.
	r = ask(map[string]any{"birth_notice.born_on": "2026-11-20"})
	if r.Verdict != definition.Unknown || len(r.Trace) != 2 || !r.Trace[1].Unknown {
		t.Errorf("region unknown: %s after %d rules", r.Verdict, len(r.Trace))
	}
}

func TestTraceNamesWhatRulesLookedAt(t *testing.T) {
	s := load(t).Service(births)
	r, err := s.Evaluate(sample(t, s, "norazlina").Input(today))
	if err != nil {
		t.Fatal(err)
	}
	late := r.Trace[len(r.Trace)-1]
	if !late.Held || late.Value["late"] != true || late.Text.EN != "More than 60 days have passed since the birth" {
		t.Errorf("%+v", late)
	}
	if r.FeeSays.MS == "" || !strings.Contains(r.FeeSays.MS, "RM50.00") {
		t.Errorf("fee: %v", r.FeeSays)
	}
	for _, row := range append(r.Trace, r.AutomaticTrace...) {
		for name, v := range row.Value {
			for _, l := range locale.Langs {
				if label := s.Label(name).In(l); label == "" || label == name || s.Show(l, name, v) == "" {
					t.Errorf("%s has no words in %s: %q, %q", name, l, label, s.Show(l, name, v))
				}
			}
		}
		if !row.Held && row.Because.Empty() && slices.ContainsFunc(s.Work.Automatic, func(c definition.Condition) bool { return c.When == row.Rule }) {
			t.Errorf("%s does not hold and says nothing", row.Rule)
		}
	}
}

func TestCertify(t *testing.T) {
	c := load(t)
	s := c.Service(births)
	entry := map[string]any{"number": "2026-00000007", "child_id_number": "261109-00-0002", "decided_on": today, "ref": "BLH-1"}
	rows := func(person string) map[string]locale.Text {
		t.Helper()
		cert, err := s.Certify(sample(t, s, person).Input(today), entry)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]locale.Text{"title": cert.Title}
		for _, r := range cert.Rows {
			if r.Value.Empty() {
				t.Errorf("%s: the row %s is empty", person, r.Label.EN)
			}
			out[r.Label.EN] = r.Value
		}
		return out
	}
	lan := rows("nguyen-thi-lan")
	for label, want := range map[string]locale.Text{
		"title":           {MS: "Sijil Kelahiran (Bukan Warganegara)", EN: "Birth Certificate (Not a Citizen)"},
		"Citizenship":     {MS: "Bukan warganegara", EN: "Not a citizen"},
		"Sex":             {MS: "Perempuan", EN: "Female"},
		"Date of birth":   {MS: "9 November 2026", EN: "9 November 2026"},
		"Time of birth":   {MS: "2.09 pagi", EN: "2:09am"},
		"State":           locale.Same("Selangor"),
		"Register number": locale.Same("2026-00000007"),
		"MyKid number":    locale.Same("261109-00-0002"),
		"Father's name":   locale.Same("Tran Van Minh"),
	} {
		if lan[label] != want {
			t.Errorf("%s: %v, wanted %v", label, lan[label], want)
		}
	}
	if _, named := rows("rosnah")["Father's name"]; named {
		t.Error("a father is named whom nobody named")
	}
	if got := rows("aisyah")["title"].EN; got != "Birth Certificate" {
		t.Errorf("aisyah: %s", got)
	}
	if got := rows("suria")["Place of birth"].EN; !strings.Contains(got, "Kampung Gong Kapas") {
		t.Errorf("suria: %s", got)
	}
	award, err := c.Service(aid).Certify(sample(t, c.Service(aid), "zainab").Input(today), map[string]any{"number": "2026-00000001", "decided_on": today})
	if err != nil || !strings.Contains(award.Notes[0].EN, "RM200.00") || len(award.Rows) != 10 {
		t.Errorf("%+v, %v", award, err)
	}
}

func TestAnswersSchemaTakesEverySampleCase(t *testing.T) {
	for _, s := range load(t).Services {
		raw, err := json.Marshal(s.AnswersSchema())
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		compiler := jsonschema.NewCompiler()
		compiler.AssertFormat()
		if err := compiler.AddResource("answers.json", doc); err != nil {
			t.Fatal(err)
		}
		schema, err := compiler.Compile("answers.json")
		if err != nil {
			t.Fatal(err)
		}
		check := func(answers map[string]any) error {
			b, _ := json.Marshal(answers)
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			return schema.Validate(v)
		}
		for _, c := range s.Examples(today) {
			if err := check(c.Answers); err != nil {
				t.Errorf("%s: %v", c.Name, err)
			}
		}
		if s.Unasked == nil && check(map[string]any{}) == nil {
			t.Errorf("%s: no answers at all pass", s.ID)
		}
	}
}

// Evaluate shares compiled programs between requests; -race watches this.
func TestEvaluateAtOnce(t *testing.T) {
	s := load(t).Service(births)
	examples := s.Examples(today)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, c := range examples {
				if r, err := s.Evaluate(c.Input(today)); err != nil || r.Verdict != c.Expect.Verdict {
					t.Errorf("%s: %s, %v", c.Name, r.Verdict, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestSaidSpeaksOfAVariant(t *testing.T) {
	s := load(t).Service(births)
	text := locale.Text{MS: "{period_days} hari", EN: "{period_days} days, {late_fee_cents}"}
	for variant, want := range map[string]string{"": "60 days, RM50.00", "peninsular": "60 days, RM50.00", "sabah": "42 days, RM0.00"} {
		if got := s.Said(text, variant); got.EN != want {
			t.Errorf("%q: %q", variant, got.EN)
		}
	}
	if got := s.Say(text); got.MS != "60 hari" {
		t.Errorf("%q", got.MS)
	}
}

// What differs by place is said for each, what does not is said once; and a
// year is no quantity.
func TestByPlace(t *testing.T) {
	s := load(t).Service(births)
	cost := s.Cost()
	if len(cost) != 2 || !strings.Contains(cost[0].Text.EN, "RM50.00") || cost[1].Text.EN != "There is no fee." || cost[1].Where.EN == "" {
		t.Errorf("%+v", cost)
	}
	if said := s.CostText().MS; !strings.Contains(said, "Sabah") || !strings.Contains(said, "60 hari") {
		t.Errorf("%q", said)
	}
	if one := s.ByPlace(func(definition.Variant) locale.Text { return locale.Same("x") }); len(one) != 1 || !one[0].Where.Empty() {
		t.Errorf("%+v", one)
	}
	if s.BasisIn(s.Law, "sabah-births") != "sabah-births" || s.BasisIn(s.Law, "") != s.Law || s.BasisIn("another", "sabah-births") != "another" {
		t.Error("a fact's basis does not follow the law in force")
	}
	year := load(t).Service("kpm/early-schooling-aid")
	if got := year.Show(locale.English, "placed.year", int64(2027)); got != "2027" {
		t.Errorf("the year %s", got)
	}
}

// The service page says the conditions before anything is known of a person,
// so they may speak of parameters only.
func TestConditionsSpeakForEverybody(t *testing.T) {
	for _, s := range load(t).Services {
		for _, c := range s.Work.Automatic {
			if said := s.Say(c.Says); strings.ContainsAny(said.MS+said.EN, "{}…") {
				t.Errorf("%s: %v", s.ID, said)
			}
		}
		if said := s.Say(s.Fee.Says); strings.ContainsAny(said.MS+said.EN, "{}…") {
			t.Errorf("%s: %v", s.ID, said)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, problems := definition.Load(catalogue.FS); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

func TestSampleCasesOfPersonsAreUnique(t *testing.T) {
	want := map[string][]string{
		births: {"aisyah", "mei-ling", "kavitha", "rosnah", "jennifer", "marlina", "norazlina", "farah", "nguyen-thi-lan", "suria"},
		aid:    {"zainab", "punitha", "halimah", "lim-siew-hua"},
	}
	for id, persons := range want {
		var got []string
		for _, c := range load(t).Service(id).Cases {
			if c.Person != "" {
				got = append(got, c.Person)
			}
		}
		slices.Sort(got)
		slices.Sort(persons)
		if !slices.Equal(got, persons) {
			t.Errorf("%s: %v, wanted %v", id, got, persons)
		}
	}
}

// English is plain: no sentence of twenty words or more. Malay stays short
// too: none of more than twenty-five.
func TestSentencesAreShort(t *testing.T) {
	end := regexp.MustCompile(`[.!?;:](?:\s|$)`)
	for _, s := range load(t).Services {
		for name, text := range definition.Sentences(s) {
			limit := 20
			if strings.HasSuffix(name, "/ms") {
				limit = 26
			}
			for _, sentence := range end.Split(text, -1) {
				if n := len(strings.Fields(sentence)); n >= limit {
					t.Errorf("%s %s: %d words: %s", s.ID, name, n, sentence)
				}
			}
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	c, _ := definition.Load(catalogue.FS)
	s := c.Service(births)
	in := s.Examples(today)[0].Input(today)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Evaluate(in); err != nil {
			b.Fatal(err)
		}
	}
}
