package authenticator

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/secret"
)

// Authenticators keeps them. Make it with New.
type Authenticators struct {
	db     *db.DB
	clock  clock.Clock
	ids    *id.Source
	hasher *secret.Hasher
	box    *secret.Box
	names  []byte
}

// New keeps authenticators in d; box is for nothing else.
func New(d *db.DB, c clock.Clock, ids *id.Source, box *secret.Box) *Authenticators {
	return &Authenticators{db: d, clock: c, ids: ids, hasher: secret.NewHasher(ids.Bytes), box: box, names: box.Derive("names")}
}

// seal keeps a text for a row; open is the way back.
func (a *Authenticators) seal(row string, text []byte) string {
	return base64.RawStdEncoding.EncodeToString(a.box.Seal(text, row))
}

func (a *Authenticators) open(row, sealed string) ([]byte, error) {
	raw, err := base64.RawStdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, fmt.Errorf("authenticator: what was sealed cannot be read: %w", err)
	}
	return a.box.Open(raw, row)
}

// name stands for a code, a number or an address where it is looked up: without
// the hall's key nobody finds the text by trying all.
func (a *Authenticators) name(text string) string {
	m := hmac.New(sha256.New, a.names)
	m.Write([]byte(text))
	return hex.EncodeToString(m.Sum(nil))
}

func (a *Authenticators) now() int64 { return clock.Micro(a.clock.Now()) }

func (a *Authenticators) ago(d time.Duration) int64 { return clock.Micro(a.clock.Now().Add(-d)) }

// Own is what somebody has, besides passkeys. Times are 0 where they have none.
type Own struct {
	PasswordAt, PasswordUsedAt int64
	Codes                      int // recovery codes that are left
	CardAt                     int64
	CardCodes                  int // codes that are left on the card
}

// Password tells whether they can sign in by password and app, Card by card.
func (o Own) Password() bool { return o.PasswordAt > 0 }
func (o Own) Card() bool     { return o.CardAt > 0 && o.CardCodes > 0 }

const (
	recoveryCodes  = 10
	recoveryLength = 16
)

// Hash is the slow hash of a password or a PIN.
func (a *Authenticators) Hash(ctx context.Context, text string) (string, error) {
	return a.hasher.Hash(ctx, normal(text))
}

// Begin draws the secret of an app. Nothing is kept: the form brings it back,
// sealed, with the first code.
func (a *Authenticators) Begin(person, issuer, account string) Setup {
	raw := a.ids.Bytes(totpSecret)
	s := setupOf(issuer, account, raw)
	at := strconv.FormatInt(a.now(), 10)
	s.Sealed = a.seal("setup "+person, append([]byte(at+" "), raw...))
	return s
}

// setupLife is how long a page that shows a secret can be sent.
const setupLife = time.Hour

// Again shows the same secret once more, where the form had a mistake in it.
func (a *Authenticators) Again(person, issuer, account, sealed string) (Setup, bool) {
	raw, ok := a.opened(person, sealed)
	if !ok {
		return Setup{}, false
	}
	s := setupOf(issuer, account, raw)
	s.Sealed = sealed
	return s, true
}

func (a *Authenticators) opened(person, sealed string) ([]byte, bool) {
	text, err := a.open("setup "+person, sealed)
	if err != nil {
		return nil, false
	}
	at, raw, _ := strings.Cut(string(text), " ")
	n, err := strconv.ParseInt(at, 10, 64)
	return []byte(raw), err == nil && n > a.ago(setupLife) && len(raw) == totpSecret
}

// SetTx keeps a password, hashed, and the app whose first code was typed;
// false where the code is not the app's.
func (a *Authenticators) SetTx(tx *db.Tx, person, hash, sealed, code string) (bool, error) {
	raw, ok := a.opened(person, sealed)
	if !ok {
		return false, nil
	}
	step, ok := match(raw, secret.Typed(code), a.clock.Now(), 0)
	if !ok {
		return false, nil
	}
	return true, setPass(tx, person, pass{hash: hash, sealed: a.seal("totp "+person, raw), lastStep: step}, a.now())
}

// Codes draws new recovery codes; NewCodesTx keeps them in place of the old.
func (a *Authenticators) Codes() []string {
	list := make([]string, recoveryCodes)
	for i := range list {
		list[i] = secret.Code(a.ids.Bytes, recoveryLength)
	}
	return list
}

// NewCodesTx replaces a person's recovery codes. Only their hashes are kept.
func (a *Authenticators) NewCodesTx(tx *db.Tx, person string, codes []string) error {
	return a.replace(tx, person, recoveryCode, codes)
}

func (a *Authenticators) replace(tx *db.Tx, person, kind string, codes []string) error {
	if err := dropCodes(tx, person, kind); err != nil {
		return err
	}
	for _, c := range codes {
		if err := insertCode(tx, a.nameOf(person, kind, c), person, kind, a.now()); err != nil {
			return err
		}
	}
	return nil
}

func (a *Authenticators) nameOf(person, kind, code string) string {
	return a.name("code " + kind + " " + person + " " + secret.Typed(code))
}

// GiveCardTx gives a person a printed card in place of the one before: codes
// that are good once, and a PIN that they chose, hashed by Hash.
func (a *Authenticators) GiveCardTx(tx *db.Tx, person, pinHash string, codes []string) error {
	if err := setCard(tx, person, pinHash, a.now()); err != nil {
		return err
	}
	return a.replace(tx, person, cardCode, codes)
}

// CardUnused tells whether a person has a card that was given at a time or
// later, none of whose codes was used.
func (a *Authenticators) CardUnused(tx *db.Tx, person string, since int64) (bool, error) {
	return cardUnused(tx, person, since)
}

// ReprintCardTx puts other codes on a person's card; the PIN stays.
func (a *Authenticators) ReprintCardTx(tx *db.Tx, person string, codes []string) error {
	return a.replace(tx, person, cardCode, codes)
}

// Typed is what somebody typed to prove who they are. person is "" where nobody
// is known by the number: everything is worked out all the same.
type Typed struct {
	Account string // the number as it was typed; only a name of it is kept
	Address string // where from
	Person  string
	Secret  string // password or PIN
	Code    string // of the app, a recovery code, or one of the card
	AppOnly bool   // no recovery code in the place of the app's
	For     string // what is counted apart from the rest: "recover"; "" is the rest
}

// Means are how it was proved (RFC 8176).
var (
	byPassword = []string{"pwd", "otp"}
	byCard     = []string{"otp", "pin"}
)

// errNo is the one answer to whatever is wrong.
var errNo = fault.New(fault.Denied, "authenticator.error.no")

// Password checks a password with a code of its app, or with a recovery code
// in its place, and uses the code up. Whatever is wrong, the answer is the same
// and so is the work.
func (a *Authenticators) Password(ctx context.Context, in Typed) (amr []string, err error) {
	p := pass{}
	err = a.tried(ctx, in, func(tx *db.Tx) (err error) {
		p, err = passOf(tx, in.Person)
		return err
	})
	if err != nil {
		return nil, err
	}
	right, err := a.hasher.Check(ctx, normal(in.Secret), p.hash)
	if err != nil {
		return nil, err
	}
	return byPassword, a.settle(ctx, in, func(tx *db.Tx) (bool, error) {
		if !right {
			return false, nil
		}
		return a.spend(tx, in, p.hash)
	})
}

// spend uses up a code of the app, or a recovery code in its place.
func (a *Authenticators) spend(tx *db.Tx, in Typed, hash string) (bool, error) {
	p, err := passOf(tx, in.Person)
	if err != nil || p.hash != hash {
		return false, err // it was changed in between
	}
	raw, err := a.open("totp "+in.Person, p.sealed)
	if err != nil {
		return false, err
	}
	if step, ok := match(raw, secret.Typed(in.Code), a.clock.Now(), p.lastStep); ok {
		return spendStep(tx, in.Person, hash, step, a.now())
	}
	if in.AppOnly {
		return false, nil
	}
	return spendCode(tx, a.nameOf(in.Person, recoveryCode, in.Code), in.Person, recoveryCode, a.now())
}

// Card checks a printed code with its PIN, and uses the code up.
func (a *Authenticators) Card(ctx context.Context, in Typed) (amr []string, err error) {
	pin := ""
	err = a.tried(ctx, in, func(tx *db.Tx) (err error) {
		pin, err = pinOf(tx, in.Person)
		return err
	})
	if err != nil {
		return nil, err
	}
	right, err := a.hasher.Check(ctx, normal(in.Secret), pin)
	if err != nil {
		return nil, err
	}
	return byCard, a.settle(ctx, in, func(tx *db.Tx) (bool, error) {
		now, err := pinOf(tx, in.Person)
		if err != nil || !right || now != pin {
			return false, err
		}
		return spendCode(tx, a.nameOf(in.Person, cardCode, in.Code), in.Person, cardCode, a.now())
	})
}

// Recovery checks a recovery code alone, which opens nothing by itself, and
// uses it up.
func (a *Authenticators) Recovery(ctx context.Context, in Typed) error {
	if err := a.tried(ctx, in, func(*db.Tx) error { return nil }); err != nil {
		return err
	}
	return a.settle(ctx, in, func(tx *db.Tx) (bool, error) {
		return spendCode(tx, a.nameOf(in.Person, recoveryCode, in.Code), in.Person, recoveryCode, a.now())
	})
}

// TryTx counts an attempt of the door's own that can be guessed, or refuses it
// where there were too many. Of what is typed, who and where from is read.
func (a *Authenticators) TryTx(tx *db.Tx, in Typed) error {
	for _, l := range a.lanesOf(in) {
		misses, last, err := missesOf(tx, l.Name)
		if err != nil {
			return err
		}
		if last < a.ago(forget) {
			misses = 0
		}
		if left := time.Duration(last-a.ago(waitAfter(misses, l.Free))) * time.Microsecond; misses >= l.Free && left > 0 {
			return fault.TooMuch(left, "authenticator.error.wait", "count", int64((left+time.Minute-1)/time.Minute))
		}
		if err := setMisses(tx, l.Name, misses+1, a.now()); err != nil {
			return err
		}
	}
	return nil
}

// FitTx forgets the misses of an account from an address, and takes this
// attempt out of what is held against the address and the account.
func (a *Authenticators) FitTx(tx *db.Tx, in Typed) error {
	for i, l := range a.lanesOf(in) {
		misses, last, err := missesOf(tx, l.Name)
		if err != nil {
			return err
		}
		left := max(0, misses-1)
		if i == 0 {
			left = 0
		}
		if err := setMisses(tx, l.Name, left, last); err != nil {
			return err
		}
	}
	return nil
}

func (a *Authenticators) lanesOf(in Typed) []Lane {
	return lanes(a.name("account "+in.For+" "+whose(in.Person, in.Account)), a.name("address "+in.Address))
}

// tried counts an attempt as missed before it is looked at: fifty at once are
// fifty, whichever is answered first.
func (a *Authenticators) tried(ctx context.Context, in Typed, read func(tx *db.Tx) error) error {
	return a.db.Write(ctx, func(tx *db.Tx) error {
		if err := a.TryTx(tx, in); err != nil {
			return err
		}
		return read(tx)
	})
}

// settle uses up what was right, and takes the miss back.
func (a *Authenticators) settle(ctx context.Context, in Typed, use func(tx *db.Tx) (bool, error)) error {
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		ok, err := use(tx)
		if err != nil {
			return err
		}
		if !ok || in.Person == "" {
			return errNo
		}
		return a.FitTx(tx, in)
	})
	if err != nil && fault.CodeOf(err) == fault.Internal {
		return fmt.Errorf("authenticator: %w", err)
	}
	return err
}
