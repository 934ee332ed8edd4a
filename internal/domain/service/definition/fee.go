package definition

import (
	"errors"
	"fmt"
	"slices"

	"balai/internal/domain/service/form"
	"balai/internal/spine/locale"
)

// Fee is what the service costs, in cents: one expression, or a table of which
// the first row that holds counts. Says tells of it before anything is known of
// a person.
type Fee struct {
	Cents  string      `yaml:"cents,omitempty" json:"cents,omitempty"`
	Table  []FeeRow    `yaml:"table,omitempty" json:"table,omitempty"`
	Waived []FeeWaiver `yaml:"waived,omitempty" json:"waived,omitempty"` // who pays nothing; the first that holds
	Late   *FeeRow     `yaml:"late,omitempty" json:"late,omitempty"`     // what is added
	Says   locale.Text `yaml:"says" json:"says"`
	Within int         `yaml:"pay_within_days,omitempty" json:"pay_within_days,omitempty"` // calendar days from the sending; 0 is payWithin
}

// FeeRow is a price, when it holds, and why in words.
type FeeRow struct {
	When  string      `yaml:"when" json:"when"`
	Cents string      `yaml:"cents" json:"cents"`
	Says  locale.Text `yaml:"says" json:"says"`
}

// FeeWaiver is who pays nothing, under which law, and why in words.
type FeeWaiver struct {
	When string      `yaml:"when" json:"when"`
	Law  string      `yaml:"law" json:"law"`
	Says locale.Text `yaml:"says" json:"says"`
}

// payWithin holds where a service does not say.
const payWithin = 30

// PayWithin is for how many calendar days a fee can be paid, from the day on
// which the application is sent. Then the case lapses.
func (f Fee) PayWithin() int {
	if f.Within == 0 {
		return payWithin
	}
	return f.Within
}

// owed is what one application costs and why. known is false while something
// that the price hangs on is not.
type owed struct {
	cents  int64
	says   locale.Text
	waived bool
	law    string // of a waiver
	known  bool
}

// fee works out what is to be paid. What cannot be told yet is never free: it
// is unknown, and nobody is given a yes for it.
func (s *Service) fee(sc *scope) (owed, error) {
	o, err := s.price(sc)
	if errors.Is(err, form.ErrUnknown) {
		return owed{}, nil
	}
	if err == nil && o.cents < 0 {
		err = fmt.Errorf("definition: %s: a fee of %d cents", s.ID, o.cents)
	}
	return o, err
}

// price is fee where unknown is an error.
func (s *Service) price(sc *scope) (owed, error) {
	for _, w := range s.Fee.Waived {
		ok, err := sc.holds(w.When)
		if err != nil {
			return owed{}, err
		}
		if ok {
			return owed{says: sc.expand(w.Says), waived: true, law: w.Law, known: true}, nil
		}
	}
	o := owed{known: true}
	rows := s.Fee.Table
	if s.Fee.Cents != "" {
		rows = []FeeRow{{Cents: s.Fee.Cents, Says: s.Fee.Says}}
	}
	for _, row := range rows {
		if row.When != "" {
			if ok, err := sc.holds(row.When); err != nil {
				return owed{}, err
			} else if !ok {
				continue
			}
		}
		if err := sc.add(&o, row); err != nil {
			return owed{}, err
		}
		break
	}
	if l := s.Fee.Late; l != nil {
		late, err := sc.holds(l.When)
		if err != nil {
			return owed{}, err
		}
		if late {
			err = sc.add(&o, *l)
		}
		return o, err
	}
	return o, nil
}

// add adds a row's price and, where there is one, its words.
func (sc *scope) add(o *owed, row FeeRow) error {
	v, _, err := sc.eval(sc.service.engine.expr(row.Cents))
	if err != nil {
		return err
	}
	cents, _ := v.(int64)
	if o.cents += cents; cents == 0 {
		return nil
	}
	says := sc.expand(row.Says)
	if !o.says.Empty() {
		says = locale.Text{MS: o.says.MS + " " + says.MS, EN: o.says.EN + " " + says.EN}
	}
	o.says = says
	return nil
}

// put writes what is owed into a result.
func (o owed) put(r *Result) {
	r.FeeCents, r.FeeSays, r.FeeWaived, r.FeeLaw = o.cents, o.says, o.waived, o.law
}

// feeSites lists the expressions of a fee.
func (s *Service) feeSites(add func(at, src string, number bool)) {
	f := s.Fee
	add("fee.cents", f.Cents, true)
	for i, r := range f.Table {
		add(indexed("fee.table", i, "when"), r.When, false)
		add(indexed("fee.table", i, "cents"), r.Cents, true)
	}
	for i, w := range f.Waived {
		add(indexed("fee.waived", i, "when"), w.When, false)
	}
	if f.Late != nil {
		add("fee.late.when", f.Late.When, false)
		add("fee.late.cents", f.Late.Cents, true)
	}
}

// fee refuses a fee that could not be told to everybody who applies.
func (l *linter) fee() {
	f := l.s.Fee
	bad := func(at, reason string, args ...any) { l.bad(serviceFile, at, reason, args...) }
	switch {
	case f.Cents == "" && len(f.Table) == 0:
		bad("fee.cents", "say the fee: \"0\" where there is none")
	case f.Cents != "" && len(f.Table) > 0:
		bad("fee.table", "a fee is cents or a table, not both")
	}
	for i, r := range f.Table {
		l.feeRow(fmt.Sprintf("fee.table[%d]", i), r)
		if last := i == len(f.Table)-1; last != (r.When == "true") {
			if last {
				bad(indexed("fee.table", i, "when"), "the last row of a fee must hold for everybody: when: \"true\"")
			} else {
				bad(indexed("fee.table", i+1, "when"), "no row below one that always holds is ever reached")
			}
		}
	}
	for i, w := range f.Waived {
		if w.When == "" {
			bad(indexed("fee.waived", i, "when"), "say who pays nothing")
		}
		l.basis(indexed("fee.waived", i, "law"), w.Law)
	}
	if f.Late != nil {
		l.feeRow("fee.late", *f.Late)
	}
	if f.Within < 0 || f.Within > 366 {
		bad("fee.pay_within_days", "a fee can be paid for 1 to 366 days, not %d", f.Within)
	}
	if l.failed() {
		return
	}
	free := f.Cents == "0"
	if free && (len(f.Waived) > 0 || f.Within > 0) {
		bad("fee.cents", "nobody can be spared what nobody pays")
	}
	if len(f.Waived) > 0 && !slices.ContainsFunc(l.s.Cases, func(c SampleCase) bool { return c.Expect.FeeCents == 0 && c.Expect.State != StateNone }) {
		bad("fee.waived", "no sample case shows who pays nothing")
	}
}

func (l *linter) feeRow(at string, r FeeRow) {
	if r.When == "" {
		l.bad(serviceFile, at+".when", "say when this is paid")
	}
	if r.Cents == "" {
		l.bad(serviceFile, at+".cents", "say how many cents")
	}
}
