// Package op is the hall's OpenID provider: an agency's program sends a person
// here, the person says yes, and the program learns what it may, and no more.
//
// There are three providers with the same code. The citizens' is at the hall's
// own address and holds to FAPI 2.0 without exception; the staff's (/staff) is
// for agencies' bought software; the sandbox (/sandbox) knows test persons only.
// Each has keys of its own.
//
// The protocol is github.com/luikyv/go-oidc, which nothing else here imports.
// What a program learns a person by is made before the library sees it: a
// person's id never goes in, so no answer can carry it. What the library does in
// several steps (the code is used, the assertion is used, the grant and the
// token are kept, the journal says what was released) is gathered in a work and
// written in one transaction: see work.go.
package op
