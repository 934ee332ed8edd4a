package notify

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
	"unicode"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"

	"pgregory.net/rapid"
)

const testTexts = `
door.code.subject: {ms: "Kod anda", en: "Your code"}
door.code.body: {ms: "Kod anda ialah {code}. Dihantar pada {at}.", en: "Your code is {code}. Sent on {at}."}
door.code.text: {ms: "{site}: Kod anda {code}.", en: "{site}: Your code is {code}."}
case.asked.subject: {ms: "Soalan tentang {title}", en: "A question about {title}"}
case.asked.body: {ms: "{officer} bertanya: {question} Jawab sebelum {due}.", en: "{officer} asks: {question} Answer before {due}."}
half.subject: {ms: "Ada", en: "There"}
`

type people map[string]Mail

func (p people) MailOf(_ *db.Tx, person string) (string, locale.Lang, error) {
	m, ok := p[person]
	if !ok {
		return "", "", fault.New(fault.Missing, "notify.missing")
	}
	return m.Address, m.Lang, nil
}

func (p people) PhoneOf(_ *db.Tx, person string) (string, error) { return phones[person], nil }
func (p people) PostOf(_ *db.Tx, person string) (string, error)  { return homes[person], nil }

type rig struct {
	t      *testing.T
	db     *db.DB
	clock  *clock.Manual
	outbox *outbox.Outbox
	texts  *locale.Catalog
	*Notify
}

func newRig(t *testing.T, d *db.DB, smtp SMTP) *rig {
	t.Helper()
	texts, err := locale.Load(Texts, fstest.MapFS{"text.yaml": {Data: []byte(testTexts)}})
	if err != nil {
		t.Fatal(err)
	}
	c := clock.NewManual(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC))
	ids := id.NewSource(c, nil)
	o := outbox.New(d, c, ids, nil)
	who := people{
		"aisyah": {Address: "aisyah@contoh.example", Lang: locale.Malay},
		"mei":    {Address: "mei@contoh.example", Lang: locale.English},
		"tua":    {},
		"broken": {Address: "x@y\r\nBcc: all@contoh.example", Lang: locale.Malay},
	}
	return &rig{t, d, c, o, texts, New(d, o, c, ids, texts, who, smtp)}
}

func (r *rig) send(m Message) {
	r.t.Helper()
	if err := r.db.Write(r.t.Context(), func(tx *db.Tx) error { return r.SendTx(tx, m) }); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) read(fn func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.db.Read(r.t.Context(), fn); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) mails() (list []Mail) {
	r.t.Helper()
	r.read(func(tx *db.Tx) (err error) { list, err = r.Mailbox(tx, 100); return err })
	return list
}

func question(to, text string) Message {
	return Message{To: to, Case: "BLH-1", Key: "case.asked", Args: Both(map[string]string{
		"officer": "Pendaftar, JPN Kota Bharu", "question": text, "due.day": "2026-11-30",
	}, "title", locale.Text{MS: "Daftar kelahiran", EN: "Register a birth"})}
}

var migrationsOfAll = []db.Migration{outbox.Migration(), Migration()}

func TestMessageIsReadInTheReadersLanguage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, SMTP{})
		r.send(question("aisyah", "Nama penuh?"))
		r.send(Message{To: "aisyah", Key: "case.asked", Args: map[string]string{}})
		r.send(question("mei", "Nama?"))
		var list, ofCase []Item
		r.read(func(tx *db.Tx) (err error) {
			if list, err = r.Inbox(tx, "aisyah", 10); err != nil {
				return err
			}
			ofCase, err = r.ForCase(tx, "BLH-1")
			return err
		})
		if len(list) != 2 || list[0].Case != "" || len(ofCase) != 2 || ofCase[0].To != "aisyah" || ofCase[1].To != "mei" {
			t.Fatalf("inbox %+v, of the case %+v", list, ofCase)
		}
		ms, en := r.texts.For(locale.Malay), r.texts.For(locale.English)
		for got, want := range map[string]string{
			list[1].Subject(ms): "Soalan tentang Daftar kelahiran",
			list[1].Subject(en): "A question about Register a birth",
			list[1].Body(ms):    "Pendaftar, JPN Kota Bharu bertanya: Nama penuh? Jawab sebelum 30 November 2026.",
			list[1].Body(en):    "Pendaftar, JPN Kota Bharu asks: Nama penuh? Answer before 30 November 2026.",
		} {
			if got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
		checkReading(t, r, list[1].ID)
	}, migrationsOfAll...)
}

func checkReading(t *testing.T, r *rig, message string) {
	t.Helper()
	unread := func(want int) {
		t.Helper()
		r.read(func(tx *db.Tx) error {
			n, err := r.Unread(tx, "aisyah")
			if n != want {
				t.Errorf("%d unread, want %d", n, want)
			}
			return err
		})
	}
	unread(2)
	err := r.db.Write(t.Context(), func(tx *db.Tx) error { return r.ReadTx(tx, "mei", message) })
	if fault.CodeOf(err) != fault.Missing {
		t.Errorf("another person's message: %v, want missing", err)
	}
	first := clock.Micro(r.clock.Now())
	for range 2 {
		if err := r.db.Write(t.Context(), func(tx *db.Tx) error { return r.ReadTx(tx, "aisyah", message) }); err != nil {
			t.Error(err)
		}
		r.clock.Advance(time.Hour)
	}
	unread(1)
	r.read(func(tx *db.Tx) error {
		list, err := r.Inbox(tx, "aisyah", 10)
		if list[1].ReadAt != first {
			t.Errorf("read at %d, want the first time %d", list[1].ReadAt, first)
		}
		return err
	})
}

func TestNoMessageWithoutItsActOrItsTexts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, SMTP{})
		for _, bad := range []Message{{To: "aisyah", Key: "none"}, {To: "aisyah", Key: "half"}, {Key: "case.asked"}} {
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return r.SendTx(tx, bad) }); err == nil {
				t.Errorf("%+v is sent", bad)
			}
		}
		no := errors.New("no")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := r.SendTx(tx, question("aisyah", "?")); err != nil {
				return err
			}
			return no
		})
		if !errors.Is(err, no) {
			t.Fatal(err)
		}
		if err := r.outbox.Drain(t.Context()); err != nil {
			t.Error(err)
		}
		r.read(func(tx *db.Tx) error {
			n, err := r.Unread(tx, "aisyah")
			if n != 0 {
				t.Errorf("%d messages of acts that were not", n)
			}
			return err
		})
	}, migrationsOfAll...)
}

func TestDemoKeepsMails(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, SMTP{BaseURL: "https://balai.example"})
		r.send(question("aisyah", "Lihat http://evil.example/x\r\nBcc: all@evil.example\n.\nwww.evil.example"))
		r.send(question("mei", "Name?"))
		r.send(question("tua", "Nama?"))
		r.send(question("unknown", "Nama?"))
		if err := r.outbox.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		list := r.mails()
		if len(list) != 2 || list[0].Address != "mei@contoh.example" || list[0].Lang != locale.English || list[0].SentAt != 0 {
			t.Fatalf("mailbox: %+v", list)
		}
		if !strings.Contains(list[0].Body, "Answer before 30 November 2026.") || !strings.Contains(list[0].Body, "https://balai.example/case/BLH-1") {
			t.Errorf("mail in English: %s", list[0].Body)
		}
		hostile := list[1].Body
		if strings.Count(hostile, "://") != 1 || strings.Contains(hostile, "evil.example") || strings.Contains(hostile, "\nBcc") || strings.Contains(hostile, "\n.\n") {
			t.Errorf("an argument reaches into the mail:\n%s", hostile)
		}
	}, migrationsOfAll...)
}

// A mail to who may be locked out says all there is to say, with day and hour,
// and leads nowhere.
func TestMailToWhoIsLockedOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, SMTP{BaseURL: "https://balai.example"})
		r.send(Message{To: "mei", Key: "door.code", Args: map[string]string{"code": "ABCD", "at.time": "1763863200000000"}}) // 02:00 UTC
		if err := r.outbox.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if body := r.mails()[0].Body; strings.Contains(body, "://") || !strings.Contains(body, "23 November 2025") || !strings.Contains(body, "10") {
			t.Errorf("the mail is %q", body)
		}
	}, migrationsOfAll...)
}

// server is a mail server that answers RCPT with the codes it is told, the
// last for ever.
type server struct {
	net.Listener
	mu    sync.Mutex
	codes []string
	got   []string
	group sync.WaitGroup
}

func newServer(t *testing.T, codes ...string) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Listener: l, codes: codes}
	s.group.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.group.Go(func() { s.talk(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); s.group.Wait() })
	return s
}

func (s *server) code() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.codes[0]
	if len(s.codes) > 1 {
		s.codes = s.codes[1:]
	}
	return c
}

func (s *server) talk(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	say := func(line string) { fmt.Fprintf(conn, "%s\r\n", line) }
	say("220 ready")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " "); verb {
		case "EHLO", "HELO", "MAIL":
			say("250 ok")
		case "RCPT":
			say(s.code() + " so it is")
		case "DATA":
			say("354 go on")
			var text strings.Builder
			for line, _ = in.ReadString('\n'); line != ".\r\n" && line != ""; line, _ = in.ReadString('\n') {
				text.WriteString(line)
			}
			s.mu.Lock()
			s.got = append(s.got, text.String())
			s.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		}
	}
}

func TestMailIsTriedUntilItIsTaken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newServer(t, "451", "250")
		r := newRig(t, d, SMTP{Addr: s.Addr().String(), From: "Balai Khidmat <noreply@balai.example>", BaseURL: "https://balai.example"})
		r.send(question("aisyah", "Nama “penuh”?"))
		if err := r.outbox.Drain(t.Context()); err == nil {
			t.Fatal("a refusal for now is not an error")
		}
		if list := r.mails(); len(list) != 1 || list[0].SentAt != 0 {
			t.Fatalf("after the first try: %+v", list)
		}
		r.clock.Advance(time.Minute)
		for range 2 {
			if err := r.outbox.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if list := r.mails(); len(list) != 1 || list[0].SentAt == 0 || len(s.got) != 1 {
			t.Fatalf("after the second try: %+v, %d taken", list, len(s.got))
		}
		checkMail(t, s.got[0], r.mails()[0])
	}, migrationsOfAll...)
}

// A process that dies after the server took the mail and before that was noted
// sends it again, and the copy can be told from a new mail.
func TestMailOfADeadProcessIsSentAgainAsTheSame(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newServer(t, "250")
		r := newRig(t, d, SMTP{Addr: s.Addr().String(), From: "noreply@balai.example"})
		r.send(question("aisyah", "?"))
		var list []Item
		r.read(func(tx *db.Tx) (err error) { list, err = r.Inbox(tx, "aisyah", 1); return err })
		args := fmt.Appendf(nil, `{"message":%q}`, list[0].ID)
		if err := r.deliver(t.Context(), outbox.Job{ID: "lost", Args: args, Attempt: 1}); !errors.Is(err, outbox.ErrTaken) {
			t.Fatalf("a job that is not ours ends with %v", err)
		}
		for range 2 {
			if err := r.outbox.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if mails := r.mails(); len(mails) != 1 || mails[0].SentAt == 0 || len(s.got) != 2 || s.got[0] != s.got[1] {
			t.Errorf("%+v, taken %q; want the same mail twice", mails, s.got)
		}
	}, migrationsOfAll...)
}

func checkMail(t *testing.T, raw string, want Mail) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil || strings.ReplaceAll(string(body), "\r\n", "\n") != want.Body {
		t.Errorf("body %q (%v), want %q", body, err, want.Body)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != want.Subject || m.Header.Get("To") != "<aisyah@contoh.example>" || m.Header.Get("Message-Id") != "<"+want.ID+"@balai.example>" {
		t.Errorf("headers %v", m.Header)
	}
	if _, err := m.Header.Date(); err != nil {
		t.Error(err)
	}
}

func TestMailThatCanNeverArriveIsGivenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newServer(t, "550")
		r := newRig(t, d, SMTP{Addr: s.Addr().String(), From: "noreply@balai.example"})
		r.send(question("mei", "?"))
		r.send(question("broken", "?"))
		if err := r.outbox.Drain(t.Context()); err == nil {
			t.Fatal("a refusal is not an error")
		}
		var counts map[string]int64
		r.read(func(tx *db.Tx) (err error) { counts, err = r.outbox.Counts(tx); return err })
		if counts["cancelled"] != 2 || len(s.got) != 0 {
			t.Errorf("%v, %d taken; want both cancelled", counts, len(s.got))
		}
	}, migrationsOfAll...)
}

func TestSilentServerHoldsNoWorker(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "220 ready\r\n")
		in := bufio.NewReader(conn)
		if _, err := in.ReadString('\n'); err == nil { // it is greeted, and now waits for an answer
			cancel()
			_, _ = in.ReadString('\n') // until the other side gives up
		}
	})
	err = SMTP{Addr: l.Addr().String(), From: "a@b.example"}.send(ctx, Mail{ID: "x", Address: "c@d.example"})
	if err == nil {
		t.Error("a mail to a silent server is said to be sent")
	}
}

var linkish = regexp.MustCompile(`(?i)://|www\.[^\s]|[\pL\d-]\.\pL{2,}|mailto:\S`)

func TestHarmlessBringsNoLinkAndNoLine(t *testing.T) {
	piece := rapid.SampledFrom([]string{"http", "https", "://", "www.", "evil", ".", "com", "example", "/", "\\", ":", "mailto", "@", "\r\n", "\n", "\t", " ",
		"\u2028", "\u202e", "\u200b", "\ufeff", "。", "３", "3", "Siti", "a/l", "\x00", "\x1b", "é", "。com", "．"})
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOf(piece).Draw(t, "pieces"), "") + rapid.String().Draw(t, "tail")
		out := harmless(in)
		if hit := linkish.FindString(out); hit != "" {
			t.Fatalf("%q became %q, which holds %q", in, out, hit)
		}
		if i := slices.IndexFunc([]rune(out), unicode.IsControl); i >= 0 || strings.ContainsAny(out, "\u2028\u2029\u202e\u200b\ufeff") {
			t.Fatalf("%q became %q", in, out)
		}
		if len([]rune(out)) > 2*argumentLimit {
			t.Fatalf("%d characters are left", len([]rune(out)))
		}
	})
	for in, want := range map[string]string{
		"Siti a/p Mutu @ Aminah": "Siti a/p Mutu @ Aminah", "RM1,234.50, 3:04 petang": "RM1,234.50, 3:04 petang",
		"https://evil.com/a": "https: //evil. com/a", "Mohd. Ali": "Mohd. Ali", "": "", " \n": "",
	} {
		if got := harmless(in); got != want {
			t.Errorf("harmless(%q) = %q, want %q", in, got, want)
		}
	}
}
