package hook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Standard Webhooks 1.0, with a shared secret: what is signed is
// ID.TIMESTAMP.BODY, and a signature is "v1," and the base64 of its HMAC-SHA256.

// Headers of a signed message.
const (
	IDHeader        = "webhook-id"
	TimeHeader      = "webhook-timestamp"
	SignatureHeader = "webhook-signature"
)

// Header is the header of a body that is sent as id at a time, signed with each
// of the secrets, so that a receiver may hold the old one or the new one.
func Header(id string, at time.Time, body []byte, secrets ...string) (http.Header, error) {
	var signatures []string
	for _, secret := range secrets {
		s, err := Sign(secret, id, at.Unix(), body)
		if err != nil {
			return nil, err
		}
		signatures = append(signatures, s)
	}
	h := http.Header{}
	h.Set(IDHeader, id)
	h.Set(TimeHeader, strconv.FormatInt(at.Unix(), 10))
	h.Set(SignatureHeader, strings.Join(signatures, " "))
	return h, nil
}

// Skew is how far a message's time may be from its receiver's.
const Skew = 5 * time.Minute

// Fresh tells whether a header signs a body with the secret, at a time that is
// not too far from now.
func Fresh(secret string, h http.Header, now time.Time, body []byte) bool {
	at, err := strconv.ParseInt(h.Get(TimeHeader), 10, 64)
	if err != nil {
		return false
	}
	if d := now.Sub(time.Unix(at, 0)); d > Skew || d < -Skew {
		return false
	}
	return h.Get(IDHeader) != "" && Signed(secret, h.Get(SignatureHeader), h.Get(IDHeader), at, body)
}

// secretPrefix begins a secret's text; the rest is the base64 of its bytes.
const secretPrefix = "whsec_"

// SecretSize is how many random bytes a secret of ours has.
const SecretSize = 32

// NewSecret is the text of a secret of SecretSize random bytes.
func NewSecret(random []byte) string { return secretPrefix + base64.StdEncoding.EncodeToString(random) }

// secretBytes reads a secret, with its prefix or without.
func secretBytes(secret string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil || len(b) == 0 {
		return nil, errors.New("hook: this is no secret of the form whsec_BASE64")
	}
	return b, nil
}

// Sign is the signature of a body sent as id at a time in unix seconds.
func Sign(secret, id string, at int64, body []byte) (string, error) {
	key, err := secretBytes(secret)
	if err != nil {
		return "", err
	}
	return "v1," + base64.StdEncoding.EncodeToString(mac(key, id, at, body)), nil
}

func mac(key []byte, id string, at int64, body []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(id + "." + strconv.FormatInt(at, 10) + "."))
	m.Write(body)
	return m.Sum(nil)
}

// Signed tells whether one of the signatures in a header, which blanks part,
// is that of the secret. Versions that are not known are passed over.
func Signed(secret, header, id string, at int64, body []byte) bool {
	key, err := secretBytes(secret)
	if err != nil {
		return false
	}
	want := mac(key, id, at, body)
	found := false
	for _, s := range strings.Fields(header) {
		text, is := strings.CutPrefix(s, "v1,")
		got, err := base64.StdEncoding.DecodeString(text)
		if is && err == nil && hmac.Equal(got, want) {
			found = true
		}
	}
	return found
}
