package app

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
)

// What people see and do with a case that an agency keeps in its own system.

// Who acts for somebody leaves a look also where the case is shown with a
// fault in what they wrote.
func TestOfficeFaultyReplyIsALook(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s := r.system("jkm", false)
		ref := s.handIn("A-1", "m0", "waiting", "question", "Bila?", "service", aid)
		r.gets(http.StatusSeeOther, "m0", "POST", "/me/mandates", url.Values{"to": {"nadi"}, "days": {"30"}, "services": {aid}})
		r.gets(http.StatusSeeOther, helper, "POST", "/acting/start", url.Values{"mandate": {r.mandate("m0")}})
		page := r.ask(helper, "POST", "/office/"+ref+"/reply", typed("text", "", "key", "k"))
		looks := r.gets(200, "m0", "GET", "/api/v1/me/looks", nil).body
		if page.StatusCode != 422 || !strings.Contains(page.body, "Bila?") || !strings.Contains(looks, "Looked at a case for you") {
			t.Errorf("%d, looks %s", page.StatusCode, looks)
		}
	})
}

// typed is a posted form of names and values by turns.
func typed(pairs ...string) url.Values {
	out := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

const tinyPDF = "%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Page>>endobj\ntrailer<<>>\nstartxref\n0\n%%EOF\n"

// What an agency hands in about one person is nobody else's.
func TestOfficeCaseIsItsPersons(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s := r.system("jkm", false)
		ref := s.handIn("A-1", "m0", "waiting", "question", "Apakah alamat baharu anda?")
		content := base64.StdEncoding.EncodeToString([]byte(tinyPDF))
		s.calls(201, "POST", "/cases/A-1/documents", obj{"their_ref": "A-1", "id": "d", "title": `Surat "x"`, "media_type": "application/pdf", "content": content})
		s.calls(201, "PUT", "/holdings/points", obj{"name": "points", "person": "m0", "label": obj{"ms": "Mata", "en": "Points"}, "value": "3", "as_of": "2026-11-01", "basis": "Act"})
		seen := r.gets(200, "m0", "GET", "/office/"+ref, nil).body
		for _, text := range []string{"Agensi jkm", "A-1", "Apakah alamat baharu anda?", "Waiting for your answer", "in its own system"} {
			if !strings.Contains(seen, text) {
				t.Errorf("the page does not say %q", text)
			}
		}
		var doc string
		_, rest, _ := strings.Cut(seen, "/office/"+ref+"/file/")
		doc, _, _ = strings.Cut(rest, `"`)
		file := r.gets(200, "m0", "GET", "/office/"+ref+"/file/"+doc, nil)
		r.wants("file", file.body == tinyPDF && file.Header.Get("Content-Type") == "application/pdf" &&
			file.Header.Get("Content-Security-Policy") == "default-src 'none'; sandbox" && file.Header.Get("Content-Disposition") == `attachment; filename="Surat _x.pdf"`, true)
		other := s.handIn("A-2", "m4", "checking")
		for _, path := range []string{"/office/" + ref, "/office/" + ref + "/file/" + doc, "/office/" + ref + "/withdraw", "/api/v1/office-cases/" + ref} {
			for _, who := range []string{"m4", "means/x", "salmah/x"} {
				absent := r.gets(404, who, "GET", strings.Replace(path, ref, "BLA-0000-0000-0000-0000-0", 1), nil).body
				if there := r.gets(404, who, "GET", path, nil).body; strings.ReplaceAll(there, ref, "BLA-0000-0000-0000-0000-0") != absent {
					t.Errorf("%s as %s tells that it is there", path, who)
				}
			}
			r.gets(401, "", "GET", path, nil, "Accept", "application/json")
		}
		for _, wrong := range []string{other, s.handIn("A-3", "m0", "checking")} { // a document is of its case
			r.gets(404, "m0", "GET", "/office/"+wrong+"/file/"+doc, nil)
		}
		r.gets(404, "m4", "POST", "/office/"+ref+"/reply", typed("text", "x", "key", "k"))
		r.gets(404, "m4", "POST", "/office/"+ref+"/withdraw", typed("text", ""))
		r.gets(404, "m4", "GET", "/me/held/office/jkm/points", nil)
		r.gets(404, "m4", "POST", "/me/held/office/jkm/points", typed("text", "x"))
		for _, path := range []string{"/me", "/me/held", "/api/v1/me/office-cases", "/api/v1/me/held", "/search?q=renewal", "/search?q=" + ref, "/search?q=A-1", "/"} {
			if body := r.gets(200, "m4", "GET", path, nil).body; strings.Contains(strings.ReplaceAll(body, "value=\""+ref, ""), "/office/"+ref) || strings.Contains(body, "Points") {
				t.Errorf("%s shows another's", path)
			}
		}
		for _, path := range []string{"/me", "/api/v1/me/office-cases", "/"} {
			if body := r.gets(200, "m0", "GET", path, nil).body; !strings.Contains(body, ref) {
				t.Errorf("%s does not show their own", path)
			}
		}
		for q, finds := range map[string]bool{"renewal": true, "lesen": true, ref: true, strings.ToLower(ref): true, "a-1": true, "jkm": true, "kelahiran": false} {
			body := r.gets(200, "m0", "GET", "/search?q="+url.QueryEscape(q), nil).body
			if strings.Contains(body, `href="/office/`+ref) != finds || strings.Contains(body, "Your cases") != finds {
				t.Errorf("a search for %q finds their own: %v", q, !finds)
			}
		}
		if body := r.gets(200, "m0", "GET", "/me/held", nil).body; !strings.Contains(body, "Points") || !strings.Contains(body, "/me/held/office/jkm/points") {
			t.Error("what the agency holds is not shown")
		}
	})
}

// What the person does here reaches the agency's system once.
func TestOfficeReplyAndWithdrawal(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s := r.system("jkm", false)
		ref := s.handIn("A-1", "m0", "waiting", "question", "Apakah alamat baharu anda?")
		s.calls(201, "PUT", "/holdings/points", obj{"name": "points", "person": "m0", "label": "Points", "value": "3", "as_of": "2026-11-01", "basis": "Act"})
		for range 3 {
			r.gets(303, "m0", "POST", "/office/"+ref+"/reply", typed("text", "No. 1, Jalan Melur", "key", "k1"))
		}
		r.gets(422, "m0", "POST", "/office/"+ref+"/reply", typed("text", "  ", "key", "k2"))
		r.gets(422, "m0", "POST", "/office/"+ref+"/reply", typed("text", strings.Repeat("a", 4001), "key", "k2"))
		if strings.Contains(r.gets(200, "m0", "GET", "/office/"+ref, nil).body, `id="question"`) {
			t.Error("an answered question is asked again")
		}
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if err := r.office.Withdraw(context.Background(), citizen("m0"), ref, "Tidak jadi."); err != nil {
					t.Errorf("withdrawn again: %v", err)
				}
			})
		}
		all.Wait()
		r.gets(409, "m0", "POST", "/office/"+ref+"/reply", typed("text", "x", "key", "k3"))
		r.gets(303, "m0", "POST", "/me/held/office/jkm/points", typed("text", "Dua."))
		r.gets(409, "m0", "POST", "/me/held/office/jkm/points", typed("text", "Dua."))
		got := s.calls(200, "GET", "/events", nil).json(t)
		var kinds []string
		for _, e := range got["events"].([]any) {
			kinds = append(kinds, e.(obj)["kind"].(string))
		}
		r.wants("events", kinds, []string{"case.replied", "case.withdrawn", "holding.disputed"})
		r.wants("those after the first", len(s.calls(200, "GET", "/events?after=1", nil).json(t)["events"].([]any)), 2)
		r.wants("another's events", len(r.system("kkm", false).calls(200, "GET", "/events", nil).json(t)["events"].([]any)), 0)

		// An update that had crossed the withdrawal does not undo it; a decision counts.
		r.wants("crossed", s.calls(200, "PUT", "/cases/A-1", licence("A-1", "m0", "checking")).json(t)["state"], "withdrawn")
		r.wants("decided", s.calls(200, "PUT", "/cases/A-1", licence("A-1", "m0", "approved")).json(t)["state"], "approved")
		s.handIn("A-3", "m0", "closed")
		r.code(r.office.Withdraw(context.Background(), citizen("m0"), s.calls(200, "GET", "/cases/A-3", nil).json(t)["ref"].(string), ""), fault.Conflict)
	})
}

// Nobody is told to answer what was not asked.
func TestOfficeWaitsForAnAnswer(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s := r.system("jkm", false)
		for _, question := range []any{"", "  ", obj{"ms": "", "en": ""}} {
			got := s.calls(422, "PUT", "/cases/A-1", licence("A-1", "m0", "waiting", "question", question)).body
			if !strings.Contains(got, `"location":"body.question"`) || !strings.Contains(got, "waiting") {
				t.Error(got)
			}
		}
		s.handIn("A-1", "m0", "checking")
		s.calls(422, "PUT", "/cases/A-1", licence("A-1", "m0", "waiting"))
		r.wants("cases", r.count(`select count(*) from backoffice_case where state = 'waiting'`), 0)
	})
}

// A text loses no letter in silence: what cannot be read or shown is refused,
// and the answer says where it stands.
func TestOfficeTextIsWhole(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s := r.system("jkm", true)
		sent := func(method, path, kind, body, at string) {
			t.Helper()
			got := r.ask("", method, officeAPI+path, body, "Authorization", "Bearer "+s.APIKey, "Content-Type", kind)
			if got.StatusCode != 422 || !strings.Contains(got.body, `"location":"`+at+`"`) || !strings.Contains(got.body, "UTF-8") {
				t.Errorf("%s %s %q: %d %s", method, path, body, got.StatusCode, got.body)
			}
		}
		for _, bad := range []string{"\xe9", `\u0000`, `\u202e`, "\u202e", `\ud800`, "\ufffd", `\u200f`, `\u001b`} {
			sent("PUT", "/cases/A-1", "application/json", `{"their_ref":"A-1","person":"m0","state":"checking","title":"caf`+bad+`"}`, "body.title")
		}
		sent("PUT", "/cases/A-1", "application/json", `{"their_ref":"A-1","person":"m0\u0000","state":"checking","title":"x"}`, "body.person")
		sent("PUT", "/cases/A-1", "application/json", `{"their_ref":"A-1","person":"m0","state":"checking","title":"x","service":"\u0000"}`, "body.service")
		sent("PUT", "/holdings/x", "application/json", `{"name":"x","person":"m0","label":{"ms":"a","en":"a\u2066"},"value":"1","as_of":"2026-11-01","basis":"B"}`, "body.label.en")
		sent("POST", "/cases/A-1/documents", `multipart/form-data; boundary="b"`, "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\ncaf\xe9\r\n--b--\r\n", "body.title")
		r.wants("cases", r.count(`select count(*) from backoffice_case`), 0)
		s.handIn("A-1", "m0", "checking", "status", "Baris\r\nkedua\tdan 日本 ك")
	})
}

// A form with a file that is sent again under its key is the same request,
// though a program parts its fields by another boundary each time.
func TestOfficeFormIsOneRequest(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s := r.system("jkm", true)
		s.handIn("A-1", "m0", "checking")
		send := func(boundary, title string) reply {
			form := "--X\r\nContent-Disposition: form-data; name=\"their_ref\"\r\n\r\nA-1\r\n--X\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\nd-1\r\n" +
				"--X\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n" + title + "\r\n--X\r\nContent-Disposition: form-data; name=\"content\"; filename=\"a.pdf\"\r\n" +
				"Content-Type: application/pdf\r\n\r\n" + tinyPDF + "\r\n--X--\r\n"
			return r.ask("", "POST", officeAPI+"/cases/A-1/documents", strings.ReplaceAll(form, "--X", "--"+boundary),
				"Authorization", "Bearer "+s.APIKey, "Content-Type", "multipart/form-data; boundary="+boundary, "Idempotency-Key", "one")
		}
		first, again := send("aaaa", "Surat"), send("bbbb", "Surat")
		if first.StatusCode != 201 || again.StatusCode != 201 || again.body != first.body {
			t.Errorf("%d %s, then %d %s", first.StatusCode, first.body, again.StatusCode, again.body)
		}
		if other := send("cccc", "Lain"); other.StatusCode != 409 {
			t.Errorf("another title under the same key: %d %s", other.StatusCode, other.body)
		}
	})
}

// What a person opens runs nothing, and is whole; an ordinary file is taken.
func TestOfficeDocumentRunsNothing(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s := r.system("jkm", false)
		s.handIn("A-1", "m0", "checking")
		catalog := func(own string) string {
			return strings.Replace(tinyPDF, "trailer", "2 0 obj<</Type/Catalog "+own+">>endobj\ntrailer", 1)
		}
		for text, status := range map[string]int{tinyPDF: 201, catalog("/OpenAction[1 0 R/Fit]"): 201, tinyPDF[:len(tinyPDF)-8]: 422, "%PDF-1.4": 422,
			catalog("/OpenAction<</S/JavaScript/JS(app.alert(1))>>"): 422, catalog("/OpenAction<</S/J#61vaScript>>"): 422, catalog("/Names<</EmbeddedFiles 4 0 R>>"): 422} {
			got := s.calls(status, "POST", "/cases/A-1/documents", obj{"their_ref": "A-1", "id": r.ids.New(), "title": "Surat", "media_type": "application/pdf",
				"content": base64.StdEncoding.EncodeToString([]byte(text))}).body
			if status == 422 && !strings.Contains(got, `"location":"body.content"`) {
				t.Errorf("%q: %s", text, got)
			}
		}
	})
}

// Who has answered is told so wherever the case stands, until the agency sends
// the next state.
func TestOfficeAnswerIsShown(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s := r.system("jkm", false)
		asks := []any{"question", "Apakah alamat anda?", "status", "Sila jawab soalan kami."}
		ref := s.handIn("A-1", "m0", "waiting", asks...)
		shown := func(says, not string) {
			t.Helper()
			for _, at := range []string{"/office/" + ref, "/me", "/search?q=" + ref} {
				body := r.gets(200, "m0", "GET", at+map[bool]string{true: "&", false: "?"}[strings.Contains(at, "?")]+"lang=en", nil).body
				tags := strings.Join(regexp.MustCompile(`govuk-tag[^>]*>\s*[^<]+`).FindAllString(body, -1), " ")
				if !strings.Contains(tags, says) || strings.Contains(tags, not) {
					t.Errorf("%s says %q, not %q", at, tags, says)
				}
			}
		}
		shown("Waiting for your answer", "Your answer is in")
		r.gets(303, "m0", "POST", "/office/"+ref+"/reply", typed("text", "No. 1, Jalan Melur", "key", "k1"))
		shown("Your answer is in", "Waiting for your answer")
		page := r.gets(200, "m0", "GET", "/office/"+ref+"?lang=en", nil).body
		for says, want := range map[string]int{"You have answered.": 1, "needs an answer from you": 0, "b-step--waiting": 0} {
			if n := strings.Count(page, says); n != want {
				t.Errorf("the page says %q %d times, not %d", says, n, want)
			}
		}
		if got := r.gets(200, "m0", "GET", "/api/v1/office-cases/"+ref, nil).json(t); got["state"] != "waiting" || got["answered_at"] == nil || got["question"] != nil {
			t.Errorf("a program is told %v", got)
		}
		// The same again is no news; another question is.
		s.calls(200, "PUT", "/cases/A-1", licence("A-1", "m0", "waiting", asks...))
		shown("Your answer is in", "Waiting for your answer")
		s.calls(200, "PUT", "/cases/A-1", licence("A-1", "m0", "waiting", "question", "Dan poskod?"))
		shown("Waiting for your answer", "Your answer is in")
		s.calls(200, "PUT", "/cases/A-1", licence("A-1", "m0", "deciding"))
		shown("Being decided", "Your answer is in")
		written := func() bool {
			return strings.Contains(r.gets(200, "m0", "GET", "/office/"+ref+"?lang=en", nil).body, "What you write here")
		}
		before := written()
		s.calls(200, "PUT", "/cases/A-1", licence("A-1", "m0", "approved"))
		if !before || written() {
			t.Error("what is written there is promised where nothing can be, or not where it can")
		}
		for state, awaited := range map[string]bool{"checking": true, "approved": false} {
			other := s.handIn("A-"+state, "m0", state, "due_on", "2026-12-24")
			if strings.Contains(r.gets(200, "m0", "GET", "/office/"+other+"?lang=en", nil).body, "A decision is expected by") != awaited {
				t.Errorf("%s: a decision is expected, or is not, %v", state, !awaited)
			}
		}
	})
}

// Who is written to by post reads on paper what the agency wrote; on a phone it
// is not shown.
func TestOfficeByPost(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s := r.system("jkm", false)
		r.write(func(tx *db.Tx) error {
			return r.notify.Choose(tx, "m0", notify.Choice{On: []notify.Channel{notify.ByLetter}, Lang: locale.English, Made: true})
		})
		got := s.calls(201, "PUT", "/cases/A-1", licence("A-1", "m0", "checking")).json(t)
		r.wants("reachable", got["reachable"], true)
		s.calls(201, "POST", "/cases/A-1/messages", obj{"their_ref": "A-1", "id": "m", "text": "Sila datang ke kaunter kami."})
		r.drain()
		r.wants("letters", r.count(`select count(*) from letter_letter where person = 'm0'`), 1)
		r.read(func(tx *db.Tx) error {
			list, err := r.notify.Inbox(tx, "m0", 10)
			for _, m := range list {
				if strings.Contains(m.Body(r.texts.For(locale.English)), "kaunter kami") {
					t.Error("the notice tells what the agency wrote")
				}
			}
			return err
		})
		_, files := r.batch(clock.Day(r.now.Now()))
		var all string
		for _, f := range files {
			if strings.HasSuffix(f.Name, ".pdf") {
				all += wordsOf(t, f.Data)
			}
		}
		if !strings.Contains(all, "Sila datang ke kaunter kami.") || !strings.Contains(all, "Agensi jkm wrote to you") {
			t.Errorf("the letter does not say what the agency wrote:\n%s", all)
		}
	})
}

// Who acts for somebody sees their cases in agencies' systems within what the
// mandate is for, and the person can read that they did.
func TestOfficeUnderAMandate(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s := r.system("jkm", false)
		ref := s.handIn("A-1", "m0", "waiting", "question", "Apa?", "service", aid)
		other := s.handIn("A-2", "m0", "checking")
		act := func(services ...string) {
			r.gets(http.StatusSeeOther, "m0", "POST", "/me/mandates", url.Values{"to": {"nadi"}, "days": {"30"}, "services": services})
			r.gets(http.StatusSeeOther, helper, "POST", "/acting/start", url.Values{"mandate": {r.mandate("m0")}})
		}
		act(aid)
		page := r.gets(200, helper, "GET", "/me", nil).body
		if !strings.Contains(page, ref) || strings.Contains(page, other) {
			t.Error("the list is not what the mandate is for")
		}
		r.gets(404, helper, "GET", "/office/"+other, nil)
		r.gets(404, helper, "POST", "/office/"+other+"/reply", typed("text", "x", "key", "k"))
		if page = r.gets(200, helper, "GET", "/office/"+ref, nil).body; strings.Contains(page, "/me/looks/") {
			t.Error("a proof that only the person can open is offered")
		}
		r.gets(303, helper, "POST", "/office/"+ref+"/reply", typed("text", "Dia sakit.", "key", "k"))
		if page = r.gets(200, "m0", "GET", "/office/"+ref, nil).body; !strings.Contains(page, "aini, for you") {
			t.Error("the person does not see who wrote for them")
		}
		if looks := r.gets(200, "m0", "GET", "/api/v1/me/looks", nil).body; !strings.Contains(looks, "Looked at a case for you") || !strings.Contains(looks, "office.reply") {
			t.Error("the person cannot read who looked and wrote")
		}
		r.gets(403, helper, "GET", "/me/held/office/jkm/points", nil)
	})
}
