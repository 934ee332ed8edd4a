package emvco

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"balai/internal/spine/money"
)

// MaxLength is of a payload. The standard says 512 characters, and fewer where
// they take several bytes each: bytes therefore.
const MaxLength = 512

// What can be wrong with a payload. The error that Parse gives is an *Error and
// is one of these.
var (
	ErrLong     = fmt.Errorf("the payload is longer than %d", MaxLength)
	ErrText     = errors.New("these are no characters that may stand here")
	ErrDigits   = errors.New("an id or a length is no two digits")
	ErrLength   = errors.New("the length is wrong")
	ErrOrder    = errors.New("00 is not the first, or 63 not the last")
	ErrDouble   = errors.New("the id comes twice")
	ErrMissing  = errors.New("the object is missing")
	ErrCRC      = errors.New("the checksum is wrong")
	ErrCurrency = errors.New("this is no currency")
	ErrAmount   = errors.New("this is no amount of the currency")
	ErrValue    = errors.New("the value is none that may stand here")
)

// An Error tells what is wrong with a payload, and where.
type Error struct {
	At    int    // the byte from which on it is wrong, counted from 0
	Field string // the object: "54", in a template "62.05"; "" where there is none
	Err   error
}

func (e *Error) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("emvco: byte %d: %v", e.At, e.Err)
	}
	return fmt.Sprintf("emvco: byte %d, field %s: %v", e.At, e.Field, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// An object is a Field and where it was found.
type object struct {
	id, value string
	path      string // "62.05"
	at        int    // the byte of its id
	inside    objects
}

type objects []object

// Parse reads a payload. What it takes is what the standard allows, no more.
func Parse(payload string) (Code, error) {
	if len(payload) > MaxLength {
		return Code{}, &Error{At: MaxLength, Err: ErrLong}
	}
	for i, r := range payload {
		if r == utf8.RuneError && !strings.HasPrefix(payload[i:], string(utf8.RuneError)) || unicode.IsControl(r) {
			return Code{}, &Error{At: i, Err: ErrText}
		}
	}
	all, err := split(payload, 0, "")
	if err != nil {
		return Code{}, err
	}
	if err := ends(all, payload); err != nil {
		return Code{}, err
	}
	for i, o := range all {
		if isTemplate(o.id) {
			if all[i].inside, err = split(o.value, o.at+4, o.id+"."); err != nil {
				return Code{}, err
			}
		}
	}
	if err := all.check("", all[len(all)-1].at); err != nil {
		return Code{}, err
	}
	return all.code()
}

// split cuts a row of objects, which begins at a byte of the payload.
func split(text string, at int, path string) (objects, error) {
	var all objects
	for text != "" {
		o := object{at: at}
		for i := range min(4, len(text)) {
			if text[i] < '0' || text[i] > '9' {
				return nil, &Error{at + i, strings.TrimSuffix(path, "."), ErrDigits}
			}
		}
		if len(text) < 4 {
			return nil, &Error{at, strings.TrimSuffix(path, "."), fmt.Errorf("%w: it ends within an id or a length", ErrLength)}
		}
		o.id, o.path = text[:2], path+text[:2]
		n := int(text[2]-'0')*10 + int(text[3]-'0')
		rest := text[4:]
		for o.value = rest; n > 0; n-- {
			_, size := utf8.DecodeRuneInString(rest)
			if size == 0 {
				return nil, &Error{at + 2, o.path, fmt.Errorf("%w: it goes %d beyond the end", ErrLength, n)}
			}
			rest = rest[size:]
		}
		o.value = o.value[:len(o.value)-len(rest)]
		if all.find(o.id) != nil {
			return nil, &Error{at, o.path, ErrDouble}
		}
		all = append(all, o)
		at, text = at+4+len(o.value), rest
	}
	return all, nil
}

// ends checks the first and the last object.
func ends(all objects, payload string) error {
	if len(all) == 0 || all[0].id != "00" {
		return &Error{0, "00", ErrOrder}
	}
	sum := all.find("63")
	last := all[len(all)-1]
	switch {
	case sum == nil:
		return &Error{len(payload), "63", fmt.Errorf("%w: there is none", ErrCRC)}
	case last.id != "63":
		return &Error{sum.at, "63", ErrOrder}
	}
	want := CRC([]byte(strings.TrimSuffix(payload, last.value)))
	switch last.value {
	case want:
		return nil
	case strings.ToLower(want):
		return &Error{last.at + 4, "63", fmt.Errorf("%w: its letters are small", ErrCRC)}
	}
	return &Error{last.at + 4, "63", fmt.Errorf("%w: it says %q and is %s", ErrCRC, last.value, want)}
}

func (all objects) find(id string) *object {
	if i := slices.IndexFunc(all, func(o object) bool { return o.id == id }); i >= 0 {
		return &all[i]
	}
	return nil
}

func (all objects) value(id string) string {
	if o := all.find(id); o != nil {
		return o.value
	}
	return ""
}

// code names what objects say, after check found nothing.
func (all objects) code() (Code, error) {
	c := Code{
		Dynamic: all.value("01") == dynamic, Merchant: all.merchant(),
		Category: all.value("52"), Country: all.value("58"), Name: all.value("59"), City: all.value("60"), Postcode: all.value("61"),
		Fields: all.fields(),
	}
	if o := all.find("62"); o != nil {
		c.Bill, c.Reference, c.Terminal = o.inside.value("01"), o.inside.value("05"), o.inside.value("07")
	}
	var err error
	if c.Currency, err = all.currency(); err != nil {
		return Code{}, err
	}
	if o := all.find("54"); o != nil {
		if c.Amount, err = o.amount(c.Currency); err != nil {
			return Code{}, err
		}
	}
	return c, all.tip(c.Currency)
}

// merchant is the account with the lowest id from 26 on, else that of a card
// scheme with the lowest, else none.
func (all objects) merchant() Merchant {
	var low *object
	for i, o := range all {
		if o.id < "02" || o.id > "51" {
			continue
		}
		if low == nil || isTemplate(o.id) && !isTemplate(low.id) || isTemplate(o.id) == isTemplate(low.id) && o.id < low.id {
			low = &all[i]
		}
	}
	if low == nil {
		return Merchant{}
	}
	if !isTemplate(low.id) {
		return Merchant{Template: low.id, ID: low.value}
	}
	return Merchant{low.id, low.inside.value("00"), low.inside.value("01"), low.inside.value("02")}
}

func (all objects) currency() (string, error) {
	o := all.find("53")
	c, ok := letters[o.value]
	if !ok {
		return "", &Error{o.at + 4, o.path, fmt.Errorf("%w: %q", ErrCurrency, o.value)}
	}
	return c, nil
}

// amount reads 54 or 56: above zero, and perhaps with a point that nothing
// follows, which the standard allows.
func (o object) amount(currency string) (money.Amount, error) {
	text := o.value
	if whole, point, _ := strings.Cut(text, "."); point == "" {
		text = whole
	}
	a, err := money.Parse(text, currency)
	if err != nil || a == 0 {
		return 0, &Error{o.at + 4, o.path, fmt.Errorf("%w: %q of %s", ErrAmount, o.value, currency)}
	}
	return a, nil
}

func (all objects) fields() []Field {
	var out []Field
	for _, o := range all {
		out = append(out, Field{o.id, o.value, o.inside.fields()})
	}
	return out
}
