package service

import (
	"errors"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// States of an offer. One that was put aside can be brought back until it ends.
const (
	offerOpen      = "open"
	offerAccepted  = "accepted"
	offerDismissed = "dismissed"
	offerEnded     = "ended"
)

// Offer is a service that a yes elsewhere makes a person eligible for. UntilAt
// is the first moment, in unix microseconds, at which it stands no longer.
type Offer struct {
	ID, Person, Service, Subject, FromRef, State, Ref string
	CreatedAt, UntilAt                                int64
}

const offerCols = `id, person, service, subject, from_ref, state, ref, created_at, until_at`

func scanOffer(s db.Scanner) (o Offer, err error) {
	err = s.Scan(&o.ID, &o.Person, &o.Service, &o.Subject, &o.FromRef, &o.State, &o.Ref, &o.CreatedAt, &o.UntilAt)
	return o, err
}

// insertOffer keeps an offer; made is false where the thing was offered before
// and that offer has not ended.
func insertOffer(tx *db.Tx, o Offer) (made bool, err error) {
	n, err := tx.Exec(`insert into service_offer (`+offerCols+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9)
		on conflict (person, service, subject) do update set from_ref=excluded.from_ref, state=excluded.state,
		created_at=excluded.created_at, until_at=excluded.until_at where service_offer.state='ended'`,
		o.ID, o.Person, o.Service, o.Subject, o.FromRef, o.State, o.Ref, o.CreatedAt, o.UntilAt)
	return n == 1, err
}

// offers are those that a person can take now.
func offers(tx *db.Tx, person string, now int64) ([]Offer, error) {
	return db.List(tx, scanOffer, `select `+offerCols+` from service_offer
		where person=$1 and state='open' and until_at > $2 order by created_at desc, id`, person, now)
}

// offersOf are all that a person ever had, newest first.
func offersOf(tx *db.Tx, person string) ([]Offer, error) {
	return db.List(tx, scanOffer, `select `+offerCols+` from service_offer where person=$1 order by created_at desc, id limit 100`, person)
}

func offerByID(tx *db.Tx, id string) (Offer, error) {
	o, err := db.One(tx, scanOffer, `select `+offerCols+` from service_offer where id=$1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return o, fault.New(fault.Missing, "web.error.missing")
	}
	return o, err
}

// moveOffer changes an offer's state; moved is false where somebody did before.
func moveOffer(tx *db.Tx, id, from, to string) (moved bool, err error) {
	n, err := tx.Exec(`update service_offer set state=$3 where id=$1 and state=$2`, id, from, to)
	return n == 1, err
}

// overOffers are those whose time is over and that were not ended yet.
func overOffers(tx *db.Tx, now int64, limit int) ([]Offer, error) {
	return db.List(tx, scanOffer, `select `+offerCols+` from service_offer
		where state in ('open','dismissed') and until_at <= $1 order by until_at, id limit $2`, now, limit)
}

// settleOffers closes the offer that an application answers: the one that was
// accepted, or the one about the same thing where the person applied another
// way.
func settleOffers(tx *db.Tx, person, service, subject, offer, ref string) error {
	_, err := tx.Exec(`update service_offer set state='accepted', ref=$1
		where person=$2 and service=$3 and (subject=$4 or id=$5) and state in ('open','dismissed')`, ref, person, service, subject, offer)
	return err
}

// endOffers takes back what a yes had opened and nobody has accepted yet.
func endOffers(tx *db.Tx, from string) error {
	_, err := tx.Exec(`delete from service_offer where from_ref=$1 and state in ('open','dismissed')`, from)
	return err
}
