package feedback

import (
	"context"
	"net/http"
	"net/netip"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// mostBytes bounds a form.
const mostBytes = 64 << 10

// Send keeps an entry, puts it on record and queues the notice, in one commit.
func (f *Feedback) Send(ctx context.Context, e Entry) (Entry, error) {
	if err := e.check(); err != nil {
		return e, err
	}
	e.Ref, e.At = f.IDs.Ref("MKB"), clock.Micro(f.Clock.Now())
	return e, f.DB.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock("feedback"); err != nil {
			return err
		}
		all, err := mailsBetween(tx, e.At-counted.Microseconds(), e.At+counted.Microseconds())
		if err != nil {
			return err
		}
		same := 0
		for _, mail := range all {
			if e.Mail != "" && mailbox(mail) == mailbox(e.Mail) {
				same++
			}
		}
		if len(all) >= everybody || same >= eachMail {
			return fault.New(fault.Busy, "feedback.error.busy")
		}
		if err := insertEntry(tx, e); err != nil {
			return err
		}
		if _, err := f.Journal.Append(tx, journal.Record{Kind: "feedback.sent", By: journal.ByActor(actor.System("balai")),
			Why:  locale.Text{MS: "Maklum balas tentang laman diterima", EN: "Feedback on the site was received"},
			Data: map[string]any{"feedback": e.Ref, "about": e.Kind}}); err != nil {
			return err
		}
		return f.queue(tx, e, "received")
	})
}

func (f *Feedback) feedbackForm(w http.ResponseWriter, r *http.Request) error {
	return f.again(w, r, Entry{}, nil)
}

func (f *Feedback) feedbackSend(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, mostBytes)
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	e := Entry{Kind: r.PostForm.Get("kind"), Text: r.PostForm.Get("text"), Mail: r.PostForm.Get("mail"), Lang: web.L(r.Context()).Lang()}
	if err := e.check(); err != nil {
		return f.again(w, r, e, err)
	}
	if !f.let(sender(r)) {
		return f.again(w, r, e, fault.New(fault.Busy, "feedback.error.busy"))
	}
	kept, err := f.Send(r.Context(), e)
	if err != nil {
		return f.again(w, r, e, err)
	}
	return web.SeeOther(w, r, "/feedback/"+kept.Ref)
}

// sender is the visitor's address on the network; it is counted and not kept.
// Whoever has one IPv6 address has its whole /64.
func sender(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	a := peer.Addr().Unmap()
	if a.Is6() {
		return netip.PrefixFrom(a.WithZone(""), 64).Masked().String()
	}
	return a.String()
}

// again shows the form with what was typed and what is wrong with it.
func (f *Feedback) again(w http.ResponseWriter, r *http.Request, e Entry, err error) error {
	wrong, status, err := faults(r, err)
	if err != nil {
		return err
	}
	l := web.L(r.Context())
	p := ui.NewPage(r, l.T("feedback.title"))
	p.Before = ui.Breadcrumbs(ui.BreadcrumbsProps{Items: []ui.Crumb{{Text: p.L.T("ui.home"), Href: "/"}, {Text: p.Title}}})
	p.Public, p.Lead, p.Error = true, l.T("feedback.lead"), len(wrong) > 0
	return web.Render(w, r, status, formPage(p, e, wrong))
}

// faults are the sentences of an error by field, "" for the whole form; an
// error that is no fault of the input is given back.
func faults(r *http.Request, err error) (wrong map[string]string, status int, rest error) {
	if err == nil {
		return nil, http.StatusOK, nil
	}
	e, ok := fault.As(err)
	if !ok || e.Code != fault.Invalid && e.Code != fault.Busy && e.Code != fault.Conflict {
		return nil, 0, err
	}
	l := web.L(r.Context())
	wrong = map[string]string{}
	for _, f := range e.Fields {
		wrong[f.Location] = l.T(f.Key, f.Args...)
	}
	if len(wrong) == 0 {
		wrong[""] = l.T(e.Key, e.Args...)
	}
	return wrong, fault.Status(e.Code), nil
}
