// Package seal puts a digital signature over every byte of a certificate's
// PDF file and tells later whether a file is still the one that was sealed.
//
// The signature is a PDF signature that any reader shows (ISO 32000-2, 12.8;
// SubFilter ETSI.CAdES.detached, a CMS SignedData of RFC 5652 with the
// signing-certificate-v2 attribute of RFC 5035, ECDSA P-256 with SHA-256). It
// is stricter than a reader: the ranges it covers must be the whole file, and
// what it cannot cover, the signature itself, must be the one encoding that
// this package writes. So no byte of the file can change unseen.
//
// The package does no I/O but for the key file.
package seal
