package seal

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/hex"
	"fmt"
	"regexp"
)

// A Verdict on a file.
type Verdict int

// The verdicts, in the order of the command's exit codes.
const (
	Sound   Verdict = 0 // every byte is as it was sealed, by a key that is trusted
	Unsound Verdict = 1 // it claims to be a certificate and was changed
	Unknown Verdict = 2 // not a Balai certificate, or sealed by a key that is not trusted
)

// A Finding is a verdict with what led to it.
type Finding struct {
	Verdict Verdict
	Why     Why
	Key     string // the signing key's thumbprint; "" unless the signature holds
	Payload []byte // what was certified, as sealed; nil unless the signature holds
}

// Why names the reason of a verdict.
type Why string

// The reasons.
const (
	WhySound    Why = "sound"
	WhyChanged  Why = "changed"   // the bytes and the signature do not fit
	WhyAppended Why = "appended"  // something stands outside the signed range
	WhyForeign  Why = "foreign"   // no certificate of Balai's
	WhyOtherKey Why = "other_key" // signed well, by somebody else
	WhyNoKey    Why = "no_key"    // no key to compare with
)

var (
	findRange   = regexp.MustCompile(`/ByteRange \[0 (\d{10}) (\d{10}) (\d{10})\]`)
	findPayload = regexp.MustCompile(`<</Type /` + Marker + ` /JSON <([0-9a-f]*)>>>`)
)

// Verify judges a file's bytes against the keys that are trusted.
func Verify(file []byte, keys Keys) Finding {
	if !bytes.Contains(file, []byte(Marker)) {
		return Finding{Verdict: Unknown, Why: WhyForeign}
	}
	changed := Finding{Verdict: Unsound, Why: WhyChanged}
	ranges := findRange.FindAllSubmatch(file, -1)
	a, b := contentsAt(file)
	if len(ranges) != 1 || a < 0 {
		return changed
	}
	r := ranges[0]
	if string(r[0]) != fmt.Sprintf(rangeForm, a, b, len(file)-b) {
		if string(r[1]) == fmt.Sprintf("%010d", a) && string(r[2]) == fmt.Sprintf("%010d", b) {
			return Finding{Verdict: Unsound, Why: WhyAppended}
		}
		return changed
	}
	cms, ok := contents(file[a+1 : b-1])
	if !ok {
		return changed
	}
	cert, err := checkCMS(cms, digest(file, a, b))
	if err != nil {
		return changed
	}
	key := cert.PublicKey.(*ecdsa.PublicKey)
	found := Finding{Verdict: Sound, Why: WhySound, Key: KeyID(key)}
	if m := findPayload.FindSubmatch(file); m != nil {
		found.Payload, _ = hex.DecodeString(string(m[1]))
	}
	switch {
	case len(keys) == 0:
		found.Verdict, found.Why = Unknown, WhyNoKey
	case !keys.has(key):
		found.Verdict, found.Why = Unknown, WhyOtherKey
	}
	return found
}

// contents reads the hex digits in the one form that Sign writes: lower case,
// the message, then zeros to the end.
func contents(digits []byte) ([]byte, bool) {
	if bytes.ContainsAny(digits, "ABCDEF") {
		return nil, false
	}
	raw := make([]byte, len(digits)/2)
	if _, err := hex.Decode(raw, digits); err != nil {
		return nil, false
	}
	// A DER message says its own length: 30 82 hi lo.
	if len(raw) < 4 || raw[0] != 0x30 || raw[1] != 0x82 {
		return nil, false
	}
	end := 4 + int(raw[2])<<8 + int(raw[3])
	if end > len(raw) || len(bytes.Trim(raw[end:], "\x00")) > 0 {
		return nil, false
	}
	return raw[:end], true
}
