package directory

import (
	"errors"
	"fmt"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
)

const leaveSelect = `select id, person, post, stand_in, from_at, until_at from directory_leave l`

func scanLeave(s db.Scanner) (l Leave, err error) {
	return l, s.Scan(&l.ID, &l.Person, &l.Post, &l.StandIn, &l.From, &l.Until)
}

func insertLeave(tx *db.Tx, l Leave, now int64) error {
	_, err := tx.Exec(`insert into directory_leave (id, person, post, stand_in, from_at, until_at, recorded_at)
		values ($1, $2, $3, $4, $5, $6, $7)`, l.ID, l.Person, l.Post, l.StandIn, l.From, l.Until, now)
	if err != nil {
		return fmt.Errorf("directory: leave: %w", err)
	}
	return nil
}

func endLeave(tx *db.Tx, l Leave) error {
	_, err := tx.Exec(`update directory_leave set until_at = $2 where id = $1`, l.ID, l.Until)
	return err
}

// Leave finds a leave.
func (x *Directory) Leave(tx *db.Tx, id string) (Leave, error) {
	l, err := db.One(tx, scanLeave, leaveSelect+` where id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return l, missing("leave", id)
	}
	return l, err
}

// leavesBetween are those of a person that touch [from, until).
func (x *Directory) leavesBetween(tx *db.Tx, column, person string, from, until int64) ([]Leave, error) {
	return db.List(tx, scanLeave, leaveSelect+` where `+column+` = $1 and from_at < $3 and until_at > $2 order by from_at`, person, from, until)
}

// LeavesOf are the leaves from a post that are not over at a time, the next first.
func (x *Directory) LeavesOf(tx *db.Tx, post string, at int64) ([]Leave, error) {
	return db.List(tx, scanLeave, leaveSelect+` where post = $1 and until_at > $2 and until_at > from_at order by from_at`, post, at)
}

// Away is the leave on which a person is from a post at a time.
func (x *Directory) Away(tx *db.Tx, person, post string, at int64) (Leave, bool, error) {
	l, err := db.One(tx, scanLeave, leaveSelect+` where person = $1 and post = $2 and from_at <= $3 and until_at > $3 limit 1`, person, post, at)
	if errors.Is(err, db.ErrNoRows) {
		return l, false, nil
	}
	return l, err == nil, err
}

// standing is that the stand-in of leave l is there and still holds a post of
// the agency, and the person still holds theirs: at $3.
const standing = ` and l.from_at <= $3 and l.until_at > $3
	and exists (select 1 from directory_holding g where g.post = l.post and g.person = l.person and g.from_at <= $3 and (g.until_at = 0 or g.until_at > $3))
	and exists (select 1 from directory_holding h join directory_post s on s.id = h.post join directory_unit u on u.id = s.unit
		where h.person = l.stand_in and u.agency = (select v.agency from directory_post p join directory_unit v on v.id = p.unit where p.id = l.post) and h.from_at <= $3 and (h.until_at = 0 or h.until_at > $3))
	and not exists (select 1 from directory_leave o where o.person = l.stand_in and o.from_at <= $3 and o.until_at > $3)`

// StandsIn are the leaves in which a person stands in at a time; of a post,
// or of any where post is "".
func (x *Directory) StandsIn(tx *db.Tx, person, post string, at int64) ([]Leave, error) {
	return db.List(tx, scanLeave, leaveSelect+` where l.stand_in = $1 and ($2 = '' or l.post = $2)`+standing+` order by l.from_at`, person, post, at)
}

// Holds tells whether a person holds a post in their own right.
func (x *Directory) Holds(tx *db.Tx, person, post string, at int64) (actor.PostInfo, bool, error) {
	p, err := db.One(tx, scanPost, postSelect+` where p.id = $1 and exists (
		select 1 from directory_holding h where h.post = p.id and h.person = $2
		and h.from_at <= $3 and (h.until_at = 0 or h.until_at > $3))`, post, person, at)
	if errors.Is(err, db.ErrNoRows) {
		return actor.PostInfo{}, false, nil
	}
	if err != nil {
		return actor.PostInfo{}, false, fmt.Errorf("directory: holds %s: %w", post, err)
	}
	return actor.PostInfo{Post: p.ID, Role: p.Role, Agency: p.Agency, Unit: p.Unit, State: p.State, Title: p.Title}, true, nil
}

// HeldBy lists the posts that a person holds in their own right.
func (x *Directory) HeldBy(tx *db.Tx, person string, at int64) ([]Post, error) {
	return db.List(tx, scanPost, postSelect+` join directory_holding h on h.post = p.id
		where h.person = $1 and h.from_at <= $2 and (h.until_at = 0 or h.until_at > $2) order by p.id`, person, at)
}
