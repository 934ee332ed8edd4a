package payment_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"html"
	"image"
	"image/draw"
	"image/png"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"balai/internal/domain/payment"
	"balai/internal/spine/journal"
)

// receipted pays 45.50 from a telephone, and gives the receipt's number, the
// secret of the payment's page and the receipt's own code.
func (r *rig) receipted() (no, page, token string) {
	r.t.Helper()
	a := r.call("jpj", "POST", "/v1/payments", wanted, "")
	page = strings.TrimPrefix(a.str("_links", "next_url", "href"), base+"/pay/")
	q := r.call("jpj", "GET", "/v1/payments/"+a.str("payment_id")+"/qr", "", "")
	if a := r.tell("MYJPJ", r.bank.debit("MYJPJ", q.str("reference"), 4550)); a.status != http.StatusNoContent {
		r.t.Fatalf("%d %s", a.status, a.text)
	}
	paid := r.state("jpj", a.str("payment_id"))
	if no = paid.str("receipt_number"); paid.str("_links", "receipt", "href") != base+"/receipt/"+no+"?t="+page {
		r.t.Errorf("the agency's system is led to %q", paid.str("_links", "receipt", "href"))
	}
	seen := r.do("GET", "/receipt/"+no+"?t="+page, nil, nil)
	m := regexp.MustCompile(`\.pdf\?t=(BR1[A-Za-z0-9_.-]+)`).FindStringSubmatch(html.UnescapeString(seen.text))
	if seen.status != http.StatusOK || m == nil {
		r.t.Fatalf("%d %s", seen.status, seen.text)
	}
	return no, page, m[1]
}

// published are the keys as a stranger keeps them.
func (r *rig) published() (keys []ed25519.PublicKey, vkey string) {
	r.t.Helper()
	a := r.do("GET", "/receipt/keys.json", nil, nil)
	keys, vkey, err := payment.ParseReceiptKeys([]byte(a.text))
	if err != nil {
		r.t.Fatal(err)
	}
	return keys, vkey
}

// A receipt's code says without a network what was paid; who has it sees all of
// the receipt, and who has not, that it is real.
func TestReceiptCode(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		no, page, token := r.receipted()
		keys, _ := r.published()
		c, err := payment.ReadToken(base+"/r/"+token, keys...)
		if err != nil || c.No != no || c.Agency != "jpj" || c.Amount != 4550 || c.Currency != "MYR" || c.Reference != "SMN-1" || c.What != "Saman" || c.BankRef != "B1" || c.PaidAt != start.Unix() || len(c.Entry) != 32 {
			t.Fatalf("%+v %v", c, err)
		}
		for path, all := range map[string]bool{
			"/receipt/" + no: false, "/receipt/" + no + "?t=" + page: true, "/receipt/" + no + "?t=" + token: true, "/r/" + token: true,
			"/receipt/" + no + "?t=" + page[1:]: false, "/receipt/" + no + "?t=": false,
		} {
			a := r.do("GET", path, nil, nil)
			if a.status != http.StatusOK || !strings.Contains(a.text, "RM45.50") || strings.Contains(a.text, "SMN-1") != all || strings.Contains(a.text, "B1<") != all {
				t.Errorf("%s: %d, and all is seen: not %v", path, a.status, all)
			}
		}
		for _, path := range []string{"/receipt/" + no + ".pdf", "/receipt/" + no + ".tlog-proof", "/receipt/" + no + ".pdf?t=" + page[1:]} {
			if a := r.do("GET", path, nil, nil); a.status != http.StatusNotFound {
				t.Errorf("%s: %d", path, a.status)
			}
		}
		other, _, second := r.receipted()
		if a := r.do("GET", "/receipt/"+no+"?t="+second, nil, nil); strings.Contains(a.text, "SMN-1") || other == no {
			t.Error("the code of one receipt opens another")
		}
	})
}

// What is edited, forged or cut is no code of the hall's.
func TestForgedReceipts(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		_, _, token := r.receipted()
		keys, _ := r.published()
		parts := strings.Split(token, ".")
		payload, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil {
			t.Fatal(err)
		}
		edited := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(payload), "4550", "9550", 1)))
		_, strange, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		own := base64.RawURLEncoding.EncodeToString(ed25519.Sign(strange, append([]byte("balai receipt 1\n"), payload...)))
		bare := base64.RawURLEncoding.EncodeToString(ed25519.Sign(strange, payload))
		forged := []string{parts[0] + "." + edited + "." + parts[2], parts[0] + "." + parts[1] + "." + own, parts[0] + "." + parts[1] + "." + bare, "BR2." + parts[1] + "." + parts[2],
			parts[0] + "." + parts[1] + ".", token + ".x", token[:len(token)-1], token + "A", "", "BR1..", strings.Repeat("B", 5000)}
		for i := range token {
			for _, b := range []byte{'A', 'b', '.'} {
				if token[i] != b {
					forged = append(forged, token[:i]+string(b)+token[i+1:])
				}
			}
		}
		for _, text := range forged {
			if c, err := payment.ReadToken(text, keys...); err == nil {
				t.Fatalf("a forged code is believed: %s %+v", text, c)
			}
		}
		if _, err := payment.ReadToken(token); err == nil {
			t.Error("a code is believed without a key")
		}
		for lang, says := range map[string]string{"ms": "Resit ini tidak sah. Jangan terima.", "en": "This receipt is not genuine. Do not accept it."} {
			a := r.do("GET", "/r/"+forged[0]+"?lang="+lang, nil, nil)
			if a.status != http.StatusNotFound || strings.Contains(a.text, "SMN-1") || !strings.Contains(a.text, says+"</h1>") || strings.Contains(a.text, "alamat web") {
				t.Errorf("%d %s", a.status, a.text)
			}
		}
	})
}

// The receipt is in the public journal, as anybody checks who has its code.
func TestReceiptProof(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		no, _, token := r.receipted()
		keys, vkey := r.published()
		c, err := payment.ReadToken(token, keys...)
		if err != nil {
			t.Fatal(err)
		}
		path := "/receipt/" + no + ".tlog-proof?t=" + url.QueryEscape(token)
		if a := r.do("GET", path, nil, nil); a.status != http.StatusServiceUnavailable {
			t.Errorf("before the tree has it: %d", a.status)
		}
		if _, err := r.journal.Sequence(context.Background()); err != nil {
			t.Fatal(err)
		}
		proof := r.do("GET", path, nil, nil)
		if _, err := journal.VerifyProof([]byte(proof.text), c.Entry, vkey); err != nil {
			t.Errorf("%v\n%s", err, proof.text)
		}
		wrong := append([]byte{c.Entry[0] ^ 1}, c.Entry[1:]...)
		if _, err := journal.VerifyProof([]byte(proof.text), wrong, vkey); err == nil {
			t.Error("a proof is of any receipt")
		}
	})
}

// Programs that are not ours read the receipt: its text, its file, and its code
// from the file as it is printed and from the page.
func TestReceiptFile(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		no, _, token := r.receipted()
		dir := t.TempDir()
		run := func(name string, args ...string) string {
			t.Helper()
			out, err := exec.Command(name, args...).Output()
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, out)
			}
			return string(out)
		}
		for lang, want := range map[string]string{"ms": "Resit rasmi", "en": "Official receipt"} {
			a := r.do("GET", "/receipt/"+no+".pdf?lang="+lang+"&t="+url.QueryEscape(token), nil, nil)
			path := filepath.Join(dir, lang+".pdf")
			if err := os.WriteFile(path, []byte(a.text), 0o600); err != nil || a.status != http.StatusOK {
				t.Fatalf("%d %v", a.status, err)
			}
			text := run("pdftotext", "-layout", path, "-")
			for _, part := range []string{want, no, "RM45.50", "SMN-1", "Saman", "B1", "JPJ"} {
				if !strings.Contains(text, part) {
					t.Errorf("%s: the paper lacks %q:\n%s", lang, part, text)
				}
			}
			run("qpdf", "--check", path)
			if got := payment.FindToken([]byte(a.text)); got != token {
				t.Errorf("in the file: %q", got)
			}
			run("pdftoppm", "-r", "150", "-png", "-singlefile", path, filepath.Join(dir, lang))
			page := filepath.Join(dir, lang+".png")
			if out := strings.TrimSpace(run("zbarimg", "--quiet", "--raw", page)); out != base+"/r/"+token {
				t.Errorf("zbarimg: %s", out)
			}
			reads(t, page, base+"/r/"+token)
		}
	})
}

// reads tells whether jsqr, which browsers use, reads a text from a picture.
func reads(t *testing.T, file, want string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	rgba := image.NewRGBA(img.Bounds())
	draw.Draw(rgba, rgba.Bounds(), img, image.Point{}, draw.Src)
	in, err := json.Marshal(map[string]any{
		"pictures": []any{map[string]any{"width": rgba.Rect.Dx(), "height": rgba.Rect.Dy(), "rgba": rgba.Pix, "payload": want}},
		"paynow":   []any{map[string]any{"uen": "201403121W", "amount": "1.00", "editable": true, "expiry": "20300228", "company": "X"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "../../../test/browser/lib/emvco.mjs")
	cmd.Stdin = bytes.NewReader(in)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("jsqr: %v %s", err, out)
	}
}

// A payer finds the receipt again by what their bank shows; what is wrong is one
// answer.
func TestReceiptFoundAgain(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		find := func(agency, ref, amount string) answer {
			t.Helper()
			form := url.Values{"agency": {agency}, "bank_ref": {ref}, "amount": {amount}}
			return r.do("POST", "/receipt", []byte(form.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
		}
		before := find("jpj", "B1", "45.50")
		no, _, token := r.receipted()
		if a := find("jpj", "B1", "RM 45.50"); a.status != http.StatusSeeOther || a.header.Get("Location") != "/receipt/"+no+"?t="+token {
			t.Errorf("%d %s", a.status, a.header.Get("Location"))
		}
		for _, a := range []answer{before, find("jpj", "B1", "45.51"), find("jpj", "B2", "45.50"), find("pdrm", "B1", "45.50"), find("jpj", "", ""), find("jpj", "B1", "x")} {
			if a.status != http.StatusUnprocessableEntity {
				t.Errorf("%d %s", a.status, a.text)
			}
		}
		many := 0
		for range 12 {
			if find("jpj", "B9", "1").status == http.StatusTooManyRequests {
				many++
			}
		}
		if many == 0 {
			t.Error("a stranger may try as often as they like")
		}
	})
}

// Receipts have numbers in a row: a stranger who walks them is stopped; who has a
// receipt's code goes on.
func TestReceiptsAreNotWalked(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		no, page, token := r.receipted()
		seen, limited := 0, 0
		for range 15 {
			switch r.do("GET", "/receipt/"+no, nil, nil).status {
			case http.StatusOK:
				seen++
			case http.StatusTooManyRequests:
				limited++
			}
		}
		if seen != 10 || limited != 5 || r.do("GET", "/receipt/UJI-JPJ-2026-0009999", nil, nil).status != http.StatusTooManyRequests {
			t.Errorf("%d were seen, %d refused", seen, limited)
		}
		for _, path := range []string{"/receipt/" + no + "?t=" + page, "/receipt/" + no + "?t=" + token, "/r/" + token} {
			if a := r.do("GET", path, nil, nil); a.status != http.StatusOK {
				t.Errorf("%s: %d", path, a.status)
			}
		}
	})
}
