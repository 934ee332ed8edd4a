package casework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"balai/internal/spine/db"
	"balai/internal/spine/outbox"
)

const (
	jobRemind = "casework.remind"
	jobLapse  = "casework.lapse"
)

// answerJob names one question: the case and the number of its ask act.
type answerJob struct {
	Ref string `json:"ref"`
	Ask int    `json:"ask"`
}

func (e *Engine) registerJobs() {
	e.outbox.Handle(jobRemindFee, e.feeHandler(false, e.remindFee))
	e.outbox.Handle(jobUnpaid, e.feeHandler(true, e.lapseUnpaid))
	e.outbox.Handle(jobRemind, e.answerHandler(func(tx *db.Tx, c Case, ask Act) error {
		_, err := e.system(tx, c, Act{Kind: Remind, Data: map[string]any{
			"ask": ask.ID, "question": ask.Data["question"], "answer_due_at": c.AnswerDueAt}})
		return err
	}))
	e.outbox.Handle(jobLapse, e.answerHandler(func(tx *db.Tx, c Case, ask Act) error {
		at, err := e.moment(tx, c)
		if err != nil {
			return err
		}
		a := Act{Kind: Lapse, At: at, Data: map[string]any{"ask": ask.ID, "note": "no answer"}}
		if err := e.run(tx, &c, &a); err != nil {
			return err
		}
		_, err = e.system(tx, c, a)
		return err
	}))
}

// answerHandler runs do if the case still waits for the answer to that
// question, and finishes the job in the same transaction.
func (e *Engine) answerHandler(do func(*db.Tx, Case, Act) error) func(context.Context, outbox.Job) error {
	return func(ctx context.Context, j outbox.Job) error {
		var args answerJob
		if err := json.Unmarshal(j.Args, &args); err != nil {
			return fmt.Errorf("casework: %s: %w", j.Kind, err)
		}
		return e.db.Write(ctx, func(tx *db.Tx) error {
			c, err := e.Get(tx, args.Ref)
			if err != nil {
				return err
			}
			ask, err := lastAct(tx, args.Ref, Ask)
			if err != nil && !errors.Is(err, db.ErrNoRows) {
				return err
			}
			if err == nil && c.State == Waiting && ask.N == args.Ask {
				if err := do(tx, c, ask); err != nil {
					return err
				}
			}
			return e.outbox.DoneTx(tx, j)
		})
	}
}
