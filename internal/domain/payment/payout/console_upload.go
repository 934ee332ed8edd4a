package payout

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/web"
)

// uploadView is the form for a file, and what was wrong with the last one.
type uploadView struct {
	Desk                   payment.Desk
	Reference, Description string
	No                     *Refusal
	Wrong                  string // of the file as a whole
}

func (p *Part) uploadPage(w http.ResponseWriter, r *http.Request) error {
	return p.upload(w, r, uploadView{}, http.StatusOK)
}

func (p *Part) upload(w http.ResponseWriter, r *http.Request, v uploadView, status int) (err error) {
	if v.Desk, err = p.Desk.DeskOf(r); err != nil {
		return err
	}
	page := payment.DeskPage(r, web.L(r.Context()).T("payout.upload.title"))
	page.Error = v.No != nil || v.Wrong != ""
	return web.Render(w, r, status, uploadPageView(page, v))
}

// shortField is how much of a form's text is read.
const shortField = 4 << 10

// uploadPost takes an officer's file as it comes in; it waits for another officer.
func (p *Part) uploadPost(w http.ResponseWriter, r *http.Request) error {
	d, err := p.Desk.DeskOf(r)
	if err != nil {
		return err
	}
	done, err := p.Desk.Upload(w, r, d.Collector.Agency, d.Live)
	if err != nil {
		return err
	}
	defer done()
	parts, err := r.MultipartReader()
	if err != nil {
		return fault.New(fault.Invalid, "payout.error.form")
	}
	v := uploadView{}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return p.upload(w, r, uploadView{Wrong: web.L(r.Context()).T("payout.wrong.cut")}, fault.Status(fault.Invalid))
		}
		switch part.FormName() {
		case "reference":
			v.Reference = field(part)
		case "description":
			v.Description = field(part)
		case "file":
			if part.FileName() == "" {
				continue
			}
			return p.taken(w, r, d, v, part)
		}
	}
	v.Wrong = web.L(r.Context()).T("payout.upload.none")
	return p.upload(w, r, v, fault.Status(fault.Invalid))
}

func field(part *multipart.Part) string {
	text, _ := io.ReadAll(io.LimitReader(part, shortField)) // what is cut is too long anyway
	return strings.ToValidUTF8(string(text), "")
}

// taken reads an officer's file and leads to the batch that it became, or that has
// it already.
func (p *Part) taken(w http.ResponseWriter, r *http.Request, d payment.Desk, v uploadView, in io.Reader) error {
	format, body := Sniff(in)
	b, no, err := p.Take(r.Context(), File{Agency: d.Collector.Agency, Live: d.Live, Format: format, Body: body, Reference: v.Reference, Description: v.Description, By: web.ActorOf(r.Context())})
	if err != nil {
		return err
	}
	if no != nil {
		v.No = no
		return p.upload(w, r, v, fault.Status(fault.Invalid))
	}
	return web.SeeOther(w, r, d.Path("/payouts/"+b.ID))
}

// againView lists what was refused or came back, to be paid again.
type againView struct {
	Desk  payment.Desk
	Batch Batch
	Lines []Line
	Typed map[int64]string // account by line
	Wrong map[int64]string
	Note  string
}

// againMost is how many lines one correction has.
const againMost = 100

func (p *Part) againPage(w http.ResponseWriter, r *http.Request) error {
	return p.correct(w, r, againView{}, http.StatusOK)
}

func (p *Part) correct(w http.ResponseWriter, r *http.Request, v againView, status int) (err error) {
	if v.Desk, err = p.Desk.DeskOf(r); err != nil {
		return err
	}
	if v.Batch, v.Lines, err = p.back(r, v.Desk); err != nil {
		return err
	}
	page := payment.DeskPage(r, web.L(r.Context()).T("payout.again.title"))
	page.Error = v.Note != ""
	return web.Render(w, r, status, againPageView(page, v))
}

// back are lines of a batch that were refused or came back, and whose reference no
// other payment has taken up since.
func (p *Part) back(r *http.Request, d payment.Desk) (b Batch, lines []Line, err error) {
	err = p.db.Read(r.Context(), func(tx *db.Tx) error {
		if b, err = batchOf(tx, d, r.PathValue("id")); err != nil {
			return err
		}
		all, err := linesBack(tx, b.ID, 0, 10*againMost)
		if err != nil {
			return err
		}
		var references []string
		for _, l := range all {
			references = append(references, folded(l.Reference))
		}
		list, err := takenBy(tx, b, references)
		if err != nil {
			return err
		}
		paid := map[string]bool{}
		for _, t := range list {
			paid[t.folded] = true
		}
		lines = nil
		for _, l := range all {
			if !paid[folded(l.Reference)] && len(lines) < againMost {
				lines = append(lines, l)
			}
		}
		return nil
	})
	return b, lines, err
}

// againPost makes a batch of the lines whose account was corrected; another officer
// approves it, as any other.
func (p *Part) againPost(w http.ResponseWriter, r *http.Request) error {
	d, err := p.Desk.DeskOf(r)
	if err != nil {
		return err
	}
	b, lines, err := p.back(r, d)
	if err != nil {
		return err
	}
	l := web.L(r.Context())
	v := againView{Typed: map[int64]string{}, Wrong: map[int64]string{}}
	ask := PayPayoutAsk{Reference: b.Reference, Description: b.Description}
	for _, x := range lines {
		typed := accountOf(r.PostFormValue("account-" + itoa(x.N)))
		if typed == "" || typed == x.Account {
			continue
		}
		if v.Typed[x.N] = typed; !plausible(typed) || typed == d.Collector.Account {
			v.Wrong[x.N] = l.T("payout.wrong.account")
		}
		ask.Payments = append(ask.Payments, PayPayoutLine{Account: typed, Bank: x.Bank, Name: x.Name, Amount: int64(x.Amount), Reference: x.Reference, Note: x.Note})
	}
	if len(lines) == 0 {
		v.Note = l.T("payout.again.taken")
		return p.correct(w, r, v, fault.Status(fault.Conflict))
	}
	if len(v.Wrong) > 0 || len(ask.Payments) == 0 {
		v.Note = l.T("payout.again.none")
		return p.correct(w, r, v, fault.Status(fault.Invalid))
	}
	body, err := json.Marshal(ask)
	if err != nil {
		return err
	}
	made, no, err := p.Take(r.Context(), File{Agency: d.Collector.Agency, Live: d.Live, Format: JSON, Body: bytes.NewReader(body), By: web.ActorOf(r.Context()), Of: b.ID})
	if err != nil {
		return err
	}
	if no != nil {
		v.Note = l.T("payout.again.taken")
		return p.correct(w, r, v, fault.Status(fault.Conflict))
	}
	return web.SeeOther(w, r, d.Path("/payouts/"+made.ID))
}
