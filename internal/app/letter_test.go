package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/letter"
	"balai/internal/domain/register"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
)

// villager adds somebody whom nothing but the post reaches.
func (r *rig) villager(id, name, line string, lang locale.Lang) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error {
		return r.register.LoadTx(tx, journal.By{Agency: "jpn"}, register.Population{AsOf: clock.Micro(morning.AddDate(-1, 0, 0)),
			People: []register.Person{{ID: id, IDNumber: "590101-00-" + fmt.Sprintf("%04d", 9000+len(id)), Name: name, Sex: "male", BornOn: "1959-01-01",
				Citizenship: register.Citizen, Address: line, Postcode: "18500", City: "Machang", State: "MY-03", Lang: lang}}})
	})
}

// tell sends a person a message about a case, as an act would.
func (r *rig) tell(person, ref, key string, args map[string]string) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error {
		return r.notify.SendTx(tx, notify.Message{To: person, Case: ref, Key: key, Args: args})
	})
}

func (r *rig) batch(day string) (letter.Batch, []letter.File) {
	r.t.Helper()
	b, files, err := r.letter.Run(context.Background(), day)
	r.must(err)
	return b, files
}

func wordsOf(t *testing.T, pdf []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "letter.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("qpdf", "--check", path).CombinedOutput(); err != nil {
		t.Errorf("qpdf: %s", out)
	}
	out, err := exec.Command("pdftotext", "-layout", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

// What a person is told until the post leaves is one letter, in their language,
// with their name as it is written.
func TestLetterSaysWhatAPersonMustKnow(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.villager("tok", "Nguyễn Văn Đức", "Lot 7, Kampung Pek", locale.Malay)
		r.villager("uncle", "Tan Ah Kow", "No. 2, Jalan Besar", locale.English)
		args := map[string]string{"ref": "BLH-X", "service_ms": "Daftar kelahiran", "service_en": "Register a birth"}
		r.tell("tok", "BLH-X", "service.notice.receive", args)
		r.tell("tok", "BLH-X", "service.notice.issue", args)
		r.tell("uncle", "BLH-Y", "service.notice.refused", args)
		b, files := r.batch("2026-11-23")
		if b.Letters != 2 || b.Pages != 2 || len(files) != 5 {
			t.Fatalf("%+v, %d files", b, len(files))
		}
		all := wordsOf(t, files[0].Data)
		for _, want := range []string{"Nguyễn Văn Đức", "Kampung Pek", "18500 MACHANG", "Ruj. Kami BLH-X", "Tarikh 23 November 2026", "Tuan/Puan,",
			"“Daftar kelahiran” telah diterima", "ke mana-mana kaunter untuk mendapatkan cetakannya", "Sekian, terima kasih.",
			"Surat ini cetakan komputer, tandatangan tidak diperlukan.", "http://localhost:8080/letter/SRT-",
			"Tan Ah Kow", "Our ref. BLH-Y", "Date 23 November 2026", "Dear Sir or Madam,", "You can appeal at any counter", "No signature is needed"} {
			if !strings.Contains(all, want) {
				t.Errorf("the post lacks %q:\n%s", want, all)
			}
		}
		if !strings.Contains(all, "KELANTAN") {
			t.Errorf("the address has no state:\n%s", all)
		}
		if strings.Contains(all, "tidak perlu berbuat apa-apa") {
			t.Errorf("a letter that says that the document is ready says that nothing is to be done:\n%s", all)
		}
		if strings.Contains(all, "Log masuk untuk") || strings.Contains(all, "Sign in to") {
			t.Errorf("a letter asks who cannot to sign in:\n%s", all)
		}
	})
}

// The same day gives the same files, whatever came after; nothing is posted
// twice and nothing is left out.
func TestBatchIsTheSameAgain(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.villager("tok", "=Tok HYPERLINK(1)", "+Lot 7, Kampung Pek", locale.Malay)
		args := map[string]string{"ref": "BLH-X", "service_ms": "S", "service_en": "S"}
		r.tell("tok", "BLH-X", "service.notice.receive", args)
		_, first := r.batch("2026-11-23")
		r.tell("tok", "BLH-X", "service.notice.approved", args) // after the post has left
		_, again := r.batch("2026-11-23")
		if !slices.EqualFunc(first, again, func(a, b letter.File) bool { return a.Name == b.Name && bytes.Equal(a.Data, b.Data) }) {
			t.Error("the same day gives other files")
		}
		table := string(first[2].Data)
		if !strings.Contains(table, ",'=Tok HYPERLINK(1),") || !strings.Contains(table, "'+Lot 7") {
			t.Errorf("a cell is a formula:\n%s", table)
		}
		var m struct {
			Letters []struct{ Letter, Name, SHA256 string } `json:"letters"`
		}
		r.must(json.Unmarshal(first[3].Data, &m))
		if len(m.Letters) != 1 || m.Letters[0].Name != "=Tok HYPERLINK(1)" || first[1].Name != "letter/"+m.Letters[0].Letter+".pdf" {
			t.Errorf("%s", first[3].Data)
		}
		r.now.Advance(24 * time.Hour)
		b, next := r.batch("2026-11-24")
		if b.Letters != 1 || next[1].Name == first[1].Name {
			t.Errorf("the next day: %+v, %s after %s", b, next[1].Name, first[1].Name)
		}
		var states []string
		r.read(func(tx *db.Tx) error {
			list, err := r.notify.Deliveries(tx, "BLH-X")
			states = nil
			for _, d := range list {
				states = append(states, string(d.Channel)+" "+string(d.State))
			}
			return err
		})
		if !slices.Equal(states, []string{"letter sent", "letter sent"}) {
			t.Errorf("%q", states)
		}
	})
}

// broken fails the first puts, as a full disk does.
type broken struct {
	letter.Deps
	left int
}

func (b *broken) Put(ctx context.Context, data []byte) (string, error) {
	if b.left--; b.left < 0 {
		return "", context.DeadlineExceeded
	}
	return b.Blobs.Put(ctx, data)
}

func (b *broken) Get(ctx context.Context, sha string) ([]byte, error) { return b.Blobs.Get(ctx, sha) }

// A batch that is cut off anywhere goes on with the same letters, even where
// the next day's runs first, and whoever is told meanwhile has a new letter.
func TestBatchThatIsCutOffGoesOn(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		args := map[string]string{"ref": "BLH-X", "service_ms": "S", "service_en": "S"}
		for i := range 3 {
			id := strings.Repeat("t", i+1)
			r.villager(id, "Tok "+id, "Lot 7", locale.Malay)
			r.tell(id, "BLH-X", "service.notice.receive", args)
		}
		for cut := range 4 { // before the first file, and after each
			one := *r.letter
			one.Blobs = &broken{r.letter.Deps, cut}
			if _, _, err := one.Run(t.Context(), "2026-11-23"); err == nil {
				t.Fatalf("cut %d is no error", cut)
			}
		}
		r.tell("t", "BLH-X", "service.notice.approved", args)
		r.now.Advance(24 * time.Hour)
		next, _ := r.batch("2026-11-24")
		b, files := r.batch("2026-11-23")
		if b.Letters != 3 || len(files) != 6 || next.Letters != 1 {
			t.Errorf("the day %+v with %d files, the next %+v", b, len(files), next)
		}
		if text := wordsOf(t, files[0].Data); strings.Contains(text, "diluluskan") || strings.Count(text, "Tuan/Puan,") != 3 {
			t.Errorf("the post of the day took what came later:\n%s", text)
		}
	})
}

// A letter that comes back is a problem that the agency sees, and is sent again
// once there is an address.
func TestReturnedLetterIsSeenAndSentAgain(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.paperCase("m1")
		b, files := r.batch("2026-11-23")
		if b.Letters != 1 {
			t.Fatalf("%+v", b)
		}
		code := strings.TrimSuffix(strings.TrimPrefix(files[1].Name, "letter/"), ".pdf")
		post := func(who, want string) {
			t.Helper()
			res := r.ask(who, http.MethodPost, "/letters/returned", url.Values{"code": {code}})
			if got := fmt.Sprint(res.StatusCode); !strings.Contains(want, got) {
				t.Errorf("%s marks a return: %s, want %s", who, got, want)
			}
		}
		post("m1", "403 404")
		post("salmah/post", "403 404")
		post("mailroom/post", "303")
		post("mailroom/post", "422")
		page := r.ask("salmah/post", http.MethodGet, "/letters/unreached", nil).body
		if !strings.Contains(page, ref) {
			t.Errorf("the office does not see that nobody is told:\n%s", page)
		}
		for _, who := range []string{"means/post", "kaunter/post", "aini/post", "ward/post"} { // another agency, another post of the same
			if page := r.ask(who, http.MethodGet, "/letters/unreached", nil).body; strings.Contains(page, ref) {
				t.Errorf("%s sees the case", who)
			}
		}
		if page := r.gets(200, "mailroom/post", http.MethodGet, "/letters/unreached", nil).body; !strings.Contains(page, ref) {
			t.Error("the mail room does not see the case")
		}
		for _, who := range []string{"desk0/post", "m1"} { // of the hall, not of the mail room; and who is no officer
			if got := r.ask(who, http.MethodGet, "/letters/unreached", nil); got.StatusCode != 403 && got.StatusCode != 404 || strings.Contains(got.body, ref) {
				t.Errorf("%s: %d", who, got.StatusCode)
			}
		}
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`update register_person set address = 'Lot 8, Kampung Baru' where id = 'm1'`)
			return err
		})
		r.now.Advance(24 * time.Hour)
		if b, _ := r.batch("2026-11-24"); b.Letters != 1 {
			t.Errorf("with an address: %+v", b)
		}
	})
}

// A case's letters are for its person and for who works on it; each officer's
// print is a look, and a letter that was handed over is not posted.
func TestCounterPrintsALetter(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.paperCase("m1")
		var code string
		r.read(func(tx *db.Tx) error {
			list, err := r.letter.OfCase(tx, ref)
			code = list[0].Code
			return err
		})
		for who, want := range map[string]int{"salmah/post": 200, "m1": 200, "m2": 404, "means/post": 404, "mailroom/post": 404} {
			for _, path := range []string{"/letters/" + code, "/letters/" + code + ".pdf", "/letters/case/" + ref} {
				if got := r.ask(who, http.MethodGet, path, nil).StatusCode; got != want {
					t.Errorf("%s asks for %s: %d, want %d", who, path, got, want)
				}
			}
		}
		looks := 0
		r.read(func(tx *db.Tx) error {
			list, err := r.journal.ForSubject(tx, "m1", "", 100)
			looks = 0
			for _, e := range list {
				if e.Record.Kind == "look" && e.Record.By.Person == "salmah" {
					looks++
				}
			}
			return err
		})
		if looks != 2 {
			t.Errorf("%d looks on record, want one for each print", looks)
		}
		if got := r.ask("m1", http.MethodPost, "/letters/"+code+"/hand", url.Values{}).StatusCode; got != 403 {
			t.Errorf("a citizen hands a letter over: %d", got)
		}
		if got := r.ask("salmah/post", http.MethodPost, "/letters/"+code+"/hand", url.Values{}).StatusCode; got != 303 {
			t.Errorf("an officer hands it over: %d", got)
		}
		if b, _ := r.batch("2026-11-23"); b.Letters != 0 {
			t.Errorf("it is posted as well: %+v", b)
		}
		check := r.ask("", http.MethodGet, "/letter/"+code, nil)
		if body := check.body; check.StatusCode != 200 || !strings.Contains(body, "This letter is real") || strings.Contains(body, "Aisyah") || strings.Contains(body, "Melur") {
			t.Errorf("%d %s", check.StatusCode, body)
		}
		if got := r.ask("", http.MethodGet, "/letter/SRT-0000-0000-0000-0000-0", nil).StatusCode; got != 404 {
			t.Errorf("a forged letter: %d", got)
		}
	})
}

// Who chooses is told that way from then on; a choice that reaches nobody is
// refused.
func TestContactChoice(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		if got := r.ask("m1", http.MethodPost, "/me/contact", url.Values{"on": {"text"}, "lang": {"en"}}).StatusCode; got != 422 {
			t.Errorf("texts without a telephone: %d", got)
		}
		if got := r.ask("m1", http.MethodPost, "/me/contact", url.Values{"on": {"letter", "mail", "evil"}, "lang": {"en"}}).StatusCode; got != 303 {
			t.Errorf("mail and letters: %d", got)
		}
		page := r.ask("m1", http.MethodGet, "/me/contact", nil).body
		if strings.Count(page, " checked") != 3 || !strings.Contains(page, "m1@contoh.example") || !strings.Contains(page, "15400 Kota Bharu") {
			t.Errorf("%d checked:\n%s", strings.Count(page, " checked"), page)
		}
		r.tell("m1", "BLH-X", "service.notice.receive", map[string]string{"ref": "BLH-X", "service_ms": "S", "service_en": "S"})
		r.drain()
		r.read(func(tx *db.Tx) error {
			list, err := r.notify.Deliveries(tx, "BLH-X")
			if len(list) != 2 || list[0].Channel != notify.ByLetter || list[1].Channel != notify.ByMail {
				t.Errorf("%+v", list)
			}
			return err
		})
	})
}

// paperCase is a case that an officer works on, of somebody whom only the post
// reaches.
func (r *rig) paperCase(person string) string {
	r.t.Helper()
	r.write(func(tx *db.Tx) error {
		_, err := tx.Exec(`update register_person set mail = '' where id = $1`, person)
		return err
	})
	ref := r.born(person).Ref
	r.drain()
	return ref
}
