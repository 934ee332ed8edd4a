package identity

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
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

// webauthnVerified asks the device to see who holds it: without that a passkey
// is one factor only.
var webauthnVerified = webauthn.WithUserVerification(protocol.VerificationRequired)

func keyID(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

var errPasskeysOff = fault.New(fault.Missing, "identity.error.passkeys_off")

var errCeremonyGone = fault.New(fault.Conflict, "identity.error.ceremony_gone")

// A ceremony is what was asked of an authenticator. It goes with the browser,
// sealed, so that one that is begun and left costs the hall nothing.
type ceremony struct {
	Until int64 // unix microseconds
	Data  webauthn.SessionData
}

// begin gives the browser a ceremony of a kind, for a person or for nobody yet,
// and sends its options.
func (x *Identity) begin(w http.ResponseWriter, kind, person string, options any, data *webauthn.SessionData) error {
	text, err := json.Marshal(ceremony{x.in(ceremonyLife), *data})
	if err != nil {
		return err
	}
	sealed := x.ceremonies.Seal(text, kind+" "+person)
	http.SetCookie(w, x.cookie(ceremonyCookie, base64.RawURLEncoding.EncodeToString(sealed), ceremonyLife))
	return writeJSON(w, options)
}

// ceremony opens what the browser was given. It is used up by answeredTx.
func (x *Identity) ceremony(w http.ResponseWriter, r *http.Request, kind, person string) (c ceremony, err error) {
	from, err := r.Cookie(ceremonyCookie)
	if err != nil {
		return c, errCeremonyGone
	}
	x.drop(w, ceremonyCookie)
	sealed, err := base64.RawURLEncoding.DecodeString(from.Value)
	if err != nil {
		return c, errCeremonyGone
	}
	text, err := x.ceremonies.Open(sealed, kind+" "+person)
	if err != nil {
		return c, errCeremonyGone
	}
	if err := json.Unmarshal(text, &c); err != nil || c.Until <= x.now() {
		return c, errCeremonyGone
	}
	return c, nil
}

func (x *Identity) signInBegin(w http.ResponseWriter, r *http.Request) error {
	if x.passkeys == nil {
		return errPasskeysOff
	}
	options, data, err := x.passkeys.BeginDiscoverableLogin(webauthnVerified)
	if err != nil {
		return fmt.Errorf("identity: begin sign-in: %w", err)
	}
	return x.begin(w, "sign-in", "", options, data)
}

func (x *Identity) signInFinish(w http.ResponseWriter, r *http.Request) error {
	if x.passkeys == nil {
		return errPasskeysOff
	}
	c, err := x.ceremony(w, r, "sign-in", "")
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBody(r.Body)
	if err != nil {
		return refused(err)
	}
	var person string
	_, credential, err := x.passkeys.ValidatePasskeyLogin(x.finder(r, &person), c.Data, parsed)
	if err != nil {
		return refused(err)
	}
	to := ""
	err = x.spend(r, person, c, credential, func(spentTx func(tx *db.Tx) error) (err error) {
		to, err = x.enter(w, r, person, byPasskey, r.URL.Query().Get("next"), spentTx)
		return err
	})
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]string{"next": to})
}

// finder looks up whose key answered, among those that are not locked.
func (x *Identity) finder(r *http.Request, person *string) webauthn.DiscoverableUserHandler {
	return func(_, handle []byte) (webauthn.User, error) {
		u := user{handle: handle}
		err := x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
			if *person, err = x.personOf(tx, handle); err != nil {
				return err
			}
			keys, err := x.Keys(tx, *person)
			u.keys = slices.DeleteFunc(keys, func(k Passkey) bool { return k.LockedAt > 0 })
			return err
		})
		return u, err
	}
}

var errCopied = errors.New("the authenticator's counter went back")

// spend uses an answer and its ceremony up in the commit of what the answer is
// for: act calls the function that it is given there. A counter that went back
// is that of a copy, or of the key that was copied: the key is locked, and its
// person told.
func (x *Identity) spend(r *http.Request, person string, c ceremony, key *webauthn.Credential, act func(spentTx func(tx *db.Tx) error) error) error {
	err := act(func(tx *db.Tx) error {
		if err := x.answeredTx(tx, c); err != nil {
			return err
		}
		if key.Authenticator.CloneWarning {
			return errCopied
		}
		ok, err := usedKey(tx, keyID(key.ID), key, x.now())
		if err == nil && !ok {
			err = errCopied
		}
		return err
	})
	if !errors.Is(err, errCopied) {
		return err
	}
	err = x.db.Write(r.Context(), func(tx *db.Tx) error {
		locked, err := lockKey(tx, keyID(key.ID), x.now())
		if err != nil || !locked {
			return err
		}
		why := locale.Text{MS: "Kunci laluan dikunci: mungkin ada salinannya.", EN: "A passkey was locked: there may be a copy of it."}
		if err := x.record(tx, journal.By{Person: person}, person, "signin.locked", why); err != nil {
			return err
		}
		return x.notice(tx, person, "identity.notice.way_locked", why)
	})
	if err == nil {
		err = refused(errCopied)
	}
	return err
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
		if err := x.mayAdd(tx, r); err != nil {
			return err
		}
		if u.handle, err = x.handleTx(tx, a.Person, fresh); err != nil {
			return err
		}
		u.keys, err = x.room(tx, a.Person)
		return err
	})
	if err != nil {
		return err
	}
	var known []protocol.CredentialDescriptor
	for _, c := range u.WebAuthnCredentials() {
		known = append(known, c.Descriptor())
	}
	options, data, err := x.passkeys.BeginRegistration(u, webauthn.WithExclusions(known))
	if err != nil {
		return fmt.Errorf("identity: begin registration: %w", err)
	}
	return x.begin(w, "register", a.Person, options, data)
}

// room refuses one key more than a person may have, and gives those they have.
func (x *Identity) room(tx *db.Tx, person string) ([]Passkey, error) {
	keys, err := x.Keys(tx, person)
	if err == nil && len(keys) >= maxKeys {
		err = fault.New(fault.Conflict, "identity.error.too_many_keys")
	}
	return keys, err
}

func (x *Identity) registerFinish(w http.ResponseWriter, r *http.Request) error {
	if x.passkeys == nil {
		return errPasskeysOff
	}
	if err := x.fresh(r); err != nil {
		return err
	}
	a := web.ActorOf(r.Context())
	c, err := x.ceremony(w, r, "register", a.Person)
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
	credential, err := x.passkeys.CreateCredential(user{handle: c.Data.UserID, name: a.Name}, c.Data, parsed)
	if err != nil {
		return refused(err)
	}
	err = x.db.Write(r.Context(), func(tx *db.Tx) error {
		if err := x.mayAdd(tx, r); err != nil {
			return err
		}
		if err := x.answeredTx(tx, c); err != nil {
			return err
		}
		if _, err := x.room(tx, a.Person); err != nil {
			return err
		}
		if err := x.addKey(tx, a.Person, keyID(credential.ID), label(body.Label), credential); err != nil {
			if db.IsUnique(err) {
				return fault.New(fault.Conflict, "identity.error.key_known")
			}
			return err
		}
		return x.added(tx, r, locale.Text{MS: "Kunci laluan ditambah.", EN: "A passkey was added."})
	})
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]string{"next": onward(a, r.URL.Query().Get("next"))})
}

// remove takes a key away. One that is locked opens nothing, and goes at once.
func (x *Identity) remove(w http.ResponseWriter, r *http.Request) error {
	if err := x.fresh(r); err != nil {
		return err
	}
	a, key := web.ActorOf(r.Context()), r.PostFormValue("key")
	err := x.db.Write(r.Context(), func(tx *db.Tx) error {
		had, err := x.waysOf(tx, a.Person)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(had.Keys, func(k Passkey) bool { return k.ID == key })
		if at < 0 {
			return fault.New(fault.Missing, "web.error.missing")
		}
		before := had.count()
		if had.Keys[at].LockedAt > 0 {
			before++ // it counts for nothing already
		}
		if _, err := x.removeKey(tx, a.Person, key); err != nil {
			return err
		}
		return x.removed(tx, r, before, locale.Text{MS: "Kunci laluan dibuang.", EN: "A passkey was removed."})
	})
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/me/sign-in?removed=1")
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
