package authenticator

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/secret"
)

// RFC 6238, Appendix B, SHA-1.
func TestTOTPVectors(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471",
		1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130"} {
		if got := hotp(secret, stepOf(time.Unix(at, 0)), 8); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

func TestTOTPMatch(t *testing.T) {
	secret, at := []byte("12345678901234567890"), time.Unix(1111111111, 0)
	now := stepOf(at)
	for off, want := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		step, ok := match(secret, hotp(secret, now+off, totpDigits), at, 0)
		if ok != want || ok && step != now+off {
			t.Errorf("%+d steps: %v at %d", off, ok, step-now)
		}
	}
	if _, ok := match(secret, hotp(secret, now, totpDigits), at, now); ok {
		t.Error("a step was good twice")
	}
	if _, ok := match(secret, hotp(secret, now-1, totpDigits), at, now); ok {
		t.Error("a step before the last was good")
	}
}

func TestWeak(t *testing.T) {
	const number, name = "900101-14-5678", "Aisyah binti Abdul Rahman"
	for password, want := range map[string]string{
		"pendek":                       "authenticator.password.short",
		"hujan di tengah hari":         "",
		"kkkkkkkkkkkk":                 "authenticator.password.known",
		"900101145678":                 "authenticator.password.known",
		"900101-14-5678!!":             "authenticator.password.known",
		"AisyahBintiAbdulRahman":       "authenticator.password.known",
		"rahman abdul aisyah":          "authenticator.password.known",
		"aisyah suka durian belanda":   "",
		strings.Repeat("panjang ", 30): "authenticator.password.long",
		"ada nul \x00 di dalamnya":     "authenticator.password.odd",
	} {
		if got := Weak(password, number, name); got != want {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
	}
}

func TestWaits(t *testing.T) {
	for misses, want := range map[int64]time.Duration{0: 0, 4: 0, 5: 30 * time.Second, 6: time.Minute, 9: 8 * time.Minute, 10: 15 * time.Minute, 1000: 15 * time.Minute} {
		if got := waitAfter(misses, 5); got != want {
			t.Errorf("%d misses: %v, want %v", misses, got, want)
		}
	}
}

// A rig keeps authenticators in a database.
type rig struct {
	*Authenticators
	t     *testing.T
	clock *clock.Manual
}

func each(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewManual(time.Date(2026, 11, 30, 4, 0, 0, 0, time.UTC))
		box, err := secret.NewBox([]byte("a key of the hall's, of 32 bytes and more"), "authenticator")
		if err != nil {
			t.Fatal(err)
		}
		fn(t, &rig{New(d, c, id.NewSource(c, nil), box), t, c})
	}, Migration())
}

func (r *rig) write(fn func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.db.Write(context.Background(), fn); err != nil {
		r.t.Fatal(err)
	}
}

// set gives aisyah a password and an app, and tells the app's secret.
func (r *rig) set(password string) []byte {
	r.t.Helper()
	hash, err := r.Hash(r.t.Context(), password)
	if err != nil {
		r.t.Fatal(err)
	}
	setup := r.Begin("aisyah", "Balai", "Aisyah")
	raw, err := base32s.DecodeString(strings.ReplaceAll(setup.Secret, " ", ""))
	if err != nil {
		r.t.Fatal(err)
	}
	r.write(func(tx *db.Tx) error {
		ok, err := r.SetTx(tx, "aisyah", hash, setup.Sealed, hotp(raw, stepOf(r.clock.Now()), totpDigits))
		if err == nil && !ok {
			r.t.Fatal("the app's first code does not fit")
		}
		return err
	})
	r.clock.Advance(time.Minute)
	return raw
}

func (r *rig) code(raw []byte) string { return hotp(raw, stepOf(r.clock.Now()), totpDigits) }

const password = "hujan di tengah hari"

func TestPassword(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		raw := r.set(password)
		codes := r.Codes()
		r.write(func(tx *db.Tx) error { return r.NewCodesTx(tx, "aisyah", codes) })
		try := func(person, text, code string) error {
			_, err := r.Password(t.Context(), Typed{Account: "900101-14-5678", Address: "192.0.2.1", Person: person, Secret: text, Code: code})
			return err
		}
		right := r.code(raw)
		for name, err := range map[string]error{
			"nobody":           try("", password, right),
			"another person":   try("farid", password, right),
			"a wrong password": try("aisyah", "hujan di petang hari", right),
			"a wrong code":     try("aisyah", password, "000000"),
		} {
			if fault.CodeOf(err) != fault.Denied || err.Error() != errNo.Error() {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := try("aisyah", password, right); err != nil {
			t.Fatal(err)
		}
		if err := try("aisyah", password, right); err == nil {
			t.Error("a code was good twice")
		}
		if err := try("aisyah", password, strings.ToLower(codes[3])); err != nil {
			t.Errorf("a recovery code in its place: %v", err)
		}
		if err := try("aisyah", password, codes[3]); err == nil {
			t.Error("a recovery code was good twice")
		}
		var own Own
		r.write(func(tx *db.Tx) (err error) { own, err = r.Of(tx, "aisyah"); return err })
		if !own.Password() || own.Codes != recoveryCodes-1 || own.Card() {
			t.Errorf("%+v", own)
		}
	})
}

// However many send the right code at once, one comes in; however many guess
// at once, five are looked at.
func TestAttemptsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		raw := r.set(password)
		in := Typed{Account: "900101145678", Address: "192.0.2.1", Person: "aisyah", Secret: password, Code: r.code(raw)}
		in.Address = "192.0.2.7"
		var won, waits atomic.Int64
		at := func(n int, in Typed) {
			var all sync.WaitGroup
			for range n {
				all.Go(func() {
					_, err := r.Password(t.Context(), in)
					switch {
					case err == nil:
						won.Add(1)
					case fault.CodeOf(err) == fault.Busy:
						waits.Add(1)
					}
				})
			}
			all.Wait()
		}
		at(4, in)
		if won.Load() != 1 {
			t.Errorf("one code let %d in", won.Load())
		}
		in.Address, in.Code = "192.0.2.8", "000000"
		waits.Store(0)
		at(20, in)
		if waits.Load() != 15 {
			t.Errorf("of 20 guesses at once %d were looked at, want 5", 20-waits.Load())
		}
		r.clock.Advance(31 * time.Second)
		waits.Store(0)
		if at(2, in); waits.Load() != 1 {
			t.Errorf("after the wait one more is looked at, not %d", 2-waits.Load())
		}
		in.Address, in.Code = "192.0.2.9", r.code(raw)
		if _, err := r.Password(t.Context(), in); err != nil {
			t.Errorf("the owner, from elsewhere, is kept out by a stranger: %v", err)
		}
	})
}

// However a number is written, its attempts are one person's; one that is
// nobody's goes by the same rule, so that waiting tells nothing.
func TestOneLane(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		tries := func(person string, numbers ...string) {
			t.Helper()
			for i := range 6 {
				_, err := r.Password(t.Context(), Typed{Account: numbers[i%len(numbers)], Address: "192.0.2.1", Person: person, Secret: password, Code: "000000"})
				if want := i == 5; (fault.CodeOf(err) == fault.Busy) != want {
					t.Errorf("attempt %d at %q of %q: %v", i+1, numbers[i%len(numbers)], person, err)
				}
			}
		}
		tries("aisyah", "a\u017f1234567", "AS1234567", "as1234567", " AS 1234567")
		tries("", "900101-14-5678", "900101145678", " 900101 14 5678", "9-0-0-101145678")
		tries("", "k1234567", "K1234567", "K123 4567")
		if whose("", "a\u017f1") == whose("", "as1") || whose("", "k/1") == whose("", "k1") || whose("", "k-1") == whose("", "k1") {
			t.Error("what the register keeps apart is one")
		}
	})
}

func TestCard(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		pin, err := r.Hash(t.Context(), "204816")
		if err != nil {
			t.Fatal(err)
		}
		r.write(func(tx *db.Tx) error { return r.GiveCardTx(tx, "tok-wan", pin, []string{"ABCD2345", "EFGH6789"}) })
		try := func(person, pin, code string) error {
			_, err := r.Card(t.Context(), Typed{Account: "1", Address: "192.0.2.1", Person: person, Secret: pin, Code: code})
			return err
		}
		if try("tok-wan", "204817", "abcd-2345") == nil || try("aisyah", "204816", "ABCD2345") == nil || try("tok-wan", "204816", "ABCD2346") == nil {
			t.Error("what does not fit came in")
		}
		if err := try("tok-wan", "204816", "abcd-2345"); err != nil {
			t.Fatal(err)
		}
		if try("tok-wan", "204816", "ABCD2345") == nil {
			t.Error("a code was good twice")
		}
		var own Own
		r.write(func(tx *db.Tx) (err error) {
			if own, err = r.Of(tx, "tok-wan"); err != nil {
				return err
			}
			return r.GiveCardTx(tx, "tok-wan", pin, []string{"JKMN2345"})
		})
		if !own.Card() || own.CardCodes != 1 {
			t.Errorf("%+v", own)
		}
		if try("tok-wan", "204816", "EFGH6789") == nil {
			t.Error("a code of the card before came in")
		}
	})
}

// The secret in the database opens for its person and with the hall's key only,
// and a form's secret for the person whose page showed it.
func TestSecretIsSealed(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		raw := r.set(password)
		r.write(func(tx *db.Tx) error {
			p, err := passOf(tx, "aisyah")
			if err != nil {
				return err
			}
			if strings.Contains(p.sealed, base32s.EncodeToString(raw)) || strings.Contains(p.sealed, string(raw)) {
				t.Error("the secret stands in the database as it is")
			}
			if _, err := r.open("totp farid", p.sealed); err == nil {
				t.Error("it opens for somebody else")
			}
			return nil
		})
		setup := r.Begin("aisyah", "Balai", "Aisyah")
		if _, ok := r.Again("farid", "Balai", "Farid", setup.Sealed); ok {
			t.Error("another person's secret is shown")
		}
		if again, ok := r.Again("aisyah", "Balai", "Aisyah", setup.Sealed); !ok || again.Secret != setup.Secret {
			t.Error("the page does not show the same secret again")
		}
		r.clock.Advance(setupLife)
		if _, ok := r.Again("aisyah", "Balai", "Aisyah", setup.Sealed); ok {
			t.Error("a page of yesterday can be sent")
		}
	})
}

// oathtool, which nobody here wrote, shows the same codes as our app and door
// take for right.
func TestOathtoolAgrees(t *testing.T) {
	raw := []byte("a secret of 20 bytes")
	for _, at := range []int64{0, 59, 1111111109, 1796000000, 4102444800} {
		out, err := exec.Command("oathtool", "--totp", "--base32", "--now", fmt.Sprintf("@%d", at), base32s.EncodeToString(raw)).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		code := strings.TrimSpace(string(out))
		if _, ok := match(raw, code, time.Unix(at, 0), -2); !ok {
			t.Errorf("at %d oathtool shows %s, which is refused", at, code)
		}
		if _, ok := match(raw, code, time.Unix(at+3*totpPeriod, 0), -2); ok {
			t.Errorf("at %d oathtool's %s is good three steps later", at, code)
		}
	}
}
