package paper

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// A Line is a label and what it says: "Ruj. Kami", "BLH-…".
type Line struct{ Label, Text string }

// A Paragraph of a letter; one that quotes stands in from the edge behind a bar.
type Paragraph struct {
	Text  string
	Quote bool
}

// A Letter is all that is drawn, in one language. It is black on white: it is
// printed by the thousand.
type Letter struct {
	Site, Agency string
	Code, URL    string // of the letter; the QR code says the URL
	Lang         string // "ms-MY", "en-MY"
	Head         []Line
	To           []string // the name, then the address
	Salutation   string
	Subject      string
	Body         []Paragraph
	Close        []string // "Sekian, terima kasih." and who writes
	Unsigned     string   // why there is no signature
	Check        []string // how to see that the letter is real
	Page         string   // "muka surat"
	Specimen     string   // of the demo country: across the foot; or ""
}

func (l Letter) words() []string {
	out := append([]string{l.Site, l.Agency, l.Salutation, l.Subject, l.Unsigned, l.Page, l.Specimen}, l.To...)
	out = append(append(out, l.Close...), l.Check...)
	for _, h := range l.Head {
		out = append(out, h.Label, h.Text)
	}
	for _, p := range l.Body {
		out = append(out, p.Text)
	}
	return out
}

// Millimetres of a letter. The address stands where a DL envelope has its
// window: 20 mm from the left, 45 to 80 mm from the top.
const (
	letterEdge  = 22.0
	letterWidth = pageWidth - 2*letterEdge
	windowTop   = 47.0
	windowWidth = 85.0
	headLeft    = 124.0
	headWidth   = pageWidth - headLeft - 18 - letterEdge
	bodyTop     = 96.0
	bodyFoot    = 248.0 // where the foot begins
)

var black = colour{0, 0, 0}

// DrawLetters makes one PDF of letters, each beginning on a page of its own,
// and tells how many pages each has. made is the file's date.
func DrawLetters(title string, made time.Time, letters ...Letter) (file []byte, pages []int, err error) {
	pdf := fpdf.New("P", "mm", "A4", "")
	d := &drawing{Fpdf: pdf, scale: 1}
	pdf.SetCreationDate(made.UTC())
	pdf.SetModificationDate(made.UTC())
	pdf.SetCatalogSort(true)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetProducer("BalaiLetter", false)
	pdf.SetTitle(title, true)
	var words []string
	for _, l := range letters {
		words = append(words, l.words()...)
	}
	d.set(words...)
	if len(letters) > 0 {
		pdf.SetLang(letters[0].Lang)
		pdf.SetAuthor(letters[0].Site, true)
	}
	for _, l := range letters {
		before := pdf.PageNo()
		d.letter(l)
		pages = append(pages, pdf.PageNo()-before)
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, nil, fmt.Errorf("paper: letter: %w", err)
	}
	return out.Bytes(), pages, nil
}

// letter draws one letter on as many pages as it needs.
func (d *drawing) letter(l Letter) {
	d.sheet = Sheet{URL: l.URL}
	d.AddPage()
	d.letterHead(l)
	first, number := d.PageNo(), 1
	y := bodyTop
	room := func(height float64) {
		if y+height <= bodyFoot {
			return
		}
		d.letterFoot(l, number)
		d.AddPage()
		number = d.PageNo() - first + 1
		d.put(letterEdge, 20, "", 9, black, d.plain(l.Code+", "+l.Page+" "+fmt.Sprint(number)))
		y = 30
	}
	write := func(style string, points, lead float64, text string, in float64, gap float64) {
		for _, line := range d.wrap(style, points, text, letterWidth-in) {
			room(lead)
			y += lead
			d.put(letterEdge+in, y, style, points, black, line)
			if in > 0 {
				d.fill(black)
				d.Rect(letterEdge+1.5, y-lead+1.2, 0.5, lead, "F")
			}
		}
		y += gap
	}
	write("", 11.5, 5.2, l.Salutation, 0, 3)
	write("B", 11.5, 5.2, l.Subject, 0, 3)
	for _, p := range l.Body {
		in := 0.0
		if p.Quote {
			in = 6
		}
		write("", 11.5, 5.2, p.Text, in, 2.8)
	}
	room(float64(len(l.Close))*5.2 + 12) // who writes stays together
	for _, c := range l.Close {
		write("", 11.5, 5.2, c, 0, 1)
	}
	y += 3
	write("I", 9.5, 4.4, l.Unsigned, 0, 0)
	d.letterFoot(l, number)
}

// letterHead is who writes, to whom, and about what.
func (d *drawing) letterHead(l Letter) {
	d.fill(black)
	d.path(markRoof, letterEdge, 14, 17.0/48)
	d.path(markHall, letterEdge, 14, 17.0/48)
	d.put(letterEdge+21, 22, "B", fit(d, "B", 15, l.Agency, letterWidth-21), black, d.plain(l.Agency))
	d.put(letterEdge+21, 28, "", 10.5, black, d.plain(l.Site))
	d.pen(black)
	d.SetLineWidth(0.4)
	d.Line(letterEdge, 35, pageWidth-letterEdge, 35)
	y := windowTop
	for i, text := range l.To {
		style := ""
		if i == 0 {
			style = "B"
		}
		for _, line := range d.wrap(style, 11, text, windowWidth) {
			y += 5
			d.put(letterEdge, y, style, 11, black, line)
		}
	}
	y = windowTop
	for _, h := range l.Head {
		y += 5
		d.put(headLeft, y, "", 9.5, black, d.plain(h.Label))
		points := d.whole("B", 9.5, h.Text, headWidth)
		for _, line := range d.wrap("B", points, h.Text, headWidth) {
			d.put(headLeft+18, y, "B", points, black, line)
			y += 4.4
		}
		y -= 4.4
	}
	d.SetLineWidth(0.15) // where to fold for the envelope
	d.Line(6, 99, 10, 99)
	d.Line(6, 198, 10, 198)
}

// whole is the size in which no word of a text is cut: a reference that is cut
// is copied wrongly.
func (d *drawing) whole(style string, points float64, text string, width float64) float64 {
	for ; points > 6; points -= 0.25 {
		d.SetFont(d.face, style, points)
		wide := false
		for _, word := range strings.Fields(text) {
			wide = wide || d.GetStringWidth(d.plain(word)) > width
		}
		if !wide {
			break
		}
	}
	return points
}

// letterFoot is how to check the letter in hand.
func (d *drawing) letterFoot(l Letter, number int) {
	d.pen(black)
	d.SetLineWidth(0.15)
	d.Line(letterEdge, bodyFoot+4, pageWidth-letterEdge, bodyFoot+4)
	d.qr(letterEdge, bodyFoot+7, 24)
	y := bodyFoot + 6
	for _, c := range l.Check {
		for _, line := range d.wrap("", 9, c, letterWidth-30) {
			y += 4
			d.put(letterEdge+29, y, "", 9, black, line)
		}
	}
	d.put(letterEdge+29, y+4.4, "B", 9, black, d.plain(l.URL))
	if l.Specimen != "" {
		d.put(letterEdge+29, y+8.8, "B", 8.5, black, d.plain(l.Specimen))
	}
	d.setText("", 9, black)
	text := d.plain(fmt.Sprintf("%s %d", l.Page, number))
	d.Text(pageWidth-letterEdge-d.GetStringWidth(text), pageHeight-12, text)
}
