package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"balai/internal/spine/db"
)

// Format is the version of the file that this program writes, and the newest
// that it reads.
const Format = 1

// kind is the manifest's word by which a backup is told from other files.
const kind = "balai backup"

// Manifest is the first entry.
type Manifest struct {
	Kind       string       `json:"kind"`
	Format     int          `json:"format"`
	Balai      string       `json:"balai"`   // the version that made it
	Engine     string       `json:"engine"`  // sqlite or postgres
	MadeAt     int64        `json:"made_at"` // microseconds since 1970
	Origin     string       `json:"origin"`  // the journal's
	HeadSize   int64        `json:"head_size"`
	HeadRoot   string       `json:"head_root"`  // base64, "" before the first head
	HeadAt     int64        `json:"head_at"`    // when it was signed
	Demo       bool         `json:"demo"`       // a demo country
	Migrations []db.Applied `json:"migrations"` // what made the tables
}

// Sums is the last entry.
type Sums struct {
	Entries []EntrySum          `json:"entries"` // all before this one, in order
	Tables  map[string]TableSum `json:"tables"`
	Missing []string            `json:"missing"` // blobs that the database names and the hall had not
}

// EntrySum is what an entry must be.
type EntrySum struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// TableSum is a table's content: its rows, and the hash over their lines.
type TableSum struct {
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// Why a file is not taken.
var (
	ErrForeign  = errors.New("this is not a Balai backup")
	ErrShort    = errors.New("the backup is cut short: its end is missing")
	ErrDamaged  = errors.New("the backup is damaged or was changed")
	ErrLocked   = errors.New("the backup is encrypted: give the key that opens it with --identity FILE")
	ErrWrongKey = errors.New("the backup cannot be opened with this key: it was encrypted for another one")
	ErrNewer    = errors.New("the backup was made by a newer Balai than this one: install that version first")
)

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

// readError tells why reading an entry failed.
func readError(err error, what string) error {
	for _, known := range []error{context.Canceled, context.DeadlineExceeded, ErrForeign, ErrShort, ErrDamaged, ErrLocked, ErrWrongKey, ErrNewer} {
		if errors.Is(err, known) {
			return err
		}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return ErrShort
	}
	if strings.Contains(err.Error(), "payload chunk") { // of age, which cannot tell the two apart
		return damaged("%s cannot be read, or its end is missing: copy it again (%v)", what, err)
	}
	return damaged("%s cannot be read (%v)", what, err)
}

var (
	hashShape = regexp.MustCompile(`^[0-9a-f]{64}$`)
	inJSON    = regexp.MustCompile(`"sha256":\s*"([0-9a-f]{64})"`)
	fileShape = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$`)
)

// BlobNames are the blobs that a row names.
func BlobNames(t db.Table, row []any) (out []string) {
	for _, p := range t.Blobs {
		text, ok := row[p].(string)
		switch {
		case !ok:
		case hashShape.MatchString(text):
			out = append(out, text)
		default:
			for _, m := range inJSON.FindAllStringSubmatch(text, -1) {
				out = append(out, m[1])
			}
		}
	}
	return out
}
