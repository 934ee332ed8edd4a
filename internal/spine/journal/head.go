package journal

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Head is a promise about the whole log: its size and the hash over all its
// leaves. Its text form is a signed note (c2sp.org/tlog-checkpoint).
type Head struct {
	Origin string
	Size   int64
	Root   tlog.Hash
}

func (h Head) text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", h.Origin, h.Size, base64.StdEncoding.EncodeToString(h.Root[:]))
}

func (h Head) sign(s note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: h.text()}, s)
}

// OpenHead reads a signed head. Only vkey's own signature counts, and the
// head must be of the log that vkey names.
func OpenHead(signed []byte, vkey string) (Head, error) {
	v, err := note.NewVerifier(strings.TrimSpace(vkey))
	if err != nil {
		return Head{}, fmt.Errorf("journal: public key: %w", err)
	}
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		return Head{}, fmt.Errorf("journal: head: %w", err)
	}
	for _, s := range n.Sigs {
		// Base64 has several spellings of some bytes; only one is the head's.
		if raw, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil || len(raw) == 0 {
			return Head{}, fmt.Errorf("journal: head: signature is not strict base64")
		}
	}
	h, err := parseHead(n.Text)
	if err != nil {
		return Head{}, err
	}
	if h.Origin != v.Name() {
		return Head{}, fmt.Errorf("journal: head is of the log %q, not of %q", h.Origin, v.Name())
	}
	return h, nil
}

// parseHead reads a head's text; lines after the third are somebody's
// extensions and say nothing about the tree.
func parseHead(text string) (Head, error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 {
		return Head{}, fmt.Errorf("journal: head has fewer than three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Head{}, fmt.Errorf("journal: head has the size %q", lines[1])
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return Head{}, err
	}
	return Head{Origin: lines[0], Size: size, Root: root}, nil
}

func parseHash(s string) (tlog.Hash, error) {
	var h tlog.Hash
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(b) != len(h) || base64.StdEncoding.EncodeToString(b) != s {
		return h, fmt.Errorf("journal: %q is not a hash", s)
	}
	copy(h[:], b)
	return h, nil
}
