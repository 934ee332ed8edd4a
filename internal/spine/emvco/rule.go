package emvco

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"balai/internal/spine/money"
)

// Values of 00 and 01.
const (
	format  = "01"
	static  = "11"
	dynamic = "12"
)

// isTemplate tells whether an id at the root holds objects.
func isTemplate(id string) bool {
	return id >= "26" && id <= "51" || id == "62" || id == "64" || id >= "80" && id <= "99"
}

// A rule is what the standard says of a value: how many characters, and which.
type rule struct {
	least, most int
	form        form
}

type form string

const (
	numeric  form = "digits"
	special  form = "printable ASCII" // the standard's ANS
	anything form = "characters"      // the standard's S
)

var rules = map[string]rule{
	"00": {2, 2, numeric}, "01": {2, 2, numeric}, "52": {4, 4, numeric}, "53": {3, 3, numeric}, "54": {1, 13, special},
	"55": {2, 2, numeric}, "56": {1, 13, special}, "57": {1, 5, special}, "58": {2, 2, special},
	"59": {1, 25, special}, "60": {1, 15, special}, "61": {1, 10, special}, "63": {4, 4, special},
	"62.01": {1, 25, special}, "62.02": {1, 25, special}, "62.03": {1, 25, special}, "62.04": {1, 25, special}, "62.05": {1, 25, special},
	"62.06": {1, 25, special}, "62.07": {1, 25, special}, "62.08": {1, 25, special}, "62.09": {1, 3, special},
	"64.00": {2, 2, special}, "64.01": {1, 25, anything}, "64.02": {1, 15, anything},
}

func ruleOf(path string) rule {
	r, ok := rules[path]
	id, inner, _ := strings.Cut(path, ".")
	switch {
	case ok:
		return r
	case inner == "00" && id != "62":
		return rule{1, 32, special} // a globally unique identifier
	case id < "52":
		return rule{1, 99, special}
	}
	return rule{1, 99, anything}
}

// required are the objects that a payload has, and those that a template has, by
// the template's id.
func required(path string) []string {
	switch {
	case path == "":
		return []string{"52", "53", "58", "59", "60"}
	case path == "62":
		return nil
	case path == "64":
		return []string{"00", "01"}
	}
	return []string{"00"}
}

// check finds a value that the standard does not allow, or an object that is
// missing where this row of objects ends.
func (all objects) check(path string, end int) error {
	for _, o := range all {
		if err := o.check(); err != nil {
			return err
		}
		if o.inside != nil {
			if err := o.inside.check(o.id, o.at+4+len(o.value)); err != nil {
				return err
			}
		}
	}
	for _, id := range required(path) {
		if all.find(id) == nil {
			return &Error{end, strings.TrimPrefix(path+"."+id, "."), ErrMissing}
		}
	}
	if path == "" && all.merchant() == (Merchant{}) {
		return &Error{end, "", fmt.Errorf("%w: no account of a merchant (02 to 51)", ErrMissing)}
	}
	return nil
}

// check holds one value against its rule.
func (o object) check() error {
	r := ruleOf(o.path)
	for i, c := range o.value {
		if r.form == numeric && (c < '0' || c > '9') || r.form == special && c > '~' { // below a space Parse takes nothing
			return &Error{o.at + 4 + i, o.path, fmt.Errorf("%w: %s are", ErrText, r.form)}
		}
	}
	if n := utf8.RuneCountInString(o.value); n < r.least || n > r.most {
		return &Error{o.at + 2, o.path, fmt.Errorf("%w: %d, and the standard's is %d to %d", ErrLength, n, r.least, r.most)}
	}
	wrong := false
	switch o.path {
	case "00":
		wrong = o.value != format
	case "01":
		wrong = o.value != static && o.value != dynamic
	case "55":
		wrong = o.value < "01" || o.value > "03"
	case "58":
		wrong = strings.Trim(o.value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != ""
	}
	if wrong {
		return &Error{o.at + 4, o.path, fmt.Errorf("%w: %q", ErrValue, o.value)}
	}
	return nil
}

// tip checks what is asked on top of the amount: by 55, nothing that the payer
// does not choose (01), a fixed sum (02, in 56), or a percentage (03, in 57).
func (all objects) tip(currency string) error {
	for _, pair := range [][2]string{{"56", "02"}, {"57", "03"}} {
		id, kind := pair[0], pair[1]
		o := all.find(id)
		switch asked := all.value("55") == kind; {
		case o == nil && asked:
			return &Error{all.find("55").at, id, ErrMissing}
		case o != nil && !asked:
			return &Error{o.at, id, fmt.Errorf("%w: 55 does not announce it", ErrValue)}
		}
	}
	if o := all.find("56"); o != nil {
		if _, err := o.amount(currency); err != nil {
			return err
		}
	}
	if o := all.find("57"); o != nil {
		// A percentage has the two decimals that ringgit have, and less than a hundred of them.
		if p, err := money.Parse(o.value, money.MYR); err != nil || p == 0 || p >= 100_00 {
			return &Error{o.at + 4, o.path, fmt.Errorf("%w: %q per cent", ErrValue, o.value)}
		}
	}
	return nil
}
