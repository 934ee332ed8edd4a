package identity

import (
	"net/http"

	"balai/internal/spine/fault"
	"balai/internal/spine/web"
)

// demoSignIn lets anybody be anybody of the demo country's personas. The
// route exists in demo mode only.
func (x *Identity) demoSignIn(w http.ResponseWriter, r *http.Request) error {
	as := r.PostFormValue("as")
	for _, p := range x.demo.Personas() {
		if p.ID != as {
			continue
		}
		to, err := x.enter(w, r, p.ID, "demo", r.PostFormValue("next"))
		if err != nil {
			return err
		}
		return web.SeeOther(w, r, to)
	}
	return fault.New(fault.Invalid, "identity.error.no_persona").With(
		fault.Field{Location: "as", Key: "identity.error.no_persona"})
}
