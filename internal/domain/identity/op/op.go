package op

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
	"balai/internal/spine/secret"
)

// Journal is the public record as this part needs it.
type Journal interface {
	Append(tx *db.Tx, r journal.Record) (leaf string, err error)
}

// People knows what may be told of a person.
type People interface {
	NameOf(tx *db.Tx, person string) (string, error)
	ByIDNumber(tx *db.Tx, number string) (person string, err error)
	// Claims are a person's values by the standard's names, of the scopes named;
	// what is not known is not there. For a person whom an order protects,
	// nothing that tells where they are.
	Claims(tx *db.Tx, person string, scopes []string) (map[string]any, error)
	// Hidden tells whether an order protects a person.
	Hidden(tx *db.Tx, person string) (bool, error)
	// Level is what is known of who somebody is, 0 to 3.
	Level(tx *db.Tx, person string, at int64) (int, error)
	// Suspended people sign in nowhere.
	Suspended(tx *db.Tx, person string) (bool, error)
}

// A Choice is somebody for whom a person may act.
type Choice struct {
	ID, Principal, Name string
	Kind                string
	Scopes              []string // nil is all that the principal could consent to
}

// Delegations knows who may act for whom.
type Delegations interface {
	Choices(tx *db.Tx, person string, at int64) ([]Choice, error)
	Stands(tx *db.Tx, id, delegate string, at int64) (Choice, bool, error)
}

// Notices tell a person what is asked of them.
type Notices interface {
	SendTx(tx *db.Tx, m notify.Message) error
}

// Meter keeps limits that every process counts together.
type Meter interface {
	// Day tells whether one more of a name is within its limit of a day.
	Day(ctx context.Context, name string, limit int64) (bool, error)
}

// Directory knows the agencies, and the laws they act on.
type Directory interface {
	AgencyName(tx *db.Tx, id string) (locale.Text, error)
	// Law is a law's name by its code, false where there is none of that name.
	Law(code string) (locale.Text, bool)
}

// Caller tells programs that somebody signed out.
type Caller interface {
	PostForm(ctx context.Context, address string, form map[string]string) error
}

// Options are what the providers stand on.
type Options struct {
	DB          *db.DB
	Clock       clock.Clock
	IDs         *id.Source
	Journal     Journal
	Outbox      *outbox.Outbox
	Box         *secret.Box
	People      People
	Delegations Delegations // nil where nobody acts for anybody
	Directory   Directory
	Caller      Caller
	Door        Door
	Notices     Notices
	Meter       Meter
	BaseURL     string
	Demo        bool // loopback addresses may be redirected to without TLS
	Log         *slog.Logger
}

// OP is the hall's OpenID providers.
type OP struct {
	db          *db.DB
	clock       clock.Clock
	ids         *id.Source
	journal     Journal
	outbox      *outbox.Outbox
	box         *secret.Box
	people      People
	delegations Delegations
	directory   Directory
	caller      Caller
	door        Door
	notices     Notices
	meter       Meter
	demo        bool
	log         *slog.Logger

	realms   []realm
	rings    map[string]*ring
	known    map[string]*known       // by the provider's name
	handlers map[string]http.Handler // by the provider's name
	pairwise []byte
	cross    *http.CrossOriginProtection
}

// New makes the providers.
func New(in Options) (*OP, error) {
	o := &OP{db: in.DB, clock: in.Clock, ids: in.IDs, journal: in.Journal, outbox: in.Outbox, box: in.Box, people: in.People, delegations: in.Delegations,
		directory: in.Directory, caller: in.Caller, door: in.Door, notices: in.Notices, meter: in.Meter, demo: in.Demo, log: in.Log, realms: realms(in.BaseURL),
		rings: map[string]*ring{}, known: map[string]*known{}, handlers: map[string]http.Handler{}, pairwise: in.Box.Derive("pairwise subjects"),
		cross: http.NewCrossOriginProtection()}
	if err := o.cross.AddTrustedOrigin(strings.TrimRight(in.BaseURL, "/")); err != nil {
		return nil, fmt.Errorf("op: the hall's address: %w", err)
	}
	if o.log == nil {
		o.log = slog.New(slog.DiscardHandler)
	}
	for _, r := range o.realms {
		o.rings[r.name], o.known[r.name] = &ring{}, &known{by: map[string]knownClient{}}
		h, err := o.provider(r)
		if err != nil {
			return nil, fmt.Errorf("op: the %s provider: %w", r.name, err)
		}
		o.handlers[r.name] = h
	}
	if o.outbox != nil {
		o.outbox.Handle(jobLogout, o.tellLogout)
	}
	return o, nil
}

func (o *OP) now() int64 { return clock.Micro(o.clock.Now()) }

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// A given is what a person (or somebody for them) gave a program, as it goes
// from the consent page through the code to the tokens. The library carries it
// and shows it to nobody.
type given struct {
	Person   string    `json:"person"`
	Delegate string    `json:"delegate,omitempty"`
	Right    string    `json:"right,omitempty"` // by which delegation
	Sub      string    `json:"sub"`             // the person's name for this sector
	Act      string    `json:"act,omitempty"`   // the delegate's
	SignIn   string    `json:"sign_in,omitempty"`
	SID      string    `json:"sid,omitempty"` // the sign-in's name for this program
	IAL      int       `json:"ial,omitempty"`
	AAL      int       `json:"aal,omitempty"`
	AMR      []string  `json:"amr,omitempty"`
	AuthTime int64     `json:"auth_time,omitempty"` // seconds
	Staff    *staffing `json:"staff,omitempty"`
}

// staffing is the post in which an officer signed in.
type staffing struct {
	Name, Post, Role, Agency, Unit string
	Title                          locale.Text
}

const givenKey = "balai"

func (g given) store() map[string]any { return map[string]any{givenKey: g} }

// givenOf reads it back, whether it has been through the database or not.
func givenOf(store map[string]any) (g given) {
	switch v := store[givenKey].(type) {
	case nil:
	case given:
		g = v
	default:
		if text, err := json.Marshal(v); err == nil {
			_ = json.Unmarshal(text, &g) // what we wrote ourselves
		}
	}
	return g
}

// staffOf is the actor's post.
func staffOf(a actor.Actor) *staffing {
	return &staffing{Name: a.Name, Post: a.Post, Role: a.Role, Agency: a.Agency, Unit: a.Unit, Title: a.Title}
}
