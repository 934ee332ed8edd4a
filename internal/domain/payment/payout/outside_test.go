package payout

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
)

// schema is the standard's own, of the module that tools/iso20022 pins.
func schema(t *testing.T, message string) string {
	t.Helper()
	cmd := exec.Command("go", "mod", "download", "-json", "github.com/moov-io/iso20022")
	cmd.Dir = "../../../../tools/iso20022"
	out, err := cmd.Output()
	must(t, err)
	var m struct{ Dir string }
	must(t, json.Unmarshal(out, &m))
	found, err := filepath.Glob(filepath.Join(m.Dir, "docs/specifications/*", message+"*.xsd"))
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: no schema: %v", message, err)
	}
	return found[0]
}

func judged(t *testing.T, message string, document []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.xml")
	must(t, os.WriteFile(path, document, 0o600))
	if out, err := exec.Command("xmllint", "--noout", "--nonet", "--schema", schema(t, message), path).CombinedOutput(); err != nil {
		t.Errorf("%v: %s\n%.3000s", err, out, document)
	}
}

// npm runs the library that nobody here wrote: it writes an order, and reads a
// report.
func npm(t *testing.T, report string) (order string, statuses [][]string) {
	t.Helper()
	in, err := json.Marshal(map[string]any{"report": report, "orders": []map[string]any{
		{"id": "E1", "amount": 30000, "name": "Aisyah & Rahman", "bic": "CIBBMYKLXXX", "iban": "ES9121000418450200051332", "text": "Bantuan <1>"},
		{"id": "E2", "amount": 105, "name": "José", "bic": "HLBBMYKLXXX", "iban": "DE89370400440532013000", "text": "Bantuan 2"},
	}})
	must(t, err)
	cmd := exec.Command("node", "../../../../test/browser/lib/iso20022.mjs")
	cmd.Stdin = bytes.NewReader(in)
	var says bytes.Buffer
	cmd.Stderr = &says
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, says.String())
	}
	var theirs struct {
		Order  string
		Report struct{ Statuses [][]string }
	}
	must(t, json.Unmarshal(out, &theirs))
	return theirs.Order, theirs.Report.Statuses
}

// ended is the report of a list that was cancelled: npm's library, which reads it
// before it writes, knows no list that waits.
func (r *rig) ended() string {
	r.t.Helper()
	id := r.call("ptptn", "POST", "/v1/payouts", "text/csv", sheet("87654321 100"), "").payout(r.t).ID
	r.call("ptptn", "POST", "/v1/payouts/"+id+"/cancel", "", "", "")
	return r.call("ptptn", "GET", "/v1/payouts/"+id+"/report", "application/xml", "", "").text
}

// A program that others wrote writes the order that the hall takes, and reads what
// the hall says became of it; the standard's schemas accept what the hall writes.
func TestOutsiders(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.write(func(tx *db.Tx) error { return r.FundTx(tx, officer("x"), "ptptn", false, 100_000, "waran") })
		first := r.call("ptptn", "POST", "/v1/payouts", "text/csv", sheet("12345678 1"), "").payout(t)
		order, _ := npm(t, r.ended())
		made := r.call("ptptn", "POST", "/v1/payouts", "application/xml", order, "").payout(t)
		if made.Count != 2 || made.Amount != 30105 || made.Format != XML {
			t.Errorf("%+v", made)
		}
		if p := r.call("ptptn", "POST", "/v1/payouts", "application/xml", order, "").problem(t); p.status != 409 || p.PayoutID != made.ID {
			t.Errorf("the same message again: %+v", p)
		}
		others := strings.NewReplacer(">E1<", ">E8<", ">E2<", ">E9<").Replace(order)
		if p := r.call("ptptn", "POST", "/v1/payouts", "application/xml", others, "").problem(t); others == order || p.status != 409 || p.PayoutID != made.ID {
			t.Errorf("the same message's id with other payments: %+v", p)
		}
		of := func(name string) actor.Actor {
			a := officer(name)
			a.Agency, a.Role = "ptptn", "ptptn/treasurer"
			return a
		}
		must(t, r.submit(of("one"), made.ID))
		must(t, r.approve(of("two"), made.ID))
		r.drain()
		r.bank.settle()
		r.later(10 * time.Second)
		sent := r.bank.orders[Chunk{Batch: made.ID}.Message()]
		judged(t, "pain.001.001.10", sent)
		if !bytes.Contains(sent, []byte("<IBAN>DE89370400440532013000</IBAN>")) || !bytes.Contains(sent, []byte("Aisyah &amp; Rahman")) {
			t.Errorf("%s", sent)
		}
		report := r.call("ptptn", "GET", "/v1/payouts/"+made.ID+"/report", "application/xml", "", "").text
		judged(t, "pain.002.001.11", []byte(report))
		_, statuses := npm(t, report)
		var got []string
		for _, s := range statuses {
			if s[0] == "transaction" {
				got = append(got, s[1]+" "+s[2])
			}
		}
		if strings.Join(got, ", ") != "E1 ACSC, E2 ACSC" {
			t.Errorf("%v", statuses)
		}
		for _, id := range []string{first.ID} {
			judged(t, "pain.002.001.11", []byte(r.call("ptptn", "GET", "/v1/payouts/"+id+"/report", "application/xml", "", "").text))
		}
	})
}

// fold reads a file and gives what it says, or what is wrong.
func fold(t *testing.T, format, file string) (lines []Line, wrong []Wrong, err error) {
	t.Helper()
	in := newIntake("514099999999", 1000)
	in.keep = func(_ Chunk, some []Line) error {
		lines = append(lines, some...)
		return nil
	}
	err = in.read(format, strings.NewReader(file))
	return lines, in.wrong, err
}

// A sheet is read in whatever dress a program gives it.
func TestSheets(t *testing.T) {
	plain := "akaun,bank,nama,amaun,rujukan,butiran\n12345678,MBBEMYKL,Ali bin Abu,1250.50,A1,Bantuan\n"
	want, wrong, err := fold(t, CSV, plain)
	if err != nil || len(wrong) > 0 || len(want) != 1 || want[0].Amount != 125050 {
		t.Fatal(want, wrong, err)
	}
	for name, file := range map[string]string{
		"semicolons":      strings.ReplaceAll(plain, ",", ";"),
		"tabs":            strings.ReplaceAll(plain, ",", "\t"),
		"a mark":          "\uFEFF" + plain,
		"CRLF":            strings.ReplaceAll(plain, "\n", "\r\n"),
		"quotes":          "\"akaun\",\"bank\",\"nama\",\"amaun\",\"rujukan\",\"butiran\"\n\"1234-5678\",mbbemykl,\" Ali  bin Abu\",\"RM 1,250.50\",A1,Bantuan\n",
		"English":         "Account number,Bank code,Payee name,Amount (RM),Reference,Details\n1234 5678,MBBEMYKL,Ali bin Abu,1250.5,A1,Bantuan\n",
		"another order":   "rujukan,amaun,nama,bank,no. akaun,catatan\nA1,1250.50,Ali bin Abu,MBBEMYKL,'12345678,Bantuan\n",
		"empty rows":      plain + ",,,,,\n\n",
		"more columns":    "x,akaun,bank,nama,amaun,rujukan,butiran,mata wang\n1,12345678,MBBEMYKL,Ali bin Abu,1250.50,A1,Bantuan,MYR\n",
		"a long BIC":      strings.Replace(plain, "MBBEMYKL", "MBBEMYKLXXX", 1),
		"a column of sen": "akaun,bank,nama,amaun,cukai,rujukan,butiran\n12345678,MBBEMYKL,Ali bin Abu,1250.50,100.00,A1,Bantuan\n",
		"no end of lines": strings.TrimSuffix(plain, "\n"),
	} {
		got, wrong, err := fold(t, CSV, file)
		for i := range got { // the main office's code says the same bank
			got[i].Bank = strings.TrimSuffix(got[i].Bank, "XXX")
		}
		if err != nil || len(wrong) > 0 || digestOf(got) != digestOf(want) {
			t.Errorf("%s: %+v %v %v", name, got, wrong, err)
		}
	}
}

// What is wrong is told where it is.
func TestWrongLines(t *testing.T) {
	row := func(cells string) string {
		return "account,bank,name,amount,reference\n12345678,MBBEMYKL,Ali,1,OK\n" + cells + "\n"
	}
	pay := func(fields string) string {
		return `{"reference":"x","payments":[{"account":"12345678","bank":"MBBEMYKL","name":"Ali","amount":1,"reference":"OK"},{` + fields + `}]}`
	}
	for _, c := range []struct{ format, file, field, why string }{
		{CSV, row("1.23E+11,MBBEMYKL,Abu,1,A"), "account", "account.sheet"},
		{CSV, row("11111111,MBBEMYKL,Abu,1,A"), "account", "account"},
		{CSV, row("GB82WEST12345698765431,MBBEMYKL,Abu,1,A"), "account", "account"},
		{CSV, row("514099999999,MBBEMYKL,Abu,1,A"), "account", "account.own"},
		{CSV, row(",MBBEMYKL,Abu,1,A"), "account", "account.none"},
		{CSV, row("2345678,MBBEMYKL,,1,A"), "name", "name.none"},
		{CSV, row("2345678,MBBEMYKL,123,1,A"), "name", "name"},
		{CSV, row("2345678,,Abu,1,A"), "bank", "bank.none"},
		{CSV, row("2345678,MBBEMYKL,Abu,0,A"), "amount", "amount.none"},
		{CSV, row("2345678,MBBEMYKL,Abu,-5,A"), "amount", "amount"},
		{CSV, row("2345678,MBBEMYKL,Abu,\"12,50\",A"), "amount", "amount"},
		{CSV, row("2345678,MBBEMYKL,Abu,1.005,A"), "amount", "amount"},
		{CSV, row("2345678,MBBEMYKL,Abu,1e3,A"), "amount", "amount"},
		{CSV, row("2345678,MBBEMYKL,Abu,10000000.01,A"), "amount", "amount.most"},
		{CSV, row("2345678,MBBEMYKL,Abu,99999999999999999999,A"), "amount", "amount"},
		{CSV, row("2345678,MBBEMYKL,Abu,1,"), "reference", "reference.none"},
		{CSV, row("2345678,MBBEMYKL,Abu,1," + strings.Repeat("x", 36)), "reference", "reference"},
		{CSV, row("2345678,MBBEMYKL,Abu,1,OK"), "reference", "reference.twice"},
		{CSV, row("2345678,X,Abu,1,A"), "bank", "bank.bic"},
		{CSV, row("2345678,Maybank,Abu,1,A"), "bank", "bank.bic"},
		{CSV, row("2345678,MBBEMYKLX,Abu,1,A"), "bank", "bank.bic"},
		{CSV, row("2345678,MBBEMYKL,Abu,1,250.00,A"), "", "cells"},
		{CSV, row("2345678,MBBEMYKL,Abu,1,250.00,"), "", "cells"},
		{CSV, row("2345678,MBBEMYKL,Abu,1,250.00"), "amount", "thousands"},
		{CSV, row("2345678,MBBEMYKL,Abu,1"), "", "cells"},
		{JSON, pay(`"account":"2345678","bank":"MBBEMYKL","name":"Abu","amount":1,"reference":"A","ammount":2`), "ammount", "field"},
		{JSON, pay(`"account":"2345678","bank":"MBBEMYKL","name":"Abu","amount":1,"Amount":2,"reference":"A"`), "Amount", "field"},
		{JSON, pay(`"account":"2345678","bank":"MBBEMYKL","name":"Abu","amount":1,"amount":2,"reference":"A"`), "amount", "field.twice"},
		{JSON, pay(`"account":"2345678","bank":"X","name":"Abu","amount":1,"reference":"A"`), "bank", "bank.bic"},
		{JSON, pay(`"account":"2345678","bank":"MBBEMYKL","name":"Abu","amount":1.5,"reference":"A"`), "amount", "amount.sen"},
		{JSON, pay(`"account":"2345678","bank":"MBBEMYKL","name":"Abu","amount":"1","reference":"A"`), "amount", "amount.sen"},
		{JSON, pay(`"account":2345678,"bank":"MBBEMYKL","name":"Abu","amount":1,"reference":"A"`), "account", "text"},
		{JSON, pay(`"account":"2345678","bank":"MBBEMYKL","name":"Abu\u0007","amount":1,"reference":"A"`), "name", "name"},
		{JSON, pay(`"account":"2345678","bank":"MBBEMYKL","name":"Abu","amount":1,"reference":"A","currency":"SGD"`), "currency", "currency"},
	} {
		_, wrong, err := fold(t, c.format, c.file)
		if err != nil || len(wrong) != 1 || wrong[0].Field != c.field || wrong[0].Why != "payout.wrong."+c.why || wrong[0].Entry != 2 || c.format == CSV && wrong[0].Line != 3 {
			t.Errorf("%s: %+v %v", c.file, wrong, err)
		}
	}
	if _, wrong, _ := fold(t, CSV, "akaun,nama\n"); len(wrong) != 3 {
		t.Error(wrong)
	}
	// Two columns of one meaning: none of them is guessed.
	for _, head := range []string{"account,bank,name,amount,reference,account", "akaun,bank,nama,amaun,rujukan,Account number", "account,bank,name,amount,reference,jumlah (RM)"} {
		if got, wrong, err := fold(t, CSV, head+"\n12345678,MBBEMYKL,Ali,1,A,23456789\n"); err != nil || len(got) > 0 || len(wrong) != 1 || wrong[0].Why != "payout.wrong.column.twice" || wrong[0].Line != 1 {
			t.Errorf("%s: %+v %+v %v", head, got, wrong, err)
		}
	}
	const text = "akaun,bank,nama,amaun,rujukan\n12345678,MBBEMYKL,Aim\u00e9e \u4f60,1,A\n"
	var little, big []byte // as a spreadsheet's "Unicode text"
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		little, big = binary.LittleEndian.AppendUint16(little, u), binary.BigEndian.AppendUint16(big, u)
	}
	for _, wide := range [][]byte{little, big} {
		if got, wrong, err := fold(t, CSV, string(wide)); err != nil || len(wrong) > 0 || len(got) != 1 || got[0].Name != "Aim\u00e9e \u4f60" {
			t.Errorf("UTF-16: %+v %+v %v", got, wrong, err)
		}
	}
	if _, _, err := fold(t, CSV, "a\x00k\x00a\x00"); !errors.Is(err, errCharset) {
		t.Errorf("UTF-16 without its mark is read: %v", err)
	}
	if _, _, err := fold(t, CSV, string(little[:len(little)-3])); !errors.Is(err, iso20022.ErrCharset) {
		t.Errorf("half a letter of UTF-16 is read: %v", err)
	}
	for format, files := range map[string][]string{
		JSON: {"", "[]", `{"payments":[}`, `{"payments":{}}`, `{"payments":[],"payments":[]}`, `{"payments":[],"reference":"a","reference":"b"}`, `{"payment":[],"payments":[]}`, `{"payments":[1]}`, `{"payments":[]} x`, `{"payments":["` + strings.Repeat("x", 200_000)},
		CSV:  {"akaun,bank,nama,amaun,rujukan\n\"" + strings.Repeat("x", 200_000), "akaun,bank,nama,amaun,rujukan\n1,\xff,a,1,b\n"},
		XML:  {"", "<x/>", `<!DOCTYPE x [<!ENTITY a "b">]><Document/>`},
	} {
		for _, file := range files {
			if _, wrong, err := fold(t, format, file); err == nil && len(wrong) == 0 {
				t.Errorf("%s is taken: %.80q", format, file)
			}
		}
	}
}

// Nothing that a file holds is a formula in what the hall writes.
func TestNoFormulas(t *testing.T) {
	for cell, want := range map[string]string{"=1+1": "'=1+1", "+60": "'+60", "-5": "'-5", "@x": "'@x", "Ali": "Ali", "": ""} {
		if got := defused(cell); got != want {
			t.Errorf("%q is %q", cell, got)
		}
	}
	each(t, func(t *testing.T, r *rig) {
		id := r.call("jkm", "POST", "/v1/payouts", "text/csv", header+"12345678,MBBEMYKL,\"=HYPERLINK(\"\"x\"\")\",1.00,A1,@SUM(1)\n", "").payout(t).ID
		csv := r.call("jkm", "GET", "/v1/payouts/"+id+"/report", "text/csv", "", "").text
		if !strings.Contains(csv, "\"'=HYPERLINK") || !strings.Contains(csv, ",'@SUM(1),") {
			t.Error(csv)
		}
	})
}

// A file that lies of its count or its sum, pays from another account or is a bomb is
// refused, and nothing of it is kept.
func TestOrdersThatLie(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		order, _ := npm(t, r.ended())
		for what, file := range map[string]string{
			"a count":  strings.Replace(order, "<NbOfTxs>2</NbOfTxs>", "<NbOfTxs>3</NbOfTxs>", 1),
			"a sum":    strings.Replace(order, "<NbOfTxs>2</NbOfTxs>", "<NbOfTxs>2</NbOfTxs><CtrlSum>301.06</CtrlSum>", 1),
			"account":  strings.ReplaceAll(order, "514012345678", "514012345679"),
			"currency": strings.Replace(order, `Ccy="MYR"`, `Ccy="SGD"`, 1),
			"bomb":     `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]>` + order,
			"cut":      order[:len(order)-40],
			"an IBAN":  strings.Replace(order, "DE89370400440532013000", "DE89370400440532013001", 1),
		} {
			if file == order {
				t.Errorf("%s: nothing was changed in %s", what, order)
			}
			if p := r.call("ptptn", "POST", "/v1/payouts", "application/xml", file, "").problem(t); p.status != 422 || len(p.Errors) == 0 {
				t.Errorf("%s: %+v", what, p)
			}
		}
		if n := r.call("ptptn", "GET", "/v1/payouts", "application/json", "", ""); !strings.Contains(n.text, `"total":1,`) {
			t.Error(n.text)
		}
		var total money.Amount
		r.read(func(tx *db.Tx) error { return tx.QueryRow(`select sum(amount) from payout_line`).Scan(&total) })
		if total != 10_000 {
			t.Error("something of a refused file was kept:", total)
		}
	})
}

// An order that a bank's program wrote on Windows is known as one where an officer
// uploads it, and one in a charset that is not read is refused by its name.
func TestWideOrdersAtTheDesk(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		const name = "Aim\u00e9e \u4f60"
		orders := binary.AppendByteOrder(binary.LittleEndian)
		for i, mark := range []string{"\ufeff", "\ufeff", ""} {
			var file []byte
			for _, u := range utf16.Encode([]rune(mark + `<?xml version="1.0" encoding="UTF-16"?>` + r.order(fmt.Sprint("M-", i), fmt.Sprint("E-", i), name))) {
				file = orders.AppendUint16(file, u)
			}
			orders = binary.BigEndian
			a := r.uploaded(officer("aminah"), string(file))
			if a.status != http.StatusSeeOther {
				t.Fatalf("%d: %d %.2000s", i, a.status, a.text)
			}
			var lines []Line
			id := a.header.Get("Location")[len("/payments/jkm/payouts/"):]
			r.read(func(tx *db.Tx) (err error) { lines, err = linesAfter(tx, id, 0, 9); return err })
			if b := r.batch(id); b.Source != XML || len(lines) != 1 || lines[0].Name != name {
				t.Errorf("%d: %s %+v", i, b.Source, lines)
			}
		}
		r.shows(r.uploaded(officer("aminah"), "\x4c\x6f\xa7\x94\x93\x40"), "The file is in the charset EBCDIC, which is not read.")
	})
}
