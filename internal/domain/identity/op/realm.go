package op

import "strings"

// The providers.
const (
	Citizen = "citizen"
	Staff   = "staff"
	Sandbox = "sandbox"
)

// A realm is one provider: its issuer, and where its endpoints begin.
type realm struct {
	name   string
	prefix string // of its paths below the hall's address
	issuer string
}

func realms(base string) []realm {
	base = strings.TrimSuffix(base, "/")
	return []realm{
		{name: Citizen, issuer: base},
		{name: Staff, prefix: "/staff", issuer: base + "/staff"},
		{name: Sandbox, prefix: "/sandbox", issuer: base + "/sandbox"},
	}
}

// Issuer is the address by which programs know a provider.
func (o *OP) Issuer(name string) string { return o.realm(name).issuer }

// realm is the provider of a name; the zero realm where there is none.
func (o *OP) realm(name string) (r realm) {
	for _, r := range o.realms {
		if r.name == name {
			return r
		}
	}
	return r
}

// fapi tells whether a provider holds to FAPI 2.0.
func (r realm) fapi() bool { return r.name != Staff }

// sector keeps subjects of one provider apart from another's.
func (r realm) sector(s string) string { return r.name + " " + s }
