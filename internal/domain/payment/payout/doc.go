// Package payout pays people: a batch of payments from a file, which one officer
// puts forward and another one approves, and which the bank pays once.
//
// A Batch has Lines, and Chunks of lines: each chunk is one message to the bank.
// What is approved is the batch's hash, which follows from every line; what was
// approved stands in the journal. A chunk is read back and compared with that
// before it is sent, so that nothing is paid that was changed in between, even
// behind the hall. Ids of messages follow from the batch: who sends one again
// pays nobody again.
//
// The money is kept back when a batch is approved, leaves the fund as the bank
// says that it was paid, and is back in the fund where it was refused or came
// back (docs/payout.md). payout.go has the words and the hash, line.go what a
// line may be, take.go how a file becomes a batch, send.go and settle.go the way
// to the bank and back.
package payout
