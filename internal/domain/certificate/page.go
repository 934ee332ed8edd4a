package certificate

import (
	"net/http"

	"balai/internal/spine/web"
)

// show serves the owner's page or, under .pdf, the file.
func (x *Certificates) show(w http.ResponseWriter, r *http.Request) error {
	code, file := codeOf(r)
	c, err := x.byCode(r.Context(), code)
	if err != nil {
		return err
	}
	if file {
		return x.pdf(w, r, c)
	}
	return web.SeeOther(w, r, c.PDF())
}
