package payment

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"balai/internal/spine/money"
)

// fields is a JSON body, field by field.
type fields map[string]json.RawMessage

// readBody reads a JSON object; code is that of the request's refusals.
func readBody(r *http.Request, code string) (f fields, data []byte, bad *problem) {
	data, err := io.ReadAll(r.Body)
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return nil, nil, &problem{status: http.StatusRequestEntityTooLarge, Code: code, Description: "The request is too large"}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if err != nil || !utf8.Valid(data) || dec.Decode(&f) != nil || f == nil || !ended(dec) {
		return nil, nil, &problem{status: http.StatusBadRequest, Code: code, Description: "Unable to parse JSON"}
	}
	if name := doubled(json.NewDecoder(bytes.NewReader(data))); name != "" {
		return nil, nil, &problem{status: http.StatusBadRequest, Field: name, Code: code, Description: "Unable to parse JSON: " + name + " is there twice"}
	}
	return f, data, nil
}

// ended tells whether nothing follows what was read, a stray bracket neither.
func ended(dec *json.Decoder) bool {
	_, err := dec.Token()
	return errors.Is(err, io.EOF)
}

// compressed is the refusal of a body that is sent compressed: a small one can hold
// more than the hall would read.
var compressed = &problem{status: http.StatusUnsupportedMediaType, Header: "Content-Encoding", Code: "P0007", Description: "Send the body uncompressed, without Content-Encoding"}

// unreadable refuses a request whose address is no text, or whose body is compressed: it
// is asked for wrongly, and nothing of the hall's is out of order.
func unreadable(r *http.Request) *problem {
	if !Storable(r.URL.Path) {
		return &problem{status: http.StatusNotFound, Code: "P0004", Description: "There is nothing at this address"}
	}
	for _, coding := range r.Header.Values("Content-Encoding") {
		if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "identity") {
			return compressed
		}
	}
	return nil
}

// doubled is a name that an object has twice, at any depth: the decoder would take
// the last, and another reader the first. What is read is JSON.
func doubled(dec *json.Decoder) (twice string) {
	var open []map[string]bool // the objects around; nil is a list
	isName := false
	for {
		t, err := dec.Token()
		if err != nil {
			return ""
		}
		if delim, is := t.(json.Delim); is {
			switch delim {
			case '{':
				open = append(open, map[string]bool{})
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
			isName = true
		} else if inside := len(open) > 0 && open[len(open)-1] != nil; inside && isName {
			name, names := t.(string), open[len(open)-1]
			if names[name] {
				return name
			}
			names[name], isName = true, false
			continue
		}
		isName = true
	}
}

// only refuses a field that a request does not have: a name that is spelt wrong is
// not a field that was left out.
func (f fields) only(code string, names ...string) *problem {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if !slices.Contains(names, name) {
			return invalid(code, name, "There is no such field")
		}
	}
	return nil
}

// ringgit refuses another currency.
func (f fields) ringgit(code string) *problem {
	if !f.has("currency") {
		return nil
	}
	if c, bad := f.text(code, "currency", 3); bad != nil || c != money.MYR {
		return invalid(code, "currency", "Must be MYR")
	}
	return nil
}

func (f fields) has(name string) bool {
	raw, ok := f[name]
	return ok && string(raw) != "null"
}

// text is a text of at most limit characters; "" where it is not there.
func (f fields) text(code, name string, limit int) (s string, bad *problem) {
	if !f.has(name) {
		return "", nil
	}
	if json.Unmarshal(f[name], &s) != nil {
		return "", invalid(code, name, "Must be of type string")
	}
	if utf8.RuneCountInString(s) > limit {
		return "", invalid(code, name, "Must be less than or equal to "+itoa(limit)+" characters length")
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f || Turns(r) }) {
		return "", invalid(code, name, "Must not contain control characters")
	}
	return s, nil
}

// Turns tells whether a letter is none, and makes those after it read from the other
// side: a name or a reference would be read as another.
func Turns(r rune) bool { return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' }

// amount is a whole number from least to most, and not a fraction or a text.
func (f fields) amount(code, name string, least, most money.Amount) (money.Amount, *problem) {
	text := string(f[name])
	n, err := money.Parse(text, "JPY") // digits and nothing else
	if err != nil {
		var number json.Number
		if json.Unmarshal(f[name], &number) != nil || strings.HasPrefix(text, `"`) || strings.ContainsAny(text, ".eE") {
			return 0, invalid(code, name, "Must be a valid number")
		}
		if strings.HasPrefix(text, "-") {
			return 0, invalid(code, name, "Must be greater than or equal to "+itoa(int(least)))
		}
		return 0, invalid(code, name, "Must be less than or equal to "+itoa(int(most)))
	}
	switch {
	case n < least:
		return 0, invalid(code, name, "Must be greater than or equal to "+itoa(int(least)))
	case n > most:
		return 0, invalid(code, name, "Must be less than or equal to "+itoa(int(most)))
	}
	return n, nil
}

func (f fields) flag(code, name string) (is bool, bad *problem) {
	if f.has(name) && json.Unmarshal(f[name], &is) != nil {
		return false, invalid(code, name, "Must be true or false")
	}
	return is, nil
}

// returnURL is where a browser goes back to: an address on the web, over https
// where the money is real.
func returnURL(text string, live bool) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(text, " \\") {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && !live
}

func address(text string) bool {
	a, err := mail.ParseAddress(text)
	return err == nil && a.Address == text
}

// metadata is a flat object of at most ten names, as the agency likes.
func (f fields) metadata(code string) (string, *problem) {
	if !f.has("metadata") {
		return "", nil
	}
	var m map[string]any
	dec := json.NewDecoder(bytes.NewReader(f["metadata"]))
	dec.UseNumber() // as it was written: a long one is another as a float
	if dec.Decode(&m) != nil {
		return "", invalid(code, "metadata", "Must be an object of JSON key-value pairs")
	}
	if len(m) > 10 {
		return "", invalid(code, "metadata", "Cannot have more than 10 key-value pairs")
	}
	for k, v := range m {
		if k == "" || utf8.RuneCountInString(k) > 30 {
			return "", invalid(code, "metadata", "Keys must be between 1 and 30 characters long")
		}
		switch v := v.(type) {
		case string:
			if utf8.RuneCountInString(v) > 100 {
				return "", invalid(code, "metadata", "Values must be no greater than 100 characters long")
			}
		case json.Number:
			if len(v) > 100 {
				return "", invalid(code, "metadata", "Values must be no greater than 100 characters long")
			}
		case bool:
		default:
			return "", invalid(code, "metadata", "Values must be of type String, Boolean or Number")
		}
	}
	text, err := json.Marshal(m)
	if err != nil {
		return "", invalid(code, "metadata", "Must be an object of JSON key-value pairs")
	}
	return string(text), nil
}
