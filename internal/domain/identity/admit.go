package identity

import (
	"net/http"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
)

// MayActivate tells whether an activation code lets a person in. One that was
// sent from afar does not where they have a way to sign in; counter is whether
// two officers gave it.
func (x *Identity) MayActivate(tx *db.Tx, person string, counter bool) (bool, error) {
	keys, err := x.Keys(tx, person)
	return counter || len(keys) == 0, err
}

// Admit signs in who has shown an activation code; the way of signing in is
// made then, at the address that it leads to.
func (x *Identity) Admit(w http.ResponseWriter, r *http.Request, person string) (to string, err error) {
	return x.enterAs(w, r, person, "", actor.Start{Method: "activation", AAL: 1, AMR: []string{"otp"}}, "/me/passkeys")
}
