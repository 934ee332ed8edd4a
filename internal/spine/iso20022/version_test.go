package iso20022

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/clock"
)

// old is a camt.053.001.02 as banks write it: prefixes, an envelope, pages in the
// group header, the status and the charges without records, a party's name without
// a choice, and an amount of a transaction further in.
const old = `<?xml version='1.0' encoding="utf-8" standalone="yes"?>
<!-- of a bank -->
<e:Envelope xmlns:e="urn:bank"><h:AppHdr xmlns:h="urn:iso:std:iso:20022:tech:xsd:head.001.001.01"><h:BizMsgIdr>x</h:BizMsgIdr></h:AppHdr>
<c:Document xmlns:c="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><c:BkToCstmrStmt>
 <c:GrpHdr><c:MsgId> M </c:MsgId><c:CreDtTm>2026-11-30T20:00:00Z</c:CreDtTm><c:MsgPgntn><c:PgNb>2</c:PgNb><c:LastPgInd>false</c:LastPgInd></c:MsgPgntn></c:GrpHdr>
 <c:Stmt><c:Id>S</c:Id><c:LglSeqNb>7</c:LglSeqNb><c:CreDtTm>2026-11-30T20:00:00</c:CreDtTm>
  <c:Acct><c:Id><c:IBAN>DE89370400440532013000</c:IBAN></c:Id><c:Ownr><c:Nm>JPJ &amp; co</c:Nm></c:Ownr><c:Svcr><c:FinInstnId><c:BIC>MBBEMYKL</c:BIC></c:FinInstnId></c:Svcr></c:Acct>
  <c:Bal><c:Tp><c:CdOrPrtry><c:Cd>PRCD</c:Cd></c:CdOrPrtry></c:Tp><c:Amt Ccy="MYR">1.5</c:Amt><c:CdtDbtInd>DBIT</c:CdtDbtInd><c:Dt><c:Dt>2026-11-29+08:00</c:Dt></c:Dt></c:Bal>
  <c:Ntry><c:Amt Ccy="MYR"><![CDATA[10.00]]></c:Amt><c:CdtDbtInd>CRDT</c:CdtDbtInd><c:RvslInd>1</c:RvslInd><c:Sts>BOOK</c:Sts>
   <c:BookgDt><c:DtTm>2026-11-30T23:59:59.25</c:DtTm></c:BookgDt><c:BkTxCd><c:Prtry><c:Cd>X9</c:Cd></c:Prtry></c:BkTxCd>
   <c:Chrgs><c:Amt Ccy="MYR">0.50</c:Amt><c:CdtDbtInd>DBIT</c:CdtDbtInd></c:Chrgs>
   <c:NtryDtls><c:TxDtls><c:Refs><c:EndToEndId>E1</c:EndToEndId></c:Refs><c:AmtDtls><c:TxAmt><c:Amt Ccy="MYR">4.00</c:Amt></c:TxAmt></c:AmtDtls>
    <c:RltdPties><c:Dbtr><c:Nm>Aisyah</c:Nm></c:Dbtr></c:RltdPties><c:RmtInf><c:Ustrd>a</c:Ustrd><c:Ustrd>b</c:Ustrd><c:Strd><c:CdtrRefInf><c:Ref>R</c:Ref></c:CdtrRefInf></c:Strd></c:RmtInf></c:TxDtls></c:NtryDtls>
   <c:NtryDtls><c:TxDtls><c:Refs><c:EndToEndId>E2</c:EndToEndId></c:Refs></c:TxDtls></c:NtryDtls>
  </c:Ntry>
 </c:Stmt></c:BkToCstmrStmt></c:Document></e:Envelope>
`

func TestOldVersion(t *testing.T) {
	var entries []Entry
	all, err := ReadStatements(strings.NewReader("\uFEFF"+old), func(_ *Statement, e Entry) error {
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Statement{
		Kind: EndOfDay, Message: "M", ID: "S", Sequence: 7, Page: 2, Created: time.Date(2026, 11, 30, 20, 0, 0, 0, clock.Zone),
		Account: Account{IBAN: "DE89370400440532013000"}, Owner: "JPJ & co", Bank: Agent{BIC: "MBBEMYKL"},
		Balances: []Balance{{PreviousClosing, "", -150, "MYR", "2026-11-29"}}, Totals: Totals{Credits: 1, CreditSum: 1000},
	}
	if len(all) != 1 || !reflect.DeepEqual(all[0], want) {
		t.Errorf("%+v, not\n%+v", all, want)
	}
	entry := Entry{
		Amount: 1000, Currency: "MYR", Credit: true, Reversal: true, Status: Booked, Booked: "2026-11-30",
		At: time.Date(2026, 11, 30, 23, 59, 59, 250e6, clock.Zone), Code: "X9", Charges: []Charge{{Amount: 50, Currency: "MYR"}},
		Details: []Detail{
			{Amount: 400, Currency: "MYR", Credit: true, EndToEnd: "E1", Debtor: Party{Name: "Aisyah"}, Remittance: "a\nb", Reference: "R"},
			{Credit: true, EndToEnd: "E2"},
		},
	}
	if len(entries) != 1 || !reflect.DeepEqual(entries[0], entry) {
		t.Errorf("%+v, not\n%+v", entries, entry)
	}
}

// The versions differ in their namespace and in where a bank's code is.
func TestVersions(t *testing.T) {
	for v := 2; v <= 13; v++ {
		text := strings.Replace(written(t), "camt.053.001.08", fmt.Sprintf("camt.053.001.%02d", v), 1)
		if all, err := readStatement(text); err != nil || len(all) != 1 || all[0].Totals.CreditSum != 6230 {
			t.Errorf("%d: %v %+v", v, err, all)
		}
	}
	for v := 3; v <= 12; v++ {
		text := strings.Replace(ordered(t), "pain.001.001.10", fmt.Sprintf("pain.001.001.%02d", v), 1)
		if v == 3 {
			text = strings.ReplaceAll(text, "BICFI>", "BIC>")
			text = strings.Replace(text, "<ReqdExctnDt><Dt>2026-12-01</Dt></ReqdExctnDt>", "<ReqdExctnDt>2026-12-01</ReqdExctnDt>", 1)
		}
		var date, bic string
		read, err := ReadInitiation(strings.NewReader(text), func(_ *Initiation, p *Payment, x Transfer) error {
			if x.EndToEnd == "E1" {
				date, bic = p.Date, x.Creditor.Agent.BIC
			}
			return nil
		})
		if err != nil || read.Sum != "600.5" || date != "2026-12-01" || bic != "CIBBMYKL" || read.Version != fmt.Sprintf("pain.001.001.%02d", v) {
			t.Errorf("%d: %v %+v %s %s", v, err, read, date, bic)
		}
	}
}

// Several statements may be in one file, each of an account of its own.
func TestManyStatements(t *testing.T) {
	text := written(t)
	begin, end := strings.Index(text, "<Stmt>"), strings.Index(text, "</BkToCstmrStmt>")
	other := strings.Replace(text[begin:end], "1234567890", "42", 1)
	var of []string
	all, err := ReadStatements(strings.NewReader(text[:end]+other+text[end:]), func(s *Statement, e Entry) error {
		of = append(of, s.Account.Other+":"+e.Reference)
		return nil
	})
	if err != nil || len(all) != 2 || all[1].Account.Other != "42" || all[1].Totals.Credits != 2 {
		t.Fatal(err, all)
	}
	if got, want := strings.Join(of, " "), "1234567890:1 1234567890:2 1234567890:3 42:1 42:2 42:3"; got != want {
		t.Errorf("%s, not %s", got, want)
	}
}

// What is kept until a file's end is bounded: more statements, balances or charges
// than any bank sends would take the memory of a whole hall.
func TestTooMuchToKeep(t *testing.T) {
	text := written(t)
	begin, end := strings.Index(text, "<Stmt>"), strings.Index(text, "</BkToCstmrStmt>")
	small := `<Stmt><Id>S</Id><Acct><Id><Othr><Id>1</Id></Othr></Id></Acct></Stmt>`
	balance := `<Bal><Tp><CdOrPrtry><Cd>CLAV</Cd></CdOrPrtry></Tp><Amt Ccy="MYR">1</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-30</Dt></Dt></Bal>`
	entry := `<Ntry><Amt Ccy="MYR">1</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><Chrgs>` + strings.Repeat(`<Rcrd/>`, 10_000) + `</Chrgs></Ntry>`
	charges := strings.Index(entry, "<Chrgs>")
	for name, c := range map[string]struct {
		one  string
		most int
		in   func(some string) string
	}{
		"statements": {small, MaxStatements, func(some string) string { return some }},
		"balances":   {balance, MaxBalances, func(some string) string { return strings.Replace(small, "</Stmt>", some+"</Stmt>", 1) }},
		"charges": {entry[charges : len(entry)-len("</Ntry>")], MaxDetails / 10_000, func(some string) string {
			return strings.Replace(small, "</Stmt>", entry[:charges]+some+"</Ntry></Stmt>", 1)
		}},
	} {
		for more, want := range []error{nil, ErrSize} {
			file := text[:begin] + c.in(strings.Repeat(c.one, c.most+more)) + text[end:]
			if _, err := ReadStatements(strings.NewReader(file), func(*Statement, Entry) error { return nil }); !errors.Is(err, want) {
				t.Errorf("%s and %d more than are kept: %v", name, more, err)
			}
		}
	}
}
