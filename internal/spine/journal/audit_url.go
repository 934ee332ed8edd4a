package journal

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"balai/internal/spine/fault"

	"golang.org/x/mod/sumdb/tlog"
)

// fetchLimit bounds one answer of a log: a bundle of 256 entries of 65,535
// bytes, the largest there can be.
const fetchLimit = tileWidth * (2 + 1<<16)

// remote is a log behind a URL.
type remote struct {
	client http.Client
	base   string // ends in /journal/
}

func newRemote(url string) *remote {
	base := strings.TrimRight(url, "/")
	if !strings.HasSuffix(base, strings.TrimRight(Prefix, "/")) {
		base += strings.TrimRight(Prefix, "/")
	}
	return &remote{client: http.Client{Timeout: 30 * time.Second}, base: base + "/"}
}

func (r *remote) get(ctx context.Context, path string) ([]byte, error) {
	failed := fault.New(fault.Busy, "journal.audit.fetch", "url", r.base+path)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+path, nil)
	if err != nil {
		return nil, failed.Wrap(err)
	}
	res, err := r.client.Do(req)
	if err != nil {
		return nil, failed.Wrap(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, failed.Wrap(fmt.Errorf("status %s", res.Status))
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, fetchLimit+1))
	if err != nil || len(data) > fetchLimit {
		return nil, failed.Wrap(fmt.Errorf("%d bytes: %w", len(data), err))
	}
	return data, nil
}

// URL checks the log served at url (a hall, or its /journal/) from nothing but
// what everybody can fetch, and gives its head.
func (a Audit) URL(ctx context.Context, url string) (Head, error) {
	r := newRemote(url)
	signed, err := r.get(ctx, "checkpoint")
	if err != nil {
		return Head{}, err
	}
	head, err := OpenHead(signed, a.VKey)
	if err != nil {
		return Head{}, fault.New(fault.Conflict, "journal.audit.head", "size", head.Size).Wrap(err)
	}
	if err := a.tooOld(head); err != nil {
		return Head{}, err
	}
	t, err := newTree(0, nil)
	if err != nil {
		return Head{}, err
	}
	if err := a.since(t); err != nil {
		return Head{}, err
	}
	for t.size < head.Size {
		if err := a.fetchBundle(ctx, r, t, head.Size); err != nil {
			return Head{}, err
		}
	}
	root, err := t.root()
	if err != nil || root != head.Root {
		return Head{}, fault.New(fault.Conflict, "journal.audit.root", "size", head.Size).Wrap(err)
	}
	return head, nil
}

// fetchBundle grows t by the next bundle of entries and compares the tiles
// that are then complete, or as wide as the log's size lets them be.
func (a Audit) fetchBundle(ctx context.Context, r *remote, t *tree, size int64) error {
	b := resource{tileID{entryLevel, t.size >> tileHeight}, int(min(size-t.size, tileWidth))}
	data, err := r.get(ctx, b.path())
	if err != nil {
		return err
	}
	list, err := parseBundle(data)
	if err != nil || len(list) != b.Width {
		return fault.New(fault.Conflict, "journal.audit.tile", "tile", b.path()).Wrap(err)
	}
	for _, e := range list {
		t.add(e)
		if err := a.since(t); err != nil {
			return err
		}
	}
	for id := range t.changed {
		want := t.tiles[id]
		if len(want) != widthAt(id, size)*tlog.HashSize {
			continue // compared when it is as wide as it will be
		}
		path := resource{id, len(want) / tlog.HashSize}.path()
		got, err := r.get(ctx, path)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return unsound("journal.audit.tile", "tile", path)
		}
	}
	t.settle()
	return nil
}
