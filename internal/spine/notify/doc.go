// Package notify tells people what happened: in their message centre always,
// and by mail where the state has an address.
//
// A message is a text key and its arguments, kept in the transaction of the act
// that it tells of, so that there is no message without its act. It is printed
// in the reader's language when it is read; a mail is printed when it is sent,
// through the outbox: at least once, with a Message-ID that stays the same, so
// that a second copy shows as one.
package notify
