package app

import (
	"context"
	"fmt"

	"balai/internal/domain/backoffice"
	"balai/internal/domain/identity"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
)

// The agency of the demo that keeps a system of its own, and the setting that
// holds the id of that system's key.
const (
	officeAgency  = "jpj"
	settingOffice = "demo.office"
)

// demoBackOffice is the key of the agency's own system, as demo.json tells it.
type demoBackOffice struct {
	Agency  string `json:"agency"`
	APIKey  string `json:"api_key"`
	Secret  string `json:"webhook_secret"`
	Webhook string `json:"webhook_url"`
}

// officeCases are what the agency's system had handed in before the demo opened.
var officeCases = []backoffice.OfficeCase{
	{TheirRef: "OKU-2026-00418", Person: backoffice.Person{Either: "ganesan"}, Service: "jpj/disabled-driver", State: "waiting", Version: 1,
		Title:    backoffice.Words{MS: "Lesen memandu bagi pemandu OKU", EN: "Driving licence for a disabled driver"},
		Question: backoffice.Words{MS: "Adakah kereta anda sudah diubah suai untuk dipandu dengan tangan sahaja?", EN: "Has your car been adapted for driving by hand only?"}},
	{TheirRef: "LM-2026-10077", Person: backoffice.Person{Either: "faridah"}, Service: "jpj/driving-licence", State: "checking", Version: 1,
		Title: backoffice.Words{MS: "Pembaharuan lesen memandu", EN: "Renewal of a driving licence"}},
	{TheirRef: "LM-2026-09213", Person: backoffice.Person{Either: "azlan"}, Service: "jpj/driving-licence", State: "approved", Version: 1,
		Title:  backoffice.Words{MS: "Pembaharuan lesen memandu", EN: "Renewal of a driving licence"},
		Status: backoffice.Words{MS: "Lesen anda diperbaharui selama tiga tahun.", EN: "Your licence is renewed for three years."}},
}

// office gives the agency its key and its first cases, once, and tells the key
// as it is now.
func (d *demoCountry) office(ctx context.Context) (out demoBackOffice, err error) {
	h := d.hall
	err = h.db.Write(ctx, func(tx *db.Tx) error {
		id, err := readSetting(tx, settingOffice)
		if err != nil {
			return err
		}
		var k backoffice.Key
		if id != "" {
			k, err = h.office.KeyTx(tx, id)
		} else if k, err = h.office.MakeKeyTx(tx, actor.System(identity.HallAgency), officeAgency, true); err == nil {
			err = d.officeFirst(tx, k)
		}
		out = demoBackOffice{k.Agency, k.APIKey, k.Secret, k.Webhook}
		return err
	})
	return out, err
}

func (d *demoCountry) officeFirst(tx *db.Tx, k backoffice.Key) error {
	for _, c := range officeCases {
		c.SubmittedOn = d.today
		if err := d.hall.office.PutCaseTx(tx, k, c); err != nil {
			return fmt.Errorf("demo: the case %s of %s: %w", c.TheirRef, officeAgency, err)
		}
	}
	held := backoffice.OfficeHolding{Name: "licence-points", Person: backoffice.Person{Either: "faridah"}, AsOf: d.today,
		Label: backoffice.Words(locale.Text{MS: "Mata demerit lesen memandu", EN: "Demerit points on the driving licence"}),
		Value: backoffice.Words(locale.Same("0")),
		Basis: backoffice.Words(locale.Text{MS: "Akta Pengangkutan Jalan 1987", EN: "Road Transport Act 1987"})}
	if err := d.hall.office.PutHoldingTx(tx, k, held); err != nil {
		return err
	}
	return writeSetting(tx, settingOffice, k.ID)
}
