package notice

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/meter"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
)

// Who holds no key, another's, an old one or a wrong clock is told so in
// Notify's words, and nobody else's message or template is there.
func TestTokens(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *rig) {
		k, spare, gone, other := r.key("jpn", "one", Normal), r.key("jpn", "two", Normal), r.key("jpn", "old", Normal), r.key("jkm", "one", Normal)
		if err := r.RevokeKey(context.Background(), "jpn", "old"); err != nil {
			t.Fatal(err)
		}
		now := r.now.Now()
		parts := strings.Split(sign(hs256, k.Service, now, k.Secret), ".")
		for _, c := range []struct{ what, auth, want string }{
			{"no token", "", "401 AuthError: Unauthorized: authentication token must be provided"},
			{"another scheme", "Basic abc", "401 AuthError: Unauthorized: authentication bearer scheme must be used"},
			{"no JWT", "Bearer abc", "403 AuthError: Invalid token: signature, api token is not valid"},
			{"alg none", sign(`{"alg":"none"}`, k.Service, now, k.Secret), "403 AuthError: Invalid token: algorithm used is not HS256"},
			{"alg none, unsigned", parts[0] + "." + parts[1] + ".", "403 AuthError: Invalid token: API key not found"},
			{"alg RS256", sign(`{"alg":"RS256"}`, k.Service, now, k.Secret), "403 AuthError: Invalid token: algorithm used is not HS256"},
			{"too old", sign(hs256, k.Service, now.Add(-31*time.Second), k.Secret), "403 AuthError: Error: Your system clock must be accurate to within 30 seconds"},
			{"too new", sign(hs256, k.Service, now.Add(31*time.Second), k.Secret), "403 AuthError: Error: Your system clock must be accurate to within 30 seconds"},
			{"a wrong secret", sign(hs256, k.Service, now, other.Secret), "403 AuthError: Invalid token: API key not found"},
			{"a stranger's old token", sign(hs256, k.Service, now.Add(-time.Hour), "guess"), "403 AuthError: Invalid token: API key not found"},
			{"a revoked key", sign(hs256, k.Service, now, gone.Secret), "403 AuthError: Invalid token: API key revoked"},
			{"no such service", sign(hs256, "00000000-0000-4000-8000-000000000000", now, k.Secret), "403 AuthError: Invalid token: service not found"},
			{"no UUID", sign(hs256, "jpn", now, k.Secret), "403 AuthError: Invalid token: service id is not the right data type"},
		} {
			r.wants(c.what, r.call(c.auth, "GET", "/v2/templates", nil).errors(), c.want)
		}
		for _, good := range []string{sign(hs256, k.Service, now.Add(-29*time.Second), k.Secret), sign(hs256, k.Service, now, spare.Secret),
			sign(hs256, strings.ToUpper(k.Service), now.Add(29*time.Second), k.Secret)} {
			r.wants("a good token", r.call(good, "GET", "/v2/templates", nil).status, http.StatusOK)
		}
		mine := r.good(r.mailTo(k, "a@contoh.example"))
		r.wants("another's notification", r.as(other, "GET", "/v2/notifications/"+mine, nil).errors(), "404 NoResultFound: No result found")
		r.wants("another's list", len(r.as(other, "GET", "/v2/notifications", nil).body["notifications"].([]any)), 0)
		r.wants("another's template", r.as(other, "GET", "/v2/template/"+templateID("greeting"), nil).errors(), "404 NoResultFound: No result found")
		r.wants("another's preview", r.as(other, "POST", "/v2/template/"+templateID("greeting")+"/preview", "{}").errors(), "404 NoResultFound: No result found")
		r.wants("another's template sent", r.mailTo(other, "a@contoh.example").errors(), "400 BadRequestError: Template not found")
	})
}

// A message waits for a server that is down, is tried again with the same id,
// and ends once, with whose fault it was.
func TestStatuses(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *rig) {
		k, ctx := r.key("jpn", "one", Normal), context.Background()
		late := r.good(r.mailTo(k, "a@contoh.example"))
		r.wants("at first", r.status(k, late), Created)
		r.fail = errors.New("connection refused")
		if err := r.jobs.Drain(ctx); err == nil {
			t.Error("the failure is not told to the outbox")
		}
		r.wants("while it is tried", r.status(k, late), Sending)
		r.fail = nil
		r.now.Advance(outbox.Backoff(1))
		r.drain()
		r.wants("then", r.status(k, late), Delivered)
		err := r.DB.Write(ctx, func(tx *db.Tx) error { return r.jobs.Enqueue(tx, jobSend, sendJob{late}) }) // as a lease that ended would
		if err != nil {
			t.Fatal(err)
		}
		r.drain()
		r.wants("sent again", len(r.mails), 2)
		r.wants("tries with one id", r.mails[0].ID == late && r.mails[1].ID == late, true)

		r.fail = outbox.Cancel(&textproto.Error{Code: 550, Msg: "no such user"})
		r.wants("refused for good", r.outcome(k), Permanent)
		r.fail = &textproto.Error{Code: 452, Msg: "mailbox full"}
		r.wants("put off for three days", r.outcome(k), Temporary)
		r.fail = errors.New("connection refused")
		r.wants("no server for three days", r.outcome(k), Technical)
		r.fail = notify.ErrNoWay
		waits := r.good(r.mailTo(k, "a@contoh.example"))
		_ = r.jobs.Drain(ctx) // it fails; what counts is the status
		r.wants("without any server", r.status(k, waits), Created)
		r.wants("all failures", len(r.as(k, "GET", "/v2/notifications?status=failed", nil).body["notifications"].([]any)), 3)
	})
}

// What a preview shows of a text message is what is sent.
func TestPreviewIsWhatIsSent(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *rig) {
		k := r.key("jpn", "one", Normal)
		values := map[string]any{"text": "“Ya”"}
		seen := r.as(k, "POST", "/v2/template/"+templateID("note")+"/preview", map[string]any{"personalisation": values})
		r.good(r.as(k, "POST", "/v2/notifications/sms", map[string]any{"phone_number": "0123456789", "template_id": templateID("note"), "personalisation": values}))
		r.drain()
		r.wants("the preview", seen.body["body"], r.texts[0].Body)
	})
}

func (r *rig) drain() {
	r.t.Helper()
	if err := r.jobs.Drain(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

// outcome is what becomes of a message within four days.
func (r *rig) outcome(k Key) string {
	r.t.Helper()
	id := r.good(r.mailTo(k, "a@contoh.example"))
	for range 40 {
		_ = r.jobs.Drain(context.Background()) // failures are what is made here
		r.now.Advance(3 * time.Hour)
	}
	return r.status(k, id)
}

// A test key sends nothing, a team key only to its guests, and the receivers
// that Notify simulates are never written to.
func TestKinds(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *rig) {
		live, team, test := r.key("jpn", "live", Normal), r.key("jpn", "team", Team, "kawan@contoh.example", "012-3456789"), r.key("jpn", "test", Test)
		text := func(k Key, to string) reply {
			return r.as(k, "POST", "/v2/notifications/sms", map[string]any{"phone_number": to, "template_id": templateID("note"), "personalisation": map[string]any{"text": "x"}})
		}
		ended := map[string]string{
			r.good(r.mailTo(test, "a@contoh.example")):                                "delivered",
			r.good(r.mailTo(test, "temp-fail@simulator.notify")):                      "temporary-failure",
			r.good(text(test, "07700900002")):                                         "permanent-failure",
			r.good(r.mailTo(live, "simulate-delivered@notifications.service.gov.uk")): "delivered",
			r.good(text(live, "07700900000")):                                         "delivered",
		}
		r.drain()
		for id, want := range ended {
			k := test
			if r.count(`select count(*) from notice_notification where id = $1 and kind = 'normal'`, id) == 1 {
				k = live
			}
			r.wants("a simulated receiver", r.status(k, id), want)
		}
		r.wants("mails and texts", len(r.mails)+len(r.texts), 0)
		r.wants("a number that only a test key knows", text(live, "07700900002").errors(), "400 ValidationError: phone_number Not a Malaysian mobile number")
		r.wants("a stranger by a team key", r.mailTo(team, "a@contoh.example").errors(), "400 BadRequestError: Can’t send to this recipient using a team-only API key")
		r.good(r.mailTo(team, "Kawan@contoh.example"))
		r.good(text(team, "+60 12 345 6789"))
		r.wants("a letter by a team key", r.as(team, "POST", "/v2/notifications/letter", "{}").errors(), "403 BadRequestError: Cannot send letters with a team api key")
		r.drain()
		r.wants("to guests", len(r.mails)+len(r.texts), 2)
	})
}

// Pages hold 250, the newest first, and lead to the next; each filter holds.
func TestPages(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *rig) {
		k := r.key("jpn", "one", Normal)
		first := r.good(r.mailTo(k, "a@contoh.example"))
		err := r.DB.Write(context.Background(), func(tx *db.Tx) error {
			for i := range pageSize {
				n := Notification{ID: r.IDs.New(), Service: k.Service, Kind: Normal, Type: SMS, Status: Delivered, Reference: fmt.Sprint("r", i), MadeAt: r.Part.now()}
				if err := insert(tx, n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		list := func(path string) (ids []string, next string) {
			a := r.as(k, "GET", path, nil)
			for _, n := range a.body["notifications"].([]any) {
				ids = append(ids, n.(map[string]any)["id"].(string))
			}
			next, _ = a.body["links"].(map[string]any)["next"].(string)
			return ids, strings.TrimPrefix(next, "http://localhost:8080")
		}
		ids, next := list("/v2/notifications?include_jobs=true")
		r.wants("the first page", len(ids), pageSize)
		rest, end := list(next)
		r.wants("the second page", rest, []string{first})
		last, none := list(end)
		r.wants("the last page", len(last), 0)
		r.wants("and no further", none, "")
		for path, want := range map[string]int{"?template_type=email": 1, "?template_type=email&template_type=sms": pageSize, "?status=created": 1,
			"?status=created,delivered&reference=r7": 1, "?status=created&status=sending&reference=ref": 1, "?status=failed": 0} {
			got, _ := list("/v2/notifications" + path)
			r.wants(path, len(got), want)
		}
		r.wants("an unknown status", strings.HasPrefix(r.as(k, "GET", "/v2/notifications?status=elephant", nil).errors(), "400 ValidationError: status elephant is not one of [cancelled, created,"), true)
		r.wants("a NUL", r.as(k, "GET", "/v2/notifications?reference=%00a%ff", nil).status, http.StatusBadRequest)
		r.wants("no id", r.as(k, "GET", "/v2/notifications?older_than=1", nil).errors(), "400 ValidationError: older_than is not a valid UUID")
	})
}

// What is wrong with a request is told field by field, and nothing that is
// sent makes the hall fail.
func TestBadRequests(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *rig) {
		k := r.key("jpn", "one", Normal)
		id := templateID("greeting")
		for body, want := range map[string]string{
			``:                             "400 BadRequestError: Invalid JSON supplied in POST data",
			`[1]`:                          "400 BadRequestError: Invalid JSON supplied in POST data",
			"{\"email_address\":\"\xff\"}": "400 BadRequestError: Invalid JSON supplied in POST data",
			`{}`:                           "400 ValidationError: email_address is a required property; ValidationError: template_id is a required property",
			`{"email_address":1,"template_id":"x","evil":1}`:                                                                                                 "400 ValidationError: Additional properties are not allowed (evil was unexpected); ValidationError: email_address 1 is not of type string; ValidationError: template_id is not a valid UUID",
			`{"email_address":"a@contoh.example","template_id":"` + id + `","reference":"a\u0000"}`:                                                          "400 ValidationError: reference must not contain a NUL character",
			`{"email_address":"a@contoh.example","template_id":"` + id + `","personalisation":[]}`:                                                           "400 ValidationError: personalisation [] is not of type object",
			`{"email_address":"a@contoh.example","template_id":"` + id + `"}`:                                                                                "400 BadRequestError: Missing personalisation: name",
			`{"email_address":"a@contoh.example","template_id":"` + id + `","personalisation":{"name":"x"},"email_reply_to_id":"` + id + `"}`:                "400 BadRequestError: email_reply_to_id " + id + " does not exist in database for service id " + k.Service,
			`{"email_address":"a@contoh.example","template_id":"` + id + `","personalisation":{"name":"x"},"one_click_unsubscribe_url":"http://x.example/"}`: "400 ValidationError: one_click_unsubscribe_url is not a valid https url",
			`{"email_address":"a@contoh.example","template_id":"` + id + `","personalisation":{"name":{"file":"!"}}}`:                                        "400 BadRequestError: Cannot decode the file (invalid base64 encoding)",
			`{"email_address":"a@contoh.example","template_id":"` + templateID("note") + `","personalisation":{"text":"x"}}`:                                 "400 BadRequestError: sms template is not suitable for email notification",
			`{"email_address":"a@contoh.example","template_id":"` + id + `","reference":"` + strings.Repeat("a", 1001) + `","personalisation":{"name":"x"}}`: "400 ValidationError: reference \"" + strings.Repeat("a", 59) + "… is too long",
		} {
			r.wants(body, r.as(k, "POST", "/v2/notifications/email", body).errors(), want)
		}
		a := r.as(k, "POST", "/v2/notifications/sms", map[string]any{"phone_number": "0123456789", "template_id": templateID("note"), "personalisation": map[string]any{"text": strings.Repeat("a", 918)}})
		r.wants("a long text", a.errors(), "400 BadRequestError: Text messages cannot be longer than 918 characters. Your message is 929 characters long.")
		good := r.as(k, "POST", "/v2/notifications/email", `{"email_address":"a@contoh.example","template_id":"`+id+`","personalisation":{"name":"a\u0000\ud800b"},"sanitise_content_for":["name"]}`)
		r.good(good)
		r.wants("what was kept", r.count(`select count(*) from notice_notification`), 1)
	})
}

// The same request fifty times at once is fifty messages, each with its leaf
// and its job, as long as the day's limit lasts, and not one more.
func TestFiftyAtOnce(t *testing.T) {
	each(t, Limits{Minute: 3000, Day: 80}, func(t *testing.T, r *rig) {
		k := r.key("jpn", "one", Normal)
		for round, want := range []int{50, 30} {
			var all sync.WaitGroup
			answers := make([]reply, 50)
			for i := range answers {
				all.Go(func() { answers[i] = r.mailTo(k, "a@contoh.example") })
			}
			all.Wait()
			good, ids := 0, map[string]bool{}
			for _, a := range answers {
				switch a.status {
				case http.StatusCreated:
					good++
					ids[a.body["id"].(string)] = true
				default:
					r.wants("what is too much", a.errors(), "429 TooManyRequestsError: Exceeded send limits (80) for today")
				}
			}
			r.wants(fmt.Sprint("accepted in round ", round), good, want)
			r.wants("different ids", len(ids), want)
		}
		r.wants("kept", r.count(`select count(*) from notice_notification`), 80)
		r.wants("jobs", r.count(`select count(*) from outbox_job`), 80)
		r.wants("leaves", r.leaves, 80)
		r.now.Set(time.Date(2026, 11, 23, 16, 0, 1, 0, time.UTC)) // midnight there
		r.good(r.mailTo(k, "a@contoh.example"))
	})
}

// What could not be accepted leaves nothing behind and uses nothing up.
func TestAcceptedWholeOrNotAtAll(t *testing.T) {
	each(t, Limits{Minute: 3000, Day: 1}, func(t *testing.T, r *rig) {
		k := r.key("jpn", "one", Normal)
		r.refuse = errors.New("the journal is full")
		r.wants("without a leaf", r.mailTo(k, "a@contoh.example").errors(), "500 Exception: Internal server error")
		r.wants("kept", r.count(`select (select count(*) from notice_notification) + (select count(*) from outbox_job)`), 0)
		r.refuse = nil
		r.good(r.mailTo(k, "a@contoh.example"))
		r.wants("and one more", r.mailTo(k, "a@contoh.example").status, http.StatusTooManyRequests)
	})
}

// Two processes over one database keep one limit: a second one doubles nothing,
// whoever asks first, and the minute passes for both.
func TestLimitOverTwoProcesses(t *testing.T) {
	each(t, Limits{Minute: 240, Day: 1000}, func(t *testing.T, r *rig) {
		second := newRig(t, r.DB, r.now, r.Limits)
		k := r.key("jpn", "one", Normal)
		round := func() (good int) {
			var all sync.WaitGroup
			var mu sync.Mutex
			for _, one := range []*rig{r, second} {
				for range 8 {
					all.Go(func() {
						for range 25 {
							a := one.mailTo(k, "a@contoh.example")
							if a.status == http.StatusCreated {
								mu.Lock()
								good++
								mu.Unlock()
							} else if a.errors() != "429 RateLimitError: Exceeded rate limit for key type LIVE of 240 requests per 60 seconds" {
								t.Error(a.errors())
							}
						}
					})
				}
			}
			all.Wait()
			return good
		}
		r.wants("of 400 requests", round(), 240)
		r.now.Advance(meter.Window)
		r.wants("within the same minute and its slack", round(), 0)
		r.now.Advance(meter.Fresh)
		r.wants("a minute later", round(), 240)
		r.wants("another kind of key", r.mailTo(r.key("jpn", "test", Test), "a@contoh.example").status, http.StatusCreated)
		r.wants("another agency", r.mailTo(r.key("jkm", "one", Normal), "a@contoh.example").errors(), "400 BadRequestError: Template not found")
	})
}

// A changed text is a version beside the old ones; the ids are the same in
// every hall; what left the catalogue is read and not sent.
func TestVersions(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *rig) {
		k := r.key("jpn", "one", Normal)
		r.load(shelf())
		r.wants("templates after a restart", r.count(`select count(*) from notice_template`), 8)
		changed := shelf()
		changed["notice/jpn/greeting.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(greeting, "Salam ((name))", "Selamat ((name))", 1))}
		var all sync.WaitGroup
		for range 4 { // as many processes that start at once
			other := newRig(t, r.DB, r.now, r.Limits)
			all.Go(func() { other.load(changed) })
		}
		all.Wait()
		path := "/v2/template/" + templateID("greeting")
		now, before := r.as(k, "GET", path, nil).body, r.as(k, "GET", path+"/version/1", nil).body
		r.wants("the newest", fmt.Sprint(now["version"], now["subject"]), "2Selamat ((name))")
		r.wants("the first", fmt.Sprint(before["version"], before["subject"]), "1Salam ((name))")
		r.wants("the other language", r.as(k, "GET", "/v2/template/"+templateID("greeting-en"), nil).body["version"], 1)
		r.wants("no third", r.as(k, "GET", path+"/version/3", nil).errors(), "404 NoResultFound: No result found")
		delete(changed, "notice/jpn/greeting.yaml")
		r.load(changed)
		r.wants("sent when it is gone", r.mailTo(k, "a@contoh.example").errors(), "400 BadRequestError: Template has been deleted")
		r.wants("read when it is gone", r.as(k, "GET", path, nil).status, http.StatusOK)
		r.wants("the list", len(r.as(k, "GET", "/v2/templates", nil).body["templates"].([]any)), 4)
		r.load(shelf())
		r.good(r.mailTo(k, "a@contoh.example"))
	})
}

// After a week nothing is left of what was said and to whom; what has not
// ended stays.
func TestContentIsDestroyed(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *rig) {
		k, ctx := r.key("jpn", "one", Normal), context.Background()
		done := r.good(r.mailTo(k, "rahsia@contoh.example"))
		r.drain()
		waits := r.good(r.mailTo(k, "a@contoh.example"))
		r.now.Advance(week - time.Second)
		if err := r.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		r.wants("before a week", r.status(k, done), Delivered)
		r.now.Advance(2 * time.Second)
		if err := r.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		r.wants("after a week", r.as(k, "GET", "/v2/notifications/"+done, nil).errors(), "404 NoResultFound: No result found")
		r.wants("in the list", len(r.as(k, "GET", "/v2/notifications", nil).body["notifications"].([]any)), 1)
		r.wants("of its content", r.count(`select count(*) from notice_notification where id = $1 and recipient || subject || body || reference <> ''`, done), 0)
		r.wants("that it was sent", r.count(`select count(*) from notice_notification where id = $1 and status = 'delivered'`, done), 1)
		r.wants("what waits", r.status(k, waits), Created)
	})
}

// A message asked for later is not sent before.
func TestLater(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *rig) {
		k := r.key("jpn", "one", Normal)
		ask := func(at string) reply {
			return r.as(k, "POST", "/v2/notifications/email", map[string]any{"email_address": "a@contoh.example", "template_id": templateID("greeting"),
				"personalisation": map[string]any{"name": "A"}, "scheduled_for": at})
		}
		r.wants("yesterday", ask("2026-11-22 04:00").errors(), "400 ValidationError: scheduled_for datetime can not be in the past")
		r.wants("in two days", ask("2026-11-25 04:00").errors(), "400 ValidationError: scheduled_for datetime can only be 24 hours in the future")
		id := r.good(ask("2026-11-23 05:00"))
		r.drain()
		r.wants("before its time", fmt.Sprint(r.status(k, id), len(r.mails)), "created0")
		r.now.Advance(time.Hour)
		r.drain()
		r.wants("at its time", fmt.Sprint(r.status(k, id), len(r.mails)), "delivered1")
	})
}

// A letter is in the post in the commit that accepts it; a test key's is not.
func TestLetters(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *rig) {
		k, test := r.key("jpn", "one", Normal), r.key("jpn", "test", Test)
		ask := map[string]any{"template_id": templateID("page"), "personalisation": map[string]any{"address_line_1": "Aisyah", "address_line_2": "No. 1, Jalan Melur", "postcode": "15400 Kota Bharu"}}
		id := r.good(r.as(k, "POST", "/v2/notifications/letter", ask))
		r.wants("its status", r.status(k, id), Accepted)
		r.wants("in the post", fmt.Sprintln(len(r.taken), r.taken[0].ID == id, r.taken[0].To.Postcode, r.taken[0].To.Area), "1 true 15400 MY-03\n")
		r.wants("a test key's", r.status(test, r.good(r.as(test, "POST", "/v2/notifications/letter", ask))), Received)
		r.wants("in the post still", len(r.taken), 1)
		for _, step := range []struct {
			do   func(*db.Tx, string) error
			want Status
		}{{r.ReturnedTx, Accepted}, {r.PostedTx, Received}, {r.PostedTx, Received}, {r.ReturnedTx, Returned}} {
			if err := r.DB.Write(context.Background(), func(tx *db.Tx) error { return step.do(tx, id) }); err != nil {
				t.Fatal(err)
			}
			r.wants("then", r.status(k, id), step.want)
		}
	})
}
