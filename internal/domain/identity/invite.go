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

// accept uses the link up, puts a new officer into the post and signs them in: a
// link that loses the race changes nothing. It is for the first time only. Who
// has a way of signing in comes in by it, so that no old link, and no
// administrator, is them; and who has left the post since is not put back.
func (x *Identity) accept(w http.ResponseWriter, r *http.Request) error {
	var i invite
	err := x.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		if i, err = x.useInvite(tx, r.PathValue("token")); err != nil {
			return err
		}
		if has, err := x.waysOf(tx, i.Person); err != nil || has.count() > 0 {
			return or(err, errInviteGone)
		}
		_, holds, err := x.directory.InPost(tx, i.Person, i.Post, x.now())
		if err != nil || holds { // an import has appointed them
			return err
		}
		who, err := x.directory.Person(tx, i.Person)
		if fault.CodeOf(err) != fault.Missing {
			return or(err, errInviteGone)
		}
		who = directory.Person{ID: i.Person, Name: i.Name}
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
