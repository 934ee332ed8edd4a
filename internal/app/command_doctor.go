package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/keep"
)

// runDoctor is `balai doctor`: one line for each thing, 1 where something is
// wrong.
func runDoctor(ctx context.Context, args, environ []string, std Std) error {
	deep, args := takeSwitch(args, "deep")
	asJSON, args := takeSwitch(args, "json")
	var found []keep.Finding
	cfg, _, err := hallConfig(args, environ)
	var wrong misuse
	switch {
	case errors.As(err, &wrong) && wrong.line:
		return err
	case err != nil:
		// A setting that does not fit is what the doctor is asked about.
		found = append(found, keep.Finding{State: keep.Wrong, About: "settings", Says: sentence(err)})
	default:
		found = append(settingsFound(cfg), keep.Examine(ctx, keptHall(cfg), deep, sentence)...)
		found = append(found, dropFound(cfg.Get("drop"), knownAgencies(ctx, cfg, found))...)
	}
	bad := false
	for _, f := range found {
		bad = bad || f.State == keep.Wrong
		if !asJSON {
			fmt.Fprintf(std.Out, "%-5s  %-8s  %s\n", f.State, f.About, strings.Join(strings.Fields(f.Says), " "))
		}
	}
	if asJSON {
		enc := json.NewEncoder(std.Out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		if err := enc.Encode(found); err != nil {
			return err
		}
	}
	if bad {
		return exit(1)
	}
	return nil
}

// settingsFound says which settings do not fit together, or lack something.
func settingsFound(cfg Config) []keep.Finding {
	var out []keep.Finding
	add := func(s keep.State, about, format string, args ...any) {
		out = append(out, keep.Finding{State: s, About: about, Says: fmt.Sprintf(format, args...)})
	}
	base, err := url.Parse(cfg.Get("base-url"))
	host, _, splitErr := net.SplitHostPort(cfg.Get("listen"))
	ip := net.ParseIP(host)
	outside := host != "localhost" && (ip == nil || !ip.IsLoopback())
	switch {
	case err != nil || splitErr != nil:
		add(keep.Wrong, "settings", "listen or base-url cannot be read")
	case cfg.unnamedProxy():
		add(keep.Wrong, "settings", "the hall listens on %s alone, and people reach %s by a proxy that is not named: set proxy, as to 127.0.0.1", cfg.Get("listen"), base)
	case outside && loopbackHost(base.Hostname()):
		add(keep.Look, "settings", "the hall listens on %s, and its base-url is %s, which only this machine reaches: set base-url to the public address", cfg.Get("listen"), base)
	case !loopbackHost(base.Hostname()) && base.Scheme != "https":
		add(keep.Look, "settings", "base-url %s is not https: people's browsers would send their sign-in unprotected", base)
	default:
		add(keep.OK, "settings", "listen %s and base-url %s fit together", cfg.Get("listen"), base)
	}
	for _, says := range cfg.look {
		add(keep.Look, "settings", "%s", says)
	}
	if cfg.ownTLS() {
		k := &keptCertificate{cert: cfg.Get("tls-cert"), key: cfg.Get("tls-key"), clock: clock.System()}
		if err := k.load(); err != nil {
			add(keep.Wrong, "settings", "%s", sentence(err))
		}
	}
	if cfg.specimen {
		add(keep.OK, "mail", "a demo country keeps its mails and texts and sends none")
		return out
	}
	if cfg.Get("smtp-host") == "" {
		add(keep.Look, "mail", "no mail server is set, so mails are kept and not sent: set smtp-host")
	} else {
		add(keep.OK, "mail", "mails go to %s", cfg.Get("smtp-host"))
	}
	if cfg.Get("sms-url") == "" {
		add(keep.Look, "texts", "no provider of text messages is set, so none are sent: set sms-url, if people are to get them")
	} else {
		add(keep.OK, "texts", "text messages go to the provider that is set")
	}
	return out
}
