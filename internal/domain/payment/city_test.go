package payment_test

import (
	"strings"
	"testing"

	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// A council's QR names the council's own city: a payer's telephone shows it. One
// that does not say its city is not put into the federal capital.
func TestCityOfQR(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.write(func(tx *db.Tx) error {
			return r.Directory.LoadTx(tx, directory.Set{
				Agencies: []directory.Agency{{ID: "mbpj", Name: locale.Same("Majlis Bandaraya Petaling Jaya"), Level: directory.Local, State: "MY-10"}},
				Units:    []directory.Unit{{ID: "mbpj", Agency: "mbpj", Name: locale.Same("MBPJ"), State: "MY-10"}}})
		})
		by := actor.System("balai")
		_, err := r.EnableIn(t.Context(), actor.System("balai"), "jkr", "", "")
		f, is := fault.As(err)
		if !is || f.Code != fault.Missing || f.Key != "payment.error.unlisted" {
			t.Error("an agency that the directory has not:", err)
		}
		texts, err := locale.Load(payment.Texts)
		if err != nil {
			t.Fatal(err)
		}
		for _, lang := range []locale.Lang{locale.Malay, locale.English} {
			if text := texts.For(lang).T(f.Key, f.Args...); !strings.Contains(text, "jkr") || !strings.Contains(text, "/admin/import") || !strings.Contains(text, "balai admin invite") {
				t.Error("it is not said how the directory is filled:", text)
			}
		}
		for _, city := range []string{"", "郵", "Seri Kembangan Selatan"} {
			if _, err := r.EnableIn(t.Context(), by, "mbpj", "", city); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%q: %v", city, err)
			}
		}
		for _, city := range []string{"Shah Alam", "Petaling Jaya", ""} { // it is mended, and stays
			if _, err := r.EnableIn(t.Context(), by, "mbpj", "", city); err != nil {
				t.Fatal(city, err)
			}
		}
		if c, err := r.EnableIn(t.Context(), by, "jpj", "", ""); err != nil || c.City != "PUTRAJAYA" {
			t.Error(c.City, err)
		}
		r.write(func(tx *db.Tx) error {
			_, text, err := r.MakeKeyTx(tx, by, "mbpj", "test", false)
			r.keys["mbpj"] = text
			return err
		})
		a := r.call("mbpj", "POST", "/v1/payments", wanted, "")
		q := r.call("mbpj", "GET", "/v1/payments/"+a.str("payment_id")+"/qr", "", "")
		if !strings.Contains(q.str("payload"), "6013PETALING JAYA") || strings.Contains(q.str("payload"), "PUTRAJAYA") {
			t.Error(q.text)
		}
	})
}
