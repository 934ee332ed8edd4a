package definition

import (
	"slices"

	"balai/internal/domain/service/form"
	"balai/internal/spine/locale"
)

// Phases of a service.
const (
	PhaseAlpha   = "alpha"
	PhaseBeta    = "beta"
	PhaseLive    = "live"
	PhaseRetired = "retired"
)

// Catalogue is everything that the hall offers.
type Catalogue struct {
	LifeEvents []LifeEvent // only those that have services
	Services   []*Service
	Listings   []Listing // services that are not online here
	Laws       map[string]Law
	Registers  *Vocabulary
	Roles      map[string]locale.Text // "jpn/registration-officer": its title
}

// LifeEvent clusters services around a moment in a life.
type LifeEvent struct {
	Slug      string        `yaml:"event" json:"slug"`
	Title     locale.Text   `yaml:"title" json:"title"`
	Summary   locale.Text   `yaml:"summary" json:"summary"`
	Pictogram string        `yaml:"pictogram" json:"pictogram"`
	Services  []ServiceLink `yaml:"services" json:"services"`
}

// ServiceLink is a step of a life event: a service or a listing.
type ServiceLink struct {
	Service string `yaml:"service" json:"service"` // "jpn/birth-registration"
	// Note says when or why in this event; a listing's own reason where it is left out.
	Note  locale.Text `yaml:"note,omitempty" json:"note"`
	Start bool        `yaml:"start" json:"start,omitempty"` // who names the moment wants this; else its first step
	After []string    `yaml:"after" json:"after"`           // what must come first, beside what a listing says of itself
}

// Law is one act or one of its sections, named and never quoted.
type Law struct {
	ID    string      `yaml:"-" json:"id"`
	Title locale.Text `yaml:"title" json:"title"`
	About locale.Text `yaml:"about" json:"about"`
	URL   string      `yaml:"url,omitempty" json:"url,omitempty"`
}

// Service is one released version of one service.
type Service struct {
	ID     string `yaml:"-" json:"id"` // "jpn/birth-registration"
	Digest string `yaml:"-" json:"digest"`

	Slug       string      `yaml:"service" json:"service"`
	Agency     string      `yaml:"agency" json:"agency"`
	Phase      string      `yaml:"phase" json:"phase"`
	Title      locale.Text `yaml:"title" json:"title"`
	Summary    locale.Text `yaml:"summary" json:"summary"`
	LifeEvents []string    `yaml:"life_events" json:"life_events"`
	Keywords   Keywords    `yaml:"keywords" json:"keywords"`
	AppliesIn  []string    `yaml:"applies_in" json:"applies_in"`
	Law        string      `yaml:"law" json:"law"`
	For        []string    `yaml:"for,omitempty" json:"for,omitempty"` // who can apply: Person, Company; none is a person
	// ChooseBusiness asks who applies as themself, and has more than one business,
	// for which of them.
	ChooseBusiness bool      `yaml:"choose_business,omitempty" json:"choose_business,omitempty"`
	Channel        string    `yaml:"channel" json:"channel"`
	Reach          []string  `yaml:"reach" json:"reach"`
	Accountable    string    `yaml:"accountable" json:"accountable"` // the one post that answers for it
	Assurance      Assurance `yaml:"assurance" json:"assurance"`

	Variants []Variant  `yaml:"variants" json:"variants"`
	Values   []Value    `yaml:"values" json:"values"`
	Table    Table      `yaml:"eligibility" json:"eligibility"`
	Form     *form.Form `yaml:"-" json:"form"`
	Facts    []Fact     `yaml:"facts" json:"facts"`
	Evidence []Evidence `yaml:"evidence" json:"evidence"`
	Fee      Fee        `yaml:"fee" json:"fee"`
	Work     Work       `yaml:"work" json:"work"`
	Outcome  Outcome    `yaml:"outcome" json:"outcome"`
	Unasked  *Unasked   `yaml:"unasked" json:"unasked,omitempty"`
	Offered  *Offered   `yaml:"offered" json:"offered,omitempty"`
	Charter  Charter    `yaml:"charter" json:"charter"`
	Release  Release    `yaml:"release" json:"release"`

	Templates map[string]Template `yaml:"-" json:"templates"`
	Cases     []SampleCase        `yaml:"-" json:"-"`

	engine *engine
}

// Who can apply for a service.
const (
	Person  = "person"
	Company = "company" // one of the Companies Commission's register, through who has it
)

// Takes tells whether a person, or a company, can apply for the service.
func (s *Service) Takes(who string) bool {
	return slices.Contains(s.For, who) || len(s.For) == 0 && who == Person
}

// Assurance is the level of identity and authentication that is needed.
type Assurance struct {
	Identity       int `yaml:"identity" json:"identity"`
	Authentication int `yaml:"authentication" json:"authentication"`
}

// Variant is the service under another law or at another place. The first
// whose When holds is in force; its parameters are `param` in expressions and
// {name} in texts.
type Variant struct {
	ID        string         `yaml:"variant" json:"variant"`
	Title     locale.Text    `yaml:"title" json:"title"`
	AppliesIn []string       `yaml:"applies_in" json:"applies_in"`
	Law       string         `yaml:"law" json:"law"`
	When      string         `yaml:"when" json:"when"`
	Params    map[string]any `yaml:"params" json:"params"`              // int64, string or bool
	Fee       locale.Text    `yaml:"fee,omitempty" json:"fee,omitzero"` // what it costs, where the service's own words do not say
}

// Value is a derived name: an expression with a label that a trace can show.
type Value struct {
	Name  string      `yaml:"value" json:"value"`
	Type  string      `yaml:"type" json:"type"` // int | string | bool | date | money
	Label locale.Text `yaml:"label" json:"label"`
	Is    string      `yaml:"is" json:"is"`
	// Options are the words for its values, where a person would not read them.
	Options []form.Option `yaml:"options,omitempty" json:"options,omitempty"`
}

// Table is a decision table: the first rule that holds gives the verdict.
type Table struct {
	// Ask are the questions of the page "can I use this?", for who is not
	// signed in. A field's id is the dotted name of a fact that it stands for.
	Ask   []form.Field `yaml:"ask" json:"ask"`
	Rules []Rule       `yaml:"rules" json:"rules"`
}

// Rule is one row: the condition, the condition in words, the verdict and why.
type Rule struct {
	When    string      `yaml:"when" json:"when"`
	Says    locale.Text `yaml:"says" json:"says"`
	Verdict string      `yaml:"verdict" json:"verdict"`
	Stops   bool        `yaml:"stops,omitempty" json:"stops"` // the service cannot be used this way; Because says what to do
	Because locale.Text `yaml:"because" json:"because"`
	// Shows are values that the trace shows though the condition does not look
	// at them, such as the age beside the rule that holds for everybody else.
	Shows []string `yaml:"shows,omitempty" json:"shows,omitempty"`
}

// Unknown is the verdict while a rule lacks something.
const Unknown = "unknown"

// Fact is something the state holds, with its register and legal basis.
type Fact struct {
	Field      string        `yaml:"field" json:"field"`
	From       string        `yaml:"from" json:"from"` // "health.birth_notice"
	Basis      string        `yaml:"basis" json:"basis"`
	Label      locale.Text   `yaml:"label,omitempty" json:"label"`
	Type       string        `yaml:"type,omitempty" json:"type"` // string | date | time | choice | bool | int | money | state | idnumber | gram
	Options    []form.Option `yaml:"-" json:"options,omitempty"`
	Material   bool          `yaml:"material,omitempty" json:"material"`     // a dispute of it needs an officer
	Disputable bool          `yaml:"disputable,omitempty" json:"disputable"` // "this is wrong" stands beside it
	Shown      bool          `yaml:"shown,omitempty" json:"shown"`           // the person sees and confirms it
	ShowWhen   string        `yaml:"show_when,omitempty" json:"show_when,omitempty"`
	Officer    locale.Text   `yaml:"-" json:"-"`        // the label as an officer reads it, "" where it is the same
	Locates    bool          `yaml:"-" json:"-"`        // tells where somebody is; kept from others where they are protected
	Register   locale.Text   `yaml:"-" json:"register"` // the register's name
	Owner      string        `yaml:"-" json:"owner"`    // the agency that keeps it
}

// Evidence is a paper that no register holds; its id is that of a file field.
type Evidence struct {
	ID       string      `yaml:"evidence" json:"evidence"`
	Title    locale.Text `yaml:"title" json:"title"`
	Reason   string      `yaml:"reason" json:"reason"`
	Types    []string    `yaml:"types" json:"types"` // MIME types
	MaxBytes int64       `yaml:"max_bytes" json:"max_bytes"`
	MaxFiles int         `yaml:"max_files" json:"max_files"`
}

// Work is who does what, by when.
type Work struct {
	Office string `yaml:"office" json:"office"` // the state whose office and calendar apply
	// Automatic conditions must all hold for a decision at once; only ever a yes.
	Automatic     []Condition `yaml:"automatic" json:"automatic"`
	SamplePercent int         `yaml:"sample_percent" json:"sample_percent"`
	Steps         []WorkStep  `yaml:"steps" json:"steps"`
}

// Condition is an expression and its sentence.
type Condition struct {
	When string      `yaml:"when" json:"when"`
	Says locale.Text `yaml:"says" json:"says"`
	// Else is said to the person when it does not hold.
	Else locale.Text `yaml:"else" json:"else"`
}

// WorkStep is a step as written; Step is what it comes to for one case.
type WorkStep struct {
	Name           string      `yaml:"step" json:"step"`
	Title          locale.Text `yaml:"title" json:"title"`
	When           string      `yaml:"when,omitempty" json:"when,omitempty"` // of steps of one name the first that holds is in the plan
	Post           string      `yaml:"post" json:"post"`
	WithinDays     string      `yaml:"within_working_days" json:"within_working_days"` // an expression
	NotSameAs      string      `yaml:"not_same_person_as,omitempty" json:"not_same_person_as,omitempty"`
	OtherBranchMay bool        `yaml:"other_branch_may,omitempty" json:"other_branch_may"`
}

// Step is one step of a case's plan.
type Step struct {
	Name           string      `json:"name"`
	Title          locale.Text `json:"title"`
	Role           string      `json:"role"`
	WithinDays     int         `json:"within_days"`
	NotSameAs      string      `json:"not_same_as,omitempty"`
	OtherBranchMay bool        `json:"other_branch_may"`
}

// Outcome is what a yes makes.
type Outcome struct {
	Register     string              `yaml:"register" json:"register"` // "population.birth"
	Entry        map[string]string   `yaml:"entry" json:"entry"`       // register field: expression
	Needs        []string            `yaml:"needs" json:"needs"`       // entry values without which no rule may say yes
	Once         string              `yaml:"once" json:"once"`         // expression: what may be applied for only once at a time
	Certificates []CertificateChoice `yaml:"certificate" json:"certificate"`
	Then         []Offer             `yaml:"then" json:"then"`
	Says         locale.Text         `yaml:"says" json:"says"` // what the person is told on a yes
	Pays         *Pays               `yaml:"pays" json:"pays"` // none where no money follows
}

// Pays is the money that a yes brings: how much, and in How by whom and when
// it is paid, as far as that is known.
type Pays struct {
	When  string      `yaml:"when" json:"when"`
	Cents string      `yaml:"cents" json:"cents"`
	Every string      `yaml:"every,omitempty" json:"every,omitempty"` // month, year or once, where that is known
	How   locale.Text `yaml:"how" json:"how"`
}

// Often is how often the money is paid; "" where nobody says.
func (p *Pays) Often() string {
	if p == nil {
		return ""
	}
	return p.Every
}

// Unasked is a yes that nobody has to ask for: where every condition of
// work.automatic holds without one answer, and When holds too, it is given and
// announced, and the person may decline. A no is silent.
type Unasked struct {
	When    string      `yaml:"when" json:"when"`
	Says    locale.Text `yaml:"says" json:"says"`
	Law     string      `yaml:"law" json:"law"`     // that lets the state give it without application
	After   []string    `yaml:"after" json:"after"` // registers in which a new entry may open it
	Effect  locale.Text `yaml:"announce" json:"announce"`
	Decline int         `yaml:"decline_within_days" json:"decline_within_days"` // calendar days
}

// Offered is how long a person can take this service where a yes elsewhere
// offers it to them, filled in.
type Offered struct {
	Open int `yaml:"open_days" json:"open_days"` // calendar days
}

// offeredDays hold where a service does not say.
const offeredDays = 90

// OfferedDays is for how many calendar days an offer of the service stands.
func (s *Service) OfferedDays() int {
	if s.Offered == nil {
		return offeredDays
	}
	return s.Offered.Open
}

// CertificateChoice picks a template; the first that holds.
type CertificateChoice struct {
	When     string `yaml:"when,omitempty" json:"when,omitempty"`
	Template string `yaml:"template" json:"template"`
}

// Offer is a service that a yes opens.
type Offer struct {
	Service string      `yaml:"service" json:"service"`
	When    string      `yaml:"when,omitempty" json:"when,omitempty"`
	Says    locale.Text `yaml:"says" json:"says"`
}

// Template is a certificate or letter as data.
type Template struct {
	ID    string        `yaml:"-" json:"id"`
	Type  string        `yaml:"type" json:"type"`
	Title locale.Text   `yaml:"title" json:"title"`
	Rows  []TemplateRow `yaml:"rows" json:"rows"`
	Notes []locale.Text `yaml:"notes" json:"notes"`
}

// TemplateRow is one line of a certificate.
type TemplateRow struct {
	Label   locale.Text   `yaml:"label" json:"label"`
	Value   string        `yaml:"value" json:"value"`         // an expression
	Type    string        `yaml:"type" json:"type"`           // as Fact.Type
	When    string        `yaml:"when,omitempty" json:"when"` // left out unless it holds
	Options []form.Option `yaml:"options,omitempty" json:"options,omitempty"`
}

// Charter is the promise, and what it is measured against.
type Charter struct {
	Promise             locale.Text `yaml:"promise" json:"promise"`
	TodayCounterMinutes int         `yaml:"today_counter_minutes" json:"today_counter_minutes"`
	TodayFieldsTyped    int         `yaml:"today_fields_typed" json:"today_fields_typed"`
	TodayVisits         int         `yaml:"today_visits" json:"today_visits"`
	Source              locale.Text `yaml:"source" json:"source"`
}

// Release names a version and what it answers.
type Release struct {
	Number  int         `yaml:"number" json:"number"`
	Date    string      `yaml:"date" json:"date"`
	Notes   locale.Text `yaml:"notes" json:"notes"`
	Answers Reply       `yaml:"answers" json:"answers"` // the feedback or session with users
}

// SampleCase is an example that tests the definition and shows its use.
type SampleCase struct {
	Name          string            `yaml:"case" json:"name"`
	Person        string            `yaml:"person,omitempty" json:"person,omitempty"`
	Answers       map[string]any    `yaml:"answers" json:"answers"`
	Facts         map[string]any    `yaml:"facts" json:"facts"`
	FactsAccepted []string          `yaml:"facts_accepted,omitempty" json:"facts_accepted"`
	Files         map[string][]File `yaml:"files,omitempty" json:"files,omitempty"`
	Disputed      []string          `yaml:"disputed,omitempty" json:"disputed,omitempty"`
	Expect        Expect            `yaml:"expect" json:"expect"`
	Source        string            `yaml:"-" json:"-"` // file it came from
	Line          int               `yaml:"-" json:"-"`
}

// File is an uploaded paper as the API carries it.
type File struct {
	Name   string `yaml:"name" json:"name"`
	Type   string `yaml:"type" json:"type"`
	Base64 string `yaml:"base64" json:"base64"`
}

// Expect is what a sample case must come to.
type Expect struct {
	Verdict     string   `yaml:"verdict" json:"verdict"`
	Variant     string   `yaml:"variant" json:"variant"`
	Route       []string `yaml:"route" json:"route"`
	State       string   `yaml:"state" json:"state"` // with no person acting
	FeeCents    int64    `yaml:"fee_cents" json:"fee_cents"`
	BudgetDays  int      `yaml:"budget_days" json:"budget_days"`
	Certificate string   `yaml:"certificate" json:"certificate"`
	Unasked     bool     `yaml:"unasked,omitempty" json:"unasked,omitempty"` // given without application
}

// Service finds a service by "agency/slug"; nil when there is none.
func (c *Catalogue) Service(id string) *Service {
	for _, s := range c.Services {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// LifeEvent finds a life event by its slug.
func (c *Catalogue) LifeEvent(slug string) (LifeEvent, bool) {
	for _, e := range c.LifeEvents {
		if e.Slug == slug {
			return e, true
		}
	}
	return LifeEvent{}, false
}

// Fact finds a declared fact by its dotted name.
func (s *Service) Fact(field string) (Fact, bool) {
	for _, f := range s.Facts {
		if f.Field == field {
			return f, true
		}
	}
	return Fact{}, false
}

// Registers lists the registers that the service reads, once each.
func (s *Service) Registers() (out []string) {
	for _, f := range s.Facts {
		if !slices.Contains(out, f.From) {
			out = append(out, f.From)
		}
	}
	return out
}

// FactFields lists the dotted names to read from the registers.
func (s *Service) FactFields() []string {
	out := make([]string, len(s.Facts))
	for i, f := range s.Facts {
		out[i] = f.Field
	}
	return out
}
