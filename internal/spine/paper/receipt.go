package paper

import (
	"bytes"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// A Receipt is all that is drawn, in one language. It is one page, black on
// white: it is printed at home, kept in a drawer and copied.
type Receipt struct {
	Site, Agency string
	Lang         string // "ms-MY", "en-MY"
	Title, No    string // "Resit rasmi", its number
	Amount       string // as a person reads it
	Rows         []Line
	Check        []string // how to see that the receipt is real
	URL, Token   string   // the QR code says the URL; the token is kept in the file too
	Specimen     string   // of tests and of the demo country: across the foot; or ""
	At           time.Time
}

func (r Receipt) words() []string {
	out := append([]string{r.Site, r.Agency, r.Title, r.No, r.Amount, r.Specimen}, r.Check...)
	for _, l := range r.Rows {
		out = append(out, l.Label, l.Text)
	}
	return out
}

// receiptLabel is the room of the labels, receiptQR the side of the code, which
// has some 80 modules: at this size a telephone reads it from a printer's paper.
const (
	receiptLabel = 52.0
	receiptQR    = 48.0
	receiptFoot  = 212.0
)

// DrawReceipt makes the PDF file, not yet signed.
func DrawReceipt(r Receipt) ([]byte, error) {
	pdf := fpdf.New("P", "mm", "A4", "")
	d := &drawing{Fpdf: pdf, scale: 1, sheet: Sheet{URL: r.URL}}
	d.set(r.words()...)
	pdf.SetCreationDate(r.At.UTC())
	pdf.SetModificationDate(r.At.UTC())
	pdf.SetCatalogSort(true)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetProducer("BalaiReceipt", false)
	pdf.SetTitle(r.Title+" "+r.No, true)
	pdf.SetAuthor(r.Agency, true)
	pdf.SetKeywords(r.Token, false)
	pdf.SetLang(r.Lang)
	d.AddPage()
	d.letterHead(Letter{Agency: r.Agency, Site: r.Site})
	d.put(letterEdge, 54, "B", fit(d, "B", 24, r.Title, letterWidth), black, d.plain(r.Title))
	d.put(letterEdge, 63, "B", fit(d, "B", 15, r.No, letterWidth), black, d.plain(r.No))
	d.put(letterEdge, 80, "B", fit(d, "B", 28, r.Amount, letterWidth), black, d.plain(r.Amount))
	y := 88.0
	for _, row := range r.Rows {
		lines := d.wrap("", 11.5, row.Text, letterWidth-receiptLabel)
		labels := d.wrap("", 10, row.Label, receiptLabel-4)
		// A reason of a thousand words is cut: the page on the web has all of it.
		if room := int((receiptFoot - 6 - y) / 5.4); len(lines) > room && room > 0 {
			lines = append(lines[:room-1:room-1], "...")
		}
		for i, text := range labels {
			d.put(letterEdge, y+6+5.4*float64(i), "", 10, black, text)
		}
		for i, text := range lines {
			d.put(letterEdge+receiptLabel, y+6+5.4*float64(i), "", 11.5, black, text)
		}
		y += 5.4*float64(max(len(lines), len(labels))) + 3.2
		d.pen(line)
		d.SetLineWidth(0.1)
		d.Line(letterEdge, y, pageWidth-letterEdge, y)
	}
	d.qr(letterEdge, receiptFoot+6, receiptQR)
	y = receiptFoot + 8
	for _, c := range r.Check {
		for _, text := range d.wrap("", 10, c, letterWidth-receiptQR-8) {
			y += 4.8
			d.put(letterEdge+receiptQR+8, y, "", 10, black, text)
		}
		y += 1.6
	}
	if r.Specimen != "" {
		d.put(letterEdge, pageHeight-14, "B", fit(d, "B", 11, r.Specimen, letterWidth), black, d.plain(r.Specimen))
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("paper: receipt: %w", err)
	}
	return out.Bytes(), nil
}
