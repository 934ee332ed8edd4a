package iso20022

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// perSchema is how many documents xmllint is asked about at once.
const perSchema = 50

// What is written is accepted by its schema and read again as it was.
func TestStatementRound(t *testing.T) {
	written := map[Kind][][]byte{}
	rapid.Check(t, func(t *rapid.T) {
		s, entries := drawStatement(t)
		var out bytes.Buffer
		if err := WriteStatement(&out, s, entries); err != nil {
			t.Fatal(err)
		}
		if len(written[s.Kind]) < perSchema {
			written[s.Kind] = append(written[s.Kind], bytes.Clone(out.Bytes()))
		}
		var got []Entry
		all, err := ReadStatements(&out, func(_ *Statement, e Entry) error {
			got = append(got, e)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != 1 || !reflect.DeepEqual(all[0], s) {
			t.Fatalf("read as\n%+v, not\n%+v", all, s)
		}
		if !reflect.DeepEqual(got, entries) {
			t.Fatalf("read as\n%+v, not\n%+v", got, entries)
		}
	})
	for kind, documents := range written {
		judged(t, string(kind)+".001.08", documents...)
	}
	if len(written) != 3 {
		t.Errorf("only %d kinds were written", len(written))
	}
}

// order is a payment with its transfers.
type order struct {
	payment   Payment
	transfers []Transfer
}

func drawOrders(t *rapid.T) (orders []order, count int64, total string) {
	var sum Sum
	for range rapid.IntRange(1, 3).Draw(t, "payments") {
		p := Payment{ID: drawID.Draw(t, "id"), Method: "TRF", Single: rapid.Bool().Draw(t, "single"), Date: drawDay.Draw(t, "date"),
			Debtor: drawParty.Draw(t, "debtor"), Charges: maybe(t, rapid.SampledFrom([]string{"DEBT", "SHAR", "SLEV"}), "charges")}
		p.Debtor.Account = drawAccount.Draw(t, "debtor's account")
		var own Sum
		o := order{payment: p}
		for range rapid.IntRange(1, 3).Draw(t, "transfers") {
			x := drawTransfer(t)
			sum.Add(x.Amount, x.Currency)
			own.Add(x.Amount, x.Currency)
			o.transfers = append(o.transfers, x)
			count++
		}
		if rapid.Bool().Draw(t, "counted") {
			o.payment.Count, o.payment.Sum = int64(len(o.transfers)), own.Text()
		}
		orders = append(orders, o)
	}
	return orders, count, sum.Text()
}

func TestInitiationRound(t *testing.T) {
	var written [][]byte
	rapid.Check(t, func(t *rapid.T) {
		i := Initiation{Message: drawID.Draw(t, "message"), Created: drawMoment.Draw(t, "created"), Initiator: drawWord.Draw(t, "initiator")}
		var orders []order
		orders, i.Count, i.Sum = drawOrders(t)
		var out bytes.Buffer
		w := NewInitiationWriter(&out, i)
		for _, o := range orders {
			if err := w.Payment(o.payment); err != nil {
				t.Fatal(err)
			}
			for _, x := range o.transfers {
				if err := w.Transfer(x); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if len(written) < perSchema {
			written = append(written, bytes.Clone(out.Bytes()))
		}
		var got []order
		last := (*Payment)(nil)
		read, err := ReadInitiation(&out, func(_ *Initiation, p *Payment, x Transfer) error {
			if p != last {
				got, last = append(got, order{payment: *p}), p
			}
			o := &got[len(got)-1]
			o.transfers = append(o.transfers, x)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		i.Version = "pain.001.001.10"
		if !reflect.DeepEqual(read, i) {
			t.Fatalf("read as\n%+v, not\n%+v", read, i)
		}
		if !reflect.DeepEqual(got, orders) {
			t.Fatalf("read as\n%+v, not\n%+v", got, orders)
		}
	})
	judged(t, "pain.001.001.10", written...)
}

func TestReportRound(t *testing.T) {
	var written [][]byte
	reasons := rapid.Custom(func(t *rapid.T) []Reason {
		var out []Reason
		for range rapid.IntRange(0, 2).Draw(t, "reasons") {
			out = append(out, Reason{maybe(t, drawCode, "code"), drawLines.Draw(t, "info")})
		}
		return out
	})
	status := rapid.SampledFrom([]string{"", Accepted, Settled, Rejected, Partial, Waiting})
	rapid.Check(t, func(t *rapid.T) {
		want := Report{
			Message: drawID.Draw(t, "message"), Created: drawMoment.Draw(t, "created"), Initiator: maybe(t, drawWord, "initiator"), Of: drawID.Draw(t, "of"), OfKind: "pain.001.001.10",
			OfCount: rapid.Int64Range(0, 1e6).Draw(t, "count"), OfSum: maybe(t, rapid.Just("12.34"), "sum"),
			Status: status.Draw(t, "status"), Reasons: reasons.Draw(t, "reasons"),
		}
		var out bytes.Buffer
		w := NewReportWriter(&out, want)
		type told struct {
			payment PaymentStatus
			TransferStatus
		}
		var all, got []told
		for range rapid.IntRange(0, 2).Draw(t, "payments") {
			p := PaymentStatus{drawID.Draw(t, "id"), status.Draw(t, "status"), reasons.Draw(t, "reasons")}
			want.Payments = append(want.Payments, p)
			if err := w.Payment(p); err != nil {
				t.Fatal(err)
			}
			for range rapid.IntRange(0, 3).Draw(t, "transfers") {
				x := TransferStatus{maybe(t, drawID, "instruction"), maybe(t, drawID, "end to end"), maybe(t, drawUETR, "uetr"), status.Draw(t, "status"),
					reasons.Draw(t, "reasons"), maybe(t, drawMoment, "accepted"), maybe(t, drawID, "bank")}
				all = append(all, told{p, x})
				if err := w.Transfer(x); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if len(written) < perSchema {
			written = append(written, bytes.Clone(out.Bytes()))
		}
		read, err := ReadReport(&out, func(_ *Report, p *PaymentStatus, x TransferStatus) error {
			got = append(got, told{*p, x})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(read, want) || !reflect.DeepEqual(got, all) {
			t.Fatalf("read as\n%+v %+v, not\n%+v %+v", read, got, want, all)
		}
	})
	judged(t, "pain.002.001.11", written...)
}
