package actor

import "strings"

// companyPrefix begins the name of a company where a person's id would stand:
// as an applicant, as whom somebody acts for. Its registration number follows.
const companyPrefix = "ssm:"

// Company names a company of a registration number as a principal.
func Company(number string) string { return companyPrefix + number }

// CompanyNumber is the registration number of a principal that is a company; ok
// is false where it is a person.
func CompanyNumber(principal string) (number string, ok bool) {
	return strings.CutPrefix(principal, companyPrefix)
}
