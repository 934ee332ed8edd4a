package statement

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"balai/internal/spine/money"
)

// A file is gone through once, while it comes, and its lines wait on the disk, in
// a fifth of the room, until it is known to be true to its end: a million entries
// take half as long as when they are read as XML twice.

// spool is a file's lines on the disk.
type spool struct {
	file *os.File
	w    *bufio.Writer
	b    []byte // one entry
}

// newSpool has no name where the system can: nothing is left of it when this
// process is killed.
func newSpool(folder string) (*spool, error) {
	file, err := os.CreateTemp(folder, "statement-*") // made with mode 0600
	if err != nil {
		return nil, fmt.Errorf("statement: %w", err)
	}
	_ = os.Remove(file.Name())
	return &spool{file: file, w: bufio.NewWriterSize(file, 1<<16)}, nil
}

func (s *spool) close() {
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
}

// What a line is, in a byte.
const (
	isCredit = 1 << iota
	isReversal
	isLump
)

// put keeps an entry's lines: the number of its statement's place in the file,
// the bank's number of the entry, and each line.
func (s *spool) put(place int, entry string, list []Line) error {
	b := binary.AppendUvarint(s.b[:0], uint64(place))
	b = binary.AppendUvarint(b, uint64(len(list)))
	b = appendText(b, entry)
	for _, l := range list {
		b = binary.AppendVarint(b, int64(l.Amount))
		var is byte
		if l.Credit {
			is |= isCredit
		}
		if l.Reversal {
			is |= isReversal
		}
		if l.lump {
			is |= isLump
		}
		b = append(b, is)
		for _, text := range []string{l.Day, l.BankRef, l.EndToEnd, l.Batch, l.Text, l.Party, l.Rule} {
			b = appendText(b, text)
		}
	}
	s.b = b
	var size [binary.MaxVarintLen64]byte
	if _, err := s.w.Write(size[:binary.PutUvarint(size[:], uint64(len(b)))]); err != nil {
		return err
	}
	_, err := s.w.Write(b)
	return err
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// each goes through what was kept, in its order.
func (s *spool) each(f func(place int, entry string, list []Line) error) error {
	if err := s.w.Flush(); err != nil {
		return err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in := bufio.NewReaderSize(s.file, 1<<16)
	for {
		size, err := binary.ReadUvarint(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		b := make([]byte, size)
		if _, err := io.ReadFull(in, b); err != nil {
			return err
		}
		r := spooled{b: b, text: string(b)}
		place, n, entry := int(r.number()), r.number(), r.word()
		list := make([]Line, n)
		for i := range list {
			l := &list[i]
			l.Amount = money.Amount(r.signed())
			is := r.take(1)[0]
			l.Credit, l.Reversal, l.lump = is&isCredit != 0, is&isReversal != 0, is&isLump != 0
			l.Day, l.BankRef, l.EndToEnd, l.Batch, l.Text, l.Party, l.Rule = r.word(), r.word(), r.word(), r.word(), r.word(), r.word(), r.word()
		}
		if err := f(place, entry, list); err != nil {
			return err
		}
	}
}

// spooled is an entry that is taken apart. Its texts are parts of one.
type spooled struct {
	b    []byte
	text string
}

func (r *spooled) take(n int) string {
	out := r.text[:n]
	r.b, r.text = r.b[n:], r.text[n:]
	return out
}

func (r *spooled) number() uint64 {
	v, n := binary.Uvarint(r.b)
	r.take(n)
	return v
}

func (r *spooled) signed() int64 {
	v, n := binary.Varint(r.b)
	r.take(n)
	return v
}

func (r *spooled) word() string { return r.take(int(r.number())) }

// source is what a file comes from: its size, its hash, and why it broke off.
type source struct {
	in   io.Reader
	hash hash.Hash
	n    int64
	err  error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	s.hash.Write(p[:n])
	s.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}
