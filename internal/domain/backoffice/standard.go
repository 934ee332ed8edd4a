package backoffice

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
)

// Standard Webhooks 1.0, with a shared secret: what is signed is
// ID.TIMESTAMP.BODY, and a signature is "v1," and the base64 of its HMAC-SHA256.

// secretPrefix begins a secret's text; the rest is the base64 of its bytes.
const secretPrefix = "whsec_"

// secretSize is how many random bytes a secret of ours has.
const secretSize = 32

func newSecret(random []byte) string { return secretPrefix + base64.StdEncoding.EncodeToString(random) }

// secretBytes reads a secret, with its prefix or without.
func secretBytes(secret string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil || len(b) == 0 {
		return nil, errors.New("backoffice: this is no secret of the form whsec_BASE64")
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
