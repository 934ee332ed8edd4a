// Package iso20022 reads and writes the few messages in which a bank and those
// who hold accounts there speak of money: statements (camt.052, camt.053,
// camt.054), orders to pay (pain.001) and what became of them (pain.002).
//
// It is narrow: what the hall does not use is passed over when it is read and is
// never written. Reading is by local names, so that versions .02 to .13 are one;
// what is written is camt.052/053/054.001.08, pain.001.001.10 and
// pain.002.001.11, which the standard's own schemas accept.
//
// Readers hand out one entry or transfer at a time, and writers take one, so that
// a million need no more memory than one. A reader refuses what no bank sends:
// directives (and with them entities), elements too deep or too long, an element
// twice that may be there once, and a file that ends early. It reads UTF-8 and
// UTF-16, and what says that it is US-ASCII, ISO-8859-1 or Windows-1252. Its caller
// keeps nothing of a file until the whole was read. What is well formed and untrue (a
// count, a sum, a balance) is handed out as a Mismatch: what to do then is the
// caller's to say.
//
// Amounts are exact and in minor units; dates are civil, YYYY-MM-DD, as the bank
// wrote them; texts come without the blanks around them.
package iso20022
