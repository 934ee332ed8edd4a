package proof

import (
	"context"
	"net/http"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
)

// Door is the hall's door as enrolment needs it: it keeps the means by which
// people sign in.
type Door interface {
	// MayActivate tells whether an activation code lets a person in: who has a
	// way to sign in needs none that was sent from afar. counter is whether two
	// officers gave it.
	MayActivate(tx *db.Tx, person string, counter bool) (bool, error)
	// Admit signs in who used a code, and says where they make their own way.
	Admit(w http.ResponseWriter, r *http.Request, person string) (to string, err error)
}

// Cards keeps the cards of codes with which somebody without a device signs in
// at a kiosk: by number, one of the codes, and a PIN that only they know.
type Cards interface {
	// Hash hashes a PIN, slowly: before the act, never in it.
	Hash(ctx context.Context, text string) (string, error)
	// GiveCardTx gives a person a card in the place of any that they had; codes
	// are as they are printed, and kept as hashes.
	GiveCardTx(tx *db.Tx, by actor.Actor, person, pinHash string, codes []string) error
	// CardUnused tells whether a person has a card that was given at a time or
	// later (unix microseconds), none of whose codes was used.
	CardUnused(tx *db.Tx, person string, since int64) (bool, error)
	// ReprintCardTx puts other codes on a person's card; the PIN stays.
	ReprintCardTx(tx *db.Tx, person string, codes []string) error
}

// Contact is where a person can be reached, each with the time since which the
// register has held it; "" and false where there is no such address or it has
// failed.
type Contact struct {
	Mail, Phone                      string
	Letter                           bool
	MailSince, PhoneSince, PostSince int64
	Lang                             locale.Lang
}

// Carrier takes a code to a contact. Mail and Text may send twice what they were
// given twice; an error of ErrNoWay says that the hall has no such way.
type Carrier interface {
	Contact(tx *db.Tx, person string) (Contact, error)
	Mail(ctx context.Context, id, person string, c Contact, subject, body string) error
	Text(ctx context.Context, id, person string, c Contact, body string) error
	LetterTx(tx *db.Tx, id, person string, c Contact, subject, body string) error
}
