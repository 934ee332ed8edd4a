package notice

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"balai/internal/spine/db"
	"balai/internal/spine/pdf"
)

// Document is a file that a mail leads to.
type Document struct {
	Token        string // SHA-256 of what the address ends in
	Notification string
	Service      string
	Name, Type   string
	Data         []byte
	Receiver     string // what its reader has to name, or ""
	Misses       int64
	MadeAt       int64
	EndsAt       int64
}

const (
	documentLimit = 2 << 20 // as with Notify
	weeksUsual    = 26
	weeksMost     = 78
	// missesMost is how often somebody may name another address before the
	// file is closed: the address of the page is long enough not to be guessed,
	// but a mail may be passed on.
	missesMost = 10
)

// documentTypes are the kinds of file that may be sent, by the end of their
// name. Others are refused, also those of Notify's in which programs can hide.
var documentTypes = map[string]string{".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
	".txt": "text/plain; charset=utf-8", ".csv": "text/csv; charset=utf-8"}

const documentKinds = "'csv', 'jpeg', 'jpg', 'pdf', 'png', 'txt'"

// FilePath is where a file is fetched.
func FilePath(token string) string { return "/file/" + token }

// documents takes the files out of the values: each becomes an address of the
// hall's own.
func (p *Part) documents(v values, c caller, receiver string) (list []Document, bad *problem) {
	for name, value := range v {
		given, is := value.(map[string]any)
		if !is {
			continue
		}
		d, bad := readDocument(given)
		if bad != nil {
			return nil, bad
		}
		token := base64.RawURLEncoding.EncodeToString(p.IDs.Bytes(24))
		d.Token, d.Service, d.MadeAt = digest(token), c.ID, p.now()
		d.EndsAt += d.MadeAt
		if d.Receiver != "" {
			d.Receiver = receiver
		}
		v[name] = link(p.BaseURL + FilePath(token))
		list = append(list, d)
	}
	return list, nil
}

func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// readDocument reads one file as Notify's clients prepare it. EndsAt is how
// long it is kept, Receiver whether its reader is asked.
func readDocument(given map[string]any) (d Document, bad *problem) {
	text, ok := given["file"].(string)
	if !ok {
		return d, badRequest("personalisation holds an object that is not a file")
	}
	data, err := base64.StdEncoding.DecodeString(text)
	switch {
	case err != nil:
		return d, badRequest("Cannot decode the file (invalid base64 encoding)")
	case len(data) > documentLimit:
		return d, badRequest("File is larger than 2MB")
	case len(data) == 0:
		return d, badRequest("File is empty")
	}
	d.Data, d.Receiver = data, "ask"
	if d.Name, bad = documentName(given["filename"], data); bad != nil {
		return d, bad
	}
	d.Type = documentTypes[strings.ToLower(path.Ext(d.Name))]
	if !holds(d.Type, data) {
		return d, badRequest("Unsupported file type '%s'. Supported types are: %s", strings.TrimPrefix(path.Ext(d.Name), "."), documentKinds)
	}
	switch ask := given["confirm_email_before_download"].(type) {
	case nil:
	case bool:
		if !ask {
			d.Receiver = ""
		}
	default:
		return d, badRequest("Unsupported value for confirm_email_before_download: '%s'. Use a boolean true or false value.", asText(ask))
	}
	weeks, ok := weeksOf(given["retention_period"])
	if !ok {
		return d, badRequest("Unsupported value for retention_period '%s'. Supported periods are from 1 to 78 weeks.", brief(json.RawMessage(asText(given["retention_period"]))))
	}
	d.EndsAt = (time.Duration(weeks) * 7 * 24 * time.Hour).Microseconds()
	return d, nil
}

// documentName is the file's name, or one made up for its kind.
func documentName(given any, data []byte) (string, *problem) {
	name, _ := given.(string)
	switch {
	case name == "" && bytes.HasPrefix(data, []byte("%PDF-")):
		return "document.pdf", nil
	case name == "":
		return "document.txt", nil
	case utf8.RuneCountInString(name) > 100:
		return "", badRequest("`filename` cannot be longer than 100 characters")
	case path.Ext(name) == "" || path.Ext(name) == ".":
		return "", badRequest("`filename` must end with a file extension. For example, filename.csv")
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|;%`, r) {
			return '_'
		}
		return r
	}, printable(strings.Join(strings.Fields(name), " "))), nil
}

// holds tells whether bytes are of the type that their name says.
func holds(kind string, data []byte) bool {
	switch kind {
	case "":
		return false
	case "application/pdf":
		_, reason := pdf.Printed(data)
		return reason == ""
	case "image/png", "image/jpeg":
		return http.DetectContentType(data) == kind
	}
	return utf8.Valid(data) && !slices.Contains(data, 0)
}

var period = regexp.MustCompile(`^([0-9]{1,2}) weeks?$`)

// weeksOf reads "4 weeks"; nothing is Notify's own period.
func weeksOf(v any) (weeks int, ok bool) {
	if v == nil || v == "" {
		return weeksUsual, true
	}
	m := period.FindStringSubmatch(strings.ToLower(strings.TrimSpace(asText(v))))
	if m == nil {
		return 0, false
	}
	for _, c := range m[1] {
		weeks = weeks*10 + int(c-'0')
	}
	return weeks, weeks >= 1 && weeks <= weeksMost
}

// keepDocuments keeps a mail's files in the commit that accepts it.
func keepDocuments(tx *db.Tx, list []Document, notification string) error {
	for _, d := range list {
		d.Notification = notification
		if err := insertDocument(tx, d); err != nil {
			return err
		}
	}
	return nil
}
