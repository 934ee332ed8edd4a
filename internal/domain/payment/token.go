package payment

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"balai/internal/spine/money"
)

// Claim is what a receipt's code says, so that whoever reads it needs no network
// to know what was paid. It is kept short: a code of more modules reads worse.
type Claim struct {
	No, Agency string
	Amount     money.Amount
	Currency   string
	PaidAt     int64 // unix seconds
	Method     Method
	BankRef    string
	Reference  string // the agency's own; its first 40 letters
	What       string // what was paid for; its first 60 letters
	Entry      []byte // its leaf in the public journal, 32 bytes; nil where the record was destroyed
}

// tokenStart names the form of the code, so that another can follow; signedStart
// keeps a signature from being one of anything else.
const (
	tokenStart  = "BR1."
	signedStart = "balai receipt 1\n"
	mostToken   = 2000
)

var (
	// ErrToken is of a text that is no receipt's code.
	ErrToken = errors.New("payment: this is no receipt's code")
	// ErrForged is of a code that this hall's key did not sign.
	ErrForged = errors.New("payment: the hall did not sign this code")
)

// Test tells whether it is of a test, for which no real money was paid.
func (c Claim) Test() bool { return strings.HasPrefix(c.No, testStart) }

// IsToken tells whether a text has the form of a receipt's code, or of an address
// that ends with one, whoever signed it.
func IsToken(text string) bool { return strings.Contains(text, tokenStart) }

var b64 = base64.RawURLEncoding.Strict()

// sign makes the code.
func (c Claim) sign(key ed25519.PrivateKey) (string, error) {
	payload, err := json.Marshal([]any{c.No, c.Agency, int64(c.Amount), c.Currency, c.PaidAt, string(c.Method), c.BankRef, clipped(c.Reference, 40), clipped(c.What, 60), b64.EncodeToString(c.Entry)})
	if err != nil {
		return "", err
	}
	return tokenStart + b64.EncodeToString(payload) + "." + b64.EncodeToString(ed25519.Sign(key, append([]byte(signedStart), payload...))), nil
}

// clipped is the beginning of a text, with a sign that there was more.
func clipped(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// ReadToken reads a receipt's code, or an address that ends with one, and checks
// that one of the keys signed it. It needs nothing but its arguments.
func ReadToken(text string, keys ...ed25519.PublicKey) (c Claim, err error) {
	text = strings.TrimSpace(text)
	if i := strings.LastIndexAny(text, "/="); i >= 0 {
		text = text[i+1:]
	}
	parts := strings.Split(text, ".")
	if len(text) > mostToken || len(parts) != 3 || parts[0]+"." != tokenStart {
		return c, ErrToken
	}
	payload, err1 := b64.DecodeString(parts[1])
	sig, err2 := b64.DecodeString(parts[2])
	if err1 != nil || err2 != nil || strings.ContainsAny(text, "\r\n") {
		return c, ErrToken
	}
	signed := false
	for _, k := range keys {
		signed = signed || len(k) == ed25519.PublicKeySize && ed25519.Verify(k, append([]byte(signedStart), payload...), sig)
	}
	if !signed {
		return c, ErrForged
	}
	return readClaim(payload)
}

func readClaim(payload []byte) (c Claim, err error) {
	var entry, method string
	var amount int64
	all := []any{&c.No, &c.Agency, &amount, &c.Currency, &c.PaidAt, &method, &c.BankRef, &c.Reference, &c.What, &entry}
	var raw []json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(payload))
	if err := dec.Decode(&raw); err != nil || len(raw) != len(all) || !ended(dec) {
		return Claim{}, ErrToken
	}
	for i, to := range all {
		if err := json.Unmarshal(raw[i], to); err != nil {
			return Claim{}, ErrToken
		}
	}
	c.Amount, c.Method = money.Amount(amount), Method(method)
	if c.Entry, err = b64.DecodeString(entry); err != nil || len(c.Entry) != 0 && len(c.Entry) != sha256.Size {
		return Claim{}, ErrToken
	}
	return c, nil
}

// FindToken is the code in a receipt's file; "" where there is none.
func FindToken(file []byte) string {
	for rest := file; ; {
		i := bytes.Index(rest, []byte(tokenStart))
		if i < 0 {
			return ""
		}
		rest = rest[i:]
		n := len(tokenStart)
		for n < len(rest) && n < mostToken && (rest[n] == '.' || rest[n] == '-' || rest[n] == '_' || rest[n] >= '0' && rest[n] <= '9' || rest[n] >= 'A' && rest[n] <= 'Z' || rest[n] >= 'a' && rest[n] <= 'z') {
			n++
		}
		if text := strings.TrimRight(string(rest[:n]), "."); strings.Count(text, ".") == 2 {
			return text
		}
		rest = rest[len(tokenStart):]
	}
}

// ReceiptKeys are what anybody needs who checks receipts: as the hall publishes
// them, and as they are kept for a day without a network.
type ReceiptKeys struct {
	Keys    []json.RawMessage `json:"keys" doc:"RFC 7517: Ed25519 of the codes, and P-256 of the files"`
	Journal string            `json:"journal,omitempty" doc:"The public journal's key"`
}

// ReceiptKey is the key of the codes as a JWK (RFC 8037).
type ReceiptKey struct {
	Type  string `json:"kty"`
	Curve string `json:"crv"`
	X     string `json:"x"`
	ID    string `json:"kid"`
	Use   string `json:"use"`
	Alg   string `json:"alg"`
}

func receiptKey(k ed25519.PublicKey) ReceiptKey {
	x := b64.EncodeToString(k)
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + x + `"}`)) // RFC 7638
	return ReceiptKey{Type: "OKP", Curve: "Ed25519", X: x, ID: b64.EncodeToString(sum[:]), Use: "sig", Alg: "EdDSA"}
}

// ParseReceiptKeys reads them from the hall's file, or from a demo.json, whose
// receipt_keys they are.
func ParseReceiptKeys(text []byte) (keys []ed25519.PublicKey, journal string, err error) {
	var demo struct {
		Keys *ReceiptKeys `json:"receipt_keys"`
	}
	var set ReceiptKeys
	if json.Unmarshal(text, &demo) == nil && demo.Keys != nil {
		set = *demo.Keys
	} else if err := json.Unmarshal(text, &set); err != nil {
		return nil, "", fmt.Errorf("payment: keys of receipts: %w", err)
	}
	for _, raw := range set.Keys {
		var k ReceiptKey
		if json.Unmarshal(raw, &k) != nil || k.Curve != "Ed25519" {
			continue
		}
		x, err := b64.DecodeString(k.X)
		if err != nil || len(x) != ed25519.PublicKeySize {
			return nil, "", errors.New("payment: a key of receipts is not 32 bytes")
		}
		keys = append(keys, x)
	}
	if len(keys) == 0 {
		return nil, "", errors.New("payment: the file has no key of receipts")
	}
	return keys, set.Journal, nil
}
