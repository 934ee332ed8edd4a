package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/outbox"
)

// SMTP is how mails leave the house. The zero SMTP sends none.
type SMTP struct {
	Addr     string // host:port of the mail server; "" keeps mails and sends none
	From     string // "Balai Khidmat <noreply@example.gov.my>"
	User     string // "" when the server asks for no password
	Password string
	BaseURL  string // the hall's address, for the link in each mail; "" for none
}

// send hands a mail to the server. A refusal for good cancels the job; any
// other failure is tried again.
func (s SMTP) send(ctx context.Context, m Mail) error {
	from, err := mail.ParseAddress(s.From)
	if err != nil {
		return fmt.Errorf("notify: sender %q: %w", s.From, err)
	}
	to, err := mail.ParseAddress(m.Address)
	if err != nil {
		return outbox.Cancel(fmt.Errorf("notify: the address of message %s is not one: %w", m.ID, err))
	}
	data, err := compose(from, to, m)
	if err != nil {
		return fmt.Errorf("notify: compose: %w", err)
	}
	if err := s.transfer(ctx, from.Address, to.Address, data); err != nil {
		return fmt.Errorf("notify: mail server %s: %w", s.Addr, err)
	}
	return nil
}

// refused cancels the job when the server will never take this mail. Only its
// answers to the receiver and to the text are about the mail; a refused
// password is ours to mend, and the mail waits.
func refused(err error) error {
	var answer *textproto.Error
	if errors.As(err, &answer) && answer.Code >= 500 {
		return outbox.Cancel(err)
	}
	return err
}

func (s SMTP) transfer(ctx context.Context, from, to string, data []byte) error {
	host, _, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	conn, err := (&net.Dialer{Timeout: 30 * time.Second}).DialContext(ctx, "tcp", s.Addr)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })() // a server that falls silent holds no worker
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		conn.Close()
		return err
	}
	defer c.Close()
	if ok, _ := c.Extension("STARTTLS"); ok && !loopback(conn.RemoteAddr()) {
		if err := c.StartTLS(&tls.Config{ServerName: host}); err != nil {
			return err
		}
	}
	if s.User != "" {
		if err := c.Auth(smtp.PlainAuth("", s.User, s.Password, host)); err != nil {
			return err
		}
	}
	if err := c.Mail(from); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return refused(err)
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return refused(err)
	}
	_ = c.Quit() // the server has the mail; a lost goodbye must not send it again
	return nil
}

// loopback tells whether the server is on this machine, where nobody listens
// in and certificates have no name to vouch for.
func loopback(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && t.IP.IsLoopback()
}

// compose writes the mail as RFC 5322 has it, plain text only. The Message-ID
// is the message's own, so that a second copy is recognised.
func compose(from, to *mail.Address, m Mail) ([]byte, error) {
	_, domain, _ := strings.Cut(from.Address, "@")
	if m.Sender != "" {
		from = &mail.Address{Name: oneLine(m.Sender), Address: from.Address}
	}
	var b bytes.Buffer
	if m.Unsubscribe != "" {
		b.WriteString("List-Unsubscribe: <" + oneLine(m.Unsubscribe) + ">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
	}
	for _, h := range [][2]string{
		{"From", from.String()},
		{"To", (&mail.Address{Address: to.Address}).String()},
		{"Subject", mime.QEncoding.Encode("utf-8", oneLine(m.Subject))},
		{"Date", clock.FromMicro(m.At).In(clock.Zone).Format(time.RFC1123Z)},
		{"Message-ID", "<" + m.ID + "@" + domain + ">"},
		{"Content-Language", string(m.Lang)},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		b.WriteString(h[0] + ": " + oneLine(h[1]) + "\r\n")
	}
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	if _, err := w.Write([]byte(strings.ReplaceAll(m.Body, "\n", "\r\n"))); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// oneLine keeps a header from ending early.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
