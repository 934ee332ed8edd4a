package notify

import (
	"slices"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// Channel is a way in which a message leaves the hall. The message centre is
// none: every message is there.
type Channel string

// The channels, in the order in which the state prefers them: the quick one
// that holds the whole message, the quick one that holds a notice, paper.
const (
	ByMail   Channel = "mail"
	ByText   Channel = "text"
	ByLetter Channel = "letter"
)

// Channels lists them in that order.
func Channels() []Channel { return []Channel{ByMail, ByText, ByLetter} }

// State is how far a message came on a channel.
type State string

// A delivery is queued, then sent or failed; one without a channel waits for
// an address.
const (
	Queued  State = "queued"
	Sent    State = "sent"
	Failed  State = "failed"
	Waiting State = "waiting"
)

// Reasons of a failure; a text key is "notify.reason." and the word.
const (
	NoAddress = "no_address" // the state holds no address of any kind
	Refused   = "refused"    // the provider says that it will never arrive
	GaveUp    = "gave_up"    // tried to the end, and never taken
	Returned  = "returned"   // the post brought the letter back
)

// Delivery is a message on one channel.
type Delivery struct {
	Message string
	Channel Channel
	Person  string
	Case    string
	State   State
	Reason  string
	At      int64
}

// Choice is how a person wants to be told. Made is false where nothing was
// chosen and the default holds.
type Choice struct {
	On   []Channel
	Lang locale.Lang // "" for the register's
	Made bool
}

// Wants tells whether the person chose the channel.
func (c Choice) Wants(ch Channel) bool { return slices.Contains(c.On, ch) }

// Address is what works to reach a person: "" where there is none, or where
// it has failed. Letter is the postal address, its lines joined by line ends.
type Address struct {
	Mail, Phone, Letter string
	Lang                locale.Lang
	Dead                []Channel // that have an address, which has failed
}

// Of is the address on a channel.
func (a Address) Of(ch Channel) string {
	return map[Channel]string{ByMail: a.Mail, ByText: a.Phone, ByLetter: a.Letter}[ch]
}

// plan is on which channels a message goes: those the person chose and that
// work; where none was chosen or none works, the first that does. Who turned
// mail and texts off is written to before they are disturbed.
func plan(c Choice, a Address) []Channel {
	var out []Channel
	for _, ch := range Channels() {
		if c.Wants(ch) && a.Of(ch) != "" {
			out = append(out, ch)
		}
	}
	if len(out) > 0 {
		return out
	}
	order := Channels()
	if c.Made {
		order = []Channel{ByLetter, ByMail, ByText}
	}
	for _, ch := range order {
		if a.Of(ch) != "" {
			return []Channel{ch}
		}
	}
	return nil
}

// Reach is how a person can be reached. Problem is "" or a reason.
type Reach struct {
	Channels []Channel
	Choice   Choice
	Address  Address
	Problem  string
}

// Reach tells how a person can be reached, and why not where they cannot.
func (n *Notify) Reach(tx *db.Tx, person string) (r Reach, err error) {
	if n.readers != nil {
		if people, no, err := n.readers.ReadersOf(tx, person); err != nil {
			return r, err
		} else if no && len(people) > 0 {
			person = people[0]
		}
	}
	if r.Choice, err = choiceOf(tx, person); err != nil {
		return r, err
	}
	if r.Address, err = n.address(tx, person); err != nil {
		return r, err
	}
	r.Channels = plan(r.Choice, r.Address)
	switch {
	case len(r.Channels) > 0:
	case slices.Contains(r.Address.Dead, ByLetter):
		r.Problem = Returned
	case len(r.Address.Dead) > 0:
		r.Problem = Refused
	default:
		r.Problem = NoAddress
	}
	return r, nil
}

// address reads what the state holds and takes out what has failed. Nobody by
// that id has no address.
func (n *Notify) address(tx *db.Tx, person string) (a Address, err error) {
	if a.Mail, a.Lang, err = n.people.MailOf(tx, person); fault.CodeOf(err) == fault.Missing {
		return a, nil
	} else if err != nil {
		return a, err
	}
	if n.texter != nil {
		if a.Phone, err = n.people.PhoneOf(tx, person); err != nil {
			return a, err
		}
		a.Phone = dialled(a.Phone)
	}
	if n.post != nil {
		if a.Letter, err = n.people.PostOf(tx, person); err != nil {
			return a, err
		}
	}
	dead, err := deadOf(tx, person)
	if err != nil {
		return a, err
	}
	for ch, at := range map[Channel]*string{ByMail: &a.Mail, ByText: &a.Phone, ByLetter: &a.Letter} {
		if *at != "" && slices.Contains(dead[ch], *at) {
			*at, a.Dead = "", append(a.Dead, ch)
		}
	}
	return a, nil
}

// Choose keeps how a person wants to be told; the caller's Tx records it.
func (n *Notify) Choose(tx *db.Tx, person string, c Choice) error {
	return setChoice(tx, person, c, clock.Micro(n.clock.Now()))
}

// Deliveries tells how each message of a case went out, the oldest first.
func (n *Notify) Deliveries(tx *db.Tx, ref string) ([]Delivery, error) { return deliveriesOf(tx, ref) }

// Unreached lists messages that could go nowhere, one for each case, from
// after a case's reference on, at most limit.
func (n *Notify) Unreached(tx *db.Tx, after string, limit int) ([]Delivery, error) {
	return unreached(tx, after, limit)
}
