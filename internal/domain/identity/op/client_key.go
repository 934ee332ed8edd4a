package op

import (
	"crypto/ecdsa"
	"encoding/json"
	"errors"

	"github.com/go-jose/go-jose/v4"
)

// HashSecret is how a staff client's secret is kept.
func HashSecret(secret string) string { return hash("secret", secret) }

// PrivateKey is a key as a client keeps it: a JWK for ES256, named kid.
func PrivateKey(key *ecdsa.PrivateKey, kid string) (json.RawMessage, error) {
	return json.Marshal(jose.JSONWebKey{Key: key, KeyID: kid, Algorithm: string(citizenAlg), Use: "sig"})
}

// PublicKeys are the set that a client is registered with, from its private key.
func PublicKeys(private json.RawMessage) (json.RawMessage, error) {
	var key jose.JSONWebKey
	if err := json.Unmarshal(private, &key); err != nil {
		return nil, err
	}
	public := key.Public()
	if !public.Valid() {
		return nil, errors.New("op: this is no private key")
	}
	return json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{public}})
}
