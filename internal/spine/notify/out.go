package notify

import (
	"context"
	"errors"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
)

// ErrNoWay is what MailOut and TextOut return where the hall has no mail server
// or no provider: what is to be sent waits until it has.
var ErrNoWay = errors.New("notify: the hall has no way to send this yet")

// MailOut sends a mail of an agency's own system to an address that is no
// person's here, and returns once the mail server took it. With keep, a hall
// without a mail server puts it into the demo's mailbox instead. An error of
// outbox.Cancel says that it can never arrive. Sent twice, it carries one id.
func (n *Notify) MailOut(ctx context.Context, m Mail, keep bool) error {
	if n.smtp.Addr != "" {
		return n.smtp.send(ctx, m)
	}
	if !keep {
		return ErrNoWay
	}
	return n.db.Write(ctx, func(tx *db.Tx) error {
		if err := insertMail(tx, m); err != nil {
			return err
		}
		return markSent(tx, m.ID, clock.Micro(n.clock.Now()))
	})
}

// TextOut is MailOut for a text message.
func (n *Notify) TextOut(ctx context.Context, t Text) error {
	if n.texter == nil {
		return ErrNoWay
	}
	if err := n.texter.Text(ctx, t.ID, t.Phone, t.Body); err != nil {
		return err
	}
	if _, kept := n.texter.(KeptTexts); !kept {
		return nil
	}
	return n.db.Write(ctx, func(tx *db.Tx) error {
		if err := insertText(tx, t); err != nil {
			return err
		}
		return markTextSent(tx, t.ID, clock.Micro(n.clock.Now()))
	})
}

// DropOutTx destroys the copy that the demo kept of something sent out.
func (n *Notify) DropOutTx(tx *db.Tx, id string) error { return dropOut(tx, id) }

// From is the sender's address of every mail.
func (n *Notify) From() string { return n.smtp.From }

// Harmless makes text by anybody fit for one line of a mail or a text message:
// no line end, no control or direction character, nothing that a program would
// turn into a link. It cuts nothing: who sends it bounds it.
func Harmless(s string) string { return unlinked(visible(s)) }

// Fragments is how many text messages a text is charged as (3GPP TS 23.040):
// 160 septets, or 153 each where there are several; 70 and 67 units where a
// character is not in the GSM alphabet.
func Fragments(s string) int {
	n, one, each := gsmLen(s), 160, 153
	if n >= 1<<20 {
		n, one, each = 0, 70, 67
		for _, r := range s {
			n++
			if r > 0xffff {
				n++
			}
		}
	}
	if n <= one {
		return 1
	}
	return (n + each - 1) / each
}
