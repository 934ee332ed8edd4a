package seal

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCertV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidECDSASHA256   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
)

// context0 is the constructed tag [0].
var context0 = cbasn1.Tag(0).ContextSpecific().Constructed()

// signedAttributes is the content of the SET that is signed: the content
// type, the digest of the file and the digest of the signer's certificate, in
// DER order. There is no signing time: it stands in the PDF, under the digest.
func signedAttributes(cert *x509.Certificate, digest []byte) ([]byte, error) {
	sum := sha256.Sum256(cert.Raw)
	var b cryptobyte.Builder
	attribute := func(oid asn1.ObjectIdentifier, value cryptobyte.BuilderContinuation) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oid)
			b.AddASN1(cbasn1.SET, value)
		})
	}
	attribute(oidContentType, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidData) })
	attribute(oidMessageDigest, func(b *cryptobyte.Builder) { b.AddASN1OctetString(digest) })
	attribute(oidSigningCertV2, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // SigningCertificateV2
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // certs
				b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { // ESSCertIDv2, SHA-256 by default
					b.AddASN1OctetString(sum[:])
				})
			})
		})
	})
	return b.Bytes()
}

// signedDigest is what the key signs: the attributes as a SET.
func signedDigest(attributes []byte) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { b.AddBytes(attributes) })
	der, err := b.Bytes()
	sum := sha256.Sum256(der)
	return sum[:], err
}

// encode is the whole CMS message. It is a function of the certificate, the
// attributes and the signature alone, so that a verifier can write it again
// and compare: nothing in it is free to change.
func encode(cert *x509.Certificate, attributes, signature []byte) ([]byte, error) {
	algorithm := func(oid asn1.ObjectIdentifier) cryptobyte.BuilderContinuation {
		return func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oid) }
	}
	signer := func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(cert.RawIssuer)
			b.AddASN1BigInt(cert.SerialNumber)
		})
		b.AddASN1(cbasn1.SEQUENCE, algorithm(oidSHA256))
		b.AddASN1(context0, func(b *cryptobyte.Builder) { b.AddBytes(attributes) })
		b.AddASN1(cbasn1.SEQUENCE, algorithm(oidECDSASHA256))
		b.AddASN1OctetString(signature)
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidSignedData)
		b.AddASN1(context0, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1Int64(1)
				b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
					b.AddASN1(cbasn1.SEQUENCE, algorithm(oidSHA256))
				})
				b.AddASN1(cbasn1.SEQUENCE, algorithm(oidData))
				b.AddASN1(context0, func(b *cryptobyte.Builder) { b.AddBytes(cert.Raw) })
				b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) { b.AddASN1(cbasn1.SEQUENCE, signer) })
			})
		})
	})
	return b.Bytes()
}

var errCMS = errors.New("the signature is not one that Balai writes")

// decode takes the certificate and the signature out of a CMS message. What
// it reads past is checked by writing the message again (see check).
func decode(der []byte) (cert *x509.Certificate, signature []byte, err error) {
	input := cryptobyte.String(der)
	var info, explicit, data, certs, signers, signer, sig cryptobyte.String
	var hasCerts bool
	ok := input.ReadASN1(&info, cbasn1.SEQUENCE) && input.Empty() &&
		info.SkipASN1(cbasn1.OBJECT_IDENTIFIER) &&
		info.ReadASN1(&explicit, context0) &&
		explicit.ReadASN1(&data, cbasn1.SEQUENCE) &&
		data.SkipASN1(cbasn1.INTEGER) &&
		data.SkipASN1(cbasn1.SET) &&
		data.SkipASN1(cbasn1.SEQUENCE) &&
		data.ReadOptionalASN1(&certs, &hasCerts, context0) && hasCerts &&
		data.ReadASN1(&signers, cbasn1.SET) &&
		signers.ReadASN1(&signer, cbasn1.SEQUENCE) &&
		signer.SkipASN1(cbasn1.INTEGER) &&
		signer.SkipASN1(cbasn1.SEQUENCE) &&
		signer.SkipASN1(cbasn1.SEQUENCE) &&
		signer.SkipASN1(context0) &&
		signer.SkipASN1(cbasn1.SEQUENCE) &&
		signer.ReadASN1(&sig, cbasn1.OCTET_STRING)
	if !ok {
		return nil, nil, errCMS
	}
	cert, err = x509.ParseCertificate(certs)
	if err != nil {
		return nil, nil, errCMS
	}
	return cert, sig, nil
}

// signCMS signs a file's digest.
func signCMS(key *ecdsa.PrivateKey, cert *x509.Certificate, digest []byte) ([]byte, error) {
	attributes, err := signedAttributes(cert, digest)
	if err != nil {
		return nil, err
	}
	sum, err := signedDigest(attributes)
	if err != nil {
		return nil, err
	}
	signature, err := ecdsa.SignASN1(rand.Reader, key, sum)
	if err != nil {
		return nil, err
	}
	if signature, err = lowS(signature); err != nil {
		return nil, err
	}
	return encode(cert, attributes, signature)
}

// checkCMS returns the certificate whose key signed the digest, or an error
// when the message is not exactly what signCMS would have written.
func checkCMS(der, digest []byte) (*x509.Certificate, error) {
	cert, signature, err := decode(der)
	if err != nil {
		return nil, err
	}
	key, ok := cert.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errCMS
	}
	// The certificate travels inside the signature; its digest is among the
	// attributes, so that no byte of it can change either.
	attributes, err := signedAttributes(cert, digest)
	if err != nil {
		return nil, err
	}
	sum, err := signedDigest(attributes)
	if err != nil {
		return nil, err
	}
	if !ecdsa.VerifyASN1(key, sum, signature) {
		return nil, errors.New("the signature does not fit the file")
	}
	if low, err := lowS(signature); err != nil || !bytes.Equal(low, signature) {
		return nil, errCMS
	}
	again, err := encode(cert, attributes, signature)
	if err != nil || !bytes.Equal(again, der) {
		return nil, errCMS
	}
	return cert, nil
}

// lowS picks the smaller of the two values of s that verify, so that a
// signature has one form only.
func lowS(signature []byte) ([]byte, error) {
	var rs struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(signature, &rs); err != nil || len(rest) > 0 {
		return nil, errCMS
	}
	n := elliptic.P256().Params().N
	if rs.S.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
		rs.S = new(big.Int).Sub(n, rs.S)
	}
	return asn1.Marshal(rs)
}
