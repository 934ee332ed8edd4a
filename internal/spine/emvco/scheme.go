package emvco

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"balai/internal/spine/money"
)

// Globally unique identifiers of the two countries' schemes, modelled on the
// public documents: PayNet's DuitNow QR and Singapore's SGQR with PayNow.
const (
	DuitNowScheme = "A0000006150001"
	PayNowScheme  = "SG.PAYNOW"
)

// Government is the trade of government services in ISO 18245.
const Government = "9399"

// DuitNow is a code for one payment in ringgit to a public agency. The acquirer's
// and the merchant's ids are the acquirer's contract's, the reference (25
// characters at most) comes back with the money. The name and the city are
// brought to the letters that the standard has there, and cut (Plain).
func DuitNow(acquirer, merchant, name, city string, amount money.Amount, reference string) Code {
	return Code{
		Dynamic: true, Merchant: Merchant{Template: "26", Scheme: DuitNowScheme, Acquirer: acquirer, ID: merchant},
		Category: Government, Currency: money.MYR, Country: "MY",
		Name: Plain(name, 25), City: Plain(city, 15), Amount: amount, Reference: reference,
	}
}

// PayNow is a code for one payment in Singapore dollars to who holds a unique
// entity number, until a day is over. The payer may change the amount where
// it is editable, or 0. The bill (25 characters at most) comes back with the money.
func PayNow(uen, name string, amount money.Amount, editable bool, expires time.Time, bill string) Code {
	change := "0"
	if editable || amount == 0 {
		change = "1"
	}
	return Code{
		// In SGQR's template, 01 is the kind of what 02 holds: 2 is the entity number.
		Dynamic: true, Merchant: Merchant{Template: "26", Scheme: PayNowScheme, Acquirer: "2", ID: uen},
		Category: "0000", Currency: "SGD", Country: "SG",
		Name: Plain(name, 25), City: "Singapore", Amount: amount, Bill: bill,
		Fields: []Field{{ID: "26", Fields: []Field{{ID: "03", Value: change}, {ID: "04", Value: expires.Format("20060102")}}}},
	}
}

// strokes are letters and signs that Unicode does not take apart.
var strokes = strings.NewReplacer("Đ", "D", "đ", "d", "Ø", "O", "ø", "o", "Ł", "L", "ł", "l", "ß", "ss", "Æ", "AE", "æ", "ae",
	"‘", "'", "’", "'", "“", `"`, "”", `"`, "–", "-", "—", "-")

// Plain brings a text to printable ASCII, which is all that a name in a code
// holds: letters lose their marks, and what has no such letter goes. No more
// than most characters are left.
func Plain(text string, most int) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strokes.Replace(text)) {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case r > ' ' && r <= '~':
			b.WriteRune(r)
		}
	}
	s := strings.Join(strings.Fields(b.String()), " ")
	return strings.TrimSpace(s[:min(most, len(s))])
}
