package main

import (
	"net/http"

	"balai/internal/spine/locale"
	"balai/internal/ui"
)

// templFloor renders the kit's layout in Malay: what a page costs before it asks anything.
func templFloor() http.Handler {
	texts, err := locale.Load(ui.Texts)
	fatal(err)
	site := ui.Site{L: texts.For("ms"), Name: locale.Text{MS: "Balai Khidmat", EN: "Balai Khidmat"}, BaseURL: "http://localhost", Demo: true}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(ui.WithSite(r.Context(), site))
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := ui.Layout(ui.NewPage(r, "Utama")).Render(r.Context(), w); err != nil {
			panic(err) // the floor has nobody to tell
		}
	})
}
