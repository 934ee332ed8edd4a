package proof

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"time"
)

// A code that activates: ten letters, 48 bits; good once, for two weeks, and
// dead after five that were wrong.
const (
	codeLetters = 10
	codeLife    = 14 * 24 * time.Hour
	codeTries   = 5
	// codeRounds makes one guess at a stolen hash cost about a hundredth of a
	// second, so that 2^48 of them are out of reach for as long as a code lives.
	codeRounds = 40_000
	// cardCodes are printed on a card; cardLetters are those of each.
	cardCodes   = 12
	cardLetters = 8
)

// Activation is a code that was given to a person, by its hash.
type Activation struct {
	ID, Person     string
	Purpose        string // FromAfar or AtCounter: by which way it was given; onCard is none
	Enrolment      string
	Salt, Hash     string
	Tries          int64
	MadeAt, EndsAt int64
	UsedAt, VoidAt int64
}

// open tells whether the code can be used at a time.
func (a Activation) open(at int64) bool {
	return a.UsedAt == 0 && a.VoidAt == 0 && a.Tries < codeTries && at < a.EndsAt
}

// sealed is a code's hash under a salt.
func sealed(code, salt string) string {
	if len(code) > 64 { // no code is; the cost stays that of one
		code = code[:64]
	}
	key, err := pbkdf2.Key(sha256.New, code, []byte(salt), codeRounds, 32)
	if err != nil {
		return ""
	}
	return hex.EncodeToString(key)
}

// same compares hashes without telling how far they agree.
func same(a, b string) bool { return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
