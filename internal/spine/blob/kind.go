package blob

import (
	"bytes"
	"image"
	_ "image/jpeg" // only the headers are read, to know the size
	_ "image/png"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// maxPixels of a picture: a larger one is a way to fill a memory.
const maxPixels = 40 << 20

// What is wrong with a file that Kind refuses.
const (
	WrongType    = "type"
	WrongPicture = "picture"
)

// Kind is what a file is by its content, whatever its name says. problem is ""
// where it is one of the types that are taken and can be opened safely.
func Kind(data []byte, types []string) (kind, problem string) {
	kind, _, _ = strings.Cut(mimetype.Detect(data).String(), ";")
	if !slices.Contains(types, kind) {
		return kind, WrongType
	}
	// Readers of PDF forgive what stands before the header; a page of HTML can
	// stand there, so nothing may.
	if kind == "application/pdf" && !bytes.HasPrefix(data, []byte("%PDF-")) {
		return kind, WrongType
	}
	if strings.HasPrefix(kind, "image/") {
		cfg, _, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil || cfg.Width*cfg.Height > maxPixels {
			return kind, WrongPicture
		}
	}
	return kind, ""
}
