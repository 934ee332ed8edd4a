package app

import (
	"context"
	"fmt"
	"strings"

	"balai/internal/domain/identity"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// runIdentity is `balai identity suspend|keys|scim-key`.
func runIdentity(ctx context.Context, args, environ []string, std Std) error {
	if len(args) > 1 && strings.HasPrefix(args[1], "-") { // whom or what is missing, and what stands there may be no setting
		if err := settingsOnly(args[1:], environ); err != nil {
			return err
		}
	}
	switch {
	case len(args) == 0:
		return misused("suspend, keys or scim-key is missing")
	case args[0] == "suspend":
		return identitySuspend(ctx, args[1:], environ, std)
	case args[0] == "keys":
		return identityKeys(ctx, args[1:], environ, std)
	case args[0] == "scim-key":
		return scimKey(ctx, args[1:], environ, std)
	}
	return misused("there is no command %q here", args[0])
}

// identitySuspend stops somebody or a program at once, whichever process serves
// them.
func identitySuspend(ctx context.Context, args, environ []string, std Std) error {
	if len(args) < 2 {
		return misused("say whom: person, staff or client, and the id")
	}
	kind, id := args[0], args[1]
	lift, rest := takeSwitch(args[2:], "lift")
	if err := settingsOnly(rest, environ); err != nil {
		return err
	}
	if kind != "person" && kind != "staff" && kind != "client" {
		return misused("there is nothing to suspend that is called %q", kind)
	}
	h, err := openData(ctx, rest, environ, std)
	if err != nil {
		return err
	}
	defer h.Close()
	if kind != "client" {
		return suspendPerson(ctx, h, kind, id, lift, std)
	}
	err = h.db.Write(ctx, func(tx *db.Tx) error {
		c, err := h.op.ShutTx(tx, id, lift)
		if err != nil {
			return err
		}
		leaf, why := "client.suspended", locale.Text{MS: "Aplikasi " + c.Name.MS + " digantung.", EN: "Application " + c.Name.EN + " suspended."}
		if lift {
			leaf, why = "client.lifted", locale.Text{MS: "Penggantungan aplikasi " + c.Name.MS + " ditamatkan.", EN: "The suspension of application " + c.Name.EN + " was lifted."}
		}
		_, err = h.journal.Append(tx, journal.Record{Kind: leaf, By: journal.ByActor(actor.System(identity.HallAgency)), Why: why,
			Data: map[string]any{"client": c.ID, "agency": c.Agency}})
		return err
	})
	if err != nil {
		return err
	}
	said := "is suspended. Its tokens are good for nothing from now on, and its agency cannot put it back."
	if lift {
		said = "may be put back by its agency's digital officer, on its page."
	}
	fmt.Fprintf(std.Out, "%s %s\n", id, said)
	return nil
}

// suspendPerson shuts the door to somebody, or opens it again.
func suspendPerson(ctx context.Context, h *Hall, kind, id string, lift bool, std Std) error {
	if err := h.identity.Suspend(ctx, actor.System(identity.HallAgency), kind, id, lift); err != nil {
		return err
	}
	said := "is suspended. Nothing of theirs is open any more."
	if lift {
		said = "may sign in again."
	}
	fmt.Fprintf(std.Out, "%s %s\n", id, said)
	return nil
}

// identityKeys changes the keys with which the OpenID providers sign.
func identityKeys(ctx context.Context, args, environ []string, std Std) error {
	if len(args) == 0 || args[0] != "rotate" {
		return misused("rotate is missing")
	}
	if err := settingsOnly(args[1:], environ); err != nil {
		return err
	}
	h, err := openData(ctx, args[1:], environ, std)
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.op.Rotate(ctx); err != nil {
		return err
	}
	fmt.Fprintln(std.Out, "Each provider signs with its next key from now on, a serving process within seconds. What was signed before can still be checked.")
	return nil
}
