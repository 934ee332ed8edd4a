// Package statement reads what agencies' banks write of their accounts into the
// books, and finds out where the two disagree.
//
// A statement comes as a file (camt.052, .053 and .054, MT940), from an agency's
// system, from an officer or from the bank itself. It is read twice: once whole,
// to refuse what cannot be true, and once to book it. A Line is one movement of
// the account; it is known by what the bank says of it, so that the same movement
// on a second file, in another format or on tomorrow's statement is the same
// line. Each line is matched once: with the debit or refund that it shows, or
// with an attempt of which nothing was heard yet, which is paid by it. What is
// matched leaves the clearing account; what is not waits in suspense for a person.
//
// Proof compares the bank's closing balance with the ledger, day by day. Start at
// import.go; match.go holds the rules, decide.go what persons do.
package statement
