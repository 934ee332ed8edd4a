package casework

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
)

//go:embed migration
var migrations embed.FS

// Migration makes the tables casework_*.
func Migration() db.Migration {
	return db.Migration{Part: "casework", FS: migrations,
		Blobs: []string{"casework_act.data"}}
}

const caseColumns = `ref, kind, release, title_ms, title_en, applicant, acted_by, agency, unit, calendar,
	state, version, plan, step, role, checked_by, decided_by, received_at, due_at, decided_at, closed_at,
	budget_days, parent, appeal, automatic, fee_cents, fee_receipt, audit, audit_role, audit_due_at,
	answer_due_at, outcome, certificate, basis, audit_from_at, assignee, assignee_post, pay_by_at`

// scanCase reads a case: caseColumns and due_no.
func (e *Engine) scanCase(row db.Scanner) (Case, error) {
	var c Case
	var plan string
	var due int64
	err := row.Scan(&c.Ref, &c.Kind, &c.Release, &c.Title.MS, &c.Title.EN, &c.Applicant, &c.ActedBy, &c.Agency,
		&c.Unit, &c.Calendar, &c.State, &c.Version, &plan, &c.Step, &c.Role, &c.CheckedBy, &c.DecidedBy,
		&c.ReceivedAt, &c.DueAt, &c.DecidedAt, &c.ClosedAt, &c.BudgetDays, &c.Parent, &c.Appeal, &c.Automatic,
		&c.FeeCents, &c.FeeReceipt, &c.Audit, &c.AuditRole, &c.AuditDueAt, &c.AnswerDueAt, &c.Outcome,
		&c.Certificate, &c.Basis, &c.AuditFrom, &c.Assignee, &c.AssigneePost, &c.PayBy, &due)
	if err != nil {
		return c, err
	}
	if err := e.dated(&c, due); err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(plan), &c.Plan)
}

func (e *Engine) insertCase(tx *db.Tx, c Case, subjects []string) error {
	plan, err := json.Marshal(c.Plan)
	if err != nil {
		return err
	}
	no, err := e.numbered(c)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`insert into casework_case (`+caseColumns+`, other_branch, audit_other, due_no, queue_no, work, work_role, work_any, unpaid, helped, queue_at)
		values (`+db.In(1, 47)+`, 0)`,
		c.Ref, c.Kind, c.Release, c.Title.MS, c.Title.EN, c.Applicant, c.ActedBy, c.Agency, c.Unit, c.Calendar,
		string(c.State), c.Version, string(plan), c.Step, c.Role, c.CheckedBy, c.DecidedBy, c.ReceivedAt, c.DueAt,
		c.DecidedAt, c.ClosedAt, c.BudgetDays, c.Parent, c.Appeal, c.Automatic, c.FeeCents, c.FeeReceipt, c.Audit,
		c.AuditRole, c.AuditDueAt, c.AnswerDueAt, c.Outcome, c.Certificate, c.Basis, c.AuditFrom,
		c.Assignee, c.AssigneePost, c.PayBy, c.otherBranch(), c.auditOther(), no.due, no.queue, c.Work(), c.WorkRole(), c.workAny(),
		c.unpaid(), c.ActedBy != "")
	if err != nil {
		return fmt.Errorf("casework: open %s: %w", c.Ref, err)
	}
	var rows []any
	for _, person := range subjects {
		if person != c.Applicant {
			rows = append(rows, c.Ref, person)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if _, err := tx.Exec(`insert into casework_subject (ref, person) values `+db.Tuples(len(rows)/2, 2), rows...); err != nil {
		return fmt.Errorf("casework: subjects of %s: %w", c.Ref, err)
	}
	return nil
}

// updateCase writes what acts change, if the case still is at version was.
func (e *Engine) updateCase(tx *db.Tx, c Case, was int) error {
	no, err := e.numbered(c)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`update casework_case set state = $1, version = $2, step = $3, role = $4, checked_by = $5,
		decided_by = $6, due_at = $7, decided_at = $8, closed_at = $9, appeal = $10, fee_receipt = $11, audit = $12,
		audit_role = $13, audit_due_at = $14, answer_due_at = $15, outcome = $16, certificate = $17,
		other_branch = $18, audit_other = $19, due_no = $20, queue_no = $21, audit_from_at = $22,
		assignee = $23, assignee_post = $24, work = $25, work_role = $26, work_any = $27, unpaid = $28, automatic = $29 where ref = $30 and version = $31`,
		string(c.State), c.Version, c.Step, c.Role, c.CheckedBy, c.DecidedBy, c.DueAt, c.DecidedAt, c.ClosedAt,
		c.Appeal, c.FeeReceipt, c.Audit, c.AuditRole, c.AuditDueAt, c.AnswerDueAt, c.Outcome, c.Certificate,
		c.otherBranch(), c.auditOther(), no.due, no.queue, c.AuditFrom,
		c.Assignee, c.AssigneePost, c.Work(), c.WorkRole(), c.workAny(), c.unpaid(), c.Automatic, c.Ref, was)
	if err != nil {
		return fmt.Errorf("casework: update %s: %w", c.Ref, err)
	}
	if n != 1 {
		return stale(was)
	}
	return nil
}

func insertActs(tx *db.Tx, ref string, acts ...*Act) error {
	return insertActsOf(tx, acts, func(int) string { return ref })
}

// insertActsOf writes acts, each of the case that refOf names by its place.
func insertActsOf(tx *db.Tx, acts []*Act, refOf func(i int) string) error {
	var rows []any
	for i, a := range acts {
		data, err := json.Marshal(a.Data)
		if err != nil {
			return fmt.Errorf("casework: data of %s: %w", a.Kind, err)
		}
		acting, err := encodeFor(a.By)
		if err != nil {
			return err
		}
		rows = append(rows, refOf(i), a.N, a.ID, a.Kind, a.At, a.By.Person, a.By.Post, a.By.Agency, a.By.Title.MS,
			a.By.Title.EN, string(data), a.Leaf, string(a.State), acting)
	}
	_, err := tx.Exec(`insert into casework_act (ref, n, id, kind, done_at, person, post, agency, title_ms, title_en,
		data, leaf, state, acts_for) values `+db.Tuples(len(acts), 14), rows...)
	if err != nil {
		return fmt.Errorf("casework: acts of %s: %w", refOf(0), err)
	}
	return nil
}

func scanAct(row db.Scanner) (Act, error) {
	var a Act
	var data, acting string
	err := row.Scan(&a.N, &a.ID, &a.Kind, &a.At, &a.By.Person, &a.By.Post, &a.By.Agency, &a.By.Title.MS,
		&a.By.Title.EN, &data, &a.Leaf, &a.State, &acting)
	if err != nil {
		return a, err
	}
	if err := decodeFor(acting, &a.By); err != nil {
		return a, err
	}
	a.Data, err = decodeData(data)
	return a, err
}

// decodeData keeps whole numbers whole: int64, as they were given.
func decodeData(text string) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var data map[string]any
	if err := d.Decode(&data); err != nil {
		return nil, fmt.Errorf("casework: stored data of an act: %w", err)
	}
	whole(data)
	return data, nil
}

func whole(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return f
	case map[string]any:
		for k, x := range v {
			v[k] = whole(x)
		}
	case []any:
		for i, x := range v {
			v[i] = whole(x)
		}
	}
	return v
}

// Get is a case by its reference; Missing when there is none.
func (e *Engine) Get(tx *db.Tx, ref string) (Case, error) {
	c, err := db.One(tx, e.scanCase, `select `+caseColumns+`, due_no from casework_case where ref = $1`, ref)
	if errors.Is(err, db.ErrNoRows) {
		return Case{}, fault.New(fault.Missing, "casework.fault.missing")
	}
	if err != nil {
		return Case{}, fmt.Errorf("casework: get %s: %w", ref, err)
	}
	return c, nil
}

// declared says whether person said that they have a conflict in one of refs.
func declared(tx *db.Tx, person string, refs ...string) (bool, error) {
	args := []any{person}
	for _, ref := range refs {
		args = append(args, ref)
	}
	var n int
	err := tx.QueryRow(`select count(*) from casework_conflict where person = $1 and ref in (`+db.In(2, len(refs))+`)`, args...).Scan(&n)
	return n > 0, err
}

func declare(tx *db.Tx, ref, person string, at int64) error {
	_, err := tx.Exec(`insert into casework_conflict (ref, person, declared_at) values ($1, $2, $3) on conflict do nothing`, ref, person, at)
	return err
}

func retract(tx *db.Tx, person string, refs ...string) error {
	args := []any{person}
	for _, ref := range refs {
		args = append(args, ref)
	}
	_, err := tx.Exec(`delete from casework_conflict where person = $1 and ref in (`+db.In(2, len(refs))+`)`, args...)
	return err
}

const actColumns = `n, id, kind, done_at, person, post, agency, title_ms, title_en, data, leaf, state, acts_for`

// Acts of a case in their order.
func (e *Engine) Acts(tx *db.Tx, ref string) ([]Act, error) {
	return db.List(tx, scanAct, `select `+actColumns+` from casework_act where ref = $1 order by n`, ref)
}

// Act is one act of a case by its id; Missing when there is none.
func (e *Engine) Act(tx *db.Tx, ref, id string) (Act, error) {
	a, err := db.One(tx, scanAct, `select `+actColumns+` from casework_act where ref = $1 and id = $2`, ref, id)
	if errors.Is(err, db.ErrNoRows) {
		return Act{}, fault.New(fault.Missing, "casework.fault.missing")
	}
	return a, err
}

// Subjects are the persons a case concerns, the applicant first.
func (e *Engine) Subjects(tx *db.Tx, ref string) ([]string, error) {
	return db.List(tx, func(row db.Scanner) (person string, err error) { return person, row.Scan(&person) },
		`select applicant from (select 0 as place, applicant from casework_case where ref = $1
			union all select 1, person from casework_subject where ref = $1) s order by place, applicant`, ref)
}

// lastAct is the newest act of one of the kinds.
func lastAct(tx *db.Tx, ref string, kinds ...string) (Act, error) {
	args := []any{ref}
	for _, k := range kinds {
		args = append(args, k)
	}
	return db.One(tx, scanAct, `select `+actColumns+` from casework_act where ref = $1 and kind in (`+
		db.In(2, len(kinds))+`) order by n desc limit 1`, args...)
}

// doneAt is when the case's act of that number was done.
func doneAt(tx *db.Tx, ref string, n int) (at int64, err error) {
	return at, tx.QueryRow(`select coalesce(max(done_at), 0) from casework_act where ref = $1 and n = $2`, ref, n).Scan(&at)
}

func spans(tx *db.Tx, ref string) ([]calendar.Span, error) {
	return db.List(tx, func(row db.Scanner) (s calendar.Span, err error) { return s, row.Scan(&s.Start, &s.End) },
		`select start_at, end_at from casework_span where ref = $1 order by n`, ref)
}

func startSpan(tx *db.Tx, ref string, n int, at int64) error {
	_, err := tx.Exec(`insert into casework_span (ref, n, start_at, end_at) values ($1, $2, $3, 0)`, ref, n, at)
	if err == nil && n > 1 {
		_, err = tx.Exec(`update casework_case set stops = stops || $2 where ref = $1`, ref, ","+strconv.Itoa(calendar.AsOf(at)))
	}
	return err
}

// endSpan stops the clock of a case that was received at received.
func endSpan(tx *db.Tx, ref string, received, at int64) error {
	if _, err := tx.Exec(`update casework_span set end_at = $1 where ref = $2 and end_at = 0`, at, ref); err != nil {
		return err
	}
	_, err := tx.Exec(`update casework_case set stops = case when paused = 0 then $2 else stops end || $3, paused = paused + 1 where ref = $1`,
		ref, strconv.Itoa(calendar.AsOf(received)), "-"+strconv.Itoa(calendar.AsOf(at)))
	return err
}

// stopsOf are the days of a case's ledger as casework_case.stops has them.
func stopsOf(tx *db.Tx, ref string) (stops string, err error) {
	return stops, tx.QueryRow(`select stops from casework_case where ref = $1`, ref).Scan(&stops)
}

// refs lists references in order, after one of them.
func (e *Engine) refs(ctx context.Context, after string) (refs []string, err error) {
	q := `select ref from casework_case where ref > $1`
	err = e.db.Read(ctx, func(tx *db.Tx) error {
		refs, err = db.List(tx, func(row db.Scanner) (ref string, err error) { return ref, row.Scan(&ref) },
			q+` order by ref limit `+strconv.Itoa(chunk), after)
		return err
	})
	return refs, err
}

// where is a growing condition with its arguments.
type where struct {
	parts []string
	args  []any
}

// and adds a condition in which each ? stands for the next argument.
func (w *where) and(cond string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		cond = strings.Replace(cond, "?", "$"+strconv.Itoa(len(w.args)), 1)
	}
	w.parts = append(w.parts, cond)
}

func (w *where) String() string {
	if len(w.parts) == 0 {
		return ""
	}
	return " where " + strings.Join(w.parts, " and ")
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

func (f Filter) where() *where {
	w := &where{}
	if len(f.Roles) > 0 {
		f.forRoles(w)
	}
	for _, eq := range [][2]string{{"agency", f.Agency}, {"unit", f.Unit}, {"kind", f.Kind}, {"applicant", f.Applicant}} {
		if eq[1] != "" {
			w.and(eq[0]+" = ?", eq[1])
		}
	}
	if f.ActedBy != "" {
		w.and("ref in (select a.ref from casework_act a where a.person = ? and a.post <> '' and a.post <> 'system')", f.ActedBy)
	}
	if len(f.States) > 0 {
		var args []any
		for _, s := range f.States {
			args = append(args, string(s))
		}
		w.and("state in ("+marks(len(args))+")", args...)
	}
	if f.Audit {
		w.and("audit_role <> ''")
	}
	if f.Unpaid {
		w.and("unpaid = true")
	}
	f.begins(w)
	return w
}

// begins is the condition of a search by the beginning of a reference.
func (f Filter) begins(w *where) {
	if s := id.NormalRef(f.Search); s != "" {
		w.and("ref >= ? and ref < ?", s, s+"~")
	}
}

// forRoles is the work that waits for one of the roles in the officer's
// branch: steps at hand, and audits.
func (f Filter) forRoles(w *where) {
	var roles []any
	for _, r := range f.Roles {
		roles = append(roles, r)
	}
	step, audit := "role in ("+marks(len(roles))+")", "audit_role in ("+marks(len(roles))+")"
	args := append([]any(nil), roles...)
	if f.Place != "" {
		step += " and (other_branch or calendar = ?)"
		audit += " and (audit_other or calendar = ?)"
		args = append(args, f.Place)
	}
	args = append(args, roles...)
	if f.Place != "" {
		args = append(args, f.Place)
	}
	w.and("(("+step+") or ("+audit+"))", args...)
}

// Cursor is the place of c in a list of Queue, for Filter.After.
func (c Case) Cursor() string { return strconv.FormatInt(c.ReceivedAt, 36) + "." + c.Ref }

func parseCursor(s string) (receivedAt int64, ref string, err error) {
	at, ref, ok := strings.Cut(s, ".")
	if receivedAt, err = strconv.ParseInt(at, 36, 64); err == nil && ok {
		return receivedAt, ref, nil
	}
	return 0, "", fault.New(fault.Invalid, "casework.fault.cursor")
}

const maxPage = 200

// Queue lists cases by their receipt, the oldest first or the newest. By what
// remains of a promise Worklist lists them.
func (e *Engine) Queue(tx *db.Tx, f Filter) ([]Case, error) {
	w := f.where()
	order, behind := "received_at, ref", ">"
	if f.Newest {
		order, behind = "received_at desc, ref desc", "<"
	}
	if f.After != "" {
		receivedAt, ref, err := parseCursor(f.After)
		if err != nil {
			return nil, err
		}
		w.and("(received_at, ref) "+behind+" (?, ?)", receivedAt, ref)
	}
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	out, err := db.List(tx, e.scanCase, `select `+caseColumns+`, due_no from casework_case`+w.String()+
		` order by `+order+` limit `+strconv.Itoa(min(limit, maxPage)), w.args...)
	if err != nil {
		return nil, fmt.Errorf("casework: queue: %w", err)
	}
	return out, nil
}

// Counts of the cases under a filter; After, Limit and Newest do not matter.
func (e *Engine) Counts(tx *db.Tx, f Filter) (Counts, error) {
	w := f.where()
	now := e.now()
	type row struct {
		state                 State
		n, late, audits, tard int
	}
	at := "$" + strconv.Itoa(len(w.args)+1)
	rows, err := db.List(tx, func(s db.Scanner) (r row, err error) {
		return r, s.Scan(&r.state, &r.n, &r.late, &r.audits, &r.tard)
	}, `select state, count(*),
		count(case when `+e.late(now)+` then 1 end),
		count(case when audit_role <> '' then 1 end),
		count(case when audit_role <> '' and audit_due_at < `+at+` then 1 end)
		from casework_case`+w.String()+` group by state`, append(w.args, now)...)
	if err != nil {
		return Counts{}, fmt.Errorf("casework: counts: %w", err)
	}
	out := Counts{ByState: map[State]int{}}
	for _, r := range rows {
		out.ByState[r.state] = r.n
		if r.state.Open() {
			out.Open += r.n
			out.Overdue += r.late
		}
		if r.state == Waiting {
			out.Waiting += r.n
		}
		out.Audit += r.audits
		out.Overdue += r.tard
	}
	return out, nil
}

// actedFor is what casework_act keeps of somebody who acts for the applicant.
type actedFor struct {
	Name string      `json:"name"`
	For  journal.For `json:"for"`
}

func encodeFor(by journal.By) (string, error) {
	if by.For.Person == "" {
		return "", nil
	}
	b, err := json.Marshal(actedFor{by.Name, by.For})
	return string(b), err
}

func decodeFor(text string, by *journal.By) error {
	if text == "" {
		return nil
	}
	var f actedFor
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		return fmt.Errorf("casework: who acted: %w", err)
	}
	by.Name, by.For = f.Name, f.For
	return nil
}

// actedIn tells whether a person has done an act of the case, or of the one it
// appeals, for the applicant.
func actedIn(tx *db.Tx, c Case, person string) (bool, error) {
	var n int64
	err := tx.QueryRow(`select count(*) from casework_act where ref in ($1, $2) and person = $3 and acts_for <> ''`,
		c.Ref, c.Parent, person).Scan(&n)
	return n > 0, err
}
