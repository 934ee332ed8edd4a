package bill

import (
	"regexp"
	"strings"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

// Product is a link by which anybody pays for something.
type Product struct {
	ID, Agency string
	Live       bool
	Slug       string      // of its address: /p/AGENCY/SLUG; a test's beside real money has testMark
	Title      locale.Text // what is paid for
	About      locale.Text // empty: nothing more is said
	Fixed      money.Amount
	Least      money.Amount // where the payer says how much; Fixed is 0 then
	Most       money.Amount
	Reference  locale.Text // what the payer types in, such as a plate's number; empty nothing
	MadeBy     string
	MadeAt     int64
	EndedAt    int64
}

// Path is its page.
func (p Product) Path() string { return "/p/" + p.Agency + "/" + p.Slug }

// May tells whether an amount may be paid by the link.
func (p Product) May(amount money.Amount) bool {
	if p.Fixed > 0 {
		return amount == p.Fixed
	}
	return amount >= p.Least && amount <= p.Most && p.Least > 0
}

var slugs = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// testMark begins the addresses of tests' links in a hall of real money, and no
// other's: an agency's key for tests takes no address that people are to pay at.
const testMark = "test-"

// wrong says what of a link cannot be, "" nothing.
func (p Product) wrong() (field, why string) {
	switch {
	case !slugs.MatchString(p.Slug) || len(p.Slug) > 60:
		return "slug", "Must be small letters, digits and single hyphens, at most 60"
	case p.Live && strings.HasPrefix(p.Slug, testMark):
		return "slug", "Must not begin with test-, as those of tests do"
	case p.Title.MS == "" || p.Title.EN == "":
		return "title", "Must have both ms and en"
	case p.Fixed > 0 && (p.Least > 0 || p.Most > 0):
		return "price", "Must not be given with min_amount or max_amount"
	case p.Fixed == 0 && (p.Least < 1 || p.Most < p.Least):
		return "min_amount", "Must be given with max_amount, and not be more, where there is no price"
	case max(p.Fixed, p.Least, p.Most) > payment.Most:
		return "price", "Must be less than or equal to 1000000000"
	}
	return "", ""
}

var (
	errSlug      = fault.New(fault.Conflict, "bill.error.slug")
	errLink      = fault.New(fault.Missing, "bill.error.link")
	errReference = fault.New(fault.Invalid, "bill.error.reference")
	errLimits    = fault.New(fault.Invalid, "bill.error.limits")
)

// MakeLinkTx makes a payment link. One of an agency has an address at a time.
func (x *Bills) MakeLinkTx(tx *db.Tx, by journal.By, p Product) (Product, error) {
	if !p.Live && !x.Demo && !strings.HasPrefix(p.Slug, testMark) {
		p.Slug = testMark + p.Slug
	}
	was, err := productBySlug(tx, p.Agency, p.Slug)
	switch {
	case missing(err):
	case err != nil:
		return p, err
	case p.Live && !was.Live: // a test's of before there was the mark
		if err := x.EndLinkTx(tx, by, was); err != nil {
			return p, err
		}
	default:
		return p, errSlug
	}
	p.ID, p.MadeAt, p.MadeBy = x.IDs.New(), x.now(), by.Person
	if err := insertProduct(tx, p); err != nil {
		return p, err
	}
	return p, x.noteLink(tx, by, p, "bill.link_made", locale.Text{MS: "Pautan bayaran dibuat.", EN: "A payment link was made."})
}

// EndLinkTx ends a payment link. Payments that were begun by it go on.
func (x *Bills) EndLinkTx(tx *db.Tx, by journal.By, p Product) error {
	if p.EndedAt != 0 {
		return errLink
	}
	p.EndedAt = x.now()
	if err := endProduct(tx, p); err != nil {
		return err
	}
	return x.noteLink(tx, by, p, "bill.link_ended", locale.Text{MS: "Pautan bayaran ditamatkan.", EN: "A payment link was ended."})
}

func (x *Bills) noteLink(tx *db.Tx, by journal.By, p Product, kind string, why locale.Text) error {
	_, err := x.Journal.Append(tx, journal.Record{Kind: kind, By: by, Why: why, Data: map[string]any{"agency": p.Agency, "link": p.ID, "slug": p.Slug, "live": p.Live}})
	return err
}

// OrderTx is the address of the page on which somebody pays by a link. Each time
// is a payment of its own: the link is everybody's.
func (x *Bills) OrderTx(tx *db.Tx, p Product, amount money.Amount, reference string, lang locale.Lang) (string, error) {
	switch {
	case p.EndedAt != 0:
		return "", errLink
	case !p.May(amount):
		return "", errLimits
	case !p.Reference.Empty() && reference == "":
		return "", errReference
	}
	if p.Reference.Empty() {
		reference = p.Slug
	}
	return x.PageTx(tx, payment.Owed{Agency: p.Agency, Reference: reference, What: p.Title, Amount: amount, Origin: payment.FromLink, Ref: p.ID + "/" + x.IDs.New(), Back: p.Path(),
		Lang: lang, Test: !p.Live})
}
