package op

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"balai/internal/spine/db"
	"github.com/luikyv/go-oidc/pkg/goidc"
)

// A work is what one request of a program writes. The library checks the
// assertion, fetches the code, makes a grant and a token in steps of their own;
// each step only notes here what is to be written, and the last one writes all
// of it in one transaction. So a code or an assertion is used up exactly when a
// token comes of it: of many that arrive together one succeeds, and a process
// that is killed in between has used up nothing.
type work struct {
	realm   realm
	client  string // as whom the program signs in; the library verifies it before anything is fetched
	basic   bool   // its secret came in the header
	arrived int64
	proved  int64 // when the proof of possession says that it was made; 0 where there is none
	gather  bool  // false where the endpoint writes nothing at its end: proofs are then noted at once

	assertion, proof stamp
	once             []stamp
	asked            string // whom a call centre asks
	found            bool   // the request that is saved was there before
	take             string // the id of the request that is used up
	failed           bool   // what was asked for could not be read
	hasty            bool   // asked for an answer sooner than it may
	grant            *goidc.Grant
	renews           bool // the grant was there before: it is not made again
	written          bool
	hint             map[string]any // what an ID token says that has expired: see aged
}

// A stamp is the mark of something that may be used once.
type stamp struct {
	jti  string
	key  string // kind and owner: one client's marks are not another's
	exp  int64  // microseconds
	used bool
}

func (s stamp) id(r realm) string { return hash(r.name, s.key, s.jti) }

type workKey struct{}

func workOf(ctx context.Context) *work {
	w, _ := ctx.Value(workKey{}).(*work)
	return w
}

// stampLife is how long the mark of an assertion or a proof is kept at most, in
// seconds: what is older is refused for its age.
const stampLife = 2 * jwtLifetime

// newWork reads who asks and with what. Nothing is believed here; these are the
// words that the library will verify.
func (o *OP) newWork(re realm, r *http.Request, kind endpoint) *work {
	w := &work{realm: re, gather: kind == gathering, arrived: o.now()}
	limit := w.arrived + stampLife*1_000_000
	if a := r.PostFormValue("client_assertion"); a != "" && kind != page { // at a page nobody would verify it
		var c struct {
			Iss string  `json:"iss"`
			JTI string  `json:"jti"`
			Exp float64 `json:"exp"`
		}
		if part(a, 1, &c) {
			w.client = c.Iss
			w.assertion = stamp{jti: c.JTI, key: "assertion " + c.Iss, exp: min(int64(c.Exp)*1_000_000+jwtLeeway*1_000_000, limit)}
		}
	} else if id, _, ok := r.BasicAuth(); ok {
		w.client, w.basic = id, true
	} else if id := r.PostFormValue("client_id"); id != "" {
		w.client = id
	} else {
		w.client = r.URL.Query().Get("client_id")
	}
	if p := r.Header.Get(goidc.HeaderDPoP); p != "" {
		var h struct {
			JWK json.RawMessage `json:"jwk"`
		}
		var c struct {
			JTI string  `json:"jti"`
			IAT float64 `json:"iat"`
		}
		if part(p, 0, &h) && part(p, 1, &c) {
			if c.IAT > 0 && c.IAT < 1<<40 {
				w.proved = int64(c.IAT) * 1_000_000
			}
			w.proof = stamp{jti: c.JTI, key: "proof " + hash(string(h.JWK)), exp: limit}
		}
	}
	return w
}

// part reads one part of a JWT, unverified.
func part(token string, n int, into any) bool {
	parts := strings.SplitN(token, ".", 4)
	if len(parts) != 3 {
		return false
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[n])
	return err == nil && json.Unmarshal(text, into) == nil
}

func hash(parts ...string) string {
	h := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(h[:])
}

// Errors that a program reads, by the codes of its standard.
var (
	errReplayed = goidc.NewError(goidc.ErrorCodeInvalidRequest, "this assertion or proof was used before")
	errUsed     = goidc.NewError(goidc.ErrorCodeInvalidGrant, "this was used before")
)

// checkJTI is asked of each assertion and of each proof of possession, once its
// signature has been verified.
func (o *OP) checkJTI(ctx context.Context, jti string) error {
	w := workOf(ctx)
	if w == nil {
		return errors.New("op: a proof outside of a request")
	}
	var s stamp
	switch {
	case w.assertion.jti == jti && !w.assertion.used:
		w.assertion.used, s = true, w.assertion
	case w.proof.jti == jti && !w.proof.used:
		w.proof.used, s = true, w.proof
	default: // the library read another one than we did
		return errReplayed
	}
	if w.gather {
		w.once = append(w.once, s)
		return nil
	}
	return o.db.Write(ctx, func(tx *db.Tx) error { return o.stampTx(tx, w.realm, s) })
}

func (o *OP) stampTx(tx *db.Tx, r realm, s stamp) error {
	fresh, err := insertOnce(tx, s.id(r), s.exp)
	if err == nil && !fresh {
		err = errReplayed
	}
	return err
}

// stampsTx marks what the work has used: nothing, one thing, or an assertion and a
// proof.
func (o *OP) stampsTx(tx *db.Tx, w *work) error {
	if len(w.once) != 2 {
		for _, s := range w.once {
			if err := o.stampTx(tx, w.realm, s); err != nil {
				return err
			}
		}
		return nil
	}
	fresh, err := insertTwice(tx, w.once[0].id(w.realm), w.once[0].exp, w.once[1].id(w.realm), w.once[1].exp)
	if err == nil && !fresh {
		err = errReplayed
	}
	return err
}

// writeTx writes the marks of what was used, and uses the request up.
func (o *OP) writeTx(tx *db.Tx, w *work) error {
	if err := o.stampsTx(tx, w); err != nil {
		return err
	}
	if w.take == "" {
		return nil
	}
	mine, err := deleteRequest(tx, w.take)
	if err == nil && !mine {
		err = errUsed
	}
	return err
}

// rest writes what a refused request used up: a code whose verifier was wrong is
// not tried again, and an assertion neither.
func (o *OP) rest(ctx context.Context, w *work) {
	if w.written || len(w.once) == 0 && w.take == "" {
		return
	}
	err := o.db.Write(ctx, func(tx *db.Tx) error {
		for _, s := range w.once {
			if _, err := insertOnce(tx, s.id(w.realm), s.exp); err != nil {
				return err
			}
		}
		if w.take == "" {
			return nil
		}
		_, err := deleteRequest(tx, w.take)
		return err
	})
	if err != nil {
		o.log.Warn("what a refused request had used could not be noted", "error", err)
	}
}
