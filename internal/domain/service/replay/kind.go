package replay

import "slices"

// Kind is how a case changes: from one standing to another, as "yes-officer",
// or what differs where the standing is the same.
type Kind string

// What can differ where the standing does not.
const (
	Amount  Kind = "amount"
	Fee     Kind = "fee"
	Verdict Kind = "verdict"
	Papers  Kind = "papers"
	Time    Kind = "time"
	Outcome Kind = "outcome"
)

// Kinds are all, the gravest for the person first.
var Kinds = []Kind{"yes-no", "officer-no", "yes-open", "officer-open", "yes-officer", "open-no", "no-open", Amount, Fee, Papers, Time,
	Verdict, Outcome, "no-officer", "open-officer", "officer-yes", "open-yes", "no-yes"}

// words tells a kind in English, as commands do; the page has it in both.
var words = map[Kind]string{
	"yes-no": "was a yes at once, is stopped now", "officer-no": "went to an officer, is stopped now",
	"yes-open": "was a yes at once, cannot be told now", "officer-open": "went to an officer, cannot be told now",
	"yes-officer": "was a yes at once, goes to an officer now", "open-no": "could not be told, is stopped now",
	"no-open": "was stopped, cannot be told now", "no-officer": "was stopped, goes to an officer now",
	"open-officer": "could not be told, goes to an officer now", "officer-yes": "went to an officer, is a yes at once now",
	"open-yes": "could not be told, is a yes at once now", "no-yes": "was stopped, is a yes at once now",
	Amount: "another amount is paid", Fee: "another fee", Verdict: "the table says something else", Papers: "other papers",
	Time: "other working days", Outcome: "a yes makes something else",
}

func kindOf(old, new Side) Kind {
	switch {
	case old.Standing != new.Standing:
		return Kind(string(old.Standing) + "-" + string(new.Standing))
	case old.Standing == No || old.Standing == Open: // nothing follows
		if old.Verdict != new.Verdict {
			return Verdict
		}
		return ""
	case old.PayCents != new.PayCents:
		return Amount
	case old.FeeCents != new.FeeCents:
		return Fee
	case !slices.Equal(old.Papers, new.Papers):
		return Papers
	case old.Verdict != new.Verdict:
		return Verdict
	case old.Days != new.Days:
		return Time
	case !old.outcome.same(new.outcome):
		return Outcome
	}
	return ""
}
