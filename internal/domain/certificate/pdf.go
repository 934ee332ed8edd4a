package certificate

import (
	"net/http"
	"strconv"

	"balai/internal/spine/fault"
)

// pdf serves the file to its owner.
func (x *Certificates) pdf(w http.ResponseWriter, r *http.Request, c Certificate) error {
	if c.State != Issued {
		return fault.New(fault.Conflict, "certificate.error.ended")
	}
	if !c.Ready() {
		return fault.New(fault.Busy, "certificate.error.not_ready")
	}
	file, err := x.blobs.Get(r.Context(), c.SHA256)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Length", strconv.Itoa(len(file)))
	// To be kept: the page is there to be looked at.
	h.Set("Content-Disposition", `attachment; filename="`+c.Code+`.pdf"`)
	_, err = w.Write(file)
	return err
}
