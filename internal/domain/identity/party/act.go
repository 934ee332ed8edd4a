package party

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"balai/internal/domain/identity/op"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// An Input is what a team types.
type Input struct {
	Profile   string      `json:"profile,omitempty" enum:"citizen,staff" doc:"For whom: the public, or the agency's own officers. Cannot be changed later."`
	Name      locale.Text `json:"name"`
	Purpose   locale.Text `json:"purpose,omitempty"`
	Redirects []string    `json:"redirect_uris"`
	SignedOut []string    `json:"signed_out,omitempty"`
	Logout    string      `json:"logout,omitempty"`
	Scopes    []op.Wanted `json:"scopes,omitempty"`
	JWKS      string      `json:"jwks,omitempty" doc:"Public keys; without them a new program gets a key to try it with."`
	IAL       int         `json:"ial,omitempty" minimum:"0" maximum:"3"`
	AAL       int         `json:"aal,omitempty" minimum:"0" maximum:"2"`
	Encrypt   string      `json:"encrypt,omitempty" enum:",RSA-OAEP-256,ECDH-ES+A256KW" doc:"How the ID token is encrypted to the program; jwks then has a key of this alg."`
	Machine   bool        `json:"machine,omitempty" doc:"It may ask for a token for itself (client credentials)."`
	Calls     bool        `json:"calls,omitempty" doc:"Its call centre may ask people to agree by telephone (CIBA)."`
}

// A Secret is what a new program signs with, shown this once.
type Secret struct {
	JWK    json.RawMessage `json:"jwk,omitempty"`
	Secret string          `json:"client_secret,omitempty"`
}

// check says what is wrong with what was typed; what is only missing before a
// program goes live is Checks'.
func (p *Party) check(in Input) error {
	var wrong []fault.Field
	bad := func(at, key string) { wrong = append(wrong, fault.Field{Location: at, Key: key}) }
	if in.Name.MS == "" && in.Name.EN == "" {
		bad("name", "party.error.name")
	}
	if utf8.RuneCountInString(in.Name.MS) > nameMost || utf8.RuneCountInString(in.Name.EN) > nameMost {
		bad("name", "party.error.long")
	}
	if utf8.RuneCountInString(in.Purpose.MS) > purposeMost || utf8.RuneCountInString(in.Purpose.EN) > purposeMost {
		bad("purpose", "party.error.long")
	}
	if len(in.Redirects) == 0 || len(in.Redirects) > listMost || !all(in.Redirects, exact) {
		bad("redirect_uris", "party.error.redirect")
	}
	if len(in.SignedOut) > listMost || !all(in.SignedOut, exact) {
		bad("signed_out", "party.error.redirect")
	}
	if in.Logout != "" && !exact(in.Logout) {
		bad("logout", "party.error.redirect")
	}
	seen := map[string]bool{}
	for _, w := range in.Scopes {
		if !slices.Contains(scopesOf(in.Profile), w.Scope) || seen[w.Scope] {
			bad("scopes", "party.error.scope")
			break
		}
		seen[w.Scope] = true
	}
	if in.JWKS != "" {
		if what := op.CheckKeys(json.RawMessage(in.JWKS)); what != "" {
			bad("jwks", "party.error."+what)
		}
	}
	if in.Encrypt != "" && !op.HasKey(json.RawMessage(in.JWKS), in.Encrypt) {
		bad("encrypt", "party.error.encrypt")
	}
	if len(wrong) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "party.error.fields").With(wrong...)
}

func scopesOf(profile string) []string {
	if profile == op.Staff {
		return []string{"profile", "groups"}
	}
	return op.PersonScopes
}

// write puts what was typed into a client.
func (in Input) write(c *op.Client) {
	c.Encrypt, c.Machine, c.Calls = in.Encrypt, in.Machine, in.Calls
	c.Name, c.Purpose, c.RedirectURIs, c.SignedOut, c.Logout, c.Scopes, c.IAL, c.AAL = in.Name, in.Purpose, in.Redirects, in.SignedOut, in.Logout, in.Scopes, in.IAL, in.AAL
	if in.JWKS != "" {
		c.JWKS, c.Made = json.RawMessage(in.JWKS), false
	}
	if c.Profile == op.Staff && len(c.Scopes) == 0 {
		c.Scopes = []op.Wanted{{Scope: "profile"}, {Scope: "groups"}}
	}
}

// fresh makes a key or a secret for a new program whose team brings none.
func fresh(c *op.Client) (s Secret, err error) {
	if c.Profile == op.Staff {
		var b [32]byte
		if _, err := rand.Read(b[:]); err != nil {
			return s, err
		}
		s.Secret = base64.RawURLEncoding.EncodeToString(b[:])
		c.Secret = op.HashSecret(s.Secret)
		return s, nil
	}
	if len(c.JWKS) > 0 {
		return s, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return s, err
	}
	if s.JWK, err = op.PrivateKey(key, "sandbox-1"); err != nil {
		return s, err
	}
	c.Made = true
	c.JWKS, err = op.PublicKeys(s.JWK)
	return s, err
}

// Register adds a program: the sandbox serves it from the commit on.
func (p *Party) registerTx(tx *db.Tx, a actor.Actor, c op.Client) error {
	if err := p.Clients.SaveClientTx(tx, c); err != nil {
		return err
	}
	return p.leaf(tx, "client.registered", a, c, locale.Text{MS: "Aplikasi " + title(c).MS + " didaftarkan.", EN: "Application " + title(c).EN + " registered."})
}

// newClient is a program as its team typed it.
func (p *Party) newClient(a actor.Actor, in Input) (op.Client, Secret, error) {
	if in.Profile == "" {
		in.Profile = op.Citizen
	}
	in.JWKS = op.KeySet(in.JWKS)
	if err := p.check(in); err != nil {
		return op.Client{}, Secret{}, err
	}
	c := op.Client{ID: slug(in.Name) + "-" + strings.ToLower(p.IDs.New()[28:]), Agency: a.Agency, Profile: in.Profile, State: op.Testing, Sector: a.Agency, ChangedBy: a.Person}
	in.write(&c)
	s, err := fresh(&c)
	return c, s, err
}

// slug is the part of an id that tells whose it is.
func slug(name locale.Text) string {
	text := name.EN
	if text == "" {
		text = name.MS
	}
	var out strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			out.WriteRune(r)
		case out.Len() > 0 && !strings.HasSuffix(out.String(), "-"):
			out.WriteByte('-')
		}
		if out.Len() >= 24 {
			break
		}
	}
	if s := strings.Trim(out.String(), "-"); s != "" {
		return s
	}
	return "app"
}

// ofTx reads a program of the actor's agency; Missing where it is another's.
func (p *Party) ofTx(tx *db.Tx, a actor.Actor, id string) (op.Client, error) {
	c, err := op.ClientByID(tx, id)
	if err == nil && c.Agency != a.Agency {
		err = fault.New(fault.Missing, "web.error.missing")
	}
	return c, err
}

// changeTx writes what the team typed: into the program, or, where it is live,
// into what it is to become.
func (p *Party) changeTx(tx *db.Tx, a actor.Actor, id string, version int64, in Input) (op.Client, error) {
	c, err := p.ofTx(tx, a, id)
	if err != nil {
		return c, err
	}
	if c.State == op.Suspended {
		return c, fault.New(fault.Conflict, "party.error.suspended")
	}
	if version > 0 && version != c.Version {
		return c, fault.New(fault.Conflict, "op.error.changed")
	}
	in.Profile, in.JWKS = c.Profile, op.KeySet(in.JWKS)
	if err := p.check(in); err != nil {
		return c, err
	}
	to := &c
	if c.State == op.Live {
		d := c.Trial()
		d.Draft, d.Returned = nil, ""
		c.Draft = &d
		to = c.Draft
	}
	in.write(to)
	c.ChangedBy, c.Asked = a.Person, false
	if err := p.Clients.SaveClientTx(tx, c); err != nil {
		return c, err
	}
	return c, p.leaf(tx, "client.changed", a, c, locale.Text{MS: "Aplikasi " + title(c).MS + " diubah.", EN: "Application " + title(c).EN + " changed."})
}

// askTx asks the agency's digital officer to let the program go live.
func (p *Party) askTx(tx *db.Tx, a actor.Actor, id string) error {
	c, err := p.ofTx(tx, a, id)
	if err != nil {
		return err
	}
	if c.State == op.Suspended || c.State == op.Live && c.Draft == nil {
		return fault.New(fault.Conflict, "party.error.state")
	}
	checks, err := p.checksTx(tx, c.Trial())
	if err != nil {
		return err
	}
	if !ready(checks) {
		return fault.New(fault.Invalid, "party.error.checks")
	}
	c.Asked, c.Returned = true, ""
	return p.Clients.SaveClientTx(tx, c)
}

// approveTx lets a program go live as its team wrote it. Who wrote it last does
// not approve it, and what was changed since it was read is not approved. own is
// the approver's word that what the checks leave open is the agency's.
func (p *Party) approveTx(tx *db.Tx, a actor.Actor, id string, version int64, own bool) error {
	c, err := p.ofTx(tx, a, id)
	if err != nil {
		return err
	}
	checks, err := p.checksTx(tx, c.Trial())
	if err != nil {
		return err
	}
	switch {
	case !owner(a):
		return fault.New(fault.Denied, "web.error.denied")
	case c.ChangedBy == a.Person:
		return fault.New(fault.Conflict, "party.error.self")
	case version != c.Version:
		return fault.New(fault.Conflict, "op.error.changed")
	case !c.Asked:
		return fault.New(fault.Conflict, "party.error.state")
	case !ready(checks):
		return fault.New(fault.Invalid, "party.error.checks")
	case open(checks) && !own:
		return fault.New(fault.Invalid, "party.error.open")
	}
	live := c.Trial()
	live.Draft, live.Asked, live.Returned, live.State, live.Version, live.ChangedBy = nil, false, "", op.Live, c.Version, c.ChangedBy
	if err := p.Clients.SaveClientTx(tx, live); err != nil {
		return err
	}
	return p.leaf(tx, "client.approved", a, live, locale.Text{MS: "Aplikasi " + title(live).MS + " diluluskan.", EN: "Application " + title(live).EN + " approved."})
}

// returnTx sends a program that waits for approval back to its team, with the
// reason that they read on its page.
func (p *Party) returnTx(tx *db.Tx, a actor.Actor, id string, version int64, reason string) error {
	c, err := p.ofTx(tx, a, id)
	if err != nil {
		return err
	}
	switch {
	case !owner(a):
		return fault.New(fault.Denied, "web.error.denied")
	case reason == "" || utf8.RuneCountInString(reason) > reasonMost:
		return fault.New(fault.Invalid, "party.error.reason")
	case version != c.Version:
		return fault.New(fault.Conflict, "op.error.changed")
	case !c.Asked:
		return fault.New(fault.Conflict, "party.error.state")
	}
	c.Asked, c.Returned = false, reason
	if err := p.Clients.SaveClientTx(tx, c); err != nil {
		return err
	}
	return p.leaf(tx, "client.returned", a, c, locale.Text{MS: "Aplikasi " + title(c).MS + " dikembalikan untuk dibetulkan.", EN: "Application " + title(c).EN + " sent back to be put right."})
}

// discardTx drops what a team wrote since its program went live.
func (p *Party) discardTx(tx *db.Tx, a actor.Actor, id string) error {
	c, err := p.ofTx(tx, a, id)
	if err != nil {
		return err
	}
	if c.Draft == nil || c.State != op.Live {
		return fault.New(fault.Conflict, "party.error.state")
	}
	c.Draft, c.Asked, c.Returned, c.ChangedBy = nil, false, "", a.Person
	if err := p.Clients.SaveClientTx(tx, c); err != nil {
		return err
	}
	return p.leaf(tx, "client.discarded", a, c, locale.Text{MS: "Perubahan aplikasi " + title(c).MS + " yang belum diluluskan dibuang.", EN: "Changes of application " + title(c).EN + " that were not approved are discarded."})
}

// suspendTx stops a program at once.
func (p *Party) suspendTx(tx *db.Tx, a actor.Actor, id string) error {
	if _, err := p.ofTx(tx, a, id); err != nil {
		return err
	}
	c, err := p.Clients.SuspendTx(tx, id)
	if err != nil {
		return err
	}
	return p.leaf(tx, "client.suspended", a, c, locale.Text{MS: "Aplikasi " + title(c).MS + " digantung.", EN: "Application " + title(c).EN + " suspended."})
}

// resumeTx lets a suspended program back into the sandbox: it goes live again by
// a fresh approval.
func (p *Party) resumeTx(tx *db.Tx, a actor.Actor, id string) error {
	c, err := p.ofTx(tx, a, id)
	if err != nil {
		return err
	}
	if c.State != op.Suspended {
		return fault.New(fault.Conflict, "party.error.state")
	}
	if c.Shut {
		return fault.New(fault.Conflict, "party.error.shut")
	}
	by := c.ChangedBy
	c = c.Trial() // what its team wrote last, which is what the sandbox shows
	c.State, c.Asked, c.Returned, c.ChangedBy, c.Draft = op.Testing, false, "", by, nil
	if err := p.Clients.SaveClientTx(tx, c); err != nil {
		return err
	}
	return p.leaf(tx, "client.resumed", a, c, locale.Text{MS: "Aplikasi " + title(c).MS + " kembali ke persekitaran ujian.", EN: "Application " + title(c).EN + " back in the sandbox."})
}

func (p *Party) leaf(tx *db.Tx, kind string, a actor.Actor, c op.Client, why locale.Text) error {
	_, err := p.Journal.Append(tx, journal.Record{Kind: kind, By: journal.ByActor(a), Why: why, Data: map[string]any{"client": c.ID, "agency": c.Agency}})
	return err
}

// title is a program's name where one language may still be missing.
func title(c op.Client) locale.Text {
	t := c.Name
	if t.MS == "" {
		t.MS = t.EN
	}
	if t.EN == "" {
		t.EN = t.MS
	}
	return t
}
