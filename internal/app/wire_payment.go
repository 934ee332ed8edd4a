package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	"balai/internal/domain/bank"
	"balai/internal/domain/certificate/seal"
	"balai/internal/domain/payment"
	"balai/internal/domain/payment/acquirer"
	"balai/internal/domain/payment/bill"
	"balai/internal/domain/payment/payout"
	"balai/internal/domain/payment/statement"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/hook"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

// openPayments makes the books and the cash desk over them.
func (h *Hall) openPayments() error {
	box, err := h.box("payment")
	if err != nil {
		return err
	}
	two, err := money.Parse(h.cfg.Get("payment-two-persons"), money.MYR)
	if err != nil || two < 0 {
		return fmt.Errorf("the setting payment-two-persons is an amount in ringgit, such as 1000.00")
	}
	h.ledger = ledger.New(h.db, h.clock, h.ids, h.journal)
	deps := payment.Deps{DB: h.db, Clock: h.clock, IDs: h.ids, Journal: h.journal, Outbox: h.outbox, Ledger: h.ledger, Directory: h.directory,
		Box: box, Hook: h.hook, Assurance: assurance{now: h.clock.Now}, Meter: h.meter, Seal: receiptSeal{h.signer}, Site: h.site(), BaseURL: h.cfg.Get("base-url"), Log: h.log, Demo: h.cfg.Demo, TwoAbove: two}
	if address := h.cfg.Get("bank-url"); address != "" {
		b, err := acquirer.Open(address, h.cfg.Get("bank-secret"), h.clock, h.ids)
		if err != nil {
			return err
		}
		if deps.Bank = b; h.cfg.Demo { // nobody is real there, and no money is
			deps.Bank, deps.Sandbox = nil, b
		}
	}
	if address := h.cfg.Get("sandbox-bank-url"); address != "" {
		if deps.Sandbox, err = acquirer.Open(address, h.cfg.Get("sandbox-bank-secret"), h.clock, h.ids); err != nil {
			return err
		}
	}
	h.payment = payment.New(deps)
	h.payment.Wire()
	h.payout = payout.New(payout.Deps{Desk: h.payment, Journal: h.journal, Assurance: assurance{now: h.clock.Now}, Texts: h.texts})
	h.payout.Wire()
	h.payment.Tell(payment.FromService, fees{h})
	h.service.Cashier = fees{h}
	h.bill = bill.New(h.payment, h.register, h.notify)
	h.service.Bills = h.bill
	return h.openStatements()
}

// openStatements makes the room that reads what the banks write of the agencies'
// accounts.
func (h *Hall) openStatements() error {
	h.statement = statement.New(statement.Deps{DB: h.db, Clock: h.clock, IDs: h.ids, Journal: h.journal, Outbox: h.outbox, Ledger: h.ledger, Payment: h.payment,
		NameOf: h.payerName, Often: h.cfg.Demo, Log: h.log})
	h.statement.Claim(h.payout)
	h.statement.Wire()
	return nil
}

// payerName is a person's name, as a statement compares it with who paid; "" of one
// whom an order protects or whom the register does not know.
func (h *Hall) payerName(tx *db.Tx, person string) (string, error) {
	hidden, err := h.register.Hidden(tx, person)
	if err != nil || hidden {
		return "", err
	}
	name, err := h.register.NameOf(tx, person)
	if fault.CodeOf(err) == fault.Missing && err != nil {
		return "", nil
	}
	return name, err
}

// receiptSeal signs receipts' files as certificates are signed.
type receiptSeal struct{ *seal.Signer }

func (s receiptSeal) Published() (out []json.RawMessage, err error) {
	for _, k := range s.JWKS().Keys {
		one, err := json.Marshal(k)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// enrolLater tells the banks of a hall that is no demo where it is now. One that
// does not answer holds nothing up: what it does not tell, it is asked.
func (h *Hall) enrolLater(ctx context.Context) {
	if err := h.payment.EnrolAll(ctx); err != nil && ctx.Err() == nil {
		h.log.Warn("the bank was not told where the hall is", "error", err)
	}
}

// fees are those of cases: the service part asks for them, and the case hears
// that they were paid.
type fees struct{ h *Hall }

func (f fees) Takes(tx *db.Tx, agency string) (bool, error) { return f.h.payment.Takes(tx, agency) }

func (f fees) FeeTx(tx *db.Tx, c casework.Case, lang locale.Lang) (string, error) {
	return f.h.payment.PageTx(tx, payment.Owed{Agency: c.Agency, Reference: c.Ref, What: c.Title, Amount: money.Amount(c.FeeCents),
		Origin: payment.FromService, Ref: c.Ref, Person: c.Applicant, Back: "/case/" + c.Ref, Lang: lang, Until: c.PayBy})
}

// EndsTx is until when a case's fee is owed: the case lapses then.
func (f fees) EndsTx(tx *db.Tx, ref string, _ payment.Payment) (int64, error) {
	c, err := f.h.cases.Get(tx, ref)
	return c.PayBy, err
}

// OwesTx tells whether a case's fee is owed still.
func (f fees) OwesTx(tx *db.Tx, ref string, _ payment.Payment) (bool, error) {
	c, err := f.h.cases.Get(tx, ref)
	return c.Owes() > 0, err
}

// ConcernedTx are those whom a case is about, who has the company that sent it, and who
// acted in it.
func (f fees) ConcernedTx(tx *db.Tx, ref string, _ payment.Payment) ([]string, error) {
	c, err := f.h.cases.Get(tx, ref)
	if err != nil {
		return nil, err
	}
	list, err := f.h.cases.Subjects(tx, ref)
	return append(list, c.ActedBy), err
}

func (f fees) PaidTx(tx *db.Tx, ref string, _ payment.Payment, receipt string) (bool, error) {
	return f.h.cases.PaidTx(tx, ref, receipt)
}

func (f fees) KeptTx(tx *db.Tx, ref string, _ payment.Payment, receipt string) (bool, error) {
	return f.h.cases.PaidToPersonTx(tx, ref, receipt)
}

// A sandbox is the bank that the demo starts beside itself: on a port of its own,
// with books of its own.
type sandbox struct {
	url    string
	bank   *bank.Bank
	server *http.Server
	stop   context.CancelFunc
	done   chan error
}

// openSandbox opens the sandbox's bank beside a demo, on the port after the
// hall's where that is free, and makes the hall's agencies known to it.
func (h *Hall) openSandbox(ctx context.Context) (*sandbox, error) {
	secret := hook.NewSecret(h.ids.Bytes(hook.SecretSize))
	l, err := listenAfter(h.cfg.Get("listen"))
	if err != nil {
		return nil, fmt.Errorf("the sandbox's bank: %w", err)
	}
	address := "http://" + l.Addr().String()
	b, err := openBank(ctx, bank.Options{Path: filepath.Join(h.cfg.Get("data"), "bank.db"), Who: h.cfg.who, Clock: h.clock, Seed: 1, Admin: secret, BaseURL: address, Log: h.log})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the sandbox's bank: %w", err), l.Close())
	}
	s := &sandbox{url: address, bank: b, done: make(chan error, 1)}
	s.server = &http.Server{Handler: b.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelDebug)}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	go func() { s.done <- b.Run(work) }()
	go func() { _ = s.server.Serve(l) }() // ends with close
	h.payment.Sandbox = acquirer.New(s.url, secret, h.clock, h.ids)
	return s, nil
}

// listenAfter opens the port after an address's, on loopback, or any that is free.
func listenAfter(address string) (net.Listener, error) {
	if _, port, err := net.SplitHostPort(address); err == nil {
		if n, err := strconv.Atoi(port); err == nil && n > 0 && n < 65535 {
			if l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(n+1)); err == nil {
				return l, nil
			}
		}
	}
	return net.Listen("tcp", "127.0.0.1:0")
}

// closeSandbox ends the bank: the hall hears nothing from it any more.
func (h *Hall) closeSandbox(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if err := h.sandbox.close(ctx); err != nil {
		h.log.Warn("the sandbox's bank did not end in order", "error", err)
	}
}

func (s *sandbox) close(ctx context.Context) error {
	if err := s.server.Shutdown(ctx); err != nil {
		_ = s.server.Close() // what still runs is cut
	}
	s.stop()
	err := <-s.done
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, s.bank.Close())
}
