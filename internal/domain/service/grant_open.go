package service

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/outbox"
)

// The daily sweep finds those to whom no single act opened anything: a rule
// that changed, a birthday, an entry that another system made.
const (
	unaskedSweep = 10 * time.Minute // one turn of it
	unaskedBatch = 100              // entries of one write
	unaskedTurn  = 20               // batches of one turn
)

// awaiting lists the services in force that a new entry of a register may open
// without application.
func (p *Part) awaiting(register string) []*Release {
	return slices.DeleteFunc(p.Services(), func(r *Release) bool {
		return r.Def.Unasked == nil || !slices.Contains(r.Def.Unasked.After, register)
	})
}

// entered tells the jobs of a new entry that some service waits for.
func (h hook) entered(tx *db.Tx, c casework.Case, res definition.Result) error {
	if res.Register == "" || len(h.awaiting(res.Register)) == 0 {
		return nil
	}
	return h.Outbox.Emit(tx, eventEntered, entered{Ref: c.Ref, Register: res.Register})
}

// unasked gives the people whom a new entry concerns what it opens to them.
func (p *Part) unasked(ctx context.Context, j outbox.Job) error {
	var e entered
	if err := json.Unmarshal(j.Args, &e); err != nil {
		return err
	}
	var people []string
	err := p.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := p.Cases.Get(tx, e.Ref)
		if err != nil {
			return err
		}
		subjects, err := p.Cases.Subjects(tx, e.Ref)
		people = append([]string{c.Applicant}, subjects...)
		return err
	})
	if err != nil {
		return err
	}
	for _, rel := range p.awaiting(e.Register) {
		if err := p.giveAll(ctx, rel, people, e.Ref, nil); err != nil {
			return err
		}
	}
	return p.DB.Write(ctx, func(tx *db.Tx) error { return p.Outbox.DoneTx(tx, j) })
}

// giveAll gives a service to those of the people to whom its rules give it. Who
// is not entitled costs a read; with is written in the same commit.
func (p *Part) giveAll(ctx context.Context, rel *Release, people []string, from string, with func(tx *db.Tx) error) error {
	var entitled []string
	err := p.DB.Read(ctx, func(tx *db.Tx) error {
		entitled = entitled[:0]
		for _, person := range people {
			res, _, err := p.entitled(tx, rel, person)
			if err != nil && fault.CodeOf(err) != fault.Missing {
				return err
			}
			if err == nil && res.Unasked && !slices.Contains(entitled, person) {
				entitled = append(entitled, person)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	refs := make([]string, len(entitled))
	for i := range refs {
		refs[i] = p.IDs.Ref("BLH")
	}
	if len(entitled) == 0 && with == nil {
		return nil
	}
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		for i, person := range entitled {
			if _, err := p.grantTx(tx, rel, person, from, refs[i]); err != nil {
				return err
			}
		}
		if with == nil {
			return nil
		}
		return with(tx)
	})
}

// SweepUnasked goes once a day through the registers that services wait for. It
// goes in small steps and remembers each: a hall that stops goes on where it
// was, and nobody is given a thing twice.
func (p *Part) SweepUnasked(ctx context.Context) error {
	for _, rel := range p.Services() {
		if rel.Def.Unasked == nil {
			continue
		}
		for _, register := range rel.Def.Unasked.After {
			for range unaskedTurn {
				more, err := p.sweepStep(ctx, rel, register)
				if err != nil {
					return err
				}
				if !more {
					break
				}
			}
		}
	}
	return nil
}

func (p *Part) sweepStep(ctx context.Context, rel *Release, register string) (more bool, err error) {
	s := sweep{Service: rel.Service, Register: register}
	var holders []Holder
	err = p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if s.Day, s.After, s.Done, err = sweepAt(tx, s.Service, register); err != nil {
			return err
		}
		if s.Day != p.today() {
			s.Day, s.After, s.Done = p.today(), "", false
		}
		if !s.Done {
			holders, err = p.Registers.Holders(tx, register, s.After, unaskedBatch)
		}
		return err
	})
	if err != nil || s.Done {
		return false, err
	}
	var people []string
	for _, h := range holders {
		people, s.After = append(people, h.People...), h.Entry
	}
	s.Done = len(holders) < unaskedBatch
	return !s.Done, p.giveAll(ctx, rel, people, "", func(tx *db.Tx) error { return upsertSweep(tx, s) })
}
