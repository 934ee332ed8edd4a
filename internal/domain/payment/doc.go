// Package payment takes money for agencies and cannot lose track of it: a debit
// at the bank always ends as paid, with a receipt, or as refunded, by itself.
//
// A Payment is one wish to pay. Each way that is tried is an Attempt: its id is
// the reference that a QR, a bank or a counter carries, so that whoever pays,
// from whatever phone, pays that attempt. What a bank says of an attempt is a
// Finding, whether it comes as a callback, as the answer to an enquiry, or on a
// statement; a browser that comes back proves nothing. A finding is compared with
// what was asked (reference, amount, currency, account) and settled in one commit:
// state, ledger, receipt number, journal leaf, messages. What does not fit (too
// little, twice, too late) is unapplied money, and goes back.
//
// Programs use /v1 by the names, states and error codes of GOV.UK Pay, so that
// its clients work (docs/payment.md). Start at Routes; settle.go is the heart.
package payment
