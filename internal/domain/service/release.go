package service

import (
	"archive/zip"
	"bytes"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// releasePoll is how long a release made by another process stays unseen.
const releasePoll = 2 * time.Second

// Release is a definition in force from a moment on. It never changes.
type Release struct {
	Service string
	Number  int64
	Def     *definition.Service
	Notes   string
	Answers string // the feedback or the session with users that it answers
	By      string // person, "" for the hall's own catalogue
	At      int64
}

// Name is how a case names the release it runs on.
func (r *Release) Name() string { return fmt.Sprintf("%s@%d", r.Service, r.Number) }

// Said are the notes as people read them: in both languages where the
// catalogue wrote them so, and as they were given to a release by hand.
func (r *Release) Said() locale.Text { return written(r.Notes, r.Def.Release.Notes) }

// Reply is what the release answers, likewise.
func (r *Release) Reply() locale.Text { return written(r.Answers, r.Def.Release.Answers.Text) }

func written(kept string, t locale.Text) locale.Text {
	if kept == t.EN {
		return t
	}
	return locale.Same(kept)
}

// book holds every release in memory; releases are only ever added.
type book struct {
	mu       sync.RWMutex
	count    int64
	releases map[string][]*Release
	events   []definition.LifeEvent
	shared   *definition.Catalogue

	linted map[string]*definition.Service // by its packed files, while Load runs
}

// Current is the release that new applications use.
func (p *Part) Current(service string) (*Release, error) {
	p.book.mu.RLock()
	defer p.book.mu.RUnlock()
	rs := p.book.releases[service]
	if len(rs) == 0 {
		return nil, fault.New(fault.Missing, "web.error.missing")
	}
	return rs[len(rs)-1], nil
}

// At is a certain release; running cases and drafts keep theirs. One that
// another process made a moment ago is read now.
func (p *Part) At(service string, number int64) (*Release, error) {
	if r, ok := p.book.find(service, number); ok {
		return r, nil
	}
	if err := p.Reload(context.Background()); err != nil {
		return nil, err
	}
	if r, ok := p.book.find(service, number); ok {
		return r, nil
	}
	return nil, fmt.Errorf("service: no release %d of %s", number, service)
}

func (b *book) find(service string, number int64) (*Release, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, r := range b.releases[service] {
		if r.Number == number {
			return r, true
		}
	}
	return nil, false
}

// Releases of a service, oldest first.
func (p *Part) Releases(service string) []*Release {
	p.book.mu.RLock()
	defer p.book.mu.RUnlock()
	return slices.Clone(p.book.releases[service])
}

// Services in force, in the order of their ids.
func (p *Part) Services() []*Release {
	p.book.mu.RLock()
	defer p.book.mu.RUnlock()
	var out []*Release
	for _, rs := range p.book.releases {
		out = append(out, rs[len(rs)-1])
	}
	slices.SortFunc(out, func(a, b *Release) int { return strings.Compare(a.Service, b.Service) })
	return out
}

// LifeEvents that have services.
func (p *Part) LifeEvents() []definition.LifeEvent {
	p.book.mu.RLock()
	defer p.book.mu.RUnlock()
	return p.book.events
}

// Listings are the services that are not online here.
func (p *Part) Listings() []definition.Listing {
	p.book.mu.RLock()
	defer p.book.mu.RUnlock()
	return p.book.shared.Listings
}

// listing finds one that no release has taken the place of.
func (p *Part) listing(id string) (definition.Listing, bool) {
	if _, err := p.Current(id); err == nil {
		return definition.Listing{}, false
	}
	p.book.mu.RLock()
	defer p.book.mu.RUnlock()
	return p.book.shared.Listing(id)
}

// Law is a statute that services name.
func (p *Part) Law(id string) (definition.Law, bool) {
	p.book.mu.RLock()
	defer p.book.mu.RUnlock()
	l, ok := p.book.shared.Laws[id]
	return l, ok
}

// Laws are the statutes that services name, by their ids.
func (p *Part) Laws() map[string]definition.Law {
	p.book.mu.RLock()
	defer p.book.mu.RUnlock()
	return maps.Clone(p.book.shared.Laws)
}

// Load releases what is new in the binary's own catalogue and reads every
// release into memory. A catalogue with a problem is an error that names file,
// line and reason.
func (p *Part) Load(ctx context.Context, catalogue fs.FS) error {
	shelf, err := readCatalogue(catalogue)
	if err != nil {
		return err
	}
	cat := shelf.cat
	p.book.events, p.book.shared = cat.LifeEvents, cat
	p.book.linted = map[string]*definition.Service{}
	defer func() { p.book.linted = nil }()
	for _, s := range cat.Services {
		files := shelf.packs[s.ID]
		p.book.linted[string(files)] = s
		if _, err := p.release(ctx, s, files, s.Release.Notes.EN, s.Release.Answers.EN, actor.System(s.Agency), true); err != nil {
			return err
		}
	}
	return p.Reload(ctx)
}

// shelf is a catalogue without a fault, and each service's files as a release keeps them.
type shelf struct {
	cat   *definition.Catalogue
	packs map[string][]byte
}

// shelves are the catalogues that are in the binary: nobody changes those, and
// a process opens more than one hall with them, as the demo does for its past.
var shelves sync.Map // of embed.FS to *shelf

func readCatalogue(catalogue fs.FS) (*shelf, error) {
	own, embedded := catalogue.(embed.FS)
	if embedded {
		if known, ok := shelves.Load(own); ok {
			return known.(*shelf), nil
		}
	}
	cat, problems := definition.Load(catalogue)
	if len(problems) > 0 {
		return nil, fmt.Errorf("catalogue: %s:%d: %s", problems[0].File, problems[0].Line, problems[0].Reason)
	}
	s := &shelf{cat: cat, packs: map[string][]byte{}}
	for _, def := range cat.Services {
		files, err := pack(catalogue, def.ID)
		if err != nil {
			return nil, err
		}
		s.packs[def.ID] = files
	}
	if embedded {
		shelves.Store(own, s)
	}
	return s, nil
}

// Publish lints the service in a catalogue folder and makes it the release in
// force. Nothing changes where lint finds a problem.
func (p *Part) Publish(ctx context.Context, catalogue fs.FS, service, notes, answers string, by actor.Actor) (*Release, error) {
	cat, problems := definition.Load(catalogue)
	for _, pr := range problems {
		if strings.HasPrefix(pr.File, service+"/") || !strings.Contains(pr.File, "/") {
			return nil, fault.New(fault.Invalid, "service.error.lint", "file", pr.File, "line", pr.Line, "reason", pr.Reason)
		}
	}
	def := cat.Service(service)
	if def == nil {
		return nil, fault.New(fault.Missing, "service.error.no_service", "service", service)
	}
	files, err := pack(catalogue, service)
	if err != nil {
		return nil, err
	}
	if _, err := p.release(ctx, def, files, notes, answers, by, false); err != nil {
		return nil, err
	}
	if err := p.Reload(ctx); err != nil {
		return nil, err
	}
	return p.Current(service)
}

// Rollback releases an earlier release's files again, under a new number.
func (p *Part) Rollback(ctx context.Context, service string, to int64, notes string, by actor.Actor) (*Release, error) {
	old, err := p.At(service, to)
	if err != nil {
		return nil, fault.New(fault.Missing, "service.error.no_release", "number", to).Wrap(err)
	}
	var files []byte
	err = p.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := releases(tx)
		for _, r := range all {
			if r.Service == service && r.Number == to {
				files = r.Files
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err := p.release(ctx, old.Def, files, notes, fmt.Sprintf("rollback to %d", to), by, false); err != nil {
		return nil, err
	}
	if err := p.Reload(ctx); err != nil {
		return nil, err
	}
	return p.Current(service)
}

// release adds a row; onlyNew leaves a digest alone that was released before,
// so that a rollback survives a restart.
func (p *Part) release(ctx context.Context, def *definition.Service, files []byte, notes, answers string, by actor.Actor, onlyNew bool) (made bool, err error) {
	err = p.DB.Write(ctx, func(tx *db.Tx) error {
		made = false
		if err := tx.Lock("service.release"); err != nil {
			return err
		}
		all, err := releases(tx)
		if err != nil {
			return err
		}
		var last int64
		var lastDigest string
		for _, r := range all {
			if r.Service != def.ID {
				continue
			}
			if onlyNew && r.Digest == def.Digest {
				return nil
			}
			last, lastDigest = r.Number, r.Digest
		}
		if lastDigest == def.Digest {
			return fault.New(fault.Conflict, "service.error.same_release", "number", last)
		}
		row := releaseRow{Service: def.ID, Number: last + 1, Digest: def.Digest, Files: files, Notes: notes,
			Answers: answers, ByPerson: by.Person, ReleasedAt: clock.Micro(p.Clock.Now())}
		made = true
		if err := insertRelease(tx, row); err != nil {
			return err
		}
		_, err = p.Journal.Append(tx, journal.Record{Kind: "service.released", By: journal.ByActor(by),
			Why:  locale.Text{MS: "Perkhidmatan dikeluarkan dalam versi baharu", EN: "A new version of the service was released"},
			Data: map[string]any{"service": def.ID, "number": row.Number, "digest": def.Digest, "notes": notes, "answers": answers}})
		return err
	})
	return made, err
}

// Reload reads releases that are not in memory yet.
func (p *Part) Reload(ctx context.Context) error {
	var rows []releaseRow
	p.book.mu.RLock()
	have := p.book.count
	p.book.mu.RUnlock()
	err := p.DB.Read(ctx, func(tx *db.Tx) error {
		rows = nil
		n, err := countReleases(tx)
		if err != nil || n == have {
			return err
		}
		rows, err = releases(tx)
		return err
	})
	if err != nil || rows == nil {
		return err
	}
	fresh := map[string][]*Release{}
	for _, row := range rows {
		r, err := p.known(row)
		if err != nil {
			return err
		}
		fresh[row.Service] = append(fresh[row.Service], r)
	}
	p.book.mu.Lock()
	defer p.book.mu.Unlock()
	if int64(len(rows)) > p.book.count { // another round may have been faster
		p.book.releases, p.book.count = fresh, int64(len(rows))
	}
	return nil
}

func (p *Part) known(row releaseRow) (*Release, error) {
	if r, ok := p.book.find(row.Service, row.Number); ok {
		return r, nil
	}
	release := &Release{Service: row.Service, Number: row.Number, Def: p.book.linted[string(row.Files)], Notes: row.Notes, Answers: row.Answers, By: row.ByPerson, At: row.ReleasedAt}
	if release.Def != nil { // read a moment ago, from the same bytes
		return release, nil
	}
	z, err := zip.NewReader(bytes.NewReader(row.Files), int64(len(row.Files)))
	if err != nil {
		return nil, fmt.Errorf("service: release %s %d: %w", row.Service, row.Number, err)
	}
	var problems []definition.Problem
	if release.Def, problems = definition.Reopen(z, row.Service); release.Def == nil {
		return nil, fmt.Errorf("service: release %s %d no longer reads: %v", row.Service, row.Number, problems)
	}
	return release, nil
}

// pack zips what a release needs to be read again in ten years: the service's
// folder and the shared vocabularies, without dates, in order.
func pack(catalogue fs.FS, service string) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	err := fs.WalkDir(catalogue, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		shared := !strings.Contains(path, "/") && strings.HasSuffix(path, ".yaml")
		if !shared && !strings.HasPrefix(path, service+"/") {
			return nil
		}
		data, err := fs.ReadFile(catalogue, path)
		if err != nil {
			return err
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: path, Method: zip.Deflate})
		if err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("service: pack %s: %w", service, err)
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
