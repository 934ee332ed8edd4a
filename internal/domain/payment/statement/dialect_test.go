package statement_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// swift is a statement as banks elsewhere write it: one word in field 20 for ever, the
// bank's code before the account and the currency behind it, field 86 in parts.
func swift(account, day, number, opening, amount, closing, reference string) string {
	return strings.Join([]string{":20:STARTUMS", ":25:" + account, ":28C:" + number, ":60F:C" + day + "MYR" + opening,
		":61:" + day + day[2:] + "C" + amount + "NTRFNONREF//" + reference, ":86:166?00GUTSCHRIFT?20EREF+ABC?21SVWZ+Lesen?30MBBEMYKL?32SITI",
		":62F:C" + day + "MYR" + closing, "-", ""}, "\r\n")
}

func TestOneWordForEver(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		of := "50010060/" + r.c.Account + "MYR"
		first := swift(of, "261118", "5/1", "0,00", "10,00", "10,00", "B1")
		second := swift(r.c.Account, "261119", "6/1", "10,00", "5,50", "15,50", "B2")
		third := swift("50010060/"+r.c.Account, "261120", "7/1", "15,50", "1,", "16,50", "B3")
		fourth := swift(of, "261121", "8/1", "16,50", "1,00", "17,50", "B4")
		for n, file := range []string{first, "\uFEFF" + second, third + fourth} {
			status, text, _ := r.call(r.key, "POST", "/v1/statements", []byte(file))
			if status != http.StatusCreated {
				t.Fatalf("%d: %d %s", n, status, text)
			}
		}
		for n, file := range []string{first, "\uFEFF" + second, third + fourth} {
			if status, text, _ := r.call(r.key, "POST", "/v1/statements", []byte(file)); status != http.StatusOK {
				t.Errorf("%d again: %d %s", n, status, text)
			}
		}
		if p := r.proof(); !p.Agrees() || p.Said != 1750 {
			t.Errorf("%+v", p)
		}
		_, text, out := r.call(r.key, "GET", "/v1/statements", nil)
		if list, _ := out["results"].([]any); len(list) != 4 || !strings.Contains(text, `"STARTUMS"`) || !strings.Contains(text, `"STARTUMS 2026/8"`) {
			t.Error(text)
		}
		// The same number and day with other content is still refused, and so is another's account.
		for why, file := range map[string]string{
			"P1203": swift(of, "261121", "8/1", "16,50", "2,00", "18,50", "B5"), "P1202": swift("50010060/9"+r.c.Account, "261122", "9/1", "17,50", "1,00", "18,50", "B6"),
		} {
			if status, text, out := r.call(r.key, "POST", "/v1/statements", []byte(file)); status/100 != 4 || fmt.Sprint(out["code"]) != why {
				t.Errorf("%s: %d %s", why, status, text)
			}
		}
		// A statement on two pages is one.
		page := swift(of, "261122", "9/1", "17,50", "1,00", "18,50", "B7")
		page = strings.Replace(page, ":62F:", ":62M:", 1)
		next := strings.Replace(swift(of, "261122", "9/2", "18,50", "1,00", "19,50", "B8"), ":60F:", ":60M:", 1)
		if status, text, _ := r.call(r.key, "POST", "/v1/statements", []byte(page+next)); status != http.StatusCreated || strings.Count(text, `"STARTUMS 2026/9"`) != 2 {
			t.Errorf("%d %s", status, text)
		}
		// A bank that counts nothing is known by its days.
		for n, day := range []string{"261123", "261124"} {
			file := swift(of, day, "1/1", fmt.Sprintf("%d,50", 19+n), "1,00", fmt.Sprintf("%d,50", 20+n), fmt.Sprint("C", n))
			if status, text, _ := r.call(r.key, "POST", "/v1/statements", []byte(strings.Replace(file, "STARTUMS", "PLAIN", 1))); status != http.StatusCreated {
				t.Errorf("%s: %d %s", day, status, text)
			}
		}
		if p := r.proof(); !p.Agrees() || p.Said != 2150 {
			t.Errorf("%+v", p)
		}
		r.sound()
	})
}
