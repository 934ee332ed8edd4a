package identity

import (
	"net/http"
	"slices"
	"strconv"

	"balai/internal/domain/identity/authenticator"
	"balai/internal/domain/identity/recovery"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/web"
)

// Words for what is lost, besides the ids of keys.
const (
	lostPassword = "password"
	lostCard     = "card"
	lostCodes    = "codes"
)

// recoverFinish ends a recovery: what was shown is read again, what is lost is
// taken away, every session ends, and one begins that is as strong as what was
// shown for it and may add one way of signing in. All of it is one commit.
func (x *Identity) recoverFinish(w http.ResponseWriter, r *http.Request) error {
	begun, err := x.attempt(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	lost := r.PostForm["lost"]
	if len(lost) == 0 && recovery.Enough(begun.Shown) {
		return x.showSteps(w, r, begun, fault.Status(fault.Invalid), "lost", web.L(r.Context()).T("identity.recover.lost.choose"))
	}
	token := ""
	err = x.db.Write(r.Context(), func(tx *db.Tx) error {
		a, ok, err := x.recoveries.EndTx(tx, begun.ID)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.Denied, "identity.recover.not_enough")
		}
		token, err = x.recovered(tx, r, a, lost)
		return err
	})
	if err != nil {
		return err
	}
	x.drop(w, recoverCookie)
	http.SetCookie(w, x.cookie(web.SessionCookie, token, 0))
	return web.SeeOther(w, r, "/me/sign-in")
}

func (x *Identity) recovered(tx *db.Tx, r *http.Request, a recovery.Attempt, lost []string) (token string, err error) {
	if err := x.open(tx, a.Person, ""); err != nil {
		return "", err
	}
	if err := x.auth.FitTx(tx, authenticator.Typed{Account: a.Account, Address: address(r), Person: a.Person, For: recovering}); err != nil {
		return "", err
	}
	if err := x.dropLost(tx, a.Person, lost); err != nil {
		return "", err
	}
	if err := x.sessions.EndAllTx(tx, a.Person); err != nil {
		return "", err
	}
	how := actor.Start{Method: "recovery", AAL: recovery.AAL(a.Shown), AMR: []string{"otp"}}
	if token, err = x.startTx(tx, r, a.Person, "", how); err != nil {
		return "", err
	}
	return token, x.holdTx(tx, a.Person, hash(token), a.Shown)
}

// holdTx begins the hold after a recovery, records it and tells the person.
func (x *Identity) holdTx(tx *db.Tx, person, session string, by []recovery.Path) error {
	if err := enrol(tx, person, x.now()); err != nil {
		return err
	}
	if err := x.recoveries.HoldTx(tx, person, session); err != nil {
		return err
	}
	paths := make([]any, len(by))
	for i, p := range by {
		paths[i] = string(p)
	}
	why := locale.Text{MS: "Akaun dipulihkan.", EN: "The account was recovered."}
	_, err := x.journal.Append(tx, journal.Record{Kind: "signin.recovered", By: journal.By{Person: person}, Subjects: []string{person}, Why: why,
		Data: map[string]any{"by": paths}})
	if err != nil {
		return err
	}
	// A letter is read days later: it says when, and what can be done then.
	args := map[string]string{"at.time": strconv.FormatInt(x.now(), 10), "until.time": strconv.FormatInt(x.in(recovery.Hold), 10)}
	return x.warn(tx, notify.Message{To: person, Key: "identity.notice.recovered", Args: notify.Both(args, "what", why), Alarm: true})
}

// dropLost takes away what the person no longer has. Of what is not theirs
// nothing happens.
func (x *Identity) dropLost(tx *db.Tx, person string, lost []string) error {
	had, err := x.waysOf(tx, person)
	if err != nil {
		return err
	}
	for _, k := range had.Keys {
		if slices.Contains(lost, k.ID) {
			if _, err := x.removeKey(tx, person, k.ID); err != nil {
				return err
			}
		}
	}
	if slices.Contains(lost, lostPassword) {
		if _, err := x.auth.RemovePasswordTx(tx, person); err != nil {
			return err
		}
	}
	if slices.Contains(lost, lostCard) {
		if _, err := x.auth.RemoveCardTx(tx, person); err != nil {
			return err
		}
	}
	if slices.Contains(lost, lostCodes) {
		return x.auth.RemoveCodesTx(tx, person)
	}
	return nil
}
