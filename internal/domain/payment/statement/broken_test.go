package statement_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"balai/internal/domain/payment/statement"
	"balai/internal/spine/fault"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
	"balai/internal/spine/mt940"
)

// refusedAs imports a file that has to be refused, with nothing booked.
func (r *till) refusedAs(name, key string, file []byte) {
	r.t.Helper()
	before := r.groups()
	_, err := r.room.Import(context.Background(), r.c, false, statement.From{Source: "api"}, bytes.NewReader(file))
	f, ok := fault.As(err)
	if !ok || !strings.HasPrefix(f.Key, "statement.error."+key) {
		r.t.Errorf("%s: %v", name, err)
	}
	if r.groups() != before || r.balance(r.c.Books(false).Bank()) != 0 {
		r.t.Errorf("%s: something was booked", name)
	}
}

// A file that cannot be true is refused whole, and its end is read before anything
// of it is booked.
func TestFilesThatLie(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		_, a := r.paid(4550)
		_, b := r.paid(120)
		s := r.day(today, 0, a, b)
		file := string(r.xml(s, a, b))
		other := s
		other.Account.Other = "514099999999"
		foreign := a
		foreign.Currency, foreign.Details = "USD", nil
		total := s
		total.Totals = iso20022.Totals{Credits: 2, CreditSum: 4670}
		summed := string(r.xml(total, a, b))
		for name, x := range map[string]struct{ key, file string }{
			"cut":                         {"syntax", file[:len(file)-40]},
			"no statement":                {"syntax", "<html></html>"},
			"nothing":                     {"syntax", ""},
			"another account":             {"account", string(r.xml(other, a, b))},
			"another currency":            {"currency", string(r.xml(s, foreign, b))},
			"a total that lies":           {"says", strings.ReplaceAll(summed, "<Sum>46.70</Sum>", "<Sum>46.71</Sum>")},
			"a number that lies":          {"says", strings.ReplaceAll(summed, "<NbOfNtries>2</NbOfNtries>", "<NbOfNtries>3</NbOfNtries>")},
			"an amount that was changed":  {"says", strings.ReplaceAll(file, ">45.50<", ">45.51<")},
			"a closing balance that lies": {"says", strings.ReplaceAll(file, ">46.70<", ">46.69<")},
			"an entry of everything":      {"large", string(r.xml(r.day(today, 0, enough(1)), enough(1)))},
			"a balance of everything":     {"large", string(r.xml(r.day(today, 1e15+1)))},
			"debts of everything":         {"large", string(r.xml(r.day(today, -1e15-1)))},
			"one statement twice":         {"twice", between(string(r.xml(r.day(today, 0))), "<Stmt>", "</Stmt>", func(s string) string { return s + s })},
			"a balance of other money":    {"currency", strings.ReplaceAll(file, `<Amt Ccy="MYR">46.70<`, `<Amt Ccy="USD">46.70<`)},
			"an entity bomb":              {"syntax", strings.Replace(file, "<Document", "<!DOCTYPE x [<!ENTITY a \"b\">]><Document", 1)},
		} {
			r.refusedAs(name, x.key, []byte(x.file))
		}
		var wide []byte
		for _, u := range utf16.Encode([]rune("\ufeff" + strings.Replace(file, "UTF-8", "UTF-16", 1))) {
			wide = binary.LittleEndian.AppendUint16(wide, u)
		}
		r.refusedAs("half of UTF-16", "syntax", wide[:len(wide)-401])
		r.refusedAs("a charset", "charset", []byte(strings.Replace(file, "UTF-8", "IBM037", 1)))
		r.refusedAs("EBCDIC", "charset", []byte("\x4c\x6f\xa7\x94\x93\x40"))
		if out := r.read(wide); out[0].Matched != 2 {
			t.Errorf("%+v", out)
		}
		r.sound()
	})
}

// enough is more than one entry may come to, by so much.
func enough(more money.Amount) iso20022.Entry { return credit(1e13+more, "B-large", "") }

// A statement of a day that has not come is none of the bank's: its account's books would
// begin there, and all that is true come before them.
func TestDaysToCome(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		none := r.day("2026-12-02", 0)
		late := credit(70, "B-2096", "")
		late.Booked, late.Value = "2096-11-30", "2096-11-30"
		from := r.day(today, 0)
		from.From = none.To.AddDate(1, 0, 0)
		for name, file := range map[string][]byte{"a balance": r.xml(none), "an entry": r.xml(r.day(today, 0, late), late), "its beginning": r.xml(from)} {
			r.refusedAs(name, "future", file)
		}
		r.read(r.xml(r.day("2026-12-01", 0))) // a bank's clock may be before the hall's
		if r.clock.Advance(24 * time.Hour); len(r.read(r.xml(none))) != 1 {
			t.Error("it is not read when its day has come")
		}
	})
}

// A hundred billion ringgit come in one entry.
func TestLargestEntry(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		r.read(r.xml(r.day(today, 1e15-1e13, enough(0)), enough(0)))
		if n := r.balance(r.c.Books(false).Bank()); n != 1e15 {
			t.Errorf("the account has %d", n)
		}
	})
}

// What a payer wrote is read as it stands: letters that turn the others round are left out.
func TestTextsAreStraight(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		e := credit(70, "B-turned", "")
		e.Details[0].Remittance, e.Details[0].Debtor.Name = "INV \u202e7-NMS\u202c", "AMIN \u2066BIN ALI\u2069"
		r.read(r.xml(r.day(today, 0, e), e))
		if n := r.count(`statement_line where text = 'INV 7-NMS' and party = 'AMIN BIN ALI'`); n != 1 {
			t.Error("it is kept turned round")
		}
	})
}

// between is a text with what stands from one part of it to another in another way.
func between(text, from, to string, do func(string) string) string {
	i, j := strings.Index(text, from), strings.Index(text, to)+len(to)
	return text[:i] + do(text[i:j]) + text[j:]
}

// A reversal takes away what came, whichever side it is marked on, and waits for a
// person; the receipt stands.
func TestReversals(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		id, a := r.paid(4550)
		back := debit(4550, "B-back", a.Details[0].EndToEnd)
		back.Reversal = true
		of := credit(30, "B-of", "") // a debit that the bank takes back: the account grows
		of.Reversal = true
		list := []iso20022.Entry{a, back, debit(30, "B-debit", ""), of}
		s := r.day(today, 0, list...)
		r.read(r.xml(s, list...))
		if status, receipt := r.state(id); status != "success" || receipt == "" {
			t.Error("the receipt is gone")
		}
		if n := len(r.waits()); n != 3 || r.clearing() != 0 || r.balance(r.c.Books(false).Bank()) != 0 {
			t.Errorf("%d wait, clearing %d, bank %d", n, r.clearing(), r.balance(r.c.Books(false).Bank()))
		}
		if n := r.count(`payment_exception where kind = 'reversed'`); n != 1 {
			t.Errorf("officers are told %d times of what was taken back", n)
		}
		r.sound()
		var b bytes.Buffer
		if err := mt940.Write(&b, s, list); err != nil {
			t.Fatal(err)
		}
		if out := r.read(b.Bytes()); out[0].Fresh != 4 {
			t.Errorf("as MT940 it was booked again: %+v", out)
		}
		if p := r.proof(); !p.Agrees() {
			t.Errorf("%+v", p)
		}
	})
}

// An entry of many transactions is matched one by one, with what the bank kept of
// them; each entry of a file is read, and pending ones are not.
func TestBatches(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		batch := iso20022.Entry{Reference: "E1", Currency: "MYR", Credit: true, Status: iso20022.Booked, Booked: today, Batch: iso20022.Batched{Message: "BATCH-1", Count: 50}}
		for range 50 {
			_, e := r.paid(200)
			batch.Amount += 200
			batch.Details = append(batch.Details, e.Details[0])
		}
		fee := money.Amount(150)
		batch.Amount -= fee
		batch.Charges = []iso20022.Charge{{Amount: fee, Currency: "MYR", Included: true}}
		_, single := r.paid(77)
		pending := credit(999, "B-pending", "")
		pending.Status, pending.Booked = iso20022.Pending, ""
		s := r.day(today, 0, batch, single)
		out := r.read(r.xml(s, batch, pending, single))
		if out[0].Lines != 52 || out[0].Matched != 52 || r.clearing() != 0 {
			t.Errorf("%+v, clearing %d", out, r.clearing())
		}
		if p := r.proof(); !p.Agrees() || p.Said != 50*200-150+77 {
			t.Errorf("%+v", p)
		}
		r.sound()
	})
}

// A batch that names nothing is matched where it is, to the sen, what was paid that
// day by one method, and else waits.
func TestBatchWithoutNames(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		for range 3 {
			r.paid(100)
		}
		wrong := iso20022.Entry{Amount: 299, Currency: "MYR", Credit: true, Status: iso20022.Booked, Booked: today, Bank: "BB1", Batch: iso20022.Batched{Message: "BATCH-1", Count: 3}}
		right := wrong
		right.Amount, right.Bank, right.Batch.Message = 300, "BB2", "BATCH-2"
		again := right
		again.Bank, again.Batch.Message = "BB3", "BATCH-3"
		r.read(r.xml(r.day(today, 0, wrong, right, again), wrong, right, again))
		if w := r.waits(); len(w) != 2 || w["BB2"] != "" || r.clearing() != 0 {
			t.Errorf("%v, clearing %d", w, r.clearing())
		}
		r.sound()
	})
}

// Page two before page one is booked, and the day is proven once both are there; a
// statement that is missing, and a balance that is not the last one, are named.
func TestPagesAndGaps(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		_, a := r.paid(1000)
		_, b := r.paid(300)
		one, two := r.day(today, 0, a), r.day(today, 1000, b)
		one.Last, two.Page = false, 2
		r.clock.Advance(24 * 3600e9)
		one.Balances[1].Sub, two.Balances[0].Sub = iso20022.Interim, iso20022.Interim
		r.read(r.xml(two, b))
		if p := r.proof(); p.Agrees() || len(p.Why) == 0 || p.Why[0].Kind != "page" {
			t.Errorf("%+v", p)
		}
		r.read(r.xml(one, a))
		if p := r.proof(); !p.Agrees() || p.Said != 1300 || r.clearing() != 0 {
			t.Errorf("%+v", p)
		}
		r.sound()
		// 1 December is missing: RM 5.00 moved on it.
		r.clock.Advance(48 * 3600e9)
		c := credit(40, "B-later", "")
		c.Booked = "2026-12-02"
		r.read(r.xml(r.day("2026-12-02", 1800, c), c))
		p := r.proof()
		if p.Agrees() || p.Said-p.Booked != 500 || len(p.Why) != 1 || p.Why[0].Kind != "missing" || p.Why[0].Amount != 500 || p.Why[0].N != 1 {
			t.Errorf("%+v", p)
		}
		m := credit(500, "B-missing", "")
		m.Booked = "2026-12-01"
		r.read(r.xml(r.day("2026-12-01", 1300, m), m))
		if p := r.proof(); !p.Agrees() || p.Said != 1840 {
			t.Errorf("%+v", p)
		}
		r.refusedEarly()
		r.sound()
	})
}

// refusedEarly is a statement of a day before the books began.
func (r *till) refusedEarly() {
	r.t.Helper()
	e := credit(1, "B-early", "")
	e.Booked = "2026-11-29"
	_, err := r.room.Import(context.Background(), r.c, false, statement.From{Source: "api"}, bytes.NewReader(r.xml(r.day("2026-11-29", 0, e), e)))
	if f, ok := fault.As(err); !ok || f.Key != "statement.error.early" {
		r.t.Error(err)
	}
}

// A notification during the day and the statement of the whole day are the same
// movements; what only the notification had is named.
func TestNotificationThenStatement(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		_, a := r.paid(1000)
		ghost := credit(7, "B-ghost", "")
		n := r.day(today, 0, a, ghost)
		n.Kind, n.ID, n.Balances = iso20022.Notice, "N1", nil
		r.read(r.xml(n, a, ghost))
		if r.clearing() != 0 {
			t.Error(r.clearing())
		}
		_, b := r.paid(300)
		r.clock.Advance(24 * 3600e9)
		out := r.read(r.xml(r.day(today, 50, a, b), a, b)) // with RM 0.50 from before
		if out[0].Fresh != 2 {                             // the opening balance is a line of its own
			t.Errorf("%+v", out)
		}
		p := r.proof()
		if p.Agrees() || len(p.Why) != 1 || p.Why[0].Kind != "unprinted" || p.Why[0].Amount != -7 || p.Said != 1350 {
			t.Errorf("%+v", p)
		}
		r.differ = "the bank's statement of 2026-11-30 for jpj-sandbox closes with RM 13.50, and the books hold RM 13.57"
	})
}

// A slow body says when it is read, and goes on until it is let go.
type slow struct {
	begun chan<- struct{}
	end   <-chan struct{}
}

func (s slow) Read([]byte) (int, error) {
	select {
	case s.begun <- struct{}{}:
	case <-s.end:
	}
	<-s.end
	return 0, io.EOF
}

// A program reads English, in whole sentences, under a code of the protocol.
func TestRefusedInWords(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		_, a := r.paid(4550)
		_, b := r.paid(120)
		file := string(r.xml(r.day(today, 0, a, b), a, b))
		for text, x := range map[string]string{
			"This file cannot be read at line 1. Nothing was booked.":                                 "x",
			"The file says 46.69 at Bal/CLBD, but the right value is 46.70. Nothing was booked.":      strings.ReplaceAll(file, ">46.70<", ">46.69<"),
			"This statement is of the account 514099999999, not of the agency's. Nothing was booked.": strings.ReplaceAll(file, r.c.Account, "514099999999"),
		} {
			if status, body, out := r.call(r.key, "POST", "/v1/statements", []byte(x)); status != http.StatusUnprocessableEntity || out["code"] != "P1202" || out["description"] != text {
				t.Errorf("%s: %d %s", text, status, body)
			}
		}
		if status, body, out := r.call(r.key, "GET", "/v1/settlements?to_date=2026-13-01", nil); status != http.StatusUnprocessableEntity || out["code"] != "P1202" || !strings.Contains(body, "is no date") {
			t.Errorf("%d %s", status, body)
		}
	})
}

// An agency's third big file at once is told to wait, another agency's is read, and so
// is the third once one is done.
func TestFewBigFiles(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		begun, end := make(chan struct{}), make(chan struct{})
		var all sync.WaitGroup
		slowly := func(key string) {
			all.Go(func() {
				req := httptest.NewRequest("POST", base+"/v1/statements", slow{begun, end})
				req.Header.Set("Authorization", "Bearer "+key)
				r.router.ServeHTTP(httptest.NewRecorder(), req)
			})
			<-begun
		}
		slowly(r.key)
		slowly(r.key)
		big := bytes.Repeat([]byte{' '}, 1<<20+1)
		if status, text, out := r.call(r.key, "POST", "/v1/statements", big); status != http.StatusTooManyRequests || out["code"] != "P1205" || !strings.Contains(text, "2 ") {
			t.Errorf("%d %s", status, text)
		}
		if status, text, out := r.call(r.key, "POST", "/v1/statements", []byte("x")); status != http.StatusUnprocessableEntity || out["code"] != "P1202" || out["description"] != "This file cannot be read at line 1. Nothing was booked." {
			t.Errorf("a small file: %d %s", status, text)
		}
		slowly(r.rivals["pdrm"])
		close(end)
		all.Wait()
		if status, text, _ := r.call(r.key, "POST", "/v1/statements", big); status != http.StatusUnprocessableEntity {
			t.Errorf("nothing is read any more: %d %s", status, text)
		}
	})
}
