// Command bench measures the built hall and prints the tables of
// docs/limits.md. The hall runs on one core and is asked from another, beside
// two floors in the same run: net/http that answers a text, and the kit's
// layout rendered without a database.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"time"
)

func main() {
	bin := flag.String("bin", "bin/balai", "the built hall")
	pg := flag.String("pg", "", "DSN of a PostgreSQL server whose fsync is on; empty measures SQLite only")
	d := flag.Duration("d", 4*time.Second, "how long each row is measured")
	only := flag.Bool("search", false, "measure the search only, which needs neither the hall nor a database")
	desk := flag.Bool("desk", false, "measure only a desk with a long queue")
	notices := flag.Bool("notice", false, "measure only the notifications of agencies' systems")
	move := flag.Int("move", 0, "measure only the move of a journal with so many entries")
	conns := flag.Bool("connections", false, "measure only the memory of open connections")
	writes := flag.Bool("writes", false, "measure only submissions, with one process and with several")
	submitIn := flag.String("submit", "", "be one of several processes that open cases; the folder of their key")
	callers := flag.Int("callers", 64, "with -submit, how many at once")
	recount := flag.Int("recount", 0, "measure only how so many due dates are derived again")
	ids := flag.Bool("identity", false, "measure only tokens, flows and sign-ins by passkey")
	books := flag.Bool("ledger", false, "measure only transfers of the ledger, beside plain double entry and the disk")
	pays := flag.Int("payout", 0, "measure only a payout of so many payments, from its file to the bank's report")
	tills := flag.Bool("payments", false, "measure only payments from the wish to the receipt")
	peer := flag.String("oidc-provider", "", "with -identity, the folder of the npm package that is measured beside the hall")
	enrolments := flag.Duration("morning", 0, "measure only so long a registration morning")
	serve := flag.String("floor", "", "serve a floor, text or templ, on the address that follows")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *serve != "" {
		fatal(floor(ctx, *serve, flag.Arg(0)))
		return
	}
	if *submitIn != "" {
		fatal(submit(ctx, *submitIn, *pg, *callers, *d))
		return
	}
	if *only {
		searches()
		return
	}
	b := bench{bin: *bin, pg: *pg, d: *d, desk: *desk, notice: *notices, conns: *conns, submits: *writes, ids: *ids, books: *books, tills: *tills, peer: *peer, morning: *enrolments}
	switch {
	case *move > 0:
		fatal(moves(ctx, *move, b.database()))
	case *pays > 0:
		engines := []string{"sqlite"}
		if *pg != "" {
			engines = append(engines, "postgres")
		}
		fatal(b.payouts(ctx, *pays, engines))
	case *recount > 0:
		fatal(recounts(ctx, *recount, b.database()))
	default:
		fatal(b.run(ctx))
	}
}

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one run.
type bench struct {
	bin, pg string
	d       time.Duration
	desk    bool // only a full desk
	notice  bool // only notifications
	conns   bool // only open connections
	submits bool // only submissions
	ids     bool // only tokens, flows and sign-ins by passkey
	books   bool // only the ledger's transfers
	tills   bool // only payments end to end
	peer    string
	morning time.Duration // only a registration morning of so long
	cores   int           // the hall's; 0 is one
}

// million is how many open deadlines are derived again, and how many entries are moved.
const million = 1_000_000

// database is an empty one on the PostgreSQL server, or "" where there is none.
func (b bench) database() string {
	if b.pg == "" {
		return ""
	}
	return b.dsn("postgres")
}

func (b bench) run(ctx context.Context) error {
	fmt.Printf("%d cores, %s %s/%s, %s each row.\n\n", runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, b.d)
	engines := []string{"sqlite"}
	if b.pg != "" {
		engines = append(engines, "postgres")
	}
	if b.desk {
		return b.desks(ctx, engines)
	}
	if b.notice {
		return b.notices(engines)
	}
	if b.conns {
		return b.connections()
	}
	if b.ids {
		return b.identity(ctx, engines)
	}
	if b.tills {
		return b.payments(ctx, engines)
	}
	if b.books {
		return b.ledgers(ctx, engines)
	}
	if b.morning > 0 {
		return b.mornings(b.morning, engines)
	}
	if b.submits {
		return b.written(ctx, engines, nil)
	}
	fmt.Println("### Pages\n\nThe server has one core (`GOMAXPROCS=1`), the caller the other; 16 kept connections. p50 and p99 are at 500 requests a second. Signed in, with policy.")
	fmt.Println("\n| page | engine | bytes | pages/s | p50 | p99 | not answered 200 |\n|---|---|---|---|---|---|---|")
	for _, kind := range []string{"text", "templ"} {
		if err := b.floor(kind); err != nil {
			return err
		}
	}
	var posts, starts []string
	for _, e := range engines {
		p, s, err := b.pages(e)
		if err != nil {
			return err
		}
		posts, starts = append(posts, p...), append(starts, s...)
	}
	if err := b.desks(ctx, engines); err != nil {
		return err
	}
	if err := b.written(ctx, engines, posts); err != nil {
		return err
	}
	if err := b.notices(engines); err != nil {
		return err
	}
	if err := b.connections(); err != nil {
		return err
	}
	if err := recounts(ctx, million, b.database()); err != nil {
		return err
	}
	if b.pg != "" {
		if err := moves(ctx, million, b.database()); err != nil {
			return err
		}
	}
	searches()
	fmt.Println("\n### Start and size\n\n| | |\n|---|---|")
	for _, row := range starts {
		fmt.Println(row)
	}
	info, err := os.Stat(b.bin)
	if err != nil {
		return err
	}
	fmt.Printf("| binary | %.1f MB |\n", float64(info.Size())/1e6)
	return nil
}

// written prints the table of writes, with the rows that were measured over HTTP.
func (b bench) written(ctx context.Context, engines, posts []string) error {
	fmt.Println("\n### Writes\n\nAt full fsync. A submission is one case decided at once: two acts, two journal leaves, a deadline and its events in one commit, from 64 callers in one process or shared out to several, with a sequencer beside them. Its floor is a commit of one row by the same way.")
	fmt.Println("\n| write | engine | a second | p50 | p99 | failed | to its floor |\n|---|---|---|---|---|---|---|")
	for _, row := range posts {
		fmt.Println(row)
	}
	return b.writes(ctx, engines)
}

// desks measures a desk with a long queue on each engine.
func (b bench) desks(ctx context.Context, engines []string) error {
	fmt.Printf("\n### A full desk\n\n%d open cases wait for one post. The page over HTTP, on one core; p50 and p99 are at 10 requests a second. The aim is a p99 under 100 ms. The work of a page is the hall's own processor time, which other programs on the machine do not change; PostgreSQL's is beside it.\n", queued)
	fmt.Println("\n| desk | engine | bytes | pages/s | work | p50 | p99 | not answered 200 |\n|---|---|---|---|---|---|---|---|")
	for _, e := range engines {
		if err := b.fullDesk(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }
