package proof

import "context"

// Reading is what a device at a counter says.
type Reading struct {
	Device string // its name, for the ledger
	Match  bool   // the chip is genuine and this person's; the thumb is the one on it
}

// Reader is a device at a counter that reads a MyKad's chip or compares a thumb
// with the print on it. kind is MyKadChip or Thumbprint.
type Reader interface {
	Read(ctx context.Context, kind string, who Person) (Reading, error)
	// Simulated tells that nothing is really read, which pages then say.
	Simulated() bool
}

// Simulated is the demo's reader: it has no device, reads nothing, and finds
// that everything matches.
type Simulated struct{}

// Read finds a match.
func (Simulated) Read(context.Context, string, Person) (Reading, error) {
	return Reading{Device: "simulated", Match: true}, nil
}

// Simulated is true.
func (Simulated) Simulated() bool { return true }
