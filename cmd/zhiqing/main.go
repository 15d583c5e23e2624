// Command zhiqing is the privacy backend: one binary that serves, checks itself, and verifies what it has recorded.
// What it can do is in internal/cli; `zhiqing --help` lists it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"zhiqing/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, cli.Env{Args: os.Args[1:], Environ: os.Environ(), Stdout: os.Stdout, Stderr: os.Stderr})
	stop()
	os.Exit(code)
}
