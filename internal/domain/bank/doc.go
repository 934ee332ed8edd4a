// Package bank is the sandbox bank: it stands for the world outside, where the
// money is. It has a database and a listener of its own and shares with the hall
// nothing but the codecs and the look of its pages, so that the two sets of books
// can disagree and the hall has to find out.
//
// People pay here with a phone that read a QR code, at the bank's own page, or
// with a test card. Merchants enrol, ask, refund and pay people through signed
// requests. The bank calls them back, and writes statements.
//
// Its faults are a dial: answers cut off after the debit, callbacks lost, late,
// twice, out of order or with a wrong amount, credits taken back. Which payment
// meets which is a hash of the seed and the payment's reference, so that the same
// seed gives the same faults.
//
// Its money is not real, and anybody who reaches its listener may spend it: it
// belongs on the loopback address.
package bank
