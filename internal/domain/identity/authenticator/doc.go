// Package authenticator keeps what people prove themselves with besides a
// passkey: a password together with an app that shows codes (TOTP), recovery
// codes, and the printed card of somebody without a phone. It says what fits;
// who comes in by it is the door's to decide.
package authenticator
