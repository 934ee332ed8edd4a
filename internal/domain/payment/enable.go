package payment

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/hook"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// capital is the city of a federal agency of which no other is known.
const capital = "PUTRAJAYA"

// mostCity is how many letters of a city a QR has room for.
const mostCity = 15

// EnableTx lets an agency take money into an account: its accounts are opened in
// the ledger, and it gets a name at the bank and a secret. Done again, it stays
// as it is.
func (p *Part) EnableTx(tx *db.Tx, by actor.Actor, agency, account string) (c Collector, err error) {
	if c, err = collectorOf(tx, agency); err == nil {
		if account != "" && account != c.Account {
			return c, fault.New(fault.Conflict, "payment.error.account", "account", c.Account)
		}
		return c, nil
	}
	if !errors.Is(err, db.ErrNoRows) {
		return c, err
	}
	a, err := p.Directory.Agency(tx, agency)
	if fault.CodeOf(err) == fault.Missing { // a new hall's directory is empty
		return c, fault.New(fault.Missing, "payment.error.unlisted", "agency", agency).Wrap(err)
	}
	if err != nil {
		return c, fmt.Errorf("payment: the agency %q: %w", agency, err)
	}
	if account == "" {
		account = accountOf(agency)
	}
	c = Collector{Agency: agency, Account: account, Merchant: "MY" + strings.ToUpper(strings.ReplaceAll(agency, "-", "")),
		Name: plainName(a.Name.MS), City: capital, MadeAt: p.now()}
	c.Secret = p.sealed(agency, hook.NewSecret(p.IDs.Bytes(hook.SecretSize)))
	if err := p.Ledger.OpenTx(tx, append(c.Books(true).accounts(), c.Books(false).accounts()...)...); err != nil {
		return c, err
	}
	if err := insertCollector(tx, c); err != nil {
		return c, err
	}
	_, err = p.Journal.Append(tx, journal.Record{Kind: "payment.enabled", By: journal.ByActor(by),
		Why:  locale.Text{MS: "Agensi boleh menerima bayaran dalam talian.", EN: "The agency can take payments online."},
		Data: map[string]any{"agency": agency, "account": account}})
	return c, err
}

// Enable is EnableTx, and tells the bank.
func (p *Part) Enable(ctx context.Context, by actor.Actor, agency, account string) (c Collector, err error) {
	err = p.DB.Write(ctx, func(tx *db.Tx) (err error) { c, err = p.EnableTx(tx, by, agency, account); return err })
	if err != nil {
		return c, err
	}
	return c, p.enrol(ctx, c)
}

// EnableIn is Enable in a city, which a payer's telephone shows. A state's agency
// and a council are not in the federal capital: they have to say theirs.
func (p *Part) EnableIn(ctx context.Context, by actor.Actor, agency, account, city string) (c Collector, err error) {
	err = p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if c, err = p.EnableTx(tx, by, agency, account); err != nil {
			return err
		}
		if city != "" {
			c, err = p.CityTx(tx, by, c, city)
			return err
		}
		a, err := p.Directory.Agency(tx, agency)
		if err == nil && c.City == capital && (a.Level == directory.State || a.Level == directory.Local) {
			err = fault.New(fault.Invalid, "payment.error.city")
		}
		return err
	})
	if err != nil {
		return c, err
	}
	return c, p.enrol(ctx, c)
}

// CityTx says in which city a collector is: "Petaling Jaya".
func (p *Part) CityTx(tx *db.Tx, by actor.Actor, c Collector, city string) (Collector, error) {
	name := plainName(city)
	if name == "" || len(name) > mostCity {
		return c, fault.New(fault.Invalid, "payment.error.city")
	}
	if name == c.City {
		return c, nil
	}
	c.City = name
	if err := updateCity(tx, c); err != nil {
		return c, err
	}
	_, err := p.Journal.Append(tx, journal.Record{Kind: "payment.city", By: journal.ByActor(by),
		Why:  locale.Text{MS: "Bandar pada kod QR agensi ditetapkan.", EN: "The city on the agency's QR codes was set."},
		Data: map[string]any{"agency": c.Agency, "city": name}})
	return c, err
}

// known is what this process has told the banks of each agency.
type known struct {
	sync.Mutex
	of map[string]string
}

func (k *known) is(c Collector) bool {
	k.Lock()
	defer k.Unlock()
	return k.of[c.Agency] == sketch(c)
}

func (k *known) now(c Collector) {
	k.Lock()
	defer k.Unlock()
	k.of[c.Agency] = sketch(c)
}

// sketch changes with whatever a bank is told of a collector.
func sketch(c Collector) string {
	return hash(strings.Join([]string{c.Merchant, c.Name, c.City, c.Account, c.Secret}, "\n"))
}

// EnrolNew tells the banks of collectors of which this process has not told them: those
// that a command has made beside it, which knows no bank perhaps, and those of whom a
// bank that was away did not hear.
func (p *Part) EnrolNew(ctx context.Context) error {
	var list []Collector
	err := p.DB.Read(ctx, func(tx *db.Tx) (err error) { list, err = collectors(tx); return err })
	for _, c := range list {
		if !p.known.is(c) {
			err = errors.Join(err, p.enrol(ctx, c)) // one that is refused holds up no other
		}
	}
	return err
}

// enrol makes a collector known to the bank, and to the sandbox's.
func (p *Part) enrol(ctx context.Context, made Collector) error {
	for _, live := range []bool{true, false} {
		b := p.banker(live)
		if b == nil {
			continue
		}
		c, err := p.as(made, live)
		if err != nil {
			return err
		}
		path := "/bank/callback/"
		if !live {
			path = "/bank/sandbox/"
		}
		if err := b.Enrol(ctx, c, p.BaseURL+path+c.Merchant); err != nil {
			return err
		}
	}
	p.known.now(made)
	return nil
}

// EnrolAll tells the bank of all collectors: where it tells of debits changes
// with the hall's address.
func (p *Part) EnrolAll(ctx context.Context) error {
	var list []Collector
	err := p.DB.Read(ctx, func(tx *db.Tx) (err error) { list, err = collectors(tx); return err })
	if err != nil {
		return err
	}
	for _, c := range list {
		if err := p.enrol(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// accountOf is a collection account's number in the sandbox's bank: twelve digits
// that follow from the agency's id.
func accountOf(agency string) string {
	sum := hash("account " + agency)
	var b strings.Builder
	b.WriteString("5140")
	for _, r := range sum[:8] {
		b.WriteByte('0' + byte(r)%10)
	}
	return b.String()
}

// plainName is an agency's name as a QR has it: upper case letters, digits and
// blanks, 25 of them.
func plainName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == ' ':
			return r
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return ' '
	}, name)
	name = strings.Join(strings.Fields(name), " ")
	return strings.TrimSpace(name[:min(len(name), 25)])
}
