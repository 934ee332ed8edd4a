package iso20022

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
)

// wide is a text in UTF-16, after its byte order mark.
func wide(order binary.AppendByteOrder, text string) string {
	var out []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		out = order.AppendUint16(out, u)
	}
	return string(out)
}

// What a bank's system writes in another charset than UTF-8 is read as it meant it,
// be it a byte at a time.
func TestCharsets(t *testing.T) {
	const name = "Aim\u00e9e \u4f60 \U0001f600"
	say := func(charset, name string) string {
		text := instead(t, ordered(t), "<Nm>Aisyah", "<Nm>"+name)
		return instead(t, text, `encoding="UTF-8"`, `encoding="`+charset+`"`)
	}
	bare := instead(t, say("x", name), ` encoding="x"`, "")
	for what, c := range map[string]struct{ file, name string }{
		"UTF-16, little":              {wide(binary.LittleEndian, say("UTF-16", name)), name},
		"UTF-16, big":                 {wide(binary.BigEndian, say("utf-16", name)), name},
		"UTF-16 of its order":         {wide(binary.LittleEndian, say("UTF-16LE", name)), name},
		"UTF-16, little, and no mark": {wide(binary.LittleEndian, say("UTF-16", name))[2:], name},
		"UTF-16, big, and no mark":    {wide(binary.BigEndian, say("UTF-16", name))[2:], name},
		"UTF-16 that does not say so": {wide(binary.BigEndian, bare), name},
		"US-ASCII":                    {say("US-ASCII", "Aimee"), "Aimee"},
		"ISO-8859-1":                  {say("iso-8859-1", "Aim\xe9e"), "Aim\u00e9e"},
		"Windows-1252":                {say("windows-1252", "Aim\xe9e \x80"), "Aim\u00e9e \u20ac"},
		"UTF-8 with its mark":         {"\ufeff" + say("utf-8", name), name},
	} {
		for how, in := range map[string]io.Reader{"whole": strings.NewReader(c.file), "in bytes": iotest.OneByteReader(strings.NewReader(c.file))} {
			var got []string
			_, err := ReadInitiation(in, func(_ *Initiation, _ *Payment, x Transfer) error {
				got = append(got, x.Creditor.Name)
				return nil
			})
			if err != nil || len(got) != 2 || got[0] != c.name {
				t.Errorf("%s, %s: %q %v", what, how, got, err)
			}
		}
	}
}

// What is not read is refused by its name.
func TestCharsetIsNamed(t *testing.T) {
	for name, file := range map[string]string{
		"IBM037": instead(t, ordered(t), "UTF-8", "IBM037"),
		"UTF-32": "\xff\xfe\x00\x00<\x00\x00\x00",
		"EBCDIC": "\x4c\x6f\xa7\x94\x93\x40",
	} {
		_, err := readOrder(file)
		var c *CharsetError
		if !errors.As(err, &c) || c.Name != name || !errors.Is(err, ErrCharset) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, file := range map[string]string{ // is read, and the text is not of it
		"UTF-16":     instead(t, ordered(t), "UTF-8", "UTF-16"),
		"UTF-8":      wide(binary.LittleEndian, ordered(t)),
		"ISO-8859-1": " " + instead(t, ordered(t), "UTF-8", "ISO-8859-1"),
	} {
		_, err := readOrder(file)
		if c := (*CharsetError)(nil); errors.As(err, &c) || !errors.Is(err, ErrCharset) {
			t.Errorf("%s is not read, it says: %v", name, err)
		}
	}
}

// A file is no less of a stream for its charset, and why its reading failed is said.
func TestCharsetStreams(t *testing.T) {
	lost := errors.New("lost")
	for _, at := range []int{0, 3, 100, 90_000} {
		text := wide(binary.LittleEndian, "<?xml version='1.0' encoding='UTF-16'?>"+strings.Repeat(" ", 100_000))[:at]
		if _, err := ReadStatements(io.MultiReader(strings.NewReader(text), iotest.ErrReader(lost)), nil); !errors.Is(err, lost) {
			t.Errorf("after %d bytes: %v", at, err)
		}
	}
	in := &counted{in: io.LimitReader(spaces{}, 1<<30)}
	r, is := FromUTF16(in)
	if n, err := io.ReadFull(r, make([]byte, 1<<10)); !is || n != 1<<10 || err != nil {
		t.Error(is, n, err)
	}
	if most := 4 * maxToken; in.lines > most {
		t.Errorf("%d lines were read of it at once", in.lines)
	}
}

// spaces is UTF-16 of empty lines without an end.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	p = p[:len(p)/2*2]
	copy(p, bytes.Repeat([]byte{'\n', 0}, len(p)/2))
	copy(p, "\xff\xfe")
	return len(p), nil
}
