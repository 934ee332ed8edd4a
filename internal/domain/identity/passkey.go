package identity

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

const (
	ceremonyCookie = "balai_ceremony"
	ceremonyLife   = 5 * time.Minute
	// freshLife is how recent a sign-in must be to change the keys: a device
	// left open must not enrol a stranger's passkey.
	freshLife = 30 * time.Minute
	maxKeys   = 20
)

// user is a person as an authenticator sees them.
type user struct {
	handle []byte
	name   string
	keys   []Passkey
}

func (u user) WebAuthnID() []byte          { return u.handle }
func (u user) WebAuthnName() string        { return u.name }
func (u user) WebAuthnDisplayName() string { return u.name }
func (u user) WebAuthnCredentials() []webauthn.Credential {
	list := make([]webauthn.Credential, len(u.keys))
	for i, k := range u.keys {
		list[i] = k.Credential
	}
	return list
}

func keyID(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

var errPasskeysOff = fault.New(fault.Missing, "identity.error.passkeys_off")

// begin keeps a ceremony and sends its options.
func (x *Identity) begin(w http.ResponseWriter, r *http.Request, kind, person string, options any, data *webauthn.SessionData) error {
	token := x.token()
	if err := x.db.Write(r.Context(), func(tx *db.Tx) error { return x.ceremonyTx(tx, token, kind, person, data) }); err != nil {
		return err
	}
	http.SetCookie(w, x.cookie(ceremonyCookie, token, ceremonyLife))
	return writeJSON(w, options)
}

// ceremony takes the browser's ceremony out, once.
func (x *Identity) ceremony(w http.ResponseWriter, r *http.Request, kind, person string) (*webauthn.SessionData, error) {
	gone := fault.New(fault.Conflict, "identity.error.ceremony_gone")
	c, err := r.Cookie(ceremonyCookie)
	if err != nil {
		return nil, gone
	}
	x.drop(w, ceremonyCookie)
	var data *webauthn.SessionData
	err = x.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		data, err = x.takeCeremony(tx, c.Value, kind, person)
		return err
	})
	if errors.Is(err, db.ErrNoRows) {
		return nil, gone
	}
	return data, err
}

func (x *Identity) signInBegin(w http.ResponseWriter, r *http.Request) error {
	if x.passkeys == nil {
		return errPasskeysOff
	}
	options, data, err := x.passkeys.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return fmt.Errorf("identity: begin sign-in: %w", err)
	}
	return x.begin(w, r, "sign-in", "", options, data)
}

func (x *Identity) signInFinish(w http.ResponseWriter, r *http.Request) error {
	if x.passkeys == nil {
		return errPasskeysOff
	}
	data, err := x.ceremony(w, r, "sign-in", "")
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBody(r.Body)
	if err != nil {
		return refused(err)
	}
	var person string
	find := func(_, handle []byte) (webauthn.User, error) {
		u := user{handle: handle}
		err := x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
			if person, err = x.personOf(tx, handle); err != nil {
				return err
			}
			u.keys, err = x.Keys(tx, person)
			return err
		})
		return u, err
	}
	_, credential, err := x.passkeys.ValidatePasskeyLogin(find, *data, parsed)
	if err != nil {
		return refused(err)
	}
	if credential.Authenticator.CloneWarning {
		return refused(errors.New("the authenticator's counter went back"))
	}
	if err := x.db.Write(r.Context(), func(tx *db.Tx) error { return x.usedKey(tx, keyID(credential.ID), credential) }); err != nil {
		return err
	}
	to, err := x.enter(w, r, person, byPasskey, r.URL.Query().Get("next"))
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]string{"next": to})
}

// refused tells everybody the same, whatever was wrong with the key.
func refused(err error) error {
	return fault.New(fault.Denied, "identity.error.passkey_refused").Wrap(err)
}

// fresh asks for a recent sign-in.
func (x *Identity) fresh(r *http.Request) error {
	if web.ActorOf(r.Context()).AuthAt < x.in(-freshLife) {
		return fault.New(fault.SignedOut, "identity.error.not_fresh")
	}
	return nil
}

func (x *Identity) registerBegin(w http.ResponseWriter, r *http.Request) error {
	if x.passkeys == nil {
		return errPasskeysOff
	}
	if err := x.fresh(r); err != nil {
		return err
	}
	a := web.ActorOf(r.Context())
	u := user{name: a.Name}
	fresh := x.ids.Bytes(32)
	err := x.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		if u.handle, err = x.handleTx(tx, a.Person, fresh); err != nil {
			return err
		}
		u.keys, err = x.Keys(tx, a.Person)
		return err
	})
	if err != nil {
		return err
	}
	if len(u.keys) >= maxKeys {
		return fault.New(fault.Conflict, "identity.error.too_many_keys")
	}
	var known []protocol.CredentialDescriptor
	for _, c := range u.WebAuthnCredentials() {
		known = append(known, c.Descriptor())
	}
	options, data, err := x.passkeys.BeginRegistration(u, webauthn.WithExclusions(known))
	if err != nil {
		return fmt.Errorf("identity: begin registration: %w", err)
	}
	return x.begin(w, r, "register", a.Person, options, data)
}

func (x *Identity) registerFinish(w http.ResponseWriter, r *http.Request) error {
	if x.passkeys == nil {
		return errPasskeysOff
	}
	if err := x.fresh(r); err != nil {
		return err
	}
	a := web.ActorOf(r.Context())
	data, err := x.ceremony(w, r, "register", a.Person)
	if err != nil {
		return err
	}
	var body struct {
		Label      string          `json:"label"`
		Credential json.RawMessage `json:"credential"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBody(bytes.NewReader(body.Credential))
	if err != nil {
		return refused(err)
	}
	credential, err := x.passkeys.CreateCredential(user{handle: data.UserID, name: a.Name}, *data, parsed)
	if err != nil {
		return refused(err)
	}
	err = x.db.Write(r.Context(), func(tx *db.Tx) error {
		if err := x.addKey(tx, a.Person, keyID(credential.ID), label(body.Label), credential); err != nil {
			if db.IsUnique(err) {
				return fault.New(fault.Conflict, "identity.error.key_known")
			}
			return err
		}
		return x.record(tx, r, "identity.passkey_added", locale.Text{MS: "Kunci laluan ditambah.", EN: "A passkey was added."})
	})
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]string{"next": "/me/passkeys?added=1"})
}

// remove takes a key away. The last one stays: nobody may lock themself out.
func (x *Identity) remove(w http.ResponseWriter, r *http.Request) error {
	if err := x.fresh(r); err != nil {
		return err
	}
	a, key := web.ActorOf(r.Context()), r.PostFormValue("key")
	err := x.db.Write(r.Context(), func(tx *db.Tx) error {
		n, err := x.removeKey(tx, a.Person, key)
		if err != nil {
			return err
		}
		left, err := x.Keys(tx, a.Person)
		switch {
		case err != nil:
			return err
		case n == 0:
			return fault.New(fault.Missing, "web.error.missing")
		case len(left) == 0 && x.demo == nil:
			return fault.New(fault.Conflict, "identity.error.last_key")
		}
		return x.record(tx, r, "identity.passkey_removed", locale.Text{MS: "Kunci laluan dibuang.", EN: "A passkey was removed."})
	})
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/me/passkeys?removed=1")
}

func (x *Identity) record(tx *db.Tx, r *http.Request, kind string, why locale.Text) error {
	a := web.ActorOf(r.Context())
	_, err := x.journal.Append(tx, journal.Record{Kind: kind, By: journal.ByActor(a), Subjects: []string{a.Person}, Why: why})
	return err
}

// label is what a person calls a key: one short line.
func label(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")), " ")
	if runes := []rune(s); len(runes) > 60 {
		s = string(runes[:60])
	}
	return s
}

func writeJSON(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(v)
}
