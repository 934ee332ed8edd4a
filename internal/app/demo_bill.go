package app

import (
	"context"

	"balai/internal/domain/identity"
	"balai/internal/domain/payment/bill"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

// settingBills tells that the demo's links and bills were made: an officer who
// ends one does not find it again at the next start.
const settingBills = "demo.bills"

// demoLink is something that people pay each of the demo's agencies for. Where
// one price is the real one's, it is fixed; else the payer says how much.
type demoLink struct {
	agency, slug string
	title        locale.Text
	fixed        money.Amount
	least, most  money.Amount
	reference    locale.Text
}

func ms(malay, english string) locale.Text { return locale.Text{MS: malay, EN: english} }

var demoLinks = []demoLink{
	{"jpj", "lesen-memandu", ms("Pembaharuan lesen memandu, satu tahun", "Driving licence renewal, one year"), 3000, 0, 0, ms("Nombor lesen", "Licence number")},
	{"pdrm", "saman-trafik", ms("Saman trafik", "Traffic summons"), 0, 1000, 500000, ms("Nombor saman", "Summons number")},
	{"jpn", "gantian-mykad", ms("Gantian MyKad yang hilang, kali pertama", "Replacement of a lost MyKad, first time"), 11000, 0, 0, ms("Nombor permohonan", "Application number")},
	{"ssm", "carian-syarikat", ms("Carian profil syarikat", "Company profile search"), 1000, 0, 0, ms("Nombor pendaftaran syarikat", "Company registration number")},
	{"imigresen", "pasport", ms("Pasport antarabangsa", "International passport"), 20000, 0, 0, ms("Nombor permohonan", "Application number")},
	{"lhdn", "duti-setem", ms("Duti setem", "Stamp duty"), 0, 1000, 10_000_000, ms("Nombor adjudikasi", "Adjudication number")},
	{"kastam", "duti-import", ms("Duti dan cukai barang kiriman", "Duty and tax on a parcel"), 0, 100, 10_000_000, ms("Nombor borang", "Form number")},
	{"tanah-selangor", "cukai-tanah", ms("Cukai tanah", "Quit rent"), 0, 100, 10_000_000, ms("Nombor akaun hakmilik", "Title account number")},
	{"dbkl", "kompaun-letak-kereta", ms("Kompaun letak kereta", "Parking compound"), 0, 1000, 30000, ms("Nombor kompaun", "Compound number")},
	{"mbpj", "cukai-taksiran", ms("Cukai taksiran", "Assessment tax"), 0, 100, 10_000_000, ms("Nombor akaun cukai", "Tax account number")},
	{"mbjb", "sewa-dewan", ms("Sewa dewan orang ramai", "Community hall rent"), 0, 5000, 500000, ms("Nombor tempahan", "Booking number")},
	{"ptptn", "bayaran-balik", ms("Bayaran balik pinjaman pendidikan", "Education loan repayment"), 0, 1000, 10_000_000, ms("Nombor akaun pinjaman", "Loan account number")},
	{"kkm", "bil-hospital", ms("Bil hospital", "Hospital bill"), 0, 100, 10_000_000, ms("Nombor bil", "Bill number")},
	{"jas", "kompaun-alam-sekitar", ms("Kompaun alam sekitar", "Environmental compound"), 0, 5000, 10_000_000, ms("Nombor kompaun", "Compound number")},
	{"perhilitan", "permit-masuk", ms("Permit masuk taman negara", "National park entry permit"), 100, 0, 0, locale.Text{}},
	{"bomba", "perakuan-bomba", ms("Perakuan bomba premis", "Fire certificate of premises"), 0, 5000, 10_000_000, ms("Nombor permohonan", "Application number")},
	{"myipo", "cap-dagangan", ms("Pemfailan cap dagangan", "Trade mark filing"), 95000, 0, 0, ms("Nombor permohonan", "Application number")},
	{"jupem", "peta", ms("Peta dan pelan", "Maps and plans"), 0, 500, 500000, ms("Nombor lembaran", "Sheet number")},
	{"kpdn", "tribunal-pengguna", ms("Pemfailan tuntutan Tribunal Pengguna", "Filing of a claim with the Consumer Tribunal"), 500, 0, 0, ms("Nombor borang tuntutan", "Claim form number")},
}

// demoBill is what a persona has to pay; days are counted from the demo's today.
type demoBill struct {
	agency, number, person string
	what                   locale.Text
	amount, early          money.Amount
	earlyDays, dueDays     int
	least                  money.Amount // of a part; 0 whole only
}

var demoBills = []demoBill{
	{"pdrm", "AW2611-004417", "azlan", ms("Saman: memandu melebihi had laju", "Summons: driving above the speed limit"), 30000, 15000, 15, 60, 0},
	{"mbpj", "CT-2026-2-118204", "ganesan", ms("Cukai taksiran, separuh tahun kedua 2026", "Assessment tax, second half of 2026"), 41280, 0, 0, 30, 5000},
	{"ptptn", "PTPTN-2611-55031", "arvind", ms("Ansuran pinjaman pendidikan", "Education loan instalment"), 25000, 0, 0, 10, 0},
	{"jpj", "LKM-2026-90271", "jason", ms("Cukai jalan kenderaan", "Road tax"), 9000, 0, 0, 21, 0},
	{"tanah-selangor", "CTN-2026-77310", "ganesan", ms("Cukai tanah 2026, dengan caj lewat selepas tarikh akhir", "Quit rent 2026, with a late charge after the due date"), 13200, 12000, 14, 14, 0},
	{"kkm", "HKL-26-303118", "farah", ms("Bil hospital", "Hospital bill"), 4500, 0, 0, 14, 0},
}

// bills gives the demo's agencies something to be paid for, and some of its people
// something to pay, once.
func (d *demoCountry) bills(ctx context.Context) error {
	h := d.hall
	return h.db.Write(ctx, func(tx *db.Tx) error {
		if done, err := readSetting(tx, settingBills); err != nil || done != "" {
			return err
		}
		by := journal.ByActor(actor.System(identity.HallAgency))
		for _, l := range demoLinks {
			if _, err := h.bill.MakeLinkTx(tx, by, bill.Product{Agency: l.agency, Slug: l.slug, Title: l.title, Fixed: l.fixed, Least: l.least, Most: l.most, Reference: l.reference}); err != nil {
				return err
			}
		}
		for _, b := range demoBills {
			made := bill.Bill{Agency: b.agency, Number: b.number, What: b.what, Amount: b.amount, Person: b.person, DueOn: d.after(b.dueDays), Partial: b.least > 0, Least: b.least}
			if b.early > 0 {
				made.Prices = []bill.Price{{Until: d.after(b.earlyDays), Amount: b.early}}
			}
			if _, err := h.bill.MakeTx(tx, by, made); err != nil {
				return err
			}
		}
		return writeSetting(tx, settingBills, "1")
	})
}

// after is so many days from the demo's today.
func (d *demoCountry) after(days int) string {
	t, err := clock.ParseDay(d.today)
	if err != nil {
		return d.today
	}
	return clock.Day(t.AddDate(0, 0, days))
}
