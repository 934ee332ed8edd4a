package app

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"balai/internal/domain/identity/proof"
	"balai/internal/domain/portal"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// codeShape is a code of ten letters as it is printed.
var codeShape = regexp.MustCompile(`[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{2}\b`)

const kaunter2 = "kaunter2/post"

// level is a person's, now.
func (r *rig) level(person string) (n int) {
	r.t.Helper()
	r.read(func(tx *db.Tx) (err error) {
		n, err = r.Hall.proof.Level(tx, person, clock.Micro(r.now.Now()))
		return err
	})
	return n
}

// counters seats a second officer at the counter and one of another agency.
func (r *rig) counters() {
	r.seat("kaunter2", "jpn-03", "jpn/counter-officer")
	r.seat("jkmcounter", "jkm", "jkm/counter-officer")
}

// recorded enrols who is served by the officer who serves them, and gives the
// enrolment's id.
func (r *rig) recorded(who string, form url.Values) (id string) {
	r.t.Helper()
	r.gets(http.StatusSeeOther, who, "POST", "/counter/enrol", form)
	r.read(func(tx *db.Tx) error {
		return tx.QueryRow(`select id from proof_enrolment where state = 'waiting' order by made_at desc, id desc limit 1`).Scan(&id)
	})
	return id
}

// seenMyKad is what an officer records who saw the MyKad of the nth mother.
func seenMyKad(n int) url.Values {
	return url.Values{"seen": {"mykad_seen"}, "mykad": {number(n)[len(number(n))-4:]}}
}

// Somebody without phone, mail and papers is found by name and birthday, an
// officer records what was seen, another one approves, and the person leaves
// with a card whose PIN they typed.
func TestEnrolAtTheCounter(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.counters()
		r.villager("tok", "Tok Mek binti Seman", "Lot 9, Kampung Ulu", locale.Malay)
		r.write(func(tx *db.Tx) error { // m0 stands in the register as her mother
			_, err := tx.Exec(`update register_person set mother = 'm0' where id = 'tok'`)
			return err
		})
		found := r.gets(http.StatusSeeOther, kaunter, "POST", "/counter/find", url.Values{"name": {"TOK MEK binti Seman"}, "born-day": {"1"}, "born-month": {"1"},
			"born-year": {"1959"}, "seen": {"known"}, "reason": {"ID digital"}})
		r.gets(http.StatusSeeOther, kaunter, "POST", "/counter/visits", url.Values{"find": {strings.TrimPrefix(found.Header.Get("Location"), "/counter/found/")}})
		r.wants("level before", r.level("tok"), 0)
		if page := r.gets(http.StatusOK, kaunter, "GET", "/counter/enrol", nil).body; !strings.Contains(page, fullName(0)) {
			t.Error("the officer has no parents to compare with")
		}
		r.gets(http.StatusUnprocessableEntity, kaunter, "POST", "/counter/enrol", url.Values{})
		r.gets(http.StatusConflict, kaunter, "POST", "/counter/enrol/sheet", url.Values{})
		id := r.recorded(kaunter, url.Values{"seen": {"birth_entry", "vouch"}, "voucher": {"Haji Daud bin Isa"}, "office": {"Penghulu Mukim Ulu"}})
		r.wants("level before the second officer", r.level("tok"), 0)
		r.gets(http.StatusConflict, kaunter, "POST", "/counter/enrol", url.Values{"seen": {"mykad_seen"}, "mykad": {"9003"}}) // one waits
		r.gets(http.StatusConflict, kaunter, "POST", "/counter/enrol/card", url.Values{"pin": {"482915"}, "again": {"482915"}})
		if list := r.gets(http.StatusOK, kaunter2, "GET", "/counter/enrolments", nil).body; !strings.Contains(list, id) || strings.Contains(list, "Tok Mek") {
			t.Error("the list lacks the enrolment, or names the person")
		}
		one := r.gets(http.StatusOK, kaunter2, "GET", "/counter/enrolments/"+id, nil).body
		if !strings.Contains(one, "Tok Mek binti Seman") || !strings.Contains(one, "Penghulu Mukim Ulu") || strings.Contains(one, "590101-00") {
			t.Errorf("the second officer does not see whom and what, or sees the whole number: %.2000s", one)
		}
		r.gets(http.StatusSeeOther, kaunter2, "POST", "/counter/enrolments/"+id+"/approve", url.Values{})
		r.wants("level after", r.level("tok"), 2)
		r.gets(http.StatusConflict, kaunter2, "POST", "/counter/enrolments/"+id+"/refuse", url.Values{"reason": {"terlambat"}})
		r.gets(http.StatusUnprocessableEntity, kaunter, "POST", "/counter/enrol/card", url.Values{"pin": {"123456"}, "again": {"123456"}})
		pdf := r.gets(http.StatusOK, kaunter, "POST", "/counter/enrol/card", url.Values{"pin": {"482915"}, "again": {"482915"}})
		words := wordsOf(t, []byte(pdf.body))
		codes := regexp.MustCompile(`\b[2-9A-Z]{4}-[2-9A-Z]{4}\b`).FindAllString(words, -1)
		r.wants("codes", len(codes), 12)
		at := func(code, pin string) int {
			return r.ask("", "POST", "/kiosk", url.Values{"number": {"590101-00-9003"}, "code": {code}, "pin": {pin}}).StatusCode
		}
		r.wants("another PIN at the kiosk", at(codes[0], "482916"), http.StatusForbidden)
		r.wants("the kiosk", at(strings.ToLower(codes[1]), "482915"), http.StatusSeeOther)
		r.wants("the same code again", at(codes[1], "482915"), http.StatusForbidden)
		if strings.Contains(words, "482915") {
			t.Error("the PIN is on the paper")
		}
		for _, kind := range []string{"enrolment.opened", "enrolment.approved", "activation.given"} {
			r.wants(kind, r.leaves(kind), 1)
		}
		r.wants("leaves of evidence", r.leaves("evidence.recorded"), 2)
		r.wants("numbers in the journal", r.count(`select count(*) from journal_leaf where record like '%590101-00%'`), 0)
	})
}

// A card that came out torn is printed again by one officer as long as nothing
// of it was used: the PIN stays whatever is typed, nothing waits, and no other
// paper is given. After that it takes two officers anew.
func TestCardIsPrintedAgain(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.counters()
		r.visit(number(1))
		id := r.recorded(kaunter, seenMyKad(1))
		r.gets(http.StatusSeeOther, kaunter2, "POST", "/counter/enrolments/"+id+"/approve", url.Values{})
		shape := regexp.MustCompile(`\b[2-9A-Z]{4}-[2-9A-Z]{4}\b`)
		printed := func(pin string) []string {
			t.Helper()
			return shape.FindAllString(wordsOf(t, []byte(r.gets(http.StatusOK, kaunter, "POST", "/counter/enrol/card", url.Values{"pin": {pin}, "again": {pin}}).body)), -1)
		}
		at := func(code, pin string) int {
			return r.ask("", "POST", "/kiosk", url.Values{"number": {number(1)}, "code": {code}, "pin": {pin}}).StatusCode
		}
		torn := printed("482915")
		if page := r.gets(http.StatusOK, kaunter, "GET", "/counter/enrol", nil).body; strings.Contains(page, `name="pin"`) {
			t.Error("the same card asks for another PIN")
		}
		r.gets(http.StatusConflict, kaunter, "POST", "/counter/enrol/sheet", url.Values{})
		card := printed("739016") // the officer's own
		r.wants("codes", len(card), 12)
		r.wants("a code of the torn card", at(torn[0], "482915"), http.StatusForbidden)
		r.wants("the officer's PIN", at(card[0], "739016"), http.StatusForbidden)
		r.wants("recoveries", r.leaves("signin.recovered"), 0)
		if told := r.inbox("m1"); !slices.Contains(told, "proof.notice.card_again") || slices.Contains(told, "identity.notice.recovered") {
			t.Errorf("told %v", told)
		}
		r.read(func(tx *db.Tx) error {
			until, err := r.Hall.identity.Held(tx, "m1")
			r.wants("held until", until, int64(0))
			return err
		})
		r.wants("the kiosk", at(card[0], "482915"), http.StatusSeeOther)
		for _, pin := range []string{"739016", ""} {
			r.gets(http.StatusConflict, kaunter, "POST", "/counter/enrol/card", url.Values{"pin": {pin}, "again": {pin}})
		}
		r.gets(http.StatusConflict, kaunter, "POST", "/counter/enrol/sheet", url.Values{})

		again := r.recorded(kaunter, seenMyKad(1))
		r.gets(http.StatusSeeOther, kaunter2, "POST", "/counter/enrolments/"+again+"/approve", url.Values{})
		r.wants("the second PIN", at(printed("739016")[0], "739016"), http.StatusSeeOther)
		r.wants("recoveries by two officers", r.leaves("signin.recovered"), 1)
	})
}

// The second word is somebody else's: of the same kind of post, not of the
// family, not the one who recorded, and once.
func TestSecondOfficer(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.counters()
		r.seat("f1", "jpn-03", "jpn/counter-officer") // the husband of m1
		r.visit(number(1))
		other := r.gets(http.StatusUnprocessableEntity, kaunter, "POST", "/counter/enrol", url.Values{"seen": {"mykad_seen"}, "mykad": {"9999"}})
		if !strings.Contains(other.body, "does not end in these four digits") || r.count(`select count(*) from proof_enrolment`) != 0 {
			t.Error("the card of somebody else is evidence")
		}
		id := r.recorded(kaunter, seenMyKad(1))
		path := "/counter/enrolments/" + id
		r.gets(http.StatusSeeOther, kaunter, "POST", "/acting/end", nil)
		for who, want := range map[string]int{kaunter: http.StatusForbidden, "f1/post": http.StatusForbidden, "jkmcounter/post": http.StatusNotFound,
			"salmah/post": http.StatusForbidden, "m1": http.StatusForbidden, "m2": http.StatusForbidden} {
			r.gets(want, who, "POST", path+"/approve", url.Values{})
			r.gets(want, who, "GET", path, nil)
		}
		r.wants("level", r.level("m1"), 0)
		r.gets(http.StatusUnprocessableEntity, kaunter2, "POST", path+"/refuse", url.Values{"reason": {" "}})
		a := r.officer("kaunter2")
		var yes, conflict atomic.Int64
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				switch err := r.Hall.proof.Decide(context.Background(), a, id, true, ""); fault.CodeOf(err) {
				case "":
					yes.Add(1)
				case fault.Conflict:
					conflict.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		r.wants("approvals and conflicts", fmt.Sprint(yes.Load(), conflict.Load()), "1 15")
		r.wants("leaves", r.leaves("enrolment.approved"), 1)
		r.wants("level", r.level("m1"), 2)
	})
}

// One enrolment of a person waits at a time, however many are opened at once;
// nobody enrols their family; what nobody decides lapses.
func TestOneEnrolmentWaits(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.counters()
		a := r.officer("kaunter")
		a.For = actor.For{Person: "m4", As: actor.Counter}
		var good, waits atomic.Int64
		var all sync.WaitGroup
		for range 24 {
			id := r.ids.New()
			all.Go(func() {
				err := r.db.Write(context.Background(), func(tx *db.Tx) error {
					return r.Hall.proof.OpenTx(tx, a, id, []proof.Piece{{Kind: proof.MyKadSeen, Detail: "0008"}})
				})
				switch fault.CodeOf(err) {
				case "":
					good.Add(1)
				case fault.Conflict:
					waits.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		r.wants("opened and refused", fmt.Sprint(good.Load(), waits.Load()), "1 23")
		r.wants("evidence", r.count(`select count(*) from proof_evidence where person = 'm4'`), 1)
		kin := r.officer("dad-officer")
		kin.For = actor.For{Person: "dad-officer", As: actor.Counter}
		err := r.db.Write(context.Background(), func(tx *db.Tx) error {
			return r.Hall.proof.OpenTx(tx, kin, r.ids.New(), []proof.Piece{{Kind: proof.MyKadSeen, Detail: "0008"}})
		})
		r.code(err, fault.Denied)
		r.now.Advance(6 * 24 * time.Hour)
		var id string
		r.read(func(tx *db.Tx) error {
			return tx.QueryRow(`select id from proof_enrolment where person = 'm4'`).Scan(&id)
		})
		r.code(r.Hall.proof.Decide(context.Background(), r.officer("kaunter2"), id, true, ""), fault.Conflict) // too late
		r.must(r.Hall.proof.Sweep(context.Background()))
		r.wants("lapsed", r.count(`select count(*) from proof_enrolment where state = 'lapsed'`), 1)
		r.wants("void", r.count(`select count(*) from proof_evidence where void_at > 0`), 1)
	})
}

// inTheLetter is the code that was posted to a person last.
func (r *rig) inTheLetter() string {
	r.t.Helper()
	body := ""
	r.read(func(tx *db.Tx) error {
		return tx.QueryRow(`select body from letter_sheet where sender like 'proof:%' order by sender desc limit 1`).Scan(&body)
	})
	return strings.ReplaceAll(codeShape.FindString(body), "-", "")
}

// Whoever is asked for, and whoever asks, the answer is the same; a code goes
// to a contact that has stood for a month and to no other.
func TestEnrolFromAfar(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ask := func(number, name string) reply {
			return r.gets(http.StatusSeeOther, "", "POST", "/enrol", url.Values{"number": {number}, "name": {name}})
		}
		letters := func() int { return r.count(`select count(*) from letter_sheet where sender like 'proof:%'`) }
		for _, who := range [][2]string{{number(5), fullName(5)}, {number(5), fullName(6)}, {"111111-11-1111", "Tiada Orang"}} {
			if to := ask(who[0], who[1]).Header.Get("Location"); to != "/enrol/sent" {
				t.Errorf("%v leads to %s", who, to)
			}
		}
		for _, number := range []string{"", "12345", "941312-00-0010"} { // nobody's, whoever asks
			r.gets(http.StatusUnprocessableEntity, "", "POST", "/enrol", url.Values{"number": {number}, "name": {fullName(5)}})
		}
		if sent := r.gets(http.StatusOK, "", "GET", "/enrol/sent", nil).body; !strings.Contains(sent, `href="/enrol"`) {
			t.Error("who typed something wrong has no way back")
		}
		r.wants("requests of nobody", r.count(`select count(*) from proof_request where person = ''`), 2)
		r.drain()
		r.wants("letters", letters(), 1)
		r.wants("m5 before", r.level("m5"), 0)
		used := r.gets(http.StatusSeeOther, "", "POST", "/activate", url.Values{"number": {number(5)}, "code": {strings.ToLower(r.inTheLetter())}})
		if used.Header.Get("Set-Cookie") == "" || !strings.HasPrefix(used.Header.Get("Location"), "/me/") {
			t.Errorf("the code does not lead to a way of signing in: %v", used.Header)
		}
		r.wants("m5 after", r.level("m5"), 1)
		r.gets(http.StatusUnprocessableEntity, "", "POST", "/activate", url.Values{"number": {number(5)}, "code": {r.inTheLetter()}})

		r.write(func(tx *db.Tx) error { // m6 moved yesterday
			_, err := tx.Exec(`insert into register_version (entry, field, version, value, from_at, until_at, case_ref, basis) values ('m6', 'register_person.address', 1, '', 0, $1, '', '')`,
				clock.Micro(r.now.Now().AddDate(0, 0, -1)))
			return err
		})
		ask(number(6), fullName(6))
		r.drain()
		r.wants("letters to where m6 moved", letters(), 1)
		r.now.Advance(31 * 24 * time.Hour)
		for range 5 {
			ask(number(6), fullName(6))
		}
		r.drain()
		r.wants("letters in a day", letters(), 4)
		r.wants("live codes of m6", r.count(`select count(*) from proof_activation where person = 'm6' and void_at = 0`), 1)
	})
}

// Who can sign in is given nothing from afar: they are told that it was tried.
func TestEnrolFromAfarGivesNoSecondWay(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Hall.proof.Door = closed{r.Hall.proof.Door}
		r.gets(http.StatusSeeOther, "", "POST", "/enrol", url.Values{"number": {number(5)}, "name": {fullName(5)}})
		r.drain()
		r.wants("codes", r.count(`select count(*) from proof_activation`), 0)
		r.wants("told", r.inbox("m5"), []string{"proof.notice.tried"})
		r.wants("leaves", r.leaves("enrolment.tried"), 1)
	})
}

// closed is a door at which everybody has a way to sign in.
type closed struct{ proof.Door }

func (closed) MayActivate(_ *db.Tx, _ string, counter bool) (bool, error) { return counter, nil }

// A code is its person's, works once however many try at once, and is dead
// after five that were wrong.
func TestActivationCode(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		code := func(n int) string {
			t.Helper()
			r.must(r.Hall.proof.Ask(context.Background(), number(n), fullName(n)))
			r.drain()
			return r.inTheLetter()
		}
		use := func(n int, code string) bool {
			_, ok, err := r.Hall.proof.Use(context.Background(), number(n), code)
			if err != nil {
				t.Error(err)
			}
			return ok
		}
		first := code(7)
		if use(8, first) {
			t.Error("a code opens another person")
		}
		second := code(8)
		if use(8, first) || use(7, second) {
			t.Error("a code opens another person who has one")
		}
		var good atomic.Int64
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if use(7, first) {
					good.Add(1)
				}
			})
		}
		all.Wait()
		r.wants("successes of fifty at once", good.Load(), 1)
		r.wants("leaves", r.leaves("activation.used"), 1)
		third := code(9)
		for range 5 {
			if use(9, "AAAAAAAAAA") {
				t.Error("a guess opens")
			}
		}
		if use(9, third) {
			t.Error("the code works after five that were wrong")
		}
		fourth := code(10)
		r.now.Advance(15 * 24 * time.Hour)
		if use(10, fourth) {
			t.Error("the code works after two weeks")
		}
		r.wants("codes in the journal", r.count(`select count(*) from journal_leaf where record like '%`+first+`%'`), 0)
	})
}

// A sheet is printed by the two who made the enrolment, for whom they serve; its
// code opens once, and printing again voids the one before.
func TestSheetOfTheCounter(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.counters()
		r.seat("kaunter3", "jpn-03", "jpn/counter-officer")
		r.visit(number(11))
		id := r.recorded(kaunter, seenMyKad(11))
		r.gets(http.StatusSeeOther, kaunter2, "POST", "/counter/enrolments/"+id+"/approve", url.Values{})
		printed := func() string {
			t.Helper()
			words := wordsOf(t, []byte(r.gets(http.StatusOK, kaunter, "POST", "/counter/enrol/sheet", url.Values{}).body))
			return strings.ReplaceAll(codeShape.FindString(words), "-", "")
		}
		before, last := printed(), printed()
		r.serve("kaunter3/post", number(11))
		r.gets(http.StatusConflict, "kaunter3/post", "POST", "/counter/enrol/sheet", url.Values{})
		r.must(r.Hall.proof.Ask(context.Background(), number(11), fullName(11))) // whoever it was
		r.drain()
		if told := r.inbox("m11"); told[len(told)-1] != "proof.notice.tried_sheet" && told[0] != "proof.notice.tried_sheet" {
			t.Errorf("who has a sheet is told of a stranger's request: %v", told)
		}
		for _, c := range []struct {
			code string
			want bool
		}{{before, false}, {last, true}} {
			if _, ok, err := r.Hall.proof.Use(context.Background(), number(11), c.code); err != nil || ok != c.want {
				t.Errorf("the code %s: %v %v, want %v", c.code, ok, err, c.want)
			}
		}
		r.gets(http.StatusConflict, kaunter, "POST", "/counter/enrol/sheet", url.Values{}) // it was used
		mine := r.gets(http.StatusOK, "m11", "GET", "/me/identity", nil).body
		if !strings.Contains(mine, "MyKad seen") || !strings.Contains(mine, "Confirmed") {
			t.Errorf("my identity: %.1500s", mine)
		}
	})
}

func looksOf(r *rig, person string) []portal.Look {
	r.t.Helper()
	list, err := mine{r.Hall}.Looks(context.Background(), person, 50)
	r.must(err)
	return list
}

// Nothing of an enrolment outlives the act that refuses it; the person reads why.
func TestRefusedEnrolment(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.counters()
		r.visit(number(12))
		id := r.recorded(kaunter, seenMyKad(12))
		r.gets(http.StatusSeeOther, kaunter2, "POST", "/counter/enrolments/"+id+"/refuse", url.Values{"reason": {"Gambar tidak sepadan"}})
		r.wants("level", r.level("m12"), 0)
		r.wants("leaves", r.leaves("evidence.voided"), 1)
		if looks := r.gets(http.StatusOK, "m12", "GET", "/me/looks", nil).body; !strings.Contains(looks, "Gambar tidak sepadan") {
			t.Error("the person cannot read why")
		}
		if page := r.gets(http.StatusOK, kaunter, "GET", "/counter/enrol", nil).body; !strings.Contains(page, "Gambar tidak sepadan") {
			t.Error("the officer cannot read why")
		}
		r.write(func(tx *db.Tx) error { return r.Hall.proof.SeedTx(tx, "m12", 3, "jpn", "kaunter", "kaunter2") })
		r.wants("seeded", r.level("m12"), 3)
		// What officers recorded reads as theirs, not as the reader's.
		for _, l := range looksOf(r, "m12") {
			if strings.Contains(l.Why.EN, "Evidence of identity was recorded") && (l.Who.EN == "You" || strings.HasPrefix(l.Who.EN, ",") || !strings.Contains(l.Who.EN, ", ")) {
				t.Errorf("recorded by %q", l.Who.EN)
			}
		}
		r.write(func(tx *db.Tx) error {
			var one string
			if err := tx.QueryRow(`select id from proof_evidence where person = 'm12' and kind = 'mykad_chip'`).Scan(&one); err != nil {
				return err
			}
			return r.Hall.proof.VoidTx(tx, journal.By{Agency: "jpn"}, one, locale.Same("cip palsu"))
		})
		r.wants("without the chip", r.level("m12"), 2)
		for _, l := range looksOf(r, "m12") {
			if strings.Contains(l.Why.EN, "voided: cip palsu") && (l.Who.EN == "You" || l.Who.EN == "" || strings.HasPrefix(l.Who.EN, ",")) {
				t.Errorf("voided by %q", l.Who.EN)
			}
		}
	})
}

// slowly is a register that does not answer until it is told to.
type slowly struct {
	proof.People
	asked, answer chan bool
}

func (s *slowly) ByIDNumber(tx *db.Tx, number string) (string, error) {
	s.asked <- true
	<-s.answer
	return s.People.ByIDNumber(tx, number)
}

// Where as many enrol as the hall works on at once, the next ones see how long
// they wait; what they typed is still there, and everybody else is served.
func TestQueueOfEnrolment(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Hall.proof.AtMost(1)
		slow := &slowly{r.Hall.proof.People, make(chan bool), make(chan bool)}
		r.Hall.proof.People = slow
		form := url.Values{"number": {number(5)}, "code": {"ACDEFGHJKM"}}
		done := make(chan int)
		go func() { done <- r.ask("", "POST", "/activate", form).StatusCode }()
		<-slow.asked
		for _, path := range []string{"/enrol", "/activate"} {
			page := r.gets(http.StatusServiceUnavailable, "", "GET", path, nil)
			if page.Header.Get("Retry-After") == "" || page.Header.Get("Refresh") != page.Header.Get("Retry-After") || !strings.Contains(page.body, "seconds") {
				t.Errorf("%s does not say how long, or does not come again: %v", path, page.Header)
			}
		}
		sent := r.gets(http.StatusServiceUnavailable, "", "POST", "/activate", form)
		if sent.Header.Get("Refresh") != "" || !strings.Contains(sent.body, "ACDEFGHJKM") {
			t.Error("what was typed is gone, or the page leaves it by itself")
		}
		r.gets(http.StatusOK, "", "GET", "/services", nil)
		slow.answer <- true
		r.wants("who was first", <-done, http.StatusUnprocessableEntity)
		r.gets(http.StatusOK, "", "GET", "/activate", nil)
	})
}

// On the morning on which everybody enrols at once, and the job of each is done
// twice, none is lost and none is enrolled twice.
func TestMorningOfEnrolment(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var all sync.WaitGroup
		for i := range mothers {
			all.Go(func() {
				if err := r.Hall.proof.Ask(context.Background(), number(i), fullName(i)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		r.drain()
		r.write(func(tx *db.Tx) error { // a worker that died had done its job and not said so
			_, err := tx.Exec(`update outbox_job set state = 'available' where kind = 'proof.send'`)
			return err
		})
		r.drain()
		for what, q := range map[string]string{"requests answered": `select count(*) from proof_request where done_at > 0`,
			"people with a code": `select count(distinct person) from proof_activation`, "codes": `select count(*) from proof_activation`,
			"letters": `select count(*) from letter_sheet where sender like 'proof:%'`} {
			r.wants(what, r.count(q), mothers)
		}
	})
}

// What is known of a person counts at once, and ends at once, whenever they
// signed in: a session lasts for a week.
func TestLevelHoldsNow(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.villager("tok", "Tok Mek binti Seman", "Lot 9, Kampung Ulu", locale.Malay)
		a := actor.Actor{Person: "tok", AAL: 2, AuthAt: clock.Micro(r.now.Now())}
		enough := func() bool {
			err := r.db.Read(context.Background(), func(tx *db.Tx) error { return assurance{r.Hall.proof, r.now.Now}.Enough(tx, a, 2, 2) })
			return err == nil
		}
		r.wants("before", enough(), false)
		r.now.Advance(time.Hour)
		r.write(func(tx *db.Tx) error { return r.Hall.proof.SeedTx(tx, "tok", 2, "jpn", "one", "two") })
		r.wants("after the counter", enough(), true)
		r.now.Advance(11 * 365 * 24 * time.Hour)
		r.wants("after the evidence ended", enough(), false)
	})
}
