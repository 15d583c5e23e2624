// Command serve runs a FerretDB with an empty database on loopback for tests of other modules: it prints the URL to connect
// to, and ends when its standard input does.
package main

import (
	"fmt"
	"io"
	"os"

	"zhiqing/internal/store/mongo/ferretdb"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

func run() error {
	dir, err := os.MkdirTemp("", "ferretdb-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	at, stop, err := ferretdb.Serve(dir, "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("mongodb://%s/?maxPoolSize=1&timeoutMS=12000\n", at)
	_, _ = io.Copy(io.Discard, os.Stdin)
	return stop()
}
