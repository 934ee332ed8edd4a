package payment

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/paper"
	"balai/internal/spine/qrcode"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// A slip is a receipt as its page shows it.
type slip struct {
	Receipt Receipt
	Agency  locale.Text
	All     bool   // who looks holds its code
	What    string // these are for that one only
	Ref     string
	At      string
	Back    string
	BackKey string // of what the way back is called
	Token   string
	URL     string // what the QR says
	QR      qrcode.Picture
	Refund  int64
}

func (s slip) href(ending string) string { return receiptHref(s.Receipt.No, ending, s.Token) }

// receiptPage shows that a receipt is real. Numbers can be guessed, so it tells
// who has nothing but the number the agency, the amount and that it stands; with
// the receipt's code, or the secret of the payment's page, what it was for.
func (p *Part) receiptPage(w http.ResponseWriter, r *http.Request) error {
	no, ending := r.PathValue("no"), ""
	for _, e := range []string{".pdf", ".tlog-proof"} {
		if cut, ok := strings.CutSuffix(no, e); ok {
			no, ending = cut, e
		}
	}
	return p.showReceipt(w, r, no, ending, r.URL.Query().Get("t"))
}

// receiptRead is where the QR leads. Who reads a code that the hall did not sign
// holds a forged receipt: that is no page that was not found.
func (p *Part) receiptRead(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	c, err := ReadToken(token, p.receiptKey())
	if err != nil {
		page := ui.NewPage(r, web.L(r.Context()).T("payment.forged.title"))
		page.Alone = true
		w.Header().Set("Cache-Control", "no-store")
		return web.Render(w, r, http.StatusNotFound, forgedView(page))
	}
	return p.showReceipt(w, r, c.No, "", token)
}

func (p *Part) showReceipt(w http.ResponseWriter, r *http.Request, no, ending, secret string) error {
	var v Voucher
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) { v, err = p.voucher(tx, no); return err })
	missing := fault.New(fault.Missing, "payment.error.receipt")
	none := errors.Is(err, db.ErrNoRows)
	if err != nil && !none {
		return err
	}
	all := !none && p.holds(v, secret)
	if !all {
		// Numbers follow one another: who walks them would add up what an agency takes.
		if err := p.fewWalks(r); err != nil {
			return err
		}
	}
	if none {
		return missing
	}
	if ending != "" && !all {
		return missing
	}
	s, err := p.slip(web.L(r.Context()), v, all)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	switch ending {
	case ".pdf":
		return p.receiptPDF(w, r, s)
	case ".tlog-proof":
		return p.receiptProof(w, r, v)
	}
	page := ui.NewPage(r, web.L(r.Context()).T("payment.receipt.title", "no", s.Receipt.No))
	page.Paper, page.Alone = true, true
	return web.Render(w, r, http.StatusOK, receiptView(page, s))
}

func (p *Part) slip(l locale.Printer, v Voucher, all bool) (s slip, err error) {
	s = slip{Receipt: v.Receipt, Agency: v.Agency, All: all, Refund: int64(v.Sent)}
	if !all {
		return s, nil
	}
	s.BackKey = cmp.Or(backKey(v.Payment, p.BaseURL), "payment.receipt.back")
	s.What, s.Ref, s.Back, s.At = v.Payment.Description, v.Payment.Reference, v.Payment.ReturnURL, l.DateTime(clock.FromMicro(v.Receipt.PaidAt))
	if s.Token, err = p.token(v); err != nil {
		return s, err
	}
	s.URL = p.BaseURL + "/r/" + s.Token
	s.QR, err = qrcode.Draw(s.URL)
	return s, err
}

// receiptProof serves the C2SP proof that the receipt is in the public journal.
func (p *Part) receiptProof(w http.ResponseWriter, r *http.Request, v Voucher) error {
	proof, err := p.Journal.Proof(r.Context(), v.Receipt.Leaf)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+v.Receipt.No+`.tlog-proof"`)
	_, err = w.Write(proof)
	return err
}

// receiptPDF serves the receipt as a file to keep, in the page's language. It is
// drawn and signed each time, and kept nowhere.
func (p *Part) receiptPDF(w http.ResponseWriter, r *http.Request, s slip) error {
	l := web.L(r.Context())
	at := clock.FromMicro(s.Receipt.PaidAt)
	sheet := paper.Receipt{Site: l.Pick(p.Site), Agency: l.Pick(s.Agency), Lang: string(l.Lang()) + "-MY", Title: l.T("payment.receipt.heading"), No: s.Receipt.No,
		Amount: l.Ringgit(int64(s.Receipt.Amount)), Check: []string{l.T("payment.receipt.check"), l.T("payment.receipt.check.offline")}, URL: s.URL, Token: s.Token, At: at}
	for _, row := range factsOf(l, s) {
		sheet.Rows = append(sheet.Rows, paper.Line{Label: row[0], Text: row[1]})
	}
	if !s.Receipt.Live {
		sheet.Specimen = l.T("payment.receipt.test")
	}
	file, err := paper.DrawReceipt(sheet)
	if err != nil {
		return err
	}
	if p.Seal != nil {
		if file, err = p.Seal.Sign(file, []byte(`{"receipt":`+strconv.Quote(s.Token)+`}`), "Receipt "+s.Receipt.No, p.Clock.Now()); err != nil {
			return err
		}
	}
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Length", strconv.Itoa(len(file)))
	h.Set("Content-Disposition", `attachment; filename="`+s.Receipt.No+`.pdf"`)
	_, err = w.Write(file)
	return err
}

// factsOf are a receipt's lines, by what its reader may know.
func factsOf(l locale.Printer, s slip) [][2]string {
	rows := [][2]string{{l.T("payment.to"), l.Pick(s.Agency)}, {l.T("payment.amount"), l.Ringgit(int64(s.Receipt.Amount))}}
	if s.All {
		rows = append(rows, [2]string{l.T("payment.what"), s.What}, [2]string{l.T("payment.reference"), s.Ref}, [2]string{l.T("payment.at"), s.At},
			[2]string{l.T("payment.how"), l.T("payment.receipt.by." + string(s.Receipt.Method))}, [2]string{l.T("payment.bankref"), s.Receipt.BankRef})
	}
	if s.All && s.Refund > 0 {
		rows = append(rows, [2]string{l.T("payment.refunded"), l.Ringgit(s.Refund)})
	}
	return rows
}
