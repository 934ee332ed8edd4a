package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"runtime"
	"time"
)

// A work is one thing that is measured, with the signatures of ES256 that its
// server must check and make for it.
type work struct {
	name            string
	verifies, signs int
}

// works: a token is an assertion and a proof; it is opaque, so nothing is
// signed. A flow is an assertion and a proof at each of its two posts, and an
// ID token. A passkey is one signature.
var works = []work{
	{"token of a program for itself", 2, 0},
	{"flow: pushed request, page, yes, token", 4, 1},
	{"sign-in by passkey", 1, 0},
}

// rates are signatures a second on all cores together.
type rates struct{ sign, verify float64 }

// of is how often a second a work could be done by a server that did nothing else.
func (r rates) of(w work) float64 {
	return 1 / (float64(w.verifies)/r.verify + float64(w.signs)/r.sign)
}

// cryptoRate measures them, with the library that the hall uses.
func cryptoRate(d time.Duration) rates {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	fatal(err)
	digest := sha256.Sum256([]byte("Nur Iman binti Ahmad"))
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	fatal(err)
	sign := func(int) error {
		_, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
		return err
	}
	verify := func(int) error {
		if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature) {
			return errUnsigned
		}
		return nil
	}
	made, checked := race(runtime.NumCPU(), d, sign), race(runtime.NumCPU(), d, verify)
	return rates{sign: made.rate(), verify: checked.rate()}
}
