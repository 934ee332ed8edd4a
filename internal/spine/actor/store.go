package actor

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
)

//go:embed migration
var migration embed.FS

// Migration makes the session table.
func Migration() db.Migration { return db.Migration{Part: "actor", FS: migration} }

// Lifetime of a session: a citizen's survives a working week of small steps,
// an officer's one working day.
const (
	citizenLifetime = 7 * 24 * time.Hour
	officerLifetime = 10 * time.Hour
)

// PostInfo is what the directory knows of a post in force.
type PostInfo struct {
	Post, Role, Agency, Unit, State string
	Title                           locale.Text
}

// Posts tells whether a person holds a post at a time, so that a leaver's
// sessions lose the post at once.
type Posts interface {
	InPost(tx *db.Tx, person, post string, at int64) (PostInfo, bool, error)
}

// Right tells whom somebody may act for by the right of that id. ok is false
// where it is not theirs; one that has ended is Over.
type Right interface {
	Right(tx *db.Tx, a Actor, id string, at int64) (f For, ok bool, err error)
	// EndTx is told that the person stops acting by it.
	EndTx(tx *db.Tx, a Actor, id string) error
}

// Sessions keeps who is signed in. The table holds only hashes of tokens.
type Sessions struct {
	db     *db.DB
	clock  clock.Clock
	ids    *id.Source
	posts  Posts
	rights map[string]Right
	heir   Heir
}

// An Heir holds what lives by a session, such as what its person let programs
// know, and is told in the transaction that ends it.
type Heir interface {
	// EndSignInTx: the session is over.
	EndSignInTx(tx *db.Tx, session string) error
	// MoveSignInTx: another session of the same person took its place.
	MoveSignInTx(tx *db.Tx, from, to string) error
	// EndTx: every session of the person is over.
	EndTx(tx *db.Tx, person string) error
}

// Inherit names who is told when sessions end.
func (s *Sessions) Inherit(h Heir) { s.heir = h }

// NewSessions reads posts from the directory.
func NewSessions(d *db.DB, c clock.Clock, ids *id.Source, posts Posts) *Sessions {
	return &Sessions{db: d, clock: c, ids: ids, posts: posts, rights: map[string]Right{}}
}

// Acting names who answers for rights of a kind: "visit", "mandate".
func (s *Sessions) Acting(kind string, r Right) { s.rights[kind] = r }

// ActTx lets a session act by a right from now on.
func (s *Sessions) ActTx(tx *db.Tx, session, kind, id string) error {
	_, err := tx.Exec(`update actor_session set acting = $2 where id = $1`, session, kind+":"+id)
	return err
}

// RestTx lets a session act for its own person again.
func (s *Sessions) RestTx(tx *db.Tx, a Actor) error {
	var acting string
	err := tx.QueryRow(`select acting from actor_session where id = $1`, a.Session).Scan(&acting)
	if errors.Is(err, db.ErrNoRows) || err == nil && acting == "" {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`update actor_session set acting = '' where id = $1`, a.Session); err != nil {
		return err
	}
	kind, id, _ := strings.Cut(acting, ":")
	if right := s.rights[kind]; right != nil {
		return right.EndTx(tx, a, id)
	}
	return nil
}

func hash(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

// NewToken draws a token; make it outside the write, which may run again.
func (s *Sessions) NewToken() string {
	return base64.RawURLEncoding.EncodeToString(s.ids.Bytes(32))
}

// A Start is how somebody signed in.
type Start struct {
	Person, Name string
	Post         string // where they begin in a post
	Method       string // passkey, password, code, invite, demo
	// AAL is the level of NIST SP 800-63B that this way of signing in reaches, 1
	// to 3, and AMR its means by RFC 8176.
	AAL int
	AMR []string
	// ProvedAt is when they did; 0 is now. Unix microseconds.
	ProvedAt int64
	// Replaces is a session of the same person whose place this one takes.
	Replaces string
	Device   string        // what they know it by: "Chrome, Android"
	Shared   bool          // others use the device after them
	Life     time.Duration // of the session; 0 is the usual
}

// StartTx signs a person in and returns the token for the cookie.
func (s *Sessions) StartTx(tx *db.Tx, in Start) (token string, err error) {
	token = s.NewToken()
	now := s.clock.Now()
	life := citizenLifetime
	if in.Post != "" {
		life = officerLifetime
	}
	if in.Life > 0 {
		life = in.Life
	}
	if in.ProvedAt == 0 {
		in.ProvedAt = clock.Micro(now)
	}
	_, err = tx.Exec(`insert into actor_session (id, person, name, post, method, created_at, expires_at, aal, amr, proved_at, device, kiosk)
		values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)`,
		hash(token), in.Person, in.Name, in.Post, in.Method, clock.Micro(now), clock.Micro(now.Add(life)), max(in.AAL, 1), strings.Join(in.AMR, " "), in.ProvedAt, in.Device, in.Shared)
	if err != nil || in.Replaces == "" {
		return token, err
	}
	if _, err := tx.Exec(`delete from actor_session where id = $1 and person = $2`, in.Replaces, in.Person); err != nil {
		return "", err
	}
	if s.heir != nil {
		err = s.heir.MoveSignInTx(tx, in.Replaces, hash(token))
	}
	return token, err
}

// Resolve is the Actor of a token; the zero Actor where it is unknown, expired,
// or names a post that the person no longer holds.
func (s *Sessions) Resolve(ctx context.Context, token string) (Actor, error) {
	var a Actor
	if token == "" || len(token) > 128 {
		return a, nil
	}
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		var post, acting, amr string
		var expires int64
		key := hash(token)
		err := tx.QueryRow(`select person, name, post, acting, case when proved_at > 0 then proved_at else created_at end, aal, amr, kiosk, expires_at from actor_session where id = $1`, key).
			Scan(&a.Person, &a.Name, &post, &acting, &a.AuthAt, &a.AAL, &amr, &a.Shared, &expires)
		now := clock.Micro(s.clock.Now())
		if errors.Is(err, db.ErrNoRows) || (err == nil && expires <= now) {
			a = Actor{}
			return nil
		}
		if err != nil {
			return err
		}
		a.Session, a.AMR = key, strings.Fields(amr)
		if post == "" {
			return s.acting(tx, &a, acting, now)
		}
		p, ok, err := s.posts.InPost(tx, a.Person, post, now)
		if err != nil {
			return err
		}
		if !ok {
			a = Actor{}
			return nil
		}
		a.Post, a.Role, a.Agency, a.Unit, a.State, a.Title = p.Post, p.Role, p.Agency, p.Unit, p.State, p.Title
		return s.acting(tx, &a, acting, now)
	})
	return a, err
}

// acting asks, with each request, whether the right still stands. One that
// nobody answers for any more is over, not forgotten: see For.Over.
func (s *Sessions) acting(tx *db.Tx, a *Actor, acting string, now int64) error {
	if acting == "" {
		return nil
	}
	kind, id, _ := strings.Cut(acting, ":")
	a.For = For{Person: "-", Over: true}
	right := s.rights[kind]
	if right == nil {
		return nil
	}
	f, ok, err := right.Right(tx, *a, id, now)
	if err == nil && ok {
		a.For = f
	}
	return err
}

// AliveTx tells whether a session is not over.
func (s *Sessions) AliveTx(tx *db.Tx, session string) (bool, error) {
	var n int64
	err := tx.QueryRow(`select count(*) from actor_session where id = $1 and expires_at > $2`, session, clock.Micro(s.clock.Now())).Scan(&n)
	return n == 1, err
}

// EndTx signs one session out.
func (s *Sessions) EndTx(tx *db.Tx, session string) error {
	if _, err := tx.Exec(`delete from actor_session where id = $1`, session); err != nil || s.heir == nil {
		return err
	}
	return s.heir.EndSignInTx(tx, session)
}

// A Session is one of a person's, as they see it.
type Session struct {
	ID, Post, Method, Device string
	AAL                      int
	BeganAt, EndsAt          int64
}

// Of lists a person's sessions, the newest first.
func (s *Sessions) Of(tx *db.Tx, person string) ([]Session, error) {
	return db.List(tx, func(r db.Scanner) (o Session, err error) {
		return o, r.Scan(&o.ID, &o.Post, &o.Method, &o.Device, &o.AAL, &o.BeganAt, &o.EndsAt)
	}, `select id, post, method, device, aal, created_at, expires_at from actor_session
		where person = $1 and expires_at > $2 order by created_at desc, id limit 50`, person, clock.Micro(s.clock.Now()))
}

// EndAllTx signs a person out everywhere.
func (s *Sessions) EndAllTx(tx *db.Tx, person string) error {
	if _, err := tx.Exec(`delete from actor_session where person = $1`, person); err != nil || s.heir == nil {
		return err
	}
	return s.heir.EndTx(tx, person)
}

// SweepTx drops sessions that are over.
func (s *Sessions) SweepTx(tx *db.Tx) error {
	_, err := tx.Exec(`delete from actor_session where expires_at <= $1`, clock.Micro(s.clock.Now()))
	return err
}
