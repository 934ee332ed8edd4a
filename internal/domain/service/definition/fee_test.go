package definition_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/locale"
)

// stall is the base's service with another fee.
func stall(t *testing.T, fee string) (*definition.Service, fstest.MapFS) {
	t.Helper()
	f := base(t)
	const file = "mbp/stall-permit/service.yaml"
	text := strings.Replace(string(f[file].Data), "  cents: \"param.fee_cents\"\n", fee, 1)
	f[file] = &fstest.MapFile{Data: []byte(text)}
	if !strings.Contains(fee, "waived") {
		c, problems := definition.Load(f)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return c.Service("mbp/stall-permit"), f
	}
	cases := string(f["mbp/stall-permit/cases/all.yaml"].Data)
	free := strings.NewReplacer("One small stall", "Free", "verdict: eligible", "verdict: maybe", "citizenship: citizen", "citizenship: foreigner", "received", "issued", "fee_cents: 1000", "fee_cents: 0").Replace(cases)
	f["mbp/stall-permit/cases/free.yaml"] = &fstest.MapFile{Data: []byte(free)}
	c, problems := definition.Load(f)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return c.Service("mbp/stall-permit"), f
}

const tabled = `  table:
    - {when: "small && applicant.state == 'MY-08'", cents: "500", says: {ms: "Gerai kecil di Perak.", en: "A small stall in Perak."}}
    - {when: "small", cents: "param.fee_cents", says: {ms: "Gerai kecil.", en: "A small stall."}}
    - {when: "true", cents: "answers.stalls * 700", says: {ms: "{fee_cents} bukan untuk gerai besar.", en: "{fee_cents} is not for large stalls."}}
  waived:
    - {when: "applicant.citizenship == 'foreigner'", law: by-law, says: {ms: "Pemohon warganegara asing.", en: "The applicant is a foreigner."}}
  late: {when: "answers.stalls == 7", cents: "100", says: {ms: "Lewat.", en: "It is late."}}
  pay_within_days: 14
`

// What an application costs is the first row that holds, what is late on top,
// and nothing for whom it is waived; each says why.
func TestFees(t *testing.T) {
	s, _ := stall(t, tabled)
	for _, x := range []struct {
		citizenship, state string
		stalls             int
		cents              int64
		says               string
		waived             bool
	}{
		{"citizen", "MY-08", 1, 500, "A small stall in Perak.", false},
		{"citizen", "MY-07", 2, 1000, "A small stall.", false},
		{"citizen", "MY-07", 3, 2100, "RM10.00 is not for large stalls.", false},
		{"citizen", "MY-07", 7, 5000, "RM10.00 is not for large stalls. It is late.", false},
		{"foreigner", "MY-07", 7, 0, "The applicant is a foreigner.", true},
	} {
		in := definition.Input{Today: today, Answers: map[string]any{"stalls": x.stalls, "goods": "food"}, Files: map[string]int{"sketch": 1},
			Facts: map[string]any{"applicant.name": "Ali", "applicant.state": x.state, "applicant.citizenship": x.citizenship}}
		r, err := s.Evaluate(in)
		if err != nil {
			t.Fatal(err)
		}
		if r.FeeCents != x.cents || r.FeeSays.EN != x.says || r.FeeWaived != x.waived || (r.FeeLaw == "by-law") != x.waived {
			t.Errorf("%+v: %d %q %v %q", x, r.FeeCents, r.FeeSays.EN, r.FeeWaived, r.FeeLaw)
		}
		if small := x.stalls <= 2; r.AfterFee != (small && !x.waived) || r.Automatic != (small && x.waived) {
			t.Errorf("%+v: after the fee %v, at once %v", x, r.AfterFee, r.Automatic)
		}
		if r.AfterFee == (r.BudgetDays > 0) && !r.Automatic {
			t.Errorf("%+v: %d days", x, r.BudgetDays)
		}
	}
	if s.Fee.PayWithin() != 14 || load(t).Service(births).Fee.PayWithin() != 30 {
		t.Error("until when it can be paid")
	}
}

// A number in a sentence has the word after it that fits: of one, or of many.
func TestCountedWords(t *testing.T) {
	counted := strings.Replace(tabled, "en: \"A small stall.\"", "en: \"For {how_many|stall|stalls}.\"", 1)
	f := base(t)
	const file = "mbp/stall-permit/service.yaml"
	f[file] = &fstest.MapFile{Data: []byte(strings.Replace(string(f[file].Data), "  cents: \"param.fee_cents\"\n", counted, 1))}
	if _, problems := definition.Load(f); !strings.Contains(fmt.Sprint(problems), "{how_many}") {
		t.Errorf("a counted name that is no value: %v", problems)
	}
	years := load(t).Service("jpj/driving-licence")
	for _, x := range []struct{ years, en, ms string }{
		{"1", "A car's licence for 1 year, RM30.00 a year.", "Lesen kereta bagi 1 tahun, RM30.00 setahun."},
		{"10", "A car's licence for 10 years, RM30.00 a year.", "Lesen kereta bagi 10 tahun, RM30.00 setahun."},
	} {
		in := years.Examples(today)[0].Input(today)
		in.Answers = map[string]any{"years": x.years}
		r, err := years.Evaluate(in)
		if err != nil || r.FeeSays.EN != x.en || r.FeeSays.MS != x.ms {
			t.Errorf("%s: %v %v", x.years, r.FeeSays, err)
		}
	}
}

// What a person reads of a fee is the line that holds for them, and not the whole
// tariff, which stands on the service's own page.
func TestAFeeSaysItsOwnLine(t *testing.T) {
	for service, lines := range map[string]map[int64]string{
		"ssm/business-registration": {3000: "A business in your own name, for a year.", 6000: "A business in another name than your own, for a year.", 100000: "Registering a company, once."},
		"mbpj/premises-licence": {
			12000: "Premises up to 50 square metres: RM120.00 a year.", 22000: "Premises up to 50 square metres: RM120.00 a year, and RM100.00 for an activity that is inspected.",
			24000: "Premises over 50 to 200 square metres: RM240.00 a year.", 34000: "Premises over 50 and up to 200 square metres: RM240.00 a year, and RM100.00 for an activity that is inspected.",
			48000: "Premises over 200 square metres: RM480.00 a year.", 58000: "Premises over 200 square metres: RM480.00 a year, and RM100.00 for an activity that is inspected."},
	} {
		s, seen := load(t).Service(service), 0
		for _, c := range s.Examples(today) {
			r, err := s.Evaluate(c.Input(today))
			if err != nil {
				t.Fatal(err)
			}
			if r.FeeCents == 0 {
				continue
			}
			if seen++; r.FeeSays.EN != lines[r.FeeCents] || r.FeeSays.MS == "" {
				t.Errorf("%s, %s: %d %v", service, c.Name, r.FeeCents, r.FeeSays)
			}
		}
		if seen == 0 {
			t.Errorf("%s costs nobody anything", service)
		}
		if all := s.CostText().EN; !strings.Contains(all, "RM30.00") && !strings.Contains(all, "RM480.00") {
			t.Errorf("%s: its own page says %q", service, all)
		}
	}
}

// one is a number one before a word of many.
var one = regexp.MustCompile(`\b1 (years|months|weeks|days|hours)\b`)

// No service tells anybody of 1 years.
func TestNothingIsOneYears(t *testing.T) {
	for _, s := range load(t).Services {
		for _, c := range s.Examples(today) {
			r, err := s.Evaluate(c.Input(today))
			if err != nil {
				t.Fatal(err)
			}
			says := []string{r.FeeSays.EN, r.Because.EN}
			if p, pays, err := s.Payment(c.Input(today)); err == nil && pays {
				says = append(says, p.How.EN)
			}
			if bad := one.FindString(strings.Join(says, " ")); bad != "" {
				t.Errorf("%s, %s: %q", s.ID, c.Name, bad)
			}
		}
	}
}

// A price that cannot be told is not free: no rule says yes, and nobody is told
// that there is nothing to pay.
func TestAnUnknownFeeIsNotFree(t *testing.T) {
	s, _ := stall(t, tabled)
	r, err := s.Evaluate(definition.Input{Today: today, Answers: map[string]any{"stalls": 1}, Files: map[string]int{"sketch": 1},
		Facts: map[string]any{"applicant.name": "Ali", "applicant.citizenship": "citizen"}}) // the state is on no record
	if err != nil {
		t.Fatal(err)
	}
	row := r.AutomaticTrace[len(r.AutomaticTrace)-1]
	if r.Automatic || r.AfterFee || row.Rule != "fee.unknown" || row.Because.Empty() {
		t.Errorf("%+v", r)
	}
}

// A fee below nothing is an error of the definition, and no gift.
func TestNoFeeIsNegative(t *testing.T) {
	s, _ := stall(t, "  cents: \"-5\"\n")
	if _, err := s.Evaluate(s.Examples(today)[0].Input(today)); err == nil {
		t.Error("minus five cents")
	}
}

// What changes of a fee is said by the rows that changed, and of no other.
func TestDiffTellsOfFees(t *testing.T) {
	_, old := stall(t, tabled)
	row := "    - {when: \"small\", cents: \"param.fee_cents\", says: {ms: \"Gerai kecil.\", en: \"A small stall.\"}}\n"
	_, new := stall(t, strings.NewReplacer(`"500"`, `"600"`, `cents: "100"`, `cents: "answers.stalls / 2"`, "pay_within_days: 14", "pay_within_days: 21",
		row, "").Replace(tabled))
	text, err := definition.Diff(old, new, "mbp/stall-permit")
	if err != nil {
		t.Fatal(err)
	}
	want := `Fee
  ~ fee, late, cents
      was 100
      is  answers.stalls / 2
  ~ fee, pay within days
      was 14
      is  21
  ~ fee, row when small && applicant.state == 'MY-08', cents
      was 500
      is  600
  - fee, row when small, cents: param.fee_cents
  - fee, row when small, when: small
`
	if _, got, _ := strings.Cut(text, "Fee\n"); "Fee\n"+got != want {
		t.Errorf("%s", text)
	}
}

// The order in which rows are tried is part of the price.
func TestDiffTellsTheOrderOfRows(t *testing.T) {
	_, old := stall(t, tabled)
	rows := strings.SplitAfter(tabled, "\n")
	rows[1], rows[2] = rows[2], rows[1]
	_, turned := stall(t, strings.Join(rows, ""))
	text, err := definition.Diff(old, turned, "mbp/stall-permit")
	if err != nil || !strings.Contains(text, "the order of the fee's rows") {
		t.Errorf("%q %v", text, err)
	}
	if s, _ := stall(t, tabled); s.CostText() != (locale.Text{MS: "Fi permit.", EN: "The permit fee."}) {
		t.Error(s.CostText())
	}
}
