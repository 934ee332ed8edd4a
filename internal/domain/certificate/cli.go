package certificate

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"balai/internal/domain/certificate/seal"
	"balai/internal/spine/clock"
)

const verifyUsage = `Usage: balai cert verify FILE [--key KEYS] [--data DIR]

Tells, without a network, whether FILE is a certificate as it was issued.
KEYS is a file of public keys: /certificate/keys.json of the hall that issued
it, PEM, or a demo.json. Without it, the keys of the data folder DIR are used
(.balai/demo or .balai/serve where they exist).

Exit status: 0 sound, 1 not sound, 2 cannot tell. A sound certificate may have
been revoked since: only the hall knows, at /verify/CODE.
`

// VerifyCLI is `balai cert`: args begin after that word. It returns the exit
// status.
func VerifyCLI(args []string, out, errOut io.Writer) int {
	unknown := int(seal.Unknown)
	flags := flag.NewFlagSet("balai cert verify", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	key := flags.String("key", "", "")
	data := flags.String("data", "", "")
	var words []string
	for rest := args; ; { // flags may stand before or after the file
		if err := flags.Parse(rest); err != nil {
			fmt.Fprint(errOut, verifyUsage)
			return unknown
		}
		if flags.NArg() == 0 {
			break
		}
		words, rest = append(words, flags.Arg(0)), flags.Args()[1:]
	}
	if len(words) != 2 || words[0] != "verify" {
		fmt.Fprint(errOut, verifyUsage)
		return unknown
	}
	file, err := os.ReadFile(words[1])
	if err != nil {
		fmt.Fprintf(errOut, "balai: the file cannot be read: %v\n", plain(err))
		return unknown
	}
	keys, err := keysFrom(*key, *data)
	if err != nil {
		fmt.Fprintf(errOut, "balai: the keys cannot be read: %v\n", plain(err))
		return unknown
	}
	found := seal.Verify(file, keys)
	report(out, found)
	return int(found.Verdict)
}

// keysFrom reads the keys named, or those of a data folder; none is no error:
// a file can be found changed without any.
func keysFrom(key, data string) (seal.Keys, error) {
	if key != "" {
		text, err := os.ReadFile(key)
		if err != nil {
			return nil, err
		}
		return seal.ParseKeys(text)
	}
	dirs := []string{filepath.Join(".balai", "demo"), filepath.Join(".balai", "serve")}
	if data != "" {
		dirs = []string{data}
	}
	var keys seal.Keys
	for _, dir := range dirs {
		text, err := os.ReadFile(filepath.Join(dir, "key", "certificate.pem"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		more, err := seal.ParseKeys(text)
		if err != nil {
			return nil, err
		}
		keys = append(keys, more...)
	}
	return keys, nil
}

var whys = map[seal.Why]string{
	seal.WhySound:    "SOUND: every byte is as it was issued",
	seal.WhyChanged:  "NOT SOUND: this file was changed after it was issued",
	seal.WhyAppended: "NOT SOUND: something was added to this file, or a part of it is missing",
	seal.WhyForeign:  "CANNOT TELL: this is not a certificate of Balai's",
	seal.WhyOtherKey: "CANNOT TELL: it is signed, but not by a key that you trust",
	seal.WhyNoKey:    "CANNOT TELL: it is signed, but there is no key to compare with; give one with --key",
}

func report(out io.Writer, f seal.Finding) {
	fmt.Fprintln(out, whys[f.Why])
	if f.Verdict != seal.Sound {
		if f.Key != "" {
			fmt.Fprintf(out, "  its key: %s\n", f.Key)
		}
		return
	}
	var p Payload
	if json.Unmarshal(f.Payload, &p) == nil {
		fmt.Fprintf(out, "  %s / %s\n  %s\n", p.Title.MS, p.Title.EN, p.AgencyName.MS)
		if p.Number != "" {
			fmt.Fprintf(out, "  number %s\n", p.Number)
		}
		fmt.Fprintf(out, "  code %s, issued %s\n", p.Code, clock.Day(clock.FromMicro(p.IssuedAt)))
		for _, r := range p.Rows {
			fmt.Fprintf(out, "  %s: %s\n", r.Label.MS, r.Value.MS)
		}
	}
	fmt.Fprintf(out, "  key %s\n", f.Key)
}

// plain is an error without the call that met it.
func plain(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%s: %w", path.Path, path.Err)
	}
	return err
}
