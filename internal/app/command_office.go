package app

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"balai/internal/domain/backoffice"
	"balai/internal/domain/identity"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/hook"
)

// runBackOffice is `balai back-office key|list|revoke|webhook|deliveries|replay`:
// the keys of agencies' own systems, and what those systems are told.
func runBackOffice(ctx context.Context, args, environ []string, std Std) error {
	if len(args) == 0 {
		return misused("key, list, revoke, webhook, deliveries or replay is missing")
	}
	does := map[string]func(context.Context, *backoffice.BackOffice, officeFlags, Std) error{
		"key": officeKey, "list": officeList, "revoke": officeRevoke, "webhook": officeWebhook, "deliveries": officeDeliveries, "replay": officeReplay}
	run, known := does[args[0]]
	if !known {
		return misused("there is no command %q here", args[0])
	}
	f, rest := takeOfficeFlags(args[1:])
	if err := settingsOnly(rest, environ); err != nil {
		return err
	}
	if err := f.needs(args[0]); err != nil {
		return err
	}
	h, err := openData(ctx, rest, environ, std)
	if err != nil {
		return err
	}
	defer h.Close()
	return run(ctx, h.office, f, std)
}

type officeFlags struct {
	agency, webhook, key, event string
	bearer                      bool
}

func takeOfficeFlags(args []string) (f officeFlags, rest []string) {
	for _, a := range args {
		if a == "--bearer" || a == "-bearer" {
			f.bearer = true
			continue
		}
		rest = append(rest, a)
	}
	f.agency, rest = takeFlag(rest, "agency")
	f.webhook, rest = takeFlag(rest, "webhook")
	f.key, rest = takeFlag(rest, "key")
	f.event, rest = takeFlag(rest, "event")
	return f, rest
}

// needs insists on the flags without which a command means nothing.
func (f officeFlags) needs(name string) error {
	switch name {
	case "key", "deliveries":
		return needed("agency", f.agency)
	case "revoke", "webhook":
		return needed("key", f.key)
	case "replay":
		return needed("event", f.event)
	}
	return nil
}

func officeKey(ctx context.Context, b *backoffice.BackOffice, f officeFlags, std Std) error {
	k, err := b.MakeKey(ctx, actor.System(identity.HallAgency), f.agency, f.webhook, f.bearer)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Out, "key            %s\nagency         %s\napi_key        %s\nwebhook_secret %s\n", k.ID, k.Agency, k.APIKey, k.Secret)
	fmt.Fprintln(std.Err, "The two secrets are shown once. The agency's other keys still hold; end one with `balai back-office revoke --key ID`.")
	return nil
}

func officeList(ctx context.Context, b *backoffice.BackOffice, f officeFlags, std Std) error {
	list, err := b.Keys(ctx, f.agency)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(std.Out, 0, 4, 2, ' ', 0)
	for _, k := range list {
		state, how := "holds", "signs"
		if k.RevokedAt != 0 {
			state = "revoked " + clock.Day(clock.FromMicro(k.RevokedAt))
		} else if k.OffAt != 0 {
			state = "holds, its webhook is switched off"
		}
		if k.Bearer {
			how = "bearer"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Agency, clock.Day(clock.FromMicro(k.MadeAt)), how, state, hook.Place(k.Webhook))
	}
	return w.Flush()
}

func officeRevoke(ctx context.Context, b *backoffice.BackOffice, f officeFlags, std Std) error {
	if err := b.RevokeKey(ctx, actor.System(identity.HallAgency), f.key); err != nil {
		return err
	}
	fmt.Fprintln(std.Out, "revoked", f.key)
	return nil
}

func officeWebhook(ctx context.Context, b *backoffice.BackOffice, f officeFlags, std Std) error {
	if err := b.SetWebhook(ctx, actor.System(identity.HallAgency), f.key, f.webhook); err != nil {
		return err
	}
	fmt.Fprintln(std.Out, "events of", f.key, "go to", f.webhook)
	return nil
}

func officeDeliveries(ctx context.Context, b *backoffice.BackOffice, f officeFlags, std Std) error {
	list, err := b.Deliveries(ctx, f.agency, 200)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(std.Out, 0, 4, 2, ' ', 0)
	for _, d := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\ttried %d\t%d\t%s\t%s\n", clock.FromMicro(d.ChangedAt).Format(time.DateTime), d.Event, d.Kind, d.State, d.Attempts, d.Status, hook.Place(d.URL), d.Error)
	}
	return w.Flush()
}

func officeReplay(ctx context.Context, b *backoffice.BackOffice, f officeFlags, std Std) error {
	n, err := b.Replay(ctx, f.agency, f.event)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Out, "%s goes to %d addresses\n", f.event, n)
	return nil
}
