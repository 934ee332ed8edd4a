package paper

import (
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/liberation/liberationserifbold"
	"github.com/go-fonts/liberation/liberationserifitalic"
	"github.com/go-fonts/liberation/liberationserifregular"
	"golang.org/x/image/font/sfnt"
)

// typeface is Liberation Serif (SIL Open Font License 1.1), as wide as Times.
// It has the Latin letters of every language that is written in them, and is
// embedded as the few letters that a sheet uses.
const typeface = "Serif"

// faces makes the typeface known to a document.
func faces(pdf *fpdf.Fpdf) {
	pdf.AddUTF8FontFromBytes(typeface, "", liberationserifregular.TTF)
	pdf.AddUTF8FontFromBytes(typeface, "B", liberationserifbold.TTF)
	pdf.AddUTF8FontFromBytes(typeface, "I", liberationserifitalic.TTF)
}

// cover are the three faces, to be asked which letters they have.
var cover = parsed(liberationserifregular.TTF, liberationserifbold.TTF, liberationserifitalic.TTF)

func parsed(files ...[]byte) (out []*sfnt.Font) {
	for _, f := range files {
		font, err := sfnt.Parse(f)
		if err != nil {
			panic("paper: the embedded typeface: " + err.Error()) // the binary itself is broken
		}
		out = append(out, font)
	}
	return out
}

// has tells whether every face has the letter, within the 16 bits that the
// document's encoding spans.
func has(r rune) bool {
	if r > 0xffff || unicode.IsControl(r) {
		return false
	}
	for _, f := range cover {
		if i, err := f.GlyphIndex(nil, r); err != nil || i == 0 {
			return false
		}
	}
	return true
}
