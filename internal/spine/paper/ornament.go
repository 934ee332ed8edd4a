package paper

import (
	"fmt"
	"math"
	"regexp"
	"strconv"

	"codeberg.org/go-pdf/fpdf"
)

// frame is the double rule with its corners, and the band of songket at the
// top and foot.
func (d *drawing) frame() {
	d.pen(indigo)
	d.SetLineWidth(0.9)
	d.Rect(9, 9, pageWidth-18, pageHeight-18, "D")
	d.SetLineWidth(0.25)
	d.Rect(11.2, 11.2, pageWidth-22.4, pageHeight-22.4, "D")
	d.band(13, 13, pageWidth-26, 8)
	d.band(13, pageHeight-16.2, pageWidth-26, 3.2)
	for _, x := range []float64{10.1, pageWidth - 10.1} {
		for _, y := range []float64{10.1, pageHeight - 10.1} {
			d.fill(white)
			d.rhomb(x, y, 4.2, 4.2)
			d.fill(gold)
			d.rhomb(x, y, 3.2, 3.2)
			d.fill(indigo)
			d.rhomb(x, y, 1.5, 1.5)
		}
	}
}

// band is a strip of songket: pucuk rebung, the bamboo shoots, above and
// below a row of stars.
func (d *drawing) band(x, y, width, height float64) {
	d.fill(indigo)
	d.Rect(x, y, width, height, "F")
	count := math.Round(width / height)
	step := width / count
	for i := range int(count) {
		left := x + float64(i)*step
		mid := left + step/2
		if height < 5 { // the narrow band has room for the stars alone
			d.fill(gold)
			d.rhomb(mid, y+height/2, step*0.32, height*0.3)
			continue
		}
		d.fill(gold)
		shoot := func(cx, base, tip float64) {
			d.Polygon([]fpdf.PointType{{X: cx - step*0.24, Y: base}, {X: cx + step*0.24, Y: base}, {X: cx, Y: tip}}, "F")
		}
		shoot(left+step*0.0+step*0.25, y+0.4, y+height*0.30)
		shoot(left+step*0.75, y+0.4, y+height*0.30)
		shoot(left+step*0.25, y+height-0.4, y+height*0.70)
		shoot(left+step*0.75, y+height-0.4, y+height*0.70)
		d.star(mid, y+height/2, height*0.2)
	}
	d.pen(gold)
	d.SetLineWidth(0.3)
	d.Line(x, y+0.4, x+width, y+0.4)
	d.Line(x, y+height-0.4, x+width, y+height-0.4)
}

// star has eight petals: two squares, one turned, and a heart of indigo.
func (d *drawing) star(x, y, r float64) {
	d.fill(gold)
	d.rhomb(x, y, r*1.15, r*1.15)
	s := r * 0.78
	d.Rect(x-s, y-s, 2*s, 2*s, "F")
	d.fill(indigo)
	d.rhomb(x, y, r*0.5, r*0.5)
}

func (d *drawing) rhomb(x, y, rx, ry float64) {
	d.Polygon([]fpdf.PointType{{X: x, Y: y - ry}, {X: x + rx, Y: y}, {X: x, Y: y + ry}, {X: x - rx, Y: y}}, "F")
}

// ornament is a rule that parts around a star.
func (d *drawing) ornament(y float64) {
	d.pen(gold)
	d.SetLineWidth(0.35)
	d.Line(pageWidth/2-48, y, pageWidth/2-6, y)
	d.Line(pageWidth/2+6, y, pageWidth/2+48, y)
	d.fill(gold)
	for _, dx := range []float64{-4.4, 4.4} {
		d.rhomb(pageWidth/2+dx, y, 0.8, 0.8)
	}
	d.star(pageWidth/2, y, 1.9)
}

// specimen is the word across the sheet, pale, in both languages.
func (d *drawing) specimen() {
	d.TransformBegin()
	d.TransformRotate(38, pageWidth/2, pageHeight/2)
	d.setText("B", 96, colour{243, 222, 218})
	d.Text((pageWidth-d.GetStringWidth("CONTOH"))/2, pageHeight/2+4, "CONTOH")
	d.setText("B", 34, colour{243, 222, 218})
	d.Text((pageWidth-d.GetStringWidth("SPECIMEN"))/2, pageHeight/2+20, "SPECIMEN")
	d.TransformEnd()
}

// rosette is the guilloche behind the text: fine waves around a centre, too
// fine for a careless copy, too pale to disturb.
func (d *drawing) rosette(x, y, r float64) {
	d.pen(tint)
	d.SetLineWidth(0.12)
	const waves, steps = 9, 180
	for w := range waves {
		phase := 2 * math.Pi * float64(w) / waves
		for i := range steps + 1 {
			t := 2 * math.Pi * float64(i) / steps
			at := r * (0.74 + 0.26*math.Sin(8*t+phase))
			px, py := x+at*math.Cos(t), y+at*math.Sin(t)
			if i == 0 {
				d.MoveTo(px, py)
			} else {
				d.LineTo(px, py)
			}
		}
		d.DrawPath("D")
	}
}

// The hall's mark on a square of 48 units, in the language of SVG paths: the
// same strokes as on the pages' header.
const (
	markRoof = "M23 2h2v4c2 5 6 8.5 11 10.5H12C17 14.5 21 11 23 6z M13.5 18.5h21c2 4.5 6 8 12 10v1.5h-45v-1.5c6-2 10-5.5 12-10z"
	markHall = "M9 32h4v6h9v-6h4v6h9v-6h4v6h4v3.5h-4V46h-4v-4.5h-9V46h-4v-4.5h-9V46H9v-4.5H5V38h4z"
)

// mark draws the hall size wide, centred on x, its top at y.
func (d *drawing) mark(x, y, size float64) {
	d.fill(gold)
	d.path(markRoof, x-size/2, y, size/48)
	d.fill(indigo)
	d.path(markHall, x-size/2, y, size/48)
}

var pathStep = regexp.MustCompile(`([MhHvVcCz])([^MhHvVcCz]*)`)
var pathNumber = regexp.MustCompile(`-?[0-9.]+`)

// path fills an outline of moves, straight lines along the axes and curves,
// in units of unit millimetres from left, top.
func (d *drawing) path(text string, left, top, unit float64) {
	var x, y float64
	at := func(px, py float64) (float64, float64) { return left + px*unit, top + py*unit }
	for _, step := range pathStep.FindAllStringSubmatch(text, -1) {
		var n []float64
		for _, digits := range pathNumber.FindAllString(step[2], -1) {
			v, err := strconv.ParseFloat(digits, 64)
			if err != nil {
				d.SetError(fmt.Errorf("paper: mark: %w", err))
				return
			}
			n = append(n, v)
		}
		switch step[1] {
		case "M":
			x, y = n[0], n[1]
			d.MoveTo(at(x, y))
			continue
		case "h":
			x += n[0]
		case "H":
			x = n[0]
		case "v":
			y += n[0]
		case "V":
			y = n[0]
		case "c", "C":
			ox, oy := x, y
			if step[1] == "C" {
				ox, oy = 0, 0
			}
			ax, ay := at(ox+n[0], oy+n[1])
			bx, by := at(ox+n[2], oy+n[3])
			x, y = ox+n[4], oy+n[5]
			cx, cy := at(x, y)
			d.CurveBezierCubicTo(ax, ay, bx, by, cx, cy)
			continue
		case "z":
			d.ClosePath()
			continue
		}
		d.LineTo(at(x, y))
	}
	d.DrawPath("F")
}
