package journal

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const proofHeader = "c2sp.org/tlog-proof@v1"

// formatProof writes an inclusion proof with the head it leads to
// (c2sp.org/tlog-proof).
func formatProof(index int64, p tlog.RecordProof, signedHead []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nindex %d\n", proofHeader, index)
	for _, h := range p {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	b.Write(signedHead)
	return b.Bytes()
}

// parseProof is formatProof's inverse; an "extra" line is allowed and ignored,
// because nothing authenticates it.
func parseProof(text []byte) (index int64, p tlog.RecordProof, signedHead []byte, err error) {
	top, head, ok := strings.Cut(string(text), "\n\n")
	lines := strings.Split(top, "\n")
	if !ok || lines[0] != proofHeader {
		return 0, nil, nil, fmt.Errorf("journal: not a %s", proofHeader)
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return 0, nil, nil, fmt.Errorf("journal: proof has no index")
	}
	number := strings.TrimPrefix(lines[0], "index ")
	index, err = strconv.ParseInt(number, 10, 64)
	if err != nil || index < 0 || strconv.FormatInt(index, 10) != number {
		return 0, nil, nil, fmt.Errorf("journal: proof has the index %q", number)
	}
	for _, l := range lines[1:] {
		h, err := parseHash(l)
		if err != nil {
			return 0, nil, nil, err
		}
		p = append(p, h)
	}
	return index, p, []byte(head), nil
}

// VerifyProof checks that entry (32 bytes, SHA-256(salt || record)) is in the
// log of vkey where the proof says, and gives the head that vouches for it.
// It needs nothing but its arguments.
func VerifyProof(proof, entry []byte, vkey string) (Head, error) {
	index, path, signed, err := parseProof(proof)
	if err != nil {
		return Head{}, err
	}
	head, err := OpenHead(signed, vkey)
	if err != nil {
		return Head{}, err
	}
	if index >= head.Size {
		return Head{}, fmt.Errorf("journal: index %d is not in a log of %d", index, head.Size)
	}
	if err := tlog.CheckRecord(path, head.Size, head.Root, index, tlog.RecordHash(entry)); err != nil {
		return Head{}, fmt.Errorf("journal: proof: %w", err)
	}
	return head, nil
}
