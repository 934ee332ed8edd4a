package bill

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

// billWanted reads the bill that a program makes.
func billWanted(f payment.Body, k payment.Key) (b Bill, idNumber string, bad *payment.Refusal) {
	for _, name := range []string{"number", "description", "amount"} {
		if !f.Has(name) {
			return b, "", payment.Lacks("P2101", name)
		}
	}
	if bad = f.Only("P2102", "number", "description", "amount", "currency", "prices", "id_number", "due_date", "partial", "least_amount"); bad != nil {
		return b, "", bad
	}
	if bad = f.Ringgit("P2102"); bad != nil {
		return b, "", bad
	}
	b = Bill{Agency: k.Agency, Live: k.Live}
	for name, to := range map[string]struct {
		text  *string
		limit int
	}{"number": {&b.Number, 60}, "due_date": {&b.DueOn, 10}, "id_number": {&idNumber, 20}} {
		if *to.text, bad = f.Text("P2102", name, to.limit); bad != nil {
			return b, "", bad
		}
	}
	if b.Number == "" {
		return b, "", payment.Invalid("P2102", "number", "Must not be empty")
	}
	if clean(b.Number) != b.Number { // nobody could type it
		return b, "", payment.Invalid("P2102", "number", "Must be one line, with no spaces around it")
	}
	if idNumber != "" {
		var ok bool
		if idNumber, ok = addressee(idNumber); !ok {
			return b, "", payment.Invalid("P2102", "id_number", "Must be an identity card's, a passport's or a company's number")
		}
	}
	if b.What, bad = wordsOf(f, "P2102", "description", true); bad != nil {
		return b, "", bad
	}
	if b.Amount, bad = f.Amount("P2102", "amount", 1, payment.Most); bad != nil {
		return b, "", bad
	}
	if b.Prices, bad = pricesOf(f); bad != nil {
		return b, "", bad
	}
	if b.Partial, bad = f.Flag("P2102", "partial"); bad != nil {
		return b, "", bad
	}
	if f.Has("least_amount") {
		if b.Least, bad = f.Amount("P2102", "least_amount", 1, payment.Most); bad != nil {
			return b, "", bad
		}
		if !b.Partial {
			return b, "", payment.Invalid("P2102", "least_amount", "Must be given with partial only: no parts are taken")
		}
	}
	if field, why := b.wrong(); field != "" {
		return b, "", payment.Invalid("P2102", field, why)
	}
	return b, idNumber, nil
}

// wordsOf is a text in both languages, each of at most 255 letters.
func wordsOf(f payment.Body, code, name string, needed bool) (t locale.Text, bad *payment.Refusal) {
	if !f.Has(name) {
		return t, nil
	}
	var in map[string]string
	if json.Unmarshal(f.Raw(name), &in) != nil {
		return t, payment.Invalid(code, name, `Must be an object with "ms" and "en"`)
	}
	for lang := range in {
		if lang != "ms" && lang != "en" {
			return t, payment.Invalid(code, name, `Must have no other field than "ms" and "en"`)
		}
	}
	t = locale.Text{MS: clean(in["ms"]), EN: clean(in["en"])}
	switch {
	case (t.MS == "") != (t.EN == ""), needed && t.MS == "":
		return t, payment.Invalid(code, name, "Must have both ms and en")
	case len([]rune(t.MS)) > 255 || len([]rune(t.EN)) > 255:
		return t, payment.Invalid(code, name, "Must be less than or equal to 255 characters length")
	case strings.ContainsFunc(t.MS+t.EN, payment.Turns):
		return t, payment.Invalid(code, name, "Must not contain control characters")
	}
	return t, nil
}

func pricesOf(f payment.Body) (out []Price, bad *payment.Refusal) {
	if !f.Has("prices") {
		return nil, nil
	}
	var in []map[string]json.RawMessage // by name, since a name that is spelt wrong is no price
	if json.Unmarshal(f.Raw("prices"), &in) != nil || len(in) > 10 {
		return nil, payment.Invalid("P2102", "prices", "Must be at most ten objects with until and amount")
	}
	for _, one := range in {
		var p Price
		if len(one) != 2 || json.Unmarshal(one["until"], &p.Until) != nil {
			return nil, payment.Invalid("P2102", "prices", "Each has until and amount, and no other field")
		}
		n, err := strconv.ParseInt(string(one["amount"]), 10, 64)
		if err != nil || n < 1 || money.Amount(n) > payment.Most {
			return nil, payment.Invalid("P2102", "prices", "Each amount must be a whole number from 1 to 1000000000")
		}
		p.Amount = money.Amount(n)
		out = append(out, p)
	}
	return out, nil
}

var numberUsed = payment.Refused(http.StatusConflict, "P2103", "The agency has a bill of this number already")

// billMake makes a bill, once for each Idempotency-Key.
func (x *Bills) billMake(w http.ResponseWriter, r *http.Request, k payment.Key) (*payment.Refusal, error) {
	f, data, bad := payment.ReadBody(r, "P2197")
	if bad != nil {
		return bad, nil
	}
	wanted, idNumber, bad := billWanted(f, k)
	if bad != nil {
		return bad, nil
	}
	again, bad := payment.RepeatOf(r, k, "bill", data)
	if bad != nil {
		return bad, nil
	}
	var b Bill
	used := false
	act := func(tx *db.Tx) error {
		used = false
		made, err := again.MadeTx(tx)
		if err != nil {
			return err
		}
		if made != "" {
			b, err = billByID(tx, made)
			return err
		}
		if _, err := billByNumber(tx, k.Agency, k.Live, wanted.Number); !errors.Is(err, db.ErrNoRows) {
			used = err == nil
			return err
		}
		if b, err = x.toTx(tx, wanted, idNumber); err != nil {
			return err
		}
		if b, err = x.MakeTx(tx, journal.By{Agency: k.Agency}, b); err != nil {
			return err
		}
		return again.KeepTx(tx, b.ID, x.now())
	}
	err := x.DB.Write(r.Context(), act)
	if db.IsUnique(err) { // the same came at the same time, and was first
		err = x.DB.Write(r.Context(), act)
	}
	switch {
	case errors.Is(err, payment.ErrRepeat):
		return payment.KeyUsed, nil
	case err != nil:
		return nil, err
	case used:
		return numberUsed, nil
	}
	o := x.out(b)
	w.Header().Set("Location", o.Links.Self.Href)
	return nil, payment.Answer(w, http.StatusCreated, o)
}

// billOf is a bill of the key's agency, and of its kind of money.
func (x *Bills) billOf(tx *db.Tx, r *http.Request, k payment.Key) (b Bill, found bool, err error) {
	b, err = billByID(tx, r.PathValue("id"))
	if errors.Is(err, db.ErrNoRows) || err == nil && (b.Agency != k.Agency || b.Live != k.Live) {
		return b, false, nil
	}
	return b, err == nil, err
}

func (x *Bills) billGet(w http.ResponseWriter, r *http.Request, k payment.Key) (*payment.Refusal, error) {
	var b Bill
	var parts []part
	found := false
	err := x.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if b, found, err = x.billOf(tx, r, k); err == nil && found {
			parts, err = partsOf(tx, b.ID)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return payment.Unknown("P2200"), nil
	}
	o := x.out(b)
	for _, p := range parts {
		o.Payments = append(o.Payments, PayBillPart{p.Payment, p.Amount, p.Receipt, p.Kept})
	}
	return nil, payment.Answer(w, http.StatusOK, o)
}

// listQuery is what a list is asked for.
type listQuery struct {
	State  string `query:"state" enum:"open,part_paid,paid,cancelled"`
	Cursor string `query:"cursor"`
	Size   int64  `query:"display_size" minimum:"1" maximum:"500"`
}

// pageQuery is how much of a list is asked for.
type pageQuery struct {
	Cursor string `query:"cursor"`
	Size   int64  `query:"display_size" minimum:"1" maximum:"500"`
}

func sizeOf(r *http.Request) (int64, bool) {
	text := r.URL.Query().Get("display_size")
	if text == "" {
		return 100, true
	}
	n, err := strconv.ParseInt(text, 10, 32)
	return n, err == nil && n >= 1 && n <= 500
}

// isCursor tells whether a text may be a cursor: an id, or none.
func isCursor(text string) bool {
	_, is := id.Time(text)
	return is || text == ""
}

// unlessMissing is an error that is not of a row that is not there.
func unlessMissing(err error) error {
	if missing(err) {
		return nil
	}
	return err
}

// billList answers bills, the newest first; a cursor goes on where a list ended,
// whatever was made meanwhile.
func (x *Bills) billList(w http.ResponseWriter, r *http.Request, k payment.Key) (*payment.Refusal, error) {
	q := r.URL.Query()
	size, ok := sizeOf(r)
	switch state := State(q.Get("state")); {
	case !ok:
		return payment.Refused(http.StatusUnprocessableEntity, "P2401", "Invalid parameters: display_size"), nil
	case !isCursor(q.Get("cursor")):
		return payment.Refused(http.StatusUnprocessableEntity, "P2401", "Invalid parameters: cursor"), nil
	case state != "" && state != Open && state != PartPaid && state != Paid && state != Cancelled:
		return payment.Refused(http.StatusUnprocessableEntity, "P2401", "Invalid parameters: state"), nil
	}
	var list []Bill
	known := true
	err := x.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if cursor := q.Get("cursor"); cursor != "" {
			b, err := billByID(tx, cursor)
			if known = err == nil && b.Agency == k.Agency && b.Live == k.Live; !known {
				return unlessMissing(err)
			}
		}
		list, err = billsOf(tx, k.Agency, k.Live, q.Get("state"), q.Get("cursor"), size+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !known {
		return payment.Refused(http.StatusUnprocessableEntity, "P2401", "Invalid parameters: cursor"), nil
	}
	o := PayBills{Results: []PayBill{}}
	if int64(len(list)) > size {
		list = list[:size]
		o.Cursor = list[size-1].ID
	}
	for _, b := range list {
		o.Results = append(o.Results, x.out(b))
	}
	return nil, payment.Answer(w, http.StatusOK, o)
}

func (x *Bills) billCancel(w http.ResponseWriter, r *http.Request, k payment.Key) (*payment.Refusal, error) {
	again, bad := payment.RepeatOf(r, k, "bill_cancel", []byte(r.PathValue("id")))
	if bad != nil {
		return bad, nil
	}
	var found bool
	err := x.WriteOnce(r.Context(), func(tx *db.Tx) error {
		b, is, err := x.billOf(tx, r, k)
		if found = is; err != nil || !is {
			return err
		}
		return again.OnceTx(tx, x.now(), func() error { _, err := x.CancelTx(tx, journal.By{Agency: k.Agency}, b); return err })
	})
	switch {
	case errors.Is(err, payment.ErrRepeat):
		return payment.KeyUsed, nil
	case fault.CodeOf(err) == fault.Conflict:
		return payment.Refused(http.StatusBadRequest, "P2501", "The bill has ended"), nil
	case err != nil:
		return nil, err
	case !found:
		return payment.Unknown("P2500"), nil
	}
	w.WriteHeader(http.StatusNoContent)
	return nil, nil
}
