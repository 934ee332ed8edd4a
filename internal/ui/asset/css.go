package main

import (
	"regexp"
	"strings"
)

// unused are govuk components that no page draws; their rules stay out. The
// footer's rules also hold the crest.
var unused = []string{
	"accordion", "character-count", "cookie-banner", "exit-this-page", "feedback", "footer", "header",
	"password-input", "service-navigation", "tabs", "task-list", "language-navigation",
}

// typeface is the system's own, which costs no download.
const typeface = `Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif`

var (
	comment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	face    = regexp.MustCompile(`@font-face\{[^}]*\}`)
	family  = regexp.MustCompile(`(?:"GDS Transport"|GDS Transport),arial,sans-serif`)
)

// Clean takes the typeface, the crest and the unused components out of
// govuk-frontend's minified sheet.
func Clean(css string) string {
	css = comment.ReplaceAllString(css, "")
	css = face.ReplaceAllString(css, "")
	css = family.ReplaceAllString(css, typeface)
	return prune(css)
}

// prune drops the selectors of unused components, and rules left without one.
// The sheet is minified and well formed, so braces tell its structure.
func prune(css string) string {
	var b strings.Builder
	for len(css) > 0 {
		open := strings.IndexByte(css, '{')
		semi := strings.IndexByte(css, ';')
		if semi >= 0 && (open < 0 || semi < open) { // @charset, @import
			b.WriteString(css[:semi+1])
			css = css[semi+1:]
			continue
		}
		if open < 0 {
			b.WriteString(css)
			break
		}
		end := closing(css, open)
		head, body := css[:open], css[open+1:end]
		css = css[end+1:]
		switch {
		case strings.HasPrefix(head, "@media"), strings.HasPrefix(head, "@supports"):
			if body = prune(body); body != "" {
				b.WriteString(head + "{" + body + "}")
			}
		case strings.HasPrefix(head, "@"):
			b.WriteString(head + "{" + body + "}")
		default:
			if head = keep(head); head != "" && body != "" {
				b.WriteString(head + "{" + body + "}")
			}
		}
	}
	return b.String()
}

// closing is where the brace at open ends.
func closing(css string, open int) int {
	depth := 0
	for i := open; i < len(css); i++ {
		switch css[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(css) - 1
}

var unusedClass = regexp.MustCompile(`\.govuk-(?:` + strings.Join(unused, "|") + `)(?:__|--|[^a-z0-9_-]|$)`)

func keep(head string) string {
	var kept []string
	for _, s := range selectors(head) {
		if !unusedClass.MatchString(s) {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, ",")
}

// selectors splits at the commas outside brackets.
func selectors(head string) []string {
	var list []string
	depth, start := 0, 0
	for i := range len(head) {
		switch head[i] {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case ',':
			if depth == 0 {
				list, start = append(list, head[start:i]), i+1
			}
		}
	}
	return append(list, head[start:])
}

var (
	space = regexp.MustCompile(`\s+`)
	tight = regexp.MustCompile(`\s*([{};,>])\s*`)
)

// Squeeze takes comments and needless space out of our own sheet, which keeps
// no strings with such space in them.
func Squeeze(css []byte) []byte {
	s := comment.ReplaceAllString(string(css), "")
	s = space.ReplaceAllString(s, " ")
	s = tight.ReplaceAllString(s, "$1")
	return []byte(strings.ReplaceAll(s, ";}", "}"))
}
