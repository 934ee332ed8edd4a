// Command probe holds the hall against the machine-checkable criteria of
// Malaysia's evaluation of government websites (ProBE, docs/probe.md). It opens
// a demo country of its own on a loopback port, reads every page that a link
// leads to in both languages as a visitor does, and prints a table of
// criterion, score and evidence. It exits 1 where a criterion is not met.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() {
	bin := flag.String("bin", "bin/balai", "the built hall")
	at := flag.String("url", "", "a demo country that is open already; empty opens one")
	doc := flag.String("doc", "", "a file whose table, between its marks, is written anew")
	most := flag.Int("most", 6000, "pages at most, each language counted")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	met, err := run(ctx, *bin, *at, *doc, *most)
	if err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
	if !met {
		os.Exit(1)
	}
}

func run(ctx context.Context, bin, at, doc string, most int) (met bool, err error) {
	if at == "" {
		hall, err := open(ctx, bin)
		if err != nil {
			return false, err
		}
		defer hall.close()
		at = hall.url
	}
	c, err := newCrawler(at, most)
	if err != nil {
		return false, err
	}
	began := time.Now()
	if err := c.crawl(ctx, "/"); err != nil {
		return false, err
	}
	results := judge(ctx, c, true)
	fmt.Printf("%d pages read in %.0f s, in both languages, from %s\n\n", len(c.pages), time.Since(began).Seconds(), "/")
	table := markdown(results)
	fmt.Print(table)
	if doc != "" {
		if err := rewrite(doc, table); err != nil {
			return false, err
		}
	}
	return metAll(results), nil
}
