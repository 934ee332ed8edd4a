package ledger

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

//go:embed migration
var migrations embed.FS

// Migration makes the tables ledger_*.
func Migration() db.Migration { return db.Migration{Part: "ledger", FS: migrations} }

// Texts are this package's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Journal is the public record, as far as books need it.
type Journal interface {
	AppendAll(tx *db.Tx, records []journal.Record) (leaves []string, err error)
	Entry(tx *db.Tx, leaf string) (journal.Entry, error)
	Walk(tx *db.Tx, visit func(journal.Entry) error) error
}

// Ledger keeps the books of all agencies.
type Ledger struct {
	db      *db.DB
	clock   clock.Clock
	ids     *id.Source
	journal Journal
	queue   queue
}

// New keeps books in d.
func New(d *db.DB, c clock.Clock, ids *id.Source, j Journal) *Ledger {
	return &Ledger{db: d, clock: c, ids: ids, journal: j, queue: queue{turn: make(chan struct{}, 1)}}
}

var codeForm = regexp.MustCompile(`^[a-z0-9-]{1,40}(:[a-z0-9-]{1,40}){0,5}$`)

// opened is the kind of the leaf that says what an account is.
const opened = "ledger.opened"

// said is what an account's leaf says of it.
func (a Account) said() map[string]any {
	return map[string]any{"account": a.Code, "agency": a.Agency, "currency": a.Currency, "normal": string(a.Normal), "floor": a.Floor}
}

func (a Account) says(data map[string]any) bool { return maps.Equal(a.said(), data) }

// OpenTx makes accounts, each with its leaf. One that is there already stays as it
// is, and has to be of the same kind.
func (l *Ledger) OpenTx(tx *db.Tx, accounts ...Account) error {
	there, err := accountsByCode(tx, codesOf(accounts))
	if err != nil {
		return err
	}
	var records []journal.Record
	for _, a := range accounts {
		if _, ok := money.Exponent(a.Currency); !ok || !codeForm.MatchString(a.Code) || a.Normal != Debit && a.Normal != Credit {
			return errInvalid("an account %q of %q, normally %q", a.Code, a.Currency, a.Normal)
		}
		if was, ok := there[a.Code]; ok {
			if was.Agency != a.Agency || was.Currency != a.Currency || was.Normal != a.Normal || was.Floor != a.Floor {
				return ErrChanged
			}
			continue
		}
		if err := insertAccount(tx, a, clock.Micro(l.clock.Now())); err != nil {
			return err
		}
		there[a.Code] = &a
		records = append(records, journal.Record{Kind: opened, By: journal.By{Agency: a.Agency}, Data: a.said(),
			Why: locale.Text{MS: "Akaun " + a.Code + " dibuka dalam lejar.", EN: "The account " + a.Code + " was opened in the ledger."}})
	}
	if _, err := l.journal.AppendAll(tx, records); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

func codesOf(accounts []Account) (out []string) {
	for _, a := range accounts {
		out = append(out, a.Code)
	}
	return out
}

// PostTx posts one group together with another act.
func (l *Ledger) PostTx(tx *db.Tx, g Group) error {
	refused, err := l.PostAllTx(tx, []Group{g})
	if err != nil {
		return err
	}
	return refused[0]
}

// books are the rows that a call needs, read once and changed in memory.
type books struct {
	groups   map[string]string // digest by id, of those there were
	accounts map[string]*Account
	holds    map[string]held
}

// held is a Hold as it stands.
type held struct {
	Transfer
	ended bool
}

// PostAllTx is Post together with another act.
func (l *Ledger) PostAllTx(tx *db.Tx, groups []Group) (refused []error, err error) {
	now := clock.Micro(l.clock.Now())
	b, err := l.read(tx, groups)
	if err != nil {
		return nil, err
	}
	refused = make([]error, len(groups))
	var posted []Group
	var digests []string
	changed := map[string]bool{}
	for i, g := range groups {
		if refused[i] = g.check(); refused[i] != nil {
			continue
		}
		digest := g.Digest() // of what the caller asks for: accounts of holds are not named in it
		if was, ok := b.groups[g.ID]; ok {
			if was != digest {
				refused[i] = ErrChanged
			}
			continue
		}
		g.Transfers = slices.Clone(g.Transfers)
		if refused[i] = b.post(g.Transfers, changed); refused[i] != nil {
			continue
		}
		g.At = now
		b.groups[g.ID] = digest
		posted, digests = append(posted, g), append(digests, digest)
	}
	if len(posted) == 0 {
		return refused, nil
	}
	if err := l.leaves(tx, posted, digests); err != nil {
		return nil, err
	}
	if err := insertGroups(tx, posted, digests); err != nil {
		return nil, err
	}
	for _, code := range slices.Sorted(maps.Keys(changed)) {
		if err := updateAccount(tx, *b.accounts[code]); err != nil {
			return nil, err
		}
	}
	return refused, nil
}

// read gathers every row that the groups name.
func (l *Ledger) read(tx *db.Tx, groups []Group) (b books, err error) {
	var ids, holds []string
	codes := map[string]bool{}
	for _, g := range groups {
		ids = append(ids, g.ID)
		for _, t := range g.Transfers {
			switch {
			case t.Of != "":
				holds = append(holds, t.Of)
				continue
			case t.Kind == Hold:
				holds = append(holds, t.ID)
			}
			codes[t.Debit], codes[t.Credit] = true, true
		}
	}
	if b.groups, err = digestsByID(tx, ids); err != nil {
		return b, err
	}
	if b.holds, err = holdsByID(tx, holds); err != nil {
		return b, err
	}
	for _, h := range b.holds {
		codes[h.Debit], codes[h.Credit] = true, true
	}
	b.accounts, err = accountsByCode(tx, slices.Collect(maps.Keys(codes)))
	return b, err
}

// post enters a group's transfers in the accounts in memory, all or none, and
// fills in the accounts of those that end a hold.
func (b *books) post(transfers []Transfer, changed map[string]bool) error {
	was := map[string]Account{}
	keep := func(a *Account) {
		if _, ok := was[a.Code]; !ok {
			was[a.Code] = *a
		}
	}
	var made, ended []string
	err := func() error {
		for i := range transfers {
			t := &transfers[i]
			var kept money.Amount
			if t.Of != "" {
				h, ok := b.holds[t.Of]
				switch {
				case !ok:
					return ErrHold
				case h.ended:
					return ErrEnded
				}
				t.Debit, t.Credit, kept = h.Debit, h.Credit, h.Amount
				h.ended = true
				b.holds[t.Of], ended = h, append(ended, t.Of)
			}
			debit, credit := b.accounts[t.Debit], b.accounts[t.Credit]
			if debit == nil || credit == nil {
				return ErrAccount
			}
			if debit.Currency != credit.Currency {
				return errInvalid("a transfer from %s into %s", credit.Currency, debit.Currency)
			}
			keep(debit)
			keep(credit)
			if err := enter(debit, credit, *t, kept); err != nil {
				return err
			}
			if t.Kind == Hold {
				if _, ok := b.holds[t.ID]; ok {
					return ErrChanged
				}
				b.holds[t.ID], made = held{Transfer: *t}, append(made, t.ID)
			}
		}
		return nil
	}()
	if err == nil {
		for code := range was {
			changed[code] = true
		}
		return nil
	}
	for code, a := range was {
		*b.accounts[code] = a
	}
	for _, id := range ended {
		h := b.holds[id]
		h.ended = false
		b.holds[id] = h
	}
	for _, id := range made {
		delete(b.holds, id)
	}
	return err
}

// leaves puts each group's digest into the journal, unless its act has done so.
func (l *Ledger) leaves(tx *db.Tx, posted []Group, digests []string) error {
	var records []journal.Record
	var of []int
	for i, g := range posted {
		if g.Leaf == "" {
			records = append(records, journal.Record{Kind: "ledger.posted", At: g.At, By: journal.By{Agency: g.Agency}, Subjects: g.Subjects, Why: g.Why,
				Data: map[string]any{"reason": g.Reason, "ref": g.Ref, DigestKey: digests[i]}})
			of = append(of, i)
		}
	}
	leaves, err := l.journal.AppendAll(tx, records)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	for k, i := range of {
		posted[i].Leaf = leaves[k]
	}
	return nil
}

// DigestKey is where a leaf's data holds the digest of the group that it is for.
const DigestKey = "ledger"

// AccountTx is one account; ErrAccount where there is none.
func (l *Ledger) AccountTx(tx *db.Tx, code string) (Account, error) {
	found, err := accountsByCode(tx, []string{code})
	if err != nil {
		return Account{}, err
	}
	if a, ok := found[code]; ok {
		return *a, nil
	}
	return Account{}, ErrAccount
}

// AccountsTx are all accounts of an agency, or of all for "".
func (l *Ledger) AccountsTx(tx *db.Tx, agency string) ([]Account, error) {
	return accountsOf(tx, agency)
}

// Lapse lets go the holds whose time is over, and tells how many. Its groups' ids
// are new ones: an id that follows from the hold, somebody else could have used,
// and the hold would stay for ever.
func (l *Ledger) Lapse(ctx context.Context) (n int, err error) {
	var refused []error
	err = l.db.Write(ctx, func(tx *db.Tx) error {
		now := l.clock.Now()
		late, err := lapsed(tx, clock.Micro(now))
		if err != nil {
			return err
		}
		var groups []Group
		for _, h := range late {
			groups = append(groups, Group{ID: "lapse:" + l.ids.New(), Agency: h.agency, Reason: "lapse", Ref: h.ref, Day: clock.Day(now),
				Transfers: []Transfer{{Kind: Release, Of: h.ID}}})
		}
		refused, err = l.PostAllTx(tx, groups)
		return err
	})
	for _, no := range refused {
		if no == nil {
			n++
		}
	}
	return n, errors.Join(append(refused, err)...)
}
