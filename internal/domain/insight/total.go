package insight

import (
	"context"
	"time"

	"balai/internal/spine/locale"
)

// ServiceTotal is what one service did, over all its releases.
type ServiceTotal struct {
	ID                       string
	Title                    locale.Text
	Sent, Decided, Automatic int64
	Kept, Overdue            int64 // decided within the charter's time; not decided and past it
}

// Totals are those of every service, as of a moment.
type Totals struct {
	Services []ServiceTotal
	At       time.Time
}

// Totals of the hall, as the public report card has them.
func (x *Insight) Totals(ctx context.Context) (Totals, error) {
	list, at, err := x.scores(ctx)
	out := Totals{At: at}
	for _, s := range list {
		out.Services = append(out.Services, ServiceTotal{ID: s.Service.ID, Title: s.Service.Title, Sent: s.All.Sent, Decided: s.All.Decided,
			Automatic: s.All.Automatic, Kept: s.All.Charter.Kept, Overdue: s.Overdue})
	}
	return out, err
}
