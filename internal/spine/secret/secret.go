// Package secret keeps small secrets in the database so that whoever reads the
// database alone learns none: signing keys of the OpenID providers, seeds of
// one-time codes.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
)

// A Box seals and opens with one key, AES-256-GCM.
type Box struct {
	key  []byte
	aead cipher.AEAD
}

// errSealed is of what was sealed with another key, for another name, or
// changed since.
var errSealed = errors.New("secret: this does not open with the hall's keys")

// NewBox derives a purpose's key from a secret that the hall keeps outside of
// its database, by HKDF (RFC 5869). Boxes of different purposes open nothing of
// each other's.
func NewBox(master []byte, purpose string) (*Box, error) {
	if len(master) < 32 {
		return nil, errors.New("secret: the master is shorter than 32 bytes")
	}
	key, err := hkdf.Key(sha256.New, master, nil, "balai "+purpose, 32)
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	return &Box{key: key, aead: aead}, nil
}

// Seal encrypts plain for the row called name: it opens under no other name, so
// that nobody moves one person's secret to another's row.
func (b *Box) Seal(plain []byte, name string) []byte {
	return b.aead.Seal(nil, nil, plain, []byte(name))
}

// Open is the way back.
func (b *Box) Open(sealed []byte, name string) ([]byte, error) {
	plain, err := b.aead.Open(nil, nil, sealed, []byte(name))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// Derive is a key of 32 bytes for a further purpose, such as an HMAC.
func (b *Box) Derive(purpose string) []byte {
	key, err := hkdf.Expand(sha256.New, b.key, purpose, 32)
	if err != nil {
		panic(err) // 32 bytes are never too many
	}
	return key
}
