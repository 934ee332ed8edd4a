package portal

import (
	"bytes"
	"net/http"

	"balai/internal/ui"
	"github.com/a-h/templ"
)

// notices lists what others wrote in the program, which its licences ask for.
func (x *Portal) notices(w http.ResponseWriter, r *http.Request) error {
	parts, err := x.Notices.Parts()
	if err != nil {
		return err
	}
	return say(w, r, "notices", func(p ui.Page) templ.Component { return noticesPage(p, parts) })
}

func (x *Portal) noticesText(w http.ResponseWriter, _ *http.Request) error {
	var text bytes.Buffer
	if err := x.Notices.Write(&text); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, err := w.Write(text.Bytes())
	return err
}
