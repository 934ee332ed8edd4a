package paper

import (
	"bytes"
	"fmt"
	"math"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/locale"
	"balai/internal/spine/qrcode"
	"codeberg.org/go-pdf/fpdf"
)

// A Row is one line: a label and what it says, in both languages.
type Row struct{ Label, Value locale.Text }

// A Sheet is all that is drawn.
type Sheet struct {
	Site, Agency, Title, Law locale.Text
	Number, Code, Case       string
	IssuedAt                 time.Time
	URL                      string // what the QR code says
	Rows                     []Row
	Notes                    []locale.Text
	Automatic                bool
	Replaces                 string // code of the certificate before, or ""
	Specimen                 bool   // of the demo country: it must pass for nothing
}

// The colours of the hall.
type colour [3]int

var (
	ink    = colour{27, 27, 47}
	muted  = colour{85, 86, 107}
	indigo = colour{35, 42, 109}
	gold   = colour{217, 154, 28}
	bronze = colour{122, 82, 5}
	red    = colour{179, 38, 30}
	line   = colour{190, 184, 168}
	tint   = colour{236, 232, 220}
	white  = colour{255, 255, 255}
)

// Millimetres of A4, portrait.
const (
	pageWidth  = 210.0
	pageHeight = 297.0
	edge       = 26.0 // of the text
	textWidth  = pageWidth - 2*edge
	footTop    = 232.0 // where the foot with the QR code begins
)

// A drawing is one certificate in the making.
type drawing struct {
	*fpdf.Fpdf
	sheet   Sheet
	scale   float64 // of the rows' type
	face    string  // of the type
	inexact bool    // a letter was drawn by its nearest neighbour
}

// Draw makes the PDF file, not yet signed.
func Draw(s Sheet) ([]byte, error) {
	pdf := fpdf.New("P", "mm", "A4", "")
	d := &drawing{Fpdf: pdf, sheet: s, scale: 1}
	d.set(s.words()...)
	pdf.SetCreationDate(s.IssuedAt.UTC())
	pdf.SetModificationDate(s.IssuedAt.UTC())
	pdf.SetCatalogSort(true)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetProducer("BalaiCertificate", false)
	pdf.SetTitle(s.Title.MS+" "+s.Code, true)
	pdf.SetSubject(s.Title.EN, true)
	pdf.SetAuthor(s.Agency.MS, true)
	pdf.SetLang("ms-MY")

	for d.rowsHeight()+d.notesHeight()+4 > footTop-rowsTop && d.scale > 0.7 {
		d.scale -= 0.05
	}
	d.page()
	d.head()
	y := d.rows(rowsTop)
	if y += 3; y+d.notesHeight() > footTop {
		d.page()
		d.continued()
		y = 40
	}
	d.notes(y)
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	return out.Bytes(), nil
}

// words are what a sheet says in words of its own.
func (s Sheet) words() []string {
	out := []string{s.Number, s.Case}
	texts := append([]locale.Text{s.Site, s.Agency, s.Title, s.Law}, s.Notes...)
	for _, r := range s.Rows {
		texts = append(texts, r.Label, r.Value)
	}
	for _, t := range texts {
		out = append(out, t.MS, t.EN)
	}
	return out
}

// page begins a page with its frame and foot.
func (d *drawing) page() {
	d.AddPage()
	d.rosette(pageWidth/2, 150, 62)
	if d.sheet.Specimen {
		d.specimen()
	}
	d.frame()
	d.foot()
}

const (
	numberTop = 96.0
	rowsTop   = 112.0
)

// head is the mark, who issues, and what it is.
func (d *drawing) head() {
	d.mark(pageWidth/2, 24.6, 21)
	s := d.sheet
	d.centre(51.5, "B", 13, indigo, s.Agency.MS)
	d.centre(56.5, "I", 10, muted, s.Agency.EN)
	d.centre(69, "B", fit(d, "B", 30, s.Title.MS, textWidth), indigo, s.Title.MS)
	d.centre(77, "I", fit(d, "I", 15, s.Title.EN, textWidth), bronze, s.Title.EN)
	d.ornament(83.5)
	if !s.Law.Empty() {
		d.centre(89.8, "", 9.5, ink, s.Law.MS)
		d.centre(93.8, "I", 8, muted, s.Law.EN)
	}
	number, label, english := s.Number, "No. daftar", "Register number"
	if number == "" {
		number, label, english = s.Code, "Kod sijil", "Certificate code"
	}
	d.setText("", 9, muted)
	text := d.plain(label) + " / "
	w1 := d.GetStringWidth(text)
	d.setText("I", 9, muted)
	w2 := d.GetStringWidth(english + "   ")
	d.setText("B", 14, red)
	w3 := d.GetStringWidth(d.plain(number))
	x := (pageWidth - w1 - w2 - w3) / 2
	d.setText("", 9, muted)
	d.Text(x, numberTop+7, text)
	d.setText("I", 9, muted)
	d.Text(x+w1, numberTop+7, english)
	d.setText("B", 14, red)
	d.Text(x+w1+w2, numberTop+7, d.plain(number))
}

// continued heads a further page.
func (d *drawing) continued() {
	d.centre(33, "B", 12, indigo, d.sheet.Title.MS+" (sambungan)")
	d.centre(37.5, "I", 9, muted, d.sheet.Title.EN+" (continued)")
}

// labelWidth is the room of the labels, left of the values.
const labelWidth = 66.0

// A saying is a text in both languages, cut into lines; beside tells that the
// English stands on the same line as the Malay.
type saying struct {
	malay, english []string
	beside         float64 // where the English begins; 0 below
	height         float64
}

// say cuts a text, Malay in points and English smaller, to a width.
func (d *drawing) say(style string, points float64, t locale.Text, width float64) saying {
	k := d.scale
	s := saying{malay: d.wrap(style, points*k, t.MS, width)}
	if t.EN != t.MS {
		s.english = d.wrap("I", points*0.78*k, t.EN, width)
	}
	lead := points * 0.43 * k // millimetres a line
	s.height = lead*float64(len(s.malay)) + 0.8*lead*float64(len(s.english))
	if len(s.malay) == 1 && len(s.english) == 1 {
		d.SetFont(d.face, style, points*k)
		at := d.GetStringWidth(s.malay[0]) + 1.6
		d.SetFont(d.face, "I", points*0.78*k)
		if at+d.GetStringWidth("/ "+s.english[0]) <= width {
			s.beside, s.height = at, lead
		}
	}
	return s
}

// putSaying draws it below y.
func (d *drawing) putSaying(s saying, x, y float64, style string, points float64) {
	k := d.scale
	lead := points * 0.43 * k
	for _, text := range s.malay {
		y += lead
		d.put(x, y, style, points*k, ink, text)
	}
	if s.beside > 0 {
		d.put(x+s.beside, y, "I", points*0.78*k, muted, "/ "+s.english[0])
		return
	}
	for _, text := range s.english {
		y += 0.8 * lead
		d.put(x, y, "I", points*0.78*k, muted, text)
	}
}

// Points of a row's label and value.
const (
	labelPoints = 10.5
	valuePoints = 12.5
)

// A laid row is a row cut into lines.
type laid struct {
	label, value saying
	height       float64
}

func (d *drawing) lay(r Row) laid {
	l := laid{
		label: d.say("", labelPoints, r.Label, labelWidth-4),
		value: d.say("B", valuePoints, r.Value, textWidth-labelWidth),
	}
	l.height = math.Max(l.label.height, l.value.height) + 3.4*d.scale
	return l
}

func (d *drawing) rowsHeight() float64 {
	h := 0.0
	for _, r := range d.sheet.Rows {
		h += d.lay(r).height
	}
	return h
}

// rows draws the lines, on further pages where they do not fit, and returns
// where they end.
func (d *drawing) rows(y float64) float64 {
	for _, r := range d.sheet.Rows {
		l := d.lay(r)
		if y+l.height > footTop {
			d.page()
			d.continued()
			y = 42
		}
		d.row(l, y)
		y += l.height
		d.rule(y, line, 0.1)
	}
	return y
}

func (d *drawing) row(l laid, y float64) {
	k := d.scale
	d.putSaying(l.label, edge, y+1.6*k, "", labelPoints)
	d.putSaying(l.value, edge+labelWidth, y+0.8*k, "B", valuePoints)
}

// allNotes are the template's notes and those that the sheet itself calls for.
func (d *drawing) allNotes() []locale.Text {
	notes := d.sheet.Notes
	if d.sheet.Specimen {
		notes = append(notes[:len(notes):len(notes)], locale.Text{
			MS: "CONTOH: dokumen negara contoh, bukan dokumen rasmi. Orang dan rekod di dalamnya rekaan.",
			EN: "SPECIMEN: a document of a demo country, not an official one. The people and records in it are invented."})
	}
	if d.sheet.Replaces != "" {
		notes = append(notes[:len(notes):len(notes)], locale.Text{
			MS: "Sijil ini menggantikan sijil berkod " + d.sheet.Replaces + ".",
			EN: "This certificate replaces the one with the code " + d.sheet.Replaces + "."})
	}
	if d.inexact {
		notes = append(notes[:len(notes):len(notes)], locale.Text{
			MS: "* Huruf yang tidak dapat dicetak digantikan dengan huruf terdekat. Ejaan penuh ada pada versi web sijil ini.",
			EN: "* A letter that cannot be printed is shown by its nearest one. The web version has the full spelling."})
	}
	return notes
}

func (d *drawing) notesHeight() float64 {
	h := 0.0
	for _, n := range d.allNotes() {
		h += 3.6*float64(len(d.wrap("", 8.5, n.MS, textWidth))) + 3.2*float64(len(d.wrap("I", 7.5, n.EN, textWidth))) + 1
	}
	return h
}

func (d *drawing) notes(y float64) {
	for _, n := range d.allNotes() {
		for _, text := range d.wrap("", 8.5, n.MS, textWidth) {
			y += 3.6
			d.put(edge, y, "", 8.5, ink, text)
		}
		for _, text := range d.wrap("I", 7.5, n.EN, textWidth) {
			y += 3.2
			d.put(edge, y, "I", 7.5, muted, text)
		}
		y++
	}
}

// foot is how to check the paper in hand.
func (d *drawing) foot() {
	const size = 32.0
	top := footTop + 6
	s := d.sheet
	d.qr(edge, top, size)
	x, width := edge+size+7, textWidth-size-7
	y := top + 1.5
	say := func(style string, points, lead float64, c colour, text string) {
		for _, t := range d.wrap(style, points, text, width) {
			y += lead
			d.put(x, y, style, points, c, t)
		}
	}
	say("B", 10.5, 4.2, ink, "Dikeluarkan pada "+malayDate(s.IssuedAt))
	say("I", 8.5, 3.6, muted, "Issued on "+englishDate(s.IssuedAt))
	y += 1.4
	if s.Automatic {
		say("", 8.5, 3.5, ink, "Diputuskan secara automatik mengikut peraturan. Fail ini ditandatangani secara digital.")
		say("I", 7.5, 3.1, muted, "Decided automatically by rule. This file is digitally signed.")
	} else {
		say("", 8.5, 3.5, ink, "Diputuskan oleh pegawai yang diberi kuasa. Fail ini ditandatangani secara digital.")
		say("I", 7.5, 3.1, muted, "Decided by an authorised officer. This file is digitally signed.")
	}
	y += 1.4
	say("", 8.5, 3.5, ink, "Imbas kod QR dan bandingkan butiran di laman itu dengan sijil ini.")
	say("I", 7.5, 3.1, muted, "Scan the QR code and compare that page with this certificate.")
	d.setText("B", 10.5, indigo)
	d.SetFont("Courier", "B", 10.5)
	d.Text(x, top+size-0.2, s.Code)
	d.put(edge, top+size+4.5, "", 7, muted, d.plain(s.URL))
	d.setText("", 7, muted)
	ref := d.plain(s.Site.MS + ", ruj. " + s.Case)
	d.Text(pageWidth-edge-d.GetStringWidth(ref), top+size+4.5, ref)
}

// qr draws the code as squares, so that it stays sharp at any size.
func (d *drawing) qr(x, y, size float64) {
	code, err := qrcode.Draw(d.sheet.URL)
	if err != nil {
		d.SetError(fmt.Errorf("paper: QR: %w", err))
		return
	}
	d.fill(white)
	d.Rect(x, y, size, size, "F")
	d.fill(colour{0, 0, 0})
	unit := size / float64(code.Size)
	for r := range code.Runs() {
		d.Rect(x+float64(r.X)*unit, y+float64(r.Y)*unit, float64(r.Length)*unit, unit, "F")
	}
	d.LinkString(x, y, size, size, d.sheet.URL)
}

var (
	malayMonths   = [...]string{"Januari", "Februari", "Mac", "April", "Mei", "Jun", "Julai", "Ogos", "September", "Oktober", "November", "Disember"}
	englishMonths = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
)

func malayDate(t time.Time) string {
	t = t.In(clock.Zone)
	return fmt.Sprintf("%d %s %d", t.Day(), malayMonths[t.Month()-1], t.Year())
}

func englishDate(t time.Time) string {
	t = t.In(clock.Zone)
	return fmt.Sprintf("%d %s %d", t.Day(), englishMonths[t.Month()-1], t.Year())
}
