package definition

import "balai/internal/spine/locale"

// Input is what is known about one application.
type Input struct {
	Answers  map[string]any // by field id; JSON values are accepted
	Files    map[string]int // evidence id: number of files
	Facts    map[string]any // flat dotted names; what a register lacks is absent
	Disputed []string       // facts that the person says are wrong
	Today    string         // "2006-01-02"
}

// Result is all that follows from an Input by the definition alone.
type Result struct {
	Variant  string      `json:"variant"` // "" while unknown
	Verdict  string      `json:"verdict"` // a rule's, or Unknown
	Eligible bool        `json:"eligible"`
	Because  locale.Text `json:"because"`
	Trace    []TraceRow  `json:"trace"`

	Route    []string       `json:"route"`    // page ids reached, in order; "review" last when known to its end
	Current  string         `json:"current"`  // the first page that lacks an answer, else the last of Route
	Complete bool           `json:"complete"` // nothing is missing and the route ends at review
	Missing  []string       `json:"missing"`  // required answers and evidence of reached pages; for Eligibility what would decide it
	Answers  map[string]any `json:"answers"`  // the answers that count, typed
	Ignored  []string       `json:"ignored"`  // names sent that do not count, sorted
	Facts    []Fact         `json:"facts"`    // held facts that the person sees and confirms, in order

	FeeCents  int64       `json:"fee_cents"`
	FeeSays   locale.Text `json:"fee_says"`             // why this much, or why nothing
	FeeWaived bool        `json:"fee_waived,omitempty"` // spared to this person
	FeeLaw    string      `json:"fee_law,omitempty"`    // that spares it

	Automatic      bool       `json:"automatic"` // complete, usable, and each condition held
	AutomaticTrace []TraceRow `json:"automatic_trace"`
	AfterFee       bool       `json:"after_fee,omitempty"` // only the fee stands in the way: the yes follows from its payment

	Unasked      bool        `json:"unasked,omitempty"` // given without application
	UnaskedTrace []TraceRow  `json:"unasked_trace,omitempty"`
	Announce     locale.Text `json:"announce"` // what the person is told of it

	Steps      []Step `json:"steps"`       // who checks and decides when it is not automatic (and audits when it is)
	BudgetDays int    `json:"budget_days"` // working days of all steps; 0 when automatic
	Calendar   string `json:"calendar"`    // state code whose office and calendar apply
	Law        string `json:"law"`         // the law of the variant

	Certificate string         `json:"certificate"` // template id that a yes issues
	Register    string         `json:"register"`    // "population.birth", or ""
	Entry       map[string]any `json:"entry"`       // what a yes writes there
	Offers      []Offer        `json:"offers"`      // services that a yes opens
	Once        string         `json:"once"`        // what may be applied for only once at a time; "" while unknown
}

// TraceRow is one condition: the expression, its words, what it looked at and
// whether it held.
type TraceRow struct {
	Rule    string         `json:"rule"`
	Text    locale.Text    `json:"text"`
	Value   map[string]any `json:"value"` // names read; nil: not held or not answered
	Held    bool           `json:"held"`
	Unknown bool           `json:"unknown,omitempty"` // could not be told yet
	Because locale.Text    `json:"because"`           // for automatic: why not, when it did not hold
}

// Certificate is a template filled for one case.
type Certificate struct {
	Template string        `json:"template"`
	Type     string        `json:"type"`
	Title    locale.Text   `json:"title"`
	Rows     []Row         `json:"rows"`
	Notes    []locale.Text `json:"notes"`
}

// Row is one line of a certificate, in both languages.
type Row struct {
	Label locale.Text `json:"label"`
	Value locale.Text `json:"value"`
}
