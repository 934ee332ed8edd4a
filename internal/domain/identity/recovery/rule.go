package recovery

import (
	"slices"
	"time"
)

// A Path is one way of showing that an account is one's own.
type Path string

// The paths. Each stands on something else that somebody has: a printed list, a
// device or what they know, the address that the state had before, themself.
const (
	Code          Path = "code"          // a saved recovery code
	Authenticator Path = "authenticator" // a passkey, or password and app
	Contact       Path = "contact"       // a code that reached the contact on record
	Counter       Path = "counter"       // an activation that two officers gave
)

// Needed is how many different paths a recovery takes.
const Needed = 2

// Life is how long a recovery may take, Hold for how long payments and
// mandates wait after one, so that the owner can undo a stranger's.
const (
	Life = 30 * time.Minute
	Hold = 24 * time.Hour
)

// SentMost is how many codes reach one contact in a day, however many recoveries
// are begun: nobody types one in for being tired of them.
const SentMost = 5

// Enough tells whether the paths are two different ones.
func Enough(shown []Path) bool {
	return len(slices.Compact(slices.Sorted(slices.Values(shown)))) >= Needed
}

// AAL is the level of the session that a recovery opens: that of what was
// shown. Only an authenticator is worth 2.
func AAL(shown []Path) int {
	if slices.Contains(shown, Authenticator) {
		return 2
	}
	return 1
}

// A Session is one as far as changing authenticators goes.
type Session struct {
	AAL       int
	Fresh     bool // the sign-in is recent
	Recovered bool // it came out of a recovery, and nothing was added in it yet
	Invited   bool // it came of an invitation or activation
}

// MayAdd tells whether a session may add an authenticator, where the person has
// so many: it proved one of them as strongly, or came out of a recovery, or
// there was none and somebody let them in for the first time.
func MayAdd(s Session, has int) bool {
	return s.Fresh && (s.AAL >= 2 || s.Recovered || s.Invited && has == 0)
}

// MayRemove tells whether a session may take one away of so many: the last
// stays, but for what a recovery says is lost (I8).
func MayRemove(s Session, has int) bool {
	return s.Fresh && s.AAL >= 2 && has > 1
}

// MayActivate tells whether an activation code lets somebody in: only who has
// nothing, and by post or message only who never had anything, for who lost
// all of it recovers. A counter sees the person, whatever they had before.
func MayActivate(has int, before, counter bool) bool { return has == 0 && (!before || counter) }
