package paper

import (
	"math"

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

// mark is the hall: a hipped roof on three pillars. It is size high, centred
// on x, its top at y.
func mark(pdf *fpdf.Fpdf, x, y, size float64) {
	u := size / 17
	at := func(dx, dy float64) fpdf.PointType { return fpdf.PointType{X: x + dx*u, Y: y + dy*u} }
	set := func(c colour) { pdf.SetFillColor(c[0], c[1], c[2]) }
	set(indigo)
	// The roof sweeps out to its eaves.
	pdf.MoveTo(at(-3.2, 0).X, at(-3.2, 0).Y)
	pdf.LineTo(at(3.2, 0).X, at(3.2, 0).Y)
	a, b, c := at(4.6, 3.4), at(7.4, 5.6), at(11, 6.4)
	pdf.CurveBezierCubicTo(a.X, a.Y, b.X, b.Y, c.X, c.Y)
	pdf.LineTo(at(11, 7.6).X, at(11, 7.6).Y)
	pdf.LineTo(at(-11, 7.6).X, at(-11, 7.6).Y)
	pdf.LineTo(at(-11, 6.4).X, at(-11, 6.4).Y)
	a, b, c = at(-7.4, 5.6), at(-4.6, 3.4), at(-3.2, 0)
	pdf.CurveBezierCubicTo(a.X, a.Y, b.X, b.Y, c.X, c.Y)
	pdf.ClosePath()
	pdf.DrawPath("F")
	rect := func(dx, dy, w, h float64) { pdf.Rect(at(dx, dy).X, at(dx, dy).Y, w*u, h*u, "F") }
	for _, dx := range []float64{-7.1, -1.1, 4.9} {
		rect(dx, 8.6, 2.2, 6)
	}
	rect(-9.6, 15.4, 19.2, 1.6)
	set(gold)
	rect(-9.6, 8.0, 19.2, 0.5)
}
