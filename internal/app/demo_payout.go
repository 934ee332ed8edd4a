package app

import (
	"context"
	"fmt"
	"strings"

	"balai/internal/domain/identity"
	"balai/internal/domain/payment/payout"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// The demo's agency that pays people, what the Treasury gave it for that, and the
// reference under which the bank booked it.
const (
	demoPays              = "ptptn"
	demoGrant             = "WARAN-2026-11"
	demoGrantSum          = money.Amount(250_000_00)
	demoPayout            = "Pinjaman November 2026"
	demoPayees            = 24
	demoFirst, demoSecond = "0000", "9999" // an account that ends so is refused, and comes back
)

// payouts leaves a list of payments before the second officer of an agency, once,
// with money in its fund and in its account at the sandbox's bank.
func (d *demoCountry) payouts(ctx context.Context) error {
	h := d.hall
	if h.sandbox == nil {
		return nil
	}
	var by actor.Actor
	var account string
	err := h.db.Write(ctx, func(tx *db.Tx) error {
		c, err := h.payment.CollectorTx(tx, demoPays)
		if err != nil {
			return err
		}
		account = c.Account
		officers, err := h.directory.Officers(tx, demoPays+"-treasurer-1", clock.Micro(h.clock.Now()))
		if err != nil {
			return err
		}
		if len(officers) == 0 {
			return fmt.Errorf("%s has no finance officer", demoPays)
		}
		by = officers[0]
		return h.payout.FundTx(tx, actor.System(identity.HallAgency), demoPays, false, demoGrantSum, demoGrant)
	})
	if err != nil {
		return err
	}
	if err := h.sandbox.bank.Grant(ctx, account, demoGrant, demoGrantSum, "Waran peruntukan"); err != nil {
		return err
	}
	_, no, err := h.payout.Take(ctx, payout.File{Agency: demoPays, Format: payout.CSV, Body: strings.NewReader(demoSheet()), Reference: demoPayout,
		Description: "Bantuan sara hidup pelajar", By: by})
	if err == nil && no != nil && no.Of == nil {
		err = fmt.Errorf("the demo's list of payments has %d errors", no.Bad)
	}
	return err
}

// demoSheet is a list of made-up students, of whom one account is refused, one comes
// back, and one is there twice.
func demoSheet() string {
	names := []string{"Nur Aina binti Roslan", "Lim Wei Jie", "Kavitha a/p Raman", "Muhammad Haziq bin Zulkifli", "Chong Mei Ling", "Siti Khadijah binti Omar", "Arvin a/l Selvam", "Dayang Nurul binti Abang"}
	banks := []string{"MBBEMYKL", "CIBBMYKL", "PBBEMYKL", "RHBBMYKL", "BIMBMYKL"}
	var b strings.Builder
	b.WriteString("akaun,bank,nama,amaun,rujukan,butiran\n")
	for i := range demoPayees {
		account := fmt.Sprintf("5142%08d", 10203040+i*771)
		switch i {
		case 6:
			account = account[:8] + demoFirst
		case 13:
			account = account[:8] + demoSecond
		case 20:
			account = fmt.Sprintf("5142%08d", 10203040+12*771)
		}
		fmt.Fprintf(&b, "%s,%s,%s,%d.00,PT-2026-11-%04d,Elaun November\n", account, banks[i%len(banks)], names[i%len(names)], 300+i%4*150, i+1)
	}
	return b.String()
}
