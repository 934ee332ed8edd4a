package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"balai/internal/domain/service/definition"
	"balai/internal/domain/service/form"
	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// Submission is an application on its way in, from a draft or from a program.
type Submission struct {
	By       actor.Actor
	Service  string
	Number   int64  // of the release; 0 is the one in force
	Key      string // one key makes one case
	Answers  map[string]any
	Accepted []string // facts that the person confirms; nil where the review page showed them all
	Seen     Seen     // held values as they were shown to the person
	Files    map[string][]File
	Disputed []Dispute
	Draft    string
	Offer    string
	Screens  int64
	Typed    int64
	Began    int64
	Officer  actor.Actor // who reads in what By filled in at a counter without a network
	At       time.Time   // when it was filled in at a counter without a network; else now
	Note     map[string]any
}

// Receipt is what the sender gets back.
type Receipt struct {
	Ref     string
	State   casework.State
	DueAt   int64
	Act     string // id of the act whose receipt it is
	Ignored []string
}

// Trace is why the rules said what they said.
type Trace struct {
	Eligibility []definition.TraceRow `json:"eligibility"`
	Automatic   []definition.TraceRow `json:"automatic,omitempty"`
}

// digest is what two sends with one key must agree in.
func (s Submission) digest() string {
	parts := []any{s.Service, s.Answers, s.Accepted, s.Files}
	if s.By.Acting() { // one key, two persons: not the same application
		parts = append(parts, s.By.For.Person)
	}
	b, err := json.Marshal(parts)
	if err != nil {
		panic("service: " + err.Error()) // came from JSON or our own draft
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// Submit makes the case, once for each key: the same key with the same body
// gets the same receipt, with another body a conflict. The facts are read
// again and the route is walked again, whatever the sender believes.
func (p *Part) Submit(ctx context.Context, s Submission) (Receipt, error) {
	body := s.digest()
	ref := p.IDs.Ref("BLH")
	var out Receipt
	err := p.DB.Write(ctx, func(tx *db.Tx) error {
		out = Receipt{}
		before, rec, used, err := keyed(tx, s.By.Person, s.Key)
		if err != nil {
			return err
		}
		if used {
			if before != body && s.Draft == "" {
				return fault.New(fault.Conflict, "service.error.key_reused")
			}
			out = rec // the first answer again, whatever has happened since
			return nil
		}
		out, err = p.submitTx(tx, s, ref, body)
		return err
	})
	return out, err
}

func (p *Part) receipt(tx *db.Tx, ref string) (Receipt, error) {
	c, err := p.Cases.Get(tx, ref)
	if err != nil {
		return Receipt{}, err
	}
	acts, err := p.Cases.Acts(tx, ref)
	if err != nil {
		return Receipt{}, err
	}
	a, err := application(tx, ref)
	if err != nil {
		return Receipt{}, err
	}
	return Receipt{Ref: ref, State: c.State, DueAt: c.DueAt, Act: acts[0].ID, Ignored: a.Ignored}, nil
}

// submitTx is the whole of an application in one transaction.
func (p *Part) submitTx(tx *db.Tx, s Submission, ref, body string) (Receipt, error) {
	if s.Draft != "" {
		if err := takeDraft(tx, &s, ref); err != nil {
			return Receipt{}, err
		}
	}
	if err := p.takeable(tx, s.Offer); err != nil {
		return Receipt{}, err
	}
	rel, err := p.Current(s.Service)
	if err == nil && s.Number != 0 {
		rel, err = p.At(s.Service, s.Number)
	}
	if err != nil {
		return Receipt{}, err
	}
	if s.Number == 0 && rel.Def.Phase == definition.PhaseRetired {
		return Receipt{}, fault.New(fault.Conflict, "service.error.retired")
	}
	def := rel.Def
	if err := p.counterMay(tx, s.By, def); err != nil {
		return Receipt{}, err
	}
	if err := p.assured(tx, s.By, def); err != nil {
		return Receipt{}, err
	}
	if err := takes(def, s.By.Subject()); err != nil {
		return Receipt{}, err
	}
	if err := p.stillHas(tx, s.By); err != nil {
		return Receipt{}, err
	}
	held, err := p.Registers.Facts(tx, s.By.Subject(), def.Registers())
	if err != nil {
		return Receipt{}, err
	}
	facts := onlyShown(def, held)
	now := p.Clock.Now()
	if !s.At.IsZero() {
		now = s.At
	}
	in := definition.Input{Answers: s.Answers, Files: countFiles(s.Files), Facts: values(facts),
		Disputed: s.disputedFields(), Today: clock.Day(now)}
	res, err := def.Evaluate(in)
	if err != nil {
		return Receipt{}, err
	}
	veiled := false
	if s.By.Acting() {
		if veiled, err = p.Protection.Protected(tx, s.By.Subject()); err != nil {
			return Receipt{}, err
		}
	}
	if err := s.Seen.refuse(def, res.Facts, facts, s.By.Acting(), veiled); err != nil {
		return Receipt{}, err
	}
	if err := refuseIncomplete(def, res); err != nil {
		return Receipt{}, err
	}
	if err := p.refuseTaken(tx, def, res.Answers); err != nil {
		return Receipt{}, err
	}
	if !s.confirms(res.Facts) {
		res.Automatic, res.AfterFee = false, false
		res.AutomaticTrace = append(res.AutomaticTrace, unconfirmed)
	}
	app := Application{
		Ref: ref, Service: def.ID, Number: rel.Number, Person: s.By.Subject(), Variant: res.Variant, Verdict: res.Verdict,
		Automatic: res.Automatic, Subject: subject(res, s.By.Subject()), Answers: res.Answers, Facts: facts,
		Accepted: s.Accepted, Disputed: s.Disputed, Files: keepFiles(res, s.Files), Certificate: res.Certificate,
		Trace: Trace{Eligibility: res.Trace, Automatic: res.AutomaticTrace}, Ignored: s.ignored(def, res),
		Draft: s.Draft, SentAt: clock.Micro(now), Open: true,
	}
	if err := free(tx, app); err != nil {
		return Receipt{}, err
	}
	return p.record(tx, s, app, rel, res, body)
}

// free refuses a second application about the same thing. Only who sent the
// first is told its reference.
func free(tx *db.Tx, app Application) error {
	other, person, err := openFor(tx, app.Service, app.Subject)
	switch {
	case err != nil || other == "":
		return err
	case person == app.Person:
		return fault.New(fault.Conflict, "service.error.already_sent", "ref", other)
	}
	return fault.New(fault.Conflict, "service.error.already_open")
}

// record writes an application that may be sent: its row, its key, its use of
// the registers, its case and what follows from it.
func (p *Part) record(tx *db.Tx, s Submission, app Application, rel *Release, res definition.Result, body string) (Receipt, error) {
	def, ref := rel.Def, app.Ref
	if err := insertApplication(tx, app); err != nil {
		return Receipt{}, err
	}
	if err := p.Registers.Used(tx, ref, def.Agency, factList(app.Facts)); err != nil {
		return Receipt{}, err
	}
	opening, err := p.opening(tx, s, app, rel, res)
	if err != nil {
		return Receipt{}, err
	}
	maps.Copy(opening.Data, s.Note)
	if s.Officer.Officer() {
		opening.By = s.Officer
	}
	c, err := p.Cases.OpenTx(tx, opening)
	if err != nil {
		return Receipt{}, err
	}
	if err := settleOffers(tx, s.By.Subject(), def.ID, app.Subject, s.Offer, ref); err != nil {
		return Receipt{}, err
	}
	if err := p.tellSent(tx, s, app); err != nil {
		return Receipt{}, err
	}
	if err := p.Elsewhere.AppliedTx(tx, c.Agency, ref, s.Service, app.SentAt); err != nil {
		return Receipt{}, err
	}
	acts, err := p.Cases.Acts(tx, ref)
	if err != nil {
		return Receipt{}, err
	}
	rec := Receipt{Ref: ref, State: c.State, DueAt: c.DueAt, Act: acts[0].ID, Ignored: app.Ignored}
	return rec, insertKey(tx, s.By.Person, s.Key, body, rec, app.SentAt)
}

// takeDraft closes the draft that is sent, and sends what it holds now: a
// window that was open for long cannot bring back older answers.
func takeDraft(tx *db.Tx, s *Submission, ref string) error {
	d, err := draftByID(tx, s.Draft)
	if err != nil {
		return err
	}
	if d.State != "open" {
		return fault.New(fault.Conflict, "service.error.draft_over")
	}
	if !d.HeldSeen { // nobody confirms what they have not been shown
		return fault.New(fault.Invalid, "service.error.incomplete")
	}
	s.Number, s.Answers, s.Files, s.Disputed = d.Number, d.Answers, d.Files, d.Disputed
	s.Screens, s.Typed, s.Began = d.Screens+1, d.Typed, d.CreatedAt
	d.State, d.Ref = "submitted", ref
	return updateDraft(tx, d)
}

func (p *Part) opening(tx *db.Tx, s Submission, app Application, rel *Release, res definition.Result) (casework.Opening, error) {
	def := rel.Def
	owners, err := p.owners(tx, s.By.Subject())
	if err != nil {
		return casework.Opening{}, err
	}
	unit, err := p.Directory.UnitFor(tx, def.Agency, res.Calendar)
	if err != nil {
		return casework.Opening{}, err
	}
	o := casework.Opening{
		Ref: app.Ref, Kind: def.ID, Release: rel.Name(), Title: def.Title, Applicant: s.By.Subject(), By: s.By,
		Agency: def.Agency, Unit: unit.ID, Calendar: unit.State, FeeCents: res.FeeCents, AfterFee: res.AfterFee, Basis: res.Law,
		Subjects: append(concerned(app.Facts), owners...), // who has a company reads who looked at its cases
		Data: map[string]any{"answers": res.Answers, "variant": res.Variant, "verdict": res.Verdict,
			"facts": sourcesOf(app.Facts), "files": hashes(app.Files)},
	}
	if o.FeeCents > 0 {
		o.PayBy = clock.Micro(dayAfter(p.Clock.Now(), def.Fee.PayWithin()))
	}
	for _, step := range res.Steps {
		o.Plan = append(o.Plan, casework.Step{Name: step.Name, Role: step.Role, WithinDays: step.WithinDays,
			NotSameAs: step.NotSameAs, OtherBranch: step.OtherBranchMay})
	}
	if app.Automatic {
		trace, err := json.Marshal(app.Trace)
		if err != nil {
			return o, err
		}
		o.Automatic = &casework.Decision{Approve: true, Reasons: automaticReasons(res), Trace: trace}
	}
	return o, nil
}

// automaticReasons joins the conditions that held, so that the decision itself
// says why.
func automaticReasons(res definition.Result) locale.Text {
	var ms, en []string
	for _, row := range res.AutomaticTrace {
		ms, en = append(ms, row.Text.MS), append(en, row.Text.EN)
	}
	return locale.Text{MS: strings.Join(ms, "; ") + ".", EN: strings.Join(en, "; ") + "."}
}

// refuseIncomplete names each missing answer. A verdict that stops says where
// else to go; it is no decision about the person.
func refuseIncomplete(def *definition.Service, res definition.Result) error {
	if !res.Eligible && res.Verdict != definition.Unknown {
		return fault.New(fault.Invalid, "service.error.not_here", "because", res.Because)
	}
	if res.Complete {
		return nil
	}
	f := fault.New(fault.Invalid, "service.error.incomplete")
	for _, name := range res.Missing {
		f = f.With(fault.Field{Location: locationOf(def, name), Key: "service.error.required"})
	}
	return f
}

func locationOf(def *definition.Service, name string) string {
	if field, _, ok := def.Form.Field(name); ok && field.Type == form.TypeFile {
		return "files." + name
	}
	return "answers." + name
}

func (s Submission) disputedFields() []string {
	out := make([]string, len(s.Disputed))
	for i, d := range s.Disputed {
		out[i] = d.Field
	}
	return out
}

// ignored lists what was sent and does not count: answers that the route does
// not reach, names that the definition does not have.
func (s Submission) ignored(def *definition.Service, res definition.Result) []string {
	out := append([]string{}, res.Ignored...)
	for _, name := range s.Accepted {
		if _, ok := def.Fact(name); !ok {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// confirms tells whether each material fact that the person is shown was
// accepted or disputed. A program that accepts nothing gets an officer, not a
// refusal.
func (s Submission) confirms(shown []definition.Fact) bool {
	if s.Accepted == nil {
		return true
	}
	for _, f := range shown {
		if f.Material && !slices.Contains(s.Accepted, f.Field) {
			return false
		}
	}
	return true
}

// unconfirmed is the row of the trace that says why a person looks at it.
var unconfirmed = definition.TraceRow{Rule: "facts_accepted", Value: map[string]any{},
	Text:    locale.Text{MS: "Pemohon mengesahkan maklumat penting yang dipegang kerajaan", EN: "The applicant confirmed the important details that the state holds"},
	Because: locale.Text{MS: "Maklumat penting tidak disahkan.", EN: "Important details were not confirmed."}}

func values(facts map[string]Fact) map[string]any {
	out := make(map[string]any, len(facts))
	for k, f := range facts {
		out[k] = f.Value
	}
	return out
}

// onlyShown keeps the facts that the definition declares, with their basis:
// what it does not name is not used.
func onlyShown(def *definition.Service, held map[string]Fact) map[string]Fact {
	out := map[string]Fact{}
	for _, f := range def.Facts {
		if v, ok := held[f.Field]; ok {
			out[f.Field] = v
		}
	}
	return out
}

// subject is what one may apply for only once at a time; the person where the
// definition cannot tell.
func subject(res definition.Result, person string) string {
	if res.Once == "" {
		return "person=" + person
	}
	return "once=" + res.Once
}

// concerned are the persons whom the facts name: a fact with an id number
// stands in that person's own entry.
func concerned(facts map[string]Fact) []string {
	var out []string
	for name, f := range facts {
		if strings.HasSuffix(name, ".id_number") && f.Entry != "" && !slices.Contains(out, f.Entry) {
			out = append(out, f.Entry)
		}
	}
	slices.Sort(out)
	return out
}

func countFiles(files map[string][]File) map[string]int {
	out := map[string]int{}
	for k, v := range files {
		out[k] = len(v)
	}
	return out
}

// keepFiles drops evidence that the route does not ask for.
func keepFiles(res definition.Result, files map[string][]File) map[string][]File {
	out := map[string][]File{}
	for k, v := range files {
		if !slices.Contains(res.Ignored, k) {
			out[k] = v
		}
	}
	return out
}

func hashes(files map[string][]File) map[string]any {
	out := map[string]any{}
	for k, list := range files {
		var shas []any
		for _, f := range list {
			shas = append(shas, f.SHA)
		}
		out[k] = shas
	}
	return out
}

// sourcesOf is what the journal keeps of the facts: value, entry and version.
func sourcesOf(facts map[string]Fact) map[string]any {
	out := map[string]any{}
	for k, f := range facts {
		out[k] = map[string]any{"value": f.Value, "entry": f.Entry, "version": f.Version}
	}
	return out
}

func factList(facts map[string]Fact) []Fact {
	out := make([]Fact, 0, len(facts))
	for k, f := range facts {
		f.Field = k
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Fact) int { return strings.Compare(a.Field, b.Field) })
	return out
}
