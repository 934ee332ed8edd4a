package bill

import (
	"crypto/hmac"
	"errors"
	"net/http"
	"strings"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/secret"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// lookup is the form with which anybody finds a bill in their hand.
type lookup struct {
	Agency, Number, Code string
	Agencies             []ui.SelectItem
	Links                []linkView // by which anybody pays for something, without a bill
	Problems             []ui.Problem
	Wrong                map[string]string // by field
}

func (x *Bills) findPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query() // a bill's own code may lead here with both
	return x.findAgain(w, r, lookup{Agency: q.Get("agency"), Number: q.Get("number")}, http.StatusOK)
}

func (x *Bills) findAgain(w http.ResponseWriter, r *http.Request, v lookup, status int) (err error) {
	if v.Agencies, err = x.Choice(r); err != nil {
		return err
	}
	if v.Links, err = x.links(r); err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("bill.find.title"))
	page.Error, page.Public, page.Lead = len(v.Problems) > 0, true, page.L.T("bill.find.lead")
	return web.Render(w, r, status, findView(page, v))
}

// links are the payment links of all agencies, by agency.
func (x *Bills) links(r *http.Request) (out []linkView, err error) {
	err = x.DB.Read(r.Context(), func(tx *db.Tx) error {
		list, err := productsAll(tx, !x.Demo, 200)
		if err != nil {
			return err
		}
		out = nil
		for _, p := range list {
			name, err := x.agency(tx, p.Agency)
			if err != nil {
				return err
			}
			out = append(out, linkView{Product: p, Agency: name})
		}
		return nil
	})
	return out, err
}

// findBill leads the holder of a bill to its page. It says the same of a number
// that is no bill's and of a code that is wrong, and does the same work for both.
func (x *Bills) findBill(w http.ResponseWriter, r *http.Request) error {
	v := lookup{Agency: payment.Typed(r, "agency", 40), Number: payment.Typed(r, "number", 60), Code: payment.Typed(r, "code", 20)}
	if v.Problems, v.Wrong = payment.Blank(web.L(r.Context()), "agency", v.Agency, "bill.find.agency.blank", "number", v.Number, "bill.find.number.blank",
		"code", v.Code, "bill.find.code.blank"); len(v.Problems) > 0 {
		return x.findAgain(w, r, v, fault.Status(fault.Invalid))
	}
	if err := x.Few(r, "bill", v.Agency, strings.ToLower(v.Number)); err != nil {
		return err
	}
	var found Bill
	err := x.DB.Read(r.Context(), func(tx *db.Tx) error {
		found = Bill{}
		for _, live := range []bool{true, false} {
			list, err := billsTyped(tx, v.Agency, live, v.Number)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				list = []Bill{{}} // costs as much
			}
			for _, b := range list {
				knows, err := x.knows(tx, b, v.Code)
				if err != nil {
					return err
				}
				if knows && found.ID == "" {
					found = b
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if found.ID == "" {
		v.Problems = []ui.Problem{{Href: "#number", Text: web.L(r.Context()).T("bill.find.none")}}
		return x.findAgain(w, r, v, fault.Status(fault.Invalid))
	}
	return web.SeeOther(w, r, x.href(found))
}

// knows tells whether a text is what only a bill's addressee knows: the code that
// is printed on it, or the last four digits of the number that it was made to. So
// whom the register knows makes no difference. A bill that is not there costs as
// much.
func (x *Bills) knows(tx *db.Tx, b Bill, text string) (bool, error) {
	text = secret.Typed(text)
	code, four := hmac.Equal([]byte(x.code(b)), []byte(text)), b.LastFour
	if four == "" && b.Person != "" { // made before the digits were kept
		number, err := x.people.NumberOf(tx, b.Person)
		if err != nil && fault.CodeOf(err) != fault.Missing && !errors.Is(err, db.ErrNoRows) {
			return false, err
		}
		four = lastFour(number)
	}
	last := len(four) == 4 && hmac.Equal([]byte(four), []byte(text))
	return b.ID != "" && (code || last), nil
}
