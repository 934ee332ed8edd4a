package seal

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// A Signer holds the key that signs today and every certificate under which
// files were signed before.
type Signer struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	past []*x509.Certificate
}

// validYears is how long a signer's certificate is valid: longer than any
// child needs its first birth certificate.
const validYears = 30

// NewSigner makes a key and its self-signed certificate in the name of owner.
func NewSigner(owner string, now time.Time) (*Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial.Add(serial, big.NewInt(1)),
		Subject:               pkix.Name{Country: []string{"MY"}, Organization: []string{owner}, CommonName: owner + ", certificates"},
		NotBefore:             now.Add(-24 * time.Hour),
		NotAfter:              now.AddDate(validYears, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &Signer{key: key, cert: cert}, nil
}

// LoadSigner reads the key file, or makes it (mode 0600) where there is none.
// The file is PEM: the private key, its certificate, then the certificates of
// earlier keys, which stay published. To change the key, put a new pair above.
func LoadSigner(path, owner string, now time.Time) (*Signer, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		s, err := NewSigner(owner, now)
		if err != nil {
			return nil, fmt.Errorf("seal: make a key: %w", err)
		}
		return s, s.save(path)
	}
	if err != nil {
		return nil, fmt.Errorf("seal: read the key: %w", err)
	}
	s, err := parseSigner(text)
	if err != nil {
		return nil, fmt.Errorf("seal: key file %s: %w", path, err)
	}
	return s, nil
}

func parseSigner(text []byte) (*Signer, error) {
	var s Signer
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "PRIVATE KEY":
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, err
			}
			private, ok := key.(*ecdsa.PrivateKey)
			if !ok || private.Curve != elliptic.P256() {
				return nil, errors.New("not an ECDSA P-256 key")
			}
			if s.key == nil {
				s.key = private
			}
		case "CERTIFICATE":
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, err
			}
			if s.cert == nil {
				s.cert = cert
			} else {
				s.past = append(s.past, cert)
			}
		}
	}
	if s.key == nil || s.cert == nil {
		return nil, errors.New("needs a private key and its certificate")
	}
	if !s.key.PublicKey.Equal(s.cert.PublicKey) {
		return nil, errors.New("the first certificate is not the first key's")
	}
	return &s, nil
}

// save writes the key whole or not at all: a half-written key would lose the
// power to sign under a name already published.
func (s *Signer) save(path string) error {
	der, err := x509.MarshalPKCS8PrivateKey(s.key)
	if err != nil {
		return err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	text = append(text, s.PEM()...)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("seal: write the key: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*")
	if err != nil {
		return fmt.Errorf("seal: write the key: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("seal: write the key: %w", err)
	}
	return nil
}

// PEM is the certificates, today's first, in the form that --key takes.
func (s *Signer) PEM() string {
	text := ""
	for _, cert := range s.certs() {
		text += string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	}
	return text
}

func (s *Signer) certs() []*x509.Certificate {
	return append([]*x509.Certificate{s.cert}, s.past...)
}

// Keys is what a verifier needs to know of the signer.
func (s *Signer) Keys() Keys {
	var keys Keys
	for _, cert := range s.certs() {
		keys = append(keys, cert.PublicKey.(*ecdsa.PublicKey))
	}
	return keys
}

// A JWK is a public key in the form of RFC 7517, its certificate beside it.
type JWK struct {
	Type  string   `json:"kty"`
	Curve string   `json:"crv"`
	X     string   `json:"x"`
	Y     string   `json:"y"`
	ID    string   `json:"kid"`
	Use   string   `json:"use"`
	Alg   string   `json:"alg"`
	Chain []string `json:"x5c,omitempty"`
}

// JWKS is the published key set, today's key first.
type JWKS struct {
	Keys []JWK `json:"keys"`
}

// JWKS is the published form of the keys.
func (s *Signer) JWKS() JWKS {
	set := JWKS{Keys: []JWK{}}
	for _, cert := range s.certs() {
		x, y := coordinates(cert.PublicKey.(*ecdsa.PublicKey))
		set.Keys = append(set.Keys, JWK{
			Type: "EC", Curve: "P-256", X: x, Y: y, Use: "sig", Alg: "ES256",
			ID:    KeyID(cert.PublicKey.(*ecdsa.PublicKey)),
			Chain: []string{base64.StdEncoding.EncodeToString(cert.Raw)},
		})
	}
	return set
}

func coordinates(key *ecdsa.PublicKey) (x, y string) {
	point, err := key.Bytes() // 0x04, X, Y
	if err != nil {
		return "", ""
	}
	return base64.RawURLEncoding.EncodeToString(point[1:33]), base64.RawURLEncoding.EncodeToString(point[33:])
}

// KeyID is the key's thumbprint of RFC 7638.
func KeyID(key *ecdsa.PublicKey) string {
	x, y := coordinates(key)
	sum := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + x + `","y":"` + y + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Keys are the public keys that a verifier trusts.
type Keys []*ecdsa.PublicKey

func (k Keys) has(key *ecdsa.PublicKey) bool {
	for _, known := range k {
		if known.Equal(key) {
			return true
		}
	}
	return false
}

// ParseKeys reads public keys from PEM (certificates or public keys), a JWK, a
// JWK set, or a demo.json, whose certificate_key is any of these.
func ParseKeys(text []byte) (Keys, error) {
	keys, err := parseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("seal: read the keys: %w", err)
	}
	if len(keys) == 0 {
		return nil, errors.New("seal: no key in the file")
	}
	return keys, nil
}

func parseKeys(text []byte) (Keys, error) {
	var document struct {
		JWK
		Keys        []JWK           `json:"keys"`
		Certificate json.RawMessage `json:"certificate_key"`
	}
	if json.Unmarshal(text, &document) != nil {
		return pemKeys(text)
	}
	if len(document.Certificate) > 0 {
		var inner string
		if json.Unmarshal(document.Certificate, &inner) == nil {
			return parseKeys([]byte(inner))
		}
		return parseKeys(document.Certificate)
	}
	if document.Type != "" {
		document.Keys = append(document.Keys, document.JWK)
	}
	var keys Keys
	for _, jwk := range document.Keys {
		if jwk.Type != "EC" || jwk.Curve != "P-256" {
			continue
		}
		x, errX := base64.RawURLEncoding.DecodeString(jwk.X)
		y, errY := base64.RawURLEncoding.DecodeString(jwk.Y)
		if errX != nil || errY != nil {
			return nil, errors.New("a coordinate is not base64url")
		}
		point := append(append([]byte{4}, x...), y...)
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func pemKeys(text []byte) (Keys, error) {
	var keys Keys
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		var public any
		switch block.Type {
		case "CERTIFICATE":
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, err
			}
			public = cert.PublicKey
		case "PUBLIC KEY":
			key, err := x509.ParsePKIXPublicKey(block.Bytes)
			if err != nil {
				return nil, err
			}
			public = key
		}
		if key, ok := public.(*ecdsa.PublicKey); ok && key.Curve == elliptic.P256() {
			keys = append(keys, key)
		}
	}
	return keys, nil
}
