package qrcode

import (
	"bytes"
	"encoding/xml"
	"image/png"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The path, the runs and the file show the same dark modules, and a quiet zone.
func TestPicture(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, err := Draw(rapid.StringN(1, 200, 600).Draw(t, "text"))
		if err != nil {
			t.Fatal(err)
		}
		dark := map[[2]int]bool{}
		for r := range p.Runs() {
			for i := range r.Length {
				dark[[2]int{r.X + i, r.Y}] = true
			}
		}
		for y := range p.Size {
			for x := range p.Size {
				if dark[[2]int{x, y}] != p.code.Black(x, y) {
					t.Fatalf("%d, %d", x, y)
				}
			}
		}
		pixels := rapid.IntRange(1, 4).Draw(t, "pixels")
		b, err := p.PNG(pixels)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if n := (p.Size + 8) * pixels; img.Bounds().Dx() != n || img.Bounds().Dy() != n {
			t.Fatal(img.Bounds())
		}
		for y := range img.Bounds().Dy() {
			for x := range img.Bounds().Dx() {
				r, _, _, _ := img.At(x, y).RGBA()
				if (r == 0) != dark[[2]int{x/pixels - Quiet, y/pixels - Quiet}] {
					t.Fatalf("pixel %d, %d of %d", x, y, pixels)
				}
			}
		}
	})
	if _, err := Draw(strings.Repeat("a", 2332)); err == nil {
		t.Error("more than a code holds")
	}
}

func TestSVG(t *testing.T) {
	p, err := Draw("https://balai.example/pay/1")
	if err != nil {
		t.Fatal(err)
	}
	var svg struct {
		XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
		ViewBox string   `xml:"viewBox,attr"`
		Role    string   `xml:"role,attr"`
		Crisp   string   `xml:"shape-rendering,attr"`
		Title   string   `xml:"title"`
		Paths   []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	const title = `Kod <QR> "JPJ" & rakan`
	if err := xml.Unmarshal(p.SVG(title), &svg); err != nil {
		t.Fatal(err)
	}
	if svg.Title != title || svg.Role != "img" || svg.Crisp != "crispEdges" || svg.ViewBox != "-4 -4 37 37" || len(svg.Paths) != 2 ||
		svg.Paths[0].D != "M-4 -4h37v37h-37z" || svg.Paths[1].D != p.Path || !strings.HasPrefix(p.Path, "M0 0h7v1h-7z") {
		t.Errorf("%s", p.SVG(title))
	}
}
