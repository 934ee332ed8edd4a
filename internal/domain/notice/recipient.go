package notice

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"balai/internal/spine/postcode"
)

// mailbox is the part before the @; hostname is one word of the part after.
var (
	mailbox  = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}$`)
	hostname = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)
	topLevel = regexp.MustCompile(`^([A-Za-z]{2,63}|xn--[A-Za-z0-9-]{1,59})$`)
)

// isMail tells whether s is one e-mail address and nothing around it.
func isMail(s string) bool {
	local, host, ok := strings.Cut(s, "@")
	if !ok || len(s) > 254 || !mailbox.MatchString(local) || strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
		return false
	}
	words := strings.Split(host, ".")
	if len(words) < 2 || !topLevel.MatchString(words[len(words)-1]) {
		return false
	}
	return !slices.ContainsFunc(words, func(w string) bool { return !hostname.MatchString(w) })
}

// number is a telephone number as the provider takes it, +60123456789, or what
// is wrong with it.
func number(s string) (tel, wrong string) {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("()-.\u200b\ufeff", r) {
			return -1
		}
		return r
	}, strings.TrimSpace(s))
	abroad := false
	if rest, ok := strings.CutPrefix(digits, "+"); ok {
		digits, abroad = rest, true
	} else if rest, ok := strings.CutPrefix(digits, "00"); ok {
		digits, abroad = rest, true
	}
	if digits == "" {
		return "", "Not enough digits"
	}
	if strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) {
		return "", "Must not contain letters or symbols"
	}
	local, home := strings.CutPrefix(digits, "60")
	switch {
	case home && len(digits) >= 10: // 60 and a mobile number
		local = strings.TrimPrefix(local, "0")
	case abroad && strings.HasPrefix(digits, "0"):
		return "", "Not a valid country prefix"
	case home: // too short to be anybody's
		return "", "Not enough digits"
	case strings.HasPrefix(digits, "0"):
		local = digits[1:]
	case !abroad && strings.HasPrefix(digits, "1") && len(digits) < 11:
		local = digits
	default:
		switch {
		case len(digits) < 8:
			return "", "Not enough digits"
		case len(digits) > 15:
			return "", "Too many digits"
		}
		return "+" + digits, ""
	}
	return mobile(local)
}

// mobile is a Malaysian mobile number without its leading nought: 1, a prefix
// digit and seven digits, or eight after 11 and 15.
func mobile(local string) (tel, wrong string) {
	long := 9
	if strings.HasPrefix(local, "11") || strings.HasPrefix(local, "15") {
		long = 10
	}
	switch {
	case !strings.HasPrefix(local, "1"):
		return "", "Not a Malaysian mobile number"
	case len(local) < long:
		return "", "Not enough digits"
	case len(local) > 10: // 10 to 19 with eight digits are given out one after the other
		return "", "Too many digits"
	}
	return "+60" + local, ""
}

// simulated are the receivers that nothing is sent to, and what becomes of it:
// Notify's own, so that a client's smoke tests work here.
var simulated = map[string]Status{
	"simulate-delivered@notifications.service.gov.uk":   Delivered,
	"simulate-delivered-2@notifications.service.gov.uk": Delivered,
	"simulate-delivered-3@notifications.service.gov.uk": Delivered,
	"07700900000": Delivered, "07700900111": Delivered, "07700900222": Delivered,
	"+447700900000": Delivered, "+447700900111": Delivered, "+447700900222": Delivered,
}

// simulatedByTest are those that a test key has besides.
var simulatedByTest = map[string]Status{
	"temp-fail@simulator.notify": Temporary, "perm-fail@simulator.notify": Permanent,
	"07700900003": Temporary, "07700900002": Permanent, "+447700900003": Temporary, "+447700900002": Permanent,
}

// known tells whether a receiver is simulated for a kind of key.
func known(k Kind, recipient string) bool {
	return simulated[recipient] != "" || k == Test && simulatedByTest[recipient] != ""
}

// pretend is what becomes of a message that is not sent; "" where it is.
func pretend(k Kind, recipient string) Status {
	to := strings.ToLower(strings.TrimSpace(recipient))
	switch {
	case simulated[to] != "":
		return simulated[to]
	case k != Test:
		return ""
	case simulatedByTest[to] != "":
		return simulatedByTest[to]
	}
	return Delivered
}

// Postal is a postal address: its lines as they are printed, and what the
// printing house sorts by, "" where the letter goes abroad.
type Postal struct {
	Lines                []string
	Postcode, City, Area string
}

// addressNames are the lines of an address among the values.
var addressNames = []string{"addressline1", "addressline2", "addressline3", "addressline4", "addressline5", "addressline6", "addressline7", "postcode"}

var fiveDigits = regexp.MustCompile(`\b\d{5}\b`)

// postal reads an address out of the values, or says what is wrong with it.
func postal(v values) (a Postal, wrong []string) {
	for _, name := range addressNames {
		s := asText(v[name])
		if s = strings.Join(strings.Fields(printable(s)), " "); s != "" {
			a.Lines = append(a.Lines, s)
		}
	}
	switch {
	case asText(v["addressline1"]) == "":
		return a, []string{"personalisation address_line_1 is a required property"}
	case len(a.Lines) < 3:
		return a, []string{"Address must be at least 3 lines"}
	case len(a.Lines) > 7:
		return a, []string{"Address must be no more than 7 lines"}
	}
	for i, l := range a.Lines {
		if strings.ContainsRune(`@()=[]"\/,<>`, rune(l[0])) {
			return a, []string{`Address lines must not start with any of the following characters: @ ( ) = [ ] " \ / , < >`}
		}
		if i < 2 && !strings.ContainsFunc(l, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			return a, []string{"The first 2 lines of the address must include alphanumeric characters"}
		}
	}
	for _, l := range a.Lines[max(1, len(a.Lines)-3):] {
		code := fiveDigits.FindString(l)
		place, known := postcode.Find(code)
		if code == "" || !known {
			continue
		}
		a.Postcode, a.Area = code, place.State
		if a.City = strings.Trim(strings.Replace(l, code, "", 1), " ,"); a.City == "" && len(place.Towns) > 0 {
			a.City = place.Towns[0]
		}
		return a, nil
	}
	return a, []string{"Must be a real Malaysian postcode"}
}

// printable leaves out what no printer has.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, s)
}
