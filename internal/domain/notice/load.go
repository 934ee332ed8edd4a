package notice

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// Load takes the catalogue's templates in: what is new or was changed becomes a
// version beside the old ones, what is gone can be sent no more and is still
// read. Where nothing changed, nothing is written.
func (p *Part) Load(ctx context.Context, catalogue fs.FS) error {
	list, problems := ReadTemplates(catalogue)
	if len(problems) > 0 {
		return fmt.Errorf("notice: %s", strings.Join(problems, "; "))
	}
	stale := false
	err := p.DB.Read(ctx, func(tx *db.Tx) error {
		changed, gone, err := changes(tx, list)
		stale = len(changed)+len(gone) > 0
		return err
	})
	if err != nil || !stale {
		return err
	}
	defer p.standing.forget()
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock("notice.load"); err != nil {
			return err
		}
		changed, gone, err := changes(tx, list)
		if err != nil {
			return err
		}
		for _, t := range changed {
			t.Version, t.MadeAt = t.Version+1, p.now()
			if err := insertTemplate(tx, t); err != nil {
				return err
			}
			if err := p.recordTemplate(tx, t, "notice.template_released", locale.Text{
				MS: "Versi templat pesanan dikeluarkan.", EN: "A version of a message template was released."}); err != nil {
				return err
			}
		}
		for _, t := range gone {
			if err := endTemplate(tx, t.ID, p.now()); err != nil {
				return err
			}
			if err := p.recordTemplate(tx, t, "notice.template_ended", locale.Text{
				MS: "Templat pesanan ditamatkan.", EN: "A message template was ended."}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *Part) recordTemplate(tx *db.Tx, t Template, kind string, why locale.Text) error {
	by := journal.ByActor(actor.System(t.Agency))
	_, err := p.Journal.Append(tx, journal.Record{Kind: kind, By: by, Why: why,
		Data: map[string]any{"template": t.ID, "version": t.Version, "name": t.Slug}})
	return err
}

// changes compares the catalogue with what stands: changed carry the version
// that they follow.
func changes(tx *db.Tx, list []Template) (changed, gone []Template, err error) {
	standing, err := newestTemplates(tx)
	if err != nil {
		return nil, nil, err
	}
	byID := map[string]Template{}
	for _, t := range standing {
		byID[t.ID] = t
	}
	for _, t := range list {
		old, known := byID[t.ID]
		if !known || old.EndedAt != 0 || !t.same(old) {
			t.Version = old.Version
			changed = append(changed, t)
		}
		delete(byID, t.ID)
	}
	for _, t := range standing {
		if _, left := byID[t.ID]; left && t.EndedAt == 0 {
			gone = append(gone, t)
		}
	}
	return changed, gone, nil
}

// board keeps templates as they were read a moment ago: each message asks for
// one, and they change only when a process starts.
type board struct {
	mu   sync.Mutex
	read map[string]posted // by agency and id
}

type posted struct {
	Template
	at time.Time
}

// boardLife is how long a new version may stay unseen.
const boardLife = 3 * time.Second

// newest is an agency's template as it is sent.
func (b *board) newest(ctx context.Context, p *Part, agency, id string) (t Template, err error) {
	now := p.Clock.Now()
	b.mu.Lock()
	one, ok := b.read[agency+" "+id]
	b.mu.Unlock()
	if age := now.Sub(one.at); ok && age >= 0 && age < boardLife {
		return one.Template, nil
	}
	if err := p.DB.Read(ctx, func(tx *db.Tx) (err error) { t, err = templateOf(tx, agency, id, 0); return err }); err != nil {
		return t, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.read[agency+" "+id] = posted{t, now}
	return t, nil
}

// forget makes the next message read again.
func (b *board) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.read)
}

// Templates are an agency's templates as they stand, by name.
func (p *Part) Templates(tx *db.Tx, agency string) ([]Template, error) {
	return templatesOf(tx, agency, "")
}
