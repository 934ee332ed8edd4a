package op

import (
	"context"
	"slices"
	"strings"

	"balai/internal/spine/db"
	"github.com/luikyv/go-oidc/pkg/goidc"
)

// machineScope is what a program may ask for itself, without a person.
const machineScope = "machine"

// PersonScopes are what a program can learn of a person. Each is asked for with
// a basis of its own; only mykad tells the number of the identity card.
var PersonScopes = []string{"profile", "birth", "address", "email", "phone", "mykad"}

// claimsOf are the names of the claims of each scope, as discovery lists them.
var claimsOf = map[string][]string{
	"profile": {"name", "gender"},
	"birth":   {"birthdate"},
	"address": {"address"},
	"email":   {"email", "email_verified"},
	"phone":   {"phone_number"},
	"mykad":   {"mykad_number"},
}

// locating are the scopes that tell where somebody is or how they are reached:
// what no program learns of a person while an order protects them.
var locating = []string{"address", "email", "phone"}

// shown are the scopes of which something is told now.
func shown(scopes []string, hidden bool) []string {
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return hidden && slices.Contains(locating, s) })
}

// told are the scopes of a token under which something of a person is told.
func told(scopes string) []string {
	return slices.DeleteFunc(strings.Fields(scopes), func(s string) bool { return !slices.Contains(PersonScopes, s) })
}

// may are those that the client is registered for now: a basis that is gone
// tells nothing more, whatever was said yes to before.
func (c Client) may(scopes string) []string {
	return slices.DeleteFunc(told(scopes), func(s string) bool { _, ok := c.wants(s); return !ok })
}

// idClaims are an ID token's beyond the standard ones: how somebody signed in,
// and who acts.
func (o *OP) idClaims(_ context.Context, grant *goidc.Grant) map[string]any {
	g := givenOf(grant.Store)
	if g.Person == "" {
		return nil
	}
	out := map[string]any{"acr": acr(g.IAL, g.AAL), "auth_time": g.AuthTime, "sid": g.SID}
	if len(g.AMR) > 0 {
		out["amr"] = g.AMR
	}
	if g.Act != "" {
		out["act"] = map[string]any{"sub": g.Act}
	}
	return out
}

// tokenClaims are what introspection adds.
func (o *OP) tokenClaims(_ context.Context, _ *goidc.Token, grant *goidc.Grant) map[string]any {
	g := givenOf(grant.Store)
	if g.Person == "" {
		return nil
	}
	out := map[string]any{"acr": acr(g.IAL, g.AAL), "auth_time": g.AuthTime}
	if g.Act != "" {
		out["act"] = map[string]any{"sub": g.Act}
	}
	return out
}

// userClaims are the answer of userinfo, as the registers hold it now.
func (o *OP) userClaims(r realm) goidc.UserInfoClaimsFunc {
	return func(ctx context.Context, grant *goidc.Grant) map[string]any {
		g := givenOf(grant.Store)
		out := map[string]any{}
		if g.Act != "" {
			out["act"] = map[string]any{"sub": g.Act}
		}
		switch {
		case r.name == Staff && g.Staff != nil:
			out["name"], out["post"], out["role"], out["agency"] = g.Staff.Name, g.Staff.Post, g.Staff.Role, g.Staff.Agency
			out["groups"] = []string{g.Staff.Role}
			return out
		case r.name == Sandbox:
			for k, v := range testClaims(g.Person, told(grant.Scopes)) {
				out[k] = v
			}
			return out
		}
		err := o.db.Read(ctx, func(tx *db.Tx) error {
			c, err := ClientByID(tx, grant.ClientID)
			if err != nil {
				return err
			}
			hidden, err := o.people.Hidden(tx, g.Person)
			if err != nil {
				return err
			}
			found, err := o.people.Claims(tx, g.Person, shown(c.may(grant.Scopes), hidden))
			for k, v := range found {
				out[k] = v
			}
			return err
		})
		if err != nil {
			o.log.Error("claims could not be read", "error", err)
			if w := workOf(ctx); w != nil {
				w.failed = true
			}
		}
		return out
	}
}
