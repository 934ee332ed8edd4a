package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"unicode"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/outbox"
)

// deliver renders a message's mail once, sends it where there is a server, and
// ends the job in the write that notes it.
func (n *Notify) deliver(ctx context.Context, j outbox.Job) error {
	var args messageJob
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return outbox.Cancel(fmt.Errorf("notify: job: %w", err))
	}
	mail, made, err := n.prepare(ctx, args.Message)
	if err != nil {
		return fmt.Errorf("notify: message %s: %w", args.Message, err)
	}
	if mail.Address == "" {
		return n.undelivered(ctx, j, args.Message, ByMail, "", outbox.Cancel(errors.New("notify: no address any more")))
	}
	if !made {
		err := n.db.Write(ctx, func(tx *db.Tx) error {
			if err := insertMail(tx, mail); err != nil || n.smtp.Addr != "" {
				return err
			}
			if err := n.SentTx(tx, mail.ID, ByMail); err != nil {
				return err
			}
			return n.outbox.DoneTx(tx, j)
		})
		if err != nil || n.smtp.Addr == "" {
			return err
		}
	}
	if n.smtp.Addr == "" || mail.SentAt != 0 {
		return nil
	}
	if err := n.smtp.send(ctx, mail); err != nil {
		return n.undelivered(ctx, j, mail.ID, ByMail, mail.Address, err)
	}
	return n.db.Write(ctx, func(tx *db.Tx) error {
		if err := markSent(tx, mail.ID, clock.Micro(n.clock.Now())); err != nil {
			return err
		}
		if err := n.SentTx(tx, mail.ID, ByMail); err != nil {
			return err
		}
		return n.outbox.DoneTx(tx, j)
	})
}

// prepare gives the message's mail: as it was rendered before, or rendered now.
func (n *Notify) prepare(ctx context.Context, id string) (mail Mail, made bool, err error) {
	var item Item
	err = n.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		if mail, err = mailOf(tx, id); err == nil {
			made = true
			return nil
		} else if !errors.Is(err, db.ErrNoRows) {
			return err
		}
		if item, err = message(tx, id); err != nil {
			return err
		}
		mail = Mail{ID: id, To: item.To}
		r, err := n.Reach(tx, item.To)
		mail.Address, mail.Lang = r.Address.Mail, r.Address.Lang
		if r.Choice.Lang != "" {
			mail.Lang = r.Choice.Lang
		}
		return err
	})
	if err != nil || made || mail.Address == "" {
		return mail, made, err
	}
	return n.render(mail, item), false, nil
}

// render prints a message as plain text. Whatever a person wrote into it can
// bring neither a link nor a line of its own.
func (n *Notify) render(mail Mail, item Item) Mail {
	p := n.texts.For(mail.Lang)
	safe := maps.Clone(item.Args)
	for k, v := range safe {
		safe[k] = harmless(v)
	}
	shown := Item{Key: item.Key, Args: safe}
	parts := []string{strings.TrimSpace(shown.Body(p))}
	switch {
	case p.Has(item.Key + ".text"): // all is said, to who may be locked out: where to sign in is no use
	case n.smtp.BaseURL != "" && item.PayPath() != "":
		parts = append(parts, p.T("notify.mail.pay", "url", n.smtp.BaseURL+item.PayPath()))
	case n.smtp.BaseURL != "":
		parts = append(parts, p.T("notify.mail.read", "url", n.smtp.BaseURL+where(item)))
	default:
		parts = append(parts, p.T("notify.mail.sign_in"))
	}
	parts = append(parts, p.T("notify.mail.care"))
	mail.Lang = p.Lang()
	mail.Subject = strings.Join(strings.Fields(shown.Subject(p)), " ")
	mail.Body = strings.Join(parts, "\n\n") + "\n"
	mail.At = clock.Micro(n.clock.Now())
	return mail
}

// where is the page on which the message is read.
func where(i Item) string {
	if i.Case != "" {
		return id.CasePage(i.Case)
	}
	return "/me"
}

// argumentLimit bounds what one argument brings into a mail, in characters;
// the whole is in the message centre.
const argumentLimit = 600

// harmless makes text by anybody fit for one line of a plain mail: white space
// and line ends become one blank, control and direction characters go, and
// what a mail program would turn into a link is broken apart by a blank.
func harmless(s string) string {
	clean := visible(s)
	if len(clean) > argumentLimit {
		clean = append(clean[:argumentLimit-1], '…')
	}
	return unlinked(clean)
}

// visible is text in one line, of characters that can be seen.
func visible(s string) (clean []rune) {
	for _, r := range strings.Join(strings.Fields(s), " ") {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' || r == unicode.ReplacementChar {
			continue
		}
		clean = append(clean, r)
	}
	return clean
}

// unlinked breaks apart what would be a link.
func unlinked(clean []rune) string {
	var out strings.Builder
	for i, r := range clean {
		out.WriteRune(r)
		before := ' '
		if i > 0 {
			before = clean[i-1]
		}
		if i+1 < len(clean) && opensLink(before, r, clean[i+1]) {
			out.WriteByte(' ')
		}
	}
	return out.String()
}

// opensLink tells whether a mark between two characters could be the dot of a
// host's name, the colon of a scheme or a slash after either. Numbers such as
// 1,234.50 and 3:04 stay whole.
func opensLink(before, mark, after rune) bool {
	switch mark {
	case '.', '。', '．', '｡':
		return !unicode.IsSpace(after) && !(unicode.IsDigit(before) && unicode.IsDigit(after))
	case ':', '：':
		return after == '/' || after == '\\' || unicode.IsLetter(before) && !unicode.IsSpace(after)
	}
	return false
}
