package app

import (
	"context"
	"strings"
	"time"

	"balai/internal/domain/operating"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// probe looks at the hall's working parts, for the public page and for
// monitoring.
type probe struct{ h *Hall }

// patience of each part: after slow it is later than it should be, after down
// it is not working. A restart, in which leases end, is within slow.
var patience = []struct {
	key        string
	slow, down time.Duration
	since      func(h *Hall, tx *db.Tx) (int64, error) // since when the oldest has waited
}{
	{"journal", 10 * time.Second, time.Minute, func(h *Hall, tx *db.Tx) (int64, error) { return h.journal.WaitingSince(tx) }},
	{"work", 2 * time.Minute, 15 * time.Minute, func(h *Hall, tx *db.Tx) (int64, error) { return h.outbox.DueSince(tx) }},
	{"message", 10 * time.Minute, 2 * time.Hour, func(h *Hall, tx *db.Tx) (int64, error) { return h.notify.QueuedSince(tx) }},
}

// slowAnswer is how long the database may take to answer.
const slowAnswer = time.Second

// Checks looks at each part now.
func (p probe) Checks(ctx context.Context) []operating.Check {
	h := p.h
	var waits map[string]time.Duration
	start := h.clock.Now()
	err := h.db.Read(ctx, func(tx *db.Tx) (err error) {
		waits, err = waitsOf(h, tx)
		return err
	})
	pages := operating.Well
	switch {
	case err != nil:
		pages = operating.Down
		h.log.Error("a part of the hall is down", "part", "pages", "error", err)
	case h.clock.Now().Sub(start) > slowAnswer:
		pages = operating.Slow
	}
	out := []operating.Check{{Key: "pages", State: pages}}
	for _, x := range patience {
		state := operating.Well
		switch {
		case err != nil || waits[x.key] >= x.down:
			state = operating.Down
		case waits[x.key] >= x.slow:
			state = operating.Slow
		}
		out = append(out, operating.Check{Key: x.key, State: state})
	}
	return append(out, operating.Check{Key: "file", State: p.files(ctx)})
}

// files asks the store for a file that is nowhere: only "missing" is an answer.
func (p probe) files(ctx context.Context) operating.State {
	if _, err := p.h.blobs.Get(ctx, strings.Repeat("0", 64)); fault.CodeOf(err) != fault.Missing {
		p.h.log.Error("a part of the hall is down", "part", "file", "error", err)
		return operating.Down
	}
	return operating.Well
}
