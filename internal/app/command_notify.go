package app

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"balai/catalogue"
	"balai/internal/domain/notice"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
)

// runNotify is `balai notify key|revoke|list|callback|lint`.
func runNotify(ctx context.Context, args, environ []string, std Std) error {
	if len(args) == 0 {
		return misused("key, revoke, list, callback or lint is missing")
	}
	switch args[0] {
	case "key":
		return notifyKey(ctx, args[1:], environ, std)
	case "revoke":
		return notifyRevoke(ctx, args[1:], environ, std)
	case "list":
		return notifyList(ctx, args[1:], environ, std)
	case "callback":
		return notifyCallback(ctx, args[1:], environ, std)
	case "lint":
		return notifyLint(args[1:], std)
	}
	return misused("there is no command %q here", args[0])
}

func notifyKey(ctx context.Context, args, environ []string, std Std) error {
	agency, rest := takeFlag(args, "agency")
	name, rest := takeFlag(rest, "name")
	kind, rest := takeFlag(rest, "type")
	guests, rest := takeFlag(rest, "guests")
	if err := settingsOnly(rest, environ); err != nil {
		return err
	}
	if err := needed("agency", agency, "name", name); err != nil {
		return err
	}
	if kind == "" {
		kind = string(notice.Normal)
	}
	h, err := openData(ctx, rest, environ, std)
	if err != nil {
		return err
	}
	defer h.Close()
	k, err := h.notice.MakeKey(ctx, agency, name, notice.Kind(kind), strings.FieldsFunc(guests, func(r rune) bool { return r == ',' || r == ' ' }))
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Out, "%s\n", k)
	fmt.Fprintln(std.Err, "The key is shown this once. Who holds it sends messages in the agency's name.")
	return nil
}

func notifyRevoke(ctx context.Context, args, environ []string, std Std) error {
	agency, rest := takeFlag(args, "agency")
	name, rest := takeFlag(rest, "name")
	if err := settingsOnly(rest, environ); err != nil {
		return err
	}
	if err := needed("agency", agency, "name", name); err != nil {
		return err
	}
	h, err := openData(ctx, rest, environ, std)
	if err != nil {
		return err
	}
	defer h.Close()
	return h.notice.RevokeKey(ctx, agency, name)
}

func notifyList(ctx context.Context, args, environ []string, std Std) error {
	h, err := openData(ctx, args, environ, std)
	if err != nil {
		return err
	}
	defer h.Close()
	var list []notice.Listed
	if err := h.db.Read(ctx, func(tx *db.Tx) (err error) { list, err = h.notice.Keys(tx); return err }); err != nil {
		return err
	}
	w := tabwriter.NewWriter(std.Out, 0, 4, 2, ' ', 0)
	for _, k := range list {
		state := "stands"
		if k.RevokedAt != 0 {
			state = "revoked " + clock.Day(clock.FromMicro(k.RevokedAt))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\tmade %s\t%s\n", k.Agency, k.Service, k.Name, k.Kind, clock.Day(clock.FromMicro(k.MadeAt)), state)
	}
	return w.Flush()
}

// notifyCallback says where an agency's system is told; "none" is nowhere.
func notifyCallback(ctx context.Context, args, environ []string, std Std) error {
	agency, rest := takeFlag(args, "agency")
	url, rest := takeFlag(rest, "url")
	if err := settingsOnly(rest, environ); err != nil {
		return err
	}
	if err := needed("agency", agency, "url", url); err != nil {
		return err
	}
	if url == "none" {
		url = ""
	}
	h, err := openData(ctx, rest, environ, std)
	if err != nil {
		return err
	}
	defer h.Close()
	token, err := h.notice.SetCallback(ctx, agency, url)
	if err != nil {
		return err
	}
	if url == "" {
		fmt.Fprintln(std.Err, "The agency's system is told nothing any more.")
		return nil
	}
	fmt.Fprintf(std.Out, "%s\n", token)
	fmt.Fprintln(std.Err, "The bearer token is shown this once. The agency's system takes a callback only with it.")
	return nil
}

func notifyLint(args []string, std Std) error {
	if err := words(args, 0, 1, ""); err != nil {
		return err
	}
	fsys := catalogue.FS
	var problems []string
	var list []notice.Template
	if len(args) == 1 {
		list, problems = notice.ReadTemplates(os.DirFS(args[0]))
	} else {
		list, problems = notice.ReadTemplates(fsys)
	}
	for _, p := range problems {
		fmt.Fprintln(std.Out, p)
	}
	if len(problems) > 0 {
		return exit(1)
	}
	fmt.Fprintf(std.Out, "sound: %d templates in two languages\n", len(list)/2)
	return nil
}
