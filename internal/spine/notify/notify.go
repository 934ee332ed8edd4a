package notify

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
)

//go:embed migration/*.sql
var migrations embed.FS

// Texts are the sentences of this package.
//
//go:embed text.yaml
var Texts embed.FS

// Migration makes the tables of messages and mails.
func Migration() db.Migration { return db.Migration{Part: "notify", FS: migrations} }

// Message is something to tell a person. Its texts are Key+".subject" and
// Key+".body".
//
// An argument may be written by anybody: it is shown as it is in the message
// centre and made harmless in mails. Five endings of its name say that its
// value differs by language: "title.ms" beside "title.en" fill {title} (see
// Both), "due.day" with a date like 2026-11-23 fills {due}, "at.time" with
// unix microseconds fills {at} with day and hour, and "fee.sen" fills {fee} in
// ringgit. PayArg names the hall's page on which something is paid.
type Message struct {
	To   string // person id
	Case string // reference of the case it belongs to, or ""
	Key  string
	Args map[string]string
	// Minor is a notice that is not worth a sheet of paper: it goes on every
	// channel but the post.
	Minor bool
	// Alarm is a notice that somebody else's hand may be behind: it goes on every
	// channel that has an address, whatever the person chose, since one of them
	// may be in that hand.
	Alarm bool
}

// PayArg is the argument of a message that asks for money: the path of the hall's
// page on which it is paid. The mail and the message centre lead there.
const PayArg = "pay"

// Item is a message as its reader has it. Times are microseconds since 1970;
// ReadAt is zero until it was read.
type Item struct {
	ID, To, Case, Key string
	Args              map[string]string
	At, ReadAt        int64
}

// Mail is a rendered mail. SentAt is zero until a mail server took it.
type Mail struct {
	ID      string // the message's
	To      string // person id
	Address string
	Lang    locale.Lang
	Subject string
	Body    string
	At      int64
	SentAt  int64

	// Of a mail that an agency's system sends: who writes, and the https
	// address that ends a subscription by one press (RFC 8058). Not kept.
	Sender      string
	Unsubscribe string
}

// Addresses knows where a person can be reached: each is "" when the state has
// no such address; the error is Missing when it knows nobody by that id. lang
// is the language that the person reads. PostOf joins the lines of the postal
// address by line ends.
type Addresses interface {
	MailOf(tx *db.Tx, person string) (mail string, lang locale.Lang, err error)
	PhoneOf(tx *db.Tx, person string) (phone string, err error)
	PostOf(tx *db.Tx, person string) (lines string, err error)
}

// Notify keeps and delivers messages.
type Notify struct {
	db     *db.DB
	outbox *outbox.Outbox
	clock  clock.Clock
	ids    *id.Source
	texts  *locale.Catalog
	people Addresses
	smtp   SMTP

	readers Readers // nil where everybody who is told something is a person

	site   locale.Text // what text messages call the hall
	texter Texter      // nil where the hall sends none
	post   Post        // nil where the hall prints none
}

// Kinds of the jobs that send one message.
const (
	jobMail = "notify.mail"
	jobText = "notify.text"
)

type messageJob struct {
	Message string `json:"message"`
}

// New registers the delivery of mails with o. Without a server in smtp mails
// are rendered and kept, and not sent.
func New(d *db.DB, o *outbox.Outbox, c clock.Clock, ids *id.Source, cat *locale.Catalog, a Addresses, smtp SMTP) *Notify {
	n := &Notify{db: d, outbox: o, clock: c, ids: ids, texts: cat, people: a, smtp: smtp}
	o.Handle(jobMail, n.deliver)
	o.Handle(jobText, n.deliverText)
	return n
}

// ByText names who carries text messages, and what they call the hall. It is
// called once, before the first message; without it the hall sends none.
func (n *Notify) ByText(t Texter, site locale.Text) { n.texter, n.site = t, site }

// SendTx keeps m in the transaction of the act that it tells of, and queues it
// on the channels that reach its person. A key without texts is an error, before anybody can see it.
func (n *Notify) SendTx(tx *db.Tx, m Message) error {
	if m.To == "" {
		return fmt.Errorf("notify: %s: a message to nobody", m.Key)
	}
	for _, l := range []locale.Lang{locale.Malay, locale.English} {
		if p := n.texts.For(l); !p.Has(m.Key+".subject") || !p.Has(m.Key+".body") {
			return fmt.Errorf("notify: %s has no texts in %q", m.Key, l)
		}
	}
	if n.readers != nil {
		people, no, err := n.readers.ReadersOf(tx, m.To)
		if err != nil {
			return fmt.Errorf("notify: %s: %w", m.Key, err)
		}
		if no {
			return n.sendEach(tx, m, people)
		}
	}
	args, err := json.Marshal(m.Args)
	if err != nil {
		return fmt.Errorf("notify: %s: %w", m.Key, err)
	}
	message := n.ids.New()
	if err := insertMessage(tx, message, m, string(args), clock.Micro(n.clock.Now())); err != nil {
		return fmt.Errorf("notify: %s: %w", m.Key, err)
	}
	return n.route(tx, Item{ID: message, To: m.To, Case: m.Case, Key: m.Key, Args: m.Args, At: clock.Micro(n.clock.Now())}, urgency{m.Minor, m.Alarm}, nil)
}

// Readers tells who reads what is told to one that is no person, such as a
// company; no is false for a person.
type Readers interface {
	ReadersOf(tx *db.Tx, to string) (people []string, no bool, err error)
}

// ByReaders names who knows that. It is called once, before the first message.
func (n *Notify) ByReaders(r Readers) { n.readers = r }

// sendEach tells each of some people; where there is nobody, nobody is told.
func (n *Notify) sendEach(tx *db.Tx, m Message, people []string) error {
	for _, p := range people {
		m.To = p
		if err := n.SendTx(tx, m); err != nil {
			return err
		}
	}
	return nil
}

// Inbox gives a person's messages, newest first, at most limit.
func (n *Notify) Inbox(tx *db.Tx, person string, limit int) ([]Item, error) {
	return inbox(tx, person, limit)
}

// Item is one message of a person; that of somebody else is missing.
func (n *Notify) Item(tx *db.Tx, person, id string) (Item, error) {
	i, err := message(tx, id)
	if errors.Is(err, db.ErrNoRows) || err == nil && i.To != person {
		return Item{}, fault.New(fault.Missing, "notify.missing")
	}
	return i, err
}

// Unread counts the messages that person has not read.
func (n *Notify) Unread(tx *db.Tx, person string) (int, error) { return unread(tx, person) }

// ReadTx marks a person's message as read; the first time counts. A message
// that is not theirs is missing.
func (n *Notify) ReadTx(tx *db.Tx, person, message string) error {
	found, err := markRead(tx, person, message, clock.Micro(n.clock.Now()))
	if err == nil && !found {
		return fault.New(fault.Missing, "notify.missing")
	}
	return err
}

// ForCase gives what was told about a case, oldest first.
func (n *Notify) ForCase(tx *db.Tx, ref string) ([]Item, error) { return ofCase(tx, ref) }

// Mailbox gives the mails that were made, newest first, at most limit.
func (n *Notify) Mailbox(tx *db.Tx, limit int) ([]Mail, error) { return mailbox(tx, limit) }

// Subject is the message's title in the printer's language.
func (i Item) Subject(p locale.Printer) string { return p.T(i.Key+".subject", pairs(p, i.Args)...) }

// Body is the message's text in the printer's language.
func (i Item) Body(p locale.Printer) string { return p.T(i.Key+".body", pairs(p, i.Args)...) }

// PayPath is where what the message asks for is paid, "" where it asks for nothing.
func (i Item) PayPath() string { return i.Args[PayArg] }

// Both adds an argument that has a value in each language, and gives args back.
func Both(args map[string]string, name string, t locale.Text) map[string]string {
	args[name+".ms"], args[name+".en"] = t.MS, t.EN
	return args
}

// pairs are the arguments for the printer's T, in its language.
func pairs(p locale.Printer, args map[string]string) []any {
	var out []any
	for _, k := range slices.Sorted(maps.Keys(args)) {
		v := args[k]
		if name, ok := strings.CutSuffix(k, ".day"); ok {
			out = append(out, name, p.Day(v))
			continue
		}
		if name, ok := strings.CutSuffix(k, ".time"); ok {
			if at, err := strconv.ParseInt(v, 10, 64); err == nil {
				v = p.DateTime(clock.FromMicro(at))
			}
			out = append(out, name, v)
			continue
		}
		if name, ok := strings.CutSuffix(k, ".sen"); ok {
			if sen, err := strconv.ParseInt(v, 10, 64); err == nil {
				v = p.Ringgit(sen)
			}
			out = append(out, name, v)
			continue
		}
		if i := strings.LastIndexByte(k, '.'); i > 0 && (k[i+1:] == string(locale.Malay) || k[i+1:] == string(locale.English)) {
			if k[i+1:] == string(p.Lang()) {
				out = append(out, k[:i], v)
			}
			continue
		}
		out = append(out, k, v)
	}
	return out
}
