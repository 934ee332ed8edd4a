package op

import (
	"sync"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// A clientMark is what tells whether a client is served, and whether its row was
// written since it was read.
type clientMark struct {
	Profile, State string
	Version        int64
	ChangedAt      int64 // microseconds: a database that was put back counts its versions again
}

// served tells whether a provider answers to a client.
func (c clientMark) served(r realm) bool {
	if r.name == Sandbox {
		return c.Profile == Citizen && c.State != Suspended
	}
	return c.Profile == r.name && c.State == Live
}

// known are the clients of one provider as the library knows them, each with the
// mark under which it was read. Only registered clients come into it, so there
// are never more than the hall has; a stranger's invented names take no room.
type known struct {
	mu sync.RWMutex
	by map[string]knownClient
}

type knownClient struct {
	mark clientMark
	meta *goidc.Client
}

// at is nil where the client was not read yet, or was written since.
func (k *known) at(id string, now clientMark) *goidc.Client {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if c, ok := k.by[id]; ok && c.mark == now {
		return c.meta
	}
	return nil
}

func (k *known) keep(id string, as clientMark, meta *goidc.Client) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.by[id] = knownClient{as, meta}
}
