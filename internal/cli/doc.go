// Package cli is what an operator types: the subcommands of zhiqing, their flags, and what they print.
//
// It owns parsing, printing and exit codes. It refuses to do the work itself: building and running the program is
// package app. Messages go to people: Chinese first where a person of the operator reads them every day, plain English
// where a machine or a log does. Exit codes: 0 done, 1 the check failed or the work could not be done, 2 wrong usage or
// configuration.
//
// Start at Run.
package cli
