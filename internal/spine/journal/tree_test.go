package journal

import (
	"bytes"
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// oracle keeps the same log as x/mod does: every hash in one flat list.
type oracle struct {
	hashes []tlog.Hash
	size   int64
}

func (o *oracle) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = o.hashes[x]
	}
	return out, nil
}

func (o *oracle) add(entry []byte) {
	hs, err := tlog.StoredHashes(o.size, entry, o)
	if err != nil {
		panic(err)
	}
	o.hashes = append(o.hashes, hs...)
	o.size++
}

func (o *oracle) root() tlog.Hash {
	h, err := tlog.TreeHash(o.size, o)
	if err != nil {
		panic(err)
	}
	return h
}

// memory is a tile store that keeps what the sequencer would write.
type memory map[tileID][]byte

func (m memory) source(ids []tileID) (map[tileID][]byte, error) { return m, nil }

func (m memory) keep(t *tree) {
	for id := range t.changed {
		m[id] = bytes.Clone(t.tiles[id])
	}
}

func TestTreeGrowsAsXModDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		store, want := memory{}, &oracle{}
		for round := range rapid.IntRange(1, 12).Draw(t, "rounds") {
			tr, err := newTree(want.size, store.source)
			if err != nil {
				t.Fatal(err)
			}
			for i := range rapid.SampledFrom([]int{0, 1, 2, 7, 255, 256, 257, 700, 3000}).Draw(t, "leaves") {
				entry := fmt.Appendf(nil, "%d/%d", round, i)
				tr.add(entry)
				want.add(entry)
			}
			got, err := tr.root()
			if err != nil || got != want.root() {
				t.Fatalf("size %d: root %v (%v), x/mod has %v", want.size, got, err, want.root())
			}
			store.keep(tr)
		}
		checkTiles(t, store, want)
		if want.size == 0 {
			return
		}
		n := rapid.Int64Range(0, want.size-1).Draw(t, "leaf")
		got, err := tlog.ProveRecord(want.size, n, reader(store.source))
		if err != nil {
			t.Fatal(err)
		}
		exp, _ := tlog.ProveRecord(want.size, n, want)
		if fmt.Sprint(got) != fmt.Sprint(exp) {
			t.Fatalf("proof of %d in %d differs from x/mod's", n, want.size)
		}
	})
}

// checkTiles compares every tile with the one x/mod lays out.
func checkTiles(t *rapid.T, store memory, want *oracle) {
	seen := 0
	for _, tile := range tlog.NewTiles(tileHeight, 0, want.size) {
		id := tileID{tile.L, tile.N}
		exp, err := tlog.ReadTileData(tile, want)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(store[id], exp) {
			t.Fatalf("tile %v of %d leaves differs", id, want.size)
		}
		if w := widthAt(id, want.size); w != tile.W {
			t.Fatalf("tile %v of %d leaves is %d wide, want %d", id, want.size, w, tile.W)
		}
		seen++
	}
	if seen != len(store) {
		t.Fatalf("%d tiles stored, x/mod has %d", len(store), seen)
	}
}

func TestPathIsTheOneSpelling(t *testing.T) {
	for _, c := range []struct {
		r    resource
		path string
	}{
		{resource{tileID{0, 0}, tileWidth}, "tile/0/000"},
		{resource{tileID{1, 0}, 1}, "tile/1/000.p/1"},
		{resource{tileID{entryLevel, 1234067}, tileWidth}, "tile/entries/x001/x234/067"},
		{resource{tileID{2, 1000}, 255}, "tile/2/x001/000.p/255"},
	} {
		if got := c.r.path(); got != c.path {
			t.Errorf("path of %v is %s, want %s", c.r, got, c.path)
		}
		if got, ok := parsePath(c.path); !ok || got != c.r {
			t.Errorf("%s parses to %v, %v", c.path, got, ok)
		}
	}
	for _, bad := range []string{"", "tile/", "tile/0", "tile/0/", "tile/0/0", "tile/0/0000", "tile/0/x000/001", "tile/00/000",
		"tile/8/000", "tile/-1/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/+01",
		"tile/0/001/002", "tile/0/x001/x002", "tile/data/000", "tile/entries/000/", "tile/0/../000", "tile/0/x001/x001/x001/x001/x001/x001/001"} {
		if r, ok := parsePath(bad); ok {
			t.Errorf("%q parses to %v", bad, r)
		}
	}
}

func TestBundleRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 300)).Draw(t, "entries")
		out, err := parseBundle(bundle(in))
		if err != nil || len(out) != len(in) {
			t.Fatalf("%d entries of %d, %v", len(out), len(in), err)
		}
		for i := range in {
			if !bytes.Equal(in[i], out[i]) {
				t.Fatalf("entry %d differs", i)
			}
		}
	})
	for _, bad := range [][]byte{{0}, {0, 1}, {0, 2, 1}, {255, 255, 0}} {
		if _, err := parseBundle(bad); err == nil {
			t.Errorf("%v is accepted", bad)
		}
	}
}
