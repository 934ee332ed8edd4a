package app

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/feedback"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// TestFeedback: anybody writes and gets a reference and a notice, only the
// hall's own officers read and answer, once, and nothing tells an address.
func TestFeedback(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		form := url.Values{"kind": {"question"}, "text": {"Di manakah borang <b>pindah</b>?"}, "mail": {"ali@contoh.example"}}
		for field, bad := range map[string]string{"kind": "other", "text": "Hm", "mail": "ali@contoh.example, abu@contoh.example"} {
			wrong := url.Values{"kind": form["kind"], "text": form["text"], "mail": form["mail"]}
			wrong.Set(field, bad)
			if page := r.gets(422, "", "POST", "/feedback?lang=en", wrong).body; !strings.Contains(page, `href="#`+field+`"`) {
				t.Errorf("a wrong %s is not told at its place", field)
			}
		}
		r.wants("kept of what is wrong", r.count(`select count(*) from feedback_entry`), 0)

		at := r.gets(303, "", "POST", "/feedback?lang=ms", form).Header.Get("Location")
		page := r.gets(200, "", "GET", at+"?lang=en", nil).body
		ref := strings.TrimPrefix(at, "/feedback/")
		if !strings.Contains(page, ref) || !strings.Contains(page, "seven working days") || strings.Contains(page, "pindah") || strings.Contains(page, "contoh.example") {
			t.Error("the receipt lacks its reference, or repeats what was said")
		}
		r.drain()
		mail := r.text(`select body from notify_mail where address='ali@contoh.example'`)
		if !strings.Contains(mail, ref) || strings.Contains(mail, "pindah") {
			t.Errorf("the notice: %s", mail)
		}
		r.wants("leaves", r.leaves("feedback.sent"), 1)

		// Who may read and answer.
		desk := "/feedback/desk/" + ref
		r.gets(403, "m0", "GET", desk, nil)
		r.gets(403, "salmah/post", "GET", "/feedback/desk", nil)
		r.gets(403, "salmah/post", "POST", desk, url.Values{"answer": {"Jawapan yang palsu."}})
		one := r.gets(200, "mailroom/post", "GET", desk, nil).body
		if !strings.Contains(one, "&lt;b&gt;pindah") || strings.Contains(one, "ali@") {
			t.Error("the officer does not read what was said, or reads the address")
		}
		answer := url.Values{"answer": {"Borang itu di bawah Pertukaran alamat."}}
		r.gets(303, "mailroom/post", "POST", desk, answer)
		r.gets(409, "mailroom/post", "POST", desk, answer)
		r.wants("leaves of the answer", r.leaves("feedback.answered"), 1)
		if page := r.gets(200, "", "GET", at, nil).body; !strings.Contains(page, "Pertukaran alamat") {
			t.Error("the answer does not show")
		}
		r.drain()
		r.wants("mails", r.count(`select count(*) from notify_mail where address='ali@contoh.example'`), 2)
		r.gets(404, "", "GET", "/feedback/MKB-0000-0000-0000-0000-0", nil)

		// An address is forgotten a month after.
		r.must(r.feedback.Forget(ctx))
		r.wants("addresses", r.count(`select count(*) from feedback_entry where mail<>''`), 1)
		r.now.Advance(31 * 24 * time.Hour)
		r.must(r.feedback.Forget(ctx))
		r.wants("addresses after a month", r.count(`select count(*) from feedback_entry where mail<>''`), 0)
		r.wants("copies of mails after a month", r.count(`select count(*) from notify_mail where address='ali@contoh.example'`), 0)

		// One that nobody answers is forgotten as well.
		r.gets(303, "", "POST", "/feedback", url.Values{"kind": {"question"}, "text": {"Adakah sesiapa di sana?"}, "mail": {"abu@contoh.example"}})
		r.drain()
		for _, after := range []struct{ days, left int }{{179, 1}, {2, 0}} {
			r.now.Advance(time.Duration(after.days) * 24 * time.Hour)
			r.must(r.feedback.Forget(ctx))
			r.wants("unanswered addresses", r.count(`select count(*) from feedback_entry where mail<>''`), after.left)
			r.wants("copies of their mails", r.count(`select count(*) from notify_mail where address='abu@contoh.example'`), after.left)
		}
	})
}

// TestFeedbackIsBounded: one sender, or one address that many senders name,
// cannot fill the list or a stranger's mailbox.
func TestFeedbackIsBounded(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		form := func(mail string) url.Values {
			return url.Values{"kind": {"praise"}, "text": {"Bagus sekali laman ini."}, "mail": {mail}}
		}
		for range 2 {
			r.gets(303, "", "POST", "/feedback", form("siti@contoh.example"))
		}
		r.gets(303, "", "POST", "/feedback", form("siti@contoh.example"))
		r.gets(503, "", "POST", "/feedback", form("siti@contoh.example"))               // a fourth to one address
		for _, same := range []string{"Siti@Contoh.example", "siti+1@contoh.example"} { // by another sender
			_, err := r.feedback.Send(context.Background(), feedback.Entry{Kind: "praise", Text: "Bagus sekali laman ini.", Mail: same, Lang: locale.Malay})
			if f, ok := fault.As(err); !ok || f.Code != fault.Busy {
				t.Errorf("a fourth to one address, as %s: %v", same, err)
			}
		}
		r.wants("kept", r.count(`select count(*) from feedback_entry`), 3)
		r.gets(303, "", "POST", "/feedback", form(""))
		r.gets(503, "", "POST", "/feedback", form("")) // the sixth of one sender
		r.now.Advance(11 * time.Minute)
		r.gets(303, "", "POST", "/feedback", form("siti@contoh.example"))

		const ahead = 1000 * time.Hour // what came while the clock was ahead holds nobody up once it is right
		r.now.Advance(ahead)
		for range 3 {
			r.gets(303, "", "POST", "/feedback", form("siti@contoh.example"))
		}
		r.gets(503, "", "POST", "/feedback", form("siti@contoh.example"))
		r.now.Advance(11*time.Minute - ahead)
		for range 3 {
			r.gets(303, "", "POST", "/feedback", form("siti@contoh.example"))
		}
	})
}

// TestHelpPages: what people look for on a state's site is there in both
// languages, and its figures are those of the cases.
func TestHelpPages(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.born("m0")
		r.born("m1")
		r.drain()
		for _, path := range []string{"/faq", "/contact", "/security", "/terms", "/archive", "/statistics", "/sitemap", "/feedback"} {
			for _, lang := range []string{"ms", "en"} {
				page := r.gets(200, "", "GET", path+"?lang="+lang, nil).body
				if strings.Contains(page, "⟦") || !strings.Contains(page, `<html lang="`+lang+`"`) {
					t.Errorf("%s in %s is not whole", path, lang)
				}
			}
		}
		for path, heading := range map[string]string{"/status": "Service status", "/feedback": "Feedback"} { // as the foot of each page calls them
			page := r.gets(200, "", "GET", path+"?lang=en", nil).body
			if !strings.Contains(page, ">"+heading+"</h1>") || !strings.Contains(page, "govuk-breadcrumbs") || !strings.Contains(page, `href="`+path+`">`+heading+"</a>") {
				t.Errorf("%s has another heading than the link to it, or no trail", path)
			}
		}
		if strings.Contains(r.gets(200, "salmah/post", "GET", "/faq", nil).body, `href="/me/held"`) || !strings.Contains(r.gets(200, "m0", "GET", "/faq", nil).body, `href="/me/held"`) {
			t.Error("the questions lead an officer to what is closed to a post, or a person nowhere")
		}
		page := r.gets(200, "", "GET", "/statistics?lang=en", nil).body
		n := len(r.service().Services())
		for label, want := range map[string]int{"Services online": n, "Applications received": 2} {
			if got := regexp.MustCompile(label + `</dt><dd class="b-stat__value">(\d+)`).FindStringSubmatch(page); got == nil || got[1] != fmt.Sprint(want) {
				t.Errorf("%s: %v, want %d", label, got, want)
			}
		}
		feed := r.gets(200, "", "GET", "/archive.atom?lang=en", nil)
		if strings.Count(feed.body, "<entry>") != min(n, 50) || !strings.Contains(feed.Header.Get("Content-Type"), "atom+xml") {
			t.Errorf("the feed: %s", feed.body)
		}
	})
}
