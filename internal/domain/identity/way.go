package identity

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"balai/internal/domain/identity/authenticator"
	"balai/internal/domain/identity/recovery"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/web"
)

// ways are all that a person can sign in with.
type ways struct {
	Keys []Passkey
	authenticator.Own
}

func (x *Identity) waysOf(tx *db.Tx, person string) (w ways, err error) {
	if w.Keys, err = x.Keys(tx, person); err != nil {
		return w, err
	}
	w.Own, err = x.auth.Of(tx, person)
	return w, err
}

// count is how many of them open the door. A recovery code opens nothing alone,
// and neither does a key that is locked.
func (w ways) count() (n int) {
	for _, k := range w.Keys {
		if k.LockedAt == 0 {
			n++
		}
	}
	if w.Password() {
		n++
	}
	if w.Card() {
		n++
	}
	return n
}

// MayActivate tells whether an activation code lets a person in: see
// recovery.MayActivate. counter is whether two officers gave it.
func (x *Identity) MayActivate(tx *db.Tx, person string, counter bool) (bool, error) {
	w, err := x.waysOf(tx, person)
	if err != nil {
		return false, err
	}
	before, err := hadOne(tx, person)
	return recovery.MayActivate(w.count(), before, counter), err
}

// everHad tells whether a person has a way of signing in, or had one.
func (x *Identity) everHad(tx *db.Tx, person string) (bool, error) {
	w, err := x.waysOf(tx, person)
	if err != nil || w.count() > 0 {
		return err == nil, err
	}
	return hadOne(tx, person)
}

// session is the request's, as far as changing ways of signing in goes.
func (x *Identity) session(tx *db.Tx, r *http.Request) (s recovery.Session, err error) {
	a := web.ActorOf(r.Context())
	s = recovery.Session{AAL: a.AAL, Fresh: x.fresh(r) == nil, Invited: a.AAL < 2}
	s.Recovered, err = x.recoveries.Opened(tx, a.Person, a.Session)
	return s, err
}

// errKiosk refuses to add a way of signing in at a device of everybody's: the
// next one there would have it.
var errKiosk = fault.New(fault.Denied, "identity.error.kiosk_add")

// mayAdd refuses a session in which nothing is added; see recovery.MayAdd.
func (x *Identity) mayAdd(tx *db.Tx, r *http.Request) error {
	a := web.ActorOf(r.Context())
	if a.AtKiosk() {
		return errKiosk
	}
	if err := x.fresh(r); err != nil {
		return err
	}
	w, err := x.waysOf(tx, a.Person)
	if err != nil {
		return err
	}
	s, err := x.session(tx, r)
	if err == nil && !recovery.MayAdd(s, w.count()) {
		err = stepUp(2, 0)
	}
	return err
}

// added records that the person has another way of signing in, and tells them.
func (x *Identity) added(tx *db.Tx, r *http.Request, why locale.Text) error {
	a := web.ActorOf(r.Context())
	if err := enrol(tx, a.Person, x.now()); err != nil {
		return err
	}
	if err := x.recoveries.AddedTx(tx, a.Person, a.Session); err != nil {
		return err
	}
	if err := x.record(tx, journal.ByActor(a), a.Person, "signin.authenticator_added", why); err != nil {
		return err
	}
	return x.notice(tx, a.Person, "identity.notice.way_added", why)
}

// removed records that a way is gone, and tells its person; the last one stays.
func (x *Identity) removed(tx *db.Tx, r *http.Request, before int, why locale.Text) error {
	a := web.ActorOf(r.Context())
	s, err := x.session(tx, r)
	if err != nil {
		return err
	}
	if !recovery.MayRemove(s, before) {
		if before <= 1 {
			return fault.New(fault.Conflict, "identity.error.last_way")
		}
		return stepUp(2, 0)
	}
	if err := x.record(tx, journal.ByActor(a), a.Person, "signin.authenticator_removed", why); err != nil {
		return err
	}
	return x.notice(tx, a.Person, "identity.notice.way_removed", why)
}

func (x *Identity) record(tx *db.Tx, by journal.By, person, kind string, why locale.Text) error {
	_, err := x.journal.Append(tx, journal.Record{Kind: kind, By: by, Subjects: []string{person}, Why: why})
	return err
}

// notice tells a person what was done to how they sign in, wherever they are
// reached. Who is in no register has no address, and is told on their page.
func (x *Identity) notice(tx *db.Tx, person, key string, what locale.Text) error {
	return x.warn(tx, notify.Message{To: person, Key: key, Args: notify.Both(map[string]string{}, "what", what)})
}

// warn sends a message to whom the register knows.
func (x *Identity) warn(tx *db.Tx, m notify.Message) error {
	if x.notices == nil {
		return nil
	}
	if _, err := x.people.NameOf(tx, m.To); fault.CodeOf(err) == fault.Missing {
		return nil
	}
	return x.notices.SendTx(tx, m)
}

// stepUp asks for a stronger sign-in, or to be better known; 0 asks for neither.
func stepUp(aal, ial int) error {
	var args []any
	if aal > 0 {
		args = append(args, "aal", aal)
	}
	if ial > 0 {
		args = append(args, "ial", ial)
	}
	return fault.New(fault.SignedOut, "web.error.step_up", args...)
}

// typed is what came to the door in a form. The person is "" where nobody is
// known by the number.
func (x *Identity) typed(ctx context.Context, r *http.Request, number, secret string) (in authenticator.Typed, err error) {
	in = authenticator.Typed{Account: number, Address: address(r), Secret: secret, Code: r.PostFormValue("code")}
	err = x.db.Read(ctx, func(tx *db.Tx) (err error) {
		in.Person, err = x.people.ByIDNumber(tx, strings.TrimSpace(in.Account))
		if fault.CodeOf(err) == fault.Missing {
			return nil
		}
		return err
	})
	return in, err
}

// address is where a request comes from; a household has a whole network of
// IPv6 addresses, and counts as one.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if a = a.Unmap(); a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// device is what a person knows their phone or computer by, from what its
// browser says of itself: "Chrome, Android". Nothing else of it is kept.
func device(r *http.Request) string {
	ua := r.UserAgent()
	pick := func(pairs ...string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if strings.Contains(ua, pairs[i]) {
				return pairs[i+1]
			}
		}
		return ""
	}
	browser := pick("Edg", "Edge", "OPR/", "Opera", "SamsungBrowser", "Samsung Internet", "Firefox/", "Firefox", "Chrome/", "Chrome", "CriOS/", "Chrome", "Safari/", "Safari")
	system := pick("Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows", "Mac OS X", "macOS", "Linux", "Linux")
	switch {
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return browser + ", " + system
}

// starting fills in what every sign-in of a request has. At a device of
// everybody's it ends soon after who they are was proved, however it was.
func (x *Identity) starting(r *http.Request, how actor.Start) actor.Start {
	how.Device = device(r)
	how.Shared = how.Shared || shared(r)
	if how.Shared {
		how.Life = kioskLife
		if how.ProvedAt > 0 {
			how.Life = max(time.Duration(how.ProvedAt-x.now())*time.Microsecond+kioskLife, time.Second)
		}
	}
	return how
}
