package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
)

// Text is a rendered text message: a notice that there is something to read,
// and nothing of what it says. SentAt is zero until the provider took it.
type Text struct {
	ID     string // the message's
	To     string // person id
	Phone  string
	Lang   locale.Lang
	Body   string
	At     int64
	SentAt int64
}

// Texter hands a text message to who carries it. The id stays the same however
// often it is tried. An error of outbox.Cancel says that it can never arrive.
type Texter interface {
	Text(ctx context.Context, id, phone, body string) error
}

// KeptTexts carries nothing: the texts are kept for the demo's phone.
type KeptTexts struct{}

// Text takes it.
func (KeptTexts) Text(context.Context, string, string, string) error { return nil }

// HTTPTexts posts {"id", "to", "text"} as JSON to a provider's address, with
// the id as Idempotency-Key as well, so that a second try shows once.
type HTTPTexts struct {
	URL, Token string
	Client     *http.Client
}

// Text sends it. 4xx is about this text and final, but for 401, 403, 408 and
// 429, which are between us and the provider: those are tried again.
func (h HTTPTexts) Text(ctx context.Context, id, phone, body string) error {
	data, err := json.Marshal(map[string]string{"id": id, "to": phone, "text": body})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(data))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", id)
	if h.Token != "" {
		req.Header.Set("Authorization", "Bearer "+h.Token)
	}
	res, err := h.Client.Do(req)
	if err != nil {
		return fmt.Errorf("notify: texts: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection is kept
	switch c := res.StatusCode; {
	case c < 300:
		return nil
	case c == 401 || c == 403 || c == 408 || c == 429 || c < 400 || c >= 500:
		return fmt.Errorf("notify: texts: the provider answers %s", res.Status)
	}
	return outbox.Cancel(fmt.Errorf("notify: texts: the provider refuses: %s", res.Status))
}

// deliverText is deliver for a text message.
func (n *Notify) deliverText(ctx context.Context, j outbox.Job) error {
	var args messageJob
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return outbox.Cancel(fmt.Errorf("notify: job: %w", err))
	}
	t, err := n.prepareText(ctx, args.Message)
	if err != nil {
		return fmt.Errorf("notify: message %s: %w", args.Message, err)
	}
	if t.SentAt != 0 {
		return nil
	}
	if t.Phone == "" {
		return n.undelivered(ctx, j, args.Message, ByText, "", outbox.Cancel(errors.New("notify: no number any more")))
	}
	if err := n.texter.Text(ctx, t.ID, t.Phone, t.Body); err != nil {
		return n.undelivered(ctx, j, t.ID, ByText, t.Phone, err)
	}
	return n.db.Write(ctx, func(tx *db.Tx) error {
		if err := markTextSent(tx, t.ID, clock.Micro(n.clock.Now())); err != nil {
			return err
		}
		if err := n.SentTx(tx, t.ID, ByText); err != nil {
			return err
		}
		return n.outbox.DoneTx(tx, j)
	})
}

// prepareText gives the message's text: as it was rendered before, or rendered
// and kept now, before it can leave.
func (n *Notify) prepareText(ctx context.Context, id string) (t Text, err error) {
	var item Item
	var r Reach
	kept := false
	err = n.db.Read(ctx, func(tx *db.Tx) (err error) {
		if t, err = textOf(tx, id); !errors.Is(err, db.ErrNoRows) {
			kept = err == nil
			return err
		}
		if item, err = message(tx, id); err != nil {
			return err
		}
		r, err = n.Reach(tx, item.To)
		return err
	})
	if err != nil || kept || r.Address.Phone == "" || n.texter == nil {
		return t, err
	}
	lang := r.Address.Lang
	if r.Choice.Lang != "" {
		lang = r.Choice.Lang
	}
	p := n.texts.For(lang)
	t = Text{ID: id, To: item.To, Phone: r.Address.Phone, Lang: p.Lang(), Body: n.saying(p, item), At: clock.Micro(n.clock.Now())}
	return t, n.db.Write(ctx, func(tx *db.Tx) error { return insertText(tx, t) })
}

// saying is what a text message says of a message: that it is there, or where
// its key has a text of its own (".text": a code to be typed where nobody can
// sign in) that text, if it fits.
func (n *Notify) saying(p locale.Printer, m Item) string {
	if key := m.Key + ".text"; p.Has(key) {
		if s := p.T(key, append(pairs(p, m.Args), "site", gsm(p.Pick(n.site)))...); gsmLen(s) <= noticeLimit {
			return s
		}
	}
	return n.notice(p, m.Case)
}

// noticeLimit is one text message of the GSM alphabet.
const noticeLimit = 160

// notice is all that a text message says: that there is a message, about which
// case, and where to sign in. It names nobody and nothing, since a phone may be
// shared. What does not fit is left out: first the address, then the site.
func (n *Notify) notice(p locale.Printer, ref string) string {
	key := "notify.text.case"
	if ref == "" {
		key = "notify.text.hall"
	}
	site := gsm(p.Pick(n.site))
	link := ""
	if n.smtp.BaseURL != "" {
		link = " " + p.T("notify.text.link", "url", n.smtp.BaseURL+"/me")
	}
	for _, s := range []string{p.T(key, "site", site, "ref", ref) + link, p.T(key, "site", site, "ref", ref)} {
		if gsmLen(s) <= noticeLimit {
			return s
		}
	}
	return p.T(key, "site", "Balai", "ref", ref)
}

// The GSM 7-bit alphabet (3GPP TS 23.038), and the characters that take two.
const (
	gsmOne = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmTwo = "\f^{}\\[~]|€"
)

// gsmLen is a text's length in the GSM alphabet, or more than any limit where
// it has a character that is not in it.
func gsmLen(s string) (n int) {
	for _, r := range s {
		switch {
		case strings.ContainsRune(gsmOne, r):
			n++
		case strings.ContainsRune(gsmTwo, r):
			n += 2
		default:
			return 1 << 20
		}
	}
	return n
}

// gsm leaves out what the alphabet lacks.
func gsm(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !strings.ContainsRune(gsmOne, r) {
			return -1
		}
		return r
	}, s)
}

// dialled is a telephone number without what people write between its digits;
// "" where it is none.
func dialled(phone string) string {
	var b strings.Builder
	for i, r := range phone {
		switch {
		case r >= '0' && r <= '9' || r == '+' && i == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" -().", r):
		default:
			return ""
		}
	}
	if b.Len() < 8 || b.Len() > 16 {
		return ""
	}
	return b.String()
}

// Texted gives the text messages that were made, newest first, at most limit.
func (n *Notify) Texted(tx *db.Tx, limit int) ([]Text, error) { return texted(tx, limit) }

// undelivered ends a try that failed: where it was the last, the message goes
// on its next channel in the same write that says so.
func (n *Notify) undelivered(ctx context.Context, j outbox.Job, message string, ch Channel, address string, cause error) error {
	refused := outbox.Final(cause)
	if !refused && j.Attempt < outbox.Attempts {
		return cause
	}
	reason := GaveUp
	switch {
	case address == "":
		reason = NoAddress
	case refused:
		reason = Refused
	}
	err := n.db.Write(ctx, func(tx *db.Tx) error { return n.FailedTx(tx, message, ch, address, reason) })
	if err != nil {
		return err // tried again, the refusal with it
	}
	return cause
}
