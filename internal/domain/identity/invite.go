package identity

import (
	"context"
	"errors"
	"net/http"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
)

// inviteLife is how long a one-time link opens the door.
const inviteLife = 72 * time.Hour

// The first officer of an empty hall, and the body and post they sit in: it
// is there before any spreadsheet is imported.
const (
	HallAgency = "balai"
	AdminPost  = "balai-administrator"
	AdminRole  = "balai/administrator"
)

// hall is the hall's own body with its one post.
func hall(site locale.Text) directory.Set {
	return directory.Set{
		Agencies: []directory.Agency{{ID: HallAgency, Name: site, Level: directory.Federal}},
		Units:    []directory.Unit{{ID: HallAgency, Agency: HallAgency, Name: site, State: "MY-16"}},
		Posts: []directory.Post{{ID: AdminPost, Unit: HallAgency, Role: AdminRole,
			Title: locale.Text{MS: "Pentadbir Balai", EN: "Administrator of the hall"}}},
	}
}

// Invite makes an officer and the link by which they come in for the first
// time: it works once, for three days. post is a post's id; the post and role
// of the hall's administrator are made where they are missing. Nothing is
// appointed before the link is used.
func (x *Identity) Invite(ctx context.Context, name, post string) (link string, err error) {
	name = label(name)
	if name == "" {
		return "", fault.New(fault.Invalid, "identity.error.invite_name")
	}
	if post == AdminRole {
		post = AdminPost
	}
	i := invite{Person: x.ids.New(), Name: name, Post: post, ExpiresAt: x.in(inviteLife)}
	return x.invite(ctx, actor.System(HallAgency), i)
}

// invite keeps an invitation and returns its link; only the hash of the
// secret stays here.
func (x *Identity) invite(ctx context.Context, by actor.Actor, i invite) (link string, err error) {
	token := x.token()
	err = x.db.Write(ctx, func(tx *db.Tx) error {
		post, err := x.directory.Post(tx, i.Post)
		if fault.CodeOf(err) == fault.Missing && i.Post == AdminPost {
			if err := x.directory.LoadTx(tx, hall(x.site)); err != nil {
				return err
			}
			post, err = x.directory.Post(tx, i.Post)
		}
		if err != nil {
			return err
		}
		if err := x.inviteTx(tx, token, i); err != nil {
			return err
		}
		_, err = x.journal.Append(tx, journal.Record{
			Kind: "identity.invited", By: journal.ByActor(by), Subjects: []string{i.Person},
			Why:  locale.Text{MS: "Dijemput masuk: " + post.Title.MS + ".", EN: "Invited to come in: " + post.Title.EN + "."},
			Data: map[string]any{"post": i.Post},
		})
		return err
	})
	if err != nil {
		return "", err
	}
	return x.base.Scheme + "://" + x.base.Host + "/invite/" + token, nil
}

// errInviteGone is the one answer to a link that is wrong, used or too old.
var errInviteGone = fault.New(fault.Missing, "identity.error.invite_gone")

// invitable tells whether a link is made for somebody: who has no way of signing
// in, or who lost theirs and has no number by which they recover it themselves.
func (x *Identity) invitable(tx *db.Tx, person string) (had ways, ok bool, err error) {
	if had, err = x.waysOf(tx, person); err != nil || had.count() == 0 {
		return had, err == nil, err
	}
	number, err := x.numberOf(tx, person)
	return had, number == "", err
}

// anew begins with somebody for the first time, or once more: then what they had
// opens nothing from now on, all that is open ends, and it is a recovery. A link
// from before what they have now was made is an old one.
func (x *Identity) anew(tx *db.Tx, person string, madeAt int64) error {
	had, ok, err := x.invitable(tx, person)
	if err != nil || !ok {
		return or(err, errInviteGone)
	}
	if had.count() == 0 {
		return nil
	}
	for _, k := range had.Keys {
		if k.CreatedAt >= madeAt {
			return errInviteGone
		}
		if _, err := x.removeKey(tx, person, k.ID); err != nil {
			return err
		}
	}
	if err := x.sessions.EndAllTx(tx, person); err != nil {
		return err
	}
	return x.holdTx(tx, person, "", nil)
}

// accept uses the link up, puts a new officer into the post and signs them in: a
// link that loses the race changes nothing. Who has a way of signing in comes in
// by it or recovers it, so that no old link, and no administrator, is them; and
// who has left the post since is not put back.
func (x *Identity) accept(w http.ResponseWriter, r *http.Request) error {
	var i invite
	err := x.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		if i, err = x.useInvite(tx, r.PathValue("token")); err != nil {
			return err
		}
		if err := x.anew(tx, i.Person, i.MadeAt); err != nil {
			return err
		}
		_, holds, err := x.directory.InPost(tx, i.Person, i.Post, x.now())
		if err != nil || holds { // an import has appointed them
			return err
		}
		if _, err := x.directory.Person(tx, i.Person); fault.CodeOf(err) != fault.Missing {
			return or(err, errInviteGone)
		}
		// Who was put into the post since is not taken out of it by an old link. The
		// administrator's own is taken over, which is how a lost key is recovered.
		held, there, err := x.directory.HolderOf(tx, i.Post, x.now())
		if err != nil || there && held.Since > i.MadeAt && i.Post != AdminPost {
			return or(err, errInviteGone)
		}
		who := directory.Person{ID: i.Person, Name: i.Name}
		return x.directory.AppointTx(tx, x.journal, actor.System(HallAgency), who, i.Post)
	})
	if errors.Is(err, db.ErrNoRows) {
		return errInviteGone
	}
	if err != nil {
		return err
	}
	next := "/me/sign-in"
	to, err := x.enterAs(w, r, i.Person, i.Post, actor.Start{Method: "invite", AAL: 1, AMR: []string{"otp"}}, next)
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, to)
}
