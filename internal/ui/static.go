package ui

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
)

// dist is filled by `make assets`; a bare clone holds only .keep.
//
//go:embed all:static/dist
var dist embed.FS

// asset is one file of the kit, ready to send.
type asset struct {
	body, packed []byte
	kind         string
}

type assets struct {
	url   map[string]string // "balai.css" -> "/static/balai-0123456789.css"
	files map[string]asset  // by URL
	err   error
}

var kinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".txt": "text/plain; charset=utf-8",
}

// loaded reads the embedded files once; what it holds never changes after.
var loaded = sync.OnceValue(func() assets {
	d, err := fs.Sub(dist, "static/dist")
	if err != nil {
		return assets{err: err}
	}
	return load(d)
})

func load(d fs.FS) assets {
	a := assets{url: map[string]string{}, files: map[string]asset{}}
	raw, err := fs.ReadFile(d, "manifest.json")
	if err != nil {
		a.err = fmt.Errorf("ui: the style sheet is not built; run `make assets`: %w", err)
		return a
	}
	names := map[string]string{}
	if a.err = json.Unmarshal(raw, &names); a.err != nil {
		return a
	}
	for logical, name := range names {
		body, err := fs.ReadFile(d, name)
		if err != nil {
			a.err = fmt.Errorf("ui: asset %s: %w", logical, err)
			return a
		}
		var b bytes.Buffer
		z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
		_, _ = z.Write(body)                                  // into memory: cannot fail
		_ = z.Close()
		a.url[logical] = "/static/" + name
		a.files["/static/"+name] = asset{body: body, packed: b.Bytes(), kind: kinds[path.Ext(name)]}
	}
	return a
}

// Built tells whether the style sheet was built into the binary; the error
// says what to do when it was not.
func Built() error { return loaded().err }

// Asset is the address of a file of the kit, which carries its content's
// hash; "" where it was not built.
func Asset(name string) string { return loaded().url[name] }

// Static serves the kit's files beneath /static/. A file's address changes
// with its content, so a browser may keep it for ever.
func Static() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := loaded().files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", f.kind)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Vary", "Accept-Encoding")
		body := f.body
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = f.packed
		}
		_, _ = w.Write(body) // the client may be gone; nothing follows
	})
}
