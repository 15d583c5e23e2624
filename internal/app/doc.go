// Package app puts the program together: it is the only place that names an engine, a gateway, a clock and a source of
// randomness, and the only one that starts goroutines.
//
// The program is a value: Open builds it from a configuration, Run serves until its context ends, Close lets go. The
// daemon, the run-once commands and the tests use the same value. It refuses to decide anything about consent, sessions
// or persons: it only plugs capabilities into one another.
//
// The order of starting is the order of trust: keys, store, policy, WeChat, capabilities, edge. Stopping is the reverse:
// requests under way finish, then the jobs, then the store closes.
//
// Start at Open.
package app
