package journal

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

const testOrigin = "balai.example/journal"

func testKey(t testing.TB) (signer, vkey string) {
	t.Helper()
	signer, vkey, err := LoadKey(filepath.Join(t.TempDir(), "key"), testOrigin)
	if err != nil {
		t.Fatal(err)
	}
	return signer, vkey
}

func TestKeyIsMadeOnceAndNamesTheLogForEver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "journal.key")
	signer, vkey, err := LoadKey(path, testOrigin)
	if err != nil {
		t.Fatal(err)
	}
	again, vkey2, err := LoadKey(path, "other.example/journal")
	if err != nil || again != signer || vkey2 != vkey {
		t.Fatalf("second load gives another key: %q, %q, %v", again, vkey2, err)
	}
	if !strings.HasPrefix(vkey, testOrigin+"+") {
		t.Errorf("vkey %q does not name the log", vkey)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file is %v, %v; want readable by its owner only", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("nonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := LoadKey(path, testOrigin); err == nil {
		t.Error("a broken key file is accepted")
	}
	if _, _, err := LoadKey(filepath.Join(t.TempDir(), "k"), "with space"); err == nil {
		t.Error("an origin with a space is accepted")
	}
}

func TestHeadHoldsOnlyAsSigned(t *testing.T) {
	key, vkey := testKey(t)
	s, err := note.NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	want := Head{Origin: testOrigin, Size: 70_000, Root: tlog.RecordHash([]byte("x"))}
	signed, err := want.sign(s)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenHead(signed, vkey); err != nil || got != want {
		t.Fatalf("%s opens as %+v, %v", signed, got, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		bad := append([]byte(nil), signed...)
		i := rapid.IntRange(0, len(bad)-1).Draw(t, "at")
		bad[i] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		if got, err := OpenHead(bad, vkey); err == nil {
			t.Fatalf("byte %d changed, and the head opens as %+v", i, got)
		}
	})
	end := strings.LastIndexByte(string(signed), '=') // before it, two bits are in the text and not in the signature
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		bad := []byte(string(signed[:end-1]) + string(c) + string(signed[end:]))
		if _, err := OpenHead(bad, vkey); (err == nil) != (string(bad) == string(signed)) {
			t.Errorf("the signature ending in %c instead of %c: %v", c, signed[end-1], err)
		}
	}
	_, other := testKey(t)
	if _, err := OpenHead(signed, other); err == nil {
		t.Error("another key of the same name opens the head")
	}
	for _, text := range []string{"", "a\n1\n", "a\n-1\n" + zeroHash + "\n", "a\n01\n" + zeroHash + "\n", "a\n1\nAAAA\n", "a\n+1\n" + zeroHash + "\n"} {
		if h, err := parseHead(text); err == nil {
			t.Errorf("%q is read as %+v", text, h)
		}
	}
}

var zeroHash = base64.StdEncoding.EncodeToString(make([]byte, 32))

func TestProofHoldsForItsEntryOnly(t *testing.T) {
	key, vkey := testKey(t)
	s, err := note.NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	log := &oracle{}
	entry := func(i int64) []byte { return []byte{byte(i), byte(i >> 8)} }
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(1, 600).Draw(t, "size")
		for log.size < size {
			log.add(entry(log.size))
		}
		root, err := tlog.TreeHash(size, log)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := Head{testOrigin, size, root}.sign(s)
		if err != nil {
			t.Fatal(err)
		}
		n := rapid.Int64Range(0, size-1).Draw(t, "leaf")
		path, err := tlog.ProveRecord(size, n, log)
		if err != nil {
			t.Fatal(err)
		}
		proof := formatProof(n, path, signed)
		if h, err := VerifyProof(proof, entry(n), vkey); err != nil || h.Size != size {
			t.Fatalf("a sound proof is refused: %v", err)
		}
		if _, err := VerifyProof(proof, entry(n+1), vkey); err == nil {
			t.Fatal("the proof holds for another entry")
		}
		bad := append([]byte(nil), proof...)
		bad[rapid.IntRange(0, len(bad)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		if _, err := VerifyProof(bad, entry(n), vkey); err == nil {
			t.Fatalf("a changed proof holds:\n%s", bad)
		}
		withExtra := strings.Replace(string(proof), "\nindex ", "\nextra AAAA\nindex ", 1)
		if _, err := VerifyProof([]byte(withExtra), entry(n), vkey); err != nil {
			t.Fatalf("an extra line is refused: %v", err)
		}
	})
}
