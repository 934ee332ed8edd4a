// Command balai is the whole hall in one binary: `balai demo` opens a demo
// country, `balai serve` an empty hall, `balai help` lists the rest.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"balai/internal/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(app.Main(ctx, os.Args[1:], os.Environ(), app.Std{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}
