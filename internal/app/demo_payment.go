package app

import (
	"cmp"
	"context"
	"encoding/json"

	"balai/internal/domain/identity"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
)

// demoCollectors are the agencies of the demo that take payments: the plan says
// nineteen and names none, so these are the collectors that people know.
var demoCollectors = []string{
	"jpj", "pdrm", "jpn", "ssm", "imigresen", "lhdn", "kastam", "tanah-selangor", "dbkl", "mbpj", "mbjb",
	"ptptn", "kkm", "jas", "perhilitan", "bomba", "myipo", "jupem", "kpdn",
}

// settingPayment keeps the demo's keys: secrets of nobody, which demo.json tells.
const settingPayment = "demo.payment"

// demoCities are where those of the demo's agencies sit that are not in Putrajaya.
var demoCities = map[string]string{"tanah-selangor": "Shah Alam", "dbkl": "Kuala Lumpur", "mbpj": "Petaling Jaya", "mbjb": "Johor Bahru",
	"ssm": "Kuala Lumpur", "pdrm": "Kuala Lumpur", "lhdn": "Cyberjaya", "ptptn": "Kuala Lumpur", "perhilitan": "Kuala Lumpur", "myipo": "Kuala Lumpur", "jupem": "Kuala Lumpur"}

// demoPayments is what an outside program needs to take and make payments.
type demoPayments struct {
	Agencies []demoCollector `json:"agencies"`
	Bank     string          `json:"sandbox_bank"`
	Payer    string          `json:"payer_account"`
	Secret   string          `json:"webhook_secret"`
}

type demoCollector struct {
	Code    string `json:"code"`
	Key     string `json:"test_api_key"`
	Console string `json:"console"`
	Account string `json:"account"`
}

// payments lets the demo's agencies take money, once, and tells their keys.
func (d *demoCountry) payments(ctx context.Context) (out demoPayments, err error) {
	h := d.hall
	err = h.db.Write(ctx, func(tx *db.Tx) error {
		out = demoPayments{Payer: "demo", Secret: h.payment.DemoSecret()}
		text, err := readSetting(tx, settingPayment)
		if err != nil {
			return err
		}
		keys := map[string]string{}
		if text != "" {
			if err := json.Unmarshal([]byte(text), &keys); err != nil {
				return err
			}
		}
		made := false
		for _, code := range demoCollectors {
			by := actor.System(identity.HallAgency)
			c, err := h.payment.EnableTx(tx, by, code, "")
			if err != nil {
				return err
			}
			if city := demoCities[code]; city != "" {
				if c, err = h.payment.CityTx(tx, by, c, city); err != nil {
					return err
				}
			}
			if keys[code] == "" {
				if _, keys[code], err = h.payment.MakeKeyTx(tx, by, code, "demo", false); err != nil {
					return err
				}
				made = true
			}
			out.Agencies = append(out.Agencies, demoCollector{code, keys[code], h.cfg.Get("base-url") + "/payments/" + code, c.Account})
		}
		if !made {
			return nil
		}
		data, err := json.Marshal(keys)
		if err != nil {
			return err
		}
		return writeSetting(tx, settingPayment, string(data))
	})
	if err == nil {
		err = d.bills(ctx)
	}
	if err != nil {
		return out, err
	}
	if h.sandbox != nil {
		out.Bank = h.sandbox.url
	} else {
		out.Bank = cmp.Or(h.cfg.Get("sandbox-bank-url"), h.cfg.Get("bank-url"))
	}
	if err := h.payment.EnrolAll(ctx); err != nil {
		return out, err
	}
	return out, d.payouts(ctx)
}
