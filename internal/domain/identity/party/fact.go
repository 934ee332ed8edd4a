package party

import (
	"strconv"
	"strings"

	"balai/internal/domain/identity/op"
	"balai/internal/spine/locale"
)

// A fact is one thing that a program is registered with, as whoever approves it
// reads it.
type fact struct {
	Key, Value string // Key is of its name
	Was        string // what is live, where that is something else
	Changed    bool
}

// facts are all that a program asks for, in one order, what is empty included.
func (p *Party) facts(l locale.Printer, c op.Client) []fact {
	yes := func(b bool) string {
		if b {
			return l.T("party.fact.yes")
		}
		return l.T("party.fact.no")
	}
	level := func(n int) string {
		if n == 0 {
			return l.T("party.level.none")
		}
		return strconv.Itoa(n)
	}
	out := []fact{
		{Key: "party.form.name.ms", Value: c.Name.MS}, {Key: "party.form.name.en", Value: c.Name.EN},
		{Key: "party.form.purpose.ms", Value: c.Purpose.MS}, {Key: "party.form.purpose.en", Value: c.Purpose.EN},
		{Key: "party.fact.redirect", Value: strings.Join(c.RedirectURIs, " ")},
		{Key: "party.form.out", Value: strings.Join(c.SignedOut, " ")},
		{Key: "party.form.logout", Value: c.Logout},
		{Key: "party.fact.scopes", Value: p.scopes(l, c)},
	}
	if c.Profile == op.Citizen {
		out = append(out, fact{Key: "party.form.ial", Value: level(c.IAL)}, fact{Key: "party.form.aal", Value: level(c.AAL)},
			fact{Key: "party.form.machine", Value: yes(c.Machine)}, fact{Key: "party.form.calls", Value: yes(c.Calls)},
			fact{Key: "party.form.encrypt", Value: c.Encrypt}, fact{Key: "party.form.jwks", Value: strings.Join(op.KeyNames(c.JWKS), "; ")})
	}
	for i := range out {
		if out[i].Value == "" {
			out[i].Value = l.T("party.level.none")
		}
	}
	return out
}

// scopes names what a program would learn, each with its basis.
func (p *Party) scopes(l locale.Printer, c op.Client) string {
	var out []string
	for _, x := range c.Scopes {
		text := l.T("op.scope." + x.Scope)
		if x.Scope == "groups" {
			text = l.T("party.scope.groups")
		}
		if law, ok := p.Laws.Law(x.Basis); ok {
			text += ": " + l.Pick(law)
		} else if x.Basis == "consent" {
			text += ": " + l.T("party.basis.consent")
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

// compared marks what differs from what is live; both lists are facts of one
// program.
func compared(now, live []fact) []fact {
	for i := range now {
		if now[i].Value != live[i].Value {
			now[i].Changed, now[i].Was = true, live[i].Value
		}
	}
	return now
}
