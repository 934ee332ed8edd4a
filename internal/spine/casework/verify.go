package casework

import (
	"context"
	"fmt"

	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/db"
)

// chunk bounds the cases that one transaction reads.
const chunk = 500

// Mismatch is a stored value that does not follow from the acts.
type Mismatch struct {
	Ref  string
	What string // due_at, budget_days, ledger, stops, audit_due_at or acts
	Have string // stored
	Want string // derived
}

// VerifyDeadlines derives each case's ledger and due date again from its acts
// alone and compares them with what is stored. Decided cases whose acts name
// another calendar than today's are not compared by due date: they stand.
func (e *Engine) VerifyDeadlines(ctx context.Context) (cases int, wrong []Mismatch, err error) {
	after := ""
	for {
		refs, err := e.refs(ctx, after)
		if err != nil || len(refs) == 0 {
			return cases, wrong, err
		}
		err = e.db.Read(ctx, func(tx *db.Tx) error {
			for _, ref := range refs {
				found, err := e.verify(tx, ref)
				if err != nil {
					return err
				}
				wrong = append(wrong, found...)
			}
			return nil
		})
		if err != nil {
			return cases, wrong, err
		}
		cases += len(refs)
		after = refs[len(refs)-1]
	}
}

func (e *Engine) verify(tx *db.Tx, ref string) ([]Mismatch, error) {
	c, err := e.Get(tx, ref)
	if err != nil {
		return nil, err
	}
	acts, err := e.Acts(tx, ref)
	if err != nil {
		return nil, err
	}
	stored, err := spans(tx, ref)
	if err != nil {
		return nil, err
	}
	days, err := stopsOf(tx, ref)
	if err != nil {
		return nil, err
	}
	l, err := LedgerOf(acts)
	if err != nil {
		return []Mismatch{{Ref: ref, What: "acts", Have: err.Error()}}, nil
	}
	var out []Mismatch
	differs := func(what string, have, want any) {
		if h, w := fmt.Sprint(have), fmt.Sprint(want); h != w {
			out = append(out, Mismatch{Ref: ref, What: what, Have: h, Want: w})
		}
	}
	differs("acts", c.Version, len(acts))
	differs("budget_days", c.BudgetDays, l.Budget)
	differs("calendar", c.Calendar, l.Calendar)
	differs("ledger", stored, l.Spans)
	differs("stops", days, stopsFor(l.Spans))
	cal, err := e.calendars.State(l.Calendar)
	if err != nil {
		return out, err
	}
	if !c.State.Open() && l.Digest != cal.Digest() {
		return out, nil
	}
	due, err := e.due(l.Calendar, l.Budget, l.Spans)
	if err != nil {
		return out, err
	}
	differs("due_at", c.DueAt, due)
	if c.Audit != "" {
		if due, err = e.due(l.Calendar, AuditDays, []calendar.Span{{Start: auditFrom(acts)}}); err != nil {
			return out, err
		}
		differs("audit_due_at", c.AuditDueAt, due)
	}
	return out, nil
}

// auditFrom is when the last audit began: with the yes of the rules, or with the
// news that a register was wrong.
func auditFrom(acts []Act) int64 {
	from := acts[0].At
	for _, a := range acts {
		if a.Kind == Told && a.Data["audit"] == true || a.Kind == Decide && a.Data["automatic"] == true {
			from = a.At
		}
	}
	return from
}

// Ledger is what the acts of a case say about its deadline.
type Ledger struct {
	Budget   int
	Calendar string // state code
	Digest   string // of the calendar that the last counting act used
	Spans    []calendar.Span
}

// LedgerOf derives a case's ledger from its acts in order: receive starts the
// clock, ask stops it, reply and lapse start it again. A yes that waits for its
// fee has no clock until that is paid.
func LedgerOf(acts []Act) (Ledger, error) {
	var l Ledger
	waits := false
	for i, a := range acts {
		if a.N != i+1 {
			return l, fmt.Errorf("act %d stands at place %d", a.N, i+1)
		}
		if d, ok := a.Data["deadline"].(map[string]any); ok {
			if digest, ok := d["digest"].(string); ok {
				l.Digest = digest
			}
			if a.Kind == Receive {
				budget, _ := wholeOf(d["budget_days"])
				l.Budget = int(budget)
				l.Calendar, _ = d["calendar"].(string)
			}
		}
		running := len(l.Spans) > 0 && l.Spans[len(l.Spans)-1].End == 0
		switch a.Kind {
		case Receive, Reply, Lapse:
			if running {
				return l, fmt.Errorf("act %d starts a clock that runs", a.N)
			}
			l.Spans = append(l.Spans, calendar.Span{Start: a.At})
			if waits = a.Data["after_fee"] == true; waits {
				l.Spans[0].End = a.At
			}
		case Fee:
			if waits {
				l.Spans = append(l.Spans, calendar.Span{Start: a.At})
			}
			waits = false
		case Ask:
			if !running {
				return l, fmt.Errorf("act %d stops a clock that stands", a.N)
			}
			l.Spans[len(l.Spans)-1].End = a.At
		}
	}
	if len(l.Spans) == 0 || l.Calendar == "" {
		return l, fmt.Errorf("no receipt with a calendar")
	}
	return l, nil
}
