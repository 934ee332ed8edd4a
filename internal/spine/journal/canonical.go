package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxExact bounds the integers that every reader of JSON holds exactly
// (RFC 8259, section 6); a record with a larger one would hash differently in
// another language, so it is refused.
const maxExact = 1 << 53

// appendCanonical writes v as RFC 8785 (JSON Canonicalization Scheme) has it:
// no white space, object keys in the order of their UTF-16 code units, strings
// with the shortest escapes and no HTML escaping, numbers as ECMAScript prints
// them. An auditor in any language arrives at the same bytes. The plain types
// are written at once, because this runs inside the writer; anything else goes
// through encoding/json.
func appendCanonical(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendString(b, v), nil
	case int:
		return appendInt(b, int64(v))
	case int64:
		return appendInt(b, v)
	case float64:
		return appendFloat(b, v)
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return nil, fmt.Errorf("journal: number %s: %w", v, err)
		}
		return appendFloat(b, f)
	case []string:
		return appendList(b, v)
	case []any:
		return appendList(b, v)
	case map[string]any:
		return appendMap(b, v)
	case map[string]string:
		return appendMap(b, v)
	}
	return appendOther(b, v)
}

// appendOther brings a value of any other type to the plain ones first.
func appendOther(b []byte, v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("journal: record is not JSON: %w", err)
	}
	dec := json.NewDecoder(&buf)
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, fmt.Errorf("journal: record is not JSON: %w", err)
	}
	return appendCanonical(b, tree)
}

func appendList[T any](b []byte, list []T) ([]byte, error) {
	if list == nil {
		return append(b, "null"...), nil
	}
	var err error
	b = append(b, '[')
	for i, x := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendCanonical(b, x); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendMap[T any](b []byte, m map[string]T) ([]byte, error) {
	if m == nil {
		return append(b, "null"...), nil
	}
	keys := make([]string, 0, len(m))
	for k := range m {
		if !utf8.ValidString(k) {
			return nil, fmt.Errorf("journal: the key %q of a record is not UTF-8", k)
		}
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareKeys)
	var err error
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, k), ':')
		if b, err = appendCanonical(b, m[k]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// compareKeys orders by UTF-16 code units. Up to U+D7FF that is the order of
// the bytes; above, surrogates come before what their runes come after.
func compareKeys(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] >= 0xee || b[i] >= 0xee {
			return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		}
	}
	return strings.Compare(a, b)
}

func appendInt(b []byte, n int64) ([]byte, error) {
	if n >= maxExact || n <= -maxExact {
		return nil, fmt.Errorf("journal: number %d is too large to be read the same everywhere", n)
	}
	return strconv.AppendInt(b, n, 10), nil
}

func appendFloat(b []byte, f float64) ([]byte, error) {
	if f == math.Trunc(f) {
		if math.Abs(f) >= maxExact {
			return nil, fmt.Errorf("journal: number %g is too large to be read the same everywhere", f)
		}
		return strconv.AppendInt(b, int64(f), 10), nil // -0 is 0, as ECMAScript prints it
	}
	// encoding/json prints floats by the same rules as ECMAScript.
	text, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("journal: record is not JSON: %w", err)
	}
	return append(b, text...), nil
}

const hexDigits = "0123456789abcdef"

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s { // a broken byte comes as U+FFFD
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\b':
			b = append(b, `\b`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\f':
			b = append(b, `\f`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r < 0x20:
			b = append(b, `\u00`...)
			b = append(b, hexDigits[r>>4], hexDigits[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
