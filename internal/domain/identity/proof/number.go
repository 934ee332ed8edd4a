package proof

import (
	"strings"
	"time"
)

// Possible tells whether a text can be a MyKad number, whoever's: twelve digits,
// with hyphens and blanks or without, of which the first six are a day of some
// century. It tells nothing of whether the number is anybody's.
func Possible(number string) bool {
	n := bare(number)
	if len(n) != 12 || strings.Trim(n, "0123456789") != "" {
		return false
	}
	_, err := time.Parse("20060102", "20"+n[:6]) // 2000 was a leap year, 1900 was none
	return err == nil
}
