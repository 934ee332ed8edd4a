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
	if _, wait := g.enter("a0", now.Add(time.Second)); wait != silence-time.Second+silentStep {
		t.Error("an address that hung:", wait)
	}
	if _, wait := g.enter("a0", now.Add(silence)); wait != behindOthers+2*silentStep {
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

// TestCrowd: thousands for an address that never answers come back one after the
// other, so that putting them off is no work to speak of.
func TestCrowd(t *testing.T) {
	const crowd, span = 3000, 20 * 60
	var g gate
	start := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	due := make([]int, crowd) // in seconds
	asked, called := 0, 0
	leave := map[int][]func(bool, time.Time){} // by when they end
	for at := range span {
		now := start.Add(time.Duration(at) * time.Second)
		for _, l := range leave[at] {
			l(true, now)
		}
		for i := range due {
			if due[i] > at {
				continue
			}
			asked++
			l, wait := g.enter("https://hangs.example/", now)
			if l != nil {
				called++
				leave[at+15], wait = append(leave[at+15], l), 15*time.Second
			}
			due[i] = at + int((wait+time.Second-1)/time.Second)
		}
	}
	if per := asked / crowd; per > 6 || called < 10 {
		t.Errorf("in %d s each asked %d times, and %d were let through", span, per, called)
	}
}

// TestForgotten: addresses that hung and are called no more are not kept.
func TestForgotten(t *testing.T) {
	var g gate
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for i := range 3 * spread {
		leave, wait := g.enter(fmt.Sprint("https://one.example/?", i), now)
		if wait != 0 {
			t.Fatal(i, wait)
		}
		leave(true, now)
		now = now.Add(time.Minute)
	}
	if len(g.silent) > 70 {
		t.Errorf("%d addresses are remembered", len(g.silent))
	}
}
