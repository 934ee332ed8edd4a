package app

import (
	"context"
	"fmt"

	"balai/internal/domain/identity"
	"balai/internal/spine/actor"
)

// scimKey is `balai identity scim-key AGENCY`: the key of an agency's own
// directory of staff, shown once.
func scimKey(ctx context.Context, args, environ []string, std Std) error {
	if len(args) == 0 {
		return misused("the agency is missing")
	}
	agency, rest := args[0], args[1:]
	if err := settingsOnly(rest, environ); err != nil {
		return err
	}
	h, err := openData(ctx, rest, environ, std)
	if err != nil {
		return err
	}
	defer h.Close()
	k, secret, err := h.scim.MakeKey(ctx, actor.System(identity.HallAgency), agency)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Out, "key    %s\nagency %s\nsecret %s\nurl    %s/scim/v2\n", k.ID, k.Agency, secret, h.cfg.Get("base-url"))
	fmt.Fprintln(std.Err, "The secret is shown once. The agency's earlier keys have ended.")
	return nil
}
