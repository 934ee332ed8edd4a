package proof

import (
	"net/http"
	"strconv"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/paper"
	"balai/internal/spine/secret"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// sheetGive prints an activation code for the person at the counter. It is on
// the paper and nowhere else: printing again makes a new one and voids this.
func (p *Proof) sheetGive(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	code, act := p.newCode(AtCounter)
	var who Person
	var c Contact
	err := p.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		if who, c, err = p.subject(tx, a); err != nil {
			return err
		}
		return p.GiveSheetTx(tx, a, act)
	})
	if err != nil {
		return err
	}
	l := p.Texts.For(c.Lang)
	end := l.Date(clock.FromMicro(p.in(codeLife)))
	letter := p.paper(l, who.Name, l.T("proof.sheet.subject"), p.BaseURL+"/activate#"+code)
	letter.Check = []string{l.T("proof.sheet.scan")}
	letter.Body = []paper.Paragraph{{Text: l.T("proof.sheet.what")}, {Text: l.T("proof.sheet.code", "code", secret.Grouped(code)), Quote: true},
		{Text: l.T("proof.sheet.how", "url", p.BaseURL+"/activate")}, {Text: l.T("proof.sheet.until", "day", end)}, {Text: l.T("proof.sheet.keep")}}
	return p.print(w, "kod-pengaktifan", letter)
}

// cardGive prints a card of codes; its PIN is typed by the person themself, once:
// printing the same card again asks for none.
func (p *Proof) cardGive(w http.ResponseWriter, r *http.Request) error {
	if p.Cards == nil {
		return fault.New(fault.Missing, "web.error.missing")
	}
	if err := form(r); err != nil {
		return err
	}
	a := web.ActorOf(r.Context())
	var who Person
	var c Contact
	again := false
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if who, c, err = p.subject(tx, a); err != nil {
			return err
		}
		_, again, err = p.handing(tx, a)
		return err
	})
	if err != nil {
		return err
	}
	hashed := ""
	if !again {
		pin := r.PostForm.Get("pin")
		if key := wrongPIN(pin, r.PostForm.Get("again"), who.IDNumber, who.BornOn); key != "" {
			text := web.L(r.Context()).T(key)
			return p.recordRender(w, r, recordForm{PIN: text}, []ui.Problem{{Href: "#pin", Text: text}}, fault.Status(fault.Invalid))
		}
		if hashed, err = p.Cards.Hash(r.Context(), pin); err != nil {
			return err
		}
	}
	var codes []string
	for range cardCodes {
		codes = append(codes, secret.Code(p.IDs.Bytes, cardLetters))
	}
	if err := p.DB.Write(r.Context(), func(tx *db.Tx) error { return p.GiveCardTx(tx, a, hashed, codes) }); err != nil {
		return err
	}
	l := p.Texts.For(c.Lang)
	letter := p.paper(l, who.Name, l.T("proof.card.subject"), p.BaseURL+"/kiosk")
	letter.Check = []string{l.T("proof.card.where")}
	letter.Body = []paper.Paragraph{{Text: l.T("proof.card.what")}}
	if again {
		letter.Body = append(letter.Body, paper.Paragraph{Text: l.T("proof.card.again")})
	}
	letter.Body = append(letter.Body, paper.Paragraph{Text: l.T("proof.card.number", "number", who.IDNumber)})
	for i := 0; i < len(codes); i += 3 { // three on a line, so that a card is one page
		line := ""
		for j, one := range codes[i:min(i+3, len(codes))] {
			line += strconv.Itoa(i+j+1) + ".  " + secret.Grouped(one) + "        "
		}
		letter.Body = append(letter.Body, paper.Paragraph{Text: line, Quote: true})
	}
	letter.Body = append(letter.Body, paper.Paragraph{Text: l.T("proof.card.how")}, paper.Paragraph{Text: l.T("proof.card.keep")})
	return p.print(w, "kad-kod", letter)
}

// paper is a sheet to a person by name; it has no address, for it is handed over.
func (p *Proof) paper(l locale.Printer, name, subject, url string) paper.Letter {
	out := paper.Letter{Site: l.Pick(p.Site), Agency: l.Pick(p.Site), URL: url, Lang: string(l.Lang()) + "-MY",
		To: []string{name}, Salutation: l.T("proof.paper.salutation"), Subject: subject, Page: l.T("proof.paper.page"),
		Close: []string{l.T("proof.paper.close")}, Unsigned: l.T("proof.paper.unsigned"),
		Head: []paper.Line{{Label: l.T("proof.paper.date"), Text: l.Date(p.Clock.Now())}}}
	if p.Specimen {
		out.Specimen = l.T("proof.paper.specimen")
	}
	return out
}

func (p *Proof) print(w http.ResponseWriter, name string, letter paper.Letter) error {
	file, _, err := paper.DrawLetters(letter.Subject, p.Clock.Now(), letter)
	if err != nil {
		return err
	}
	return pdf(w, name, file)
}
