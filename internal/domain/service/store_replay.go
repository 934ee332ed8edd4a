package service

import (
	"balai/internal/spine/db"
)

// pastRow is a past application as stored; its parts are decoded one by one,
// so that one that cannot be read stands in the way of no other.
type pastRow struct {
	Ref                                       string
	Number                                    int64
	Verdict                                   string
	Answers, Facts, Accepted, Disputed, Files string
	SentAt                                    int64
}

// pastOf pages through a service's applications in the order of their
// references, after one of them.
func pastOf(tx *db.Tx, service string, since int64, after string, limit int) ([]pastRow, error) {
	return db.List(tx, func(s db.Scanner) (r pastRow, err error) {
		return r, s.Scan(&r.Ref, &r.Number, &r.Verdict, &r.Answers, &r.Facts, &r.Accepted, &r.Disputed, &r.Files, &r.SentAt)
	}, `select ref, number, verdict, answers, facts, accepted, disputed, files, sent_at from service_application
		where service=$1 and ref > $2 and sent_at >= $3 order by ref limit $4`, service, after, since, limit)
}

// standing counts the applications of a service that stand with an entry.
func standing(tx *db.Tx, service string) (n int, err error) {
	return n, tx.QueryRow(`select count(*) from service_application where service=$1 and open and entry <> ''`, service).Scan(&n)
}
