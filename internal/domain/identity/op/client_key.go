package op

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// HashSecret is how a staff client's secret is kept.
func HashSecret(secret string) string { return hash("secret", secret) }

// PrivateKey is a key as a client keeps it: a JWK for ES256, named kid.
func PrivateKey(key *ecdsa.PrivateKey, kid string) (json.RawMessage, error) {
	return json.Marshal(jose.JSONWebKey{Key: key, KeyID: kid, Algorithm: string(citizenAlg), Use: "sig"})
}

// KeySet is a set of public keys as it is kept: a single key that somebody
// pasted is a set of one.
func KeySet(text string) string {
	var one struct {
		Kty  string          `json:"kty"`
		Keys json.RawMessage `json:"keys"`
	}
	if json.Unmarshal([]byte(text), &one) == nil && one.Kty != "" && one.Keys == nil {
		return `{"keys":[` + text + `]}`
	}
	return text
}

// takenAlgs are the algorithms that the providers take from a client, by the
// kind of key: to sign with (see provider), and to encrypt to.
var takenAlgs = map[string][]string{
	"rsa": {"PS256", "RSA-OAEP-256"},
	"ec":  {"ES256", "ECDH-ES+A256KW"},
	"ed":  {"EdDSA"},
}

// CheckKeys says what is wrong with a set of public keys, "" where nothing is:
// "keys.read", "keys.none", "keys.private", "keys.weak", "keys.kid", ""
// (one that the providers would refuse), "keys.sign" (none to sign with).
func CheckKeys(text json.RawMessage) string {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		return "keys.read"
	}
	if len(set.Keys) == 0 {
		return "keys.none"
	}
	signs := false
	for _, k := range set.Keys {
		if !k.Valid() {
			return "keys.read"
		}
		if !k.IsPublic() {
			return "keys.private"
		}
		kind := ""
		switch key := k.Key.(type) {
		case *rsa.PublicKey:
			if key.N.BitLen() < 2048 {
				return "keys.weak"
			}
			kind = "rsa"
		case *ecdsa.PublicKey:
			if key.Curve != elliptic.P256() {
				return "keys.weak"
			}
			kind = "ec"
		case ed25519.PublicKey:
			kind = "ed"
		default:
			return "keys.weak"
		}
		if k.KeyID == "" {
			return "keys.kid"
		}
		if k.Algorithm != "" && !slices.Contains(takenAlgs[kind], k.Algorithm) {
			return "keys.alg"
		}
		signs = signs || k.Use != "enc" && (k.Algorithm == "" || k.Algorithm == takenAlgs[kind][0])
	}
	if !signs {
		return "keys.sign"
	}
	return ""
}

// HasKey tells whether a set of public keys has one of an algorithm.
func HasKey(text json.RawMessage, alg string) bool {
	var set jose.JSONWebKeySet
	return json.Unmarshal(text, &set) == nil && slices.ContainsFunc(set.Keys, func(k jose.JSONWebKey) bool { return k.Algorithm == alg })
}

// KeyNames are the keys of a set as a person compares them: kid, alg and the
// thumbprint of RFC 7638.
func KeyNames(text json.RawMessage) (out []string) {
	var set jose.JSONWebKeySet
	if json.Unmarshal(text, &set) != nil {
		return nil
	}
	for _, k := range set.Keys {
		thumb, err := k.Thumbprint(crypto.SHA256)
		if err != nil {
			continue
		}
		out = append(out, strings.Join(strings.Fields(k.KeyID+" "+k.Algorithm+" "+b64(thumb)), " "))
	}
	return out
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
