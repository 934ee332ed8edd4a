package desk

import (
	"context"
	"slices"

	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
)

type queueIn struct {
	State string `query:"state" enum:"received,checking,waiting,deciding,approved,refused,withdrawn,issued,closed" doc:"Only cases in this state"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	After string `query:"after" maxLength:"120" doc:"next of the page before"`
}

// QueueCase is one line of a queue. It names no person and none of their content.
type QueueCase struct {
	Ref           string      `json:"ref"`
	Service       string      `json:"service"`
	Title         locale.Text `json:"title"`
	State         string      `json:"state"`
	Version       int         `json:"version"`
	Step          string      `json:"step"`
	Role          string      `json:"role" doc:"Whose step it is; of an audit, the role that looks at it"`
	DueAt         *string     `json:"due_at"`
	RemainingDays *int        `json:"remaining_days" doc:"Working days; negative when late, null where no clock runs"`
	ReceivedAt    *string     `json:"received_at"`
	Audit         string      `json:"audit" doc:"open, in_order, wrong, corrected, or empty"`
}

// QueueCounts are of the whole queue, not of the page.
type QueueCounts struct {
	Open    int `json:"open"`
	Overdue int `json:"overdue"`
	Waiting int `json:"waiting"`
	Audit   int `json:"audit"`
}

type queueOut struct {
	Body struct {
		Cases  []QueueCase `json:"cases"`
		Counts QueueCounts `json:"counts"`
		Next   string      `json:"next" doc:"Send as after for the next page; empty on the last"`
	}
}

func (d *Desk) apiQueue(ctx context.Context, in *queueIn) (*queueOut, error) {
	a := web.ActorOf(ctx)
	f := scope(a)
	f.Newest = auditor(a)
	if in.State != "" {
		f.States = []casework.State{casework.State(in.State)}
	}
	out := &queueOut{}
	err := d.DB.Read(ctx, func(tx *db.Tx) error {
		n, err := d.Cases.Counts(tx, f)
		if err != nil {
			return err
		}
		out.Body.Counts = QueueCounts{Open: n.Open, Overdue: n.Overdue, Waiting: n.Waiting, Audit: n.Audit}
		list, next, err := d.page(tx, f, in.After, in.Limit)
		if err != nil {
			return err
		}
		out.Body.Next, out.Body.Cases = next, []QueueCase{}
		for _, c := range list {
			s, runs, err := d.promise(tx, c)
			if err != nil {
				return err
			}
			q := QueueCase{Ref: c.Ref, Service: c.Kind, Title: c.Title, State: string(c.State), Version: c.Version, Step: c.Step,
				Role: c.Role, DueAt: rfc3339(s.DueAt), ReceivedAt: rfc3339(c.ReceivedAt), Audit: c.Audit}
			if q.Role == "" {
				q.Role = c.AuditRole
			}
			if runs {
				left := s.Left()
				q.RemainingDays = &left
			} else {
				q.DueAt = rfc3339(c.DueAt)
			}
			out.Body.Cases = append(out.Body.Cases, q)
		}
		return nil
	})
	return out, err
}

// maxPage is the engine's own bound of a page.
const maxPage = 200

// page reads one page of a queue; next is the cursor of the page after it, ""
// on the last.
func (d *Desk) page(tx *db.Tx, f casework.Filter, after string, limit int) (list []casework.Case, next string, err error) {
	f.After, f.Limit = after, limit
	if list, err = d.Cases.Queue(tx, f); err != nil {
		return nil, "", err
	}
	if len(list) < limit || limit == 0 {
		return list, "", nil
	}
	f.After, f.Limit = list[len(list)-1].Cursor(), 1
	more, err := d.Cases.Queue(tx, f)
	if err != nil || len(more) == 0 {
		return list, "", err
	}
	return list, f.After, nil
}

// overdue reads a branch's broken promises, the longest broken first.
func (d *Desk) overdue(tx *db.Tx, f casework.Filter) ([]casework.Case, error) {
	list, _, err := d.page(tx, f, "", maxPage)
	return slices.Clip(late(list, clock.Micro(d.Clock.Now()))), err
}
