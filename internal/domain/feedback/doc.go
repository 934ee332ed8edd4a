// Package feedback takes what anybody wants to say of the hall itself, signed in
// or not, and lets the hall's own officers answer it. Who writes gets a
// reference at once and, with an address for mail, a notice and the answer
// there; nobody else's address can be made to receive more than a few.
//
// No name is asked for. An address is never shown, to an officer neither, and
// is forgotten a month after the answer. What a service did wrong belongs on the
// case's own page, and stars for a service with its team.
package feedback
