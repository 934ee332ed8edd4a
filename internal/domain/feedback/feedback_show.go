package feedback

import (
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// feedbackShow is the notice of receipt and, once there is one, the answer. It
// does not repeat what was said: whoever finds the reference learns no more.
func (f *Feedback) feedbackShow(w http.ResponseWriter, r *http.Request) error {
	var e Entry
	err := f.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		e, err = entry(tx, r.PathValue("ref"))
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, receiptPage(ui.NewPage(r, web.L(r.Context()).T("feedback.title")), e))
}
