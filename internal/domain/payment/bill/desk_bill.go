package bill

import (
	"net/http"
	"strconv"
	"strings"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/qrcode"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// deskMost is how many bills and links a desk's page shows.
const deskMost = 50

// A deskView is an agency's bills and payment links, and the forms that make one.
type deskView struct {
	Desk  payment.Desk
	Bills []deskLine
	Links []Product
	Form  map[string]string // as it was typed
	Wrong string            // what is wrong with it
	Field string            // at which field
	Open  string            // the form that is open: bill or link
	Next  string
}

type deskLine struct {
	Bill Bill
	Owed money.Amount
	Late bool
}

func (x *Bills) deskPage(w http.ResponseWriter, r *http.Request) error {
	return x.deskShow(w, r, deskView{}, http.StatusOK)
}

func (x *Bills) deskShow(w http.ResponseWriter, r *http.Request, v deskView, status int) (err error) {
	if v.Desk, err = x.DeskOf(r); err != nil {
		return err
	}
	err = x.DB.Read(r.Context(), func(tx *db.Tx) error {
		agency := v.Desk.Collector.Agency
		list, err := billsOf(tx, agency, v.Desk.Live, "", r.URL.Query().Get("before"), deskMost+1)
		if err != nil {
			return err
		}
		v.Bills, v.Next = nil, ""
		if len(list) > deskMost {
			list = list[:deskMost]
			v.Next = list[deskMost-1].ID
		}
		for _, b := range list {
			v.Bills = append(v.Bills, deskLine{b, b.Owed(x.now()), b.Overdue(x.now())})
		}
		v.Links, err = productsOf(tx, agency, v.Desk.Live, "", deskMost)
		return err
	})
	if err != nil {
		return err
	}
	page := payment.DeskPage(r, web.L(r.Context()).T("payment.desk.bills"))
	page.Error = v.Wrong != ""
	return web.Render(w, r, status, deskPageView(page, v))
}

// again shows the desk with what was typed and what is wrong with it.
func (x *Bills) again(w http.ResponseWriter, r *http.Request, open, field, key string, names ...string) error {
	v := deskView{Open: open, Field: open + "-" + field, Wrong: web.L(r.Context()).T(key), Form: map[string]string{}}
	for _, name := range names {
		v.Form[name] = payment.Typed(r, name, 255)
	}
	return x.deskShow(w, r, v, fault.Status(fault.Invalid))
}

// inDesk is an act of an officer at a desk, and where it leads.
func (x *Bills) inDesk(w http.ResponseWriter, r *http.Request, rest string) error {
	d, err := x.DeskOf(r)
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, d.Path("/bills"+rest))
}

var billFields = []string{"number", "what_ms", "what_en", "amount", "early", "until", "due", "id_number", "partial", "least"}

// deskBill makes a bill.
func (x *Bills) deskBill(w http.ResponseWriter, r *http.Request) error {
	d, err := x.DeskOf(r)
	if err != nil {
		return err
	}
	b, idNumber, field := typedBill(r)
	if field == "" {
		if f, _ := b.wrong(); f != "" {
			field = map[string]string{"prices": "until", "due_date": "due", "least_amount": "least"}[f]
		}
	}
	if field != "" {
		return x.again(w, r, "bill", field, "bill.error.field."+field, billFields...)
	}
	b.Agency, b.Live = d.Collector.Agency, d.Live
	by := journal.ByActor(web.ActorOf(r.Context()))
	err = x.DB.Write(r.Context(), func(tx *db.Tx) error {
		_, err := billByNumber(tx, b.Agency, b.Live, b.Number)
		if err == nil {
			return errNumber
		}
		if !missing(err) {
			return err
		}
		made, err := x.toTx(tx, b, idNumber)
		if err != nil {
			return err
		}
		made, err = x.MakeTx(tx, by, made)
		b.ID = made.ID
		return err
	})
	if fault.CodeOf(err) == fault.Conflict || db.IsUnique(err) {
		return x.again(w, r, "bill", "number", "bill.error.number", billFields...)
	}
	if err != nil {
		return err
	}
	return x.inDesk(w, r, "/bill/"+b.ID)
}

var errNumber = fault.New(fault.Conflict, "bill.error.number")

// typedBill reads the form of a bill; field is one that cannot be so.
func typedBill(r *http.Request) (b Bill, idNumber, field string) {
	b = Bill{Number: payment.Typed(r, "number", 60), What: locale.Text{MS: payment.Typed(r, "what_ms", 255), EN: payment.Typed(r, "what_en", 255)},
		DueOn: payment.Typed(r, "due", 10), Partial: r.PostFormValue("partial") != ""}
	ok := false
	if b.Amount, ok = payment.Ringgit(payment.Typed(r, "amount", 20)); !ok || b.Amount > payment.Most {
		field = "amount"
	}
	if b.What.MS == "" || b.What.EN == "" {
		field = "what_ms"
	}
	if b.Number == "" {
		field = "number"
	}
	if early := payment.Typed(r, "early", 20); early != "" {
		a, ok := payment.Ringgit(early)
		if !ok || a > payment.Most {
			return b, "", "early"
		}
		b.Prices = []Price{{payment.Typed(r, "until", 10), a}}
	}
	if b.Partial {
		if b.Least, ok = payment.Ringgit(payment.Typed(r, "least", 20)); !ok {
			return b, "", "least"
		}
	}
	if idNumber = payment.Typed(r, "id_number", 20); idNumber != "" {
		if idNumber, ok = addressee(idNumber); !ok {
			return b, "", "id_number"
		}
	}
	return b, idNumber, field
}

// ofDesk insists that something is of the desk's agency, and of its money.
func ofDesk(d payment.Desk, agency string, live bool, err error) error {
	if missing(err) || err == nil && (agency != d.Collector.Agency || live != d.Live) {
		return fault.New(fault.Missing, "bill.error.page")
	}
	return err
}

// A printed is a bill or a link with the code that is printed on paper.
type printed struct {
	Desk payment.Desk
	sheet
	Product Product
	Code    string
	URL     string
	QR      qrcode.Picture
}

// deskBillPage is a bill with what is printed on it: its number, its code, and a
// QR that leads to its page.
func (x *Bills) deskBillPage(w http.ResponseWriter, r *http.Request) error {
	d, err := x.DeskOf(r)
	if err != nil {
		return err
	}
	page := payment.DeskPage(r, web.L(r.Context()).T("payment.desk.bills"))
	v := printed{Desk: d}
	err = x.DB.Read(r.Context(), func(tx *db.Tx) error {
		b, err := billByID(tx, r.PathValue("bill"))
		if err := ofDesk(d, b.Agency, b.Live, err); err != nil {
			return err
		}
		v.sheet, err = x.sheetTx(tx, page.L, b)
		return err
	})
	if err != nil {
		return err
	}
	v.Code, v.URL = x.code(v.Bill), x.BaseURL+x.href(v.Bill)
	if v.QR, err = qrcode.Draw(v.URL); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskBillView(page, v))
}

func (x *Bills) deskCancel(w http.ResponseWriter, r *http.Request) error {
	d, err := x.DeskOf(r)
	if err != nil {
		return err
	}
	id := r.PathValue("bill")
	err = x.DB.Write(r.Context(), func(tx *db.Tx) error {
		b, err := billByID(tx, id)
		if err := ofDesk(d, b.Agency, b.Live, err); err != nil || b.State.Ended() {
			return err
		}
		_, err = x.CancelTx(tx, journal.ByActor(web.ActorOf(r.Context())), b)
		return err
	})
	if err != nil {
		return err
	}
	return x.inDesk(w, r, "/bill/"+id)
}

var linkFields = []string{"slug", "title_ms", "title_en", "about_ms", "about_en", "price", "min", "max", "ref_ms", "ref_en"}

// deskLink makes a payment link, without a line of a program.
func (x *Bills) deskLink(w http.ResponseWriter, r *http.Request) error {
	d, err := x.DeskOf(r)
	if err != nil {
		return err
	}
	both := func(name string) locale.Text {
		return locale.Text{MS: payment.Typed(r, name+"_ms", 255), EN: payment.Typed(r, name+"_en", 255)}
	}
	p := Product{Agency: d.Collector.Agency, Live: d.Live, Slug: strings.ToLower(payment.Typed(r, "slug", 61)), Title: both("title"), About: both("about"), Reference: both("ref")}
	for name, to := range map[string]*money.Amount{"price": &p.Fixed, "min": &p.Least, "max": &p.Most} {
		if text := payment.Typed(r, name, 20); text != "" {
			ok := false
			if *to, ok = payment.Ringgit(text); !ok {
				return x.again(w, r, "link", name, "bill.error.field.price", linkFields...)
			}
		}
	}
	field, _ := p.wrong()
	switch {
	case (p.About.MS == "") != (p.About.EN == ""):
		field = "about_ms"
	case (p.Reference.MS == "") != (p.Reference.EN == ""):
		field = "ref_ms"
	}
	if field != "" {
		at := map[string]string{"slug": "slug", "title": "title_ms", "price": "price", "min_amount": "min", "about_ms": "about_ms", "ref_ms": "ref_ms"}[field]
		return x.again(w, r, "link", at, "bill.error.field."+at, linkFields...)
	}
	err = x.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		made, err := x.MakeLinkTx(tx, journal.ByActor(web.ActorOf(r.Context())), p)
		p.ID = made.ID
		return err
	})
	if fault.CodeOf(err) == fault.Conflict || db.IsUnique(err) {
		return x.again(w, r, "link", "slug", "bill.error.slug", linkFields...)
	}
	if err != nil {
		return err
	}
	return x.inDesk(w, r, "/link/"+p.ID)
}

// deskLinkPage is a link with a QR of its address, to print and put up.
func (x *Bills) deskLinkPage(w http.ResponseWriter, r *http.Request) error {
	d, err := x.DeskOf(r)
	if err != nil {
		return err
	}
	v := printed{Desk: d}
	err = x.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Product, err = productByID(tx, r.PathValue("link"))
		return ofDesk(d, v.Product.Agency, v.Product.Live, err)
	})
	if err != nil {
		return err
	}
	v.URL = x.BaseURL + v.Product.Path()
	if v.QR, err = qrcode.Draw(v.URL); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskLinkView(payment.DeskPage(r, web.L(r.Context()).T("payment.desk.bills")), v))
}

func (x *Bills) deskEnd(w http.ResponseWriter, r *http.Request) error {
	d, err := x.DeskOf(r)
	if err != nil {
		return err
	}
	err = x.DB.Write(r.Context(), func(tx *db.Tx) error {
		p, err := productByID(tx, r.PathValue("link"))
		if err := ofDesk(d, p.Agency, p.Live, err); err != nil || p.EndedAt != 0 {
			return err
		}
		return x.EndLinkTx(tx, journal.ByActor(web.ActorOf(r.Context())), p)
	})
	if err != nil {
		return err
	}
	return x.inDesk(w, r, "")
}

func itoa(n int) string { return strconv.Itoa(n) }

// box is the view box of a code with its quiet zone.
func box(q qrcode.Picture) string { return "-4 -4 " + itoa(q.Size+8) + " " + itoa(q.Size+8) }

func quiet(q qrcode.Picture) string {
	n := itoa(q.Size + 8)
	return "M-4 -4h" + n + "v" + n + "h-" + n + "z"
}

// errs is what is wrong with a field of the desk's forms.
func (v deskView) errs(field string) ui.ErrorMessageProps {
	if v.Field == field {
		return ui.Err(v.Wrong)
	}
	return ui.Err("")
}
