package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

const (
	// Marker stands in a sealed file more than once, so that a file with one
	// damaged byte is still known for what it claims to be.
	Marker = "BalaiCertificate"

	// contentsSize is the room for the CMS message in bytes: today's are about
	// 900; the rest is filled with zeros, and must be.
	contentsSize = 2048

	// rangeForm has fixed widths, so that it can be filled in after the file's
	// length is known.
	rangeForm = "/ByteRange [0 %010d %010d %010d]"
)

var (
	findStart   = regexp.MustCompile(`startxref\n(\d+)\n%%EOF\s*$`)
	findRoot    = regexp.MustCompile(`/Root (\d+) 0 R`)
	findInfo    = regexp.MustCompile(`/Info (\d+) 0 R`)
	findSize    = regexp.MustCompile(`/Size (\d+)`)
	findPage    = regexp.MustCompile(`(?m)^(\d+) 0 obj\n<</Type /Page\n`)
	errNotPlain = errors.New("seal: not a plain PDF file")
)

// Sign appends a signature to a PDF file as an incremental update: the bytes
// given stay as they are. The file is one that paper makes, with a classic
// cross-reference table; payload is carried inside, so that a verifier can
// read what was certified without reading the drawing.
func (s *Signer) Sign(pdf, payload []byte, reason string, at time.Time) ([]byte, error) {
	u, err := newUpdate(pdf)
	if err != nil {
		return nil, err
	}
	data, sig, field := u.next(), u.next(), u.next()
	u.object(data, fmt.Sprintf("<</Type /%s /JSON <%s>>>", Marker, hex.EncodeToString(payload)))
	u.object(field, fmt.Sprintf("<</Type /Annot /Subtype /Widget /FT /Sig /T (Balai) /F 132 /Rect [0 0 0 0] /P %d 0 R /V %d 0 R>>", u.page, sig))
	u.object(u.page, withAnnotation(u.pageText, field))
	u.object(u.root, u.rootText+fmt.Sprintf("\n/Version /1.7\n/AcroForm <</SigFlags 3 /Fields [%d 0 R]>>\n/Perms <</DocMDP %d 0 R>>\n/BALAI_Certificate %d 0 R>>", field, sig, data))
	u.object(sig, fmt.Sprintf("<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Name (%s) /Prop_Build <</App <</Name /%s>>>>\n/Reason (%s) /M (%s)\n/Reference [<</Type /SigRef /TransformMethod /DocMDP /TransformParams <</Type /TransformParams /P 1 /V /1.2>>>>]\n"+rangeForm+"\n/Contents <%s>>>",
		pdfText(s.cert.Subject.Organization[0]), Marker, pdfText(reason), pdfTime(at), 0, 0, 0, bytes.Repeat([]byte("0"), 2*contentsSize)))
	file := u.finish()

	a, b := contentsAt(file)
	if a < 0 {
		return nil, errNotPlain
	}
	mark := bytes.LastIndex(file[:a], []byte("/ByteRange ["))
	copy(file[mark:], fmt.Sprintf(rangeForm, a, b, len(file)-b))
	cms, err := signCMS(s.key, s.cert, digest(file, a, b))
	if err != nil {
		return nil, fmt.Errorf("seal: sign: %w", err)
	}
	if len(cms) > contentsSize {
		return nil, errors.New("seal: the signature outgrew its room")
	}
	hex.Encode(file[a+1:], cms)
	return file, nil
}

// contentsAt is where the signature stands: file[a] is its "<", file[b-1] its
// ">". It is found by the end of the last signature dictionary in the file.
func contentsAt(file []byte) (a, b int) {
	at := bytes.LastIndex(file, []byte("\n/Contents <"))
	if at < 0 {
		return -1, -1
	}
	a = at + len("\n/Contents ")
	b = a + 2 + 2*contentsSize
	if b > len(file) || file[b-1] != '>' {
		return -1, -1
	}
	return a, b
}

// digest is over all of the file but file[a:b].
func digest(file []byte, a, b int) []byte {
	h := sha256.New()
	h.Write(file[:a])
	h.Write(file[b:])
	return h.Sum(nil)
}

// An update is an incremental update of a PDF file (ISO 32000-2, 7.5.6).
type update struct {
	out                []byte
	prev               int
	size               int
	root, info, page   int
	rootText, pageText string
	at                 map[int]int
}

func newUpdate(pdf []byte) (*update, error) {
	start, root, size := findStart.FindSubmatch(pdf), findRoot.FindSubmatch(pdf), findSize.FindSubmatch(pdf)
	page := findPage.FindSubmatch(pdf)
	info := findInfo.FindSubmatch(pdf)
	if start == nil || root == nil || size == nil || page == nil || info == nil {
		return nil, errNotPlain
	}
	u := &update{out: bytes.Clone(pdf), at: map[int]int{}}
	u.prev, u.root, u.size, u.page, u.info = number(start), number(root), number(size), number(page), number(info)
	var ok1, ok2 bool
	u.rootText, ok1 = objectText(pdf, u.root)
	u.pageText, ok2 = objectText(pdf, u.page)
	if !ok1 || !ok2 {
		return nil, errNotPlain
	}
	return u, nil
}

func number(match [][]byte) int {
	n, err := strconv.Atoi(string(match[1]))
	if err != nil {
		return -1
	}
	return n
}

// objectText is a dictionary object's text without its closing brackets.
func objectText(pdf []byte, n int) (string, bool) {
	head := fmt.Sprintf("\n%d 0 obj\n", n)
	i := bytes.Index(pdf, []byte(head))
	if i < 0 {
		return "", false
	}
	body := pdf[i+len(head):]
	j := bytes.Index(body, []byte("\nendobj"))
	if j < 0 {
		return "", false
	}
	text, found := bytes.CutSuffix(bytes.TrimSpace(body[:j]), []byte(">>"))
	return string(text), found
}

func withAnnotation(page string, field int) string {
	if i := regexp.MustCompile(`/Annots \[`).FindStringIndex(page); i != nil {
		return page[:i[1]] + fmt.Sprintf("%d 0 R ", field) + page[i[1]:] + ">>"
	}
	return page + fmt.Sprintf("\n/Annots [%d 0 R]>>", field)
}

func (u *update) next() int {
	u.size++
	return u.size - 1
}

func (u *update) object(n int, text string) {
	u.at[n] = len(u.out)
	u.out = fmt.Appendf(u.out, "%d 0 obj\n%s\nendobj\n", n, text)
}

func (u *update) finish() []byte {
	start := len(u.out)
	u.out = append(u.out, "xref\n"...)
	for n := range u.size {
		if at, ok := u.at[n]; ok {
			u.out = fmt.Appendf(u.out, "%d 1\n%010d 00000 n \n", n, at)
		}
	}
	u.out = fmt.Appendf(u.out, "trailer\n<</Size %d /Root %d 0 R /Info %d 0 R /Prev %d>>\nstartxref\n%d\n%%%%EOF\n", u.size, u.root, u.info, u.prev, start)
	return u.out
}

// pdfText is a PDF string's inside: ASCII kept, the three signs of its own
// escaped, anything else replaced.
func pdfText(s string) string {
	var b []byte
	for _, r := range s {
		switch {
		case r == '(' || r == ')' || r == '\\':
			b = append(b, '\\', byte(r))
		case r >= ' ' && r < 127:
			b = append(b, byte(r))
		default:
			b = append(b, '?')
		}
	}
	return string(b)
}

func pdfTime(t time.Time) string { return t.UTC().Format("D:20060102150405") + "Z" }
