package iso20022

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// ours is what the scanner says of a text, a line for each step.
func ours(in []byte) (out []string, err error) {
	s := newScanner(bytes.NewReader(in))
	for {
		t, err := s.next()
		if err != nil {
			return nil, err
		}
		switch t.kind {
		case begin:
			out = append(out, "<"+t.name+" "+t.currency)
		case end:
			out = append(out, ">")
		case chars:
			out = text(out, t.text)
		case over:
			return out, nil
		}
	}
}

// text adds a text to the one before, as comments part them.
func text(out []string, b []byte) []string {
	if last := len(out) - 1; last >= 0 && strings.HasPrefix(out[last], "=") {
		out[last] += string(b)
		return out
	}
	if len(b) == 0 {
		return out
	}
	return append(out, "="+string(b))
}

// theirs is what encoding/xml says of it.
func theirs(in []byte) (out []string, err error) {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(in, []byte("\uFEFF"))))
	for {
		t, err := d.Token()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			currency := ""
			for _, a := range t.Attr {
				if a.Name == (xml.Name{Local: "Ccy"}) {
					currency = a.Value
				}
			}
			out = append(out, "<"+t.Name.Local+" "+currency)
		case xml.EndElement:
			out = append(out, ">")
		case xml.CharData:
			out = text(out, t)
		case xml.Directive:
			return nil, ErrDirective
		}
	}
}

// What the scanner takes encoding/xml takes, and both see the same in it.
func FuzzScan(f *testing.F) {
	seed(f)
	for _, s := range []string{
		`<?xml version="1.0"?><a b='1>2' Ccy = "M&amp;R">x<b/>y&#x41;&#66;<!-- > - --><![CDATA[<&]]]]>` + "\r\n\r</a>\n<!-- end -->",
		"<a xmlns:c='x'><c:b\n></c:b ></a>", "<a>]]></a>", `<r><a Ccy="MYR">1</a><a Ccy="MYR"/><a Ccy="MYR">2</a><x:a Ccy="MYR">3</x:a><a Ccy="MYR" Ccy="X">4</a></r>`, "<a></a><b></b>", "<a a='1' a='2'/>", "<a a=1/>", "<a></b>", "<a>&lt</a>", "<a>\x01</a>", "<a>&#0;</a>", "<a><!-- -- --></a>", "<!-->-->", "<?>", "<a ?>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := ours(in)
		if err != nil {
			return
		}
		want, err := theirs(in)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%q: %q, not %q: %v", in, got, want, err)
		}
	})
}

func TestScanRefuses(t *testing.T) {
	for in, want := range map[string]error{
		"<a>]]></a>": ErrSyntax, "<a a='1' a='2'/>": ErrSyntax, "<a a=1/>": ErrSyntax, "<a a='1'b='2'/>": ErrSyntax, "<a a='<'/>": ErrSyntax, "<a></b>": ErrSyntax, "</a>": ErrSyntax,
		"<a>&lt</a>": ErrSyntax, "<a>&x;</a>": ErrSyntax, "<a>\x01</a>": ErrSyntax, "<a>&#0;</a>": ErrSyntax, "<a>&#xD800;</a>": ErrSyntax, "<a>&#x110000;</a>": ErrSyntax, "<a>&#99999999999;</a>": ErrSyntax,
		"<a><!-- -- --></a>": ErrSyntax, "x": ErrSyntax, "<a/>x": ErrSyntax, "<![CDATA[x]]><a/>": ErrSyntax, "<1/>": ErrSyntax, "<:a/>": ErrSyntax, "<a:/>": ErrSyntax, "< a/>": ErrSyntax, "<>": ErrSyntax, "<a\xff/>": ErrSyntax,
		"<?xml version='1.1'?><a/>": ErrSyntax, "<?xml a='1'?><a/>": ErrSyntax, "<a>\xff</a>": ErrCharset, "<a>\xc3</a>": ErrCharset, `<?xml version="1.0" encoding="utf-16"?><a/>`: ErrCharset,
		"<!DOCTYPE a><a/>": ErrDirective, "<a><!ELEMENT b></a>": ErrDirective,
		"<a": ErrCut, "<a>": ErrCut, "<a>x": ErrCut, "<a><!-- ": ErrCut, "<a><![CDATA[": ErrCut, "<?xml ": ErrCut, "<a b='>": ErrCut, "<": ErrCut,
	} {
		if got, err := ours([]byte(in)); !errors.Is(err, want) {
			t.Errorf("%q: %q, %v, not %v", in, got, err, want)
		}
	}
	if got, err := ours([]byte("\uFEFF<?xml version='1.0' encoding='utf-8'?>\n<a b='1>2' Ccy = \"M&amp;R\">x<b/>&#x41;<![CDATA[<&]]>\r\n</a>")); err != nil || fmt.Sprintf("%q", got) != `["=\n" "<a M&R" "=x" "<b " ">" "=A<&\n" ">"]` {
		t.Errorf("%q: %v", got, err)
	}
}
