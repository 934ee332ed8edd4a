package notice

import (
	"context"
	"embed"
	"log/slog"
	"time"

	"balai/internal/spine/blob"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/hook"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/meter"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
)

// Texts are this part's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Policy is this part's cedar text.
//
//go:embed policy.cedar
var Policy string

// Service is an agency as a sender.
type Service struct {
	ID, Agency string
	MadeAt     int64
}

// Kind is what a key may do: normal sends to anybody, team to its guests,
// test to nobody.
type Kind string

// The kinds of keys.
const (
	Normal Kind = "normal"
	Team   Kind = "team"
	Test   Kind = "test"
)

// Key is a secret that a system of the agency signs its requests with.
type Key struct {
	ID, Service, Name string
	Kind              Kind
	Secret            string
	Guests            []string // to whom a team key may send
	MadeAt, RevokedAt int64
}

// String is the key as Notify's clients take it apart, from its end.
func (k Key) String() string { return k.Name + "-" + k.Service + "-" + k.Secret }

// Type is how a notification goes out.
type Type string

// The types.
const (
	Email  Type = "email"
	SMS    Type = "sms"
	Letter Type = "letter"
)

// Status is how far a notification came, in Notify's words.
type Status string

// The statuses. A letter is accepted until it is printed, and then received.
const (
	Created   Status = "created"
	Sending   Status = "sending"
	Delivered Status = "delivered"
	Temporary Status = "temporary-failure"
	Permanent Status = "permanent-failure"
	Technical Status = "technical-failure"
	Accepted  Status = "accepted"
	Received  Status = "received"
	Cancelled Status = "cancelled"
	Returned  Status = "returned-letter"
)

// over tells whether nothing more will happen.
func (s Status) over() bool { return s != Created && s != Sending && s != Accepted }

// Notification is one message.
type Notification struct {
	ID, Service, Key string
	Kind             Kind // of its key
	Type             Type
	Template         string // "" for a letter that came as a file
	Version          int64
	TemplateName     string
	Lang             locale.Lang
	Reference        string
	Recipient        string // as it was given; a letter's lines joined by line ends
	Subject, Body    string
	Status           Status
	Unsubscribe      string
	Postage          string
	SHA256           string // of a letter that came as a file
	Pages            int64
	MadeAt, RunAt    int64 // RunAt is later where it was asked for
	SentAt, EndedAt  int64
	ErasedAt         int64
}

// Journal is the public record.
type Journal interface {
	Append(tx *db.Tx, r journal.Record) (leaf string, err error)
}

// Sender carries mails and text messages to addresses that are no person's.
type Sender interface {
	MailOut(ctx context.Context, m notify.Mail, keep bool) error
	TextOut(ctx context.Context, t notify.Text) error
	DropOutTx(tx *db.Tx, id string) error
	From() string
}

// Deps is what the part stands on.
type Deps struct {
	DB        *db.DB
	Clock     clock.Clock
	IDs       *id.Source
	Texts     *locale.Catalog
	Jobs      *outbox.Outbox
	Blobs     blob.Store
	Journal   Journal
	Directory *directory.Directory
	Sender    Sender
	Post      Post
	BaseURL   string
	Site      locale.Text
	Log       *slog.Logger
	Meter     *meter.Meter
	Hook      *hook.Caller
	Limits    Limits
	Keep      time.Duration // how long content is kept; zero means a week
	Demo      bool
}

// week is how long Notify tells what became of a message.
const week = 7 * 24 * time.Hour

// Part is the part.
type Part struct {
	Deps
	standing *board
}

// New makes the part and registers its jobs.
func New(d Deps) *Part {
	if d.Limits == (Limits{}) {
		d.Limits = NotifyLimits
	}
	if d.Keep <= 0 {
		d.Keep = week
	}
	p := &Part{Deps: d, standing: &board{read: map[string]posted{}}}
	d.Jobs.Handle(jobSend, p.deliver)
	d.Jobs.Handle(jobCallback, p.callback)
	return p
}

func (p *Part) now() int64 { return clock.Micro(p.Clock.Now()) }
