package payment_test

import (
	"testing"

	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
)

// Who is enabled by a command that knows no bank is made known by the open hall, once;
// a bank that was away hears of it when it is back.
func TestEnabledBesideTheHall(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.write(func(tx *db.Tx) error {
			return r.Directory.LoadTx(tx, directory.Set{
				Agencies: []directory.Agency{{ID: "jpn", Name: locale.Same("JPN"), Level: directory.Federal}},
				Units:    []directory.Unit{{ID: "jpn", Agency: "jpn", Name: locale.Same("JPN"), State: "MY-16"}}})
		})
		deps := r.Deps
		deps.Sandbox = nil
		if _, err := payment.New(deps).Enable(t.Context(), actor.System("balai"), "jpn", ""); err != nil {
			t.Fatal(err)
		}
		knows := func() bool { return r.bank.merchants["MYJPN"] != nil }
		away := func(is bool) {
			r.bank.mu.Lock()
			defer r.bank.mu.Unlock()
			r.bank.away = is
		}
		away(true)
		if err := r.EnrolNew(t.Context()); err == nil || knows() {
			t.Errorf("a bank that is away was told: %v", err)
		}
		away(false)
		if err := r.EnrolNew(t.Context()); err != nil || !knows() {
			t.Fatalf("the bank was not told: %v", err)
		}
		delete(r.bank.merchants, "MYJPN")
		delete(r.bank.merchants, "MYJPJ")
		if err := r.EnrolNew(t.Context()); err != nil || len(r.bank.merchants) != 1 {
			t.Errorf("the bank is told again: %v, %v", err, r.bank.merchants)
		}
	})
}
