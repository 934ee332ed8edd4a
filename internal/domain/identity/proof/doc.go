// Package proof says how well a person's identity is known, and enrols them.
//
// Nobody sets a level. It is computed, each time it is asked for, from a ledger
// of evidence: what was seen, by whom, when, until when it counts. Evidence that
// a person gave at a counter counts once a second officer has approved it.
//
// Enrolment has two ways. At a counter an officer records what they saw, another
// one approves, and the person leaves with a sheet that binds their own device
// or, where they have none, with a card of printed codes. From afar a code goes
// to the contact that the register has held for a while, and to no other.
package proof
