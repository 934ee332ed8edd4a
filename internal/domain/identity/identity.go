package identity

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"balai/internal/domain/identity/authenticator"
	"balai/internal/domain/identity/recovery"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/secret"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// People names persons; the population register does.
type People interface {
	NameOf(tx *db.Tx, person string) (string, error)
	ByIDNumber(tx *db.Tx, number string) (person string, err error)
	// NumberOf is a person's number; Missing where the register has none by that
	// id.
	NumberOf(tx *db.Tx, person string) (string, error)
}

// Journal is the public record as this part needs it.
type Journal interface {
	Append(tx *db.Tx, r journal.Record) (leaf string, err error)
}

// Notices tell a person what was done in their name.
type Notices interface {
	SendTx(tx *db.Tx, m notify.Message) error
}

// A Persona is somebody of the demo country who can be chosen at its door.
type Persona struct {
	ID, Name string
	Story    locale.Text
	Officer  bool
	Post     locale.Text // the post's title, of an officer; who they are, of anybody else
	Agency   locale.Text // an officer's
	Moment   locale.Text // in whose life event they are, of anybody else
	As       string      // the officer as whom their walk is done; "" is themself
	Walk     []Step
}

// Step is one of a persona's walk: where to go and what to do there.
type Step struct {
	Go   string
	Text locale.Text
}

// Demo is the demo country's door. It exists in demo mode only.
type Demo interface {
	Personas() []Persona
	// Progress is how much of the country is there; both are equal once it is.
	Progress(ctx context.Context) (done, total int64, err error)
}

// Levels tells how well a person is known, 0 to 3: computed from evidence.
type Levels interface {
	Level(tx *db.Tx, person string, at int64) (int, error)
}

// Options are what the part stands on.
type Options struct {
	DB        *db.DB
	Clock     clock.Clock
	IDs       *id.Source
	Sessions  *actor.Sessions
	Directory *directory.Directory
	People    People
	Journal   Journal
	Notices   Notices // nil tells nobody
	BaseURL   *url.URL
	Box       *secret.Box // seals what people prove themselves with
	Site      locale.Text
	Demo      Demo // nil outside demo mode
	// Keeps tells whether a form at a path does no more than keep answers that
	// the person reads again before they send them. nil: none does.
	Keeps func(path string) bool
}

// Identity is the hall's door.
type Identity struct {
	db        *db.DB
	clock     clock.Clock
	ids       *id.Source
	sessions  *actor.Sessions
	directory *directory.Directory
	people    People
	journal   Journal
	notices   Notices
	levels    Levels // nil asks nobody
	host      Host   // nil where no program sends anybody

	activations Activations // nil: there are none
	contacts    Contacts    // nil: all have stood long enough

	auth       *authenticator.Authenticators
	ceremonies *secret.Box // seals what goes with a browser
	recoveries *recovery.Recoveries

	base     *url.URL
	site     locale.Text
	demo     Demo
	passkeys *webauthn.WebAuthn // nil where the base URL has no name
	keeps    func(path string) bool
	replay   http.Handler
}

// New opens the door. Passkeys belong to a name: where the base URL is an IP
// address they are off, and the pages say so.
func New(o Options) (*Identity, error) {
	x := &Identity{
		db: o.DB, clock: o.Clock, ids: o.IDs, sessions: o.Sessions, directory: o.Directory,
		people: o.People, journal: o.Journal, notices: o.Notices, recoveries: recovery.New(o.Clock), base: o.BaseURL, site: o.Site, demo: o.Demo, keeps: o.Keeps,
	}
	x.auth = authenticator.New(o.DB, o.Clock, o.IDs, o.Box)
	var err error
	if x.ceremonies, err = secret.NewBox(o.Box.Derive("ceremony"), "ceremony"); err != nil {
		return nil, err
	}
	host := o.BaseURL.Hostname()
	if net.ParseIP(host) != nil {
		return x, nil
	}
	x.passkeys, err = webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: o.Site.MS, RPOrigins: []string{o.BaseURL.Scheme + "://" + o.BaseURL.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("identity: passkeys for %s: %w", host, err)
	}
	return x, nil
}

// Held is until when a person's payments and mandates wait, for they were
// recovered a short while ago; 0 where they do not. Unix microseconds.
func (x *Identity) Held(tx *db.Tx, person string) (until int64, err error) {
	return x.recoveries.Held(tx, person)
}

// Hash is the slow hash of a PIN, for GiveCardTx.
func (x *Identity) Hash(ctx context.Context, text string) (string, error) {
	return x.auth.Hash(ctx, text)
}

// GiveCardTx gives a person a printed card, with a PIN that they typed
// themselves, in place of the one before. Whoever signs in by it types the
// MyKad number, one of the codes and the PIN. To somebody who had a way of
// signing in before, it is a recovery by two officers: all that is open ends,
// and payments and mandates wait.
func (x *Identity) GiveCardTx(tx *db.Tx, by actor.Actor, person, pinHash string, codes []string) error {
	before, err := x.everHad(tx, person)
	if err != nil {
		return err
	}
	if err := enrol(tx, person, x.now()); err != nil {
		return err
	}
	if err := x.auth.GiveCardTx(tx, person, pinHash, codes); err != nil {
		return err
	}
	why := locale.Text{MS: "Kad log masuk diberi di kaunter.", EN: "A sign-in card was given at a counter."}
	if err := x.record(tx, journal.ByActor(by), person, "signin.authenticator_added", why); err != nil || !before {
		return err
	}
	if err := x.sessions.EndAllTx(tx, person); err != nil {
		return err
	}
	return x.holdTx(tx, person, "", []recovery.Path{recovery.Counter})
}

// CardUnused tells whether a person has a card that was given at a time or
// later (unix microseconds), none of whose codes was used.
func (x *Identity) CardUnused(tx *db.Tx, person string, since int64) (bool, error) {
	return x.auth.CardUnused(tx, person, since)
}

// ReprintCardTx puts other codes on the card that a person was just given. It
// opens nothing that was not open before: the PIN is still theirs alone.
func (x *Identity) ReprintCardTx(tx *db.Tx, person string, codes []string) error {
	return x.auth.ReprintCardTx(tx, person, codes)
}

// Admit signs in who has shown an activation code; the way of signing in is
// made then, at the address that it leads to.
func (x *Identity) Admit(w http.ResponseWriter, r *http.Request, person string) (to string, err error) {
	return x.enterAs(w, r, person, "", actor.Start{Method: "activation", AAL: 1, AMR: []string{"otp"}}, "/me/sign-in")
}

// KnowBy names who tells how well people are known; without it nobody is asked
// to be known better.
func (x *Identity) KnowBy(l Levels) { x.levels = l }

// A Host tells in which program's request a page of the hall stands, empty where
// in none.
type Host interface {
	Visitor(ctx context.Context, page string) (locale.Text, error)
}

// SentBy names who knows which programs send people here; without it the door
// names none.
func (x *Identity) SentBy(h Host) { x.host = h }

// Passkeys tells whether people can sign in by passkey here.
func (x *Identity) Passkeys() bool { return x.passkeys != nil }

// ReplayThrough names the handler that carries out a kept form after
// sign-in: the hall's router, which does not exist yet when the door is made.
func (x *Identity) ReplayThrough(router http.Handler) { x.replay = router }

// hash is how a secret is kept.
func hash(token string) string {
	s := sha256.Sum256([]byte(token))
	return hex.EncodeToString(s[:])
}

// token is a secret of 256 bits for a cookie or a link.
func (x *Identity) token() string { return base64.RawURLEncoding.EncodeToString(x.ids.Bytes(32)) }

func (x *Identity) now() int64 { return clock.Micro(x.clock.Now()) }

func (x *Identity) in(d time.Duration) int64 { return clock.Micro(x.clock.Now().Add(d)) }

// cookie is one of the hall's: for this host alone, out of scripts' reach.
// age zero ends with the browser.
func (x *Identity) cookie(name, value string, age time.Duration) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: x.base.Scheme == "https", MaxAge: int(age / time.Second)}
}

func (x *Identity) drop(w http.ResponseWriter, name string) {
	c := x.cookie(name, "", 0)
	c.MaxAge = -1
	http.SetCookie(w, c)
}
