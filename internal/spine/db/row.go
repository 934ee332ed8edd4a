package db

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"math"
	"strconv"
	"unicode/utf8"
)

// A row on its way from one database to another is a line of JSON: an array
// with one value a column. A bigint is a whole number, bytes are base64 and a
// double is its sixteen hexadecimal digits, so that nothing is rounded. The
// same row is the same line whichever engine it came from, so that the hash
// over a table's lines in the order of its key tells whether two are equal.

// AppendRow adds a row's line to b, its end included.
func AppendRow(b []byte, t Table, row []any) ([]byte, error) {
	b = append(b, '[')
	for i, v := range row {
		if i > 0 {
			b = append(b, ',')
		}
		switch v := v.(type) {
		case nil:
			b = append(b, "null"...)
		case string:
			if !utf8.ValidString(v) {
				return nil, fmt.Errorf("db: %s.%s holds text that is not UTF-8", t.Name, t.Columns[i].Name)
			}
			b = appendText(b, v)
		case int64:
			b = strconv.AppendInt(b, v, 10)
		case bool:
			b = strconv.AppendBool(b, v)
		case []byte:
			b = append(b, '"')
			b = base64.StdEncoding.AppendEncode(b, v)
			b = append(b, '"')
		case float64:
			b = fmt.Appendf(b, `"%016x"`, math.Float64bits(v+0)) // SQLite keeps no negative zero
		default:
			return nil, fmt.Errorf("db: %s.%s holds a %T", t.Name, t.Columns[i].Name, v)
		}
	}
	return append(b, ']', '\n'), nil
}

const hexDigits = "0123456789abcdef"

// appendText writes a JSON string; only what must be is escaped.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		if c < ' ' {
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		} else {
			b = append(b, '\\', c)
		}
	}
	return append(append(b, s[from:]...), '"')
}

// ParseRow is AppendRow's inverse. What is not of the column's type is refused.
func ParseRow(t Table, line []byte) ([]any, error) {
	var parts []json.RawMessage
	if err := json.Unmarshal(line, &parts); err != nil {
		return nil, fmt.Errorf("db: a row of %s: %w", t.Name, err)
	}
	if len(parts) != len(t.Columns) {
		return nil, fmt.Errorf("db: a row of %s has %d values, not %d", t.Name, len(parts), len(t.Columns))
	}
	row := make([]any, len(parts))
	for i, p := range parts {
		if string(p) == "null" {
			continue
		}
		v, err := parseValue(t.Columns[i].Type, p)
		if err != nil {
			return nil, fmt.Errorf("db: a row of %s: %s: %w", t.Name, t.Columns[i].Name, err)
		}
		row[i] = v
	}
	return row, nil
}

func parseValue(kind string, p json.RawMessage) (any, error) {
	switch kind {
	case "bigint":
		return strconv.ParseInt(string(p), 10, 64)
	case "boolean":
		if s := string(p); s != "true" && s != "false" {
			return nil, errors.New("not a boolean")
		}
		return string(p) == "true", nil
	}
	var s string
	if err := json.Unmarshal(p, &s); err != nil {
		return nil, err
	}
	switch kind {
	case "bytes":
		b, err := base64.StdEncoding.Strict().DecodeString(s)
		if b == nil {
			b = []byte{} // null is another value
		}
		return b, err
	case "double":
		bits, err := strconv.ParseUint(s, 16, 64)
		return math.Float64frombits(bits), err
	}
	return s, plain(s)
}

// Sum gathers a table's content: how many rows, and the hash of their lines.
type Sum struct {
	Rows int64
	hash hash.Hash
}

// Lines adds rows that are lines already.
func (s *Sum) Lines(lines []byte, rows int) {
	if s.hash == nil {
		s.hash = sha256.New()
	}
	s.hash.Write(lines)
	s.Rows += int64(rows)
}

// SHA256 is the hash of every line so far, in hexadecimal.
func (s *Sum) SHA256() string {
	s.Lines(nil, 0)
	return hex.EncodeToString(s.hash.Sum(nil))
}
