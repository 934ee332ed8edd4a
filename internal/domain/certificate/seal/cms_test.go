package seal

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"
)

// An ECDSA signature has a twin that verifies as well. Only one of the two is
// ours, so that nobody can make another file that is sound.
func TestTwinSignatureIsRefused(t *testing.T) {
	s, err := NewSigner("Balai Khidmat", time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("file"))
	der, err := signCMS(s.key, s.cert, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := checkCMS(der, digest[:]); err != nil {
		t.Fatal(err)
	}
	cert, signature, err := decode(der)
	if err != nil {
		t.Fatal(err)
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(signature, &rs); err != nil {
		t.Fatal(err)
	}
	rs.S.Sub(elliptic.P256().Params().N, rs.S)
	twin, err := asn1.Marshal(rs)
	if err != nil {
		t.Fatal(err)
	}
	attributes, err := signedAttributes(cert, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	sum, err := signedDigest(attributes)
	if err != nil || !ecdsa.VerifyASN1(&s.key.PublicKey, sum, twin) || bytes.Equal(twin, signature) {
		t.Fatal("the twin is none", err)
	}
	other, err := encode(cert, attributes, twin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := checkCMS(other, digest[:]); err == nil {
		t.Error("the twin passes")
	}
}
