package op

import (
	"context"
	"encoding/json"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/outbox"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/luikyv/go-oidc/pkg/goidc"
)

func clockTime(micro int64) time.Time { return clock.FromMicro(micro) }

// jobLogout tells one program that a sign-in is over.
const jobLogout = "op.logout"

// logoutPatience is how long a program is tried.
const logoutPatience = 24 * time.Hour

// logoutEvent is what a logout token says it is (OpenID Connect Back-Channel
// Logout 1.0, 2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

type logoutJob struct {
	Realm, Client, Sub, SID string
}

// EndTx ends every grant of a person, whoever acted.
func (o *OP) EndTx(tx *db.Tx, person string) error {
	if _, err := deleteGiven(tx, person, "", ""); err != nil {
		return err
	}
	_, err := o.endWhere(tx, "person", person, nil)
	return err
}

// EndSignInTx ends what came of one sign-in, when the person signs out.
func (o *OP) EndSignInTx(tx *db.Tx, signIn string) error {
	_, err := o.endWhere(tx, "sign_in", signIn, nil)
	return err
}

// MoveSignInTx: another sign-in of the same person took this one's place.
func (o *OP) MoveSignInTx(tx *db.Tx, from, to string) error { return moveSignIn(tx, from, to) }

// SuspendTx stops a client: nothing is issued to it from the commit on, and what
// it holds is good for nothing.
func (o *OP) SuspendTx(tx *db.Tx, id string) (Client, error) {
	c, err := ClientByID(tx, id)
	if err != nil {
		return c, err
	}
	c.State = Suspended
	if err := o.SaveClientTx(tx, c); err != nil {
		return c, err
	}
	_, err = o.endWhere(tx, "client", id, nil)
	return c, err
}

// ShutTx is SuspendTx by the hall, which its agency does not undo; lift lets the
// agency put it back.
func (o *OP) ShutTx(tx *db.Tx, id string, lift bool) (Client, error) {
	c, err := ClientByID(tx, id)
	if err != nil {
		return c, err
	}
	c.Shut = !lift
	if err := o.SaveClientTx(tx, c); err != nil || lift {
		return c, err
	}
	return o.SuspendTx(tx, id)
}

// endWhere ends grants by one of their owners and queues, in the same
// transaction, that their programs are told.
func (o *OP) endWhere(tx *db.Tx, owner, value string, which func(standing) bool) (n int, err error) {
	list, err := grantsWhere(tx, owner, value)
	if err != nil {
		return 0, err
	}
	for _, g := range list {
		if which != nil && !which(g) {
			continue
		}
		n++
		if err := deleteTokensOf(tx, g.ID); err != nil {
			return n, err
		}
		if err := deleteGrant(tx, g.ID); err != nil {
			return n, err
		}
		if err := o.queueLogout(tx, g); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (o *OP) queueLogout(tx *db.Tx, g standing) error {
	c, err := ClientByID(tx, g.Client)
	if err != nil || c.Logout == "" || o.outbox == nil {
		return err
	}
	var grant goidc.Grant
	if err := json.Unmarshal([]byte(g.Data), &grant); err != nil {
		return err
	}
	in := givenOf(grant.Store)
	if in.SID == "" {
		return nil
	}
	return o.outbox.Enqueue(tx, jobLogout, logoutJob{Realm: g.Realm, Client: g.Client, Sub: in.Sub, SID: in.SID})
}

// tellLogout posts a logout token to a program, again for a day.
func (o *OP) tellLogout(ctx context.Context, j outbox.Job) error {
	var in logoutJob
	if err := json.Unmarshal(j.Args, &in); err != nil {
		return outbox.Cancel(err)
	}
	var c Client
	err := o.db.Read(ctx, func(tx *db.Tx) (err error) {
		c, err = ClientByID(tx, in.Client)
		return err
	})
	if err != nil {
		return err
	}
	if c.Logout == "" {
		return nil
	}
	token, err := o.logoutToken(ctx, in)
	if err != nil {
		return err
	}
	err = o.caller.PostForm(ctx, c.Logout, map[string]string{"logout_token": token})
	if err != nil && o.clock.Now().Sub(clock.FromMicro(j.At)) > logoutPatience {
		return outbox.Cancel(err)
	}
	return err
}

func (o *OP) logoutToken(ctx context.Context, in logoutJob) (string, error) {
	r := o.realm(in.Realm)
	keys, err := o.jwks(ctx, r)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: r.alg(), Key: keys.Keys[0]}, (&jose.SignerOptions{}).WithType("logout+jwt"))
	if err != nil {
		return "", err
	}
	now := o.clock.Now()
	return jwt.Signed(signer).Claims(map[string]any{
		"iss": r.issuer, "aud": in.Client, "sub": in.Sub, "sid": in.SID, "jti": o.ids.New(),
		"iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(), "events": map[string]any{logoutEvent: map[string]any{}},
	}).Serialize()
}

// Sweep drops what has expired; the hall runs it now and then.
func (o *OP) Sweep(ctx context.Context) error {
	for _, kind := range sweeps {
		for n := int64(1); n > 0; {
			err := o.db.Write(ctx, func(tx *db.Tx) (err error) {
				n, err = sweep(tx, kind, o.now())
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
