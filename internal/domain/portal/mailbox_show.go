package portal

import (
	"context"
	"net/http"
	"time"

	"balai/internal/spine/web"
	"balai/internal/ui"
)

// Mail is one mail that the hall has written.
type Mail struct {
	Address, Subject, Body, Lang string
	At                           time.Time
}

// Mails are the demo's letter box: nothing leaves the machine, so the mails
// are shown here.
type Mails interface {
	Newest(ctx context.Context, limit int) ([]Mail, error)
}

const mailboxLength = 50

func (x *Portal) mailboxShow(w http.ResponseWriter, r *http.Request) error {
	mails, err := x.Mails.Newest(r.Context(), mailboxLength)
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("portal.mailbox.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/demo"})
	return web.Render(w, r, http.StatusOK, mailboxPage(page, mails))
}
