package hook

import (
	"fmt"
	"testing"
	"time"
)

// TestGate: all deliveries together take half of the workers, and an address
// that hung is left alone for a while, and tried one at a time after it.
func TestGate(t *testing.T) {
	var g gate
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	var leave []func(bool, time.Time)
	for i := range underWay {
		l, wait := g.enter(fmt.Sprint("a", i/2), now)
		if wait != 0 {
			t.Fatal(i, wait)
		}
		leave = append(leave, l)
	}
	if _, wait := g.enter("b", now); wait != behindOthers {
		t.Error("more than are let through:", wait)
	}
	leave[0](true, now)
	leave[3](false, now)
	if _, wait := g.enter("a0", now.Add(time.Second)); wait != silence {
		t.Error("an address that hung:", wait)
	}
	if _, wait := g.enter("a0", now.Add(silence)); wait != behindOthers {
		t.Error("an address that hung, and has one under way:", wait)
	}
	leave[1](true, now)
	again, wait := g.enter("a0", now.Add(silence))
	if wait != 0 {
		t.Error("after the silence:", wait)
	}
	again(false, now.Add(silence))
	if _, wait := g.enter("a0", now.Add(silence)); wait != 0 {
		t.Error("it answered:", wait)
	}
}
