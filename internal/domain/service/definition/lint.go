package definition

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"balai/internal/domain/service/form"
)

// minCases is how many sample cases a service that people can use must have.
const minCases = 12

// linter checks one service's meaning once its files are read.
type linter struct {
	s    *Service
	c    *Catalogue
	ids  []string // every service that has a folder or stands in a life event
	docs map[string]document
}

func (l *linter) bad(file, at, reason string, args ...any) { l.docs[file].bad(at, reason, args...) }

func (l *linter) site(at site, reason string) { l.bad(at.file, at.path, "%s", reason) }

const serviceFile, formFile = "service.yaml", "form.yaml"

func (l *linter) run() {
	l.head()
	l.words()
	l.law()
	l.variants()
	l.table()
	l.facts()
	l.evidence()
	l.fee()
	l.workPlan()
	l.outcome()
	l.unasked()
	l.form()
	l.samples()
	if !l.failed() { // these read compiled expressions
		l.literals()
		l.unused()
	}
}

func (l *linter) failed() bool {
	for _, d := range l.docs {
		return len(*d.problems) > 0
	}
	return false
}

func (l *linter) oneOf(at, what, got string, allowed ...string) {
	if !slices.Contains(allowed, got) {
		l.bad(serviceFile, at, "%s is %q; it must be one of %s", what, got, strings.Join(allowed, ", "))
	}
}

func (l *linter) head() {
	s := l.s
	if s.Slug != path.Base(s.ID) {
		l.bad(serviceFile, "service", "service is %q but its folder is %q", s.Slug, path.Base(s.ID))
	}
	if s.Agency != path.Dir(s.ID) {
		l.bad(serviceFile, "agency", "agency is %q but its folder is %q", s.Agency, path.Dir(s.ID))
	}
	l.oneOf("phase", "phase", s.Phase, PhaseAlpha, PhaseBeta, PhaseLive, PhaseRetired)
	l.oneOf("channel", "channel", s.Channel, "digital-only", "digital-first")
	for i, p := range s.AppliesIn {
		l.oneOf(fmt.Sprintf("applies_in[%d]", i), "applies_in", p, "peninsular", "sabah", "sarawak")
	}
	for i, who := range s.For {
		l.oneOf(fmt.Sprintf("for[%d]", i), "for", who, Person, Company)
	}
	if s.ChooseBusiness && !(s.Takes(Person) && s.Takes(Company)) {
		l.bad(serviceFile, "choose_business", "choose_business is for a service that both a person and a company apply for: write for: [person, company]")
	}
	if len(s.AppliesIn) == 0 {
		l.bad(serviceFile, "applies_in", "applies_in names no place")
	}
	for i, e := range s.LifeEvents {
		if !slices.ContainsFunc(l.c.LifeEvents, func(x LifeEvent) bool { return x.Slug == e }) {
			l.bad(serviceFile, fmt.Sprintf("life_events[%d]", i), "there is no life event %q", e)
		}
	}
	for at, n := range map[string]int{"assurance.identity": s.Assurance.Identity, "assurance.authentication": s.Assurance.Authentication} {
		if n < 1 || n > 3 {
			l.bad(serviceFile, at, "%s must be 1, 2 or 3", at)
		}
	}
	for i, r := range s.Reach {
		l.oneOf(fmt.Sprintf("reach[%d]", i), "reach", r, "inbox", "email", "letter", "counter")
	}
	if !slices.Contains(s.Reach, "letter") && !slices.Contains(s.Reach, "counter") {
		l.bad(serviceFile, "reach", "who has no e-mail cannot be reached: reach needs letter or counter")
	}
	switch {
	case s.Accountable == "":
		l.bad(serviceFile, "accountable", "exactly one post must be accountable for the service")
	default:
		l.post("accountable", s.Accountable)
	}
	if s.Release.Number < 1 || !form.IsDate(s.Release.Date) || s.Release.Answers.Empty() {
		l.bad(serviceFile, "release", "a release needs its number, its date and the feedback or session that it answers")
	}
}

func (l *linter) post(at, role string) {
	if _, ok := l.c.Roles[role]; !ok {
		l.bad(serviceFile, at, "there is no post %q", role)
	}
}

func (l *linter) words() {
	known := func(name string) bool {
		for _, v := range l.s.Values {
			if v.Name == name {
				return true
			}
		}
		if len(l.s.Variants) == 0 {
			return false
		}
		_, ok := l.s.Variants[0].Params[name]
		return ok
	}
	for name, d := range l.docs {
		switch {
		case name == serviceFile:
			d.texts(*l.s, known)
		case name == formFile:
			d.texts(*l.s.Form, nil)
		case strings.HasPrefix(name, "certificate"):
			d.texts(l.s.Templates[strings.TrimSuffix(name, ".yaml")], known)
		}
	}
}

func (l *linter) basis(at, law string) {
	if _, ok := l.c.Laws[law]; !ok {
		if law == "" {
			l.bad(serviceFile, at, "a legal basis is missing")
			return
		}
		l.bad(serviceFile, at, "law.yaml has no %q", law)
	}
}

func (l *linter) law() { l.basis("law", l.s.Law) }

func (l *linter) variants() {
	s := l.s
	if len(s.Variants) == 0 {
		l.bad(serviceFile, "variants", "at least one variant is needed")
		return
	}
	seen := map[string]bool{}
	covered := map[string]bool{}
	for i, v := range s.Variants {
		if seen[v.ID] || v.ID == "" {
			l.bad(serviceFile, indexed("variants", i, "variant"), "the variant %q needs a name of its own", v.ID)
		}
		seen[v.ID] = true
		l.basis(indexed("variants", i, "law"), v.Law)
		if v.When == "" {
			l.bad(serviceFile, indexed("variants", i, "when"), "the variant %q needs a condition", v.ID)
		}
		for _, p := range v.AppliesIn {
			covered[p] = true
		}
		if !slices.Equal(sortedKeys(v.Params), sortedKeys(s.Variants[0].Params)) {
			l.bad(serviceFile, indexed("variants", i, "params"), "every variant must set the same parameters: %s", strings.Join(sortedKeys(s.Variants[0].Params), ", "))
			continue
		}
		for name, p := range v.Params {
			if nativeType(p) != nativeType(s.Variants[0].Params[name]) {
				l.bad(serviceFile, indexed("variants", i, "params."+name), "the parameter %s is of another type in the first variant", name)
			}
		}
	}
	for i, p := range s.AppliesIn {
		if !covered[p] {
			l.bad(serviceFile, fmt.Sprintf("applies_in[%d]", i), "no variant applies in %s", p)
		}
	}
}

// names checks that no derived value takes a name that expressions have
// already.
func (l *linter) names() {
	taken := map[string]bool{"today": true, "disputed": true, "disputed_material": true, "answers": true, "param": true, "entry": true}
	for _, f := range l.s.Facts {
		g, _ := cut(f.Field)
		taken[g] = true
	}
	for i, v := range l.s.Values {
		if taken[v.Name] || !nameShape.MatchString(v.Name) || strings.Contains(v.Name, "-") {
			l.bad(serviceFile, indexed("values", i, "value"), "the name %q is taken or is no name", v.Name)
		}
		taken[v.Name] = true
	}
}

func (l *linter) table() {
	rules := l.s.Table.Rules
	if len(rules) == 0 || rules[len(rules)-1].When != "true" {
		l.bad(serviceFile, "eligibility.rules", "the last rule must hold for everybody: when: \"true\"")
	}
	for i, r := range rules {
		if r.When == "" {
			l.bad(serviceFile, indexed("eligibility.rules", i, "when"), "a rule needs a condition")
		}
		if r.Verdict == "" || r.Verdict == Unknown {
			l.bad(serviceFile, indexed("eligibility.rules", i, "verdict"), "%q cannot be a verdict", r.Verdict)
		}
		for j, name := range r.Shows {
			if !slices.ContainsFunc(l.s.Values, func(v Value) bool { return v.Name == name }) {
				l.bad(serviceFile, indexed("eligibility.rules", i, fmt.Sprintf("shows[%d]", j)), "there is no value %q", name)
			}
		}
		if r.When == "true" && i < len(rules)-1 {
			l.bad(serviceFile, indexed("eligibility.rules", i+1, "when"), "no rule below one that always holds is ever reached")
		}
	}
	for i, q := range l.s.Table.Ask {
		at := indexed("eligibility.ask", i, "field")
		f, ok := l.s.Fact(q.ID)
		if !ok {
			l.bad(serviceFile, at, "a question of the eligibility page stands for a fact, and %q is none", q.ID)
			continue
		}
		want, _ := celType(f.Type)
		if got, _ := celType(q.Type); got != want {
			l.bad(serviceFile, indexed("eligibility.ask", i, "type"), "%s is a %s, which %s does not give", q.ID, f.Type, q.Type)
		}
		l.field(serviceFile, fmt.Sprintf("eligibility.ask[%d]", i), q)
	}
}

func (l *linter) facts() {
	seen := map[string]bool{}
	for i, f := range l.s.Facts {
		if seen[f.Field] {
			l.bad(serviceFile, indexed("facts", i, "field"), "%s stands twice", f.Field)
		}
		seen[f.Field] = true
		l.basis(indexed("facts", i, "basis"), f.Basis)
		if f.Material && !f.Disputable {
			l.bad(serviceFile, indexed("facts", i, "material"), "%s is material, so the person must be able to dispute it", f.Field)
		}
	}
}

func (l *linter) evidence() {
	fields := map[string]bool{}
	for _, p := range l.s.Form.Pages {
		for _, f := range p.Fields {
			if f.Type == form.TypeFile {
				fields[f.ID] = true
			}
		}
	}
	for i, e := range l.s.Evidence {
		if !fields[e.ID] {
			l.bad(serviceFile, indexed("evidence", i, "evidence"), "no field of the form takes %q", e.ID)
		}
		delete(fields, e.ID)
		if strings.TrimSpace(e.Reason) == "" {
			l.bad(serviceFile, indexed("evidence", i, "reason"), "say why %q is asked: only what no register holds may be", e.ID)
		}
		if e.MaxBytes < 1 || e.MaxBytes > 20<<20 || e.MaxFiles < 1 || e.MaxFiles > 10 {
			l.bad(serviceFile, fmt.Sprintf("evidence[%d]", i), "max_bytes must be up to 20 MiB and max_files up to 10")
		}
		for j, t := range e.Types {
			l.oneOf(indexed("evidence", i, fmt.Sprintf("types[%d]", j)), "the type", t, "application/pdf", "image/jpeg", "image/png")
		}
		if len(e.Types) == 0 {
			l.bad(serviceFile, indexed("evidence", i, "types"), "say which types of file are taken")
		}
	}
	for id := range fields {
		l.bad(serviceFile, "evidence", "the form takes the file %q, which evidence does not name", id)
	}
}

func (l *linter) workPlan() {
	w := l.s.Work
	if w.Office == "" {
		l.bad(serviceFile, "work.office", "say whose office and calendar apply")
	}
	if len(w.Steps) == 0 {
		l.bad(serviceFile, "work.steps", "a person must be able to decide: at least one step is needed")
	}
	before := map[string]bool{}
	for i, st := range w.Steps {
		l.post(indexed("work.steps", i, "post"), st.Post)
		if st.WithinDays == "" {
			l.bad(serviceFile, indexed("work.steps", i, "within_working_days"), "the step %q has no limit of time", st.Name)
		}
		if st.NotSameAs != "" && !before[st.NotSameAs] {
			l.bad(serviceFile, indexed("work.steps", i, "not_same_person_as"), "no step before is %q", st.NotSameAs)
		}
		again := i > 0 && w.Steps[i-1].Name == st.Name && w.Steps[i-1].When != ""
		if st.Name == "" || before[st.Name] && !again {
			l.bad(serviceFile, indexed("work.steps", i, "step"), "the step %q needs a name of its own", st.Name)
		}
		if st.When != "" && (i+1 == len(w.Steps) || w.Steps[i+1].Name != st.Name) {
			l.bad(serviceFile, indexed("work.steps", i, "when"), "below %q with a condition stands another %q, for the rest", st.Name, st.Name)
		}
		before[st.Name] = true
	}
	if len(w.Automatic) == 0 {
		return
	}
	if w.SamplePercent < 1 || w.SamplePercent > 100 {
		l.bad(serviceFile, "work.sample_percent", "some of the automatic decisions must be audited: 1 to 100 per cent")
	}
	for i, c := range w.Automatic {
		if c.When == "" {
			l.bad(serviceFile, indexed("work.automatic", i, "when"), "a condition is missing")
		}
	}
	if !slices.ContainsFunc(w.Automatic, func(c Condition) bool { return strings.Contains(c.When, "disputed") }) {
		l.bad(serviceFile, "work.automatic", "an automatic yes must look at disputed facts: add !disputed_material")
	}
}

// baseRegisters take entries by rules of their own, beside the books of
// register.yaml.
var baseRegisters = []string{"population.birth", "welfare.child_aid"}

func (l *linter) outcome() {
	o := l.s.Outcome
	used := map[string]bool{}
	for i, c := range o.Certificates {
		used[c.Template] = true
		if _, ok := l.s.Templates[c.Template]; !ok {
			l.bad(serviceFile, indexed("outcome.certificate", i, "template"), "there is no %s.yaml", c.Template)
		}
		if c.When == "" && i < len(o.Certificates)-1 {
			l.bad(serviceFile, indexed("outcome.certificate", i+1, "template"), "no certificate below one without a condition is ever issued")
		}
	}
	if n := len(o.Certificates); n == 0 || o.Certificates[n-1].When != "" {
		l.bad(serviceFile, "outcome.certificate", "the last certificate must have no condition, or a yes may issue nothing")
	}
	for id, t := range l.s.Templates {
		if !used[id] {
			l.bad(id+".yaml", "", "outcome never issues this certificate")
		}
		if t.Type == "" || len(t.Rows) == 0 {
			l.bad(id+".yaml", "", "a certificate needs a type and rows")
		}
		for i, r := range t.Rows {
			if _, ok := celType(r.Type); !ok {
				l.bad(id+".yaml", indexed("rows", i, "type"), "there is no type %q", r.Type)
			}
			if r.Value == "" {
				l.bad(id+".yaml", indexed("rows", i, "value"), "a row needs a value")
			}
		}
	}
	if o.Pays != nil && (strings.TrimSpace(o.Pays.Cents) == "" || o.Pays.How.Empty()) {
		l.bad(serviceFile, "outcome.pays", "say how much is paid in cents, and in how by whom and when")
	}
	if o.Pays != nil && !slices.Contains([]string{"", "month", "year", "once"}, o.Pays.Every) {
		l.bad(serviceFile, "outcome.pays.every", "money is paid every month or year, or once, not %q", o.Pays.Every)
	}
	if strings.TrimSpace(o.Once) == "" {
		l.bad(serviceFile, "outcome.once", "say what may be applied for only once at a time, such as a child's number")
	}
	for i, then := range o.Then {
		if !slices.Contains(l.ids, then.Service) {
			l.bad(serviceFile, indexed("outcome.then", i, "service"), "there is no service %q", then.Service)
		}
	}
	if of := l.s.Offered; of != nil && (of.Open < 14 || of.Open > 366) {
		l.bad(serviceFile, "offered.open_days", "an offer stands for 14 to 366 days, not %d", of.Open)
	}
	for i, name := range o.Needs {
		if _, ok := o.Entry[name]; !ok {
			l.bad(serviceFile, fmt.Sprintf("outcome.needs[%d]", i), "entry has no %q", name)
		}
	}
	if g, ok := l.c.Registers.Book(o.Register); ok {
		for name := range o.Entry {
			if !slices.ContainsFunc(g.Fields, func(f RegisterField) bool { return f.Name == name }) {
				l.bad(serviceFile, "outcome.entry."+name, "%s has no field %q", o.Register, name)
			}
		}
		for _, name := range g.Keeps.Needs {
			if !slices.Contains(o.Needs, name) {
				l.bad(serviceFile, "outcome.needs", "%s makes no entry without %s", o.Register, name)
			}
		}
	} else if o.Register != "" && !slices.Contains(baseRegisters, o.Register) {
		l.bad(serviceFile, "outcome.register", "no register %q takes entries", o.Register)
	}
	if (o.Register == "") != (len(o.Entry) == 0) {
		l.bad(serviceFile, "outcome.entry", "register and entry belong together")
	}
}

func (l *linter) samples() {
	if l.s.Phase != PhaseAlpha && len(l.s.Cases) < minCases {
		l.bad(serviceFile, "phase", "a %s service needs at least %d sample cases; it has %d", l.s.Phase, minCases, len(l.s.Cases))
	}
	seen, persons := map[string]bool{}, map[string]bool{}
	for _, c := range l.s.Cases {
		bad := func(reason string, args ...any) {
			for _, d := range l.docs {
				*d.problems = append(*d.problems, Problem{c.Source, c.Line, fmt.Sprintf(reason, args...)})
				return
			}
		}
		if c.Name == "" || seen[c.Name] {
			bad("a sample case needs a name of its own, and %q is none", c.Name)
		}
		seen[c.Name] = true
		if c.Person != "" && persons[c.Person] {
			bad("%s can send only one of the sample cases", c.Person)
		}
		persons[c.Person] = true
		for name := range c.Facts {
			if _, ok := l.s.Fact(name); !ok {
				bad("the case %q assumes %s, which the service does not ask of a register", c.Name, name)
			}
		}
	}
}
