// Package replay works past applications out again by a changed definition,
// before it is released: whose verdict would change, which way, by which rule,
// and what that costs.
//
// A past case is replayed on what it was decided on: its answers, the facts as
// they were read then, the day on which it was sent. No register is asked
// again, and nothing is written to a case. A case without its content, because
// it was erased, is counted and told.
//
// Nobody is named. A case is its reference; of what a rule looked at, numbers,
// truths and the words of a choice are shown, and never a text or a day.
package replay
