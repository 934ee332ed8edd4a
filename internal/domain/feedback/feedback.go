package feedback

import (
	"embed"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
)

// Texts are the part's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Policy is the part's cedar text.
//
//go:embed policy.cedar
var Policy string

// Kinds of what people say.
func kinds() []string { return []string{"problem", "suggestion", "question", "praise"} }

// Bounds. A sender's address on the network is held in memory only, to count.
const (
	shortest    = 10
	longest     = 2000
	counted     = 10 * time.Minute // the time in which things are counted
	eachSender  = 5
	eachMail    = 3
	everybody   = 60
	forgetAfter = 30 * 24 * time.Hour // an address, after the answer
	// forgetUnanswered is when an address is forgotten that nobody answered.
	forgetUnanswered = 180 * 24 * time.Hour
	sweepEvery       = 24 * time.Hour
)

// Entry is what somebody said. Times are unix microseconds; AnsweredAt is 0
// until there is an answer.
type Entry struct {
	Ref, Kind, Text, Mail string
	Lang                  locale.Lang
	Answer, AnsweredBy    string
	At, AnsweredAt        int64
}

// Deps is what the part stands on.
type Deps struct {
	DB      *db.DB
	Clock   clock.Clock
	IDs     *id.Source
	Journal *journal.Journal
	Outbox  *outbox.Outbox
	Notify  *notify.Notify
	Texts   *locale.Catalog
	BaseURL string
}

// Feedback is the part.
type Feedback struct {
	Deps
	mu   sync.Mutex
	seen map[string][]time.Time // by sender
}

// New makes the part and hears its jobs.
func New(d Deps) *Feedback {
	f := &Feedback{Deps: d, seen: map[string][]time.Time{}}
	d.Outbox.Handle(jobMail, f.deliver)
	d.Outbox.Every("feedback.forget", sweepEvery, f.Forget)
	return f
}

// check says what is wrong with an entry, by field.
func (e *Entry) check() error {
	f := fault.New(fault.Invalid, "feedback.error.invalid")
	e.Text, e.Mail = strings.TrimSpace(e.Text), strings.TrimSpace(e.Mail)
	if !slices.Contains(kinds(), e.Kind) {
		f = f.With(fault.Field{Location: "kind", Key: "feedback.error.kind"})
	}
	switch n := utf8.RuneCountInString(e.Text); {
	case n < shortest || !utf8.ValidString(e.Text) || strings.ContainsRune(e.Text, 0):
		f = f.With(fault.Field{Location: "text", Key: "feedback.error.short"})
	case n > longest:
		f = f.With(fault.Field{Location: "text", Key: "feedback.error.long", Args: []any{"n", longest}})
	}
	if e.Mail != "" && !address(e.Mail) {
		f = f.With(fault.Field{Location: "mail", Key: "feedback.error.mail"})
	}
	if len(f.Fields) > 0 {
		return f
	}
	return nil
}

// address tells whether a text is one address for mail and nothing else.
func address(s string) bool {
	a, err := mail.ParseAddress(s)
	_, domain, _ := strings.Cut(s, "@")
	return err == nil && a.Address == s && a.Name == "" && len(s) <= 254 && strings.Contains(strings.Trim(domain, "."), ".")
}

// mailbox is whose an address is: many servers take no notice of case, nor of
// what stands behind a plus.
func mailbox(address string) string {
	local, domain, _ := strings.Cut(strings.ToLower(address), "@")
	local, _, _ = strings.Cut(local, "+")
	return local + "@" + domain
}

// past tells whether what came at a time counts no more. What came while the
// clock was ahead does not either.
func past(now, at time.Time) bool { return now.Sub(at) >= counted || at.Sub(now) >= counted }

// let counts a sender; it is false where they have said much in a short time.
func (f *Feedback) let(sender string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.Clock.Now()
	for who, times := range f.seen {
		if past(now, times[len(times)-1]) {
			delete(f.seen, who)
		}
	}
	times := slices.DeleteFunc(f.seen[sender], func(t time.Time) bool { return past(now, t) })
	if len(times) >= eachSender {
		return false
	}
	f.seen[sender] = append(times, now)
	return true
}
