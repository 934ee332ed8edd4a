package journal

import (
	"fmt"
	"strconv"
	"strings"
)

// resource is what a path under /tile/ names: a tile, or a bundle of entries
// (Level -1), with the width asked for.
type resource struct {
	tileID
	Width int
}

const entryLevel = -1

// path is the resource's place under the log's prefix (c2sp.org/tlog-tiles):
// tile/0/x001/234, tile/entries/000.p/17.
func (r resource) path() string {
	level := strconv.Itoa(r.Level)
	if r.Level == entryLevel {
		level = "entries"
	}
	n := fmt.Sprintf("%03d", r.N%1000)
	for rest := r.N / 1000; rest > 0; rest /= 1000 {
		n = fmt.Sprintf("x%03d/%s", rest%1000, n)
	}
	if r.Width != tileWidth {
		n += ".p/" + strconv.Itoa(r.Width)
	}
	return "tile/" + level + "/" + n
}

// parsePath is path's inverse; only the one right spelling of a resource is
// accepted, so that caches hold each once.
func parsePath(path string) (resource, bool) {
	r := resource{Width: tileWidth}
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok || len(path) > 64 {
		return r, false
	}
	level, rest, ok := strings.Cut(rest, "/")
	if !ok {
		return r, false
	}
	if level == "entries" {
		r.Level = entryLevel
	} else if l, err := strconv.Atoi(level); err == nil && l >= 0 && l < 8 {
		r.Level = l // level 8 would need 2^64 leaves
	} else {
		return r, false
	}
	if before, width, partial := strings.Cut(rest, ".p/"); partial {
		w, err := strconv.Atoi(width)
		if err != nil || w < 1 || w >= tileWidth {
			return r, false
		}
		rest, r.Width = before, w
	}
	parts := strings.Split(rest, "/")
	if len(parts) > 6 {
		return r, false
	}
	for _, p := range parts {
		n, err := strconv.Atoi(strings.TrimPrefix(p, "x"))
		if err != nil || n < 0 || n > 999 {
			return r, false
		}
		r.N = r.N*1000 + int64(n)
	}
	return r, r.path() == path
}

// bundle is the entries of the log as one file: each with its length before
// it, two bytes, the higher first.
func bundle(entries [][]byte) []byte {
	var b []byte
	for _, e := range entries {
		b = append(b, byte(len(e)>>8), byte(len(e)))
		b = append(b, e...)
	}
	return b
}

// parseBundle is bundle's inverse.
func parseBundle(b []byte) ([][]byte, error) {
	var out [][]byte
	for len(b) > 0 {
		if len(b) < 2 {
			return nil, fmt.Errorf("journal: entry bundle ends inside a length")
		}
		n := int(b[0])<<8 | int(b[1])
		if len(b) < 2+n {
			return nil, fmt.Errorf("journal: entry bundle ends inside an entry")
		}
		out = append(out, b[2:2+n])
		b = b[2+n:]
	}
	return out, nil
}
