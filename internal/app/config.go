package app

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"

	"balai/internal/spine/keep"
)

// setting is one line of the config table: a flag --name, an environment
// variable BALAI_NAME, a line "name = value" in the config file; the flag
// wins, then the environment, then the file. A secret may instead lie in a
// file of its own, which BALAI_NAME_FILE or "name-file" names.
type setting struct {
	name, fallback, doc string
	demoOnly            bool
	secret              secrecy
}

// secrecy is whether a value may be seen by others of the machine.
type secrecy int

const (
	open      secrecy = iota // a value that anybody may read
	mayBe                    // one that may have a secret in it, such as a database's password
	neverSeen                // a secret: no flag takes it, since a command line is everybody's to read
)

// settings is the whole configuration of the hall; `balai config` shows it.
var settings = []setting{
	{name: "listen", fallback: "127.0.0.1:8080", doc: "address and port to listen on; a loopback IPv4 address also opens the same port on ::1"},
	{name: "base-url", fallback: "", doc: "the hall's one public address; empty means localhost and the port, https where the hall has a certificate"},
	{name: "tls-cert", fallback: "", doc: "PEM file of the hall's own certificate and its chain; the hall then speaks TLS 1.3 and nothing else. A renewed file is taken up within a minute"},
	{name: "tls-key", fallback: "", doc: "PEM file of that certificate's private key"},
	{name: "proxy", fallback: "", doc: "addresses of the proxy in front that ends TLS, such as 10.0.0.5 or 10.0.0.0/24, several with commas; nobody else may then connect from another machine"},
	{name: "redirect", fallback: "", doc: "address and port on which plain HTTP is sent on to base-url, such as :80"},
	{name: "data", fallback: "", doc: "folder for the database, keys and files; empty means .balai/demo or .balai/serve"},
	{name: "db", fallback: "", doc: "postgres://… or a SQLite file; empty means what `balai move` or `restore` wrote into the data folder, else balai.db in it", secret: mayBe},
	{name: "keys", fallback: "", doc: "folder of the keys that sign for the hall; empty means the folder key in the data folder, which over PostgreSQL is shared through the database with every process"},
	{name: "blobs", fallback: "", doc: "bucket of an S3 server for files, https://HOST/BUCKET or https://HOST/BUCKET/PREFIX; empty means the database over PostgreSQL, and else the folder blob in the data folder"},
	{name: "blobs-region", fallback: "", doc: "region of that bucket; empty asks its server"},
	{name: "blobs-key", fallback: "", doc: "access key of that bucket", secret: mayBe},
	{name: "blobs-secret", fallback: "", doc: "secret of that access key", secret: neverSeen},
	{name: "site-name-ms", fallback: "Balai Khidmat", doc: "the site's name in Malay"},
	{name: "site-name-en", fallback: "Balai Khidmat", doc: "the site's name in English"},
	{name: "contact-address", fallback: "", doc: "postal address of who runs the hall, shown on its contact page"},
	{name: "contact-map", fallback: "", doc: "address of a map that shows where that is"},
	{name: "contact-phone", fallback: "", doc: "telephone of who runs the hall, such as +60312345678"},
	{name: "contact-mail", fallback: "", doc: "address for mail to who runs the hall"},
	{name: "origin", fallback: "", doc: "the journal's origin line; empty means HOST/journal at first start, and is kept from then on"},
	{name: "smtp-host", fallback: "", doc: "host:port of the mail server; empty means that mails are kept but not sent"},
	{name: "smtp-user", fallback: "", doc: "name at the mail server; empty means that it asks for none"},
	{name: "smtp-password", fallback: "", doc: "password at the mail server", secret: neverSeen},
	{name: "smtp-from", fallback: "tiada-balasan@balai.example", doc: "sender of mails"},
	{name: "sms-url", fallback: "", doc: "address of the provider that takes text messages as JSON; empty means that none are sent (the demo keeps them)"},
	{name: "sms-token", fallback: "", doc: "bearer token for that provider", secret: neverSeen},
	{name: "notify-per-minute", fallback: "3000", doc: "requests that the keys of one kind of one agency may send in a rolling minute"},
	{name: "notify-per-day", fallback: "250000", doc: "messages that one agency's systems may send on one day"},
	{name: "notify-keep-days", fallback: "7", doc: "days after which the content of what agencies' systems sent is destroyed; the paper of a letter stays"},
	{name: "back-office-per-minute", fallback: "1200", doc: "requests that one key of an agency's own system may send in a rolling minute"},
	{name: "back-office-per-day", fallback: "50000", doc: "cases, messages and documents of which one agency's systems may tell people on one day"},
	{name: "enrolments-at-once", fallback: "64", doc: "enrolments from afar that one process works on at one time; who comes then sees how long to wait"},
	{name: "drop", fallback: "", doc: "folder below which agencies without an API put files for the hall, DROP/AGENCY/in; empty means none"},
	{name: "webhook-loopback", fallback: "no", doc: "yes lets agencies' systems on this machine be told, without TLS; the demo does"},
	{name: "log-level", fallback: "", doc: "debug, info, warn or error; empty means info, and warn in the demo. Info has a line for each request: its route, never its address or who asked"},
	{name: "log-format", fallback: "text", doc: "text, or json for a collector of logs"},
	{name: "bank-url", fallback: "", doc: "address of who stands between the hall and the banks; empty means that only counters take money, and in a demo the bank that it starts beside itself"},
	{name: "bank-secret", fallback: "", doc: "secret with which the hall's agencies are made known there, whsec_…", secret: neverSeen},
	{name: "sandbox-bank-url", fallback: "", doc: "address of the bank of test payments, such as a `balai sandbox-bank`; empty means that test keys make payments that nobody can pay, and in a demo that of bank-url"},
	{name: "sandbox-bank-secret", fallback: "", doc: "secret with which the hall's agencies are made known there, whsec_…", secret: neverSeen},
	{name: "payment-two-persons", fallback: "1000.00", doc: "ringgit; a refund, an exception or a payout of more is moved by two officers of the agency's finance only"},
	{name: "metrics-token", fallback: "", doc: "bearer token that opens /metrics; without one only this machine may read it", secret: neverSeen},
	{name: "otel-endpoint", fallback: "", doc: "address of an OpenTelemetry collector that takes OTLP over HTTP, such as http://127.0.0.1:4318; empty sends no traces"},
	{name: "otel-share", fallback: "0.1", doc: "share of requests that are traced, 0 to 1"},
	{name: "otel-token", fallback: "", doc: "bearer token for that collector", secret: neverSeen},
	{name: "seed", fallback: "1", doc: "the demo country's seed", demoOnly: true},
	{name: "today", fallback: "", doc: "the demo country's date, 2006-01-02; empty means today", demoOnly: true},
}

// Config is the settings' values.
type Config struct {
	values    map[string]string
	given     map[string]bool   // what somebody set, by flag, environment or file
	from      map[string]string // where each value is from, for who looks at it
	Demo      bool
	look      []string // what somebody should look at, though the hall opens
	who       string   // which command opens the hall, for whoever is kept out meanwhile
	specimen  bool     // a command over a demo country's data, which is not opened as one
	catalogue fs.FS    // definitions in the place of the binary's own, for a preview
}

// Get is the value of a setting.
func (c Config) Get(name string) string { return c.values[name] }

// envName is the environment variable of a setting.
func envName(name string) string {
	return "BALAI_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// parseConfig reads flags, environment and file.
func parseConfig(verb string, args, environ []string) (Config, error) {
	c := Config{values: map[string]string{}, given: map[string]bool{}, from: map[string]string{}, Demo: verb == "demo", who: "balai " + verb}
	flags := flag.NewFlagSet("balai "+verb, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // Main tells what is wrong, and how the command is written
	file := flags.String("config", "", "file of name = value lines")
	asked := map[string]*string{}
	for _, s := range settings {
		if s.demoOnly && !c.Demo {
			continue
		}
		asked[s.name] = flags.String(s.name, s.fallback, s.doc)
		if s.secret != open {
			asked[s.name+fileSuffix] = flags.String(s.name+fileSuffix, "", "")
		}
	}
	if err := flags.Parse(args); err != nil {
		return c, misuse{reason: err.Error(), line: true}
	}
	if flags.NArg() > 0 {
		return c, misuse{reason: fmt.Sprintf("%q is one word too many", flags.Arg(0)), line: true}
	}
	lines, err := readConfigFile(*file)
	if err != nil {
		return c, err
	}
	c.look = append(openSecrets(*file, lines), unknownVariables(environ)...)
	flags.Visit(func(f *flag.Flag) { c.given[f.Name] = true })
	for _, s := range settings {
		if s.secret == neverSeen && c.given[s.name] {
			return c, misused("--%s would show a secret to everybody on this machine; give it as %s, or in a file that %s_FILE names", s.name, envName(s.name), envName(s.name))
		}
	}
	env := map[string]string{}
	for _, e := range environ {
		k, v, _ := strings.Cut(e, "=")
		env[k] = v
	}
	for name, value := range asked {
		c.values[name], c.from[name] = *value, fromDefault
		if c.given[name] {
			c.from[name] = "--" + name
		} else if v, ok := env[envName(name)]; ok {
			c.set(name, v, envName(name))
		} else if l, ok := lines[name]; ok {
			c.set(name, l.value, fmt.Sprintf("%s:%d", *file, l.n))
		}
	}
	if err := c.readSecrets(); err != nil {
		return c, err
	}
	return c, c.complete()
}

// fromDefault is where a value is from that nobody gave.
const fromDefault = "default"

// set is what somebody gave, and where.
func (c *Config) set(name, value, from string) {
	c.values[name], c.given[name], c.from[name] = value, true, from
}

// derive is what a setting comes to that nobody gave.
func (c *Config) derive(name, value, from string) { c.values[name], c.from[name] = value, from }

// fileSuffix ends the name of the setting that says in which file a secret is.
const fileSuffix = "-file"

// secretLimit is more than any password or address of a database has.
const secretLimit = 64 << 10

// readSecrets takes up the secrets that lie in files of their own.
func (c *Config) readSecrets() error {
	for _, s := range settings {
		path := c.values[s.name+fileSuffix]
		if s.secret == open || path == "" {
			continue
		}
		if c.given[s.name] {
			return misused("%s is given twice: as it is, and by the file %s", s.name, path)
		}
		text, err := readBounded(path, secretLimit)
		if err != nil {
			return fmt.Errorf("%s%s: %w", s.name, fileSuffix, err)
		}
		value := strings.TrimRight(text, "\r\n")
		if value == "" || strings.ContainsAny(value, "\r\n\x00") {
			return misused("%s: %s has to hold one line", s.name+fileSuffix, path)
		}
		c.set(s.name, value, path+", which "+c.from[s.name+fileSuffix]+" names")
	}
	return nil
}

// readBounded reads a file of at most limit bytes.
func readBounded(path string, limit int64) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes", path, limit)
	}
	return string(text), err
}

// complete fills what depends on other settings.
func (c *Config) complete() error {
	host, port, err := net.SplitHostPort(c.values["listen"])
	if err != nil {
		return misused("--listen %q is not ADDRESS:PORT", c.values["listen"])
	}
	if err := c.guarded(host); err != nil {
		return err
	}
	if c.values["base-url"] == "" {
		scheme := "http"
		if c.ownTLS() {
			scheme = "https"
		}
		c.derive("base-url", scheme+"://localhost:"+port, "worked out from listen")
	}
	u, err := url.Parse(c.values["base-url"])
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return misused("--base-url %q is not http(s)://HOST[:PORT]", c.values["base-url"])
	}
	c.values["base-url"] = u.Scheme + "://" + u.Host
	if c.ownTLS() && u.Scheme != "https" {
		return misused("--base-url %s is plain HTTP, and the hall has a certificate: write https", c.values["base-url"])
	}
	var level slog.Level
	if text := c.values["log-level"]; text != "" && level.UnmarshalText([]byte(text)) != nil {
		return misused("--log-level %q is none of debug, info, warn and error", text)
	}
	if format := c.values["log-format"]; format != "text" && format != "json" {
		return misused("--log-format %q is neither text nor json", format)
	}
	if c.values["data"] == "" {
		c.values["data"] = serveData
		if c.Demo {
			c.values["data"] = demoData
		}
	}
	if c.values["db"] == "" {
		c.derive("db", keep.DatabaseOf(c.values["data"]), "worked out from data")
	}
	return nil
}

// fileLine is a line of the configuration file.
type fileLine struct {
	value string
	n     int
}

func readConfigFile(path string) (map[string]fileLine, error) {
	lines := map[string]fileLine{}
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
		known[s.name], known[s.name+fileSuffix] = true, s.secret != open
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
			return nil, fmt.Errorf("%s:%d: %q is not a setting; `balai config --list` lists them", path, n, k)
		}
		if first, twice := lines[k]; twice {
			return nil, fmt.Errorf("%s:%d: %s is given twice, first on line %d: take one of the lines away", path, n, k, first.n)
		}
		lines[k] = fileLine{strings.TrimSpace(v), n}
	}
	return lines, errors.Join(scan.Err())
}
