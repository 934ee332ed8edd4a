package backoffice

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/hook"
)

// skew is how far a request's time may be from the hall's.
const skew = 5 * time.Minute

// Call is what a request proved of itself.
type Call struct {
	By      actor.Actor
	Request string // its own id, "" where it has none
	Digest  string // of what was asked, to tell two requests under one id apart
}

type callKey struct{}

func callOf(ctx context.Context) Call {
	c, _ := ctx.Value(callKey{}).(Call)
	return c
}

// Caller finds which agency's system sends a request: by the signature of the
// request, or by the key itself where that key allows it. It runs before
// anything is looked up, so that nobody without a key learns anything.
func (b *BackOffice) Caller(r *http.Request) (actor.Actor, error) {
	k, body, err := b.proved(r)
	if err != nil {
		return actor.Actor{}, err
	}
	if err := b.countRequest(r.Context(), k); err != nil {
		return actor.Actor{}, err
	}
	call := Call{Request: r.Header.Get("webhook-id")}
	if r.Header.Get("Authorization") != "" {
		call.Request = r.Header.Get("Idempotency-Key")
	}
	if len(call.Request) > 200 {
		return actor.Actor{}, refuse("backoffice.error.id")
	}
	if body, err = plainBody(r, body); err != nil {
		return actor.Actor{}, err
	}
	if err := fits(body); err != nil {
		return actor.Actor{}, err
	}
	// Of what a form says, and not of its bytes: each sending of one has another boundary.
	sum := sha256.Sum256([]byte(r.Method + " " + r.URL.EscapedPath() + "\n" + string(body)))
	call.By, call.Digest = systemOf(k), hex.EncodeToString(sum[:])
	*r = *r.WithContext(context.WithValue(r.Context(), callKey{}, call))
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	return call.By, nil
}

const (
	// unprovenSmall is what is read of anybody who names an agency, since a
	// signature can be checked only over the whole.
	unprovenSmall = 256 << 10
	// unprovenLarge is how many larger bodies of nobody yet known are in memory
	// at a time; each is at most what the route takes.
	unprovenLarge = 4
)

// proved is the key that a request shows, and the request's body. Whose key
// stands in a header is known before a byte of the body is read; of the others
// only so many large bodies are held at once.
func (b *BackOffice) proved(r *http.Request) (k Key, body []byte, err error) {
	if h := r.Header.Get("Authorization"); h != "" {
		if k, err = b.byBearer(r, h); err != nil {
			return k, nil, err
		}
		body, err = io.ReadAll(r.Body)
		return k, body, err
	}
	at, list, err := b.claims(r)
	if err != nil {
		return k, nil, err
	}
	if r.ContentLength < 0 || r.ContentLength > unprovenSmall {
		select {
		case b.large <- struct{}{}:
			defer func() { <-b.large }()
		default:
			return k, nil, fault.New(fault.Busy, "web.error.busy")
		}
	}
	if body, err = io.ReadAll(r.Body); err != nil {
		return k, nil, err
	}
	k, err = b.bySignature(r, list, at, body)
	return k, body, err
}

func refuse(key string, args ...any) error { return fault.New(fault.SignedOut, key, args...) }

// byBearer finds the key that was sent as it is.
func (b *BackOffice) byBearer(r *http.Request, header string) (k Key, err error) {
	scheme, sent, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(sent) == "" {
		return k, refuse("backoffice.error.bearer")
	}
	err = b.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		k, err = keyByAPI(tx, strings.TrimSpace(sent))
		return err
	})
	switch {
	case fault.CodeOf(err) == fault.Missing:
		return k, refuse("backoffice.error.bearer")
	case err != nil:
		return k, err
	case !k.Bearer:
		return k, refuse("backoffice.error.bearer.only_signed")
	}
	if claimed := r.Header.Get("Balai-Agency"); claimed != "" && claimed != k.Agency {
		return k, refuse("backoffice.error.agency")
	}
	return k, nil
}

// claims are the request's time and the keys of the agency that it names.
func (b *BackOffice) claims(r *http.Request) (at int64, list []Key, err error) {
	for _, name := range []string{"Balai-Agency", "webhook-id", "webhook-timestamp", "webhook-signature"} {
		if strings.TrimSpace(r.Header.Get(name)) == "" {
			return 0, nil, refuse("backoffice.error.header", "header", name)
		}
	}
	at, err = strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
	if err != nil {
		return 0, nil, refuse("backoffice.error.timestamp")
	}
	if off := b.Clock.Now().Sub(time.Unix(at, 0)); off > skew || off < -skew {
		return 0, nil, refuse("backoffice.error.skew", "now", clock.FromMicro(b.now()).UTC().Format(time.RFC3339))
	}
	err = b.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		list, err = activeKeys(tx, r.Header.Get("Balai-Agency"))
		return err
	})
	if err == nil && len(list) == 0 {
		err = refuse("backoffice.error.signature")
	}
	return at, list, err
}

// bySignature finds the key with which the request was signed.
func (b *BackOffice) bySignature(r *http.Request, list []Key, at int64, body []byte) (Key, error) {
	if len(body) == 0 { // nothing else would bind the signature to what is asked
		body = []byte(r.URL.RequestURI())
	}
	for _, k := range list {
		if hook.Signed(k.APIKey, r.Header.Get("webhook-signature"), r.Header.Get("webhook-id"), at, body) {
			return k, nil
		}
	}
	return Key{}, refuse("backoffice.error.signature")
}

// answer is what a request got.
type answer struct {
	Status int
	Digest string
	Text   string
}

// unknown carries a refusal whose act is kept: that somebody asked for a
// person whom nobody knows is counted.
type unknown struct{ error }

func (u unknown) Unwrap() error { return u.error }

// once does an act for a caller in one commit, and gives the same request the
// same answer again. The act's status and answer come from fn.
func once[T any](ctx context.Context, b *BackOffice, fn func(tx *db.Tx, by actor.Actor) (int, T, error)) (status int, out T, err error) {
	c := callOf(ctx)
	var later error
	err = b.DB.Write(ctx, func(tx *db.Tx) error {
		var none T
		status, out, later = 0, none, nil
		if c.Request != "" {
			old, found, err := requestOf(tx, keyOf(c.By), c.Request)
			switch {
			case err != nil:
				return err
			case found && old.Digest != c.Digest:
				return fault.New(fault.Conflict, "backoffice.error.request_reused")
			case found:
				status = old.Status
				return json.Unmarshal([]byte(old.Text), &out)
			}
		}
		var err error
		if status, out, err = fn(tx, c.By); err != nil {
			if u, is := err.(unknown); is {
				later = u.error
				return nil
			}
			return err
		}
		if c.Request == "" {
			return nil
		}
		text, err := json.Marshal(out)
		if err != nil {
			return err
		}
		return insertRequest(tx, keyOf(c.By), c.Request, answer{status, c.Digest, string(text)}, b.now())
	})
	if err == nil {
		err = later
	}
	return status, out, err
}
