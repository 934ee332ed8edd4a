package app

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// use is how one command is written, and what it does.
type use struct{ name, args, does string }

// uses are the commands in order; a verb with commands of its own has a line
// for each. What takes the hall's settings says so with "[settings]".
var uses = []use{
	{"demo", "[settings]", "open a demo country: everything works, nobody is real"},
	{"serve", "[settings]", "open an empty hall"},
	{"admin invite", "--name NAME [--post POST] [--data DIR] [--db DSN] [--base-url URL]",
		"make a one-time link for an officer; without --post, for the hall's administrator"},
	{"service lint", "[DIR] [SERVICE]", "say what is wrong, with file, line and reason; DIR is a catalogue folder, without it the binary's own"},
	{"service test", "[DIR] [SERVICE]", "run the sample cases"},
	{"service diff", "OLD NEW SERVICE", "say in words what changed between two catalogues"},
	{"service preview", "[DIR] [settings]", "open the demo with DIR's definitions, on data of its own"},
	{"service replay", "SERVICE --against DIR [--since DAY] [--limit N] [--table] [--made N] [--seed N] [--csv FILE] [--json FILE] [--html FILE] [--population] [--data DIR] [--db DSN]",
		"work past cases out by a changed definition; 0 nothing changes, 3 something does; DIR is a catalogue folder or the service's own"},
	{"service release", "DIR SERVICE --notes TEXT --answers FEEDBACK [--data DIR] [--db DSN]", "put DIR's definition in force"},
	{"service rollback", "SERVICE NUMBER --notes TEXT [--data DIR] [--db DSN]", "put an earlier release in force again"},
	{"cert verify", "FILE [--key FILE]", "0 sound, 1 not sound, 2 cannot tell; the key is /certificate/keys.json, a PEM file or demo.json"},
	{"letters batch", "--date 2026-11-23 [--data DIR] [--db DSN] [--out DIR] [--base-url URL]", "print a day's letters into one file with a manifest"},
	{"identity suspend", "person|staff|client ID [--lift] [--data DIR] [--db DSN]",
		"shut the door at once to a person, to an officer's posts, or to an application that signs people in, and end what they have open; --lift lets a person in again, and an agency put its application back"},
	{"identity keys", "rotate [--data DIR] [--db DSN]", "sign with the next key, and publish one more to be the next"},
	{"identity scim-key", "AGENCY [--data DIR] [--db DSN]", "make the key of an agency's own directory of staff; it is shown once, and ends the one before"},
	{"notify key", "--agency AGENCY --name NAME [--type normal|team|test] [--guests A,B] [--data DIR] [--db DSN]",
		"make a key for an agency's system and print it once; a team key sends to its guests only"},
	{"notify revoke", "--agency AGENCY --name NAME [--data DIR] [--db DSN]", "end a key at once"},
	{"notify list", "[--data DIR] [--db DSN]", "list the keys, without their secrets"},
	{"notify callback", "--agency AGENCY --url URL|none [--data DIR] [--db DSN]",
		"say where the agency's system is told what became of its messages, and print once the token that it is shown"},
	{"notify callbacks", "[--agency AGENCY] [--data DIR] [--db DSN]", "list the callbacks that agencies' systems have not taken, the last tried first"},
	{"notify replay", "--message ID | --agency AGENCY [--data DIR] [--db DSN]", "tell an agency's system once more of a message, or of all, whose callback was given up"},
	{"notify lint", "[DIR]", "say what is wrong with message templates; DIR is a catalogue folder, without it the binary's own"},
	{"agency payments", "enable|key|keys|revoke|webhook|messages|again|fund AGENCY [--account NUMBER] [--city NAME] [--name NAME] [--key ID] [--url URL] [--message ID] [--amount RINGGIT] [--reference TEXT] [--live] [--data DIR] [--db DSN]",
		"let an agency take payments into an account, and say its city for the QR (of a federal one Putrajaya unless said); make a key for its system, for tests or, with --live, for real money, and print it once; say where its system is told, without --url nowhere, and print once the secret that signs; list the keys, and end one; list what the system was told last, and send a message again; note money that came for paying people"},
	{"receipt verify", "FILE|CODE [--key FILE] [--proof FILE]",
		"0 sound, 1 not sound, 2 cannot tell; FILE is a receipt's PDF or the text of its QR code; the key is /receipt/keys.json or demo.json, kept from before; --proof checks a .tlog-proof too"},
	{"ledger audit", "[--data DIR] [--db DSN]", "read all books anew and compare them with the journal; 0 sound, 1 not"},
	{"ledger export", "--format hledger|ledger|beancount [--agency ID] [--data DIR] [--db DSN]", "write what was posted as plain-text accounting"},
	{"sandbox-bank", "[--data DIR] [--listen 127.0.0.1:PORT] [--seed N] [--today DATE]",
		"open a bank to try payments with: a telephone, a bank's and a card's page, statements and faults, the same for the same seed; a demo opens one by itself"},
	{"journal verify", "[--url URL --key VKEY] [--data DIR] [--db DSN]", "check the public journal of a hall, as an outsider, or of a data folder"},
	{"offline pack", "--service SERVICE --office UNIT --out FILE [--data DIR] [--db DSN]", "make what a counter takes along where there is no network"},
	{"offline fill", "PACK [--to FILE] [--listen 127.0.0.1:PORT] [--key VKEY]", "fill in forms; needs no hall and no network"},
	{"offline reconcile", "FILE --as OFFICER [--data DIR] [--db DSN]", "make the cases; 0 all made, 1 some need a person"},
	{"search eval", "FILE [--part tuned|held-out]", "ask every question of FILE of the binary's own catalogue"},
	{"backup", "FILE [--age RECIPIENT] [--data DIR] [--db DSN]", "write the whole hall into one file, while it is open; --age, as often as wanted, encrypts it"},
	{"restore", "FILE [--data DIR] [--db DSN] [--identity FILE] [--replace] [--sha256 SUM] [--head FILE|URL] [--accept-loss --by PERSON --why TEXT]",
		"make a hall from a backup, in an empty folder and database"},
	{"back-office key", "--agency ID [--webhook URL] [--bearer] [--data DIR] [--db DSN]", "make a key for an agency's own system; its secrets are shown once"},
	{"back-office list", "[--agency ID] [--data DIR] [--db DSN]", "list keys, without their secrets"},
	{"back-office revoke", "--key ID [--data DIR] [--db DSN]", "end a key at once"},
	{"back-office webhook", "--key ID [--webhook URL] [--data DIR] [--db DSN]", "say where a key's events go; without --webhook, nowhere"},
	{"back-office deliveries", "--agency ID [--data DIR] [--db DSN]", "list what the agency's system was told, the newest first"},
	{"back-office replay", "--event ID [--agency ID] [--data DIR] [--db DSN]", "send an event again, under its old id"},
	{"move", "--to DSN [--data DIR] [--db DSN], or --cancel", "move the hall to another database; ended in the middle, it goes on when it is run again"},
	{"doctor", "[--data DIR] [--db DSN] [--deep] [--json] [settings]", "say in plain words what is wrong with an installation; 0 nothing, 1 something; --deep reads everything"},
	{"routes", "[--demo] [--json]", "print every route with its policy"},
	{"config", "[settings] [--demo] [--json], or --list | --file | --markdown",
		"show every setting, its value and where it is from, as a start with the same flags, environment and file has it; or list what can be set, as text, as a configuration file to fill in, or as a table"},
	{"notices", "", "print what others wrote in the binary, with its licences in full"},
	{"sbom", "", "print the binary's parts, versions and checksums as CycloneDX JSON"},
	{"man", "", "print the manual's page, for a package to install"},
	{"version", "", "print the version"},
}

// usesOf are those of a verb, or of the one command that args name.
func usesOf(args []string) (found []use) {
	for n := min(2, len(args)); n > 0 && found == nil; n-- {
		name := strings.Join(args[:n], " ")
		for _, u := range uses {
			if u.name == name || n == 1 && strings.HasPrefix(u.name, name+" ") {
				found = append(found, u)
			}
		}
	}
	return found
}

// printUse tells how the commands that args name are written. all adds the
// settings of who takes them.
func printUse(out io.Writer, args []string, all bool) {
	for i, u := range usesOf(args) {
		if i > 0 && all {
			fmt.Fprintln(out)
		}
		fmt.Fprintln(out, strings.TrimRight("balai "+u.name+" "+u.args, " "))
		if !all {
			continue
		}
		fmt.Fprintln(out, "    "+u.does)
		if strings.Contains(u.args, "[settings]") {
			fmt.Fprintln(out, "settings:")
			fmt.Fprintln(out, "  --config FILE\n      a file of name = value lines; flags and the environment go before it")
			printSettings(out, u.name != "serve")
		} else if strings.Contains(u.args, "--data") {
			fmt.Fprintln(out, "    Without --data, the hall in "+demoData+" or "+serveData+" below this folder.")
		}
	}
}

// asksHelp tells whether somebody asks how a command is written.
func asksHelp(args []string) bool {
	return slices.ContainsFunc(args, func(a string) bool { return a == "-h" || a == "-help" || a == "--help" })
}

// misuse is a command that was not understood, and why.
type misuse struct {
	reason string
	line   bool // the command line itself, and not what its settings come to
}

func (m misuse) Error() string { return m.reason }

func misused(format string, args ...any) error { return misuse{reason: fmt.Sprintf(format, args...)} }

// words are a command's arguments without flags: at least min of them and at
// most most, called what they are.
func words(args []string, least, most int, what string) error {
	for _, a := range args {
		if strings.HasPrefix(a, "-") && a != "-" {
			return misused("there is no flag %s here, or it has no value", a)
		}
	}
	switch {
	case len(args) < least:
		return misused("%s is missing", what)
	case len(args) > most:
		return misused("%q is one word too many", args[most])
	}
	return nil
}

// needed insists on flags; names and values take turns.
func needed(pairs ...string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return misused("--%s is missing", pairs[i])
		}
	}
	return nil
}
