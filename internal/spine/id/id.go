// Package id makes the hall's identifiers: UUIDv7 for rows, and references
// that a person can read out over a telephone and nobody can guess.
package id

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"io"
	"strings"
	"sync"
	"time"

	"balai/internal/spine/clock"
)

// Source makes ids from an injected clock and randomness; it is safe for
// concurrent use.
type Source struct {
	clock clock.Clock
	mu    sync.Mutex
	rand  io.Reader
	last  int64 // millisecond<<12 | counter of the newest UUIDv7, so that ids of one source rise
}

// NewSource reads randomness from random, or from crypto/rand where it is nil.
func NewSource(c clock.Clock, random io.Reader) *Source {
	if random == nil {
		random = rand.Reader
	}
	return &Source{clock: c, rand: random}
}

// At is a source over the same randomness whose ids carry another clock's time.
func (s *Source) At(c clock.Clock) *Source { return &Source{clock: c, rand: lockedReader{s}} }

// lockedReader reads a source's randomness under its lock.
type lockedReader struct{ s *Source }

func (l lockedReader) Read(b []byte) (int, error) {
	copy(b, l.s.Bytes(len(b)))
	return len(b), nil
}

// Bytes returns n random bytes.
func (s *Source) Bytes(n int) []byte {
	b := make([]byte, n)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := io.ReadFull(s.rand, b); err != nil {
		panic("id: no randomness: " + err.Error())
	}
	return b
}

// New is a UUIDv7 (RFC 9562, method 3: the twelve bits after the millisecond
// carry a counter), so that rows made later sort later.
func (s *Source) New() string {
	var b [16]byte
	copy(b[8:], s.Bytes(8))
	s.mu.Lock()
	stamp := s.clock.Now().UnixMilli() << 12
	if stamp <= s.last && s.last-stamp < 1<<22 { // a clock set far back starts anew
		stamp = s.last + 1
	}
	s.last = stamp
	s.mu.Unlock()
	binary.BigEndian.PutUint64(b[:8], uint64(stamp>>12)<<16|0x7000|uint64(stamp&0xfff))
	b[8] = b[8]&0x3f | 0x80
	var out [36]byte
	hex.Encode(out[0:8], b[0:4])
	hex.Encode(out[9:13], b[4:6])
	hex.Encode(out[14:18], b[6:8])
	hex.Encode(out[19:23], b[8:10])
	hex.Encode(out[24:36], b[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// Time is when an id of New was made, to the millisecond.
func Time(id string) (time.Time, bool) {
	if len(id) != 36 || id[8] != '-' || id[14] != '7' {
		return time.Time{}, false
	}
	b, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	if err != nil || len(b) != 16 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(append([]byte{0, 0}, b[:6]...)))), true
}

// crockford leaves out I, L, O and U, which are misread or misheard.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// checkAlphabet adds the five check symbols of Crockford's base 32 for mod 37.
const checkAlphabet = crockford + "*~$=U"

// Ref is PREFIX-XXXX-XXXX-XXXX-XXXX-C: 80 random bits and a check character,
// so that no reference can be guessed and a slip of the pen is noticed. Draws
// whose check character would be a symbol are thrown away, so that references
// stay letters and digits.
func (s *Source) Ref(prefix string) string {
	for {
		b := s.Bytes(10)
		body := encode(b)
		c := check(body)
		if strings.IndexByte(crockford, c) < 0 {
			continue
		}
		return prefix + "-" + body[0:4] + "-" + body[4:8] + "-" + body[8:12] + "-" + body[12:16] + "-" + string(c)
	}
}

func encode(b []byte) string {
	out := make([]byte, 0, 16)
	var acc uint32
	var n uint
	for _, x := range b {
		acc = acc<<8 | uint32(x)
		n += 8
		for n >= 5 {
			n -= 5
			out = append(out, crockford[acc>>n&31])
		}
	}
	return string(out)
}

func check(body string) byte {
	m := 0
	for i := range len(body) {
		m = (m*32 + strings.IndexByte(crockford, body[i])) % 37
	}
	return checkAlphabet[m]
}

// OfficePrefix begins the reference of a case that an agency keeps in a system
// of its own.
const OfficePrefix = "BLA"

// CasePage is the page of the case that has the reference.
func CasePage(ref string) string {
	if strings.HasPrefix(ref, OfficePrefix+"-") {
		return "/office/" + ref
	}
	return "/case/" + ref
}

// NormalRef reads a reference as people write it: lower case, O for 0, I or L
// for 1, hyphens or blanks anywhere. What cannot be one comes back upper-cased.
func NormalRef(ref string) string {
	up := strings.ToUpper(strings.TrimSpace(ref))
	prefix, rest, ok := strings.Cut(up, "-")
	if !ok {
		prefix, rest, ok = strings.Cut(up, " ")
	}
	if !ok {
		return up
	}
	var body []byte
	for _, r := range rest {
		switch r {
		case '-', ' ':
		case 'O':
			body = append(body, '0')
		case 'I', 'L':
			body = append(body, '1')
		default:
			if r > 127 {
				return up
			}
			body = append(body, byte(r))
		}
	}
	if len(body) != 17 {
		return up
	}
	b := string(body)
	return prefix + "-" + b[0:4] + "-" + b[4:8] + "-" + b[8:12] + "-" + b[12:16] + "-" + b[16:]
}

// ValidRef tells whether ref, in its normal form, has the right shape and
// check character.
func ValidRef(ref string) bool {
	parts := strings.Split(ref, "-")
	if len(parts) != 6 || parts[0] == "" || len(parts[5]) != 1 {
		return false
	}
	body := strings.Join(parts[1:5], "")
	if len(body) != 16 {
		return false
	}
	for i := range len(body) {
		if strings.IndexByte(crockford, body[i]) < 0 {
			return false
		}
	}
	return check(body) == parts[5][0]
}
