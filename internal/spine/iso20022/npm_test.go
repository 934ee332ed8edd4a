package iso20022

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/money"
)

// npm's iso20022.js, which nobody here wrote, writes an order that we read, and
// reads the report that we write.
func TestNpmAgrees(t *testing.T) {
	type told struct {
		ID     string       `json:"id"`
		Amount money.Amount `json:"amount"`
		Name   string       `json:"name"`
		BIC    string       `json:"bic"`
		IBAN   string       `json:"iban"`
		Text   string       `json:"text"`
	}
	orders := []told{
		{"E1", 30000, "Aisyah & Rahman", "CIBBMYKLXXX", "ES8201822200150201504058", "Bantuan <1>"},
		{"E2", 105, "José", "HLBBMYKLXXX", "DE89370400440532013000", "Bantuan 2"},
	}
	var report bytes.Buffer
	w := NewReportWriter(&report, Report{Message: "R1", Created: time.Date(2026, 11, 30, 9, 0, 0, 0, clock.Zone), Initiator: "JKM", Of: "M1", OfKind: "pain.001.001.10", Status: InProcess})
	for _, err := range []error{
		w.Payment(PaymentStatus{ID: "P1", Status: InProcess}),
		w.Transfer(TransferStatus{EndToEnd: "E1", Status: Settled}),
		w.Transfer(TransferStatus{EndToEnd: "E2", Status: Rejected, Reasons: []Reason{{ClosedAccount, "closed"}}}),
		w.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	in, err := json.Marshal(map[string]any{"orders": orders, "report": report.String()})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "../../../test/browser/lib/iso20022.mjs")
	cmd.Stdin = bytes.NewReader(in)
	var says bytes.Buffer
	cmd.Stderr = &says
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, says.String())
	}
	var theirs struct {
		Order  string
		Report json.RawMessage
	}
	if err := json.Unmarshal(out, &theirs); err != nil {
		t.Fatal(err)
	}
	var got []told
	read, err := ReadInitiation(strings.NewReader(theirs.Order), func(i *Initiation, p *Payment, x Transfer) error {
		if i.Initiator != "Jabatan Kebajikan Masyarakat" || p.Debtor.Agent.BIC != "MBBEMYKLXXX" || p.Debtor.Account.Other != "514012345678" || p.Date == "" || !p.Single || x.Currency != "MYR" {
			t.Errorf("%+v %+v %+v", i, p, x)
		}
		got = append(got, told{x.EndToEnd, x.Amount, x.Creditor.Name, x.Creditor.Agent.BIC, x.Creditor.Account.IBAN, x.Remittance})
		return nil
	})
	if err != nil || len(read.Wrong) != 0 || read.Version != "pain.001.001.03" || !reflect.DeepEqual(got, orders) {
		t.Errorf("%v %+v %+v, not %+v\n%s", err, read, got, orders, theirs.Order)
	}
	if got, want := string(theirs.Report), `{"message":"M1","statuses":[["group","M1","ACSP"],["payment","P1","ACSP"],["transaction","E1","ACSC"],["transaction","E2","RJCT"]]}`; got != want {
		t.Errorf("the report is read as\n%s, not\n%s", got, want)
	}
}
