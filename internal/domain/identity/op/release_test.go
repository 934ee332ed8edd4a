package op_test

import (
	"net/http"
	"net/url"
	"testing"

	"balai/internal/domain/identity/op"
)

// The record of a release says what could be told, on which basis, and which
// agency asked: nothing of what the registers do not have.
func TestReleaseInWords(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.program("one", "aisyah", func(c *op.Client) {
			c.Scopes = append(c.Scopes, op.Wanted{Scope: "email", Basis: "consent"}, op.Wanted{Scope: "mykad", Basis: "law-333"})
		})
		q, code := p.code(func(f url.Values) { f.Set("scope", "openid profile email mykad") })
		if a := p.redeem(q, code); a.status != http.StatusOK {
			t.Fatal(a)
		}
		const want = "Sign-in to Program one (JPJ). Shared by consent: name and gender. Shared on the basis of Akta 333: MyKad number. Allowed, but not on record: e-mail address."
		if got := r.entries("aisyah")[0].Record.Why.EN; got != want {
			t.Error(got)
		}
	})
}
