package journal

import (
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Tiles are 256 hashes wide: a subtree of height 8 (c2sp.org/tlog-tiles).
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// tileID is a tile's place: its level in the tiling and its number there.
type tileID struct {
	Level int
	N     int64
}

// tileSource gives tiles of a tree; a tile may hold more hashes than the
// asked tree needs, never fewer.
type tileSource func(ids []tileID) (map[tileID][]byte, error)

// edge names the partial tiles on the right side of a tree with size leaves;
// with them a tree can grow without reading anything else.
func edge(size int64) []tileID {
	var ids []tileID
	for level := 0; size > 0; level, size = level+1, size>>tileHeight {
		if size%tileWidth != 0 {
			ids = append(ids, tileID{level, size >> tileHeight})
		}
	}
	return ids
}

// tree is a Merkle tree (RFC 6962) that can grow: its size and the tiles that
// are new, changed, or on its right side. No input or output.
type tree struct {
	size    int64
	tiles   map[tileID][]byte
	changed map[tileID]bool
}

// newTree continues a tree of the given size from its edge tiles.
func newTree(size int64, src tileSource) (*tree, error) {
	t := &tree{size: size, tiles: map[tileID][]byte{}, changed: map[tileID]bool{}}
	ids := edge(size)
	if len(ids) == 0 {
		return t, nil
	}
	got, err := src(ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		want := int(size>>(tileHeight*id.Level)) % tileWidth * tlog.HashSize
		if len(got[id]) < want {
			return nil, fmt.Errorf("%w: tile %d/%d has %d bytes, a tree of %d leaves needs %d", errDamaged, id.Level, id.N, len(got[id]), size, want)
		}
		t.tiles[id] = got[id][:want:want]
	}
	return t, nil
}

// add appends one entry of the log.
func (t *tree) add(entry []byte) {
	h := tlog.RecordHash(entry)
	n := t.size
	for level := 0; ; level++ {
		id := tileID{level, n >> tileHeight}
		t.tiles[id] = append(t.tiles[id], h[:]...)
		t.changed[id] = true
		if (n+1)%tileWidth != 0 {
			break
		}
		h = tileRoot(t.tiles[id])
		n >>= tileHeight
	}
	t.size++
}

// tileRoot is the hash of the full subtree whose leaves are data.
func tileRoot(data []byte) tlog.Hash {
	hs := make([]tlog.Hash, len(data)/tlog.HashSize)
	for i := range hs {
		copy(hs[i][:], data[i*tlog.HashSize:])
	}
	for len(hs) > 1 {
		for i := range len(hs) / 2 {
			hs[i] = tlog.NodeHash(hs[2*i], hs[2*i+1])
		}
		hs = hs[:len(hs)/2]
	}
	return hs[0]
}

// source is the tree's own tiles as a tileSource.
func (t *tree) source(ids []tileID) (map[tileID][]byte, error) { return t.tiles, nil }

// root is the tree's hash.
func (t *tree) root() (tlog.Hash, error) { return tlog.TreeHash(t.size, reader(t.source)) }

// settle forgets the changes and every tile that is not on the edge, so that
// a long rebuild does not grow in memory.
func (t *tree) settle() {
	clear(t.changed)
	keep := map[tileID][]byte{}
	for _, id := range edge(t.size) {
		keep[id] = t.tiles[id]
	}
	t.tiles = keep
}

// reader gives the hashes of a tiled tree by their place in x/mod's order.
func reader(src tileSource) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		at := make([]tlog.Tile, len(indexes))
		var ids []tileID
		for i, x := range indexes {
			at[i] = tlog.TileForIndex(tileHeight, x)
			ids = append(ids, tileID{at[i].L, at[i].N})
		}
		got, err := src(ids)
		if err != nil {
			return nil, err
		}
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			if out[i], err = tlog.HashFromTile(at[i], got[ids[i]], x); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}

// widthAt is how many hashes tile id holds in a tree of size leaves: 0 when
// the tree does not reach it.
func widthAt(id tileID, size int64) int {
	if id.Level < 0 || id.Level*tileHeight >= bits.Len64(uint64(size)) {
		return 0
	}
	w := size>>(tileHeight*id.Level) - id.N<<tileHeight
	return int(max(0, min(w, tileWidth)))
}
