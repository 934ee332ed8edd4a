package payout

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/web"
)

// reportGet is what the bank said, as a pain.002 or as a sheet.
func (p *Part) reportGet(w http.ResponseWriter, r *http.Request, k payment.Key) (*PayPayoutProblem, error) {
	var chunks []Chunk
	b, bad, err := p.look(r, k, func(tx *db.Tx, b Batch) (err error) { chunks, err = chunksOf(tx, b.ID); return err })
	if bad != nil || err != nil {
		return bad, err
	}
	if web.Accepted(r, "application/xml", "text/csv") == "text/csv" {
		return nil, p.sheet(w, r, b, chunks, p.english())
	}
	return nil, p.report(w, r, b, chunks)
}

// report streams a pain.002 of all a batch's lines.
func (p *Part) report(w http.ResponseWriter, r *http.Request, b Batch, chunks []Chunk) error {
	fileHeaders(w, "application/xml", b, "xml")
	out := bufio.NewWriter(w)
	if err := p.writeReport(r.Context(), out, b, chunks); err != nil {
		return err
	}
	return out.Flush()
}

// WriteReport writes what the bank said of a batch, as a pain.002.
func (p *Part) WriteReport(ctx context.Context, out io.Writer, id string) error {
	var b Batch
	var chunks []Chunk
	err := p.db.Read(ctx, func(tx *db.Tx) (err error) {
		if b, err = batchByID(tx, id); err == nil {
			chunks, err = chunksOf(tx, id)
		}
		return err
	})
	if err != nil {
		return err
	}
	return p.writeReport(ctx, out, b, chunks)
}

func (p *Part) writeReport(ctx context.Context, out io.Writer, b Batch, chunks []Chunk) error {
	var t Tally
	var all iso20022.Sum
	for _, c := range chunks {
		t.Paid, t.Rejected, t.Returned = t.Paid+c.Paid, t.Rejected+c.Rejected, t.Returned+c.Returned
	}
	all.Add(b.Total, money.MYR)
	var who directory.Agency // by its whole name: a collector's is as short as a QR's
	if err := p.db.Read(ctx, func(tx *db.Tx) (err error) { who, err = p.Desk.Directory.Agency(tx, b.Agency); return err }); err != nil {
		return err
	}
	of := b.Message
	if of == "" {
		of = strings.ReplaceAll(b.ID, "-", "")
	}
	head := iso20022.Report{Message: "R" + strings.ReplaceAll(b.ID, "-", ""), Created: p.clock.Now(), Initiator: who.Name.MS, Of: of, OfKind: "pain.001.001.10", OfCount: b.Count, OfSum: all.Text(), Status: b.status(t)}
	if b.State == Refused || b.State == Cancelled {
		head.Reasons = []iso20022.Reason{{Code: iso20022.Unspecified, Info: b.Reason}}
	}
	w := iso20022.NewReportWriter(out, head)
	if err := w.Payment(iso20022.PaymentStatus{ID: of}); err != nil {
		return err
	}
	err := p.eachLine(ctx, b, chunks, func(l Line) error {
		x := iso20022.TransferStatus{Instruction: strconv.FormatInt(l.N, 10), EndToEnd: l.Reference, Status: b.lineStatus(l), Bank: l.BankRef}
		if l.Reason != "" {
			x.Reasons = []iso20022.Reason{{Code: l.Reason}}
		}
		return w.Transfer(x)
	})
	if err != nil {
		return err
	}
	return w.Close()
}

// status is a batch's in the standard's words.
func (b Batch) status(t Tally) string {
	bad := t.Rejected + t.Returned
	switch {
	case b.State == Refused || b.State == Cancelled || bad == b.Count:
		return iso20022.Rejected
	case bad > 0:
		return iso20022.Partial
	case t.Paid == b.Count:
		return iso20022.Settled
	case b.State == Received || b.State == Submitted:
		return iso20022.Waiting
	}
	return iso20022.InProcess
}

func (b Batch) lineStatus(l Line) string {
	switch l.State {
	case Paid:
		return iso20022.Settled
	case Rejected, Returned, Dropped:
		return iso20022.Rejected
	}
	return Batch{State: b.State, Count: 1}.status(Tally{})
}

// eachLine reads a batch's lines, a chunk at a time.
func (p *Part) eachLine(ctx context.Context, b Batch, chunks []Chunk, visit func(Line) error) error {
	for _, c := range chunks {
		var lines []Line
		err := p.db.Read(ctx, func(tx *db.Tx) (err error) { lines, err = linesBetween(tx, b.ID, c.First, c.Last); return err })
		if err != nil {
			return err
		}
		for _, l := range lines {
			if err := visit(l); err != nil {
				return err
			}
		}
	}
	return nil
}

func fileHeaders(w http.ResponseWriter, kind string, b Batch, ext string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="payout-%s.%s"`, b.ID, ext))
	w.Header().Set("Cache-Control", "no-store")
}

// lineStands is where a line stands, in words: no bank is waited for while nobody
// has approved the list.
func lineStands(t locale.Printer, b Batch, l Line) string {
	if l.State == Waiting && (b.State == Received || b.State == Submitted) {
		return t.T("payout.line.unsent")
	}
	if l.State == Returned && l.ShownDay != "" {
		return t.T("payout.line.returned.shown", "day", t.Day(l.ShownDay), "statement", l.ShownOn)
	}
	return t.T("payout.line." + string(l.State))
}

// sheet streams a batch's lines as CSV.
func (p *Part) sheet(w http.ResponseWriter, r *http.Request, b Batch, chunks []Chunk, t locale.Printer) error {
	fileHeaders(w, "text/csv; charset=utf-8", b, "csv")
	out := csv.NewWriter(w)
	var head []string
	for _, name := range []string{"n", "reference", "account", "bank", "name", "amount", "description", "state", "reason", "bankref"} {
		head = append(head, t.T("payout.sheet."+name))
	}
	if err := out.Write(head); err != nil {
		return err
	}
	err := p.eachLine(r.Context(), b, chunks, func(l Line) error {
		reason := ""
		if l.Reason != "" {
			reason = reasonIn(t, l.Reason)
		}
		row := []string{strconv.FormatInt(l.N, 10), l.Reference, l.Account, l.Bank, l.Name, l.Amount.Decimal(money.MYR), l.Note, lineStands(t, b, l), reason, l.BankRef}
		for i := range row {
			row[i] = defused(row[i])
		}
		return out.Write(row)
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// defused is a cell that no sheet takes for a formula: what begins like one has an
// apostrophe before it.
func defused(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
