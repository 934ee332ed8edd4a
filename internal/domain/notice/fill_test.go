package notice

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"balai/catalogue"
)

// A value is one line of plain text wherever it stands: no heading, no item, no
// link, no tag, no line, no turned direction.
func TestValuesBringNeitherLinkNorLine(t *testing.T) {
	letter := Template{Type: Email, Subject: "About ((name))", Links: []string{"site"},
		Body: "Dear ((name)),\n\n# News\n((name))\n* ((name))\n((yes??Shown, see https://portal.example/x.))\n((no??Hidden))\n((list))\n((site))"}
	for _, c := range []struct{ name, subject, html string }{
		{"Aisyah", "About Aisyah", "<p>Dear Aisyah,</p>"},
		{"# Free money", "About # Free money", "<p># Free money</p>"},
		{"<b onclick=x>&amp;", "About <b onclick=x>&amp;", "<p>Dear &lt;b onclick=x&gt;&amp;amp;,</p>"},
		{"Ali\n\n# Pay now\r\nBcc: x@y.my", "About Ali # Pay now Bcc: x@y. my", "<p>Ali # Pay now Bcc: x@y. my</p>"},
		{"[click](https://evil.example/)", "About [click](https: //evil. example/)", "<p>Dear [click](https: //evil. example/),</p>"},
		{"evil.example", "About evil. example", "<p>evil. example</p>"},
		{"a\u202eb\u0007c\u200bd", "About abcd", "<p>Dear abcd,</p>"},
		{"((secret))", "About ((secret))", "<p>Dear ((secret)),</p>"},
		{"=1+1", "About =1+1", "<p>=1+1</p>"},
	} {
		raw, err := json.Marshal(map[string]any{"NA_me": c.name, "yes": "Yes", "no": false, "list": []string{"one", c.name}, "site": "https://jpn.example/x?y=1&z"})
		if err != nil {
			t.Fatal(err)
		}
		v, bad := readValues(raw)
		if bad != nil || len(v.missing(letter)) > 0 {
			t.Fatalf("%v %v", bad, v.missing(letter))
		}
		f := fill(letter, v)
		if f.Subject != c.subject {
			t.Errorf("%q: subject %q, want %q", c.name, f.Subject, c.subject)
		}
		if !strings.Contains(f.HTML, c.html) {
			t.Errorf("%q: no %q in\n%s", c.name, c.html, f.HTML)
		}
		if n := strings.Count(f.HTML, "<h2>") + strings.Count(f.HTML, "<li>"); n != 4 { // the heading, its item, the list's two
			t.Errorf("%q: %d headings and items in\n%s", c.name, n, f.HTML)
		}
		if n := strings.Count(f.HTML, "<a "); n != 2 || !strings.Contains(f.HTML, `<a href="https://jpn.example/x?y=1&amp;z">`) {
			t.Errorf("%q: %d links in\n%s", c.name, n, f.HTML)
		}
		if n := strings.Count(f.Body, "\n"); n != 8 {
			t.Errorf("%q: %d lines in\n%s", c.name, n, f.Body)
		}
	}
}

// Only a template can let an address in, and only an address comes in there.
func TestLinksOnlyWhereLetIn(t *testing.T) {
	for value, ok := range map[string]bool{"https://jpn.example/a": true, "http://jpn.example/a": false, "javascript:alert(1)": false,
		"https://jpn.example/a https://evil.example": false, "https://jpn.example/\"><script>": false, "https://user@evil.example": false, "https://jpn.example/\nx": false} {
		for _, links := range [][]string{{"to"}, nil} {
			v := values{"to": value}
			f := fill(Template{Type: Email, Body: "((to))", Links: links}, v)
			if got := strings.Contains(f.HTML, "<a "); got != (ok && links != nil) {
				t.Errorf("%q with links %v: %s", value, links, f.HTML)
			}
			if got := f.Body == value; got != (ok && links != nil) {
				t.Errorf("%q with links %v, in plain text: %s", value, links, f.Body)
			}
		}
	}
}

func TestMissing(t *testing.T) {
	v, _ := readValues(json.RawMessage(`{"Name":"A","empty":null,"n":1.50}`))
	lack := v.missing(Template{Subject: "((empty))", Body: "((name)) ((n)) ((flag??x)) ((na me))"})
	if fmt.Sprint(lack) != "[empty flag]" {
		t.Error(lack)
	}
	if got := fill(Template{Type: SMS, Body: "((n))"}, v).Body; got != "1.50" {
		t.Errorf("a number is %q", got)
	}
	long := strings.Repeat("kata ", 500) + "akhir"
	if got := fill(Template{Type: Email, Body: "((n))"}, values{"n": long}).Body; got != long {
		t.Errorf("a long value is cut: %d of %d", len(got), len(long))
	}
	if _, bad := readValues(json.RawMessage(`[1]`)); bad == nil {
		t.Error("a list is a personalisation")
	}
}

func TestRecipients(t *testing.T) {
	for in, want := range map[string]string{
		"012-345 6789": "+60123456789", "+60 12 345 6789": "+60123456789", "60123456789": "+60123456789", "0060123456789": "+60123456789",
		"011-1234 5678": "+601112345678", "123456789": "+60123456789", "+44 7900 900123": "+447900900123", "+65 9123 4567": "+6591234567", "(012) 3456789": "+60123456789",
		"03-8000 8000": "Not a Malaysian mobile number", "+60380008000": "Not a Malaysian mobile number", "01234567": "Not enough digits", "012345678901": "Too many digits",
		"+601234": "Not enough digits", "+0123456789": "Not a valid country prefix", "call me": "Must not contain letters or symbols", "012345678９": "Must not contain letters or symbols",
		"+1234567890123456": "Too many digits", "": "Not enough digits", "+": "Not enough digits", "+44#31#7900900123": "Must not contain letters or symbols",
	} {
		tel, wrong := number(in)
		if tel+wrong != want {
			t.Errorf("%q: %q %q, want %q", in, tel, wrong, want)
		}
	}
	for in, want := range map[string]bool{"a@contoh.example": true, "a.b+c@x-y.gov.my": true, "o'neil@contoh.example": true, "a@b": false, "a b@contoh.example": false, "a@contoh..example": false,
		".a@contoh.example": false, "a..b@contoh.example": false, "a@contoh.example\nBcc: b@contoh.example": false, "<a@contoh.example>": false, "a@-x.example": false, "a@127.0.0.1": false,
		"a@b@contoh.example": false, strings.Repeat("a", 65) + "@contoh.example": false, "a@contoh.example,b@contoh.example": false} {
		if isMail(in) != want {
			t.Errorf("%q is an address: %v", in, !want)
		}
	}
}

func TestPostal(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{[]string{"Aisyah", "No. 1", "15400 Kota Bharu"}, "15400 Kota Bharu MY-03"},
		{[]string{"Aisyah", "No. 1", "15400 KOTA BHARU", "Kelantan"}, "15400 KOTA BHARU MY-03"},
		{[]string{"Aisyah", "No. 1", "15400"}, "15400 Kota Bharu MY-03"},
		{[]string{"", "No. 1", "15400", "Kelantan"}, "personalisation address_line_1 is a required property"},
		{[]string{"Aisyah", "15400"}, "Address must be at least 3 lines"},
		{[]string{"1", "2", "3", "4", "5", "6", "7", "15400"}, "Address must be no more than 7 lines"},
		{[]string{"=Aisyah", "No. 1", "15400"}, `Address lines must not start with any of the following characters: @ ( ) = [ ] " \ / , < >`},
		{[]string{"--", "No. 1", "15400"}, "The first 2 lines of the address must include alphanumeric characters"},
		{[]string{"Aisyah", "No. 1", "99999 Atlantis"}, "Must be a real Malaysian postcode"},
	} {
		v := values{}
		for i, l := range c.lines {
			v[addressNames[i]] = l
		}
		a, wrong := postal(v)
		got := strings.Join(wrong, "; ")
		if wrong == nil {
			got = strings.Join([]string{a.Postcode, a.City, a.Area}, " ")
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.lines, got, c.want)
		}
	}
}

func TestTemplateLint(t *testing.T) {
	if list, bad := ReadTemplates(catalogue.FS); len(bad) > 0 || len(list) == 0 {
		t.Errorf("the catalogue's own: %d templates, %v", len(list), bad)
	}
	for text, want := range map[string]string{
		greeting: "",
		strings.Replace(greeting, ", en: Greeting", "", 1):                          "name lacks its Malay or its English",
		strings.Replace(greeting, `, en: "To ((name))"`, "", 1):                     "body lacks its Malay or its English",
		strings.Replace(greeting, "To ((name))", "To ((nama))", 1):                  "the languages ask for different values",
		strings.Replace(greeting, "To ((name))", "To ((name", 1):                    "has no end",
		strings.Replace(greeting, "To ((name))", "((??x)) ((name))", 1):             "is no name",
		strings.Replace(greeting, "type: email", "type: fax", 1):                    "type is \"fax\"",
		strings.Replace(greeting, "type: email", "type: sms", 1):                    "subject: an SMS has none",
		greeting + "links: [web]\n":                                                 "links names \"web\"",
		greeting + "colour: red\n":                                                  "colour",
		strings.Replace(greeting, `ms: "Salam ((name))"`, `ms: "A\nb ((name))"`, 1): "the subject has more than one line",
	} {
		_, bad := ReadTemplates(fstest.MapFS{"notice/jpn/x.yaml": {Data: []byte(text)}})
		got := strings.Join(bad, "; ")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q is refused with %q, want %q", text, got, want)
		}
	}
	if _, bad := ReadTemplates(fstest.MapFS{"notice/jpn/X-en.yaml": {Data: []byte(greeting)}}); len(bad) != 1 {
		t.Errorf("a wrong name: %v", bad)
	}
}

// pdfOf is a file of these objects, which is as much as the reader looks at.
func pdfOf(objects ...string) []byte {
	return []byte("%PDF-1.7\n" + strings.Join(objects, "\n") + "\nstartxref\n0\n%%EOF\n")
}
