package app

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"
)

// setting is one line of the config table: a flag --name, an environment
// variable BALAI_NAME, a line "name = value" in the config file; the flag
// wins, then the environment, then the file.
type setting struct {
	name, fallback, doc string
	demoOnly            bool
}

// settings is the whole configuration of the hall; `balai config` prints it.
var settings = []setting{
	{name: "listen", fallback: "127.0.0.1:8080", doc: "address and port to listen on; a loopback IPv4 address also opens the same port on ::1"},
	{name: "base-url", fallback: "", doc: "the hall's one public address; empty means http://localhost:PORT"},
	{name: "data", fallback: "", doc: "folder for the database, keys and files; empty means .balai/demo or .balai/serve"},
	{name: "db", fallback: "", doc: "postgres://… or a SQLite file; empty means balai.db in the data folder"},
	{name: "site-name-ms", fallback: "Balai Khidmat", doc: "the site's name in Malay"},
	{name: "site-name-en", fallback: "Balai Khidmat", doc: "the site's name in English"},
	{name: "origin", fallback: "", doc: "the journal's origin line; empty means HOST/journal at first start, and is kept from then on"},
	{name: "smtp-host", fallback: "", doc: "host:port of the mail server; empty means that mails are kept but not sent"},
	{name: "smtp-from", fallback: "tiada-balasan@balai.example", doc: "sender of mails"},
	{name: "sms-url", fallback: "", doc: "address of the provider that takes text messages as JSON; empty means that none are sent (the demo keeps them)"},
	{name: "sms-token", fallback: "", doc: "bearer token for that provider"},
	{name: "log-level", fallback: "info", doc: "debug, info, warn or error"},
	{name: "seed", fallback: "1", doc: "the demo country's seed", demoOnly: true},
	{name: "today", fallback: "", doc: "the demo country's date, 2006-01-02; empty means today", demoOnly: true},
}

// Config is the settings' values.
type Config struct {
	values    map[string]string
	given     map[string]bool // what somebody set, by flag, environment or file
	Demo      bool
	specimen  bool  // a command over a demo country's data, which is not opened as one
	catalogue fs.FS // definitions in the place of the binary's own, for a preview
}

// Get is the value of a setting.
func (c Config) Get(name string) string { return c.values[name] }

// parseConfig reads flags, environment and file.
func parseConfig(verb string, args, environ []string) (Config, error) {
	c := Config{values: map[string]string{}, given: map[string]bool{}, Demo: verb == "demo"}
	flags := flag.NewFlagSet("balai "+verb, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // Main tells what is wrong, and how the command is written
	file := flags.String("config", "", "file of name = value lines")
	asked := map[string]*string{}
	for _, s := range settings {
		if s.demoOnly && !c.Demo {
			continue
		}
		asked[s.name] = flags.String(s.name, s.fallback, s.doc)
	}
	if err := flags.Parse(args); err != nil {
		return c, misuse{err.Error()}
	}
	if flags.NArg() > 0 {
		return c, misused("%q is one word too many", flags.Arg(0))
	}
	lines, err := readConfigFile(*file)
	if err != nil {
		return c, err
	}
	flags.Visit(func(f *flag.Flag) { c.given[f.Name] = true })
	env := map[string]string{}
	for _, e := range environ {
		k, v, _ := strings.Cut(e, "=")
		env[k] = v
	}
	for name, value := range asked {
		c.values[name] = *value
		if c.given[name] {
			continue
		}
		if v, ok := env["BALAI_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))]; ok {
			c.values[name], c.given[name] = v, true
		} else if v, ok := lines[name]; ok {
			c.values[name], c.given[name] = v, true
		}
	}
	return c, c.complete()
}

// complete fills what depends on other settings.
func (c *Config) complete() error {
	_, port, err := net.SplitHostPort(c.values["listen"])
	if err != nil {
		return misused("--listen %q is not ADDRESS:PORT", c.values["listen"])
	}
	if c.values["base-url"] == "" {
		c.values["base-url"] = "http://localhost:" + port
	}
	u, err := url.Parse(c.values["base-url"])
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return misused("--base-url %q is not http(s)://HOST[:PORT]", c.values["base-url"])
	}
	c.values["base-url"] = u.Scheme + "://" + u.Host
	if c.values["data"] == "" {
		c.values["data"] = serveData
		if c.Demo {
			c.values["data"] = demoData
		}
	}
	if c.values["db"] == "" {
		c.values["db"] = c.values["data"] + "/balai.db"
	}
	return nil
}

func readConfigFile(path string) (map[string]string, error) {
	lines := map[string]string{}
	if path == "" {
		return lines, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	defer f.Close()
	known := map[string]bool{}
	for _, s := range settings {
		known[s.name] = true
	}
	scan := bufio.NewScanner(f)
	for n := 1; scan.Scan(); n++ {
		line := strings.TrimSpace(scan.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		k, v, ok := strings.Cut(line, "=")
		k = strings.TrimSpace(k)
		if !ok || !known[k] {
			return nil, fmt.Errorf("%s:%d: %q is not a setting; `balai config` lists them", path, n, k)
		}
		lines[k] = strings.TrimSpace(v)
	}
	return lines, errors.Join(scan.Err())
}

// printConfig is `balai config`.
func printConfig(_ context.Context, args, _ []string, std Std) error {
	if err := words(args, 0, 0, ""); err != nil {
		return err
	}
	for _, s := range settings {
		only := ""
		if s.demoOnly {
			only = " (demo only)"
		}
		fmt.Fprintf(std.Out, "--%s  BALAI_%s  default %q%s\n    %s\n", s.name,
			strings.ToUpper(strings.ReplaceAll(s.name, "-", "_")), s.fallback, only, s.doc)
	}
	return nil
}

// printSettings lists the settings that a command's help names.
func printSettings(out io.Writer, demo bool) {
	for _, s := range settings {
		if demo || !s.demoOnly {
			fmt.Fprintf(out, "  --%s, default %q\n      %s\n", s.name, s.fallback, s.doc)
		}
	}
}
