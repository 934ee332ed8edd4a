package journal

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// LoadKey reads the log's signing key from path, or makes one there for origin
// (readable by its owner only). Once made, the key names the log for ever: a
// later origin is ignored, because every proof handed out carries the first.
// It gives the signer's and the public key's note texts.
func LoadKey(path, origin string) (signer, vkey string, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(path, origin)
	}
	if err != nil {
		return "", "", fmt.Errorf("journal: key: %w", err)
	}
	signer = strings.TrimSpace(string(text))
	vkey, err = publicKey(signer)
	if err != nil {
		return "", "", fmt.Errorf("journal: key file %s: %w", path, err)
	}
	return signer, vkey, nil
}

func makeKey(path, origin string) (signer, vkey string, err error) {
	signer, vkey, err = note.GenerateKey(nil, origin)
	if err == nil {
		_, err = note.NewSigner(signer) // refuses an origin with blanks or a plus
	}
	if err != nil {
		return "", "", fmt.Errorf("journal: key for %q: %w", origin, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", "", fmt.Errorf("journal: key: %w", err)
	}
	if err := writeFile(path, []byte(signer+"\n"), 0o600); err != nil {
		return "", "", fmt.Errorf("journal: key: %w", err)
	}
	return signer, vkey, nil
}

// publicKey is the verifier text of a signer text; x/mod keeps the way back to
// itself. A signer is PRIVATE+KEY+name+hash+base64(algorithm || seed).
func publicKey(signer string) (string, error) {
	s, err := note.NewSigner(signer)
	if err != nil {
		return "", err
	}
	parts := strings.SplitN(signer, "+", 5)
	raw, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return "", fmt.Errorf("not an Ed25519 note signer")
	}
	pub := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	return note.NewEd25519VerifierKey(s.Name(), pub)
}

// writeFile puts data at path whole or not at all, and on the disk before it
// returns.
func writeFile(path string, data []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
