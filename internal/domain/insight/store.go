package insight

import (
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
)

func startDraft(tx *db.Tx, e draftStarted, at int64) error {
	_, err := tx.Exec(`insert into insight_draft (draft, service, release, started_at, page, seen_at, sent_at) values ($1, $2, $3, $4, '', $4, 0)
		on conflict (draft) do update set started_at = excluded.started_at`, e.Draft, e.Service, e.Release, at)
	return err
}

func seePage(tx *db.Tx, event string, e draftPage, at int64) error {
	_, err := tx.Exec(`insert into insight_page (event, draft, service, release, page, typed, ms) values ($1, $2, $3, $4, $5, $6, $7) on conflict (event) do nothing`,
		event, e.Draft, e.Service, e.Release, e.Page, e.Typed, e.MS)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`insert into insight_draft (draft, service, release, started_at, page, seen_at, sent_at) values ($1, $2, $3, $5, $4, $5, 0)
		on conflict (draft) do update set page = excluded.page, seen_at = excluded.seen_at
		where excluded.seen_at > insight_draft.seen_at or (excluded.seen_at = insight_draft.seen_at and insight_draft.page = '')`,
		e.Draft, e.Service, e.Release, e.Page, at)
	return err
}

func send(tx *db.Tx, e applicationSent, at int64) error {
	if e.Draft != "" {
		_, err := tx.Exec(`insert into insight_draft (draft, service, release, started_at, page, seen_at, sent_at) values ($1, $2, $3, $4, '', $4, $4)
			on conflict (draft) do update set sent_at = excluded.sent_at`, e.Draft, e.Service, e.Release, at)
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(`insert into insight_case (ref, service, release, draft, screens, typed, held, seconds, sent_at, automatic, decided_at, outcome, audit, actions)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, '', '', 0)
		on conflict (ref) do update set draft = excluded.draft, screens = excluded.screens, typed = excluded.typed, held = excluded.held, seconds = excluded.seconds`,
		e.Ref, e.Service, e.Release, e.Draft, e.Screens, e.Typed, e.Held, e.Seconds, at, e.Automatic)
	return err
}

// decide records how a case stands. screens is -1 until the application's own
// event has come, so that its effort is not taken for zero.
func decide(tx *db.Tx, c casework.Case, service string, release int64, f first) error {
	var kept int64
	if f.kept {
		kept = 1
	}
	_, err := tx.Exec(`insert into insight_case (ref, service, release, draft, screens, typed, held, seconds, sent_at, automatic, decided_at, outcome, audit, actions, budget_days, used_days, kept)
		values ($1, $2, $3, '', -1, 0, 0, 0, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		on conflict (ref) do update set sent_at = excluded.sent_at, automatic = excluded.automatic, decided_at = excluded.decided_at,
			outcome = excluded.outcome, audit = excluded.audit, actions = excluded.actions,
			budget_days = excluded.budget_days, used_days = excluded.used_days, kept = excluded.kept`,
		c.Ref, service, release, c.ReceivedAt, c.Automatic, f.at, c.Outcome, c.Audit, f.officers, c.BudgetDays, f.used, kept)
	return err
}

func rate(tx *db.Tx, e caseRated, at int64) error {
	_, err := tx.Exec(`insert into insight_rating (ref, service, release, level, text, at) values ($1, $2, $3, $4, $5, $6)
		on conflict (ref) do update set level = excluded.level, text = excluded.text, at = excluded.at where excluded.at >= insight_rating.at`,
		e.Ref, e.Service, e.Release, e.Level, e.Text, at)
	return err
}

// texts is how many of the newest ratings with words are shown.
const texts = 30

// weeks is how far back the lines go.
const weeks = 26

// every is the release number that stands for all of them.
const every = 0

// ofRelease is the condition under which a row counts for a report.
const ofRelease = " where service = $1 and ($2 = 0 or release = $2)"

// report reads how one release does, or every of them.
func (x *Insight) report(tx *db.Tx, service string, release int64) (Report, error) {
	r := Report{Release: release}
	cold := clock.Micro(x.clock.Now().Add(-given))
	err := tx.QueryRow(`select count(*), coalesce(sum(case when sent_at > 0 then 1 else 0 end), 0),
		coalesce(sum(case when sent_at = 0 and seen_at < $3 then 1 else 0 end), 0)
		from insight_draft`+ofRelease, service, release, cold).Scan(&r.Started, &r.Finished, &r.Dropped)
	if err != nil {
		return r, err
	}
	r.Open = r.Started - r.Finished - r.Dropped
	var officers, actions int64
	err = tx.QueryRow(`select count(*), coalesce(sum(case when draft = '' then 1 else 0 end), 0), coalesce(sum(case when decided_at > 0 then 1 else 0 end), 0),
		coalesce(sum(case when decided_at > 0 and automatic then 1 else 0 end), 0),
		coalesce(sum(case when outcome in ('approved', 'revoked') then 1 else 0 end), 0), coalesce(sum(case when outcome = 'refused' then 1 else 0 end), 0),
		coalesce(sum(case when outcome = 'withdrawn' then 1 else 0 end), 0), coalesce(sum(case when audit in ('wrong', 'corrected') then 1 else 0 end), 0),
		coalesce(sum(case when decided_at > 0 and not automatic then 1 else 0 end), 0), coalesce(sum(case when decided_at > 0 and not automatic then actions else 0 end), 0),
		coalesce(sum(kept), 0), coalesce(sum(case when automatic then 0 else kept end), 0), coalesce(min(case when sent_at > 0 then sent_at end), 0)
		from insight_case`+ofRelease, service, release).
		Scan(&r.Sent, &r.NoDraft, &r.Decided, &r.Automatic, &r.Approved, &r.Refused, &r.Withdrawn, &r.Wrong, &officers, &actions, &r.Charter.Kept, &r.Charter.Officers, &r.First)
	if err != nil {
		return r, err
	}
	if officers > 0 {
		r.Actions = float64(actions) / float64(officers)
	}
	for _, fill := range []func(*db.Tx, string, *Report) error{fillTimes, fillEffort, fillRatings, x.fillStops, x.fillWeeks} {
		if err := fill(tx, service, &r); err != nil {
			return r, err
		}
	}
	return r, nil
}

const (
	decidedCases = "decided_at > 0"
	sentCases    = "screens >= 0"
)

// quantile is the value of an expression below which the share q of the
// release's cases lie. which and value are constants of this file.
func quantile(tx *db.Tx, service string, release int64, which, value string, q float64) (int64, error) {
	from := " from insight_case" + ofRelease + " and " + which
	var n, v int64
	if err := tx.QueryRow("select count(*)"+from, service, release).Scan(&n); err != nil || n == 0 {
		return 0, err
	}
	err := tx.QueryRow("select "+value+" as v"+from+" order by v limit 1 offset $3", service, release, int64(float64(n-1)*q+0.5)).Scan(&v)
	return v, err
}

const day = 24 * 60 * 60 * 1e6 // microseconds

func fillTimes(tx *db.Tx, service string, r *Report) error {
	for q, to := range map[float64]*float64{0.5: &r.MedianDays, 0.9: &r.P90Days} {
		v, err := quantile(tx, service, r.Release, decidedCases, "decided_at - sent_at", q)
		if err != nil {
			return err
		}
		*to = float64(max(v, 0)) / day
	}
	return fillCharter(tx, service, r)
}

// fillCharter sets the working days that were used beside those promised.
func fillCharter(tx *db.Tx, service string, r *Report) (err error) {
	// What a rule decides at once would hide how long people take.
	const byOfficers = decidedCases + " and not automatic"
	if r.Charter.Promised, err = quantile(tx, service, r.Release, byOfficers, "budget_days", 0.5); err != nil {
		return err
	}
	if r.Charter.Median, err = quantile(tx, service, r.Release, byOfficers, "used_days", 0.5); err != nil {
		return err
	}
	r.Charter.P90, err = quantile(tx, service, r.Release, byOfficers, "used_days", 0.9)
	return err
}

func fillEffort(tx *db.Tx, service string, r *Report) (err error) {
	for column, to := range map[string]*int64{"typed": &r.Effort.Typed, "held": &r.Effort.Held} {
		if *to, err = quantile(tx, service, r.Release, sentCases, column, 0.5); err != nil {
			return err
		}
	}
	// Without a draft nobody turned pages here: an offer accepted, a program.
	for column, to := range map[string]*int64{"screens": &r.Effort.Screens, "seconds": &r.Effort.Seconds} {
		if *to, err = quantile(tx, service, r.Release, sentCases+" and draft <> ''", column, 0.5); err != nil {
			return err
		}
	}
	return nil
}

func fillRatings(tx *db.Tx, service string, r *Report) error {
	type level struct{ level, n int64 }
	levels, err := db.List(tx, func(s db.Scanner) (l level, err error) { return l, s.Scan(&l.level, &l.n) },
		"select level, count(*) from insight_rating"+ofRelease+" group by level", service, r.Release)
	if err != nil {
		return err
	}
	for _, l := range levels {
		r.Levels[l.level-1] = l.n
	}
	r.Ratings, err = db.List(tx, func(s db.Scanner) (g Rating, err error) { return g, s.Scan(&g.Level, &g.Text, &g.At) },
		"select level, text, at from insight_rating"+ofRelease+" and text <> '' order by at desc, ref limit $3", service, r.Release, texts)
	return err
}

// fillStops joins, in Go, what was answered with where people gave up.
func (x *Insight) fillStops(tx *db.Tx, service string, r *Report) error {
	all, err := db.List(tx, func(s db.Scanner) (p Stop, err error) { return p, s.Scan(&p.Page, &p.Reached, &p.Typed, &p.Seconds) },
		`select page, count(distinct draft), avg(typed), avg(ms) / 1000 from insight_page`+ofRelease+` group by page order by page`, service, r.Release)
	if err != nil {
		return err
	}
	left, err := db.List(tx, func(s db.Scanner) (p Stop, err error) { return p, s.Scan(&p.Page, &p.Left) },
		`select page, count(*) from insight_draft`+ofRelease+` and sent_at = 0 and seen_at < $3 group by page order by page`,
		service, r.Release, clock.Micro(x.clock.Now().Add(-given)))
	if err != nil {
		return err
	}
	at := map[string]int{}
	for i, p := range all {
		at[p.Page] = i
	}
	for _, p := range left {
		if i, ok := at[p.Page]; ok {
			all[i].Left = p.Left
			continue
		}
		all = append(all, p)
	}
	r.Stops = all
	return nil
}

// mondays counts weeks of the civil calendar: 1 January 1970 was a Thursday.
const mondays = "+ 28800000000 + 259200000000) / 604800000000"

func (x *Insight) fillWeeks(tx *db.Tx, service string, r *Report) error {
	now := clock.Micro(x.clock.Now())
	first := (now+28800000000+259200000000)/604800000000 - weeks + 1
	byWeek := make([]Week, weeks)
	for i := range byWeek {
		byWeek[i].Monday = clock.Day(clock.FromMicro((first+int64(i))*604800000000 - 259200000000 - 28800000000))
	}
	type count struct{ week, n, automatic int64 }
	for _, q := range []struct {
		text string
		add  func(w *Week, c count)
	}{
		{"select (started_at " + mondays + " as w, count(*), 0 from insight_draft" + ofRelease + " group by w", func(w *Week, c count) { w.Started = c.n }},
		{"select (sent_at " + mondays + " as w, count(*), 0 from insight_case" + ofRelease + " group by w", func(w *Week, c count) { w.Sent = c.n }},
		{"select (decided_at " + mondays + " as w, count(*), sum(case when automatic then 1 else 0 end) from insight_case" + ofRelease + " and decided_at > 0 group by w",
			func(w *Week, c count) { w.Decided, w.Automatic = c.n, c.automatic }},
	} {
		counts, err := db.List(tx, func(s db.Scanner) (c count, err error) { return c, s.Scan(&c.week, &c.n, &c.automatic) }, q.text, service, r.Release)
		if err != nil {
			return err
		}
		for _, c := range counts {
			if i := c.week - first; i >= 0 && i < weeks {
				q.add(&byWeek[i], c)
			}
		}
	}
	r.Weeks = byWeek
	return nil
}

// sizes counts a service's applications by release, for the list.
func sizes(tx *db.Tx, service string) (sent, decided, automatic int64, err error) {
	err = tx.QueryRow(`select count(*), coalesce(sum(case when decided_at > 0 then 1 else 0 end), 0), coalesce(sum(case when decided_at > 0 and automatic then 1 else 0 end), 0)
		from insight_case where service = $1`, service).Scan(&sent, &decided, &automatic)
	return sent, decided, automatic, err
}
