package identity

import (
	"net/http"
	"time"

	"balai/internal/domain/identity/authenticator"
	"balai/internal/domain/identity/recovery"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/notify"
	"balai/internal/spine/secret"
	"balai/internal/spine/web"
	"github.com/go-webauthn/webauthn/protocol"
)

const (
	contactLength = 8
	// contactAgain is how long until another code is sent for one recovery.
	contactAgain = 2 * time.Minute
	// contactSettled is how long the contact must have stood: who changes where
	// somebody is reached does not recover their account by it a week later.
	contactSettled = 30 * 24 * time.Hour
)

// contactNo is the one answer to a code that does not fit.
var contactNo = fault.New(fault.Denied, "authenticator.error.no")

// recoverSend sends a code to the contact that the state had before. The page
// says the same where there is nobody to send it to.
func (x *Identity) recoverSend(w http.ResponseWriter, r *http.Request) error {
	a, err := x.attempt(r)
	if err != nil {
		return err
	}
	code := secret.Code(x.ids.Bytes, contactLength)
	err = x.db.Write(r.Context(), func(tx *db.Tx) error {
		now, err := x.recoveries.Of(tx, a.ID)
		if err != nil || now.CodeAt > clock.Micro(x.clock.Now().Add(-contactAgain)) {
			return err
		}
		more, err := x.recoveries.SendTx(tx, a.ID, a.Person, hash(a.ID+code))
		if err != nil || !more || a.Person == "" || x.notices == nil {
			return err
		}
		if x.contacts != nil {
			settled, err := x.contacts.Settled(tx, a.Person, clock.Micro(x.clock.Now().Add(-contactSettled)))
			if err != nil || !settled {
				return err
			}
		}
		return x.notices.SendTx(tx, notify.Message{To: a.Person, Key: "identity.notice.recover_code", Args: map[string]string{"code": secret.Grouped(code)}})
	})
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/recover/steps")
}

// recoverContact takes the code that was sent for this recovery.
func (x *Identity) recoverContact(w http.ResponseWriter, r *http.Request) error {
	a, err := x.attempt(r)
	if err != nil {
		return err
	}
	return x.shown(w, r, a, recovery.Contact, "sent", x.guess(r, a, func() (fits bool, err error) {
		err = x.db.Read(r.Context(), func(tx *db.Tx) error {
			now, err := x.recoveries.Of(tx, a.ID)
			fits = now.Code != "" && now.Code == hash(a.ID+secret.Typed(r.PostFormValue("sent")))
			return err
		})
		return fits, err
	}))
}

// recoverActivation takes a code that two officers gave at a counter.
func (x *Identity) recoverActivation(w http.ResponseWriter, r *http.Request) error {
	a, err := x.attempt(r)
	if err != nil {
		return err
	}
	if x.activations == nil {
		return fault.New(fault.Missing, "web.error.missing")
	}
	return x.shown(w, r, a, recovery.Counter, "activation", x.guess(r, a, func() (bool, error) {
		return x.activations.Recover(r.Context(), a.Person, r.PostFormValue("activation"))
	}))
}

// guess counts an attempt at a code before it is looked at.
func (x *Identity) guess(r *http.Request, a recovery.Attempt, look func() (bool, error)) error {
	in := authenticator.Typed{Account: a.Account, Address: address(r), Person: a.Person}
	if err := x.db.Write(r.Context(), func(tx *db.Tx) error { return x.auth.TryTx(tx, in) }); err != nil {
		return err
	}
	fits, err := look()
	if err != nil {
		return err
	}
	if !fits || a.Person == "" {
		return contactNo
	}
	return x.db.Write(r.Context(), func(tx *db.Tx) error { return x.auth.FitTx(tx, in) })
}

func (x *Identity) recoverKeyBegin(w http.ResponseWriter, r *http.Request) error {
	a, err := x.attempt(r)
	if err != nil {
		return err
	}
	if x.passkeys == nil {
		return errPasskeysOff
	}
	options, data, err := x.passkeys.BeginDiscoverableLogin(webauthnVerified)
	if err != nil {
		return err
	}
	return x.begin(w, "recover", a.ID, options, data)
}

// recoverKeyFinish takes the answer of a passkey that is left. It has to be the
// account's own.
func (x *Identity) recoverKeyFinish(w http.ResponseWriter, r *http.Request) error {
	a, err := x.attempt(r)
	if err != nil {
		return err
	}
	if x.passkeys == nil {
		return errPasskeysOff
	}
	c, err := x.ceremony(w, r, "recover", a.ID)
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBody(r.Body)
	if err != nil {
		return refused(err)
	}
	var person string
	_, credential, err := x.passkeys.ValidatePasskeyLogin(x.finder(r, &person), c.Data, parsed)
	if err != nil || person != a.Person {
		return refused(err)
	}
	err = x.spend(r, person, c, credential, func(spentTx func(tx *db.Tx) error) error {
		return x.db.Write(r.Context(), func(tx *db.Tx) error {
			if err := spentTx(tx); err != nil {
				return err
			}
			return x.recoveries.ShowTx(tx, a.ID, recovery.Authenticator)
		})
	})
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]string{"next": "/recover/steps"})
}
