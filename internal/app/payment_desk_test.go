package app

import (
	"strings"
	"testing"

	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
)

// TestFinanceDesk: an agency's finance sees its own money and no other's, an
// auditor and the Accountant General's look at all, and nobody else at any.
func TestFinanceDesk(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.seat("f5", "jpn", "jpn/treasurer")
		r.seat("f6", "jkm", "jkm/treasurer")
		r.seat("f7", "anm", "anm/treasurer")
		r.write(func(tx *db.Tx) error {
			for _, agency := range []string{"jpn", "jkm"} {
				if _, err := r.payment.EnableTx(tx, actor.System("jpn"), agency, ""); err != nil {
					return err
				}
			}
			_, err := r.payment.CreateTx(tx, payment.Payment{Agency: "jpn", Live: true, Amount: 5000, Currency: "MYR", Reference: "LEWAT-1", Description: "Fi lewat", Language: "ms", Origin: payment.FromAPI, ExpiresAt: 3_600_000_000})
			return err
		})
		page := r.gets(200, "f5/post", "GET", "/payments/jpn?lang=en", nil).body
		for _, want := range []string{"LEWAT-1", "RM50.00", "Waits for its payer", "Taken in 14 days"} {
			if !strings.Contains(strings.ReplaceAll(page, "\u00a0", " "), want) {
				t.Errorf("the desk's page lacks %q", want)
			}
		}
		r.gets(404, "f6/post", "GET", "/payments/jpn", nil)
		r.gets(404, "salmah/post", "GET", "/payments/jpn", nil)
		r.gets(403, "salmah/post", "GET", "/payments", nil)
		if at := r.gets(303, "f6/post", "GET", "/payments", nil).Header.Get("Location"); at != "/payments/jkm" {
			t.Errorf("a finance officer is led to %q", at)
		}
		page = r.gets(200, "f7/post", "GET", "/payments?days=7&lang=en", nil).body
		if !strings.Contains(page, `href="/payments/jpn"`) || !strings.Contains(page, `href="/payments/jkm"`) {
			t.Error("the overview lacks an agency")
		}
		r.gets(200, "f7/post", "GET", "/payments/jpn", nil)
	})
}
