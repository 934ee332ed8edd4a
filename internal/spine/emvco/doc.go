// Package emvco reads and writes what a payment's QR code says: EMVCo's QR Code
// Specification for Payment Systems, Merchant-Presented Mode, version 1.1 ("the
// standard" below).
//
// A payload is a row of objects: two digits of id, two of length, a value. Some
// values are such rows themselves (templates). Lengths count characters; only
// templates from 62 on hold other than printable ASCII, so that elsewhere a
// character is a byte. The last object is a checksum of all before it.
//
// Who pays by such a code trusts it with money, so that a reader that guesses
// does harm: Parse refuses what the standard does not allow, and says what is
// wrong and where.
package emvco
