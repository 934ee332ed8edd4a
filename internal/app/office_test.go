package app

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/domain/backoffice"
	"balai/internal/domain/identity"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/meter"
	"balai/internal/spine/notify"
)

// system is an agency's own system, which holds a key.
type system struct {
	*rig
	backoffice.Key
}

const officeAPI = "/api/v1/back-office"

func (r *rig) system(agency string, bearer bool) system {
	r.t.Helper()
	k, err := r.office.MakeKey(context.Background(), actor.System(identity.HallAgency), agency, "", bearer)
	r.must(err)
	return system{r, k}
}

// signed are the headers of a request that the system signs.
func (s system) signed(request string, body any) []string {
	s.t.Helper()
	text, ok := body.(string)
	if !ok {
		data, err := json.Marshal(body)
		s.must(err)
		text = string(data)
	}
	at := s.now.Now().Unix()
	signature, err := backoffice.Sign(s.APIKey, request, at, []byte(text))
	s.must(err)
	return []string{"Balai-Agency", s.Agency, "webhook-id", request, "webhook-timestamp", strconv.FormatInt(at, 10), "webhook-signature", signature}
}

// calls sends a signed request under an id of its own, which must get a status.
func (s system) calls(status int, method, path string, body any) reply {
	s.t.Helper()
	if body == nil {
		return s.gets(status, "", method, officeAPI+path, nil, s.signed(s.ids.New(), officeAPI+path)...)
	}
	return s.gets(status, "", method, officeAPI+path, body, s.signed(s.ids.New(), body)...)
}

type obj = map[string]any

func licence(ref, person, state string, more ...any) obj {
	out := obj{"their_ref": ref, "person": person, "title": obj{"ms": "Pembaharuan lesen", "en": "Renewal of a licence"}, "state": state}
	for i := 0; i+1 < len(more); i += 2 {
		out[more[i].(string)] = more[i+1]
	}
	return out
}

// handIn puts a case and gives its reference.
func (s system) handIn(ref, person, state string, more ...any) string {
	s.t.Helper()
	return s.calls(http.StatusCreated, "PUT", "/cases/"+ref, licence(ref, person, state, more...)).json(s.t)["ref"].(string)
}

// Who it is that hands in is proved by the key, and never by what is said.
func TestOfficeCaller(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		jkm, kkm, curl := r.system("jkm", false), r.system("kkm", false), r.system("kkm", true)
		body := licence("A-1", "m0", "checking")
		path := officeAPI + "/cases/A-1"
		edit := func(name, value string) []string {
			h := jkm.signed("id-"+name+value, body)
			for i := 0; i < len(h); i += 2 {
				if h[i] == name {
					h[i+1] = value
				}
			}
			return h
		}
		old := jkm.now.Now().Add(-6 * time.Minute).Unix()
		sent, err := json.Marshal(body)
		r.must(err)
		oldSig, err := backoffice.Sign(jkm.APIKey, "old", old, sent)
		r.must(err)
		for name, headers := range map[string][]string{
			"nothing": nil, "no agency": edit("Balai-Agency", ""), "no id": edit("webhook-id", ""), "no time": edit("webhook-timestamp", ""),
			"no signature": edit("webhook-signature", ""), "another agency's name": edit("Balai-Agency", "kkm"), "nobody's name": edit("Balai-Agency", "xxx"),
			"another id": edit("webhook-id", "other"), "a time in words": edit("webhook-timestamp", "now"), "six minutes ago": {"Balai-Agency", "jkm", "webhook-id", "old",
				"webhook-timestamp", strconv.FormatInt(old, 10), "webhook-signature", oldSig},
			"another's key":      {"Authorization", "Bearer " + jkm.APIKey}, // may only sign
			"no such key":        {"Authorization", "Bearer whsec_AAAA"},
			"basic":              {"Authorization", "Basic eDp5"},
			"a key and a lie":    {"Authorization", "Bearer " + curl.APIKey, "Balai-Agency", "jkm"},
			"the webhook's key":  {"Authorization", "Bearer " + curl.Secret},
			"a person's session": {"Cookie", "balai_session=" + r.as("m0", "")},
			"an officer":         {"Cookie", "balai_session=" + r.as("means", "means-post")},
		} {
			got := r.ask("", "PUT", path, body, headers...)
			if got.StatusCode != http.StatusUnauthorized || strings.Contains(got.body, "signed_out\":") || !strings.Contains(got.body, "/api/back-office") {
				t.Errorf("%s: %d %s", name, got.StatusCode, got.body)
			}
		}
		r.wants("cases of liars", r.count(`select count(*) from backoffice_case`), 0)

		jkm.calls(201, "PUT", "/cases/A-1", body)
		r.gets(200, "", "PUT", path, body, jkm.signed("again", body)...)
		// One reference in two agencies is two cases, and neither sees the other's.
		kkm.calls(404, "GET", "/cases/A-1", nil)
		r.gets(201, "", "PUT", path, body, "Authorization", "Bearer "+curl.APIKey)
		r.wants("cases", r.count(`select count(*) from backoffice_case`), 2)
		kkm.calls(200, "GET", "/cases/A-1", nil)

		// A body without its path's reference is for another address.
		jkm.calls(422, "PUT", "/cases/A-2", body)
		// A look's signature is of the address that it looks at.
		r.gets(401, "", "GET", officeAPI+"/events", nil, jkm.signed("look", path)...)

		// A new key beside the old one, then the old one alone ends.
		next := r.system("jkm", false)
		next.calls(200, "PUT", "/cases/A-1", body)
		r.must(r.office.RevokeKey(context.Background(), actor.System(identity.HallAgency), jkm.ID))
		jkm.calls(401, "PUT", "/cases/A-1", body)
		next.calls(200, "PUT", "/cases/A-1", body)
	})
}

// The same request gets the same answer, and fifty at once make one case.
func TestOfficeOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s := r.system("jkm", false)
		body := licence("A-1", "m0", "checking")
		var all sync.WaitGroup
		codes := make([]int, 50)
		bodies := make([]string, 50)
		for i := range codes {
			headers := s.signed("one", body)
			all.Go(func() {
				got := r.ask("", "PUT", officeAPI+"/cases/A-1", body, headers...)
				codes[i], bodies[i] = got.StatusCode, got.body
			})
		}
		all.Wait()
		for i := range codes {
			if codes[i] != 201 || bodies[i] != bodies[0] {
				t.Errorf("%d %s", codes[i], bodies[i])
			}
		}
		r.wants("cases", r.count(`select count(*) from backoffice_case`), 1)
		r.wants("leaves", r.count(`select count(*) from journal_subject where person = 'm0'`), 1)
		r.wants("notices", fmt.Sprint(r.inbox("m0")), "[backoffice.notice.new]")
		// Under an id of its own each, fifty say the same and change nothing.
		for i := range codes {
			headers := s.signed(fmt.Sprint("n", i), body)
			all.Go(func() { codes[i] = r.ask("", "PUT", officeAPI+"/cases/A-1", body, headers...).StatusCode })
		}
		all.Wait()
		r.wants("leaves", r.count(`select count(*) from journal_subject where person = 'm0'`), 1)
		// The id of one request for another is refused.
		other := licence("A-1", "m0", "deciding")
		r.gets(409, "", "PUT", officeAPI+"/cases/A-1", other, s.signed("one", other)...)

		message := obj{"their_ref": "A-1", "id": "m-1", "text": "Sila datang."}
		s.calls(201, "POST", "/cases/A-1/messages", message)
		s.calls(200, "POST", "/cases/A-1/messages", message)
		s.calls(409, "POST", "/cases/A-1/messages", obj{"their_ref": "A-1", "id": "m-1", "text": "Lain."})
		s.calls(404, "POST", "/cases/A-9/messages", obj{"their_ref": "A-9", "id": "m-1", "text": "Lain."})
		r.wants("notices", fmt.Sprint(r.inbox("m0")), "[backoffice.notice.message backoffice.notice.new]")
	})
}

// A late or false update does not overwrite what is newer, and a case never
// becomes another person's.
func TestOfficeUpdate(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s := r.system("jkm", false)
		put := func(status int, body obj) obj { return s.calls(status, "PUT", "/cases/A-1", body).json(t) }
		put(201, licence("A-1", "m0", "received", "version", 2))
		r.wants("older", put(200, licence("A-1", "m0", "checking", "version", 1))["change"], "older")
		r.wants("state", put(200, licence("A-1", "m0", "received", "version", 2))["state"], "received")
		put(409, licence("A-1", "m0", "checking", "version", 2))
		r.wants("newer", put(200, licence("A-1", "m0", "checking", "version", 5))["change"], "updated")
		at := func(d time.Duration) string { return r.now.Now().Add(d).Format(time.RFC3339) }
		r.wants("by time", put(200, licence("A-1", "m0", "deciding", "updated_at", at(-time.Hour)))["change"], "updated")
		r.wants("late by time", put(200, licence("A-1", "m0", "refused", "updated_at", at(-2*time.Hour)))["change"], "older")
		put(422, licence("A-1", "m0", "refused", "updated_at", at(24*time.Hour)))
		put(409, licence("A-1", "m4", "deciding"))
		put(409, licence("A-1", "nobody", "deciding"))
		r.wants("person", r.count(`select count(*) from backoffice_case where person = 'm0' and state = 'deciding'`), 1)
		for name, body := range map[string]obj{
			"a state of no one": licence("A-1", "m0", "done"), "a question out of time": licence("A-1", "m0", "checking", "question", "Apa?"),
			"http": licence("A-1", "m0", "checking", "link", "http://jkm.example/"), "script": licence("A-1", "m0", "checking", "link", "javascript:alert(1)"),
			"a name in the link": licence("A-1", "m0", "checking", "link", "https://a:b@jkm.example/"), "a day": licence("A-1", "m0", "checking", "due_on", "esok"),
			"a field": licence("A-1", "m0", "checking", "__proto__", obj{}), "no title": licence("A-1", "m0", "checking", "title", " "),
			"a person": licence("A-1", "m0", "checking", "person", obj{"id_number": "1", "id": "m0"}), "long": licence("A-1", "m0", "checking", "title", strings.Repeat("a", 201)),
		} {
			if got := s.ask("", "PUT", officeAPI+"/cases/A-1", body, s.signed(name, body)...); got.StatusCode != 422 || !strings.Contains(got.body, "body.") {
				t.Errorf("%s: %d %s", name, got.StatusCode, got.body)
			}
		}
	})
}

// Nobody finds out by a key who exists.
func TestOfficeUnknownPersons(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s := r.system("jkm", false)
		s.handIn("A-0", "m0", "checking")
		var all sync.WaitGroup
		codes := make([]int, 40)
		for i := range codes {
			body := licence(fmt.Sprint("B-", i), fmt.Sprintf("990101-00-%04d", i), "checking")
			headers := s.signed(fmt.Sprint("u", i), body)
			all.Go(func() {
				codes[i] = r.ask("", "PUT", officeAPI+"/cases/"+fmt.Sprint("B-", i), body, headers...).StatusCode
			})
		}
		all.Wait()
		times := map[int]int{}
		for _, c := range codes {
			times[c]++
		}
		r.wants("answers", times, map[int]int{404: 20, 429: 20})
		s.calls(429, "PUT", "/cases/C-1", licence("C-1", "m4", "checking")) // known, but that is not told now
		s.calls(429, "PUT", "/holdings/x", obj{"name": "x", "person": "m4", "label": "L", "value": "1", "as_of": "2026-11-01", "basis": "B"})
		s.calls(200, "PUT", "/cases/A-0", licence("A-0", "m0", "deciding")) // what it had goes on
		r.now.Advance(time.Hour)
		s.calls(201, "PUT", "/cases/C-1", licence("C-1", "m4", "checking"))
	})
}

// counted is a body that notes how much of it was read.
type counted struct {
	left int
	read *int
}

func (c *counted) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, io.EOF
	}
	n := min(len(p), c.left)
	c.left -= n
	*c.read += n
	return n, nil
}

// Of who shows nothing, nothing is read.
func TestOfficeReadsNothingOfStrangers(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.system("jkm", false)
		now := strconv.FormatInt(r.now.Now().Unix(), 10)
		for name, headers := range map[string][]string{
			"no header":     nil,
			"no signature":  {"Balai-Agency", "jkm", "webhook-id", "x", "webhook-timestamp", now},
			"another time":  {"Balai-Agency", "jkm", "webhook-id", "x", "webhook-timestamp", "1", "webhook-signature", "v1,x"},
			"no such key":   {"Authorization", "Bearer whsec_none"},
			"no key at all": {"Balai-Agency", "jpj", "webhook-id", "x", "webhook-timestamp", now, "webhook-signature", "v1,x"},
		} {
			read := 0
			req := httptest.NewRequest("POST", r.cfg.Get("base-url")+officeAPI+"/cases/A-1/documents", &counted{11 << 20, &read})
			for i := 0; i+1 < len(headers); i += 2 {
				req.Header.Set(headers[i], headers[i+1])
			}
			w := httptest.NewRecorder()
			if r.router.ServeHTTP(w, req); w.Code != http.StatusUnauthorized || read > 0 {
				t.Errorf("%s: %d after %d bytes", name, w.Code, read)
			}
		}
	})
}

// A key does not turn a number into a person: what leaves no record says
// nothing, and shuts no key out that takes away every night what is away.
func TestOfficeHoldingTellsNoPerson(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s := r.system("jkm", false)
		holding := func(person, value string) obj {
			return obj{"name": "x", "person": person, "label": "x", "value": value, "basis": "B", "as_of": "2026-11-01"}
		}
		says := map[string]bool{}
		for range 15 {
			for _, person := range []string{"m0", "nobody", "990101-00-0001"} {
				says[s.calls(200, "PUT", "/holdings/x", holding(person, "")).body] = true
			}
		}
		if len(says) != 1 {
			t.Errorf("the answers tell who is known: %v", says)
		}
		r.wants("leaves", r.count(`select count(*) from journal_subject`), 0)
		s.calls(201, "PUT", "/holdings/x", holding("m0", "1"))
		r.wants("once", s.calls(200, "PUT", "/holdings/x", holding("m0", "")).json(t)["change"], "removed")
		r.wants("again", s.calls(200, "PUT", "/holdings/x", holding("m0", "")).json(t)["change"], "unchanged")
	})
}

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

// A key sends so many requests in a minute, and an agency tells people so much
// on a day, whichever way it hands in.
func TestOfficeLimits(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s, other := r.system("jkm", false), r.system("kkm", false)
		r.office.Limits = backoffice.Limits{Minute: 1000, Day: 4}
		first := s.signed("first", licence("A-1", "m0", "checking"))
		was := r.gets(201, "", "PUT", officeAPI+"/cases/A-1", licence("A-1", "m0", "checking"), first...).body
		for range 6 { // what tells nobody is not counted
			s.calls(200, "PUT", "/cases/A-1", licence("A-1", "m0", "checking"))
			s.calls(422, "PUT", "/cases/A-1", licence("A-1", "m0", "gone"))
		}
		s.calls(200, "PUT", "/cases/A-1", licence("A-1", "m0", "deciding"))
		message := obj{"their_ref": "A-1", "id": "m1", "text": "Sila datang."}
		s.calls(201, "POST", "/cases/A-1/messages", message)
		s.calls(200, "POST", "/cases/A-1/messages", message)
		d := r.dropFolder("jkm")
		d.lies("a.csv", rowsOf("B", 3)+"A-1,940312-00-0000,Bantuan,checking\n")
		var got []string
		for _, row := range d.read("a.result.csv") {
			got = append(got, row[2])
		}
		slices.Sort(got) // the rows are acts at once, and one of them is in time
		r.wants("rows", fmt.Sprint(got), "[accepted refused refused refused]")

		for name, refused := range map[string]reply{
			"a case":     s.calls(429, "PUT", "/cases/C-1", licence("C-1", "m4", "checking")),
			"a message":  s.calls(429, "POST", "/cases/A-1/messages", obj{"their_ref": "A-1", "id": "m2", "text": "Sila datang."}),
			"a document": s.calls(429, "POST", "/cases/A-1/documents", obj{"their_ref": "A-1", "id": "d1", "title": "Surat", "media_type": "application/pdf", "content": base64.StdEncoding.EncodeToString([]byte(tinyPDF))}),
		} {
			if after, err := strconv.Atoi(refused.Header.Get("Retry-After")); err != nil || after < 60 || after > 86400 || !strings.Contains(refused.body, "4 things") {
				t.Errorf("%s: Retry-After %q, %s", name, refused.Header.Get("Retry-After"), refused.body)
			}
		}
		r.wants("what was answered before", r.gets(201, "", "PUT", officeAPI+"/cases/A-1", licence("A-1", "m0", "checking"), first...).body, was)
		s.calls(201, "PUT", "/holdings/x", obj{"name": "x", "person": "m4", "label": "L", "value": "1", "as_of": "2026-11-01", "basis": "B"})
		other.handIn("A-1", "m0", "checking")
		r.now.Advance(24 * time.Hour)
		s.handIn("C-1", "m4", "checking")

		r.office.Limits = backoffice.Limits{Minute: 5, Day: 1000}
		third := r.system("jkm", false)
		var all sync.WaitGroup
		codes := make([]int, 40)
		for i := range codes {
			headers := third.signed(fmt.Sprint("n", i), officeAPI+"/events")
			all.Go(func() { codes[i] = r.ask("", "GET", officeAPI+"/events", nil, headers...).StatusCode })
		}
		all.Wait()
		times := map[int]int{}
		for _, c := range codes {
			times[c]++
		}
		r.wants("answers", times, map[int]int{200: 5, 429: 35})
		r.wants("when again", third.calls(429, "GET", "/events", nil).Header.Get("Retry-After"), "60")
		r.now.Advance(meter.Window + meter.Fresh)
		third.calls(200, "GET", "/events", nil)
	})
}
