package proof

import (
	"regexp"
	"strings"
	"time"
)

// foreign is the number under which the register has who holds no MyKad: of a
// passport, with a letter first.
var foreign = regexp.MustCompile(`^[A-Za-z]{1,3}[0-9]{5,12}[A-Za-z]?$`)

// Possible tells whether a text can be the number under which the register has
// somebody, whoever it is: twelve digits, with hyphens and blanks or without, of
// which the first six are a day of some century; or, of a foreigner, a passport's
// number. It tells nothing of whether the number is anybody's.
func Possible(number string) bool {
	n := bare(number)
	if foreign.MatchString(n) {
		return true
	}
	if len(n) != 12 || strings.Trim(n, "0123456789") != "" {
		return false
	}
	_, err := time.Parse("20060102", "20"+n[:6]) // 2000 was a leap year, 1900 was none
	return err == nil
}
