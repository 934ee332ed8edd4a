package app

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"balai/catalogue"
	"balai/internal/domain/backoffice"
	"balai/internal/domain/certificate"
	"balai/internal/domain/certificate/seal"
	"balai/internal/domain/counter"
	"balai/internal/domain/desk"
	"balai/internal/domain/feedback"
	"balai/internal/domain/identity"
	"balai/internal/domain/identity/delegation"
	"balai/internal/domain/identity/op"
	"balai/internal/domain/identity/party"
	"balai/internal/domain/identity/proof"
	"balai/internal/domain/identity/scim"
	"balai/internal/domain/insight"
	"balai/internal/domain/letter"
	"balai/internal/domain/notice"
	"balai/internal/domain/operating"
	"balai/internal/domain/payment"
	"balai/internal/domain/payment/bill"
	"balai/internal/domain/payment/payout"
	"balai/internal/domain/payment/statement"
	"balai/internal/domain/portal"
	"balai/internal/domain/protection"
	"balai/internal/domain/register"
	"balai/internal/domain/service"
	"balai/internal/domain/service/definition"
	"balai/internal/spine/actor"
	"balai/internal/spine/blob"
	"balai/internal/spine/casework"
	calendars "balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/hold"
	"balai/internal/spine/hook"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/keep"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/meter"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
	"balai/internal/spine/policy"
	"balai/internal/spine/web"
)

// Hall is every part, joined. Nothing here decides anything: it only says who
// knows whom.
type Hall struct {
	cfg   Config
	base  *url.URL
	log   *slog.Logger
	clock clock.Clock
	ids   *id.Source

	lane   string    // of the outbox; the demo's past has one
	opened time.Time // when this process opened it

	held      *hold.Held // the data folder's lock
	holding   *db.Holding
	db        *db.DB
	texts     *locale.Catalog
	policies  *policy.Set
	journal   *journal.Journal
	outbox    *outbox.Outbox
	meter     *meter.Meter
	hook      *hook.Caller
	notify    *notify.Notify
	blobs     blob.Store
	calendars *calendars.Set
	cases     *casework.Engine
	directory *directory.Directory
	sessions  *actor.Sessions

	register    *register.Register
	certificate *certificate.Certificates
	signer      *seal.Signer
	master      []byte // what the hall's boxes for secrets are derived from: never in the database in the clear where keys have a folder
	service     *service.Part
	identity    *identity.Identity
	delegation  *delegation.Delegations
	scim        *scim.Part
	op          *op.OP
	proof       *proof.Proof
	party       *party.Party
	insight     *insight.Insight
	protection  *protection.Protection
	desk        *desk.Desk
	counter     *counter.Counter
	letter      *letter.Letters
	notice      *notice.Part
	portal      *portal.Portal
	operating   *operating.Operating
	office      *backoffice.BackOffice
	feedback    *feedback.Feedback
	ledger      *ledger.Ledger
	payment     *payment.Part
	bill        *bill.Bills
	payout      *payout.Part
	statement   *statement.Part
	sandbox     *sandbox // the bank beside a demo; nil elsewhere
	finder      *finder

	router  *web.Router
	tracer  *tracer // nil where nobody collects traces
	metrics *metrics
	demo    *demoCountry // nil outside the demo
}

// Open builds the hall over its data folder and database.
func Open(ctx context.Context, cfg Config, log *slog.Logger, c clock.Clock) (h *Hall, err error) {
	h = &Hall{cfg: cfg, log: log, clock: c, ids: id.NewSource(c, nil), opened: c.Now()}
	if h.base, err = url.Parse(cfg.Get("base-url")); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.Get("data"), 0o700); err != nil {
		return nil, fmt.Errorf("the data folder cannot be made: %w", err)
	}
	if h.held, err = keep.Enter(cfg.Get("data"), cfg.who); err != nil {
		return nil, err
	}
	half := h // an error's return leaves no h
	defer func() {
		if err != nil {
			_ = half.Close() // the first error is the one to tell
		}
	}()
	if h.texts, err = loadTexts(); err != nil {
		return nil, err
	}
	if h.policies, err = loadPolicies(); err != nil {
		return nil, err
	}
	if h.db, err = db.Open(ctx, cfg.Get("db"), log); err != nil {
		return nil, err
	}
	if h.holding, err = keep.EnterDB(ctx, h.db, cfg.who); err != nil {
		return nil, err
	}
	if err = h.db.Migrate(ctx, migrations()...); err != nil {
		return nil, err
	}
	if h.cfg.Demo {
		if h.demo, err = openCountry(ctx, h); err != nil {
			return nil, err
		}
	}
	if err = h.spine(ctx); err != nil {
		return nil, err
	}
	if err = h.journal.Anchor(ctx, filepath.Join(cfg.Get("data"), "journal.head")); err != nil {
		return nil, err
	}
	if err = h.parts(ctx); err != nil {
		return nil, err
	}
	if err = h.cases.Number(ctx); err != nil {
		return nil, err
	}
	if err = h.notice.Load(ctx, h.definitions()); err != nil {
		return nil, err
	}
	return h, h.open()
}

// definitions are the catalogue's text: the binary's own, or a test's.
func (h *Hall) definitions() fs.FS {
	if h.cfg.catalogue != nil {
		return h.cfg.catalogue
	}
	return catalogue.FS
}

// spine makes what every part stands on.
func (h *Hall) spine(ctx context.Context) (err error) {
	k, err := h.openKeys(ctx)
	if err != nil {
		return err
	}
	h.signer, h.master = k.certificate, []byte(k.journal)
	if h.journal, err = journal.New(h.db, h.clock, h.ids, originOf(k.journalPublic), k.journal); err != nil {
		return err
	}
	h.journal.LogTo(h.log)
	h.outbox = outbox.New(h.db, h.clock, h.ids, h.log).In(h.lane)
	h.meter = meter.New(h.db, h.clock, h.ids)
	h.hook = hook.New(h.clock, h.cfg.Get("webhook-loopback") == "yes" || h.cfg.Demo)
	if h.blobs == nil { // the demo's past has them already
		if h.blobs, err = openBlobs(ctx, h.cfg, h.db); err != nil {
			return err
		}
	}
	h.directory = directory.New(h.db, h.clock)
	h.sessions = actor.NewSessions(h.db, h.clock, h.ids, h.directory)
	if h.calendars, err = loadCalendars(); err != nil {
		return err
	}
	if h.cases, err = casework.New(h.db, h.clock, h.ids, h.journal, h.outbox, h.calendars); err != nil {
		return err
	}
	h.cases.StaffedBy(h.directory)
	vocabulary, problems := definition.ReadVocabulary(h.definitions())
	if len(problems) > 0 {
		return fmt.Errorf("the catalogue's registers: %s", problems[0])
	}
	h.register = register.New(h.clock, h.ids, h.journal).WithBooks(books(vocabulary))
	h.cases.Ask(h.register)
	h.notify = notify.New(h.db, h.outbox, h.clock, h.ids, h.texts, h.register, notify.SMTP{
		Addr: h.cfg.Get("smtp-host"), User: h.cfg.Get("smtp-user"), Password: h.cfg.Get("smtp-password"), From: h.cfg.Get("smtp-from"), BaseURL: h.cfg.Get("base-url")})
	if t := h.texter(); t != nil {
		h.notify.ByText(t, h.site())
	}
	h.notify.ByReaders(readers{h.register})
	return nil
}

// openBlobs is where files lie: in the bucket that the settings name; else, so
// that every process finds them, in PostgreSQL; else in the data folder. What
// lies where they were kept before is still found.
func openBlobs(ctx context.Context, cfg Config, d *db.DB) (blob.Store, error) {
	folder, rows := blob.Dir(filepath.Join(cfg.Get("data"), "blob")), blob.Table(d)
	if cfg.Get("blobs") == "" {
		if d.Engine() == "postgres" {
			return blob.After(rows, folder), nil
		}
		return blob.After(folder, rows), nil
	}
	b, err := blob.ParseBucket(cfg.Get("blobs"))
	if err != nil {
		return nil, err
	}
	b.Region, b.Key, b.Secret = cfg.Get("blobs-region"), cfg.Get("blobs-key"), cfg.Get("blobs-secret")
	bucket, err := blob.S3(ctx, b)
	if err != nil {
		return nil, err
	}
	return blob.After(bucket, rows, folder), nil
}

// site is what the hall is called.
func (h *Hall) site() locale.Text {
	return locale.Text{MS: h.cfg.Get("site-name-ms"), EN: h.cfg.Get("site-name-en")}
}

// texter carries text messages: the provider, in the demo nobody, else nil.
func (h *Hall) texter() notify.Texter {
	switch {
	case h.cfg.Get("sms-url") != "":
		return notify.HTTPTexts{URL: h.cfg.Get("sms-url"), Token: h.cfg.Get("sms-token"), Client: &http.Client{Timeout: 30 * time.Second}}
	case h.cfg.Demo || h.lane != "":
		return notify.KeptTexts{}
	}
	return nil
}

// parts makes the domain, each part handed the others through what it asks for.
func (h *Hall) parts(ctx context.Context) (err error) {
	site := h.site()
	h.certificate = certificate.New(certificate.Options{DB: h.db, Clock: h.clock, IDs: h.ids, Jobs: h.outbox, Blobs: h.blobs,
		Journal: h.journal, Cases: paperReady{h}, Signer: h.signer, BaseURL: h.cfg.Get("base-url"), Site: site,
		Specimen: h.cfg.Demo || h.lane != ""})
	h.protection = protection.New(protection.Deps{DB: h.db, Clock: h.clock, IDs: h.ids, Journal: h.journal, People: h.register,
		Cases: h.cases, CaseResource: func(r *http.Request, ref string) (policy.Resource, error) { return h.service.CaseResource(r, ref) }})
	h.register.Guard(h.protection)
	h.certificate.Guard(h.protection)
	h.cases.Guard(h.protection)
	h.counter = counter.New(counter.Deps{DB: h.db, Clock: h.clock, IDs: h.ids, Sessions: h.sessions, Journal: h.journal,
		People: standing{h.register}, Shield: h.protection})
	h.service = service.New(service.Deps{DB: h.db, Clock: h.clock, IDs: h.ids, Journal: h.journal, Cases: h.cases, Outbox: h.outbox,
		Notify: h.notify, Blobs: h.blobs, Directory: h.directory, Registers: registers{h.register}, Certificates: papers{h}, Protection: h.protection,
		Calendars: h.calendars, Texts: h.texts, Acting: acting{h}, Policies: h.policies, Log: h.log})
	h.office = backoffice.New(backoffice.Deps{DB: h.db, Clock: h.clock, IDs: h.ids, Journal: h.journal, Outbox: h.outbox, Notify: h.notify,
		Blobs: h.blobs, People: h.register, Agencies: h.directory, Services: elsewhere{h}, Texts: h.texts, Log: h.log, BaseURL: h.cfg.Get("base-url"),
		Hook: h.hook, Drop: h.cfg.Get("drop"),
		Meter: h.meter, Limits: backoffice.Limits{Minute: h.atLeastOne("back-office-per-minute", backoffice.UsualLimits.Minute),
			Day: h.atLeastOne("back-office-per-day", backoffice.UsualLimits.Day)}})
	h.service.Elsewhere = elsewhere{h}
	if h.finder, err = newFinder(h); err != nil {
		return err
	}
	h.service.Finder = h.finder
	if err := h.service.Load(ctx, h.definitions()); err != nil {
		return err
	}
	h.service.Wire()
	h.insight = insight.New(h.db, h.clock, h.outbox, h.cases, teams{h})
	h.insight.Wire()
	h.desk = desk.New(desk.Deps{DB: h.db, Clock: h.clock, Cases: h.cases, Calendars: h.calendars, Directory: h.directory,
		Blobs: h.blobs, Texts: h.texts, Service: h.service, Forms: forms{h}, People: applicants{h.register}, Finder: h.register,
		Seal: h.protection, Reach: h.notify, Names: names{h}, Journal: h.journal, IDs: h.ids})
	h.letter = letter.New(letter.Deps{DB: h.db, Clock: h.clock, IDs: h.ids, Texts: h.texts, Blobs: h.blobs, Journal: h.journal,
		Directory: h.directory, Notify: h.notify, People: homes{h.register}, Cases: h.cases, Guard: h.service, Seal: h.protection, Papers: printed{h}, Senders: sheets{h},
		BaseURL: h.cfg.Get("base-url"), Site: site, Specimen: h.cfg.Demo || h.cfg.specimen || h.lane != "", Past: h.lane != "", Demo: h.cfg.Demo})
	h.notify.ByPost(h.letter)
	h.notice = notice.New(h.noticeDeps())
	front := portal.Deps{Shelf: &shelf{h: h}, Finder: h.finder, Mine: mine{h}, Record: h.journal, BaseURL: h.cfg.Get("base-url"),
		Notices: notices{}, Counts: figures{h}, Past: figures{h}, Contact: h.contact(), LooksHref: "/me/looks", Demo: h.cfg.Demo}
	if h.cfg.Demo {
		front.Mails, front.Phones = mails{h}, mails{h}
	}
	h.portal = portal.New(front)
	if err := h.openPayments(); err != nil {
		return err
	}
	h.feedback = feedback.New(feedback.Deps{DB: h.db, Clock: h.clock, IDs: h.ids, Journal: h.journal, Outbox: h.outbox, Notify: h.notify,
		Texts: h.texts, BaseURL: h.cfg.Get("base-url")})
	authenticators, err := h.box("authenticator")
	if err != nil {
		return err
	}
	options := identity.Options{DB: h.db, Clock: h.clock, IDs: h.ids, Sessions: h.sessions, Directory: h.directory,
		People: h.register, Journal: h.journal, Notices: h.notify, BaseURL: h.base, Box: authenticators, Site: site, Keeps: service.KeepsDraft}
	if h.demo != nil {
		h.outbox.Handle(jobReplay, h.demo.replay)
		options.Demo = h.demo
	}
	if h.identity, err = identity.New(options); err != nil {
		return err
	}
	if h.op, err = h.newOP(); err != nil {
		return err
	}
	h.sessions.Inherit(h.op)
	h.identity.SentBy(h.op)
	h.proof = proof.New(h.proofDeps())
	h.identity.KnowBy(h.proof)
	h.identity.Activate(h.proof)
	h.identity.ReachBy(contacts{h.register})
	h.service.Assurance = assurance{h.proof, h.clock.Now}
	h.delegation = delegation.New(delegation.Options{DB: h.db, Clock: h.clock, IDs: h.ids, Sessions: h.sessions, Directory: h.directory,
		People: relations{h.register}, Journal: h.journal, Services: titles{h}, Notices: h.notify, Shield: h.protection, Holds: h.identity})
	h.service.Rights, h.service.Guardians, h.service.Principals = h.delegation, h.delegation, principals{h}
	if h.scim, err = scim.New(scim.Deps{DB: h.db, Clock: h.clock, IDs: h.ids, Directory: h.directory, Sessions: h.sessions, Journal: h.journal,
		Tokens: h.op, Log: h.log, BaseURL: h.base}); err != nil {
		return err
	}
	h.party = party.New(party.Options{DB: h.db, Clock: h.clock, IDs: h.ids, Journal: h.journal, Clients: h.op, Laws: statutes{h}, Agencies: h.directory, Caller: h.hook, Demo: h.cfg.Demo})
	h.operating = operating.New(operating.Deps{DB: h.db, Clock: h.clock, Outbox: h.outbox, Probe: probe{h}})
	h.operating.Wire()
	h.outbox.Every("notify.requeue", time.Hour, func(ctx context.Context) error {
		_, err := h.notify.Requeue(ctx) // an address may have come since
		return err
	})
	h.outbox.Every("notice.sweep", time.Hour, h.notice.Sweep)
	h.outbox.Every("identity.sweep", time.Hour, h.identity.Sweep)
	h.outbox.Every("op.sweep", time.Minute, h.op.Sweep)
	h.outbox.Every("proof.sweep", time.Hour, h.proof.Sweep)
	h.outbox.Every("casework.recount", 24*time.Hour, func(ctx context.Context) error {
		_, err := h.cases.Recount(ctx) // a new binary may bring a new gazette
		return err
	})
	return nil
}

// Run does the hall's background work until ctx ends.
func (h *Hall) Run(ctx context.Context) error {
	return together(ctx, h.journal.Run, h.outbox.Run, h.stays)
}

// stays ends when the hall's database was taken by somebody who has it alone.
func (h *Hall) stays(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-h.holding.Lost():
		return err
	}
}

// Close gives the database and the data folder back.
func (h *Hall) Close() error {
	h.holding.Release()
	h.held.Release()
	if h.db == nil {
		return nil
	}
	return h.db.Close()
}
