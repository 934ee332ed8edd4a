package offline

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/locale"
)

// Format is the version of packs and logs.
const Format = "balai-offline-1"

// maxPack bounds what is read of a pack, in bytes of one file.
const maxPack = 8 << 20

// Manifest says what a pack is. Times are RFC 3339.
type Manifest struct {
	Format  string            `json:"format"`
	Pack    string            `json:"pack"` // PKT-..., the beginning of each entry's number
	Service string            `json:"service"`
	Title   locale.Text       `json:"title"`
	Release int64             `json:"release"`
	Digest  string            `json:"digest"` // of the definition
	Agency  locale.Text       `json:"agency"`
	Office  locale.Text       `json:"office"`
	Unit    string            `json:"unit"`
	MadeAt  string            `json:"made_at"`
	Until   string            `json:"until"`   // no entry is taken that was made later
	Entries int               `json:"entries"` // numbers reserved for the pack
	Files   map[string]string `json:"files"`   // name: SHA-256
}

// Pack is an opened pack.
type Pack struct {
	Manifest
	Key        string // of who signed it, as the pack says
	Definition *definition.Service
}

const (
	manifestFile = "manifest.txt"
	keyFile      = "key.txt"
	releaseFile  = "release.zip"
)

// Build writes a pack. release is the definition's zip as the hall keeps it;
// signer is a note key.
func Build(m Manifest, release []byte, def *definition.Service, texts *locale.Catalog, signer, vkey string) ([]byte, error) {
	files := map[string][]byte{releaseFile: release, "form.js": scriptFile, "form.css": styleFile}
	for _, l := range []locale.Lang{locale.Malay, locale.English} {
		var b bytes.Buffer
		if err := formPage(sheet{L: texts.For(l), Pack: m, Def: def, Disk: true}).Render(ctx(), &b); err != nil {
			return nil, err
		}
		files[name("form", l)] = b.Bytes()
	}
	m.Format, m.Files = Format, map[string]string{}
	for file, data := range files {
		m.Files[file] = sum(data)
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	s, err := note.NewSigner(signer)
	if err != nil {
		return nil, fmt.Errorf("offline: key: %w", err)
	}
	signed, err := note.Sign(&note.Note{Text: string(text) + "\n"}, s)
	if err != nil {
		return nil, fmt.Errorf("offline: sign: %w", err)
	}
	files[manifestFile], files[keyFile] = signed, []byte(vkey+"\n")
	return zipped(files)
}

func name(stem string, l locale.Lang) string { return stem + "-" + string(l) + ".html" }

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

func zipped(files map[string][]byte) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		w, err := z.Create(n)
		if err == nil {
			_, err = w.Write(files[n])
		}
		if err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Open reads a pack and refuses one that was changed. With key "" the pack's
// own key is believed, which proves only that nobody damaged it by accident.
func Open(data []byte, key string) (*Pack, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("offline: this is no pack: %w", err)
	}
	own, err := readFile(z, keyFile)
	if err != nil {
		return nil, err
	}
	p := &Pack{Key: strings.TrimSpace(string(own))}
	if key == "" {
		key = p.Key
	}
	signed, err := readFile(z, manifestFile)
	if err != nil {
		return nil, err
	}
	v, err := note.NewVerifier(key)
	if err != nil {
		return nil, fmt.Errorf("offline: the key cannot be read: %w", err)
	}
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		return nil, fmt.Errorf("offline: the pack is not signed by %s: %w", v.Name(), err)
	}
	if err := json.Unmarshal([]byte(n.Text), &p.Manifest); err != nil || p.Format != Format {
		return nil, errors.New("offline: this pack is of another version")
	}
	for file, want := range p.Files {
		got, err := readFile(z, file)
		if err != nil {
			return nil, err
		}
		if sum(got) != want {
			return nil, fmt.Errorf("offline: %s in the pack was changed", file)
		}
	}
	release, err := readFile(z, releaseFile)
	if err != nil {
		return nil, err
	}
	inner, err := zip.NewReader(bytes.NewReader(release), int64(len(release)))
	if err != nil {
		return nil, fmt.Errorf("offline: the definition cannot be read: %w", err)
	}
	def, problems := definition.Reopen(inner, p.Service)
	if len(problems) > 0 {
		return nil, fmt.Errorf("offline: the definition cannot be read: %s", problems[0])
	}
	p.Definition = def
	return p, nil
}

func readFile(z fs.FS, file string) ([]byte, error) {
	f, err := z.Open(file)
	if err != nil {
		return nil, fmt.Errorf("offline: the pack lacks %s", file)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxPack+1))
	if err != nil || len(data) > maxPack {
		return nil, fmt.Errorf("offline: %s in the pack cannot be read", file)
	}
	return data, nil
}
