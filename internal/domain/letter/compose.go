package letter

import (
	"maps"
	"strconv"
	"strings"
	"time"

	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/paper"
)

// CheckPath is where anybody checks a letter.
func CheckPath(code string) string { return "/letter/" + code }

// written is a letter in words, for the paper and for its page.
type written struct {
	Letter
	Sheet paper.Letter
	Title string // of the case's service, or ""
	File  string // SHA-256 of the PDF that an agency's system handed in; or ""
}

// compose writes a letter out of what cannot change any more: its notices, the
// acts that they tell of, and the address that is handed in.
func (x *Letters) compose(tx *db.Tx, l Letter) (w written, err error) {
	if s, found, err := sheetOf(tx, l.Code); err != nil {
		return w, err
	} else if found {
		return x.composeSheet(tx, l, s)
	}
	p := x.Texts.For(l.Lang)
	w.Letter = l
	list, err := notices(tx, l.Code)
	if err != nil {
		return w, err
	}
	var c casework.Case
	var acts []casework.Act
	agency, site := p.Pick(x.Site), ""
	if l.Case != "" {
		if c, err = x.Cases.Get(tx, l.Case); err != nil && fault.CodeOf(err) != fault.Missing {
			return w, err
		}
		if err == nil {
			if acts, err = x.Cases.Acts(tx, l.Case); err != nil {
				return w, err
			}
			if a, err := x.Directory.Agency(tx, c.Agency); err == nil {
				agency, site = p.Pick(a.Name), a.Site
			}
		}
	}
	w.Title = p.Pick(c.Title)
	at := clock.FromMicro(l.MadeAt)
	s := paper.Letter{
		Site: p.Pick(x.Site), Agency: agency, Code: l.Code, URL: x.BaseURL + CheckPath(l.Code), Lang: string(l.Lang) + "-MY",
		To: l.Address.lines(), Salutation: p.T("letter.salutation"), Page: p.T("letter.page"), Unsigned: p.T("letter.unsigned"),
		Close: []string{p.T("letter.close"), p.T("letter.hall"), agency}, Check: []string{p.T("letter.check", "code", l.Code)},
		Head: []paper.Line{{Label: p.T("letter.date"), Text: p.Date(at)}},
	}
	if l.Case != "" {
		s.Head = append([]paper.Line{{Label: p.T("letter.ref"), Text: l.Case}}, s.Head...)
	}
	if x.Specimen {
		s.Specimen = p.T("letter.specimen")
	}
	for i, n := range list {
		if i == len(list)-1 {
			s.Subject = n.Subject(p)
			if w.Title != "" && !strings.Contains(s.Subject, w.Title) {
				s.Subject += ": " + w.Title
			}
		}
		s.Body = append(s.Body, x.tell(p, n.Item, acts, i < len(list)-1)...)
	}
	s.Body = append([]paper.Paragraph{{Text: p.T("letter.opening")}}, s.Body...)
	if l.Case != "" {
		s.Body = append(s.Body, paper.Paragraph{Text: p.T("letter.counter", "ref", l.Case)})
	}
	if site != "" { // the directory has no telephones: the agency's own site names its offices
		s.Body = append(s.Body, paper.Paragraph{Text: p.T("letter.ask", "agency", agency, "site", site)})
	}
	w.Sheet = s
	return w, nil
}

// tell is what one notice says on paper: its own words for paper where it has
// them, and what the officer wrote, since the reader cannot sign in to read it.
// Where more has happened since, it does not say that nothing is to be done.
func (x *Letters) tell(p locale.Printer, n notify.Item, acts []casework.Act, more bool) []paper.Paragraph {
	said := n
	said.Args = maps.Clone(n.Args)
	switch {
	case more && p.Has(n.Key+".letter.since.body"):
		said.Key = n.Key + ".letter.since"
	case p.Has(n.Key + ".letter.body"):
		said.Key = n.Key + ".letter"
	}
	out := []paper.Paragraph{{Text: said.Body(p)}}
	number, err := strconv.Atoi(n.Args["act"])
	if err != nil {
		return out
	}
	for _, a := range acts {
		if a.N != number {
			continue
		}
		if t := p.Pick(words(a)); t != "" {
			out = append(out, paper.Paragraph{Text: t, Quote: true})
		}
		if due, ok := a.Data["answer_due_at"].(int64); ok && due > 0 {
			out = append(out, paper.Paragraph{Text: p.T("letter.answer_by", "day", p.Date(clock.FromMicro(due)))})
		}
	}
	return out
}

// words are what an act says to the applicant.
func words(a casework.Act) locale.Text {
	if r := casework.Reasons(a); !r.Empty() {
		return r
	}
	for _, field := range []string{"question", "text", "reason"} {
		if t := casework.TextOf(a, field); !t.Empty() {
			return t
		}
	}
	return locale.Text{}
}

// addressed is a letter with the address of today, where it has none yet.
func (x *Letters) addressed(tx *db.Tx, l Letter) (Letter, error) {
	if l.Address.Name != "" {
		return l, nil
	}
	a, err := x.People.AddressOf(tx, l.Person)
	if fault.CodeOf(err) == fault.Missing {
		return l, nil
	}
	l.Address = a
	return l, err
}

// draw makes the file of letters; its date is the given day's first moment, so
// that the same letters give the same bytes.
func draw(title string, day time.Time, list []written) ([]byte, []int, error) {
	sheets := make([]paper.Letter, len(list))
	for i, w := range list {
		sheets[i] = w.Sheet
	}
	return paper.DrawLetters(title, day, sheets...)
}
