package authenticator

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238's default, and the only one that every app knows
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"time"
)

// Of RFC 6238, what apps take for granted: SHA-1, six digits, thirty seconds.
const (
	totpPeriod = 30
	totpDigits = 6
	totpSecret = 20 // bytes, RFC 4226 section 4, R6
	// totpDrift is how many steps a phone's clock may be off, either way (RFC
	// 6238 section 5.2).
	totpDrift = 1
)

var base32s = base32.StdEncoding.WithPadding(base32.NoPadding)

// stepOf is the time step of RFC 6238 section 4.2.
func stepOf(at time.Time) int64 { return at.Unix() / totpPeriod }

// hotp is the code of a counter (RFC 4226 section 5.3).
func hotp(secret []byte, counter int64, digits int) string {
	m := hmac.New(sha1.New, secret)
	var c [8]byte
	binary.BigEndian.PutUint64(c[:], uint64(counter))
	m.Write(c[:])
	sum := m.Sum(nil)
	off := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[off:off+4]) & 0x7fffffff
	mod := uint32(1)
	for range digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%mod)
}

// match finds the step whose code was typed. Only a step after last fits: each
// is good once (RFC 6238 section 5.2), and so is none before it.
func match(secret []byte, code string, at time.Time, last int64) (step int64, ok bool) {
	now := stepOf(at)
	for s := now - totpDrift; s <= now+totpDrift; s++ {
		if s > last && subtle.ConstantTimeCompare([]byte(hotp(secret, s, totpDigits)), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}

// A Setup is a secret on its way into somebody's app.
type Setup struct {
	Secret string // in base32, fours with blanks between, as it is typed
	URI    string // otpauth://, for a QR code
	Sealed string // what the form brings back
}

func setupOf(issuer, account string, secret []byte) Setup {
	text := base32s.EncodeToString(secret)
	q := url.Values{"secret": {text}, "issuer": {issuer}}
	s := Setup{URI: "otpauth://totp/" + url.PathEscape(issuer+":"+account) + "?" + q.Encode()}
	for i := 0; i < len(text); i += 4 {
		if i > 0 {
			s.Secret += " "
		}
		s.Secret += text[i:min(i+4, len(text))]
	}
	return s
}
