package bank

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"
)

// Dial is which faults the bank has. Shares are from 0 to 1: of the payments,
// each judged by a hash of the seed and its reference.
type Dial struct {
	Seed              int64   `json:"seed"`
	Drop              float64 `json:"drop"`                // its callback is never sent
	Delay             float64 `json:"delay"`               // its callback is sent DelayBy later
	DelayBy           span    `json:"delay_by"`            // 2 s where nothing is said
	Duplicate         float64 `json:"duplicate"`           // its callback is sent twice
	Reorder           float64 `json:"reorder"`             // later ones overtake its callback
	WrongAmount       float64 `json:"wrong_amount"`        // its callback tells another amount
	TimeoutAfterDebit float64 `json:"timeout_after_debit"` // the connection ends after the debit, without an answer
	Reversal          float64 `json:"reversal"`            // the credit is taken back, ten times DelayBy later
	Batch             bool    `json:"batch"`               // a day's payments are one line of the statement
	ClockJump         span    `json:"clock_jump"`          // what is booked is dated by a clock so far ahead
	Down              bool    `json:"down"`                // the bank answers 503 and calls nobody
}

const (
	delayUsual = 2 * time.Second
	delayMost  = 72 * time.Hour
	jumpMost   = 366 * 24 * time.Hour
	// reversalAfter is in DelayBy.
	reversalAfter = 10
	// reorderMost is by how much a callback waits so that others overtake it.
	reorderMost = 5 * time.Second
)

// span is a duration that JSON holds as Go writes it: "2s".
type span time.Duration

func (s span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

func (s *span) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*s = 0
		return nil
	}
	d, err := time.ParseDuration(string(text))
	*s = span(d)
	return err
}

// check names the first field that no dial can stand at, or "".
func (d *Dial) check() string {
	for name, p := range d.shares() {
		if !(*p >= 0 && *p <= 1) { // not a number is neither
			return name
		}
	}
	if d.DelayBy < 0 || time.Duration(d.DelayBy) > delayMost {
		return "delay_by"
	}
	if time.Duration(d.ClockJump).Abs() > jumpMost {
		return "clock_jump"
	}
	return ""
}

// on tells whether the bank has any fault.
func (d Dial) on() bool { return d != Dial{Seed: d.Seed, DelayBy: d.DelayBy} }

func (d Dial) delayBy() time.Duration {
	if d.DelayBy == 0 {
		return delayUsual
	}
	return time.Duration(d.DelayBy)
}

// hash of the seed, a fault's word and what it may befall.
func (d Dial) hash(fault, key string) uint64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%s", fault, d.Seed, key))
	return binary.BigEndian.Uint64(sum[:8])
}

// befalls tells whether a share of a fault befalls a payment.
func (d Dial) befalls(fault string, share float64, key string) bool {
	return float64(d.hash(fault, key)>>11)/(1<<53) < share
}

// fate is what befalls one payment.
type fate struct {
	drop, duplicate, cut, reverse, wrong bool
	wait                                 time.Duration // until its callback is sent
}

func (d Dial) fate(key string) fate {
	f := fate{
		drop:      d.befalls("drop", d.Drop, key),
		duplicate: d.befalls("duplicate", d.Duplicate, key),
		cut:       d.befalls("timeout_after_debit", d.TimeoutAfterDebit, key),
		reverse:   d.befalls("reversal", d.Reversal, key),
		wrong:     d.befalls("wrong_amount", d.WrongAmount, key),
	}
	if d.befalls("delay", d.Delay, key) {
		f.wait += d.delayBy()
	}
	if d.befalls("reorder", d.Reorder, key) {
		f.wait += time.Duration(1 + d.hash("overtaken", key)%uint64(reorderMost))
	}
	return f
}
