package notice

import (
	"context"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// Untold is a callback that an agency's system has not taken.
type Untold struct {
	Notification, Service string
	Tries, Status         int64 // how often it was told, and what it answered last; 0 for nothing
	Error                 string
	TriedAt, EndedAt      int64 // EndedAt is 0 while it is told again
	Agency                string
	Type                  Type
	Ended                 Status // of the message
}

// Untold are the callbacks that were not taken, the last tried first; agency ""
// is every agency.
func (p *Part) Untold(ctx context.Context, agency string, limit int) (list []Untold, err error) {
	err = p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		list, err = untold(tx, agency, limit)
		return err
	})
	return list, err
}

// replayMost bounds what one commit queues.
const replayMost = 1000

// Replay tells an agency's system once more what was given up: of one message,
// or, for notification "", of all of the agency's. What is still told again by
// itself is left alone.
func (p *Part) Replay(ctx context.Context, agency, notification string) (n int, err error) {
	for {
		var some int
		err := p.DB.Write(ctx, func(tx *db.Tx) (err error) {
			some, err = p.replayTx(tx, agency, notification)
			return err
		})
		if n += some; err != nil || some < replayMost {
			return n, err
		}
	}
}

func (p *Part) replayTx(tx *db.Tx, agency, notification string) (n int, err error) {
	list, err := givenUp(tx, agency, notification, replayMost)
	if err != nil {
		return 0, err
	}
	if len(list) == 0 && notification != "" {
		return 0, fault.New(fault.Missing, "notice.error.no_callback", "id", notification)
	}
	for _, u := range list {
		switch to, err := callbackOf(tx, u.Service); {
		case err != nil:
			return 0, err
		case to.URL == "":
			return 0, fault.New(fault.Conflict, "notice.error.nowhere", "agency", u.Agency)
		}
		again, err := takeUp(tx, u.Notification)
		if err != nil {
			return 0, err
		}
		if !again { // by somebody else, meanwhile
			continue
		}
		if err := p.Jobs.Enqueue(tx, jobCallback, sendJob{u.Notification}); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// keepUntold keeps what became of one try that was not taken.
func (p *Part) keepUntold(ctx context.Context, u Untold) error {
	return p.DB.Write(ctx, func(tx *db.Tx) error { return upsertUntold(tx, u) })
}
