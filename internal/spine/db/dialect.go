package db

import (
	"strconv"
	"strings"
	"unicode"
)

// Migrations are one text for both engines, with the column types text,
// bigint, boolean, double and bytes. statements splits a text and puts each
// engine's words in: PostgreSQL compares text byte by byte (collate "C"), as
// SQLite does, and SQLite's tables are STRICT, so that it refuses a value of
// the wrong type, as PostgreSQL does.

var sqliteType = map[string]string{
	"text": "text", "bigint": "integer", "boolean": "integer", "double": "real", "bytes": "blob",
}

var postgresType = map[string]string{
	"text": `text collate "C"`, "bigint": "bigint", "boolean": "boolean", "double": "double precision", "bytes": "bytea",
}

// statements splits a migration at its semicolons and translates each part.
func statements(text, engine string) []string {
	var out []string
	var one []token
	add := func() {
		if s := translate(one, engine); s != "" {
			out = append(out, s)
		}
		one = nil
	}
	for _, t := range tokens(text) {
		if t.text == ";" {
			add()
			continue
		}
		one = append(one, t)
	}
	add()
	return out
}

// token is a word, a blank, a quoted piece or a single character of SQL.
type token struct {
	text string
	kind rune // 'w' word, ' ' blank or comment, 'q' quoted, 0 anything else
}

func tokens(text string) []token {
	var out []token
	r := []rune(text)
	for i := 0; i < len(r); {
		j, kind := i+1, rune(0)
		switch c := r[i]; {
		case unicode.IsSpace(c):
			for j < len(r) && unicode.IsSpace(r[j]) {
				j++
			}
			kind = ' '
		case c == '-' && j < len(r) && r[j] == '-':
			for j < len(r) && r[j] != '\n' {
				j++
			}
			kind = ' '
		case c == '\'' || c == '"':
			for j < len(r) && r[j] != c { // a doubled quote is two quoted pieces, which is as good
				j++
			}
			j = min(j+1, len(r))
			kind = 'q'
		case c == '_' || unicode.IsLetter(c):
			for j < len(r) && (r[j] == '_' || unicode.IsLetter(r[j]) || unicode.IsDigit(r[j])) {
				j++
			}
			kind = 'w'
		}
		out = append(out, token{string(r[i:j]), kind})
		i = j
	}
	return out
}

// translate replaces the type after each column's name: a word that follows a
// word that follows "(", "," or "column".
func translate(all []token, engine string) string {
	types := sqliteType
	if engine == "postgres" {
		types = postgresType
	}
	var words []string // the pieces that are not blank, lower case
	var b strings.Builder
	for _, t := range all {
		if t.kind == ' ' {
			if strings.HasPrefix(t.text, "--") {
				continue
			}
			b.WriteString(t.text)
			continue
		}
		word := strings.ToLower(t.text)
		n := len(words)
		if name, ok := types[word]; ok && t.kind == 'w' && n >= 3 && defines(words) &&
			isName(words[n-1]) && (words[n-2] == "(" || words[n-2] == "," || words[n-2] == "column") {
			b.WriteString(name)
		} else {
			b.WriteString(t.text)
		}
		words = append(words, word)
	}
	s := strings.TrimSpace(b.String())
	if engine == "sqlite" && len(words) > 2 && words[0] == "create" && words[1] == "table" && words[len(words)-1] == ")" {
		s += " strict"
	}
	return s
}

func defines(words []string) bool {
	return words[1] == "table" && (words[0] == "create" || words[0] == "alter")
}

func isName(word string) bool {
	return word[0] == '"' || word[0] == '_' || unicode.IsLetter([]rune(word)[0])
}

// unnamed is a statement with "?" in the place of $1, $2 and so on, where each
// stands there once and in this order; else it is as it was. SQLite takes "$1"
// for a name and looks each up in a list for every value: a list of 500 took a
// fifth longer.
func unnamed(q string) string {
	var b strings.Builder
	next := 1
	for i := 0; i < len(q); {
		j := i + 1
		switch c := q[i]; {
		case c == '\'' || c == '"':
			for j < len(q) && q[j] != c {
				j++
			}
			j = min(j+1, len(q))
		case c == '$':
			for j < len(q) && q[j] >= '0' && q[j] <= '9' {
				j++
			}
			if q[i+1:j] != strconv.Itoa(next) {
				return q
			}
			next++
			b.WriteByte('?')
			i = j
			continue
		case c == '?' || c == '-' && j < len(q) && q[j] == '-' || c == '/' && j < len(q) && q[j] == '*':
			return q
		}
		b.WriteString(q[i:j])
		i = j
	}
	return b.String()
}
