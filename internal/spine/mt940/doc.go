// Package mt940 reads and writes SWIFT's customer statement, which banks send
// where they do not send camt.053 yet. What it holds comes as the statements and
// entries of package iso20022, so that their readers need not care which it was.
//
// An entry's Reference is the account owner's (field 61, part 7), its Bank the
// servicing institution's (part 8), its Code the transaction type ("NTRF"), and
// its Info the field 86 as it is, lines parted by "\n": banks give it structures
// of their own, which stay text. A supplement (part 9) is the Info of the entry's
// only detail.
//
// Amounts are exact, dates are YYYY-MM-DD of the years 1980 to 2079.
package mt940
