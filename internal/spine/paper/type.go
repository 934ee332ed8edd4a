package paper

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

func (d *drawing) fill(c colour) { d.SetFillColor(c[0], c[1], c[2]) }
func (d *drawing) pen(c colour)  { d.SetDrawColor(c[0], c[1], c[2]) }

func (d *drawing) setText(style string, points float64, c colour) {
	d.SetFont(d.face, style, points)
	d.SetTextColor(c[0], c[1], c[2])
}

// put draws text that is already plain.
func (d *drawing) put(x, y float64, style string, points float64, c colour, text string) {
	d.setText(style, points, c)
	d.Text(x, y, text)
}

func (d *drawing) centre(y float64, style string, points float64, c colour, text string) {
	d.setText(style, points, c)
	p := d.plain(text)
	d.Text((pageWidth-d.GetStringWidth(p))/2, y, p)
}

func (d *drawing) rule(y float64, c colour, width float64) {
	d.pen(c)
	d.SetLineWidth(width)
	d.Line(edge, y, pageWidth-edge, y)
}

// fit is the largest size, from points downwards, at which text is one line.
func fit(d *drawing, style string, points float64, text string, width float64) float64 {
	for points > 9 {
		d.SetFont(d.face, style, points)
		if d.GetStringWidth(d.plain(text)) <= width {
			break
		}
		points -= 0.5
	}
	return points
}

// wrap cuts text into lines of at most width, in letters that can be printed. A word
// that is wider than the line is cut where it must be.
func (d *drawing) wrap(style string, points float64, text string, width float64) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	d.SetFont(d.face, style, points)
	var lines []string
	now := ""
	for _, word := range strings.Fields(d.plain(text)) {
		for letters := []rune(word); d.GetStringWidth(word) > width && len(letters) > 1; letters = []rune(word) {
			n := len(letters) - 1
			for n > 1 && d.GetStringWidth(string(letters[:n])) > width {
				n--
			}
			if now != "" {
				lines, now = append(lines, now), ""
			}
			lines, word = append(lines, string(letters[:n])), string(letters[n:])
		}
		switch next := strings.TrimSpace(now + " " + word); {
		case d.GetStringWidth(next) <= width:
			now = next
		default:
			lines, now = append(lines, now), word
		}
	}
	return append(lines, now)
}

// letters without a mark to take off.
var nearest = map[rune]string{'ʼ': "'", 'ʻ': "'", 'ʾ': "'", 'ʿ': "'", '′': "'", '‐': "-", '‑': "-", '−': "-"}

// plain is text in letters that the typeface has. One that it lacks is drawn by
// its nearest neighbour and the word marked with a star: no paper may misspell
// a name in silence.
func (d *drawing) plain(text string) string {
	out, exact := encode(text)
	if !exact {
		d.inexact = true
		return out + "*"
	}
	return out
}

func encode(text string) (out string, exact bool) {
	exact = true
	var b strings.Builder
	for _, r := range norm.NFC.String(text) {
		if has(r) {
			b.WriteRune(r)
			continue
		}
		exact = false
		base, _ := decompose(r)
		switch n, ok := nearest[r]; {
		case ok:
			b.WriteString(n)
		case has(base):
			b.WriteRune(base)
		default:
			b.WriteByte('?')
		}
	}
	return b.String(), exact
}

// decompose is a letter without its marks.
func decompose(r rune) (base rune, ok bool) {
	for _, c := range norm.NFD.String(string(r)) {
		return c, true
	}
	return r, false
}
