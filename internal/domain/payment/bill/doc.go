// Package bill is what agencies ask to be paid without a case: bills to
// somebody, and links by which anybody pays for something.
//
// A Bill has a price of each day. What is asked for is the price of that day,
// and the page on which it is paid lives no longer than the price: nobody pays
// yesterday's. What comes is judged by the price of the day on which it was asked
// for (PaidTx); what is not owed goes back, whole. So a bill is never overpaid,
// and what was paid of it is the sum of its receipts.
//
// Strangers find a bill by its agency, its number and something that only its
// addressee knows. Bills that are not there and codes that are wrong are one
// answer, and cost the same.
//
// A Product is a payment link: its price, or the limits within which the payer
// says how much. Start at Routes.
package bill
