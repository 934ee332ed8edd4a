package notify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
	"pgregory.net/rapid"
)

// What the state holds of the people of these tests, beside their mail.
var (
	phones = map[string]string{"tua": "013-000 1111", "wordy": "tanya jiran"}
	homes  = map[string]string{"tua": "Kg. Baru\n15400 Kota Bharu", "mei": "No. 2\n75000 Melaka"}
)

// printer keeps letters in the order in which they came.
type printer struct{ got []string }

func (p *printer) PostTx(_ *db.Tx, m Item, lang locale.Lang) error {
	if line := m.To + " " + m.Key + " " + string(lang); !slices.Contains(p.got, line) { // an act may be run again
		p.got = append(p.got, line)
	}
	return nil
}

// carrier answers each text with the next of its answers, the last for ever.
type carrier struct {
	mu      sync.Mutex
	answers []error
	got     []string
}

func (c *carrier) Text(_ context.Context, id, phone, body string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got = append(c.got, id+" "+phone+" "+body)
	err := c.answers[0]
	if len(c.answers) > 1 {
		c.answers = c.answers[1:]
	}
	return err
}

func reachRig(t *testing.T, d *db.DB, smtp SMTP, c *carrier) (*rig, *printer) {
	t.Helper()
	r, p := newRig(t, d, smtp), &printer{}
	if c != nil {
		r.ByText(c, locale.Same("Balai Khidmat"))
	}
	r.ByPost(p)
	return r, p
}

func (r *rig) states(ref string) (out []string) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		list, err := r.Deliveries(tx, ref)
		out = nil
		for _, d := range list {
			out = append(out, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s", d.Person, d.Channel, d.State, d.Reason)), " "))
		}
		return err
	})
	return out
}

// The table of channels: what the state holds, what the person chose, and how
// they are told.
func TestPlan(t *testing.T) {
	all := Address{Mail: "m", Phone: "p", Letter: "l"}
	chose := func(on ...Channel) Choice { return Choice{On: on, Made: true} }
	for name, c := range map[string]struct {
		choice Choice
		held   Address
		want   []Channel
	}{
		"all, nothing chosen":           {Choice{}, all, []Channel{ByMail}},
		"no mail":                       {Choice{}, Address{Phone: "p", Letter: "l"}, []Channel{ByText}},
		"neither mail nor telephone":    {Choice{}, Address{Letter: "l"}, []Channel{ByLetter}},
		"nothing at all":                {Choice{}, Address{}, nil},
		"asks for paper":                {chose(ByLetter), all, []Channel{ByLetter}},
		"asks for mail and paper":       {chose(ByLetter, ByMail), all, []Channel{ByMail, ByLetter}},
		"asks for all":                  {chose(ByLetter, ByMail, ByText), all, []Channel{ByMail, ByText, ByLetter}},
		"chose mail, which is gone":     {chose(ByMail), Address{Phone: "p", Letter: "l"}, []Channel{ByLetter}},
		"chose paper, without a home":   {chose(ByLetter), Address{Mail: "m", Phone: "p"}, []Channel{ByMail}},
		"turned all off":                {chose(), all, []Channel{ByLetter}},
		"chose texts, and has one mail": {chose(ByText), Address{Mail: "m"}, []Channel{ByMail}},
	} {
		if got := plan(c.choice, c.held); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Whoever has any address is told, and nobody by a way that is not theirs.
func TestPlanLeavesNobodyOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := func(name string) string { return rapid.SampledFrom([]string{"", "x"}).Draw(t, name) }
		held := Address{Mail: word("mail"), Phone: word("phone"), Letter: word("letter")}
		c := Choice{On: rapid.SliceOfDistinct(rapid.SampledFrom(Channels()), func(c Channel) Channel { return c }).Draw(t, "on"), Made: rapid.Bool().Draw(t, "made")}
		got := plan(c, held)
		if len(got) == 0 && held.Mail+held.Phone+held.Letter != "" {
			t.Fatalf("%+v %+v: nobody is told", c, held)
		}
		for _, ch := range got {
			if held.Of(ch) == "" {
				t.Fatalf("%+v %+v: by %s, which is not there", c, held, ch)
			}
		}
	})
}

func TestTextIsANoticeAndNoMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &carrier{answers: []error{nil}}
		r, paper := reachRig(t, d, SMTP{BaseURL: "https://balai.example"}, c)
		r.send(question("tua", "Nama bayi Suria?"))
		if err := r.outbox.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(c.got) != 1 || len(paper.got) != 0 {
			t.Fatalf("texts %q, letters %q", c.got, paper.got)
		}
		_, text, _ := strings.Cut(c.got[0], " ")
		if want := "0130001111 Balai Khidmat: Anda ada mesej baharu. Ruj. BLH-1. Log masuk: https://balai.example/me"; text != want {
			t.Errorf("%q, want %q", text, want)
		}
		if got := r.states("BLH-1"); !slices.Equal(got, []string{"tua text sent"}) {
			t.Errorf("%q", got)
		}
	}, migrationsOfAll...)
}

// A code that is typed where nobody can sign in is in the text itself: who has
// no mail could not read it anywhere else.
func TestTextCarriesACode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &carrier{answers: []error{nil}}
		r, _ := reachRig(t, d, SMTP{BaseURL: "https://balai.example"}, c)
		r.send(Message{To: "tua", Key: "door.code", Args: map[string]string{"code": "NR6B-DNMD"}})
		r.must(r.outbox.Drain(t.Context()))
		if len(c.got) != 1 || !strings.HasSuffix(c.got[0], " 0130001111 Balai Khidmat: Kod anda NR6B-DNMD.") {
			t.Errorf("%q", c.got)
		}
	}, migrationsOfAll...)
}

// Every notice is one text message, in both languages, whatever the site is
// called and wherever it is.
func TestNoticeIsOneTextMessage(t *testing.T) {
	r := &Notify{}
	texts, err := locale.Load(Texts)
	if err != nil {
		t.Fatal(err)
	}
	r.texts = texts
	long := strings.Repeat("Pusat Perkhidmatan Rakyat ", 8)
	for _, lang := range locale.Langs {
		for _, site := range []string{"Balai Khidmat", long, "Pusat “Rakyat” 民", "{[€]}"} {
			for _, base := range []string{"", "https://balai.example", "https://" + strings.Repeat("panjang.", 20) + "example", "https://x.example/é~"} {
				for _, ref := range []string{"", "BLH-7K3M-Q2XV-9T4B-W8ZD-5"} {
					r.site, r.smtp.BaseURL = locale.Same(site), base
					if got := r.notice(texts.For(lang), ref); gsmLen(got) > 160 || !strings.Contains(got, ref) {
						t.Errorf("%d: %q", gsmLen(got), got)
					}
				}
			}
		}
	}
	for text, want := range map[string]int{"": 0, "abc": 3, "€": 2, "[a]": 5, "\n": 1} {
		if got := gsmLen(text); got != want {
			t.Errorf("%q takes %d, want %d", text, got, want)
		}
	}
	if gsmLen("民") <= 160 || gsmLen("“") <= 160 {
		t.Error("a letter outside the alphabet passes")
	}
}

// A process that dies after the provider took the text and before that was
// noted tries again with the same id and the same words: shown once.
func TestTextIsTriedWithTheSameID(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &carrier{answers: []error{errors.New("busy"), nil}}
		r, _ := reachRig(t, d, SMTP{}, c)
		r.send(question("tua", "?"))
		if err := r.outbox.Drain(t.Context()); err == nil {
			t.Fatal("a provider that is busy is not an error")
		}
		if got := r.states("BLH-1"); !slices.Equal(got, []string{"tua text queued"}) {
			t.Errorf("after the first try %q", got)
		}
		var list []Item
		r.read(func(tx *db.Tx) (err error) { list, err = r.Inbox(tx, "tua", 1); return err })
		args := fmt.Appendf(nil, `{"message":%q}`, list[0].ID)
		if err := r.deliverText(t.Context(), outbox.Job{ID: "lost", Args: args, Attempt: 1}); !errors.Is(err, outbox.ErrTaken) {
			t.Fatalf("a job that is not ours ends with %v", err) // and what it wrote is gone with it, as after a kill
		}
		r.clock.Advance(time.Minute)
		for range 2 {
			if err := r.outbox.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(c.got) != 3 || c.got[0] != c.got[1] || c.got[1] != c.got[2] {
			t.Errorf("%q; want the same text thrice", c.got)
		}
		r.read(func(tx *db.Tx) error {
			list, err := r.Texted(tx, 10)
			if len(list) != 1 || list[0].SentAt == 0 {
				t.Errorf("%+v; want it shown once", list)
			}
			return err
		})
	}, migrationsOfAll...)
}

// What a provider or a mail server refuses for good goes on the next channel,
// and the address is not tried again until there is another.
func TestARefusalGoesOnTheNextChannel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newServer(t, "550")
		c := &carrier{answers: []error{outbox.Cancel(errors.New("no such number"))}}
		r, paper := reachRig(t, d, SMTP{Addr: s.Addr().String(), From: "noreply@balai.example"}, c)
		r.send(question("mei", "?"))
		r.send(question("tua", "?"))
		_ = r.outbox.Drain(t.Context()) // the refusals
		want := []string{"mei letter queued", "mei mail failed refused", "tua letter queued", "tua text failed refused"}
		if got := r.states("BLH-1"); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		slices.Sort(paper.got)
		if want := []string{"mei case.asked en", "tua case.asked "}; !slices.Equal(paper.got, want) {
			t.Errorf("letters %q, want %q", paper.got, want)
		}
		r.send(question("mei", "again"))
		if got := r.states("BLH-1"); got[len(got)-1] != "mei letter queued" {
			t.Errorf("a dead address is tried again: %q", got)
		}
	}, migrationsOfAll...)
}

// A person whom nothing reaches is a problem with a reason; an address ends it.
func TestWhoCannotBeReachedWaitsForAnAddress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &carrier{answers: []error{nil}}
		r, paper := reachRig(t, d, SMTP{}, c)
		r.send(question("nobody", "?"))
		r.send(question("wordy", "?"))
		var lost []Delivery
		r.read(func(tx *db.Tx) (err error) { lost, err = r.Unreached(tx, "", 10); return err })
		if len(lost) != 1 || lost[0].Case != "BLH-1" || lost[0].Reason != NoAddress {
			t.Errorf("unreached %+v", lost)
		}
		r.read(func(tx *db.Tx) error {
			reach, err := r.Reach(tx, "nobody")
			if reach.Problem != NoAddress || len(reach.Channels) != 0 {
				t.Errorf("%+v", reach)
			}
			return err
		})
		if n, err := r.Requeue(t.Context()); n != 0 || err != nil {
			t.Errorf("%d, %v without an address", n, err)
		}
		r.people.(people)["nobody"] = Mail{Lang: locale.Malay}
		homes["nobody"] = "Lot 7\n16100 Pasir Mas"
		defer delete(homes, "nobody")
		if n, err := r.Requeue(t.Context()); n != 1 || err != nil {
			t.Errorf("%d, %v with one", n, err)
		}
		if want := []string{"nobody case.asked ms"}; !slices.Equal(paper.got, want) {
			t.Errorf("letters %q, want %q", paper.got, want)
		}
		if got := r.states("BLH-1"); !slices.Equal(got, []string{"nobody letter queued", "wordy waiting no_address"}) {
			t.Errorf("%q", got)
		}
	}, migrationsOfAll...)
}

// A letter that the post brings back is a problem where it was the only way.
func TestAReturnedLetter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, _ := reachRig(t, d, SMTP{}, nil)
		r.send(question("tua", "?"))
		var list []Item
		r.read(func(tx *db.Tx) (err error) { list, err = r.Inbox(tx, "tua", 1); return err })
		returned := func() error {
			return d.Write(t.Context(), func(tx *db.Tx) error { return r.FailedTx(tx, list[0].ID, ByLetter, homes["tua"], Returned) })
		}
		if err := returned(); err != nil || r.states("BLH-1")[0] != "tua letter queued" {
			t.Errorf("one that was never sent came back: %v, %q", err, r.states("BLH-1"))
		}
		r.must(d.Write(t.Context(), func(tx *db.Tx) error { return r.SentTx(tx, list[0].ID, ByLetter) }))
		r.must(returned())
		r.must(returned())
		if got := r.states("BLH-1"); !slices.Equal(got, []string{"tua waiting returned", "tua letter failed returned"}) {
			t.Errorf("%q", got)
		}
		r.read(func(tx *db.Tx) error {
			reach, err := r.Reach(tx, "tua")
			if reach.Problem != Returned {
				t.Errorf("%+v", reach)
			}
			return err
		})
	}, migrationsOfAll...)
}

func TestMinorNoticesAreNotPrinted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, paper := reachRig(t, d, SMTP{}, nil)
		m := question("tua", "?")
		m.Minor = true
		r.send(m)
		if len(paper.got) != 0 || len(r.states("BLH-1")) != 0 {
			t.Errorf("%q, %q", paper.got, r.states("BLH-1"))
		}
	}, migrationsOfAll...)
}

// What warns of somebody else's hand goes on every channel that has an address:
// the one that was chosen may be in that hand.
func TestAlarmsGoOnEveryChannel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, paper := reachRig(t, d, SMTP{}, &carrier{answers: []error{nil}})
		r.must(d.Write(t.Context(), func(tx *db.Tx) error { return r.Choose(tx, "mei", Choice{On: []Channel{ByMail}}) }))
		m := question("mei", "?")
		r.send(m)
		r.same("as chosen", fmt.Sprint(r.states("BLH-1")), "[mei mail queued]")
		m.Alarm, m.Case = true, "BLH-2"
		r.send(m)
		r.same("an alarm", fmt.Sprint(r.states("BLH-2")), "[mei letter queued mei mail queued]")
		m = question("tua", "?")
		m.Alarm, m.Case = true, "BLH-3"
		r.send(m)
		r.same("to who has no mail", fmt.Sprint(r.states("BLH-3")), "[tua letter queued tua text queued]")
		if len(paper.got) != 2 {
			t.Errorf("letters %q", paper.got)
		}
	}, migrationsOfAll...)
}

func (r *rig) same(what, got, want string) {
	r.t.Helper()
	if got != want {
		r.t.Errorf("%s: %s, want %s", what, got, want)
	}
}

// The language that a person chose is that of their letters and mails.
func TestChosenLanguageAndChannels(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, paper := reachRig(t, d, SMTP{}, nil)
		r.must(d.Write(t.Context(), func(tx *db.Tx) error {
			return r.Choose(tx, "mei", Choice{On: []Channel{ByMail, ByLetter}, Lang: locale.Malay})
		}))
		r.send(question("mei", "?"))
		r.must(r.outbox.Drain(t.Context()))
		if want := []string{"mei case.asked ms"}; !slices.Equal(paper.got, want) {
			t.Errorf("letters %q, want %q", paper.got, want)
		}
		if list := r.mails(); len(list) != 1 || list[0].Lang != locale.Malay {
			t.Errorf("%+v", list)
		}
	}, migrationsOfAll...)
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// The provider's answers: which are final, and which are tried again.
func TestHTTPTexts(t *testing.T) {
	status := 0
	var got *http.Request
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r; w.WriteHeader(status) }))
	defer s.Close()
	h := HTTPTexts{URL: s.URL, Token: "secret", Client: s.Client()}
	for code, want := range map[int]string{200: "sent", 202: "sent", 400: "final", 404: "final", 401: "again", 403: "again", 408: "again", 429: "again", 500: "again", 503: "again"} {
		status = code
		err := h.Text(t.Context(), "id1", "0130001111", "hai")
		is := map[bool]string{true: "final", false: "again"}[outbox.Final(err)]
		if err == nil {
			is = "sent"
		}
		if is != want {
			t.Errorf("%d is %s, want %s", code, is, want)
		}
	}
	if got.Header.Get("Idempotency-Key") != "id1" || got.Header.Get("Authorization") != "Bearer secret" {
		t.Errorf("headers %v", got.Header)
	}
}
