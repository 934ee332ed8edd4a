package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"balai/catalogue"
	"balai/internal/domain/notice"
	"balai/internal/spine/db"
)

// asSystem is a request of an agency's system, signed with its key.
func (r *rig) asSystem(k notice.Key, method, path string, body any) (status int, text string) {
	r.t.Helper()
	enc := base64.RawURLEncoding
	token := enc.EncodeToString([]byte(`{"alg":"HS256"}`)) + "." + enc.EncodeToString(fmt.Appendf(nil, `{"iss":%q,"iat":%d}`, k.Service, r.now.Now().Unix()))
	sum := hmac.New(sha256.New, []byte(k.Secret))
	sum.Write([]byte(token))
	a := r.ask("", method, path, body, "Authorization", "Bearer "+token+"."+enc.EncodeToString(sum.Sum(nil)))
	return a.StatusCode, a.body
}

// onePage is a PDF of one page, as far as it is looked at here.
const onePage = "%PDF-1.4\n1 0 obj << /Type /Page >> endobj\nstartxref\n0\n%%EOF\n"

// What an agency's system writes is in the day's batch beside the hall's own
// letters: drawn into the one file, or as the file that it handed in; and the
// system hears of both ends of it.
func TestSystemsLettersAreInTheBatch(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.must(r.notice.Load(context.Background(), catalogue.FS))
		k, err := r.notice.MakeKey(context.Background(), "jpn", "post", notice.Normal, nil)
		r.must(err)
		r.villager("uncle", "Tan Ah Kow", "No. 2, Jalan Besar", "en")
		r.tell("uncle", "BLH-Y", "service.notice.refused", map[string]string{"ref": "BLH-Y", "service_ms": "x", "service_en": "x"})
		made := func(status int, text string) string {
			t.Helper()
			var out struct{ ID string }
			if err := json.Unmarshal([]byte(text), &out); err != nil || status != http.StatusCreated {
				t.Fatal(status, text)
			}
			return out.ID
		}
		drawn := made(r.asSystem(k, "POST", "/v2/notifications/letter", map[string]any{"template_id": r.template("decision-letter"), "personalisation": map[string]any{
			"address_line_1": "Nguyễn Văn Đức", "address_line_2": "Lot 7, Kampung Pek", "address_line_3": "18500 Machang",
			"reference": "JPN-77", "date": "1 November 2026", "decision": "diluluskan"}}))
		whole := made(r.asSystem(k, "POST", "/v2/notifications/letter", map[string]any{"reference": "own", "content": base64.StdEncoding.EncodeToString([]byte(onePage))}))
		status := func(id string) string {
			_, text := r.asSystem(k, "GET", "/v2/notifications/"+id, nil)
			var out struct{ Status string }
			r.must(json.Unmarshal([]byte(text), &out))
			return out.Status
		}
		_, text := r.asSystem(k, "GET", "/v2/notifications/"+whole, nil)
		var of struct{ Template struct{ ID string } }
		r.must(json.Unmarshal([]byte(text), &of))
		if len(of.Template.ID) != 36 { // clients read a UUID, and would read no list with one that is none
			t.Errorf("the template of a letter that came as a file: %s", text)
		}
		r.wants("before the post", status(drawn)+" "+status(whole), "accepted accepted")
		b, files := r.batch("2026-11-23")
		if b.Letters != 3 || b.Pages != 2 || len(files) != 6 {
			t.Fatalf("%+v, %d files", b, len(files))
		}
		all := wordsOf(t, files[0].Data)
		for _, want := range []string{"Tan Ah Kow", "Nguyễn Văn Đức", "18500 Machang", "Permohonan JPN-77", "telah diputuskan: diluluskan.", "Agensi jpn"} {
			if !strings.Contains(all, want) {
				t.Errorf("the post lacks %q:\n%s", want, all)
			}
		}
		same := 0
		for _, f := range files {
			if string(f.Data) == onePage {
				same++
			}
		}
		r.wants("the file as it came", same, 1)
		r.wants("after the post", status(drawn)+" "+status(whole), "received received")
		_, again := r.batch("2026-11-23")
		for i := range again {
			if string(again[i].Data) != string(files[i].Data) {
				t.Errorf("%s is not the same again", again[i].Name)
			}
		}
		var code string
		r.read(func(tx *db.Tx) error {
			return tx.QueryRow(`select letter from letter_sheet where sender = $1`, drawn).Scan(&code)
		})
		r.gets(http.StatusSeeOther, "mailroom/post", "POST", "/letters/returned", url.Values{"code": {code}})
		r.wants("when it came back", status(drawn)+" "+status(whole), "returned-letter received")
		r.gets(http.StatusNotFound, "salmah/post", "GET", "/letters/"+code, nil) // an officer of the agency reads its system's letters nowhere here
	})
}

// A file is fetched by who holds its address and names the receiver's, until
// its time is over; then its bytes are gone.
func TestFileOfAMail(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.must(r.notice.Load(context.Background(), catalogue.FS))
		k, err := r.notice.MakeKey(context.Background(), "jpn", "files", notice.Normal, nil)
		r.must(err)
		send := func(more map[string]any) (token string) {
			t.Helper()
			f := map[string]any{"file": base64.StdEncoding.EncodeToString([]byte(onePage)), "filename": "surat.pdf"}
			maps.Copy(f, more)
			status, text := r.asSystem(k, "POST", "/v2/notifications/email", map[string]any{"email_address": "Aisyah@contoh.example", "template_id": r.template("document-file-email"),
				"personalisation": map[string]any{"name": "A", "document": "sijil", "link_to_file": f}})
			_, after, found := strings.Cut(text, "http://localhost:8080/file/")
			if status != http.StatusCreated || !found {
				t.Fatal(status, text)
			}
			return after[:32]
		}
		fetch := func(status int, token, mail string) string {
			t.Helper()
			return r.gets(status, "", "POST", "/file/"+token, url.Values{"email": {mail}}).body
		}
		token := send(map[string]any{"retention_period": "2 weeks"})
		page := r.gets(http.StatusOK, "", "GET", "/file/"+token, nil).body
		if !strings.Contains(page, "Agensi jpn sent you this file.") || strings.Contains(page, "Aisyah@") {
			t.Errorf("the page:\n%s", page)
		}
		fetch(http.StatusUnprocessableEntity, token, "b@contoh.example")
		r.wants("the file", fetch(http.StatusOK, token, " aisyah@contoh.example"), onePage)
		r.wants("its address in the database", r.count(`select count(*) from notice_file where token = $1`, token), 0)
		open := send(map[string]any{"confirm_email_before_download": false})
		r.wants("where nobody is asked", fetch(http.StatusOK, open, ""), onePage)

		// However many guess at once, ten are looked at.
		many, wrong := send(nil), atomic.Int64{}
		var all sync.WaitGroup
		for range 60 {
			all.Go(func() {
				if r.ask("", "POST", "/file/"+many, url.Values{"email": {"guess@contoh.example"}}).StatusCode == http.StatusUnprocessableEntity {
					wrong.Add(1)
				}
			})
		}
		all.Wait()
		r.wants("guesses that were looked at", wrong.Load(), int64(10))

		tried := send(nil)
		for range 10 {
			fetch(http.StatusUnprocessableEntity, tried, "guess@contoh.example")
		}
		fetch(http.StatusNotFound, tried, "aisyah@contoh.example")

		r.now.Advance(14*24*time.Hour + time.Second)
		fetch(http.StatusNotFound, token, "aisyah@contoh.example")
		r.must(r.notice.Sweep(context.Background()))
		r.wants("files that are left", r.count(`select count(*) from notice_file`), 3)
	})
}

// template is the id of one of the registrar's templates.
func (r *rig) template(slug string) (id string) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		list, err := r.notice.Templates(tx, "jpn")
		for _, one := range list {
			if one.Slug == slug {
				id = one.ID
			}
		}
		return err
	})
	return id
}
