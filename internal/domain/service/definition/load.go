package definition

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"

	"balai/internal/domain/service/form"
	"balai/internal/spine/locale"
)

// Problem is one fault of a definition, where it stands.
type Problem struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

func (p Problem) String() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Reason) }

// Load reads and lints a catalogue: law.yaml, register.yaml, role.yaml,
// life-event.yaml, AGENCY/listing.yaml for what an agency does itself, and a
// folder AGENCY/SERVICE for each service. A service with
// a problem is never in the result, so it can never reach a citizen; nor is
// any service while one of the shared files has one.
func Load(fsys fs.FS) (*Catalogue, []Problem) {
	var problems []Problem
	c, events := shared(fsys, &problems)
	if len(problems) > 0 {
		return c, problems
	}
	ids := folders(fsys)
	named := c.named(ids)
	for _, id := range ids {
		s, own := lintService(fsys, id, c, named)
		if len(own) == 0 {
			c.Services = append(c.Services, s)
		}
		problems = append(problems, own...)
	}
	c.listings(fsys, ids, &problems)
	c.lifeEvents(events, ids)
	problems = append(problems, reading(fsys, "*.yaml", "*/listing.yaml")...)
	sort.SliceStable(problems, func(i, j int) bool {
		a, b := problems[i], problems[j]
		return a.File < b.File || a.File == b.File && a.Line < b.Line
	})
	return c, problems
}

// LoadService reads and lints one service of a catalogue and what it stands on,
// and looks at no other; nil where there is a problem.
func LoadService(fsys fs.FS, id string) (*Service, []Problem) {
	var problems []Problem
	c, _ := shared(fsys, &problems)
	if len(problems) > 0 {
		return nil, problems
	}
	s, own := lintService(fsys, id, c, c.named(folders(fsys)))
	if len(own) > 0 {
		return nil, own
	}
	return s, nil
}

// named are the services that one may offer: those that are there, and those
// of the life events, since a released one is packed without the others.
func (c *Catalogue) named(ids []string) []string {
	named := slices.Clone(ids)
	for _, e := range c.LifeEvents {
		for _, l := range e.Services {
			named = append(named, l.Service)
		}
	}
	return named
}

func lintService(fsys fs.FS, id string, c *Catalogue, named []string) (*Service, []Problem) {
	var own []Problem
	s := loadService(fsys, id, c, named, &own)
	return s, append(own, reading(fsys, id+"/*.yaml")...)
}

// shared reads the files that every service stands on.
func shared(fsys fs.FS, problems *[]Problem) (*Catalogue, document) {
	c := &Catalogue{Registers: &Vocabulary{}}
	if d, ok := decode(fsys, "law.yaml", &c.Laws, problems); ok {
		d.texts(c.Laws, nil)
		for id, l := range c.Laws {
			l.ID = id
			c.Laws[id] = l
		}
	}
	if d, ok := decode(fsys, "role.yaml", &c.Roles, problems); ok {
		d.texts(c.Roles, nil)
	}
	if d, ok := decode(fsys, "register.yaml", c.Registers, problems); ok {
		d.texts(*c.Registers, nil)
		for i, g := range c.Registers.Groups {
			if _, known := c.Laws[g.Law]; g.Law != "" && !known { // released before this was asked, it has none
				d.bad(indexed("registers", i, "law"), "law.yaml has no %q", g.Law)
			}
			g.books(func(path, reason string, args ...any) { d.bad(indexed("registers", i, path), reason, args...) })
			for j, f := range g.Fields {
				if _, known := celType(f.Type); !known {
					d.bad(indexed("registers", i, indexed("fields", j, "type")), "there is no type %q", f.Type)
				}
			}
		}
	}
	d, ok := decode(fsys, "life-event.yaml", &c.LifeEvents, problems)
	if ok {
		d.texts(c.LifeEvents, nil)
	}
	return c, d
}

// folders lists AGENCY/SERVICE for each folder that holds a service.yaml.
func folders(fsys fs.FS) []string {
	found, _ := fs.Glob(fsys, "*/*/service.yaml")
	for i := range found {
		found[i] = path.Dir(found[i])
	}
	slices.Sort(found)
	return found
}

// Reopen reads a released service again. What was released once stays in use
// for the cases that began with it, whatever lint has learnt to ask since: a
// problem here is only what cannot be read or does not compile.
func Reopen(fsys fs.FS, id string) (*Service, []Problem) {
	var problems []Problem
	c, _ := shared(fsys, &problems)
	s, l := openService(fsys, id, c, nil, &problems)
	if l == nil || len(problems) > 0 {
		return nil, problems
	}
	return s, nil
}

// loadService reads one folder and lints it; what it returns may be used only
// when no problem was added.
func loadService(fsys fs.FS, id string, c *Catalogue, ids []string, problems *[]Problem) *Service {
	s, l := openService(fsys, id, c, ids, problems)
	if l != nil {
		l.run()
	}
	return s
}

// openService reads one folder and compiles it; no linter where it cannot be
// read.
func openService(fsys fs.FS, id string, c *Catalogue, ids []string, problems *[]Problem) (*Service, *linter) {
	s := &Service{ID: id, Form: &form.Form{}, Templates: map[string]Template{}}
	docs := map[string]document{}
	read := func(name string, into any) {
		d, _ := decode(fsys, id+"/"+name, into, problems)
		docs[name] = d
	}
	read("service.yaml", s)
	read("form.yaml", s.Form)
	s.Digest = digest(fsys, id)
	files, _ := fs.Glob(fsys, id+"/certificate*.yaml")
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".yaml")
		var t Template
		read(name+".yaml", &t)
		t.ID = name
		s.Templates[name] = t
	}
	files, _ = fs.Glob(fsys, id+"/cases/*.yaml")
	for _, file := range files {
		var list struct {
			Cases []SampleCase `yaml:"cases"`
		}
		name := strings.TrimPrefix(file, id+"/")
		read(name, &list)
		for i, sample := range list.Cases {
			sample.Source, sample.Line = file, docs[name].line(fmt.Sprintf("cases[%d]", i))
			s.Cases = append(s.Cases, sample)
		}
	}
	if len(*problems) > 0 {
		return s, nil
	}
	l := &linter{s: s, c: c, ids: ids, docs: docs}
	s.fill(c.Registers, l)
	if l.names(); len(*problems) == 0 { // a name that is taken would fail in every expression
		s.build(l.site)
	}
	return s, l
}

// fill completes what service.yaml leaves to the shared files.
func (s *Service) fill(v *Vocabulary, l *linter) {
	for i := range s.Facts {
		f := &s.Facts[i]
		g, held, ok := v.Find(f.Field)
		if !ok {
			l.bad("service.yaml", indexed("facts", i, "field"), "no register holds %q", f.Field)
			continue
		}
		if f.From == "" {
			f.From = g.From
		} else if f.From != g.From {
			l.bad("service.yaml", indexed("facts", i, "from"), "%s is held by %s, not by %s", f.Field, g.From, f.From)
		}
		if f.Label.Empty() {
			f.Label, f.Officer = held.Label, held.Officer
		}
		f.Type, f.Options, f.Locates, f.Register, f.Owner = held.Type, held.Options, held.Locates, g.Title, g.Owner
	}
	for i := range s.Variants {
		for k, p := range s.Variants[i].Params {
			if n, ok := p.(int); ok {
				s.Variants[i].Params[k] = int64(n)
			}
		}
	}
}

// digest is the identity of a version: the SHA-256 over the folder's files,
// each as its name, its length and its bytes.
func digest(fsys fs.FS, id string) string {
	h := sha256.New()
	_ = fs.WalkDir(fsys, id, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(fsys, p)
		if err == nil {
			fmt.Fprintf(h, "%s\n%d\n", strings.TrimPrefix(p, id+"/"), len(raw))
			h.Write(raw)
		}
		return err
	})
	return hex.EncodeToString(h.Sum(nil))
}

// lifeEvents checks the events and keeps those that have services.
func (c *Catalogue) lifeEvents(d document, ids []string) {
	named := map[string]bool{}
	var kept []LifeEvent
	for i, e := range c.LifeEvents {
		if named[e.Slug] {
			d.bad(fmt.Sprintf("[%d].event", i), "%s stands twice", e.Slug)
		}
		named[e.Slug] = true
		var links []ServiceLink
		c.inOrder(e, func(j int, reason string, args ...any) {
			d.bad(fmt.Sprintf("[%d].services[%d]", i, j), reason, args...)
		})
		for j, l := range e.Services {
			listing, listed := c.Listing(l.Service)
			if listed && l.Note.Empty() {
				l.Note = listing.Why
			} else if l.Note.Empty() {
				d.bad(fmt.Sprintf("[%d].services[%d]", i, j), "say in a note when or why %s comes here", l.Service)
			}
			if !slices.Contains(ids, l.Service) && !listed {
				d.bad(fmt.Sprintf("[%d].services[%d].service", i, j), "there is no service or listing %q", l.Service)
			} else if listed || c.Service(l.Service) != nil {
				links = append(links, l)
			}
		}
		if e.Services = links; len(links) > 0 {
			kept = append(kept, e)
		}
	}
	c.LifeEvents = kept
}

// inOrder finds steps of an event that stand above what must come first.
func (c *Catalogue) inOrder(e LifeEvent, bad func(step int, reason string, args ...any)) {
	at := map[string]int{}
	for j, l := range e.Services {
		if _, twice := at[l.Service]; twice {
			bad(j, "%s stands twice in %s", l.Service, e.Slug)
		}
		at[l.Service] = j
		if l.Start && slices.ContainsFunc(e.Services[:j], func(o ServiceLink) bool { return o.Start }) {
			bad(j, "%s starts in two places", e.Slug)
		}
	}
	for j, l := range e.Services {
		listing, _ := c.Listing(l.Service)
		for _, first := range append(slices.Clone(l.After), listing.After...) {
			if k, ok := at[first]; ok && k > j {
				bad(j, "%s comes after %s, which stands below it", l.Service, first)
			}
		}
	}
}

// reading finds sentences that are too long in the files of some patterns.
// It is asked of what is to be released, never of what once was.
func reading(fsys fs.FS, patterns ...string) (out []Problem) {
	for _, pattern := range patterns {
		files, _ := fs.Glob(fsys, pattern)
		for _, file := range files {
			for _, s := range locale.LongSentences(fsys, file) {
				out = append(out, Problem{file, s.Line, s.String()})
			}
		}
	}
	return out
}
