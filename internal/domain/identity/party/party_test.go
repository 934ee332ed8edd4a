package party

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"balai/internal/domain/identity/op"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/secret"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

type rig struct {
	*Party
	t  *testing.T
	db *db.DB

	mu    sync.Mutex
	kinds []string
}

func (r *rig) Append(tx *db.Tx, rec journal.Record) (string, error) {
	tx.OnCommit(func() { // an act that met another's is begun again
		r.mu.Lock()
		defer r.mu.Unlock()
		r.kinds = append(r.kinds, rec.Kind)
	})
	return "leaf", nil
}

func (r *rig) Law(code string) (locale.Text, bool) {
	return locale.Same("Akta"), strings.HasPrefix(code, "law-") || code == "agency-programme"
}
func (r *rig) Agency(_ *db.Tx, id string) (directory.Agency, error) {
	return directory.Agency{ID: id, Site: "https://www." + id + ".gov.my"}, nil
}

func (r *rig) Codes() []string { return []string{"law-1"} }

func (r *rig) Check(address string) error {
	if strings.Contains(address, "10.0.0.1") {
		return errors.New("not public")
	}
	return nil
}

var (
	team    = actor.Actor{Person: "team", Post: "t", Agency: "jpj", Role: "jpj/service-team"}
	digital = actor.Actor{Person: "digital", Post: "d", Agency: "jpj", Role: "jpj/digital-officer"}
	other   = actor.Actor{Person: "other", Post: "o", Agency: "jpn", Role: "jpn/digital-officer"}
)

func each(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := &rig{t: t, db: d}
		c := clock.System()
		box, err := secret.NewBox(make([]byte, 32), "op")
		if err != nil {
			t.Fatal(err)
		}
		ids := id.NewSource(c, nil)
		provider, err := op.New(op.Options{DB: d, Clock: c, IDs: ids, Box: box, BaseURL: "https://balai.example"})
		if err != nil {
			t.Fatal(err)
		}
		r.Party = New(Options{DB: d, Clock: c, IDs: ids, Journal: r, Clients: provider, Laws: r, Agencies: r, Caller: r})
		fn(t, r)
	}, op.Migration())
}

func (r *rig) write(act func(tx *db.Tx) error) error {
	return r.db.Write(context.Background(), act)
}

func (r *rig) must(act func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.write(act); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) client(id string) (c op.Client) {
	r.t.Helper()
	err := r.db.Read(context.Background(), func(tx *db.Tx) (err error) {
		c, err = op.ClientByID(tx, id)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// whole is a program with all that it needs to go live.
func whole(t *testing.T) Input {
	t.Helper()
	c := op.Client{Profile: op.Citizen}
	s, err := fresh(&c)
	if err != nil || len(s.JWK) == 0 {
		t.Fatal(err)
	}
	return Input{Name: locale.Text{MS: "Lesen", EN: "Licence"}, Purpose: locale.Text{MS: "Sebab", EN: "Why"}, Redirects: []string{"https://app.jpj.gov.my/cb"},
		Scopes: []op.Wanted{{Scope: "profile", Basis: "consent"}, {Scope: "mykad", Basis: "law-333"}}, JWKS: string(c.JWKS)}
}

// A team registers a program alone, the sandbox has it at once, and it goes live
// when somebody else says so, as it was read.
func TestFromSandboxToLive(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c, s, err := r.newClient(team, Input{Name: locale.Text{MS: "Lesen Saya!"}, Redirects: []string{"http://127.0.0.1:9999/cb"}})
		if err != nil || len(s.JWK) == 0 || !strings.HasPrefix(c.ID, "lesen-saya-") {
			t.Fatal(c.ID, err)
		}
		r.must(func(tx *db.Tx) error { return r.registerTx(tx, team, c) })
		if got := r.client(c.ID); got.State != op.Testing || got.Agency != "jpj" || strings.Contains(string(got.JWKS), `"d"`) {
			t.Error(got)
		}
		ask := func(a actor.Actor) error {
			return r.write(func(tx *db.Tx) error { return r.askTx(tx, a, c.ID) })
		}
		approve := func(a actor.Actor, version int64) error {
			return r.write(func(tx *db.Tx) error { return r.approveTx(tx, a, c.ID, version, false) })
		}
		change := func(a actor.Actor, in Input) error {
			return r.write(func(tx *db.Tx) error { _, err := r.changeTx(tx, a, c.ID, 0, in); return err })
		}
		if err := ask(team); fault.CodeOf(err) != fault.Invalid {
			t.Error("asked with what is missing: ", err)
		}
		if err := approve(digital, 1); fault.CodeOf(err) != fault.Conflict {
			t.Error("approved what nobody asked for: ", err)
		}
		if err := change(digital, whole(t)); err != nil {
			t.Fatal(err)
		}
		if err := ask(team); err != nil {
			t.Fatal(err)
		}
		if err := approve(digital, 3); fault.CodeOf(err) != fault.Conflict {
			t.Error("approved what they wrote themselves: ", err)
		}
		if err := errors.Join(change(team, whole(t)), ask(team)); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{"another agency": approve(other, 5), "the team": approve(team, 5), "an older version": approve(digital, 4)} {
			if err == nil {
				t.Errorf("approved by %s", name)
			}
		}
		if err := approve(digital, 5); err != nil {
			t.Fatal(err)
		}
		live := r.client(c.ID)
		if live.State != op.Live || live.Draft != nil || live.Asked {
			t.Error(live)
		}
		next := whole(t)
		next.Redirects = []string{"https://new.jpj.gov.my/cb"}
		if err := change(team, next); err != nil {
			t.Fatal(err)
		}
		if got := r.client(c.ID); got.State != op.Live || !slices.Equal(got.RedirectURIs, live.RedirectURIs) || !slices.Equal(got.Trial().RedirectURIs, next.Redirects) {
			t.Error("what is live changed without approval: ", got.RedirectURIs)
		}
		if err := errors.Join(ask(team), approve(digital, 8)); err != nil {
			t.Fatal(err)
		}
		if got := r.client(c.ID); !slices.Equal(got.RedirectURIs, next.Redirects) {
			t.Error(got.RedirectURIs)
		}
		if err := r.write(func(tx *db.Tx) error { return r.suspendTx(tx, other, c.ID) }); fault.CodeOf(err) != fault.Missing {
			t.Error("another agency suspended it: ", err)
		}
		r.must(func(tx *db.Tx) error { return r.suspendTx(tx, team, c.ID) })
		if got := r.client(c.ID); got.State != op.Suspended {
			t.Error(got.State)
		}
		if err := change(team, next); fault.CodeOf(err) != fault.Conflict {
			t.Error(err)
		}
		shut := func(lift bool) {
			r.must(func(tx *db.Tx) error { _, err := r.Clients.(*op.OP).ShutTx(tx, c.ID, lift); return err })
		}
		shut(false)
		if err := r.write(func(tx *db.Tx) error { return r.resumeTx(tx, digital, c.ID) }); fault.CodeOf(err) != fault.Conflict || r.client(c.ID).State != op.Suspended {
			t.Error("an agency put back what the hall had stopped: ", err)
		}
		shut(true)
		if got := r.client(c.ID); got.State != op.Suspended {
			t.Error("lifted, it is served again by itself: ", got.State)
		}
		r.must(func(tx *db.Tx) error { return r.resumeTx(tx, digital, c.ID) })
		if got := r.client(c.ID); got.State != op.Testing {
			t.Error(got.State)
		}
		if want := []string{"client.registered", "client.changed", "client.changed", "client.approved", "client.changed", "client.approved", "client.suspended", "client.resumed"}; !slices.Equal(r.kinds, want) {
			t.Error(r.kinds)
		}
	})
}

// An address outside of the agency's own name is neither refused nor taken for
// its own: whoever approves says so. A number or this machine is nobody's.
func TestWhoseAddress(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for _, address := range []string{"https://10.0.0.5/cb", "https://[2001:db8::1]/cb", "https://localhost/cb", "https://127.0.0.1/cb", "https://a.localhost/cb"} {
			if list := r.Checks(op.Client{RedirectURIs: []string{address}}, ""); list[2].OK {
				t.Error("may go live: ", address)
			}
		}
		for address, want := range map[string]string{"https://jpj.gov.my/cb": "", "https://app.jpj.gov.my/cb": "", "https://evil.example/cb": "evil.example",
			"https://evil-jpj.gov.my/cb": "evil-jpj.gov.my", "https://jpj.gov.my.evil.example/cb": "jpj.gov.my.evil.example"} {
			if list := r.Checks(op.Client{RedirectURIs: []string{address}}, "https://www.jpj.gov.my"); !list[2].OK || strings.Join(list[2].Open, " ") != want {
				t.Error(address, list[2])
			}
		}
		in := whole(t)
		in.Redirects = []string{"https://vendor.example/cb"}
		c, _, err := r.newClient(team, in)
		if err != nil {
			t.Fatal(err)
		}
		r.must(func(tx *db.Tx) error { return r.registerTx(tx, team, c) })
		r.must(func(tx *db.Tx) error { return r.askTx(tx, team, c.ID) })
		approve := func(own bool) error {
			return r.write(func(tx *db.Tx) error { return r.approveTx(tx, digital, c.ID, 2, own) })
		}
		if err := approve(false); fault.CodeOf(err) != fault.Invalid {
			t.Error("approved with a question open: ", err)
		}
		if err := approve(true); err != nil || r.client(c.ID).State != op.Live {
			t.Error(err)
		}
	})
}

// Whoever approves sees all that is asked for and what of it is not live yet, and
// may send it back with a reason, which stands until it is asked for again.
func TestReturnedAndDiscarded(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c, _, err := r.newClient(team, whole(t))
		if err != nil {
			t.Fatal(err)
		}
		r.must(func(tx *db.Tx) error { return r.registerTx(tx, team, c) })
		r.must(func(tx *db.Tx) error { return r.askTx(tx, team, c.ID) })
		back := func(a actor.Actor, version int64, reason string) error {
			return r.write(func(tx *db.Tx) error { return r.returnTx(tx, a, c.ID, version, reason) })
		}
		for name, err := range map[string]error{"no reason": back(digital, 2, ""), "the team": back(team, 2, "x"), "another agency": back(other, 2, "x"),
			"an older version": back(digital, 1, "x"), "a long one": back(digital, 2, strings.Repeat("x", 501))} {
			if err == nil {
				t.Error("sent back: ", name)
			}
		}
		if err := back(digital, 2, "Tujuan kabur"); err != nil || r.client(c.ID).Returned != "Tujuan kabur" || r.client(c.ID).Asked {
			t.Error(err)
		}
		if err := back(digital, 3, "again"); fault.CodeOf(err) != fault.Conflict {
			t.Error("sent back what nobody asked for: ", err)
		}
		r.must(func(tx *db.Tx) error { return r.askTx(tx, team, c.ID) })
		if got := r.client(c.ID); got.Returned != "" {
			t.Error("the reason outlived its answer")
		}
		discard := func() error { return r.write(func(tx *db.Tx) error { return r.discardTx(tx, team, c.ID) }) }
		if err := discard(); fault.CodeOf(err) != fault.Conflict {
			t.Error("discarded what is not live: ", err)
		}
		r.must(func(tx *db.Tx) error { return r.approveTx(tx, digital, c.ID, 4, false) })
		next := whole(t)
		next.Purpose.EN, next.Calls, next.Logout, next.JWKS = "Another", true, "https://app.jpj.gov.my/out", ""
		r.must(func(tx *db.Tx) error { _, err := r.changeTx(tx, team, c.ID, 0, next); return err })
		texts, err := locale.Load(web.Texts, op.Texts, Texts)
		if err != nil {
			t.Fatal(err)
		}
		l, got := texts.For(locale.English), r.client(c.ID)
		var changed []string
		for _, f := range compared(r.facts(l, got.Trial()), r.facts(l, got)) {
			if f.Changed {
				changed = append(changed, strings.TrimPrefix(f.Key, "party.form."))
			}
		}
		if want := []string{"purpose.en", "logout", "calls"}; !slices.Equal(changed, want) {
			t.Error(changed)
		}
		var page strings.Builder
		s := sheet{Client: got, Trial: got.Trial(), Owner: true, Changed: true, Facts: compared(r.facts(l, got.Trial()), r.facts(l, got))}
		for state, want := range map[string]bool{op.Live: true, op.Suspended: false} {
			s.Client.State = state
			page.Reset()
			if err := sheetView(ui.Page{L: l, Title: "x"}, s).Render(context.Background(), &page); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(page.String(), "is live as it was approved") != want || strings.Contains(page.String(), "/discard") != want || !strings.Contains(page.String(), "Live now: Why") {
				t.Error("the page of one that is ", state)
			}
		}
		if err := discard(); err != nil || r.client(c.ID).Draft != nil || r.client(c.ID).State != op.Live || r.client(c.ID).Purpose.EN != "Why" {
			t.Error(err)
		}
		if want := []string{"client.registered", "client.returned", "client.approved", "client.changed", "client.discarded"}; !slices.Equal(r.kinds, want) {
			t.Error(r.kinds)
		}
	})
}

// Keys that the providers would refuse are refused where they are typed, and a
// key alone is a set of one.
func TestKeys(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		typed := func(private bool, alg, use string) (op.Client, error) {
			k := jose.JSONWebKey{Key: &key.PublicKey, KeyID: "k", Algorithm: alg, Use: use}
			if private {
				k.Key = key
			}
			text, err := json.Marshal(k)
			if err != nil {
				t.Fatal(err)
			}
			in := whole(t)
			in.JWKS = string(text)
			c, _, err := r.newClient(team, in)
			return c, err
		}
		for _, alg := range []string{"PS256", ""} {
			c, err := typed(false, alg, "sig")
			if err != nil || op.CheckKeys(c.JWKS) != "" || c.Made {
				t.Errorf("%q: %v", alg, err)
			}
		}
		for alg, want := range map[string]string{"RS256": "party.error.keys.alg", "ES256": "party.error.keys.alg", "RSA-OAEP-256": "party.error.keys.sign"} {
			_, err := typed(false, alg, "")
			if f, ok := fault.As(err); !ok || len(f.Fields) != 1 || f.Fields[0].Key != want {
				t.Errorf("%s: %v", alg, err)
			}
		}
		_, err = typed(true, "PS256", "")
		if f, ok := fault.As(err); !ok || len(f.Fields) != 1 || f.Fields[0].Key != "party.error.keys.private" {
			t.Error("a private key alone: ", err)
		}
	})
}

// What a program may not say, and what keeps it from going live.
func TestChecks(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for name, spoil := range map[string]func(in *Input){
			"no name":              func(in *Input) { in.Name = locale.Text{} },
			"no address":           func(in *Input) { in.Redirects = nil },
			"a pattern":            func(in *Input) { in.Redirects = []string{"https://*.gov.my/cb"} },
			"a fragment":           func(in *Input) { in.Redirects = []string{"https://a.gov.my/cb#x"} },
			"a query":              func(in *Input) { in.Redirects = []string{"https://a.gov.my/cb?x=1"} },
			"somebody in it":       func(in *Input) { in.Redirects = []string{"https://me@a.gov.my/cb"} },
			"another scheme":       func(in *Input) { in.Redirects = []string{"javascript:alert(1)"} },
			"what a policy reads":  func(in *Input) { in.Redirects = []string{"https://a.gov.my;script-src.x/cb"} },
			"a quote in the name":  func(in *Input) { in.Redirects = []string{"https://a'b.gov.my/cb"} },
			"two names":            func(in *Input) { in.Redirects = []string{"https://a.gov.my,evil.example/cb"} },
			"a letter that looks":  func(in *Input) { in.Redirects = []string{"https://\u0430.gov.my/cb"} },
			"what hides the rest":  func(in *Input) { in.SignedOut = []string{"https://a.gov.my/\u202ecb"} },
			"capitals":             func(in *Input) { in.Redirects = []string{"https://A.gov.my/cb"} },
			"no port":              func(in *Input) { in.Redirects = []string{"https://a.gov.my:/cb"} },
			"a port too far":       func(in *Input) { in.Logout = "https://a.gov.my:99999/out" },
			"a zone":               func(in *Input) { in.Redirects = []string{"http://[fe80::1%25en0]/cb"} },
			"an unknown scope":     func(in *Input) { in.Scopes = []op.Wanted{{Scope: "secret"}} },
			"a scope twice":        func(in *Input) { in.Scopes = []op.Wanted{{Scope: "birth"}, {Scope: "birth"}} },
			"a private key":        func(in *Input) { c := op.Client{}; s, _ := fresh(&c); in.JWKS = `{"keys":[` + string(s.JWK) + `]}` },
			"no set of keys":       func(in *Input) { in.JWKS = "x" },
			"no key to encrypt to": func(in *Input) { in.Encrypt = "RSA-OAEP-256" },
			"an empty set of keys": func(in *Input) { in.JWKS = `{"keys":[]}` },
		} {
			in := whole(t)
			spoil(&in)
			if _, _, err := r.newClient(team, in); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		lacks := func(spoil func(in *Input)) (out []string) {
			in := whole(t)
			spoil(&in)
			c, _, err := r.newClient(team, in)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range r.Checks(c, "https://www.jpj.gov.my") {
				if !k.OK {
					out = append(out, strings.TrimPrefix(k.Key, "party.check."))
				}
			}
			return out
		}
		for want, spoil := range map[string]func(in *Input){
			"":         func(*Input) {},
			"name":     func(in *Input) { in.Name.EN = "" },
			"purpose":  func(in *Input) { in.Purpose.MS = "" },
			"redirect": func(in *Input) { in.Redirects = []string{"http://app.jpj.gov.my/cb"} },
			"out":      func(in *Input) { in.Logout = "https://10.0.0.1/logout" },
			"basis":    func(in *Input) { in.Scopes = []op.Wanted{{Scope: "mykad", Basis: "consent"}} },
			"own":      func(in *Input) { in.JWKS = "" },
		} {
			if got := strings.Join(lacks(spoil), " "); got != want {
				t.Errorf("lacks %q, want %q", got, want)
			}
		}
		if got := lacks(func(in *Input) { in.Scopes = []op.Wanted{{Scope: "mykad", Basis: "agency-programme"}} }); !slices.Equal(got, []string{"basis"}) {
			t.Error("the MyKad number without a law: ", got)
		}
		if got := lacks(func(in *Input) { in.Scopes = []op.Wanted{{Scope: "birth", Basis: "agency-programme"}} }); len(got) > 0 {
			t.Error("a programme is a basis for the rest: ", got)
		}
		if got := lacks(func(in *Input) { in.Redirects = []string{"https://localhost/cb"} }); !slices.Equal(got, []string{"redirect"}) {
			t.Error("this machine went live: ", got)
		}
	})
}
