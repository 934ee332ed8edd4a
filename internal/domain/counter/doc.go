// Package counter serves the person who stands there. An officer of a counter
// finds them by what they show, which is recorded whether or not somebody is
// found, and begins a visit. For as long as it lasts, half an hour at most, the
// officer sees what the person could see and does what the person could do, on
// the same pages, and nothing else: see actor.For. Both names go on record.
//
// A counter is no search for people: finds are few, each has a reason, and the
// person reads of it. Nobody serves themself or their family.
package counter
