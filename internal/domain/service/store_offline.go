package service

import (
	"errors"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// packRow is a pack as the hall remembers it.
type packRow struct {
	ID, Service     string
	Number          int64
	Unit            string
	Entries         int64
	MadeAt, UntilAt int64
}

func insertPack(tx *db.Tx, p packRow) error {
	_, err := tx.Exec(`insert into service_pack (id, service, number, unit, entries, made_at, until_at) values ($1,$2,$3,$4,$5,$6,$7)`,
		p.ID, p.Service, p.Number, p.Unit, p.Entries, p.MadeAt, p.UntilAt)
	return err
}

func packByID(tx *db.Tx, id string) (p packRow, err error) {
	err = tx.QueryRow(`select id, service, number, unit, entries, made_at, until_at from service_pack where id=$1`, id).
		Scan(&p.ID, &p.Service, &p.Number, &p.Unit, &p.Entries, &p.MadeAt, &p.UntilAt)
	if errors.Is(err, db.ErrNoRows) {
		return p, fault.New(fault.Missing, "service.offline.no_pack", "pack", id)
	}
	return p, err
}

// OfflineEntry is what became of one entry. Content is empty once it is settled.
type OfflineEntry struct {
	Pack, Key, Number, State string
	Content                  string
	Person, Ref, Other       string // Other is the case that it may repeat
	Why                      locale.Text
	By                       string
	At                       int64
	Settled                  bool
}

const offlineCols = `pack, key, number, state, content, person, ref, other, why, by_person, at, settled`

func scanOffline(s db.Scanner) (e OfflineEntry, err error) {
	var why string
	if err = s.Scan(&e.Pack, &e.Key, &e.Number, &e.State, &e.Content, &e.Person, &e.Ref, &e.Other, &why, &e.By, &e.At, &e.Settled); err == nil {
		e.Why, err = decode[locale.Text](why)
	}
	return e, err
}

func offlineEntry(tx *db.Tx, pack, key string) (e OfflineEntry, ok bool, err error) {
	e, err = db.One(tx, scanOffline, `select `+offlineCols+` from service_offline where pack=$1 and key=$2`, pack, key)
	if errors.Is(err, db.ErrNoRows) {
		return e, false, nil
	}
	return e, err == nil, err
}

func upsertOffline(tx *db.Tx, e OfflineEntry) error {
	_, err := tx.Exec(`insert into service_offline (`+offlineCols+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)
		on conflict (pack, key) do update set state=excluded.state, content=excluded.content, person=excluded.person, ref=excluded.ref,
		other=excluded.other, why=excluded.why, by_person=excluded.by_person, at=excluded.at, settled=excluded.settled`,
		e.Pack, e.Key, e.Number, e.State, e.Content, e.Person, e.Ref, e.Other, encode(e.Why), e.By, e.At, e.Settled)
	return err
}

// openOf lists the open applications of people for a service.
func openOf(tx *db.Tx, service string, people []string) ([]Application, error) {
	if len(people) == 0 {
		return nil, nil
	}
	args := []any{service}
	for _, p := range people {
		args = append(args, p)
	}
	return db.List(tx, scanApplication, `select `+applicationCols+` from service_application
		where service=$1 and open and person in (`+db.In(2, len(people))+`) order by sent_at, ref`, args...)
}

// openOffline lists what waits at an agency, oldest first.
func openOffline(tx *db.Tx, agency string, limit int) ([]OfflineEntry, error) {
	return db.List(tx, scanOffline, `select o.pack, o.key, o.number, o.state, o.content, o.person, o.ref, o.other, o.why, o.by_person, o.at, o.settled
		from service_offline o join service_pack p on p.id = o.pack
		where not o.settled and substr(p.service, 1, length($1)) = $1 order by o.at, o.pack, o.key limit $2`, agency+"/", limit)
}
