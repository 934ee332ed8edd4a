package app

import (
	"time"

	"balai/internal/domain/identity"
	"balai/internal/domain/register"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// contacts tells the door how long somebody has been reached where they are.
type contacts struct{ *register.Register }

func (c contacts) Settled(tx *db.Tx, person string, before int64) (bool, error) {
	since, err := c.ContactSince(tx, person)
	return since.Mail <= before && since.Phone <= before, err
}

// assurance compares what a service asks for with who is there.
type assurance struct {
	levels identity.Levels
	now    func() time.Time
}

// Enough: whoever acts in a post was let into it by their agency, and an officer
// at a counter sees the person; of them only the sign-in counts.
func (x assurance) Enough(tx *db.Tx, a actor.Actor, known, authentication int) error {
	if a.IsSystem() {
		return nil
	}
	var need []any
	if a.AAL < authentication {
		need = append(need, "aal", authentication)
	}
	if !a.Officer() && x.levels != nil && known > 0 {
		is, err := x.levels.Level(tx, a.Person, clock.Micro(x.now())) // not as it was at sign-in
		if err != nil {
			return err
		}
		if is < known {
			need = append(need, "ial", known)
		}
	}
	if len(need) == 0 {
		return nil
	}
	return fault.New(fault.SignedOut, "web.error.step_up", need...)
}
