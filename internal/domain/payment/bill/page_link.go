package bill

import (
	"net/http"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// A linkView is a payment link as its page shows it.
type linkView struct {
	Product   Product
	Agency    locale.Text
	Amount    string // as it was typed
	Reference string
	Wrong     map[string]string // by field
}

func (v linkView) problems() (out []ui.Problem) {
	for _, name := range []string{"amount", "reference"} {
		if v.Wrong[name] != "" {
			out = append(out, ui.Problem{Href: "#" + name, Text: v.Wrong[name]})
		}
	}
	return out
}

// wrong says of every field at once what cannot be; amount is what was typed, or
// the price.
func (v linkView) wrong(l locale.Printer, p Product, amount money.Amount) map[string]string {
	wrong := map[string]string{}
	switch {
	case v.Amount != "" && amount == 0:
		wrong["amount"] = l.T("bill.error.typed")
	case !p.May(amount):
		wrong["amount"] = l.T("bill.error.limits")
	}
	if !p.Reference.Empty() && v.Reference == "" {
		wrong["reference"] = l.T("bill.error.reference")
	}
	return wrong
}

func (x *Bills) linkOf(tx *db.Tx, r *http.Request) (Product, error) {
	p, err := productBySlug(tx, r.PathValue("agency"), r.PathValue("slug"))
	if missing(err) {
		err = errLink
	}
	return p, err
}

func (x *Bills) linkPage(w http.ResponseWriter, r *http.Request) error {
	return x.linkShow(w, r, linkView{}, http.StatusOK)
}

func (x *Bills) linkShow(w http.ResponseWriter, r *http.Request, v linkView, status int) error {
	err := x.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Product, err = x.linkOf(tx, r); err != nil {
			return err
		}
		v.Agency, err = x.agency(tx, v.Product.Agency)
		return err
	})
	if err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).Pick(v.Product.Title))
	page.Public, page.Lead, page.Error = true, page.L.Pick(v.Product.About), len(v.Wrong) > 0
	return web.Render(w, r, status, linkPageView(page, v))
}

// linkPay makes a payment of what was typed, and leads to its page.
func (x *Bills) linkPay(w http.ResponseWriter, r *http.Request) error {
	if err := x.FewAsks(r); err != nil {
		return err
	}
	l := web.L(r.Context())
	v := linkView{Amount: payment.Typed(r, "amount", 20), Reference: payment.Typed(r, "reference", 60)}
	to := ""
	err := x.DB.Write(r.Context(), func(tx *db.Tx) error {
		p, err := x.linkOf(tx, r)
		if err != nil {
			return err
		}
		amount := p.Fixed
		if p.Fixed == 0 {
			amount, _ = payment.Ringgit(v.Amount)
		}
		if v.Wrong = v.wrong(l, p, amount); len(v.Wrong) > 0 {
			return errLimits
		}
		to, err = x.OrderTx(tx, p, amount, v.Reference, l.Lang())
		return err
	})
	if len(v.Wrong) > 0 {
		return x.linkShow(w, r, v, fault.Status(fault.Invalid))
	}
	if err != nil {
		return err
	}
	return x.leave(w, r, to)
}
