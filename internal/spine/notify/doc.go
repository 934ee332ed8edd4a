// Package notify tells people what happened: in their message centre always,
// and on the channels that reach them: mail, a text message, a letter.
//
// A message is a text key and its arguments, kept in the transaction of the act
// that it tells of, so that there is no message without its act. It is printed
// in the reader's language when it is read; a mail or a text is printed when it
// is sent, through the outbox: at least once, with an id that stays the same,
// so that a second copy shows as one. Letters are another part's, through Post.
//
// Which channels is the person's choice; without one, the first that the state
// has an address for. An address that fails is not tried again, and the message
// goes on the next channel; where there is none it waits, and Reach says why.
package notify
