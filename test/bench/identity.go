package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// crowd is how many programs, or people, ask at once at most.
const crowd = 64

// crowds are the rows of each work: more callers than the hall has cores, and
// so many that most of a wait is the queue.
var crowds = []int{16, crowd}

// identity measures what the identity part does a second: tokens of programs
// for themselves, whole sign-ins to an agency's program, and passkeys. The hall
// is the built one, as its demo starts it, with every core; the callers share
// them with it.
func (b bench) identity(ctx context.Context, engines []string) error {
	b.cores = runtime.NumCPU()
	machine()
	limit := cryptoRate(b.d)
	fmt.Printf("### Signatures\n\nES256 (P-256), on all %d cores and nothing else: %.0f signatures made and %.0f checked a second. ", b.cores, limit.sign, limit.verify)
	fmt.Println("Each work below needs at least those that it must check and make; a server that did nothing else would reach the limit.")
	fmt.Println("\n| work | checked | made | limit a second |\n|---|---|---|---|")
	for _, w := range works {
		fmt.Printf("| %s | %d | %d | %.0f |\n", w.name, w.verifies, w.signs, limit.of(w))
	}
	fmt.Print("\n### Work\n\nCallers over HTTP on loopback, connections kept, each asking anew when it has its answer: a wait is that of the whole work, and of many callers mostly that for the others. They run on the same cores as the hall and its database. Programs' assertions and proofs were signed before the clock started; a passkey signs while it runs, since it needs the challenge. The hall is `balai demo` after its seeding, at full fsync, and resident memory is its own, after the row.\n")
	fmt.Println("\n| work | server | callers | a second | p50 | p99 | failed | resident | of the limit |\n|---|---|---|---|---|---|---|---|---|")
	for _, e := range engines {
		if err := b.identityOn(e, limit); err != nil {
			return fmt.Errorf("%s: %w", e, err)
		}
	}
	if b.peer != "" {
		if err := b.peerTokens(ctx, limit); err != nil {
			return fmt.Errorf("oidc-provider: %w", err)
		}
	}
	fmt.Printf("\nLoad at the end: %s.\n", load())
	return nil
}

// identityOn measures the three works on one engine.
func (b bench) identityOn(engine string, limit rates) error {
	data, err := os.MkdirTemp("", "balai-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	h, err := b.start(data, b.dsn(engine))
	if err != nil {
		return err
	}
	defer h.stop()
	h.calm()
	p, people, err := demoProgram(data, h)
	if err != nil {
		return err
	}
	for i, each := range []func() (func(int) error, error){
		func() (func(int) error, error) { return p.tokens(b.stock(limit.of(works[0]))) },
		func() (func(int) error, error) { return p.flows(h, people, b.stock(limit.of(works[1]))) },
		func() (func(int) error, error) { return passkeys(h, people) },
	} {
		do, err := each()
		if err != nil {
			return fmt.Errorf("%s: %w", works[i].name, err)
		}
		race(crowd, b.warm(), do)
		for _, n := range crowds {
			b.identityRow(works[i], "balai, "+engine, n, race(n, b.d, do), h.memory(), limit)
		}
		h.calm()
	}
	return nil
}

func (b bench) warm() time.Duration { return b.d / 4 }

// stock is how much of a work is signed beforehand: more than can be used, for
// no server checks signatures faster than the processor does.
func (b bench) stock(limit float64) int {
	return int(limit*(2*b.d+b.warm()).Seconds()) + 4*crowd
}

func (b bench) identityRow(w work, server string, callers int, r result, memory float64, limit rates) {
	note := fmt.Sprint(r.failures)
	if r.failures > 0 {
		note += " (" + r.first + ")"
	}
	good := float64(r.n-r.failures) / r.took.Seconds()
	fmt.Printf("| %s | %s | %d | %.0f | %s | %s | %s | %.0f MB | %.1f %% |\n", w.name, server, callers, good, ms(r.at(.5)), ms(r.at(.99)), note, memory, 100*good/limit.of(w))
}

// machine prints what was measured on, when, and what else ran.
func machine() {
	model, kernel := "", ""
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		_, rest, _ := strings.Cut(string(text), "model name")
		line, _, _ := strings.Cut(rest, "\n")
		model = strings.TrimLeft(line, "\t :")
	}
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		kernel = strings.TrimSpace(string(text))
	}
	fmt.Printf("On %s: %s, Linux %s. Load at the start: %s.\n\n", time.Now().UTC().Format("2006-01-02 15:04 UTC"), model, kernel, load())
}

// load is the machine's, over one, five and fifteen minutes.
func load() string {
	text, _ := os.ReadFile("/proc/loadavg")
	f := strings.Fields(string(text))
	return strings.Join(f[:min(3, len(f))], ", ")
}
