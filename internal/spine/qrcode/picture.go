// Package qrcode draws QR codes: for pages, for paper and as files. It is the
// only place that knows who encodes them.
package qrcode

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"iter"
	"strings"

	"rsc.io/qr"
)

// Quiet is how many modules are left white on each side (ISO/IEC 18004).
const Quiet = 4

// A Picture is a QR code that corrects errors at level M, as one SVG path over a
// square of Size modules, without the quiet zone.
type Picture struct {
	Size int
	Path string
	code *qr.Code
}

// Draw draws a text of up to 2,331 bytes.
func Draw(text string) (Picture, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return Picture{}, fmt.Errorf("qrcode: %w", err)
	}
	p := Picture{Size: code.Size, code: code}
	var b strings.Builder
	for r := range p.Runs() {
		fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", r.X, r.Y, r.Length, r.Length)
	}
	p.Path = b.String()
	return p, nil
}

// A Run is dark modules side by side, from X on in the row Y.
type Run struct{ X, Y, Length int }

// Runs are all dark modules, row by row.
func (p Picture) Runs() iter.Seq[Run] {
	return func(yield func(Run) bool) {
		for y := range p.Size {
			for x := 0; x < p.Size; x++ {
				r := Run{X: x, Y: y}
				for p.code.Black(x, y) {
					r.Length++
					x++
				}
				if r.Length > 0 && !yield(r) {
					return
				}
			}
		}
	}
}

// side is the picture's side in modules, with the quiet zone.
func (p Picture) side() int { return p.Size + 2*Quiet }

// SVG is a file of its own, which says its title to who cannot see it. It takes
// whatever room it is given.
func (p Picture) SVG(title string) []byte {
	var b bytes.Buffer
	n := p.side()
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-%d -%d %d %d" role="img" shape-rendering="crispEdges"><title>`, Quiet, Quiet, n, n)
	xml.EscapeText(&b, []byte(title)) // a buffer takes all
	fmt.Fprintf(&b, `</title><path fill="#fff" d="M-%d -%dh%dv%dh-%dz"/><path d="%s"/></svg>`, Quiet, Quiet, n, n, n, p.Path)
	return b.Bytes()
}

// PNG is a file whose modules are squares of some pixels a side.
func (p Picture) PNG(pixels int) ([]byte, error) {
	n := p.side() * pixels
	img := image.NewPaletted(image.Rect(0, 0, n, n), color.Palette{color.White, color.Black})
	for r := range p.Runs() {
		from := (r.X + Quiet) * pixels
		for y := range pixels {
			row := img.Pix[((r.Y+Quiet)*pixels+y)*img.Stride:]
			for x := from; x < from+r.Length*pixels; x++ {
				row[x] = 1
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("qrcode: %w", err)
	}
	return b.Bytes(), nil
}
