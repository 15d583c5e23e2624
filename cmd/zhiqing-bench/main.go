// Command zhiqing-bench measures the program; scripts/bench builds and starts it. See internal/bench.
package main

import (
	"os"

	"zhiqing/internal/bench"
)

func main() { os.Exit(bench.Main()) }
