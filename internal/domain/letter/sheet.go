package letter

import (
	"context"
	"errors"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
	"balai/internal/spine/paper"
)

// Sheet is a letter that an agency's own system had written, to an address and
// about no case here.
type Sheet struct {
	ID      string // the sender's own
	Agency  string
	Lang    locale.Lang
	To      Address  // what the printing house sorts by
	Lines   []string // the address as it is printed, the name first
	Subject string
	Body    string // paragraphs, with an empty line between
	File    string // SHA-256 of a PDF that is posted as it is, in the place of all this; or ""
	Pages   int64  // of that file
}

// Senders hear what became of their sheets.
type Senders interface {
	PostedTx(tx *db.Tx, id string) error
	ReturnedTx(tx *db.Tx, id string) error
}

// TakeTx puts a sheet into the post of its day.
func (x *Letters) TakeTx(tx *db.Tx, s Sheet) error {
	l := Letter{Code: x.IDs.Ref(codePrefix), Lang: s.Lang, State: Queued, MadeAt: x.now()}
	if err := insertLetter(tx, l); err != nil {
		return err
	}
	if err := address(tx, l.Code, s.To); err != nil {
		return err
	}
	if s.File != "" {
		if err := setPages(tx, l.Code, s.Pages); err != nil {
			return err
		}
	}
	return insertSheet(tx, l.Code, s)
}

// DropTx destroys what a posted sheet said and to whom it went. The files of
// its batch stay until the mail room drops them.
func (x *Letters) DropTx(tx *db.Tx, id string) error { return dropSheet(tx, id) }

// Print draws a sheet as it is or will be posted; one that is in no post is
// marked as a trial.
func (x *Letters) Print(ctx context.Context, s Sheet) (file []byte, pages int, err error) {
	l := Letter{Code: trial, Lang: s.Lang, MadeAt: x.now()}
	err = x.DB.Read(ctx, func(tx *db.Tx) error {
		code, err := sheetCode(tx, s.ID)
		if errors.Is(err, db.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		l, err = x.Get(tx, code)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	var w written
	err = x.DB.Read(ctx, func(tx *db.Tx) (err error) { w, err = x.composeSheet(tx, l, s); return err })
	if err != nil {
		return nil, 0, err
	}
	file, counts, err := draw(l.Code, clock.FromMicro(l.MadeAt), []written{w})
	if err != nil {
		return nil, 0, err
	}
	return file, counts[0], nil
}

// trial stands where the code of a letter that is not posted would.
const trial = codePrefix + "-0000"

// composeSheet is compose for a sheet: no salutation of ours, since the
// agency's text has its own.
func (x *Letters) composeSheet(tx *db.Tx, l Letter, s Sheet) (written, error) {
	p := x.Texts.For(s.Lang)
	a, err := x.Directory.Agency(tx, s.Agency)
	if err != nil {
		return written{}, err
	}
	agency := p.Pick(a.Name)
	w := written{Letter: l, Title: s.Subject, File: s.File}
	w.Sheet = paper.Letter{
		Site: p.Pick(x.Site), Agency: agency, Code: l.Code, URL: x.BaseURL + CheckPath(l.Code), Lang: string(s.Lang) + "-MY",
		To: s.Lines, Salutation: p.T("letter.salutation"), Subject: s.Subject, Page: p.T("letter.page"), Unsigned: p.T("letter.unsigned"),
		Close: []string{p.T("letter.close"), p.T("letter.hall"), agency}, Check: []string{p.T("letter.check", "code", l.Code)},
		Head: []paper.Line{{Label: p.T("letter.date"), Text: p.Date(clock.FromMicro(l.MadeAt))}},
	}
	if x.Specimen {
		w.Sheet.Specimen = p.T("letter.specimen")
	}
	if s.File != "" {
		w.Sheet.To, w.Sheet.Subject = []string{p.T("letter.enclosed.to")}, p.T("letter.enclosed.title")
		w.Sheet.Body = []paper.Paragraph{{Text: p.T("letter.enclosed")}}
		return w, nil
	}
	for _, text := range strings.Split(s.Body, "\n") {
		if text = strings.TrimSpace(text); text != "" {
			w.Sheet.Body = append(w.Sheet.Body, paper.Paragraph{Text: text})
		}
	}
	if a.Site != "" {
		w.Sheet.Body = append(w.Sheet.Body, paper.Paragraph{Text: p.T("letter.ask", "agency", agency, "site", a.Site)})
	}
	return w, nil
}
