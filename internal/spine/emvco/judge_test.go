package emvco

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"balai/internal/spine/money"
)

// some are codes of each kind, the longest among them.
func some(t *testing.T) []Code {
	out := []Code{
		DuitNow("890053", "BALAI000001", "JABATAN PENGANGKUTAN JALAN", "PUTRAJAYA", 1230, attempt),
		DuitNow("890053", "BALAI000001", "JABATAN PENGANGKUTAN JALAN", "PUTRAJAYA", 0, ""),
		PayNow("201403121W", "ACME Pte Ltd.", 500_00, true, time.Date(2030, 2, 28, 0, 0, 0, 0, time.UTC), "TQINV-10001"),
	}
	long := out[0]
	for _, id := range []string{"65", "66", "67"} {
		long.Fields = append(long.Fields, Field{ID: id, Value: strings.Repeat("a~9", 33)})
	}
	out = append(out, long)
	for seed := range 24 {
		out = append(out, rapid.Custom(codes).Example(seed))
	}
	for _, c := range out {
		if err := c.Check(); err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
	}
	return out
}

// pictured is a payload's PNG, a square module being so many pixels.
func pictured(t *testing.T, payload string, pixels int) []byte {
	t.Helper()
	p, err := Picture(payload)
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.PNG(pixels)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A code that nobody can pay with is not drawn.
func TestPictureOfALie(t *testing.T) {
	if _, err := Picture(whole); !errors.Is(err, ErrCRC) {
		t.Error(err)
	}
}

// zbar reads from the files what the codes say.
func TestZbar(t *testing.T) {
	read := 0
	for _, c := range some(t) {
		payload := c.String()
		if strings.Trim(payload, string(printable())) != "" {
			continue // zbar guesses what bytes beyond ASCII are, and takes UTF-8 for Big5 now and then
		}
		path := filepath.Join(t.TempDir(), "code.png")
		if err := os.WriteFile(path, pictured(t, payload, 8), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("zbarimg", "--quiet", "--raw", path).Output()
		if got := strings.TrimSuffix(string(out), "\n"); err != nil || got != payload {
			t.Errorf("%q is read as %q: %v", payload, got, err)
		}
		read++
	}
	if read < 10 {
		t.Errorf("%d codes were read: they prove little", read)
	}
}

func printable() []byte {
	var b []byte
	for c := byte(' '); c <= '~'; c++ {
		b = append(b, c)
	}
	return b
}

// jsqr reads each picture, and paynowqr's payloads are ours, byte by byte; where
// it writes fewer decimals, they say the same.
func TestJudges(t *testing.T) {
	type picture struct {
		Width   int    `json:"width"`
		Height  int    `json:"height"`
		RGBA    []byte `json:"rgba"`
		Payload string `json:"payload"`
	}
	type options struct {
		UEN      string `json:"uen"`
		Amount   any    `json:"amount"`
		Editable bool   `json:"editable"`
		Expiry   string `json:"expiry"`
		Bill     string `json:"refNumber,omitempty"`
		Company  string `json:"company"`
	}
	var in struct {
		Pictures []picture `json:"pictures"`
		PayNow   []options `json:"paynow"`
	}
	for _, c := range some(t) {
		img, err := png.Decode(bytes.NewReader(pictured(t, c.String(), 5)))
		if err != nil {
			t.Fatal(err)
		}
		rgba := image.NewRGBA(img.Bounds())
		draw.Draw(rgba, rgba.Bounds(), img, image.Point{}, draw.Src)
		in.Pictures = append(in.Pictures, picture{rgba.Rect.Dx(), rgba.Rect.Dy(), rgba.Pix, c.String()})
	}
	day := time.Date(2030, 2, 28, 0, 0, 0, 0, time.UTC)
	var ours []Code
	for i := range money.Amount(200) {
		amount := 1 + i*i*i*7
		c := PayNow("201403121W", "ACME Pte Ltd.", amount, i%2 == 0, day, strings.Repeat("B", int(i)%26))
		o := options{c.Merchant.ID, amount.Decimal("SGD"), i%2 == 0, day.Format("20060102"), c.Bill, c.Name}
		if i%4 == 3 {
			o.Amount = float64(amount) / 100 // as its page has it: 1.5, and 500 for 500.00
		}
		ours, in.PayNow = append(ours, c), append(in.PayNow, o)
	}
	data, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "../../../test/browser/lib/emvco.mjs")
	cmd.Stdin = bytes.NewReader(data)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &said)
	}
	var theirs []string
	if err := json.Unmarshal(out, &theirs); err != nil || len(theirs) != len(ours) {
		t.Fatalf("%v: %s", err, out)
	}
	for i, c := range ours {
		if _, exact := in.PayNow[i].Amount.(string); exact && theirs[i] != c.String() {
			t.Errorf("theirs %s\nours   %s", theirs[i], c.String())
		}
		got, err := Parse(theirs[i])
		if err != nil || got.String() != c.String() {
			t.Errorf("%s is read as %s: %v", theirs[i], got.String(), err)
		}
	}
}
