package app

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"balai/catalogue"
	"balai/internal/domain/notice"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
)

// runNotify is `balai notify key|revoke|list|callback|callbacks|replay|lint`.
func runNotify(ctx context.Context, args, environ []string, std Std) error {
	if len(args) == 0 {
		return misused("key, revoke, list, callback, callbacks, replay or lint is missing")
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
	case "callbacks":
		return notifyCallbacks(ctx, args[1:], environ, std)
	case "replay":
		return notifyReplay(ctx, args[1:], environ, std)
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

// notifyCallbacks lists what agencies' systems have not taken.
func notifyCallbacks(ctx context.Context, args, environ []string, std Std) error {
	agency, rest := takeFlag(args, "agency")
	h, err := openData(ctx, rest, environ, std)
	if err != nil {
		return err
	}
	defer h.Close()
	list, err := h.notice.Untold(ctx, agency, 200)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(std.Out, 0, 4, 2, ' ', 0)
	given := false
	for _, u := range list {
		state, answer := "is told again", "no answer"
		if u.EndedAt != 0 {
			state, given = "given up", true
		}
		if u.Status != 0 {
			answer = fmt.Sprint(u.Status)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s %s\ttried %d\t%s\t%s\t%s\n", clock.FromMicro(u.TriedAt).In(clock.Zone).Format(time.DateTime), u.Agency, u.Notification,
			u.Type, u.Ended, u.Tries, state, answer, u.Error)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	switch {
	case len(list) == 0:
		fmt.Fprintln(std.Err, "Every callback was taken.")
	case given:
		fmt.Fprintln(std.Err, "Once the system takes them again: `balai notify replay --message ID`, or `--agency AGENCY` for all of an agency.")
	}
	return nil
}

// notifyReplay tells once more what was given up.
func notifyReplay(ctx context.Context, args, environ []string, std Std) error {
	agency, rest := takeFlag(args, "agency")
	message, rest := takeFlag(rest, "message")
	if err := settingsOnly(rest, environ); err != nil {
		return err
	}
	if agency == "" && message == "" {
		return misused("--message or --agency is missing")
	}
	h, err := openData(ctx, rest, environ, std)
	if err != nil {
		return err
	}
	defer h.Close()
	n, err := h.notice.Replay(ctx, agency, message)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Out, "%d callbacks are told again\n", n)
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
