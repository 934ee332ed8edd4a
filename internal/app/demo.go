package app

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"

	"balai/demo/country"
	"balai/internal/domain/identity"
	"balai/internal/domain/payment"
	"balai/internal/domain/register"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/keep"
	"balai/internal/spine/locale"
)

// demoCountry is the demo's side of the hall: the country is loaded before the
// hall opens, its past is lived through afterwards.
type demoCountry struct {
	hall    *Hall
	seed    int64
	today   string
	loaded  bool // by an earlier start
	ready   chan error
	country *country.Country // nil until ready

	pastHall *pastHall // made by the first replay; one job at a time uses it
}

// Names of the settings in which the demo keeps what it is and how far it got.
const (
	settingCountry = "demo.country" // "SEED TODAY"
	settingReplay  = "demo.replay"  // "DONE TOTAL"
	settingKnown   = "demo.known"   // "1" once its people have their evidence
	jobReplay      = "demo.replay"
)

// openCountry begins to make the country: of the seed and the day of the
// folder's first start, or of today where this is the first. It is made while
// the rest of the hall opens.
func openCountry(ctx context.Context, h *Hall) (*demoCountry, error) {
	seed, err := strconv.ParseInt(h.cfg.Get("seed"), 10, 64)
	if err != nil {
		return nil, misused("--seed %q is not a number", h.cfg.Get("seed"))
	}
	d := &demoCountry{hall: h, seed: seed, today: clock.Day(h.clock.Now()), ready: make(chan error, 1)}
	var made string
	var there []directory.Agency
	err = h.db.Read(ctx, func(tx *db.Tx) (err error) {
		if made, err = readSetting(tx, settingCountry); err != nil || made != "" {
			return err
		}
		there, err = new(directory.Directory).Agencies(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(there) > 0 { // the country comes in one commit with its setting
		return nil, fmt.Errorf("there is a hall in %s that is no demo country: the demo would put its people among the real ones, and let anybody sign in as any of them. "+
			"Name another folder with --data, and another database where --db or BALAI_DB names one", keep.Named(h.cfg.Get("db")))
	}
	if d.loaded = made != ""; d.loaded {
		if _, err := fmt.Sscanf(made, "%d %s", &d.seed, &d.today); err != nil {
			return nil, fmt.Errorf("demo: setting %s: %w", settingCountry, err)
		}
	}
	go func() {
		var err error
		d.country, err = country.Generate(d.seed, d.today)
		d.ready <- err
	}()
	return d, nil
}

// prepare loads the country where the database is empty, and writes demo.json.
func (d *demoCountry) prepare(ctx context.Context) error {
	if err := <-d.ready; err != nil {
		return err
	}
	if !d.loaded {
		if err := d.load(ctx); err != nil {
			return err
		}
	}
	if err := d.catchUp(ctx); err != nil {
		return err
	}
	if err := d.writeFile(ctx); err != nil {
		return err
	}
	d.country.Population = register.Population{} // the register has it now; twenty megabytes are free
	return nil
}

// catchUp gives the people of a country that an earlier release made the
// evidence that they have in a new one, once: without it no service knows them.
func (d *demoCountry) catchUp(ctx context.Context) error {
	done := func(tx *db.Tx) (bool, error) {
		text, err := readSetting(tx, settingKnown)
		return text != "", err
	}
	var is bool
	err := d.hall.db.Read(ctx, func(tx *db.Tx) (err error) { is, err = done(tx); return err })
	if err != nil || is {
		return err
	}
	return d.hall.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.Lock("demo.country"); err != nil {
			return err
		}
		if is, err := done(tx); err != nil || is {
			return err
		}
		if err := d.known(tx); err != nil {
			return err
		}
		return writeSetting(tx, settingKnown, "1")
	})
}

// loadTries is how often a process waits anew for another that writes the
// country: on a slow machine that takes longer than a lock is waited for.
const loadTries = 10

// load writes the country, unless another process did since this one looked:
// then its country is this one's too.
func (d *demoCountry) load(ctx context.Context) error {
	h := d.hall
	total := len(d.country.Past)
	var made string
	write := func(tx *db.Tx) (err error) {
		if err := tx.Lock("demo.country"); err != nil {
			return err
		}
		if made, err = readSetting(tx, settingCountry); err != nil || made != "" {
			return err
		}
		if err := d.country.Load(tx, h.register, h.directory, journal.ByActor(actor.System(identity.HallAgency))); err != nil {
			return err
		}
		if err := d.rights(tx); err != nil {
			return err
		}
		if err := writeSetting(tx, settingCountry, fmt.Sprintf("%d %s", d.seed, d.today)); err != nil {
			return err
		}
		if err := writeSetting(tx, settingReplay, fmt.Sprintf("0 %d", total)); err != nil {
			return err
		}
		return h.outbox.Enqueue(tx, jobReplay, struct{}{})
	}
	err := h.db.Write(ctx, write)
	for tries := 0; fault.CodeOf(err) == fault.Busy && tries < loadTries; tries++ {
		err = h.db.Write(ctx, write)
	}
	if err != nil || made == "" || made == fmt.Sprintf("%d %s", d.seed, d.today) {
		return err
	}
	if _, err := fmt.Sscanf(made, "%d %s", &d.seed, &d.today); err != nil {
		return fmt.Errorf("demo: setting %s: %w", settingCountry, err)
	}
	d.country, err = country.Generate(d.seed, d.today)
	return err
}

// Personas are the people whom /demo introduces.
func (d *demoCountry) Personas() []identity.Persona {
	var out []identity.Persona
	moments, names := map[string]locale.Text{}, map[string]locale.Text{}
	for _, e := range d.hall.service.LifeEvents() {
		moments[e.Slug] = e.Title
	}
	for _, p := range d.country.Personas {
		out = append(out, identity.Persona{ID: p.ID, Name: p.Name, Story: p.Story, Post: p.Role, Moment: moments[p.Event], As: p.As, Walk: walkOf(p.Walk)})
	}
	for _, a := range d.country.Directory.Agencies {
		names[a.ID] = a.Name
	}
	for _, o := range d.country.Officers {
		out = append(out, identity.Persona{ID: o.ID, Name: o.Name, Story: o.Story, Officer: true, Post: o.Title, Agency: names[o.Agency], Walk: walkOf(o.Walk)})
	}
	return out
}

func walkOf(steps []country.Step) []identity.Step {
	out := make([]identity.Step, len(steps))
	for i, s := range steps {
		out[i] = identity.Step(s)
	}
	return out
}

// Progress is how much of the past has been lived through.
func (d *demoCountry) Progress(ctx context.Context) (done, total int64, err error) {
	err = d.hall.db.Read(ctx, func(tx *db.Tx) error {
		text, err := readSetting(tx, settingReplay)
		if err != nil {
			return err
		}
		_, err = fmt.Sscanf(text, "%d %d", &done, &total)
		return err
	})
	return done, total, err
}

// demoFile is DIR/demo.json: what an outside program needs to use the demo.
type demoFile struct {
	BaseURL        string              `json:"base_url"`
	Today          string              `json:"today"`
	Persons        []demoPerson        `json:"persons"`
	Officers       []demoOfficer       `json:"officers"`
	Journal        demoJournal         `json:"journal"`
	CertificateKey string              `json:"certificate_key"`
	ReceiptKeys    payment.ReceiptKeys `json:"receipt_keys"`
	Notify         demoNotify          `json:"notify"`
	BackOffice     demoBackOffice      `json:"back_office"`
	Payments       demoPayments        `json:"payments"`
	demoOIDC
}

type demoPerson struct {
	ID      string      `json:"id"`
	Name    string      `json:"name"`
	Lang    locale.Lang `json:"lang"`
	Story   locale.Text `json:"story"`
	Role    locale.Text `json:"role"`
	Event   string      `json:"event"`
	Service string      `json:"service"`
	Ends    string      `json:"ends"`
	Walk    []demoStep  `json:"walk"`
	Post    *string     `json:"post"`
	Agency  *string     `json:"agency"`
}

type demoStep struct {
	Go   string      `json:"go"`
	Text locale.Text `json:"text"`
}

type demoOfficer struct {
	ID     string      `json:"id"`
	Name   string      `json:"name"`
	Story  locale.Text `json:"story"`
	Post   string      `json:"post"`
	Role   string      `json:"role"`
	Agency string      `json:"agency"`
	State  string      `json:"state"`
	Walk   []demoStep  `json:"walk"`
}

type demoJournal struct {
	Origin    string `json:"origin"`
	PublicKey string `json:"public_key"`
}

// writeFile replaces demo.json in one step, so that nobody reads half of it.
func (d *demoCountry) writeFile(ctx context.Context) error {
	h := d.hall
	notify, err := d.notify(ctx)
	if err != nil {
		return err
	}
	office, err := d.office(ctx)
	if err != nil {
		return err
	}
	oidc, err := d.oidc(ctx)
	if err != nil {
		return err
	}
	payments, err := d.payments(ctx)
	if err != nil {
		return err
	}
	receipts, err := h.payment.ReceiptKeys()
	if err != nil {
		return err
	}
	f := demoFile{ReceiptKeys: receipts, demoOIDC: oidc, BaseURL: h.cfg.Get("base-url"), Today: d.today,
		Journal: demoJournal{h.journal.Origin(), h.journal.VKey()}, CertificateKey: h.signer.PEM(), Notify: notify, BackOffice: office, Payments: payments}
	for _, p := range d.country.Personas {
		f.Persons = append(f.Persons, demoPerson{ID: p.ID, Name: p.Name, Lang: p.Lang, Story: p.Story, Role: p.Role,
			Event: p.Event, Service: p.Service, Ends: p.Ends, Walk: stepsOf(p.Walk)})
	}
	for _, o := range d.country.Officers {
		f.Officers = append(f.Officers, demoOfficer{o.ID, o.Name, o.Story, o.Post, o.Role, o.Agency, o.State, stepsOf(o.Walk)})
	}
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(h.cfg.Get("data"), "demo.json")
	if err := keep.WriteFile(path, append(data, '\n')); err != nil {
		return fmt.Errorf("demo.json: %w", err)
	}
	return nil
}

func stepsOf(steps []country.Step) []demoStep {
	out := make([]demoStep, len(steps))
	for i, s := range steps {
		out[i] = demoStep(s)
	}
	return out
}
