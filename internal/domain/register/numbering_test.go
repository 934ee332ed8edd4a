package register

import (
	"strings"
	"testing"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"

	"pgregory.net/rapid"
)

// Any single wrong digit of a number shows, and so does the kind of another file.
func TestAFileNumberShowsASlip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := FileNumber(rapid.SampledFrom([]string{"IG", "D", "C", "E"}).Draw(t, "prefix"), rapid.Int64Range(0, 9_999_999_999).Draw(t, "n"))
		if !ChecksFileNumber(number) {
			t.Fatalf("%s does not check", number)
		}
		i := len(number) - 1 - rapid.IntRange(0, runningDigits).Draw(t, "at")
		sign := rapid.SampledFrom([]byte("0123456789")).Draw(t, "sign")
		if slip := number[:i] + string(sign) + number[i+1:]; slip != number && ChecksFileNumber(slip) {
			t.Fatalf("%s passes for %s", slip, number)
		}
	})
	for _, swapped := range [][2]string{{"C", "D"}, {"E", "C"}, {"D", "E"}} {
		if n := FileNumber(swapped[0], 42); ChecksFileNumber(swapped[1] + n[1:]) {
			t.Errorf("%s passes as a file of kind %s", n, swapped[1])
		}
	}
	for _, no := range []string{"", "IG", "00000000017", "IG0000000001", "IG000000000017", "IG0000000001x", "ig00000000017"} {
		if ChecksFileNumber(no) {
			t.Errorf("%q checks", no)
		}
	}
}

// eachFile runs a test over a book of tax files.
func eachFile(t *testing.T, fn func(t *testing.T, r rig)) {
	each(t, func(t *testing.T, r rig) {
		r.Register = r.WithBooks([]Book{{Path: "tax.file", Group: "tax_file", Agency: "lhdn", Of: OfPerson, Name: locale.Same("Tax files"),
			Fields: []BookField{{Name: "tax_number", Type: "string"}, {Name: "kind", Type: "choice", Options: []string{"sole", "company"}},
				{Name: "employer", Type: "bool"}, {Name: "employer_number", Type: "string"}},
			Keep: &Keep{Needs: []string{"kind", "employer"}, One: true, Alone: []string{"tax_number"}, Numbers: "tax_number", Numbered: []Numbering{
				{Field: "tax_number", By: "kind", Prefix: map[string]string{"sole": "IG", "company": "C"}},
				{Field: "employer_number", By: "employer", Prefix: map[string]string{"true": "E"}}}}}})
		fn(t, r)
	})
}

// A book numbers its entries by what they say; no two have the same digits, and
// who has a number keeps it.
func TestABookMakesItsNumbers(t *testing.T) {
	eachFile(t, func(t *testing.T, r rig) {
		file := func(kind string, employer bool) map[string]any {
			return map[string]any{"kind": kind, "employer": employer}
		}
		one := r.enter("tax.file", "c1", "mum", file("sole", false))
		two := r.enter("tax.file", "c2", "dad", file("company", true))
		for number, prefix := range map[string]string{one.Number: "IG", two.Number: "C", two.Numbers["employer_number"]: "E"} {
			if !strings.HasPrefix(number, prefix+"0") || !ChecksFileNumber(number) {
				t.Errorf("%q, want a number of %s", number, prefix)
			}
		}
		if _, has := one.Numbers["employer_number"]; has || r.bookFacts("mum", "tax.file")["tax_file.employer_number"] != nil {
			t.Error("who employs nobody has an employer's number")
		}
		if got := r.bookFacts("dad", "tax.file")["tax_file.tax_number"]; got != two.Number {
			t.Errorf("the entry says %v, its number is %s", got, two.Number)
		}
		if a, b := one.Number[2:12], two.Number[1:11]; a == b {
			t.Errorf("two files have the digits %s", a)
		}
		var again Entered
		r.write(func(tx *db.Tx) (err error) { // corrected: employs somebody
			again, err = r.Amend(tx, Amendment{Entry: one.Entry, Values: file("sole", true), Case: "c1", Basis: "law"})
			return err
		})
		if again.Number != one.Number || !strings.HasPrefix(again.Numbers["employer_number"], "E") {
			t.Errorf("corrected: %s and %v, was %s", again.Number, again.Numbers, one.Number)
		}
	})
}

// A number that somebody has already is kept, is nobody else's, and is free
// again once the entry has ended.
func TestANumberThatIsKnownStays(t *testing.T) {
	eachFile(t, func(t *testing.T, r rig) {
		known := map[string]any{"tax_number": "SG-0071-2290", "kind": "sole", "employer": false}
		e := r.enter("tax.file", "c1", "mum", known)
		if e.Number != "SG-0071-2290" {
			t.Errorf("the number came to %s", e.Number)
		}
		r.refused(func(tx *db.Tx) error {
			_, err := r.Enter(tx, Entry{Register: "tax.file", Values: known, Person: "dad", Case: "c2", Basis: "law"})
			return err
		}, "register.taken")
		r.write(func(tx *db.Tx) error { return r.Void(tx, Voiding{Entry: e.Entry, Case: "c1", Basis: "law"}) })
		if again := r.enter("tax.file", "c3", "mum", known); again.Number != e.Number {
			t.Errorf("entered anew: %s", again.Number)
		}
		err := r.db.Write(t.Context(), func(tx *db.Tx) error {
			_, err := r.Enter(tx, Entry{Register: "tax.file", Values: known, Person: "mum", Case: "c4", Basis: "law"})
			return err
		})
		if fault.CodeOf(err) != fault.Conflict {
			t.Errorf("a second file of the same person: %v", err)
		}
	})
}
