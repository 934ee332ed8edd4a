package paper

import (
	"unicode"

	"github.com/go-fonts/liberation/liberationserifbold"
	"github.com/go-fonts/liberation/liberationserifitalic"
	"github.com/go-fonts/liberation/liberationserifregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// Two typefaces of the same widths. What Times has, which is every name in most
// sheets, is set in Times, which every reader of the format has: 6 KB and a
// millisecond or two. Otherwise the sheet is set in Liberation Serif (SIL Open
// Font License 1.1), which has the Latin letters of every language that is
// written in them, and is embedded as the few letters that are used: 66 KB and
// 30 ms.
const (
	times = "Times"
	serif = "Serif"
)

// set chooses the typeface for what will be drawn.
func (d *drawing) set(texts ...string) {
	d.face = times
	for _, t := range texts {
		for _, r := range norm.NFC.String(t) {
			if _, ok := charmap.Windows1252.EncodeRune(r); !ok && has(r) {
				d.face = serif
			}
		}
	}
	if d.face == serif {
		d.AddUTF8FontFromBytes(serif, "", liberationserifregular.TTF)
		d.AddUTF8FontFromBytes(serif, "B", liberationserifbold.TTF)
		d.AddUTF8FontFromBytes(serif, "I", liberationserifitalic.TTF)
	}
}

// coded is text in the encoding of the typeface.
func (d *drawing) coded(text string) string {
	if d.face == serif {
		return text
	}
	b := make([]byte, 0, len(text))
	for _, r := range text {
		if c, ok := charmap.Windows1252.EncodeRune(r); ok {
			b = append(b, c)
		} else {
			b = append(b, '?')
		}
	}
	return string(b)
}

// Text and GetStringWidth take text as it is everywhere else.
func (d *drawing) Text(x, y float64, text string)     { d.Fpdf.Text(x, y, d.coded(text)) }
func (d *drawing) GetStringWidth(text string) float64 { return d.Fpdf.GetStringWidth(d.coded(text)) }

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
