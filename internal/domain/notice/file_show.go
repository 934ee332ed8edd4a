package notice

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// documentView is the page on which a file is fetched.
type documentView struct {
	Token   string
	Agency  locale.Text
	Name    string
	Size    int64
	Until   string
	Ask     bool
	Typed   string
	Problem string
}

// document is the file of an address; one whose time is over, or that was
// asked for wrongly too often, is not there.
func (p *Part) document(r *http.Request) (d Document, v documentView, err error) {
	token := r.PathValue("token")
	err = p.DB.Read(r.Context(), func(tx *db.Tx) error {
		if d, err = documentOf(tx, digest(token)); err != nil {
			return err
		}
		s, err := service(tx, d.Service)
		if err != nil {
			return err
		}
		a, err := p.Directory.Agency(tx, s.Agency)
		v.Agency = a.Name
		return err
	})
	if errors.Is(err, db.ErrNoRows) || err == nil && (d.EndsAt <= p.now() || d.Misses >= missesMost) {
		return d, v, fault.New(fault.Missing, "notice.file.gone")
	}
	v.Token, v.Name, v.Size, v.Ask = token, d.Name, int64(len(d.Data)), d.Receiver != ""
	v.Until = clock.Day(clock.FromMicro(d.EndsAt))
	return d, v, err
}

// fileShow says whose file it is. The file itself comes by a press only: what
// looks into mails before their reader does follows each address in them.
func (p *Part) fileShow(w http.ResponseWriter, r *http.Request) error {
	_, v, err := p.document(r)
	if err != nil {
		return err
	}
	return p.showFile(w, r, v, http.StatusOK)
}

func (p *Part) showFile(w http.ResponseWriter, r *http.Request, v documentView, status int) error {
	page := ui.NewPage(r, web.L(r.Context()).T("notice.file.title"))
	page.Error = v.Problem != ""
	return web.Render(w, r, status, filePage(page, v))
}

// fileGet hands the file over, where its reader names the address that it was
// sent to.
func (p *Part) fileGet(w http.ResponseWriter, r *http.Request) error {
	d, v, err := p.document(r)
	if err != nil {
		return err
	}
	v.Typed = strings.TrimSpace(r.PostFormValue("email"))
	right := d.Receiver == ""
	if !right && v.Typed != "" { // an empty box is a slip and no guess
		if right, err = p.guess(r.Context(), d, v.Typed); err != nil {
			return err
		}
	}
	if !right {
		v.Problem = web.L(r.Context()).T("notice.file.other")
		return p.showFile(w, r, v, fault.Status(fault.Invalid))
	}
	h := w.Header()
	h.Set("Content-Type", d.Type)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.Name}))
	h.Set("Content-Length", strconv.Itoa(len(d.Data)))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	_, err = w.Write(d.Data)
	return err
}

// guess tells whether an address is the receiver's. The guess is taken before
// it is looked at, and given back where it was right, so that however many come
// at once no more than missesMost are looked at.
func (p *Part) guess(ctx context.Context, d Document, typed string) (right bool, err error) {
	err = p.DB.Write(ctx, func(tx *db.Tx) error {
		right = false
		taken, err := takeGuess(tx, d.Token)
		if err != nil {
			return err
		}
		if !taken {
			return fault.New(fault.Missing, "notice.file.gone")
		}
		if right = strings.EqualFold(typed, d.Receiver); right {
			return giveGuess(tx, d.Token)
		}
		return nil
	})
	return right, err
}
