package bill

import (
	"errors"
	"net/http"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/money"
)

// PayProductAsk is a payment link as an agency's system makes it.
type PayProductAsk struct {
	Slug        string    `json:"slug" maxLength:"60" doc:"Of its address: small letters, digits and hyphens; test- is put before a test's"`
	Title       PayWords  `json:"title"`
	Description *PayWords `json:"description,omitempty"`
	Price       int64     `json:"price,omitempty" doc:"in sen; without it, the payer says how much within the limits"`
	Currency    string    `json:"currency,omitempty" enum:"MYR"`
	Least       int64     `json:"min_amount,omitempty"`
	Most        int64     `json:"max_amount,omitempty"`
	Reference   *PayWords `json:"reference_label,omitempty" doc:"What the payer types in, such as the number of a plate"`
}

// PayProduct is a payment link.
type PayProduct struct {
	ID          string       `json:"product_id"`
	Slug        string       `json:"slug"`
	Title       PayWords     `json:"title"`
	Description *PayWords    `json:"description,omitempty"`
	Price       money.Amount `json:"price,omitempty"`
	Least       money.Amount `json:"min_amount,omitempty"`
	Most        money.Amount `json:"max_amount,omitempty"`
	Reference   *PayWords    `json:"reference_label,omitempty"`
	Status      string       `json:"status" enum:"active,inactive"`
	Created     string       `json:"created_date"`
	Links       struct {
		Self payment.PayLink `json:"self"`
		Pay  payment.PayLink `json:"pay" doc:"Its page, for everybody"`
	} `json:"_links"`
}

// PayProducts is some of an agency's links, the newest first.
type PayProducts struct {
	Results []PayProduct `json:"results"`
	Cursor  string       `json:"next_cursor,omitempty"`
}

func (x *Bills) productOut(p Product) (o PayProduct) {
	o = PayProduct{ID: p.ID, Slug: p.Slug, Title: PayWords{p.Title.MS, p.Title.EN}, Price: p.Fixed, Least: p.Least, Most: p.Most, Status: "active", Created: iso(p.MadeAt)}
	if !p.About.Empty() {
		o.Description = &PayWords{p.About.MS, p.About.EN}
	}
	if !p.Reference.Empty() {
		o.Reference = &PayWords{p.Reference.MS, p.Reference.EN}
	}
	if p.EndedAt != 0 {
		o.Status = "inactive"
	}
	o.Links.Self = x.V1("GET", "products", p.ID)
	o.Links.Pay = payment.PayLink{Href: x.BaseURL + p.Path(), Method: "GET"}
	return o
}

func productWanted(f payment.Body, k payment.Key) (p Product, bad *payment.Refusal) {
	for _, name := range []string{"slug", "title"} {
		if !f.Has(name) {
			return p, payment.Lacks("P2601", name)
		}
	}
	if bad = f.Only("P2602", "slug", "title", "description", "price", "currency", "min_amount", "max_amount", "reference_label"); bad != nil {
		return p, bad
	}
	if bad = f.Ringgit("P2602"); bad != nil {
		return p, bad
	}
	p = Product{Agency: k.Agency, Live: k.Live}
	if p.Slug, bad = f.Text("P2602", "slug", 60); bad != nil {
		return p, bad
	}
	if p.Title, bad = wordsOf(f, "P2602", "title", true); bad != nil {
		return p, bad
	}
	if p.About, bad = wordsOf(f, "P2602", "description", false); bad != nil {
		return p, bad
	}
	if p.Reference, bad = wordsOf(f, "P2602", "reference_label", false); bad != nil {
		return p, bad
	}
	for name, to := range map[string]*money.Amount{"price": &p.Fixed, "min_amount": &p.Least, "max_amount": &p.Most} {
		if f.Has(name) {
			if *to, bad = f.Amount("P2602", name, 1, payment.Most); bad != nil {
				return p, bad
			}
		}
	}
	if field, why := p.wrong(); field != "" {
		return p, payment.Invalid("P2602", field, why)
	}
	return p, nil
}

var slugUsed = payment.Refused(http.StatusConflict, "P2603", "The agency has a link of this slug already")

// productMake makes a link, once for each Idempotency-Key.
func (x *Bills) productMake(w http.ResponseWriter, r *http.Request, k payment.Key) (*payment.Refusal, error) {
	f, data, bad := payment.ReadBody(r, "P2697")
	if bad != nil {
		return bad, nil
	}
	wanted, bad := productWanted(f, k)
	if bad != nil {
		return bad, nil
	}
	again, bad := payment.RepeatOf(r, k, "product", data)
	if bad != nil {
		return bad, nil
	}
	var p Product
	act := func(tx *db.Tx) error {
		made, err := again.MadeTx(tx)
		if err != nil {
			return err
		}
		if made != "" {
			p, err = productByID(tx, made)
			return err
		}
		if p, err = x.MakeLinkTx(tx, journal.By{Agency: k.Agency}, wanted); err != nil {
			return err
		}
		return again.KeepTx(tx, p.ID, x.now())
	}
	err := x.DB.Write(r.Context(), act)
	if db.IsUnique(err) {
		err = x.DB.Write(r.Context(), act)
	}
	switch {
	case errors.Is(err, payment.ErrRepeat):
		return payment.KeyUsed, nil
	case fault.CodeOf(err) == fault.Conflict:
		return slugUsed, nil
	case err != nil:
		return nil, err
	}
	o := x.productOut(p)
	w.Header().Set("Location", o.Links.Self.Href)
	return nil, payment.Answer(w, http.StatusCreated, o)
}

// productOf is a link of the key's agency, and of its kind of money.
func productOf(tx *db.Tx, r *http.Request, k payment.Key) (p Product, found bool, err error) {
	p, err = productByID(tx, r.PathValue("id"))
	if missing(err) || err == nil && (p.Agency != k.Agency || p.Live != k.Live) {
		return p, false, nil
	}
	return p, err == nil, err
}

func (x *Bills) productGet(w http.ResponseWriter, r *http.Request, k payment.Key) (*payment.Refusal, error) {
	var p Product
	found := false
	err := x.DB.Read(r.Context(), func(tx *db.Tx) (err error) { p, found, err = productOf(tx, r, k); return err })
	if err != nil {
		return nil, err
	}
	if !found {
		return payment.Unknown("P2700"), nil
	}
	return nil, payment.Answer(w, http.StatusOK, x.productOut(p))
}

// productList answers links that have not ended, the newest first.
func (x *Bills) productList(w http.ResponseWriter, r *http.Request, k payment.Key) (*payment.Refusal, error) {
	size, ok := sizeOf(r)
	if !ok {
		return payment.Refused(http.StatusUnprocessableEntity, "P2801", "Invalid parameters: display_size"), nil
	}
	if !isCursor(r.URL.Query().Get("cursor")) {
		return payment.Refused(http.StatusUnprocessableEntity, "P2801", "Invalid parameters: cursor"), nil
	}
	var list []Product
	cursor, known := r.URL.Query().Get("cursor"), true
	err := x.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if cursor != "" {
			p, err := productByID(tx, cursor)
			if known = err == nil && p.Agency == k.Agency && p.Live == k.Live; !known {
				return unlessMissing(err)
			}
		}
		list, err = productsOf(tx, k.Agency, k.Live, cursor, size+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !known {
		return payment.Refused(http.StatusUnprocessableEntity, "P2801", "Invalid parameters: cursor"), nil
	}
	o := PayProducts{Results: []PayProduct{}}
	if int64(len(list)) > size {
		list = list[:size]
		o.Cursor = list[size-1].ID
	}
	for _, p := range list {
		o.Results = append(o.Results, x.productOut(p))
	}
	return nil, payment.Answer(w, http.StatusOK, o)
}

func (x *Bills) productEnd(w http.ResponseWriter, r *http.Request, k payment.Key) (*payment.Refusal, error) {
	found := false
	err := x.DB.Write(r.Context(), func(tx *db.Tx) error {
		p, is, err := productOf(tx, r, k)
		if found = is && p.EndedAt == 0; err != nil || !found {
			return err
		}
		return x.EndLinkTx(tx, journal.By{Agency: k.Agency}, p)
	})
	switch {
	case err != nil:
		return nil, err
	case !found:
		return payment.Unknown("P2900"), nil
	}
	w.WriteHeader(http.StatusNoContent)
	return nil, nil
}
