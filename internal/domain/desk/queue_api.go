package desk

import (
	"context"
	"net/url"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
)

type queueIn struct {
	State   string `query:"state" enum:"received,checking,waiting,deciding,approved,refused,withdrawn,issued,closed" doc:"Only cases in this state"`
	View    string `query:"view" enum:"todo,mine,late,waiting,audit" doc:"One of the desk's lists; all of its work where none is named"`
	Service string `query:"service" maxLength:"120" doc:"AGENCY/SERVICE"`
	Due     string `query:"due" enum:"late,soon" doc:"late, or soon: by the end of the next working day"`
	Who     string `query:"who" maxLength:"120" doc:"me, nobody, or a colleague's post"`
	Office  string `query:"office" maxLength:"8" doc:"The office's state, as MY-03"`
	Step    string `query:"step" enum:"check,decide"`
	Fee     string `query:"fee" enum:"unpaid"`
	From    string `query:"from" enum:"counter" doc:"Sent by somebody for the applicant"`
	Order   string `query:"order" enum:"new" doc:"Newest first instead of by remaining working time"`
	Limit   int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	After   string `query:"after" maxLength:"160" doc:"next of the page before"`
}

// QueueCase is one line of a queue. It names no applicant and none of their content.
type QueueCase struct {
	Ref           string      `json:"ref"`
	Service       string      `json:"service"`
	Title         locale.Text `json:"title"`
	State         string      `json:"state"`
	Version       int         `json:"version"`
	Step          string      `json:"step"`
	Role          string      `json:"role" doc:"Whose step it is; of an audit, the role that looks at it"`
	Post          string      `json:"post" doc:"Who has it in hand; empty while it lies in the role's queue"`
	DueAt         *string     `json:"due_at"`
	RemainingDays *int        `json:"remaining_days" doc:"Working days; negative when late, null where no clock runs"`
	ReceivedAt    *string     `json:"received_at"`
	Audit         string      `json:"audit" doc:"open, in_order, wrong, corrected, or empty"`
}

// QueueCounts are of the whole queue, not of the page, each up to 1,000.
type QueueCounts struct {
	Open    int `json:"open" doc:"1000 means that many or more, here and below"`
	Overdue int `json:"overdue"`
	Waiting int `json:"waiting"`
	Audit   int `json:"audit"`
	Mine    int `json:"mine" doc:"In this officer's hands"`
}

type queueOut struct {
	Body struct {
		Cases  []QueueCase `json:"cases"`
		Counts QueueCounts `json:"counts"`
		Next   string      `json:"next" doc:"Send as after for the next page; empty on the last"`
	}
}

// query is the choice as a page's address would say it.
func (in *queueIn) query() url.Values {
	return url.Values{"service": {in.Service}, "due": {in.Due}, "who": {in.Who}, "office": {in.Office}, "step": {in.Step},
		"fee": {in.Fee}, "from": {in.From}}
}

func (d *Desk) apiQueue(ctx context.Context, in *queueIn) (*queueOut, error) {
	a := web.ActorOf(ctx)
	out := &queueOut{}
	err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if out.Body.Counts, err = d.counts(tx, a); err != nil {
			return err
		}
		f, err := d.filter(tx, a, in.View)
		if err != nil {
			return err
		}
		past := false
		if in.State != "" {
			f.States = []casework.State{casework.State(in.State)}
		}
		if state := casework.State(in.State); in.State != "" && !state.Open() || in.View == "" && auditor(a) {
			past, f.Newest = true, auditor(a)
		} else if err := d.narrow(tx, a, &f, chosenOf(in.query())); err != nil {
			return err
		}
		f.Newest = f.Newest || in.Order == "new"
		list, next, err := d.page(tx, f, in.After, in.Limit, past)
		if err != nil {
			return err
		}
		out.Body.Next, out.Body.Cases = next, []QueueCase{}
		for _, c := range list {
			q, err := d.line(tx, c)
			if err != nil {
				return err
			}
			out.Body.Cases = append(out.Body.Cases, q)
		}
		return nil
	})
	return out, err
}

func (d *Desk) line(tx *db.Tx, c casework.Case) (QueueCase, error) {
	s, runs, err := d.promise(tx, c)
	q := QueueCase{Ref: c.Ref, Service: c.Kind, Title: c.Title, State: string(c.State), Version: c.Version, Step: c.Step, Post: c.AssigneePost,
		Role: c.WorkRole(), DueAt: rfc3339(s.DueAt), ReceivedAt: rfc3339(c.ReceivedAt), Audit: c.Audit}
	if runs {
		left := s.Left()
		q.RemainingDays = &left
	} else {
		q.DueAt = rfc3339(c.DueAt)
	}
	return q, err
}

func (d *Desk) counts(tx *db.Tx, a actor.Actor) (n QueueCounts, err error) {
	hands, err := d.hands(tx, a)
	if err != nil {
		return n, err
	}
	for to, change := range map[*int]func(*casework.Filter){
		&n.Open:    func(f *casework.Filter) { f.Work = []string{casework.WorkTodo, casework.WorkWaiting} },
		&n.Overdue: func(f *casework.Filter) { f.Due = casework.DueLate },
		&n.Waiting: func(f *casework.Filter) { f.Work = []string{casework.WorkWaiting} },
		&n.Audit:   func(f *casework.Filter) { f.Work = []string{casework.WorkAudit} },
		&n.Mine:    func(f *casework.Filter) { f.Assignees = hands },
	} {
		f := scope(a)
		change(&f)
		if *to, err = d.Cases.WorkCount(tx, f); err != nil {
			return n, err
		}
	}
	return n, nil
}

// page reads one page of a list; next is the cursor of the page after it, ""
// on the last. Work that waits is ordered by what remains, the past by date.
func (d *Desk) page(tx *db.Tx, f casework.Filter, after string, limit int, past bool) (list []casework.Case, next string, err error) {
	f.After, f.Limit = after, limit
	if !past {
		return d.Cases.Worklist(tx, f)
	}
	if list, err = d.Cases.Queue(tx, f); err != nil || len(list) < limit {
		return list, "", err
	}
	f.After, f.Limit = list[len(list)-1].Cursor(), 1
	more, err := d.Cases.Queue(tx, f)
	if err != nil || len(more) == 0 {
		return list, "", err
	}
	return list, f.After, nil
}
