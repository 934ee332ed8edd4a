package service

import (
	"context"
	"path"
	"strings"
	"unicode"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/blob"
	"balai/internal/spine/fault"
)

// Limits of an upload where the definition does not say otherwise.
const (
	maxFileBytes = 8 << 20
	maxFiles     = 3
	maxUpload    = 32 << 20 // of one request, base64 included
)

// defaultTypes are what an officer can open safely.
var defaultTypes = []string{"application/pdf", "image/jpeg", "image/png"}

// store checks uploads by their content, whatever their name says, and keeps
// them. Evidence that the definition does not know is left out; the route
// decides later whether it counts.
func (p *Part) store(ctx context.Context, def *definition.Service, files map[string][]UploadFile) (map[string][]File, error) {
	out := map[string][]File{}
	for id, list := range files {
		ev, known := evidenceOf(def, id)
		if !known || len(list) == 0 {
			continue
		}
		where := "files." + id
		if len(list) > ev.MaxFiles {
			return nil, badFile(where, "service.file.many", "max", ev.MaxFiles)
		}
		for _, f := range list {
			kept, err := p.keep(ctx, ev, where, f)
			if err != nil {
				return nil, err
			}
			out[id] = append(out[id], kept)
		}
	}
	return out, nil
}

func (p *Part) keep(ctx context.Context, ev definition.Evidence, where string, f UploadFile) (File, error) {
	switch {
	case len(f.Base64) == 0:
		return File{}, badFile(where, "service.file.empty")
	case int64(len(f.Base64)) > ev.MaxBytes:
		return File{}, badFile(where, "service.file.big", "mb", ev.MaxBytes>>20)
	}
	kind, problem := blob.Kind(f.Base64, ev.Types)
	if problem != "" {
		return File{}, badFile(where, "service.file."+problem)
	}
	sha, err := p.Blobs.Put(ctx, f.Base64)
	if err != nil {
		return File{}, err
	}
	return File{Name: cleanName(f.Name), Type: kind, SHA: sha, Size: int64(len(f.Base64))}, nil
}

func evidenceOf(def *definition.Service, id string) (definition.Evidence, bool) {
	for _, e := range def.Evidence {
		if e.ID != id {
			continue
		}
		if e.MaxBytes == 0 {
			e.MaxBytes = maxFileBytes
		}
		if e.MaxFiles == 0 {
			e.MaxFiles = maxFiles
		}
		if len(e.Types) == 0 {
			e.Types = defaultTypes
		}
		return e, true
	}
	return definition.Evidence{}, false
}

func badFile(where, key string, args ...any) error {
	return fault.New(fault.Invalid, "service.error.file").With(fault.Field{Location: where, Key: key, Args: args})
}

// cleanName keeps the last part of a file's name, without control characters,
// short enough for a header.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '"' || r == unicode.ReplacementChar || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > 100 {
		name = string(runes[len(runes)-100:])
	}
	if strings.Trim(name, "./ ") == "" {
		return "fail"
	}
	return name
}
