package insight

import (
	"context"
	"math"
	"time"

	"balai/internal/spine/locale"
)

// publicReport is a service, or one of its releases, as everybody may read it.
// A figure that fewer than five people stand behind is null.
type publicReport struct {
	Release   int64    `json:"release,omitempty" doc:"Number of the release; absent for all together"`
	Sent      int64    `json:"applications"`
	Decided   int64    `json:"decided"`
	Automatic *float64 `json:"automatic_percent" doc:"Share decided at once by the rules"`
	Kept      *float64 `json:"charter_kept_percent" doc:"Share decided by the due date; open late cases count as broken"`
	Officers  *float64 `json:"charter_kept_by_officers_percent" doc:"The same of what officers decided alone"`
	Promised  *int64   `json:"promised_days" doc:"Working days promised where an officer decides, median"`
	Used      *int64   `json:"used_days" doc:"Working days until an officer's decision, median"`
	UsedP90   *int64   `json:"used_days_p90"`
	Typed     *int64   `json:"fields_typed" doc:"Median"`
	Held      *int64   `json:"fields_held" doc:"Median"`
	Screens   *int64   `json:"screens" doc:"Median"`
	Seconds   *int64   `json:"seconds" doc:"Median time to fill in"`
	Ratings   int64    `json:"ratings"`
	Rating    *float64 `json:"rating" doc:"Mean of 1 to 5"`
}

type publicScore struct {
	Service  string         `json:"service"`
	Agency   string         `json:"agency"`
	Title    locale.Text    `json:"title"`
	Promise  locale.Text    `json:"charter"`
	Counter  publicCounter  `json:"counter_today"`
	Open     int64          `json:"open"`
	Overdue  int64          `json:"overdue"`
	All      publicReport   `json:"all"`
	Releases []publicReport `json:"releases" doc:"Oldest first"`
}

type publicCounter struct {
	Minutes int         `json:"minutes"`
	Fields  int         `json:"fields"`
	Visits  int         `json:"visits"`
	Source  locale.Text `json:"source"`
}

type cardOut struct {
	Body struct {
		At       time.Time     `json:"computed_at"`
		Services []publicScore `json:"services"`
	}
}

type scoreOut struct{ Body publicScore }

func (x *Insight) apiCard(ctx context.Context, _ *struct{}) (*cardOut, error) {
	list, at, err := x.scores(ctx)
	if err != nil {
		return nil, err
	}
	out := &cardOut{}
	out.Body.At, out.Body.Services = at.UTC(), []publicScore{}
	for _, s := range list {
		out.Body.Services = append(out.Body.Services, s.public())
	}
	return out, nil
}

func (x *Insight) apiScore(ctx context.Context, in *teamIn) (*scoreOut, error) {
	s, _, err := x.scoreOf(ctx, in.Agency+"/"+in.Service)
	if err != nil {
		return nil, err
	}
	return &scoreOut{Body: s.public()}, nil
}

func (s scored) public() publicScore {
	out := publicScore{Service: s.Service.ID, Agency: s.Service.Agency, Title: s.Service.Title, Promise: s.Service.Promise,
		Counter: publicCounter(s.Service.Counter), Open: s.Open, Overdue: s.Overdue, All: s.All.public(s.Overdue),
		Releases: []publicReport{}}
	for _, r := range s.By {
		out.Releases = append(out.Releases, r.public(0))
	}
	return out
}

// public leaves out what too few people stand behind.
func (r Report) public(overdue int64) publicReport {
	n, mean := r.rated()
	return publicReport{Release: r.Release, Sent: r.Sent, Decided: r.Decided,
		Automatic: enough(r.Decided, tenth(share(r.Automatic, r.Decided))),
		Kept:      enough(r.Decided+overdue, tenth(share(r.Charter.Kept, r.Decided+overdue))),
		Officers:  enough(r.Decided-r.Automatic+overdue, tenth(share(r.Charter.Officers, r.Decided-r.Automatic+overdue))),
		Promised:  enough(r.Decided-r.Automatic, r.Charter.Promised),
		Used:      enough(r.Decided-r.Automatic, r.Charter.Median), UsedP90: enough(r.Decided-r.Automatic, r.Charter.P90),
		Typed: enough(r.Sent, r.Effort.Typed), Held: enough(r.Sent, r.Effort.Held),
		Screens: enough(r.Sent-r.NoDraft, r.Effort.Screens), Seconds: enough(r.Sent-r.NoDraft, r.Effort.Seconds),
		Ratings: n, Rating: enough(n, tenth(mean))}
}

// enough is v, or nil where it stands on too few people.
func enough[T any](people int64, v T) *T {
	if people < few {
		return nil
	}
	return &v
}

func tenth(v float64) float64 { return math.Round(v*10) / 10 }
