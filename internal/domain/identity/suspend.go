package identity

import (
	"context"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// Suspend shuts the door to a person or to an officer's posts (kind is person
// or staff), in one commit with the end of all that is open; undo opens it
// again.
func (x *Identity) Suspend(ctx context.Context, by actor.Actor, kind, id string, undo bool) error {
	return x.db.Write(ctx, func(tx *db.Tx) error { return x.SuspendTx(tx, by, kind, id, undo) })
}

// SuspendTx is Suspend in another act's transaction.
func (x *Identity) SuspendTx(tx *db.Tx, by actor.Actor, kind, id string, undo bool) error {
	if kind != suspendPerson && kind != suspendStaff {
		return fault.New(fault.Invalid, "identity.error.suspend_kind")
	}
	if _, err := x.fullName(tx, id); err != nil {
		return err
	}
	leaf, why := "signin.suspended", locale.Text{MS: "Log masuk digantung.", EN: "Signing in was suspended."}
	if undo {
		leaf, why = "signin.lifted", locale.Text{MS: "Penggantungan log masuk ditamatkan.", EN: "The suspension of signing in was lifted."}
		if was, err := lift(tx, kind, id); err != nil || !was {
			return err
		}
	} else {
		if err := suspend(tx, kind, id, x.now()); err != nil {
			return err
		}
		if err := x.sessions.EndAllTx(tx, id); err != nil {
			return err
		}
	}
	_, err := x.journal.Append(tx, journal.Record{Kind: leaf, By: journal.ByActor(by), Subjects: []string{id}, Why: why,
		Data: map[string]any{"kind": kind}})
	return err
}

// Suspended tells whether a person may sign in by no means.
func (x *Identity) Suspended(tx *db.Tx, person string) (bool, error) {
	return suspended(tx, suspendPerson, person)
}

// open refuses whoever is suspended, whichever way they come: it is asked in the
// transaction that begins the session.
func (x *Identity) open(tx *db.Tx, person, post string) error {
	no := fault.New(fault.Denied, "identity.error.suspended")
	if is, err := suspended(tx, suspendPerson, person); err != nil || is {
		return or(err, no)
	}
	if post == "" {
		return nil
	}
	if is, err := suspended(tx, suspendStaff, person); err != nil || is {
		return or(err, no)
	}
	return nil
}

func or(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// fullName is a person's name, from the register or, of an officer from
// elsewhere, the directory.
func (x *Identity) fullName(tx *db.Tx, person string) (string, error) {
	name, err := x.people.NameOf(tx, person)
	if fault.CodeOf(err) != fault.Missing {
		return name, err
	}
	officer, err := x.directory.Person(tx, person)
	return officer.Name, err
}
