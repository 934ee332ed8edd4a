package insight

import (
	"context"
	"embed"
	"time"

	"balai/internal/spine/casework"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
)

//go:embed migration
var migrations embed.FS

// Texts are this part's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Policy is this part's cedar text.
//
//go:embed policy.cedar
var Policy string

// Migration is this part's tables.
func Migration() db.Migration { return db.Migration{Part: "insight", FS: migrations} }

// Page of a service's form.
type Page struct {
	ID    string
	Title locale.Text
}

// Release of a service, as its team names it.
type Release struct {
	Number  int64
	At      int64
	Notes   locale.Text
	Answers locale.Text // the feedback or the session with users that it answers
	Pages   []Page
}

// Counter is what the same errand costs today without the hall; zeros are not
// known.
type Counter struct {
	Minutes, Fields, Visits int
	Source                  locale.Text
}

// Service is what the page needs to know of a service. Releases are oldest
// first and never empty.
type Service struct {
	ID, Agency string // "jpn/birth-registration", "jpn"
	Title      locale.Text
	AgencyName locale.Text
	Promise    locale.Text // the charter in words
	Counter    Counter
	Releases   []Release
}

// Services are the services of the hall.
type Services interface {
	// Of lists an agency's; of "" all.
	Of(ctx context.Context, agency string) ([]Service, error)
}

// Cases tells what became of an application; the case engine does.
type Cases interface {
	Get(tx *db.Tx, ref string) (casework.Case, error)
	Acts(tx *db.Tx, ref string) ([]casework.Act, error)
	Deadline(tx *db.Tx, c casework.Case) (calendar.Deadline, error)
	Counts(tx *db.Tx, f casework.Filter) (casework.Counts, error)
}

// Insight is the part.
type Insight struct {
	db       *db.DB
	clock    clock.Clock
	outbox   *outbox.Outbox
	cases    Cases
	services Services
	card     card
}

// New makes the part. Call Wire before the outbox runs.
func New(d *db.DB, c clock.Clock, o *outbox.Outbox, cases Cases, services Services) *Insight {
	return &Insight{db: d, clock: c, outbox: o, cases: cases, services: services}
}

// given is how long a draft may rest before it counts as given up.
const given = 24 * time.Hour

// Stop is where people gave up, and what a page cost those who answered it.
type Stop struct {
	Page    string  `json:"page"`    // id; "" is before the first answered page
	Reached int64   `json:"reached"` // drafts that answered it
	Left    int64   `json:"left"`    // drafts given up after it
	Typed   float64 `json:"typed"`   // fields typed on it, on average
	Seconds float64 `json:"seconds"` // spent on it, on average
}

// Effort is what an application cost the person, as medians.
type Effort struct {
	Typed   int64 `json:"fields_typed"`
	Held    int64 `json:"fields_held"`
	Screens int64 `json:"screens"`
	Seconds int64 `json:"seconds"`
}

// Charter is what the charter promised beside what it took, in working days
// of the case's office; time in which the applicant was asked is left out.
type Charter struct {
	Promised int64 `json:"promised_days" doc:"Working days promised where an officer decides, median"`
	Median   int64 `json:"used_days" doc:"Working days until an officer's decision, median"`
	P90      int64 `json:"used_days_p90" doc:"Working days until an officer's decision, 90th percentile"`
	Kept     int64 `json:"kept" doc:"Decisions by their due date"`
	Officers int64 `json:"kept_by_officers" doc:"Of those, decisions that an officer made"`
}

// Rating is one person's word, without the case it was about.
type Rating struct {
	Level int64  `json:"level"`
	Text  string `json:"text"`
	At    int64  `json:"at"`
}

// Week is one week of a release.
type Week struct {
	Monday    string `json:"monday"` // civil date
	Started   int64  `json:"started"`
	Sent      int64  `json:"sent"`
	Decided   int64  `json:"decided"`
	Automatic int64  `json:"automatic"`
}

// Report is how one release does.
type Report struct {
	Release int64 `json:"release"`
	First   int64 `json:"-"` // when the first application came, 0 if none

	Started  int64 `json:"started"`  // drafts begun
	Open     int64 `json:"open"`     // begun and still warm
	Dropped  int64 `json:"dropped"`  // begun and given up
	Sent     int64 `json:"sent"`     // applications
	NoDraft  int64 `json:"no_draft"` // of those, made without a draft: an offer, a program
	Finished int64 `json:"finished"` // drafts that became an application

	Decided   int64   `json:"decided"`
	Automatic int64   `json:"automatic"`
	Approved  int64   `json:"approved"`
	Refused   int64   `json:"refused"`
	Withdrawn int64   `json:"withdrawn"`
	Wrong     int64   `json:"audits_wrong"` // automatic decisions that an audit found wrong
	Actions   float64 `json:"officer_actions_per_decision"`

	MedianDays float64 `json:"median_days"`
	P90Days    float64 `json:"p90_days"`

	Charter Charter  `json:"charter"`
	Effort  Effort   `json:"effort"`
	Levels  [5]int64 `json:"ratings"` // of 1 to 5
	Ratings []Rating `json:"texts"`   // newest first
	Stops   []Stop   `json:"pages"`
	Weeks   []Week   `json:"weeks"`
}

// share is part of whole as a number from 0 to 100; of nothing, 0.
func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole) * 100
}

// rated is how many ratings there are and their mean.
func (r Report) rated() (n int64, mean float64) {
	var sum int64
	for i, c := range r.Levels {
		n += c
		sum += c * int64(i+1)
	}
	if n > 0 {
		mean = float64(sum) / float64(n)
	}
	return n, mean
}
