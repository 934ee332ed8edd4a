package app

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/domain/backoffice"
	"balai/internal/domain/identity"
	"balai/internal/spine/actor"
	"balai/internal/spine/hook"
	"balai/internal/spine/meter"
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
	signature, err := hook.Sign(s.APIKey, request, at, []byte(text))
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
		oldSig, err := hook.Sign(jkm.APIKey, "old", old, sent)
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

// Who names a key or an event that is not there is told so, and where its id
// stands.
func TestOfficeCommandsNameWhatIsMissing(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx, hall := context.Background(), actor.System(identity.HallAgency)
		_, replay := r.office.Replay(ctx, "", "nonsense")
		for want, err := range map[string]error{"balai back-office list": r.office.RevokeKey(ctx, hall, "nonsense"),
			"no key “nonsense”": r.office.SetWebhook(ctx, hall, "nonsense", ""), "no event “nonsense”": replay} {
			if err == nil || !strings.Contains(sentence(err), want) {
				t.Errorf("%v lacks %q", err, want)
			}
		}
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
			"another's service": licence("A-1", "m0", "checking", "service", birth), "no service": licence("A-1", "m0", "checking", "service", "jkmx/aid"),
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
