package bill

import (
	"errors"

	"balai/internal/spine/db"
)

func missing(err error) bool { return errors.Is(err, db.ErrNoRows) }

const productColumns = `id, agency, live, slug, title_ms, title_en, about_ms, about_en, fixed, least, most, reference_ms, reference_en, made_by, made_at, ended_at`

func scanProduct(s db.Scanner) (p Product, err error) {
	err = s.Scan(&p.ID, &p.Agency, &p.Live, &p.Slug, &p.Title.MS, &p.Title.EN, &p.About.MS, &p.About.EN, &p.Fixed, &p.Least, &p.Most, &p.Reference.MS, &p.Reference.EN, &p.MadeBy, &p.MadeAt, &p.EndedAt)
	return p, err
}

func insertProduct(tx *db.Tx, p Product) error {
	_, err := tx.Exec(`insert into bill_product (`+productColumns+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)`,
		p.ID, p.Agency, p.Live, p.Slug, p.Title.MS, p.Title.EN, p.About.MS, p.About.EN, int64(p.Fixed), int64(p.Least), int64(p.Most), p.Reference.MS, p.Reference.EN, p.MadeBy, p.MadeAt, p.EndedAt)
	return err
}

func endProduct(tx *db.Tx, p Product) error {
	_, err := tx.Exec(`update bill_product set ended_at = $2 where id = $1 and ended_at = 0`, p.ID, p.EndedAt)
	return err
}

func productByID(tx *db.Tx, id string) (Product, error) {
	return db.One(tx, scanProduct, `select `+productColumns+` from bill_product where id = $1`, id)
}

// productBySlug is the one that has an address now.
func productBySlug(tx *db.Tx, agency, slug string) (Product, error) {
	return db.One(tx, scanProduct, `select `+productColumns+` from bill_product where agency = $1 and slug = $2 and ended_at = 0`, agency, slug)
}

// productsOf are an agency's that have not ended, the newest first, before an id.
func productsOf(tx *db.Tx, agency string, live bool, before string, limit int64) ([]Product, error) {
	return db.List(tx, scanProduct, `select `+productColumns+` from bill_product where agency = $1 and live = $2 and ended_at = 0 and ($3 = '' or id < $3)
		order by id desc limit $4`, agency, live, before, limit)
}

// productsAll are those of all agencies that have not ended.
func productsAll(tx *db.Tx, live bool, limit int64) ([]Product, error) {
	return db.List(tx, scanProduct, `select `+productColumns+` from bill_product where live = $1 and ended_at = 0 order by agency, slug limit $2`, live, limit)
}
