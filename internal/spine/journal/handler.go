package journal

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"

	"golang.org/x/mod/sumdb/tlog"
)

// Prefix is where the log is served.
const Prefix = "/journal/"

const (
	octets    = "application/octet-stream"
	plainText = "text/plain; charset=utf-8"
	// A tile of one width never changes; a partial one is soon replaced.
	cacheFull    = "public, max-age=31536000, immutable"
	cachePartial = "public, max-age=3600"
	cacheHead    = "no-cache"
)

// Handler serves the log as c2sp.org/tlog-tiles under /journal/: checkpoint,
// tile/LEVEL/N and tile/entries/N. Everything there is public and holds
// nothing about anybody.
func (j *Journal) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		data, kind, cache, err := j.resource(r)
		if err != nil {
			status := fault.Status(fault.CodeOf(err))
			if fault.CodeOf(err) == fault.Internal {
				j.log.Error("journal: serve", "path", r.URL.Path, "err", err)
			}
			w.Header().Set("Cache-Control", "no-store")
			http.Error(w, http.StatusText(status), status)
			return
		}
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Cache-Control", cache)
		h.Set("Access-Control-Allow-Origin", "*") // a verifier may be a page of somebody else's
		h.Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	})
}

func (j *Journal) resource(r *http.Request) (data []byte, kind, cache string, err error) {
	path, ok := strings.CutPrefix(r.URL.Path, Prefix)
	if !ok {
		return nil, "", "", fault.New(fault.Missing, "journal.missing")
	}
	if path == "checkpoint" {
		data, err = j.Checkpoint(r.Context())
		return data, plainText, cacheHead, err
	}
	res, ok := parsePath(path)
	if !ok {
		return nil, "", "", fault.New(fault.Missing, "journal.missing")
	}
	cache = cacheFull
	if res.Width < tileWidth {
		cache = cachePartial
	}
	data, err = j.tile(r, res)
	return data, octets, cache, err
}

// Checkpoint is the newest signed head.
func (j *Journal) Checkpoint(ctx context.Context) (note []byte, err error) {
	err = j.db.Read(ctx, func(tx *db.Tx) error {
		h, found, err := latestHead(tx)
		if err == nil && !found {
			return fault.New(fault.Busy, "journal.audit.no_head")
		}
		note = h.Note
		return err
	})
	return note, err
}

// tile gives the first res.Width hashes of a tile, or entries of a bundle.
func (j *Journal) tile(r *http.Request, res resource) (data []byte, err error) {
	missing := fault.New(fault.Missing, "journal.missing")
	err = j.db.Read(r.Context(), func(tx *db.Tx) error {
		h, _, err := latestHead(tx)
		if err != nil {
			return err
		}
		id := res.tileID
		id.Level = max(id.Level, 0)
		if res.Width > widthAt(id, h.Size) {
			return missing
		}
		if res.Level == entryLevel {
			first := res.N * tileWidth
			list, err := entries(tx, first, first+int64(res.Width))
			if err == nil && len(list) != res.Width {
				err = errors.New("journal: entries are missing")
			}
			data = bundle(list)
			return err
		}
		got, err := tiles(tx)([]tileID{id})
		if err != nil {
			return err
		}
		if data = got[id]; len(data) < res.Width*tlog.HashSize {
			return errors.New("journal: tile is too short")
		}
		data = data[:res.Width*tlog.HashSize]
		return nil
	})
	return data, err
}
