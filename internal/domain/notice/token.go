package notice

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"balai/internal/spine/db"
)

// A token is a JSON Web Token (RFC 7519) signed with HMAC-SHA256 and nothing
// else: "none" and every other algorithm is refused before anything is computed.
type token struct {
	signed    string // what the signature is of
	signature []byte
	issuer    string
	at        time.Time
}

// drift is how far a caller's clock may be from ours, either way.
const drift = 30 * time.Second

func refusal(message string) *problem {
	return &problem{http.StatusForbidden, []NotifyError{{"AuthError", message}}}
}

// readToken reads the header and the claims, and checks no signature.
func readToken(header string) (t token, bad *problem) {
	if header == "" {
		return t, &problem{http.StatusUnauthorized, []NotifyError{{"AuthError", "Unauthorized: authentication token must be provided"}}}
	}
	scheme, text, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return t, &problem{http.StatusUnauthorized, []NotifyError{{"AuthError", "Unauthorized: authentication bearer scheme must be used"}}}
	}
	invalid := refusal("Invalid token: signature, api token is not valid")
	parts := strings.Split(strings.TrimSpace(text), ".")
	if len(parts) != 3 || len(text) > 4096 {
		return t, invalid
	}
	var head struct {
		Alg string `json:"alg"`
	}
	var claims struct {
		Issuer any `json:"iss"`
		At     any `json:"iat"`
	}
	if decodePart(parts[0], &head) != nil || decodePart(parts[1], &claims) != nil {
		return t, invalid
	}
	if head.Alg != "HS256" {
		return t, refusal("Invalid token: algorithm used is not HS256")
	}
	var err error
	if t.signature, err = base64.RawURLEncoding.DecodeString(parts[2]); err != nil {
		return t, invalid
	}
	t.signed = parts[0] + "." + parts[1]
	switch iss := claims.Issuer.(type) {
	case nil:
		return t, refusal("Invalid token: iss field not provided")
	case string:
		t.issuer = strings.ToLower(iss)
	}
	if !isUUID(t.issuer) {
		return t, refusal("Invalid token: service id is not the right data type")
	}
	seconds, ok := claims.At.(float64)
	if !ok || seconds < 0 || seconds > 1e11 {
		return t, refusal("Invalid token: iat field not provided")
	}
	t.at = time.Unix(int64(seconds), 0)
	return t, nil
}

func decodePart(s string, v any) error {
	data, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

// signedBy tells whether the secret made the token; it takes as long for a
// wrong one as for the right one.
func (t token) signedBy(secret string) bool {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(t.signed))
	return hmac.Equal(h.Sum(nil), t.signature)
}

// caller is who asks: a service, by one of its keys.
type caller struct {
	Service
	Key Key
}

// caller finds whose key signed the request. Keys are read each time, so that
// a revoked one is refused at once by every process.
func (p *Part) caller(r *http.Request) (c caller, bad *problem, err error) {
	t, bad := readToken(r.Header.Get("Authorization"))
	if bad != nil {
		return c, bad, nil
	}
	var keys []Key
	err = p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		c.Service, keys, err = signers(tx, t.issuer)
		return err
	})
	switch {
	case errors.Is(err, db.ErrNoRows):
		return c, refusal("Invalid token: service not found"), nil
	case err != nil:
		return c, nil, err
	case len(keys) == 0:
		return c, refusal("Invalid token: service has no API keys"), nil
	}
	for _, k := range keys {
		if !t.signedBy(k.Secret) {
			continue
		}
		// The clock counts only for who holds the key, so that a stranger
		// learns nothing from it.
		if d := p.Clock.Now().Sub(t.at); d > drift || d < -drift {
			return c, refusal("Error: Your system clock must be accurate to within 30 seconds"), nil
		}
		if k.RevokedAt != 0 {
			return c, refusal("Invalid token: API key revoked"), nil
		}
		c.Key = k
		return c, nil, nil
	}
	return c, refusal("Invalid token: API key not found"), nil
}

// isUUID tells whether s is 36 characters of a UUID.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return false
			}
		}
	}
	return true
}
