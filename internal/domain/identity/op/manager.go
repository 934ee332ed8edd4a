package op

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"balai/internal/spine/db"
	"github.com/luikyv/go-oidc/pkg/goidc"
)

// What the library asks of a store, each over the hall's database. Names that
// open something (codes, tokens) are kept as hashes only.

type clients struct {
	o *OP
	r realm
}

// Client is asked with each request, so that whoever is suspended is served no
// more from that moment on, whichever process is asked. What was read of a client
// before is used again while its row says that nothing was written since.
func (m clients) Client(ctx context.Context, id string) (*goidc.Client, error) {
	var now clientMark
	var c Client
	var known *goidc.Client
	err := m.o.db.Read(ctx, func(tx *db.Tx) (err error) {
		if now, err = markOf(tx, id); err != nil {
			return err
		}
		if known = m.o.known[m.r.name].at(id, now); known == nil {
			c, err = ClientByID(tx, id)
		}
		return err
	})
	if errors.Is(err, db.ErrNoRows) || err == nil && !now.served(m.r) {
		return nil, goidc.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	if known == nil {
		if known, err = c.in(m.r).meta(m.r); err != nil {
			return nil, err
		}
		m.o.known[m.r.name].keep(id, now, known)
	}
	out := *known
	// Bought software sends its secret in the header or in the form, and few ask.
	if w := workOf(ctx); !m.r.fapi() && w != nil && !w.basic {
		out.TokenAuthnMethod = goidc.AuthnMethodSecretPost
	}
	return &out, nil
}

var errReadOnly = errors.New("op: clients are registered in the console")

func (clients) Save(context.Context, *goidc.Client) error { return errReadOnly }
func (clients) Delete(context.Context, string) error      { return errReadOnly }

type requests struct {
	o *OP
	r realm
}

// Save keeps a request that was pushed, is in front of its person, or got its
// code.
func (m requests) Save(ctx context.Context, as *goidc.AuthnSession) error {
	row := request{ID: as.ID, Realm: m.r.name, Client: as.ClientID, ExpiresAt: micro(as.ExpiresAtTimestamp),
		Pushed: m.hash(as.PushedAuthReqID), Callback: m.hash(as.CallbackID), Code: m.hash(as.AuthCode), Backchannel: m.hash(as.CIBAAuthID)}
	bare := *as
	bare.PushedAuthReqID, bare.CallbackID, bare.AuthCode, bare.CIBAAuthID = "", "", "", ""
	data, err := json.Marshal(bare)
	if err != nil {
		return err
	}
	row.Data = string(data)
	if g := givenOf(as.Store); as.AuthCode != "" {
		row.Of, row.By = g.Person, cmp.Or(g.Delegate, g.Person)
	}
	w := workOf(ctx)
	if w != nil {
		row.Person = w.asked
	}
	return m.o.db.Write(ctx, func(tx *db.Tx) error {
		if w != nil && w.gather {
			if err := m.o.writeTx(tx, w); err != nil {
				return err
			}
			tx.OnCommit(func() { w.written = true })
		}
		save := saveRequest
		if w != nil && w.found {
			save = goOnRequest
		}
		mine, err := save(tx, row)
		if err == nil && !mine {
			err = goidc.NewError(goidc.ErrorCodeInvalidRequest, "this request was answered before")
		}
		if err == nil && row.Person != "" {
			err = m.o.askTx(tx, row)
		}
		return err
	})
}

func (m requests) hash(name string) string {
	if name == "" {
		return ""
	}
	return hash(m.r.name, name)
}

// SessionByPushedAuthReqID uses the name up: it opens one page, once.
func (m requests) SessionByPushedAuthReqID(ctx context.Context, id string) (*goidc.AuthnSession, error) {
	client := ""
	if w := workOf(ctx); w != nil {
		client = w.client
	}
	var data string
	err := m.o.db.Write(ctx, func(tx *db.Tx) (err error) {
		data, err = usePushed(tx, m.r.name, client, m.hash(id), m.o.now())
		return err
	})
	return found(ctx, data, err)
}

// found notes that a request was there: what ended since is not saved as new.
func found(ctx context.Context, data string, err error) (*goidc.AuthnSession, error) {
	as, err := session(data, err)
	if w := workOf(ctx); w != nil && err == nil {
		w.found = true
	}
	return as, err
}

func (m requests) by(ctx context.Context, name, value string) (*goidc.AuthnSession, error) {
	var data string
	err := m.o.db.Read(ctx, func(tx *db.Tx) (err error) {
		data, err = requestBy(tx, name, m.r.name, m.hash(value), m.o.now())
		return err
	})
	return found(ctx, data, err)
}

func session(data string, err error) (*goidc.AuthnSession, error) {
	if err != nil {
		return nil, notFound(err)
	}
	as := new(goidc.AuthnSession)
	return as, json.Unmarshal([]byte(data), as)
}

func (m requests) SessionByCallbackID(ctx context.Context, id string) (*goidc.AuthnSession, error) {
	as, err := m.by(ctx, "callback", id)
	if err == nil {
		as.CallbackID = id
	}
	return as, err
}

// SessionByAuthCode finds what a code stands for, for the client that the
// library has just verified; it is used up when a token comes of it, or when the
// request ends without one.
func (m requests) SessionByAuthCode(ctx context.Context, code string) (*goidc.AuthnSession, error) {
	as, err := m.by(ctx, "code", code)
	if err != nil {
		return nil, err
	}
	if w := workOf(ctx); w == nil || w.client != as.ClientID {
		return nil, goidc.NewError(goidc.ErrorCodeInvalidGrant, "the code is not this client's") // and stays its own
	}
	as.AuthCode = code
	return as, nil
}

func (m requests) SessionByCIBAAuthID(ctx context.Context, id string) (*goidc.AuthnSession, error) {
	as, err := m.by(ctx, "backchannel", id)
	if err != nil {
		return nil, err
	}
	as.CIBAAuthID = id
	w := workOf(ctx)
	if w == nil || w.client != as.ClientID || as.Status == goidc.StatusSuccess || as.Status == goidc.StatusFailure {
		return as, nil
	}
	inTime := false
	err = m.o.db.Write(ctx, func(tx *db.Tx) (err error) {
		inTime, err = polled(tx, m.hash(id), m.o.now(), pollLeast.Microseconds())
		return err
	})
	w.hasty = err == nil && !inTime // the library knows no slow_down: serve says it
	return as, err
}

// Delete uses a request up: noted in a work, else at once.
func (m requests) Delete(ctx context.Context, id string) error {
	if w := workOf(ctx); w != nil && w.gather {
		w.take = id
		return nil
	}
	return m.o.db.Write(ctx, func(tx *db.Tx) error {
		_, err := deleteRequest(tx, id)
		return err
	})
}

type grants struct {
	o *OP
	r realm
}

// Save notes the grant; it is written with its first token.
func (m grants) Save(ctx context.Context, g *goidc.Grant) error {
	w := workOf(ctx)
	if w == nil {
		return errors.New("op: a grant outside of a request")
	}
	w.grant = g
	return nil
}

func (m grants) by(ctx context.Context, id, refresh string) (*goidc.Grant, error) {
	var data string
	err := m.o.db.Read(ctx, func(tx *db.Tx) (err error) {
		data, err = grantBy(tx, m.r.name, id, refresh)
		return err
	})
	if err != nil {
		return nil, notFound(err)
	}
	g := new(goidc.Grant)
	return g, json.Unmarshal([]byte(data), g)
}

func (m grants) Grant(ctx context.Context, id string) (*goidc.Grant, error) { return m.by(ctx, id, "") }

func (m grants) GrantByRefreshToken(ctx context.Context, token string) (*goidc.Grant, error) {
	g, err := m.by(ctx, "", hash(m.r.name, token))
	if err == nil {
		g.RefreshToken = token
		if w := workOf(ctx); w != nil {
			w.renews = true
		}
	}
	return g, err
}

func (m grants) Delete(ctx context.Context, id string) error {
	return m.o.db.Write(ctx, func(tx *db.Tx) error {
		if err := deleteTokensOf(tx, id); err != nil {
			return err
		}
		return deleteGrant(tx, id)
	})
}

// retry is how long after a code was used the same client may still send it
// without harm: requests that went out together arrive one after the other, and
// at a busy hall later than that, so that one whose proof was made before the
// code was used is none either. Later, or from anybody else, it is a replay, and
// what came of the code ends (RFC 6749, 4.1.2).
const retry = 1_000_000

func (m grants) DeleteByAuthCode(ctx context.Context, code string) error {
	w := workOf(ctx)
	if w == nil {
		return nil
	}
	before := w.arrived - retry
	if w.proved > 0 {
		before = min(before, w.proved)
	}
	return m.o.db.Write(ctx, func(tx *db.Tx) error {
		return replayed(tx, m.r.name, hash(m.r.name, code), w.client, before)
	})
}

type tokens struct {
	o *OP
	r realm
}

// Save writes the token and with it all that the request's work has noted.
func (m tokens) Save(ctx context.Context, t *goidc.Token) error {
	w := workOf(ctx)
	if w == nil || w.grant == nil {
		return errors.New("op: a token without a grant")
	}
	g := givenOf(w.grant.Store)
	bare := *w.grant
	bare.RefreshToken, bare.AuthCode = "", ""
	row := grantRow{ID: bare.ID, Realm: m.r.name, Client: bare.ClientID, Person: g.Person, Delegate: g.Delegate, SignIn: g.SignIn, ExpiresAt: micro(bare.ExpiresAtTimestamp)}
	if w.grant.RefreshToken != "" {
		row.Refresh = hash(m.r.name, w.grant.RefreshToken)
	}
	if w.grant.AuthCode != "" {
		row.Code = hash(m.r.name, w.grant.AuthCode)
	}
	grant, err := json.Marshal(bare)
	if err != nil {
		return err
	}
	row.Data = string(grant)
	kept := *t
	kept.ID = ""
	data, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	return m.o.db.Write(ctx, func(tx *db.Tx) error {
		if err := m.o.writeTx(tx, w); err != nil {
			return err
		}
		if err := m.o.standsTx(tx, m.r, row, w.renews); err != nil {
			return err
		}
		if w.renews {
			there, err := renewGrant(tx, row)
			if err == nil && !there {
				err = errUsed
			}
			if err != nil {
				return err
			}
		} else if err := m.o.insertGrant(tx, row); err != nil {
			return err
		}
		if err := insertToken(tx, hash(m.r.name, t.ID), row.ID, string(data), micro(t.ExpiresAtTimestamp)); err != nil {
			return err
		}
		since := int64(0)
		if w.renews {
			since = micro(bare.CreatedAtTimestamp)
		}
		if err := m.o.releaseTx(tx, m.r, bare.ClientID, t.Scopes, g, since); err != nil {
			return err
		}
		tx.OnCommit(func() { w.written = true })
		return nil
	})
}

// standsTx asks once more, in the transaction that gives the token, whether its
// client may still be served and, of a new grant, whether the sign-in that it
// comes from is not over: both may have ended since the request was read. A grant
// that is renewed ended with its sign-in.
func (o *OP) standsTx(tx *db.Tx, r realm, g grantRow, renews bool) error {
	c, err := markOf(tx, g.Client)
	if err != nil {
		return err
	}
	if !c.served(r) {
		return goidc.NewError(goidc.ErrorCodeInvalidClient, "this client is not served")
	}
	if renews || g.SignIn == "" || r.name == Sandbox {
		return nil
	}
	alive, err := o.door.AliveTx(tx, g.SignIn)
	if err == nil && !alive {
		err = errUsed
	}
	return err
}

// Token finds a token of a client that may still be served. Who acts for another
// is asked by which right each time: it may have ended by itself since the token
// was given, by a birthday or an order.
func (m tokens) Token(ctx context.Context, id string) (*goidc.Token, error) {
	var data string
	err := m.o.db.Read(ctx, func(tx *db.Tx) error {
		text, state, acting, err := tokenBy(tx, m.r.name, hash(m.r.name, id))
		if err == nil && state == Suspended {
			err = db.ErrNoRows
		}
		data = text
		if err != nil || acting == "" {
			return err
		}
		var grant goidc.Grant
		if err := json.Unmarshal([]byte(acting), &grant); err != nil {
			return err
		}
		stands, err := m.o.actsTx(tx, givenOf(grant.Store))
		if err == nil && !stands {
			err = db.ErrNoRows
		}
		return err
	})
	if err != nil {
		return nil, notFound(err)
	}
	t := new(goidc.Token)
	if err := json.Unmarshal([]byte(data), t); err != nil {
		return nil, err
	}
	t.ID = id
	return t, nil
}

func (m tokens) Delete(ctx context.Context, id string) error {
	return m.o.db.Write(ctx, func(tx *db.Tx) error { return deleteToken(tx, hash(m.r.name, id)) })
}

func (m tokens) DeleteByGrantID(ctx context.Context, id string) error {
	return m.o.db.Write(ctx, func(tx *db.Tx) error { return deleteTokensOf(tx, id) })
}

// micro is a time of the library, in seconds, as the database keeps times.
func micro(seconds int) int64 { return int64(seconds) * 1_000_000 }
