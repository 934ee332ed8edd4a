package archive

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"balai/internal/spine/db"
	"filippo.io/age"
)

const ageBegins = "age-encryption.org/"

// Recipients reads whom a backup is encrypted for: each an age recipient, or
// the name of a file of them.
func Recipients(list []string) (out []age.Recipient, err error) {
	for _, one := range list {
		text := one
		if !strings.HasPrefix(one, "age1") {
			b, err := os.ReadFile(one)
			if err != nil {
				return nil, fmt.Errorf("--age %s is neither an age recipient nor a file of them", one)
			}
			text = string(b)
		}
		some, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("--age %s: %w", one, err)
		}
		out = append(out, some...)
	}
	return out, nil
}

// Identities reads the keys that open a backup.
func Identities(path string) ([]age.Identity, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--identity: %w", err)
	}
	defer f.Close()
	out, err := age.ParseIdentities(f)
	if err != nil {
		return nil, fmt.Errorf("--identity %s holds no age key: %w", path, err)
	}
	return out, nil
}

// witness makes one more recipient, whose key is known to this process alone
// and only until it ends: with it the finished file is read again. Recipients
// that are safe from quantum computers stand only beside their like.
func witness(all []age.Recipient) (age.Recipient, age.Identity, error) {
	for _, r := range all {
		if _, ok := r.(*age.HybridRecipient); ok {
			i, err := age.GenerateHybridIdentity()
			if err != nil {
				return nil, nil, err
			}
			return i.Recipient(), i, nil
		}
	}
	i, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, nil, err
	}
	return i.Recipient(), i, nil
}

// pack is what a backup's entries are written through.
type pack struct {
	*gzip.Writer
	below io.WriteCloser // the encryption, or nil
	buf   *bufio.Writer
}

func newPack(out io.Writer, recipients []age.Recipient) (*pack, error) {
	p := &pack{buf: bufio.NewWriterSize(out, 1<<20)}
	var to io.Writer = p.buf
	if len(recipients) > 0 {
		w, err := age.Encrypt(p.buf, recipients...)
		if err != nil {
			return nil, fmt.Errorf("--age: %w", err)
		}
		p.below, to = w, w
	}
	var err error
	p.Writer, err = gzip.NewWriterLevel(to, gzip.BestSpeed)
	return p, err
}

func (p *pack) Close() error {
	err := p.Writer.Close()
	if p.below != nil {
		err = errors.Join(err, p.below.Close())
	}
	return errors.Join(err, p.buf.Flush())
}

// unpack gives the tar inside a backup.
func unpack(in io.Reader, identities []age.Identity) (io.Reader, error) {
	b := bufio.NewReaderSize(in, 1<<20)
	begins, err := b.Peek(len(ageBegins))
	if err != nil && len(begins) < 2 {
		return nil, ErrForeign
	}
	if bytes.Equal(begins, []byte(ageBegins)) {
		if len(identities) == 0 {
			return nil, ErrLocked
		}
		plain, err := age.Decrypt(b, identities...)
		var none *age.NoIdentityMatchError
		if errors.As(err, &none) {
			return nil, ErrWrongKey
		}
		if err != nil {
			return nil, readError(err, "its encryption")
		}
		b = bufio.NewReaderSize(plain, 1<<20)
	} else if begins[0] != 0x1f || begins[1] != 0x8b {
		return nil, ErrForeign
	}
	z, err := gzip.NewReader(b)
	if errors.Is(err, gzip.ErrHeader) {
		return nil, ErrForeign
	}
	if err != nil {
		return nil, readError(err, "its beginning")
	}
	z.Multistream(false)
	return &whole{z, b}, nil
}

// whole is a stream after which nothing may stand.
type whole struct {
	io.Reader
	rest *bufio.Reader
}

func (w *whole) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err == io.EOF {
		switch _, more := w.rest.Peek(1); {
		case more == nil:
			return n, damaged("something stands after its end")
		case more != io.EOF:
			return n, more
		}
	}
	return n, err
}

// Sealing is how a backup is written and read again.
type Sealing struct {
	recipients []age.Recipient
	witness    []age.Identity
}

// Opener reads backups.
type Opener interface {
	Read(ctx context.Context, in io.Reader, sink Sink, sets ...db.Migration) (Manifest, Sums, error)
}

// Seal is for the recipients given; without any a backup is not encrypted.
func Seal(recipients []string) (*Sealing, error) {
	s := &Sealing{}
	var err error
	if s.recipients, err = Recipients(recipients); err != nil || len(s.recipients) == 0 {
		return s, err
	}
	also, own, err := witness(s.recipients)
	if err != nil {
		return nil, err
	}
	s.recipients, s.witness = append(s.recipients, also), []age.Identity{own}
	return s, nil
}

// Write writes a whole backup.
func (s *Sealing) Write(ctx context.Context, out io.Writer, src Source, progress Progress) (Manifest, Sums, error) {
	p, err := newPack(out, s.recipients)
	if err != nil {
		return Manifest{}, Sums{}, err
	}
	m, sums, err := Write(ctx, p, src, progress)
	if err == nil {
		err = p.Close()
	}
	return m, sums, err
}

// Read reads what this sealing wrote.
func (s *Sealing) Read(ctx context.Context, in io.Reader, sink Sink, sets ...db.Migration) (Manifest, Sums, error) {
	return Keys(s.witness).Read(ctx, in, sink, sets...)
}

// Keys open backups; none open those that are not encrypted.
type Keys []age.Identity

// Read reads a whole backup.
func (k Keys) Read(ctx context.Context, in io.Reader, sink Sink, sets ...db.Migration) (Manifest, Sums, error) {
	plain, err := unpack(in, k)
	if err != nil {
		return Manifest{}, Sums{}, err
	}
	return Read(ctx, plain, sink, sets...)
}
