package replay

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"balai/internal/domain/service/definition"

	"gopkg.in/yaml.v3"
)

// Bounds of a folder that somebody names.
const (
	mostFiles = 5000
	mostBytes = 1 << 20 // of one file
)

// Folder is a working folder with a changed definition of one service.
type Folder struct {
	Def      *definition.Service
	Problems []definition.Problem // why it cannot be used; Def is nil then
}

// OpenFolder reads the service from a folder that is laid out as a catalogue,
// or that holds this service only; what such a folder leaves to others comes
// from base. Nothing outside the folder is read.
func OpenFolder(dir, service string, base fs.FS) (f Folder, err error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return f, fmt.Errorf("there is no folder %s", dir)
	}
	if err != nil {
		return f, fmt.Errorf("the folder %s cannot be opened: %w", dir, err)
	}
	defer root.Close()
	files := root.FS()
	if err := plain(files, dir); err != nil {
		return f, err
	}
	own := false
	if _, err := fs.Stat(files, service+"/service.yaml"); err != nil {
		if own, err = alone(files, dir, service); err != nil {
			return f, err
		}
	}
	if own {
		files = overlay{base, service, files}
	}
	f.Def, f.Problems = definition.LoadService(files, service)
	return f, nil
}

// alone tells whether the folder is the service's own, or says what it is.
func alone(files fs.FS, dir, service string) (bool, error) {
	text, err := fs.ReadFile(files, "service.yaml")
	if err != nil {
		if others, _ := fs.Glob(files, "*/*/service.yaml"); len(others) > 0 {
			return false, fmt.Errorf("%s holds %s and others, but no %s", dir, strings.TrimSuffix(others[0], "/service.yaml"), service)
		}
		return false, fmt.Errorf("%s holds neither %s/service.yaml nor a service.yaml: name a catalogue's folder, or the service's own", dir, service)
	}
	var is struct{ Service, Agency string }
	if err := yaml.Unmarshal(text, &is); err != nil {
		return true, nil // lint says where
	}
	if id := is.Agency + "/" + is.Service; id != service {
		return false, fmt.Errorf("%s holds %s, not %s", dir, id, service)
	}
	return true, nil
}

// plain refuses links and whatever else is no file of text.
func plain(files fs.FS, dir string) error {
	n := 0
	return fs.WalkDir(files, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("%s in %s cannot be read: %w", p, dir, err)
		}
		if e.IsDir() {
			if p != "." && strings.HasPrefix(e.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".yaml") {
			return nil
		}
		if n++; n > mostFiles {
			return fmt.Errorf("%s holds more than %d files: name a catalogue's folder, or the service's own", dir, mostFiles)
		}
		if !e.Type().IsRegular() {
			return fmt.Errorf("%s in %s is a link: put the file itself there", p, dir)
		}
		info, err := e.Info()
		if err == nil && info.Size() > mostBytes {
			return fmt.Errorf("%s in %s is larger than a definition can be", p, dir)
		}
		return err
	})
}

// overlay is a catalogue with one service's folder in the place of its own.
type overlay struct {
	base fs.FS
	at   string
	top  fs.FS
}

// Open is part of fs.FS.
func (o overlay) Open(name string) (fs.File, error) {
	if name == o.at {
		return o.top.Open(".")
	}
	if rest, ok := strings.CutPrefix(name, o.at+"/"); ok {
		return o.top.Open(rest)
	}
	return o.base.Open(name)
}

// Fields are the facts that the changed version reads and the version in force
// does not: no past case recorded them.
func (p Pair) Fields() (out []string) {
	for _, name := range p.New.FactFields() {
		if !slices.Contains(p.Old.FactFields(), name) {
			out = append(out, name)
		}
	}
	return out
}
