package secret

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"

	"balai/internal/spine/fault"
	"golang.org/x/crypto/argon2"
)

// Cost of a hash: OWASP's least for argon2id. 19 MiB each, so that two at a
// time stay small beside the rest of the hall.
const (
	memory  = 19 * 1024 // KiB
	passes  = 2
	threads = 1
	saltLen = 16
	keyLen  = 32
	// waiting is how many may wait for each that is being worked out.
	waiting = 16
)

// ErrBusy tells that too many hashes wait already.
var ErrBusy = fault.New(fault.Busy, "web.error.busy")

// Hasher works out slow hashes, as many at a time as there are cores. More
// wait, and beyond that are told to come back: a crowd at the door must not
// take the hall's memory.
type Hasher struct {
	random func(n int) []byte
	queue  chan struct{} // everybody who works or waits
	cores  chan struct{} // who works
	dummy  string
}

// NewHasher draws salts from random.
func NewHasher(random func(n int) []byte) *Hasher {
	n := runtime.GOMAXPROCS(0)
	h := &Hasher{random: random, queue: make(chan struct{}, n*(1+waiting)), cores: make(chan struct{}, n)}
	h.dummy = encode(random(saltLen), make([]byte, keyLen))
	return h
}

// turn waits for a core.
func (h *Hasher) turn(ctx context.Context) (done func(), err error) {
	select {
	case h.queue <- struct{}{}:
	default:
		return nil, ErrBusy
	}
	select {
	case h.cores <- struct{}{}:
		return func() { <-h.cores; <-h.queue }, nil
	case <-ctx.Done():
		<-h.queue
		return nil, ctx.Err()
	}
}

// Hash is a secret's argon2id hash, as the PHC string format writes it.
func (h *Hasher) Hash(ctx context.Context, text string) (string, error) {
	done, err := h.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	salt := h.random(saltLen)
	return encode(salt, argon2.IDKey([]byte(text), salt, passes, memory, threads, keyLen)), nil
}

// Check tells whether a secret is that of a hash. Where there is none ("") the
// same work is done and the answer is no, so that nobody learns by waiting who
// has one.
func (h *Hasher) Check(ctx context.Context, text, hash string) (bool, error) {
	there := hash != ""
	if !there {
		hash = h.dummy
	}
	p, err := decode(hash)
	if err != nil {
		return false, err
	}
	done, err := h.turn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	got := argon2.IDKey([]byte(text), p.salt, p.passes, p.memory, p.threads, uint32(len(p.key)))
	return subtle.ConstantTimeCompare(got, p.key) == 1 && there, nil
}

func encode(salt, key []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, threads, b64(salt), b64(key))
}

// phc is a hash with what it was made by; an older cost goes on counting.
type phc struct {
	memory, passes uint32
	threads        uint8
	salt, key      []byte
}

func decode(s string) (p phc, err error) {
	var version int
	var salt, key string
	rest := make([]byte, 0, len(s))
	for _, c := range []byte(s) { // Sscanf ends a word at a blank only
		if c == '$' {
			c = ' '
		}
		rest = append(rest, c)
	}
	if _, err := fmt.Sscanf(string(rest), " argon2id v=%d m=%d,t=%d,p=%d %s %s", &version, &p.memory, &p.passes, &p.threads, &salt, &key); err != nil {
		return p, fmt.Errorf("secret: a hash cannot be read: %w", err)
	}
	if p.salt, err = base64.RawStdEncoding.DecodeString(salt); err != nil {
		return p, fmt.Errorf("secret: a hash's salt cannot be read: %w", err)
	}
	if p.key, err = base64.RawStdEncoding.DecodeString(key); err != nil {
		return p, fmt.Errorf("secret: a hash's key cannot be read: %w", err)
	}
	if version != argon2.Version || p.memory > 1<<20 || p.passes < 1 || p.passes > 16 || p.threads < 1 || len(p.key) < 16 {
		return p, fmt.Errorf("secret: a hash is of another kind")
	}
	return p, nil
}
